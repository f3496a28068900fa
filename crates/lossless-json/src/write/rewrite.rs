//! Text in the compact form, written in another.

use super::{Style, TextWriter};
use crate::compact::{compact_entries, compact_value, string_end};

impl TextWriter {
    /// Writes a value that is there as text in the compact form ([`Style::OtioCompact`]).
    ///
    /// ```
    /// use lossless_json::{Style, TextWriter};
    ///
    /// let mut writer = TextWriter::new(Style::Python);
    /// writer.begin_object();
    /// writer.key("range");
    /// writer.compact_value("[1,24]");
    /// writer.compact_entries(r#""rate":24.0,"name":"V1""#);
    /// writer.end_object();
    /// assert_eq!(writer.into_text(), r#"{"range": [1, 24], "rate": 24.0, "name": "V1"}"#);
    /// ```
    pub fn compact_value(&mut self, text: &str) {
        match self.style {
            Style::OtioCompact => self.text.push_str(text),
            Style::OtioPretty => self.rewrite(text),
            Style::Digest => self.digest(text),
            _ => self.value(&compact_value(text)),
        }
    }

    /// Writes entries of the object that is open, which are there as text in the compact form: what stands between its
    /// braces. Where the style [sorts keys](Style::sorts_keys), they come before those that were not written yet.
    pub fn compact_entries(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.style {
            Style::OtioCompact => {
                self.separate();
                self.text.push_str(text);
            }
            Style::OtioPretty => {
                self.separate();
                self.rewrite(text);
            }
            _ => {
                for (key, value) in compact_entries(text) {
                    self.key(compact_value(&text[key]).as_str().unwrap_or_default());
                    self.value(&compact_value(&text[value]));
                }
            }
        }
    }

    /// The same tokens in opentimelineio's layout with lines.
    fn rewrite(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let (mut from, mut at) = (0, 0);
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    at = string_end(bytes, at);
                    if bytes.get(at) == Some(&b':') {
                        at += 1;
                        self.text.push_str(&text[from..at]);
                        self.text.push(' ');
                        from = at;
                    }
                }
                b',' => {
                    at += 1;
                    self.text.push_str(&text[from..at]);
                    self.break_line();
                    from = at;
                }
                b'{' | b'[' if matches!(bytes.get(at + 1), Some(b'}' | b']')) => at += 2,
                b'{' | b'[' => {
                    at += 1;
                    self.text.push_str(&text[from..at]);
                    self.level += 1;
                    self.break_line();
                    from = at;
                }
                b'}' | b']' => {
                    self.text.push_str(&text[from..at]);
                    self.level = self.level.saturating_sub(1);
                    self.break_line();
                    from = at;
                    at += 1;
                }
                _ => at += word_len(&bytes[at..]),
            }
        }
        self.text.push_str(&text[from..]);
        self.is_empty = false;
    }
}

/// How long a number or a word is, and one byte at least.
pub(super) fn word_len(bytes: &[u8]) -> usize {
    let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']');
    bytes.iter().position(ends).unwrap_or(bytes.len()).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::compact::tests::value;
    use crate::{Object, Style, TextWriter, Value};

    const STYLES: [Style; Style::COUNT] = [
        Style::OtioPretty,
        Style::OtioCompact,
        Style::Python,
        Style::Digest,
        Style::Strict,
        Style::StrictPretty,
    ];

    proptest! {
        #[test]
        fn rewritten_text_is_what_the_value_would_be_written_as(inner in value(), last in value()) {
            let entries = Object::from_distinct(vec![("a".to_owned(), inner.clone()), ("b".to_owned(), last)]);
            let text = Value::Object(entries.clone()).to_text(Style::OtioCompact);
            for style in STYLES {
                let mut writer = TextWriter::new(style);
                writer.begin_list();
                writer.item();
                writer.compact_value(&inner.to_text(Style::OtioCompact));
                writer.item();
                writer.begin_object();
                writer.compact_entries("");
                writer.compact_entries(&text[1..text.len() - 1]);
                writer.key("c");
                writer.value(&Value::Null);
                writer.end_object();
                writer.end_list();
                let mut object = entries.clone();
                object.insert("c", Value::Null);
                let expected = Value::Array(vec![inner.clone(), Value::Object(object)]);
                prop_assert_eq!(writer.into_text(), expected.to_text(style));
            }
        }
    }

    #[test]
    fn every_style_has_a_place_of_its_own() {
        for (place, style) in STYLES.into_iter().enumerate() {
            assert!(STYLES.map(Style::index).contains(&place), "{style:?}");
        }
    }
}
