//! Places in a text: line, column and JSON path, each found from the other.
//!
//! Nothing here costs anything while reading succeeds: the text is looked through again where something is to be said about
//! it. Any bytes may be given, whatever their depth and length.
//!
//! ```
//! use lossless_json::{Sought, locate, path_at};
//!
//! let text = b"{\"tracks\": [\n  {\"name\": \"V1\"},\n  {\"name\": \"V2\"}\n]}";
//! assert_eq!(path_at(text, 43), "$.tracks[1].name");
//! let found = locate(text, &[Sought::Value("$.tracks[1].name")]);
//! assert_eq!((found[0].line, found[0].column), (3, 12));
//! ```

mod locate;
mod path;
mod reached;
mod tokens;

use std::fmt;

pub use locate::{Sought, locate};
pub use path::path_step;
pub use reached::path_at;

/// A place in a text. OTIO has none: its errors name a line, and a column where the text
/// is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextPosition {
    /// Bytes from the start, a byte order mark not counted.
    pub offset: usize,
    /// Line from 1.
    pub line: usize,
    /// Column in characters from 1.
    pub column: usize,
}

/// As `line 3, column 5`.
impl fmt::Display for TextPosition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

impl TextPosition {
    const START: Self = Self { offset: 0, line: 1, column: 1 };

    /// The place of a byte.
    pub(crate) fn of(text: &[u8], offset: usize) -> Self {
        Self::START.advanced(text, offset)
    }

    /// The place of a byte at or after this one.
    fn advanced(mut self, text: &[u8], offset: usize) -> Self {
        let end = offset.min(text.len());
        let between = text.get(self.offset..end).unwrap_or_default();
        let line_start = between.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        if line_start > 0 {
            self.line += between[..line_start].split(|&byte| byte == b'\n').count() - 1;
            self.column = 1;
        }
        // Every byte but those that go on with a character.
        self.column += between[line_start..].iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
        self.offset = offset;
        self
    }
}

/// The places of bytes, which are looked for in one go.
fn positions(text: &[u8], offsets: &[usize]) -> Vec<TextPosition> {
    let mut order: Vec<usize> = (0..offsets.len()).collect();
    order.sort_unstable_by_key(|&at| offsets[at]);
    let mut found = vec![TextPosition::START; offsets.len()];
    let mut reached = TextPosition::START;
    for at in order {
        reached = reached.advanced(text, offsets[at]);
        found[at] = reached;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{TextPosition, positions};

    #[test]
    fn columns_are_counted_in_characters_and_lines_by_their_ends() {
        let text = "é\n☃😀x\r\n".as_bytes();
        let place = |offset| {
            let TextPosition { line, column, .. } = TextPosition::of(text, offset);
            (line, column)
        };
        assert_eq!(
            [0, 2, 3, 6, 10, 11, 12, 13].map(place),
            [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (2, 4), (2, 5), (3, 1)]
        );
        let offsets = [13, 0, 6, 6, 99];
        let one_by_one = offsets.map(|offset| TextPosition::of(text, offset));
        assert_eq!(positions(text, &offsets), one_by_one);
    }
}
