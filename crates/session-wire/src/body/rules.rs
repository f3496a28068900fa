//! When a field is there, and what stands for "not set".

use lossless_json::{Cursor, TextWriter, Value};

use super::{Presence, WireType, check_size};
use crate::error::{FieldError, FieldProblem};

/// How a field stood on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Original {
    /// As it would be written.
    Canonical,
    /// Not at all.
    Absent,
    /// As this value.
    Value(Value),
}

impl Original {
    /// What to write to have it stand so again.
    pub(crate) fn into_value(self) -> Option<Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Canonical => None,
        }
    }
}

/// How a field of type `T` is read and written.
pub(crate) trait Rule<T> {
    /// When it is on the wire.
    const PRESENCE: Presence;
    /// Its JSON type in words.
    fn type_name() -> String;
    /// Its value, and how it stood.
    fn read(found: Option<Value>) -> Result<(T, Original), FieldError>;
    /// What is written; `None` leaves it out.
    fn write(value: &T) -> Option<Value>;

    /// As [`Rule::read`], from the value that comes next in a text; none in error.
    fn read_text(name: &str, cursor: &mut Cursor<'_>) -> Option<(T, Original)> {
        let found = cursor.value()?;
        check_size(name, Some(&found)).ok()?;
        Self::read(Some(found)).ok()
    }

    /// Writes key and value as text, without a copy of the value where it may be large; `false` where it is left out.
    fn push(name: &str, value: &T, out: &mut TextWriter) -> bool {
        let Some(value) = Self::write(value) else { return false };
        out.key(name);
        out.value(&value);
        true
    }

    /// Whether what stood there originally reads as the value that is written so.
    fn is_written_for(original: &Original, canonical: Option<&Value>) -> bool {
        let read = Self::read(original.clone().into_value());
        read.is_ok_and(|(value, _)| Self::write(&value).as_ref() == canonical)
    }
}

/// Always there.
pub(crate) struct Required;

impl<T: WireType> Rule<T> for Required {
    const PRESENCE: Presence = Presence::Required;

    fn type_name() -> String {
        T::type_name()
    }

    fn read(found: Option<Value>) -> Result<(T, Original), FieldError> {
        T::read(found.ok_or(FieldProblem::Missing)?)
    }

    fn read_text(name: &str, cursor: &mut Cursor<'_>) -> Option<(T, Original)> {
        T::read_text(name, cursor)
    }

    fn write(value: &T) -> Option<Value> {
        Some(value.write())
    }

    fn push(name: &str, value: &T, out: &mut TextWriter) -> bool {
        out.key(name);
        value.push(out);
        true
    }
}

/// Always written; missing and `null` are the empty value, as in the reference.
pub(crate) struct OrDefault;

impl<T: WireType + Default> Rule<T> for OrDefault {
    const PRESENCE: Presence = Presence::EmptyWhenMissing;

    fn type_name() -> String {
        T::type_name()
    }

    fn read(found: Option<Value>) -> Result<(T, Original), FieldError> {
        match found {
            None => Ok((T::default(), Original::Absent)),
            Some(Value::Null) => Ok((T::default(), null_for(&T::default()))),
            Some(value) => T::read(value),
        }
    }

    fn write(value: &T) -> Option<Value> {
        Some(value.write())
    }

    fn push(name: &str, value: &T, out: &mut TextWriter) -> bool {
        out.key(name);
        value.push(out);
        true
    }
}

/// Left out where it is the empty value.
pub(crate) struct UnlessDefault;

impl<T: WireType + Default + PartialEq> Rule<T> for UnlessDefault {
    const PRESENCE: Presence = Presence::Optional;

    fn type_name() -> String {
        T::type_name()
    }

    #[inline]
    fn read(found: Option<Value>) -> Result<(T, Original), FieldError> {
        let Some(value) = found else { return Ok((T::default(), Original::Canonical)) };
        if value.is_null() {
            return Ok((T::default(), Original::Value(value)));
        }
        let (read, original) = T::read(value)?;
        let original = if read == T::default() { Original::Value(read.write()) } else { original };
        Ok((read, original))
    }

    fn write(value: &T) -> Option<Value> {
        (*value != T::default()).then(|| value.write())
    }
}

/// Always written, `null` where it is not set; missing is not set.
pub(crate) struct Always;

impl<T: WireType> Rule<Option<T>> for Always {
    const PRESENCE: Presence = Presence::NullWhenUnset;

    fn type_name() -> String {
        T::type_name()
    }

    #[inline]
    fn read(found: Option<Value>) -> Result<(Option<T>, Original), FieldError> {
        match found {
            None => Ok((None, Original::Absent)),
            Some(Value::Null) => Ok((None, Original::Canonical)),
            Some(value) => set(value),
        }
    }

    fn read_text(name: &str, cursor: &mut Cursor<'_>) -> Option<(Option<T>, Original)> {
        if cursor.null() { Some((None, Original::Canonical)) } else { set_text(name, cursor) }
    }

    fn write(value: &Option<T>) -> Option<Value> {
        Some(value.as_ref().map_or(Value::Null, WireType::write))
    }
}

/// Left out where it is not set; `null` is not set.
pub(crate) struct Optional;

impl<T: WireType> Rule<Option<T>> for Optional {
    const PRESENCE: Presence = Presence::Optional;

    fn type_name() -> String {
        T::type_name()
    }

    #[inline]
    fn read(found: Option<Value>) -> Result<(Option<T>, Original), FieldError> {
        match found {
            None => Ok((None, Original::Canonical)),
            Some(Value::Null) => Ok((None, Original::Value(Value::Null))),
            Some(value) => set(value),
        }
    }

    fn read_text(name: &str, cursor: &mut Cursor<'_>) -> Option<(Option<T>, Original)> {
        if cursor.null() { Some((None, Original::Value(Value::Null))) } else { set_text(name, cursor) }
    }

    fn write(value: &Option<T>) -> Option<Value> {
        value.as_ref().map(WireType::write)
    }

    fn push(name: &str, value: &Option<T>, out: &mut TextWriter) -> bool {
        value.as_ref().is_some_and(|value| <Required as Rule<T>>::push(name, value, out))
    }
}

/// As [`Optional`], and a value of the wrong kind is not set either: view state of one broken host may not stop
/// the others, and the reference takes it as it is.
pub(crate) struct Loose;

impl<T: WireType> Rule<Option<T>> for Loose {
    const PRESENCE: Presence = Presence::Optional;

    fn type_name() -> String {
        T::type_name()
    }

    fn read(found: Option<Value>) -> Result<(Option<T>, Original), FieldError> {
        let original = found.clone();
        match (<Optional as Rule<Option<T>>>::read(found), original) {
            (Err(_), Some(original)) => Ok((None, Original::Value(original))),
            (read, _) => read,
        }
    }

    fn write(value: &Option<T>) -> Option<Value> {
        <Optional as Rule<Option<T>>>::write(value)
    }
}

/// Left out where no anchor is given; `null` is the anchor at the edge.
pub(crate) struct Nullable;

impl<T: WireType> Rule<Option<T>> for Nullable {
    const PRESENCE: Presence = Presence::Optional;

    fn type_name() -> String {
        T::type_name()
    }

    #[inline]
    fn read(found: Option<Value>) -> Result<(Option<T>, Original), FieldError> {
        found.map_or(Ok((None, Original::Canonical)), set)
    }

    fn read_text(name: &str, cursor: &mut Cursor<'_>) -> Option<(Option<T>, Original)> {
        set_text(name, cursor)
    }

    fn write(value: &Option<T>) -> Option<Value> {
        value.as_ref().map(WireType::write)
    }
}

/// How a `null` stood that is read as this value.
fn null_for<T: WireType>(value: &T) -> Original {
    if value.write().is_null() { Original::Canonical } else { Original::Value(Value::Null) }
}

/// A value that is set.
fn set<T: WireType>(value: Value) -> Result<(Option<T>, Original), FieldError> {
    let (value, original) = T::read(value)?;
    Ok((Some(value), original))
}

/// The same from a text.
fn set_text<T: WireType>(name: &str, cursor: &mut Cursor<'_>) -> Option<(Option<T>, Original)> {
    let (value, original) = T::read_text(name, cursor)?;
    Some((Some(value), original))
}

/// As [`OrDefault`], and a value of the wrong kind is the empty value too, where the reference takes it as it is.
pub(crate) struct LooseOrDefault;

impl<T: WireType + Default> Rule<T> for LooseOrDefault {
    const PRESENCE: Presence = Presence::EmptyWhenMissing;

    fn type_name() -> String {
        T::type_name()
    }

    fn read(found: Option<Value>) -> Result<(T, Original), FieldError> {
        let original = found.clone();
        match (<OrDefault as Rule<T>>::read(found), original) {
            (Err(_), Some(original)) => Ok((T::default(), Original::Value(original))),
            (read, _) => read,
        }
    }

    fn write(value: &T) -> Option<Value> {
        Some(value.write())
    }
}

/// Always there, and an object.
pub(crate) struct RequiredObject;

impl Rule<Value> for RequiredObject {
    const PRESENCE: Presence = Presence::Required;

    fn type_name() -> String {
        "object".to_owned()
    }

    fn read(found: Option<Value>) -> Result<(Value, Original), FieldError> {
        let object = super::object(found.ok_or(FieldProblem::Missing)?)?;
        Ok((Value::Object(object), Original::Canonical))
    }

    fn write(value: &Value) -> Option<Value> {
        Some(value.clone())
    }

    fn push(name: &str, value: &Value, out: &mut TextWriter) -> bool {
        <Required as Rule<Value>>::push(name, value, out)
    }
}

/// A list position; missing appends.
pub(crate) struct Index;

impl Rule<i64> for Index {
    const PRESENCE: Presence = Presence::AppendWhenMissing;

    fn type_name() -> String {
        i64::type_name()
    }

    fn read(found: Option<Value>) -> Result<(i64, Original), FieldError> {
        found.map_or(Ok((-1, Original::Absent)), i64::read)
    }

    fn write(value: &i64) -> Option<Value> {
        Some(Value::from(*value))
    }
}
