//! The marks of a text that tell where values begin, whether the text is JSON or not.

use crate::scan::plain_end;

/// A mark of the text. White space and colons say nothing that the others do not.
pub(super) enum Token {
    /// `[` or `{`.
    Open {
        is_list: bool,
        at: usize,
    },
    /// `]` or `}`.
    Close,
    Comma,
    /// A string with its quotation marks; without an end where the text ends before.
    Text {
        at: usize,
        end: Option<usize>,
    },
    /// Anything else.
    Scalar {
        at: usize,
    },
}

/// The tokens of a text.
pub(super) struct Tokens<'text> {
    text: &'text [u8],
    at: usize,
}

impl<'text> Tokens<'text> {
    pub(super) fn new(text: &'text [u8]) -> Self {
        Self { text, at: 0 }
    }

    fn text_end(&self, start: usize) -> Option<usize> {
        let mut at = start;
        loop {
            at = plain_end(self.text, at);
            match self.text.get(at)? {
                b'"' => return Some(at + 1),
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    fn scalar_end(&self, start: usize) -> usize {
        let rest = &self.text[start..];
        let is_mark = |byte: &u8| {
            matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"' | b' ' | b'\n' | b'\r' | b'\t')
        };
        rest.iter().position(is_mark).map_or(self.text.len(), |length| start + length)
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        while matches!(self.text.get(self.at)?, b' ' | b'\n' | b'\r' | b'\t' | b':') {
            self.at += 1;
        }
        let at = self.at;
        self.at += 1;
        Some(match self.text[at] {
            b'[' => Token::Open { is_list: true, at },
            b'{' => Token::Open { is_list: false, at },
            b']' | b'}' => Token::Close,
            b',' => Token::Comma,
            b'"' => {
                let end = self.text_end(at + 1);
                self.at = end.unwrap_or(self.text.len());
                Token::Text { at, end }
            }
            _ => {
                self.at = self.scalar_end(at + 1);
                Token::Scalar { at }
            }
        })
    }
}
