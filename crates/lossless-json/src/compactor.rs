//! Bringing JSON text into the compact form token by token, for readers that make something else of it than a tree.

mod numbers;

use std::ops::Range;

use crate::parse::Prefix;
use crate::scan::plain_end;
use crate::write::push_string;
use crate::{Parsed, Style, TextWriter, Value};

/// A place in a text, and a copy in the compact form ([`Style::OtioCompact`]) of what was before it.
///
/// Every step goes over white space, copies the token that it takes, and answers `None` or `false` where something else
/// stands there than was asked for. It does not say what: a text that leads nowhere is for [`parse`](crate::parse()).
///
/// ```
/// use lossless_json::Compactor;
///
/// let mut text = Compactor::new(r#"{ "rate" : 2.40e1 }"#);
/// assert!(text.take(b'{') && text.key_is("rate") && text.number().is_some() && text.take(b'}'));
/// assert!(text.is_at_end());
/// assert_eq!(text.into_copy(), r#"{"rate":24.0}"#);
/// ```
#[derive(Debug)]
pub struct Compactor<'text> {
    source: &'text str,
    at: usize,
    /// How far the source is in `copy`. What follows up to `at` is in the compact form already and is copied at once.
    copied: usize,
    copy: String,
}

/// A string as it stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StringToken<'text> {
    /// What stands between its quotation marks.
    text: &'text str,
    has_escapes: bool,
}

impl<'text> StringToken<'text> {
    /// The string, unless it is written with escapes.
    pub fn plain(self) -> Option<&'text str> {
        if self.has_escapes { None } else { Some(self.text) }
    }
}

/// A place of a [`Compactor`] to go back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    source: usize,
    copy: usize,
}

impl Mark {
    /// Its place in the copy, in bytes.
    pub fn place(self) -> usize {
        self.copy
    }
}

impl<'text> Compactor<'text> {
    /// At the start of a text, with nothing copied.
    pub fn new(source: &'text str) -> Self {
        Self { source, at: 0, copied: 0, copy: String::with_capacity(source.len()) }
    }

    /// The copy of all that was taken.
    pub fn into_copy(mut self) -> String {
        self.flush();
        // Text with lines leaves a good part of the room unused.
        self.copy.shrink_to_fit();
        self.copy
    }

    /// The next byte that is no white space; none at the end. Nothing but the white space is taken.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        match self.source.as_bytes().get(self.at) {
            Some(byte) if *byte <= b' ' => self.peek_after_white_space(),
            byte => byte.copied(),
        }
    }

    #[inline(never)]
    fn peek_after_white_space(&mut self) -> Option<u8> {
        self.skip_white_space();
        self.source.as_bytes().get(self.at).copied()
    }

    fn skip_white_space(&mut self) {
        self.flush();
        let rest = &self.source.as_bytes()[self.at..];
        let is_space = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        self.at += rest.iter().take_while(is_space).count();
        self.copied = self.at;
    }

    /// Copies everything up to this place.
    fn flush(&mut self) {
        self.copy.push_str(&self.source[self.copied..self.at]);
        self.copied = self.at;
    }

    /// How long the copy is, in bytes.
    pub fn place(&self) -> usize {
        self.copy.len() + self.at - self.copied
    }

    /// Takes that byte of punctuation, where it comes next.
    #[inline]
    pub fn take(&mut self, punctuation: u8) -> bool {
        let is_next = self.peek() == Some(punctuation);
        self.at += usize::from(is_next);
        is_next
    }

    /// Takes a word, such as `null`, where it comes next.
    pub fn word(&mut self, word: &str) -> bool {
        self.peek();
        let is_next = self.source.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += if is_next { word.len() } else { 0 };
        is_next
    }

    /// Takes that key and the colon after it; a key with escapes is not recognised.
    pub fn key_is(&mut self, key: &str) -> bool {
        self.peek();
        let rest = &self.source.as_bytes()[self.at..];
        let end = key.len() + 1;
        let is_next = rest.get(end) == Some(&b'"') && rest[0] == b'"' && rest[1..end] == *key.as_bytes();
        if !is_next {
            return false;
        }
        if rest.get(end + 1) == Some(&b':') {
            self.at += end + 2;
            return true;
        }
        self.colon_follows(end + 1)
    }

    /// Goes on by that much, and takes a colon after white space; stays where there is none.
    fn colon_follows(&mut self, len: usize) -> bool {
        let start = self.mark();
        self.at += len;
        let follows = self.take(b':');
        if !follows {
            self.return_to(start);
        }
        follows
    }

    /// Takes a key of any name and the colon after it.
    pub fn key(&mut self) -> Option<StringToken<'text>> {
        let key = self.string()?;
        self.take(b':').then_some(key)
    }

    /// Takes a string.
    pub fn string(&mut self) -> Option<StringToken<'text>> {
        if self.peek() != Some(b'"') {
            return None;
        }
        let bytes = self.source.as_bytes();
        let start = self.at + 1;
        let mut end = plain_end(bytes, start);
        let mut has_escapes = false;
        loop {
            match (bytes.get(end)?, bytes.get(end + 1)) {
                (b'"', _) => break,
                (b'\\', Some(b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't')) => {
                    has_escapes = true;
                    end = plain_end(bytes, end + 2);
                }
                (b'\\', Some(b'/' | b'u')) => return self.rewritten_string(),
                _ => return None,
            }
        }
        self.at = end + 1;
        Some(StringToken { text: &self.source[start..end], has_escapes })
    }

    /// Takes a string whose escapes are written in another way than they stand there.
    fn rewritten_string(&mut self) -> Option<StringToken<'text>> {
        let (string, len) = Prefix::string(&self.source[self.at..])?;
        self.flush();
        push_string(&mut self.copy, &string, Style::OtioCompact);
        let text = &self.source[self.at + 1..self.at + len - 1];
        self.at += len;
        self.copied = self.at;
        Some(StringToken { text, has_escapes: true })
    }

    /// Takes a value of any kind without copying it. Lists and objects may be nested that many levels deep, at most
    /// [`Limits::DEPTH_CEILING`](crate::Limits::DEPTH_CEILING).
    pub fn value(&mut self, depth_max: usize) -> Option<Parsed> {
        self.peek();
        self.flush();
        let (parsed, len) = Prefix::value(&self.source[self.at..], depth_max)?;
        self.at += len;
        self.copied = self.at;
        Some(parsed)
    }

    /// Writes a value into the copy.
    pub fn push_value(&mut self, value: &Value) {
        self.flush();
        let mut writer = TextWriter::over(std::mem::take(&mut self.copy), Style::OtioCompact);
        writer.value(value);
        self.copy = writer.into_text();
    }

    /// Writes text into the copy, which the caller knows to be in the compact form.
    pub fn push_compact(&mut self, text: &str) {
        self.flush();
        self.copy.push_str(text);
    }

    /// Writes a part of the copy, in bytes, into it once more.
    pub fn push_again(&mut self, part: Range<usize>) {
        self.flush();
        self.copy.extend_from_within(part);
    }

    /// This place, after white space.
    pub fn mark(&mut self) -> Mark {
        self.peek();
        Mark { source: self.at, copy: self.place() }
    }

    /// Goes back to a place of this compactor, as if nothing after it had been taken or written.
    pub fn return_to(&mut self, mark: Mark) {
        if mark.copy <= self.copy.len() {
            self.copy.truncate(mark.copy);
            self.copied = mark.source;
        }
        self.at = mark.source;
    }

    /// A part of the copy, in bytes; nothing where the copy has no such part.
    pub fn copied(&mut self, part: Range<usize>) -> &str {
        self.flush();
        self.copy.get(part).unwrap_or_default()
    }

    /// Whether nothing but white space follows.
    pub fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::Compactor;
    use crate::{Limits, Style, Value, parse};

    /// The compact form of a text by way of every token, or nothing where a token is not as it should be.
    fn copied(text: &str) -> Option<String> {
        let mut compactor = Compactor::new(text);
        copy_value(&mut compactor)?;
        compactor.is_at_end().then(|| compactor.into_copy())
    }

    fn copy_value(compactor: &mut Compactor<'_>) -> Option<()> {
        let closing = match compactor.peek()? {
            b'{' => b'}',
            b'[' => b']',
            b'"' => return compactor.string().map(drop),
            b't' => return compactor.word("true").then_some(()),
            b'n' => return compactor.word("null").then_some(()),
            _ => return compactor.number().map(drop),
        };
        compactor.take(if closing == b'}' { b'{' } else { b'[' });
        if compactor.take(closing) {
            return Some(());
        }
        loop {
            if closing == b'}' {
                compactor.key()?;
            }
            copy_value(compactor)?;
            if compactor.take(closing) {
                return Some(());
            }
            if !compactor.take(b',') {
                return None;
            }
        }
    }

    fn written(text: &str) -> String {
        parse(text.as_bytes(), &Limits::default()).unwrap().value.to_text(Style::OtioCompact)
    }

    #[test]
    fn a_copy_is_what_reading_and_writing_makes() {
        for text in [
            "1",
            "-0",
            "0",
            "-0.0",
            "0.0",
            "24.0",
            "24.00",
            "2.4e1",
            "1e400",
            "NaN",
            "-Infinity",
            "0.1",
            "1.10",
            "123456789012345678",
            "1234567890123456789",
            "9007199254740993.0",
            "12345678.0",
            "5e-324",
            " [ 1 , 2.50 ,\"a\\/b\\u0041\\u001f\\n\\\"\" , { \"k\" : null , \"\\u00e9\" : [ ] } ] \n",
            "{}",
            "[[],{}]",
            "\"\u{7f}é😀\\ud83d\\ude00\"",
            "[true,null,\"\"]",
            "{\"a\" :1}",
        ] {
            assert_eq!(copied(text).as_deref(), Some(written(text).as_str()), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_not_copied() {
        for text in [
            "",
            "01",
            "-",
            "1.",
            ".5",
            "\"a",
            "\"a\\x\"",
            "\"a\\u12\"",
            "\"\\ud800\"",
            "\"\u{1}\"",
            "[1",
            "[1 2]",
            "nul",
            "{\"a\"}",
            "{\"a\" 1}",
            "-a",
            "1e",
            "\"\\",
            "+1",
            "1.0.0",
        ] {
            assert_eq!(copied(text), None, "{text}");
        }
    }

    #[test]
    fn going_back_undoes_what_was_copied() {
        let mut compactor = Compactor::new(r#" {"a" : [1, 2.50], "b":3}"#);
        assert!(compactor.take(b'{'));
        let mark = compactor.mark();
        for _ in 0..2 {
            assert!(compactor.key_is("a"));
            assert!(compactor.take(b'['));
            assert!(compactor.number().is_some() && compactor.take(b',') && compactor.number().is_some());
            compactor.return_to(mark);
        }
        assert!(compactor.key_is("a"));
        let value = compactor.value(512).unwrap().value;
        compactor.push_value(&Value::Array(vec![value]));
        assert!(compactor.take(b',') && compactor.key_is("b") && !compactor.key_is("c"));
        assert!(compactor.number_as(|number| number.as_f64().into()));
        assert!(compactor.take(b'}') && compactor.is_at_end());
        assert_eq!(compactor.into_copy(), r#"{"a":[[1,2.5]],"b":3.0}"#);
    }
}
