//! Reading text as values.

mod cursor;
mod duplicates;
mod number;
mod rapidjson_number;
mod reader;
mod string;

use crate::{Number, TextPosition, Value, path_at};
pub use cursor::Cursor;
use reader::Reader;

/// Bounds on what is read. opentimelineio has none.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The deepest nesting in levels of lists and objects, `[]` being one; never more than [`Limits::DEPTH_CEILING`],
    /// whatever is asked for.
    pub depth_max: usize,
    /// The longest text in bytes.
    pub bytes_max: usize,
}

impl Limits {
    /// The deepest nesting that any reading allows, in levels, so that no tree is too deep for the stack of a thread.
    pub const DEPTH_CEILING: usize = 1024;
}

impl Default for Limits {
    /// 512 levels and 256 MiB.
    fn default() -> Self {
        Self { depth_max: 512, bytes_max: 256 << 20 }
    }
}

/// How literals become values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    /// Every value is kept.
    Exact,
    /// As opentimelineio's reader does, which changes about one in ten 17-digit floats and wraps big integers.
    LikeOpentimelineio,
}

/// What was read, with what its owner should be told about it.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The value.
    pub value: Value,
    /// Keys that stood twice in one object; the first one was kept. JSON paths, at most 100. opentimelineio keeps the
    /// first one too, and says nothing.
    pub duplicate_keys: Vec<String>,
}

/// Where and why text is not JSON, or beyond the [`Limits`]. opentimelineio has a `ValueError` for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}, {path}: {reason}")]
pub struct ParseError {
    /// Why.
    pub reason: ParseReason,
    /// Bytes from the start, a byte order mark not counted.
    pub offset: usize,
    /// Line from 1.
    pub line: usize,
    /// Column in characters from 1.
    pub column: usize,
    /// The JSON path of the value that was come to, as [`path_at`] tells it.
    pub path: String,
}

/// Why text is not JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseReason {
    /// There is nothing but white space.
    #[error("the text is empty; expected a JSON value")]
    Empty,
    /// The text ends inside a value. What would have to come.
    #[error("the text ends too early; expected {0}")]
    UnexpectedEnd(&'static str),
    /// A character that cannot stand here.
    #[error("found {found:?}, expected {expected}")]
    UnexpectedCharacter {
        /// What stands there.
        found: char,
        /// What may stand there.
        expected: &'static str,
    },
    /// Text after the value. Its first character.
    #[error("found {0:?} after the end of the value; expected nothing more")]
    TrailingText(char),
    /// Bytes that are no UTF-8.
    #[error("the bytes here are not UTF-8; save the text as UTF-8")]
    InvalidUtf8,
    /// A byte order mark where it is not accepted.
    #[error("the text starts with a byte order mark, which opentimelineio refuses; save it without one")]
    ByteOrderMark,
    /// A raw control character inside a string. Its code point.
    #[error("a string holds the raw control character U+{0:04X}; write it as an escape")]
    ControlCharacter(u32),
    /// A backslash before a character that is no escape. That character.
    #[error("`\\{0}` is no escape; expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX")]
    InvalidEscape(char),
    /// `\u` without four hexadecimal digits.
    #[error("`\\u` needs four hexadecimal digits")]
    InvalidUnicodeEscape,
    /// Half of a surrogate pair, which is no character. The half.
    #[error("`\\u{0:04x}` is half of a surrogate pair; expected both halves")]
    LoneSurrogate(u32),
    /// A number that only opentimelineio's reading refuses.
    #[error("the number is too big for opentimelineio")]
    NumberTooBig,
    /// Lists and objects nested too deeply. The most levels that are allowed.
    #[error("lists and objects are nested more than {0} levels deep")]
    TooDeep(usize),
    /// Too many bytes.
    #[error("the text has {bytes} bytes, the limit is {bytes_max}")]
    TooLong {
        /// Bytes there are.
        bytes: usize,
        /// Bytes there may be.
        bytes_max: usize,
    },
}

/// Reads one value and nothing after it; no value is changed.
///
/// ```
/// use lossless_json::{Limits, Style, parse};
///
/// let parsed = parse(br#"{"a": NaN, "a": 2, "b": 18446744073709551616}"#, &Limits::default())?;
/// assert_eq!(parsed.value.to_text(Style::OtioCompact), r#"{"a":NaN,"b":18446744073709551616}"#);
/// assert_eq!(parsed.duplicate_keys, ["$.a"]);
/// # Ok::<(), lossless_json::ParseError>(())
/// ```
///
/// Accepted beyond strict JSON: `NaN`, `Infinity` and `Inf` with an optional minus, numbers of any size, a byte order
/// mark. Duplicate keys keep the first value and are reported. OTIO has no such reading.
///
/// # Errors
/// The text is not JSON otherwise, not UTF-8, or beyond the limits.
pub fn parse(text: &[u8], limits: &Limits) -> Result<Parsed, ParseError> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    read(text, limits, Dialect::Exact)
}

/// As [`parse`], with opentimelineio's number reading and its refusals: floats may be off by some ulp; integers from 2⁶³
/// on lose their top bit, and become floats from 2⁶⁴ on; `1e400` and a byte order mark are errors, and a NUL character
/// ends the text. A NUL that a string holds as an escape is kept: opentimelineio tells such strings apart, and cuts them
/// only when it writes. What `from_json_string` and `otio.adapters.read_from_string` begin with.
///
/// ```
/// use lossless_json::{Limits, Style, parse_like_opentimelineio};
///
/// let read = |text: &[u8]| parse_like_opentimelineio(text, &Limits::default()).map(|parsed| parsed.value);
/// assert_eq!(read(b"9223372036854775808")?.as_i64(), Some(0));
/// assert_eq!(read(b"18446744073709551616")?.to_text(Style::OtioCompact), "18446744073709552000.0");
/// assert!(read(b"1e400").is_err());
/// # Ok::<(), lossless_json::ParseError>(())
/// ```
///
/// # Errors
/// As [`parse`]; and a byte order mark, or a number that no `f64` holds.
pub fn parse_like_opentimelineio(text: &[u8], limits: &Limits) -> Result<Parsed, ParseError> {
    if text.starts_with(BYTE_ORDER_MARK) {
        return Err(located(&[], 0, ParseReason::ByteOrderMark));
    }
    let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
    read(&text[..end], limits, Dialect::LikeOpentimelineio)
}

/// What stands at the start of a text, with its length in bytes, whatever follows it. Values are kept.
pub(crate) struct Prefix;

impl Prefix {
    pub(crate) fn string(text: &str) -> Option<(String, usize)> {
        let mut reader = Reader::new(text, 0, Dialect::Exact);
        let string = reader.string().ok()?;
        Some((string, reader.at))
    }

    pub(crate) fn number(text: &str) -> Option<(Number, usize)> {
        let mut reader = Reader::new(text, 0, Dialect::Exact);
        let number = reader.exact_number().ok()?;
        Some((number, reader.at))
    }

    pub(crate) fn value(text: &str, depth_max: usize) -> Option<(Parsed, usize)> {
        let mut reader = Reader::new(text, depth_max.min(Limits::DEPTH_CEILING), Dialect::Exact);
        let value = reader.value().ok()?;
        let len = reader.at;
        Some((Parsed { value, duplicate_keys: reader.into_duplicate_keys() }, len))
    }
}

pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

fn read(text: &[u8], limits: &Limits, dialect: Dialect) -> Result<Parsed, ParseError> {
    if text.len() > limits.bytes_max {
        let reason = ParseReason::TooLong { bytes: text.len(), bytes_max: limits.bytes_max };
        return Err(ParseError { offset: limits.bytes_max, ..located(&[], 0, reason) });
    }
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => return Err(located(text, error.valid_up_to(), ParseReason::InvalidUtf8)),
    };
    let mut reader = Reader::new(text, limits.depth_max.min(Limits::DEPTH_CEILING), dialect);
    let value = reader.document().map_err(|failure| located(text.as_bytes(), failure.at, failure.reason))?;
    Ok(Parsed { value, duplicate_keys: reader.into_duplicate_keys() })
}

/// An error with its place; `text` is UTF-8 up to `offset`.
fn located(text: &[u8], offset: usize, reason: ParseReason) -> ParseError {
    let TextPosition { offset, line, column } = TextPosition::of(text, offset);
    ParseError { reason, offset, line, column, path: path_at(text, offset) }
}
