//! Text in the compact form, written in the digest form.

use std::borrow::Cow;
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

/// How far the sorting of a text has come.
struct Sorting {
    /// The entries of the objects that are open, on one stack.
    open: Vec<Entry>,
    /// How many bytes may still be moved to bring entries into their order. What stands in many objects in another order is
    /// moved once for each of them.
    moves_left: usize,
}

/// How often each byte of a text may be moved. In what opentimelineio writes, few objects stand in one another.
const MOVES_MAX: usize = 16;

/// The longest number that is seen to be written alike: a few digits and `.0`.
const SHORT_FLOAT_BYTES: usize = 9;

impl TextWriter {
    /// The same value with its keys sorted and its floats at their shortest.
    pub(super) fn digest(&mut self, text: &str) {
        let start = self.text.len();
        let mut sorting = Sorting { open: Vec::new(), moves_left: text.len().saturating_mul(MOVES_MAX) };
        if self.digest_value(text, 0, &mut sorting).is_none() {
            self.text.truncate(start);
            self.value(&compact_value(text));
        }
        self.is_empty = false;
    }

    /// Writes the value that starts at `at` and answers where it ends; nothing where too much would have to be moved.
    fn digest_value(&mut self, text: &str, at: usize, sorting: &mut Sorting) -> Option<usize> {
        let bytes = text.as_bytes();
        match bytes.get(at) {
            None => Some(at),
            Some(b'"') => {
                let end = string_end(bytes, at);
                self.text.push_str(&text[at..end]);
                Some(end)
            }
            Some(b'{') => self.digest_object(text, at + 1, sorting),
            Some(b'[') => self.digest_list(text, at + 1, sorting),
            Some(_) => {
                let end = at + word_len(&bytes[at..]);
                self.digest_word(&text[at..end]);
                Some(end)
            }
        }
    }

    fn digest_list(&mut self, text: &str, mut at: usize, sorting: &mut Sorting) -> Option<usize> {
        self.text.push('[');
        while text.as_bytes().get(at).is_some_and(|byte| *byte != b']') {
            at = self.digest_value(text, at, sorting)?;
            if text.as_bytes().get(at) == Some(&b',') {
                self.text.push(',');
                at += 1;
            }
        }
        self.text.push(']');
        Some(at + 1)
    }

    fn digest_object(&mut self, text: &str, mut at: usize, sorting: &mut Sorting) -> Option<usize> {
        self.text.push('{');
        let (first, start) = (sorting.open.len(), self.text.len());
        let mut is_sorted = true;
        while text.as_bytes().get(at).is_some_and(|byte| *byte != b'}') {
            let key_end = string_end(text.as_bytes(), at);
            let key = at + 1..key_end.saturating_sub(1).max(at + 1);
            if let Some(last) = sorting.open[first..].last() {
                self.text.push(',');
                is_sorted &= key_of(&text[last.key.clone()]) < key_of(&text[key.clone()]);
            }
            sorting.open.push(Entry { key, start: self.text.len() });
            self.text.push_str(&text[at..key_end]);
            self.text.push(':');
            at = self.digest_value(text, key_end + 1, sorting)?;
            at += usize::from(text.as_bytes().get(at) == Some(&b','));
        }
        if !is_sorted {
            sorting.moves_left = sorting.moves_left.checked_sub(self.text.len() - start)?;
            self.sort_entries(text, start, &sorting.open[first..]);
        }
        sorting.open.truncate(first);
        self.text.push('}');
        Some(at + 1)
    }

    /// Puts the entries that were written from `start` on in the order of their keys.
    fn sort_entries(&mut self, text: &str, start: usize, entries: &[Entry]) {
        let written = self.text.split_off(start);
        let ends = entries[1..].iter().map(|next| next.start - 1 - start).chain([written.len()]);
        let mut parts: Vec<_> = entries
            .iter()
            .zip(ends)
            .map(|(entry, end)| (key_of(&text[entry.key.clone()]), entry.start - start..end))
            .collect();
        parts.sort_by(|(a, _), (b, _)| a.cmp(b));
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

/// A key by its text without quotation marks.
fn key_of(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let key = compact_value(&format!("\"{text}\""));
    Cow::Owned(key.as_str().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use crate::{Limits, Style, TextWriter, parse};

    #[test]
    fn objects_in_objects_in_another_order_are_sorted_however_deep_they_are() {
        for levels in [1, 10, 100, 500] {
            let text = format!(
                "{}[1.0,\"x\"]{}",
                r#"{"b\n":"#.repeat(levels),
                r#","a":{"z":1,"y":2}}"#.repeat(levels)
            );
            let mut writer = TextWriter::new(Style::Digest);
            writer.begin_list();
            for _ in 0..2 {
                writer.item();
                writer.compact_value(&text);
            }
            writer.end_list();
            let value = parse(text.as_bytes(), &Limits::default()).unwrap().value.to_text(Style::Digest);
            assert_eq!(writer.into_text(), format!("[{value},{value}]"));
        }
    }
}
