//! Any JSON value.

use crate::{Number, Object};

/// Any JSON value, `NaN` and `Infinity` included.
///
/// ```
/// use lossless_json::{Limits, parse};
///
/// let value = parse(br#"{"sync": {"guid": "a1", "rate": 24.0}}"#, &Limits::default())?.value;
/// assert_eq!(value.at(&["sync", "guid"]).and_then(|guid| guid.as_str()), Some("a1"));
/// assert_eq!(value.at(&["sync", "rate"]).and_then(|rate| rate.as_f64()), Some(24.0));
/// assert_eq!(value.get("sync").map(|sync| sync.kind()), Some("an object"));
/// # Ok::<(), lossless_json::ParseError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number of any kind.
    Number(Number),
    /// Text.
    String(String),
    /// A list (OTIO `AnyVector`).
    Array(Vec<Value>),
    /// An object, its keys in the order in which they stand (OTIO `AnyDictionary`, which sorts them).
    Object(Object),
}

impl Value {
    /// The kind in words a user reads in an error: `"null"`, `"a number"`, `"an object"`, ….
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The truth value, where it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, where it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, where it is one.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The nearest float of a number of any kind; infinite for a literal beyond its range. None where this is no number.
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number().map(Number::as_f64)
    }

    /// The integer, where it is one that `i64` holds; a float is never an integer here, not even `1.0`.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::as_i64)
    }

    /// The integer, where it is one that `u64` holds; a float is never an integer here.
    pub fn as_u64(&self) -> Option<u64> {
        self.as_number().and_then(Number::as_u64)
    }

    /// The list, where it is one.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The object, where it is one.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The object to change in place, where it is one.
    pub fn as_object_mut(&mut self) -> Option<&mut Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The value under `key`, where this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object()?.get(key)
    }

    /// The value at the end of a way of keys through nested objects; none where a key is missing, or something on the way
    /// is no object. The value itself for no keys.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }
}

macro_rules! value_from {
    ($($source:ty => $make:expr),* $(,)?) => {
        $(impl From<$source> for Value {
            fn from(value: $source) -> Self {
                $make(value)
            }
        })*
    };
}

value_from! {
    bool => Value::Bool,
    i64 => |value: i64| Value::Number(value.into()),
    u64 => |value: u64| Value::Number(value.into()),
    f64 => |value: f64| Value::Number(value.into()),
    Number => Value::Number,
    &str => |value: &str| Value::String(value.to_owned()),
    String => Value::String,
    Object => Value::Object,
}

impl<V: Into<Value>> From<Vec<V>> for Value {
    fn from(items: Vec<V>) -> Self {
        Self::Array(items.into_iter().map(Into::into).collect())
    }
}

/// `None` is `null`.
impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
