//! Strings and their escapes.

use super::ParseReason;
use super::reader::{Reader, Reading};
use crate::scan::plain_end;

impl<'text> Reader<'text> {
    /// The string that is next, as it stands in the text; none where it holds an escape, or no string is next.
    pub(super) fn plain_string(&mut self) -> Option<&'text str> {
        self.take(b'"').then(|| self.plain_rest())?
    }

    /// The string that is open, as it stands in the text; none where it holds an escape, or does not end.
    pub(super) fn plain_rest(&mut self) -> Option<&'text str> {
        let (text, start) = (self.text, self.at);
        let end = plain_end(text.as_bytes(), start);
        self.at = end + 1;
        text.as_bytes().get(end).filter(|mark| **mark == b'"')?;
        text.get(start..end)
    }

    /// The string whose opening quotation mark is next.
    pub(super) fn string(&mut self) -> Reading<String> {
        self.at += 1;
        let start = self.at;
        self.at = plain_end(self.text.as_bytes(), start);
        if self.peek() == Some(b'"') {
            let plain = self.text[start..self.at].to_owned();
            self.at += 1;
            return Ok(plain);
        }
        let mut string = self.text[start..self.at].to_owned();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => string.push(self.escape()?),
                Some(control) => return Err(self.fail(ParseReason::ControlCharacter(control.into()))),
                None => return Err(self.unexpected("the end of a string")),
            }
            let from = self.at;
            self.at = plain_end(self.text.as_bytes(), from);
            string.push_str(&self.text[from..self.at]);
        }
    }

    fn escape(&mut self) -> Reading<char> {
        let Some(next) = self.text[self.at + 1..].chars().next() else {
            self.at += 1;
            return Err(self.unexpected("an escape"));
        };
        let character = match next {
            '"' | '\\' | '/' => next,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode_escape(),
            other => return Err(self.fail(ParseReason::InvalidEscape(other))),
        };
        self.at += 2;
        Ok(character)
    }

    /// `\uXXXX`, or two of them that make one character.
    fn unicode_escape(&mut self) -> Reading<char> {
        let first = self.hexadecimal_unit(self.at)?;
        if let Some(character) = char::from_u32(first) {
            self.at += 6;
            return Ok(character);
        }
        let second = self.text.as_bytes()[self.at + 6..].starts_with(b"\\u");
        let second = if second { self.hexadecimal_unit(self.at + 6)? } else { 0 };
        let pair = char::decode_utf16([to_unit(first), to_unit(second)]).next();
        let Some(Ok(character)) = pair else {
            return Err(self.fail(ParseReason::LoneSurrogate(first)));
        };
        self.at += 12;
        Ok(character)
    }

    /// The four digits of the `\u` at `at`.
    fn hexadecimal_unit(&self, at: usize) -> Reading<u32> {
        let digits = self.text.as_bytes().get(at + 2..at + 6).unwrap_or_default();
        let unit =
            digits.iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?));
        match unit {
            Some(unit) if digits.len() == 4 => Ok(unit),
            _ => Err(self.fail(ParseReason::InvalidUnicodeEscape)),
        }
    }
}

/// A number of four hexadecimal digits as the UTF-16 unit it is.
fn to_unit(value: u32) -> u16 {
    u16::try_from(value).unwrap_or_default()
}
