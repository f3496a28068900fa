//! Numbers that keep their kind and their value.

/// A JSON number. The kind is part of the value: `1` and `1.0` are different documents.
///
/// ```
/// use lossless_json::{Limits, Number, parse};
///
/// let read = |text: &str| parse(text.as_bytes(), &Limits::default()).map(|parsed| parsed.value);
/// assert_eq!(read("1")?.as_number(), Some(&Number::Int(1)));
/// assert_eq!(read("1.0")?.as_number(), Some(&Number::Float(1.0)));
/// assert_eq!(read("1e400")?.as_number(), Some(&Number::Literal("1e400".into())));
/// assert_ne!(Number::Float(0.0), Number::Float(-0.0));
/// # Ok::<(), lossless_json::ParseError>(())
/// ```
#[derive(Clone, Debug)]
pub enum Number {
    /// An integer that fits `i64`.
    Int(i64),
    /// An integer above `i64::MAX` that fits `u64`.
    UInt(u64),
    /// A literal with a point or an exponent that `f64` holds, or one of the tokens `NaN`, `Infinity` and `-Infinity`.
    Float(f64),
    /// A literal that neither 64-bit integers nor `f64` hold (`170141183460469231731687303715884105728`,
    /// `1e400`), as it was written.
    Literal(Box<str>),
}

impl Number {
    /// The nearest `f64`; infinite for a literal beyond its range.
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
    pub fn as_f64(&self) -> f64 {
        match self {
            Self::Int(value) => *value as f64,
            Self::UInt(value) => *value as f64,
            Self::Float(value) => *value,
            Self::Literal(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// The value where it is an integer that `i64` holds; a float is never an integer here.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The value where it is an integer that `u64` holds; a float is never an integer here.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(value) => u64::try_from(*value).ok(),
            Self::UInt(value) => Some(*value),
            _ => None,
        }
    }
}

/// Same kind and same bits: `NaN` equals itself, `0.0` and `-0.0` differ.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::UInt(a), Self::UInt(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Literal(a), Self::Literal(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Number {}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Self::UInt(value), Self::Int)
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}
