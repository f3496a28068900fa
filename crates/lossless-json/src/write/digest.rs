//! Text in the compact form, written in the digest form.

use std::ops::Range;

use super::TextWriter;
use super::rewrite::word_len;
use crate::compact::{compact_value, string_end};

/// An entry of an object that is being written.
struct Entry {
    /// The key, without its quotation marks, in the text that is read.
    key: Range<usize>,
    /// Where the entry starts in the text that is written.
    start: usize,
}

/// The longest number that is seen to be written alike: a few digits and `.0`.
const SHORT_FLOAT_BYTES: usize = 9;

impl TextWriter {
    /// The same value with its keys sorted and its floats at their shortest.
    pub(super) fn digest(&mut self, text: &str) {
        self.digest_value(text, 0, &mut Vec::new());
        self.is_empty = false;
    }

    /// Writes the value that starts at `at` and answers where it ends. The entries of the objects that are open are kept
    /// on one stack.
    fn digest_value(&mut self, text: &str, at: usize, open: &mut Vec<Entry>) -> usize {
        let bytes = text.as_bytes();
        match bytes.get(at) {
            None => at,
            Some(b'"') => {
                let end = string_end(bytes, at);
                self.text.push_str(&text[at..end]);
                end
            }
            Some(b'{') => self.digest_object(text, at + 1, open),
            Some(b'[') => self.digest_list(text, at + 1, open),
            Some(_) => {
                let end = at + word_len(&bytes[at..]);
                self.digest_word(&text[at..end]);
                end
            }
        }
    }

    fn digest_list(&mut self, text: &str, mut at: usize, open: &mut Vec<Entry>) -> usize {
        self.text.push('[');
        while text.as_bytes().get(at).is_some_and(|byte| *byte != b']') {
            at = self.digest_value(text, at, open);
            if text.as_bytes().get(at) == Some(&b',') {
                self.text.push(',');
                at += 1;
            }
        }
        self.text.push(']');
        at + 1
    }

    fn digest_object(&mut self, text: &str, mut at: usize, open: &mut Vec<Entry>) -> usize {
        self.text.push('{');
        let (first, start) = (open.len(), self.text.len());
        let mut is_sorted = true;
        while text.as_bytes().get(at).is_some_and(|byte| *byte != b'}') {
            let key_end = string_end(text.as_bytes(), at);
            let key = at + 1..key_end.saturating_sub(1).max(at + 1);
            if let Some(last) = open[first..].last() {
                self.text.push(',');
                is_sorted &= is_before(&text[last.key.clone()], &text[key.clone()]);
            }
            open.push(Entry { key, start: self.text.len() });
            self.text.push_str(&text[at..key_end]);
            self.text.push(':');
            at = self.digest_value(text, key_end + 1, open);
            at += usize::from(text.as_bytes().get(at) == Some(&b','));
        }
        if !is_sorted {
            self.sort_entries(text, start, &open[first..]);
        }
        open.truncate(first);
        self.text.push('}');
        at + 1
    }

    /// Puts the entries that were written from `start` on in the order of their keys.
    fn sort_entries(&mut self, text: &str, start: usize, entries: &[Entry]) {
        let written = self.text.split_off(start);
        let ends = entries[1..].iter().map(|next| next.start - 1 - start).chain([written.len()]);
        let mut parts: Vec<_> = entries
            .iter()
            .zip(ends)
            .map(|(entry, end)| (&text[entry.key.clone()], entry.start - start..end))
            .collect();
        parts.sort_by(
            |(a, _), (b, _)| {
                if is_before(a, b) { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater }
            },
        );
        for (index, (_, part)) in parts.into_iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            self.text.push_str(&written[part]);
        }
    }

    fn digest_word(&mut self, word: &str) {
        let is_float = word.contains(['.', 'e', 'E']);
        if !is_float || (word.ends_with(".0") && word.len() <= SHORT_FLOAT_BYTES) {
            self.text.push_str(word);
        } else {
            self.value(&compact_value(word));
        }
    }
}

/// Whether a key, as it stands in text, comes before another one.
fn is_before(a: &str, b: &str) -> bool {
    if !a.contains('\\') && !b.contains('\\') {
        return a < b;
    }
    let key = |text: &str| compact_value(&format!("\"{text}\""));
    key(a).as_str() < key(b).as_str()
}
