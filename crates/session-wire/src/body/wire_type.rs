//! The types that fields have.

use std::collections::BTreeMap;

use lossless_json::{Cursor, Number, Object, TextWriter, Value};

use super::{Original, check_size, check_text};
use crate::error::{FieldError, FieldProblem};

/// A type that a field can have.
pub(crate) trait WireType: Sized {
    /// The JSON type in words.
    fn type_name() -> String;
    /// The value, and how it stood where it would be written otherwise.
    fn read(value: Value) -> Result<(Self, Original), FieldError>;
    /// As a latest reference peer writes it.
    fn write(&self) -> Value;

    /// As [`WireType::read`], from the value that comes next in a text, if it is not too large for a field of that name; none
    /// in error. Types that are in every message do it without making a [`Value`].
    fn read_text(name: &str, cursor: &mut Cursor<'_>) -> Option<(Self, Original)> {
        let found = cursor.value()?;
        check_size(name, Some(&found)).ok()?;
        Self::read(found).ok()
    }

    /// The same as text; types that may be large do it without a copy.
    fn push(&self, out: &mut TextWriter) {
        out.value(&self.write());
    }
}

/// The error for a value of another kind.
fn wrong(expected: &'static str, found: &Value) -> FieldError {
    FieldProblem::WrongType { expected, found: found.kind() }.into()
}

impl WireType for String {
    fn type_name() -> String {
        "string".to_owned()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        match value {
            Value::String(text) => Ok((text, Original::Canonical)),
            other => Err(wrong("a string", &other)),
        }
    }

    fn read_text(name: &str, cursor: &mut Cursor<'_>) -> Option<(Self, Original)> {
        let text = cursor.string()?;
        check_text(name, &text).ok()?;
        Some((text, Original::Canonical))
    }

    fn write(&self) -> Value {
        Value::String(self.clone())
    }

    fn push(&self, out: &mut TextWriter) {
        out.string(self);
    }
}

impl WireType for bool {
    fn type_name() -> String {
        "bool".to_owned()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        value.as_bool().map(|read| (read, Original::Canonical)).ok_or_else(|| wrong("true or false", &value))
    }

    fn write(&self) -> Value {
        Value::Bool(*self)
    }
}

/// Integers are read too: they are interchangeable with floats for the reference.
impl WireType for f64 {
    fn type_name() -> String {
        "number".to_owned()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        match value {
            Value::Number(number) => Ok(float(number)),
            other => Err(wrong("a number", &other)),
        }
    }

    fn read_text(_: &str, cursor: &mut Cursor<'_>) -> Option<(Self, Original)> {
        cursor.number().map(float)
    }

    fn write(&self) -> Value {
        Value::from(*self)
    }
}

/// A float, and how it stood.
fn float(number: Number) -> (f64, Original) {
    match number {
        Number::Float(read) => (read, Original::Canonical),
        other => (other.as_f64(), Original::Value(Value::Number(other))),
    }
}

/// Integers beyond 64 bits are the largest one, as list positions are clamped anyway.
impl WireType for i64 {
    fn type_name() -> String {
        "integer".to_owned()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        match value {
            Value::Number(Number::Int(read)) => Ok((read, Original::Canonical)),
            Value::Number(Number::UInt(_)) => Ok((Self::MAX, Original::Value(value))),
            other => Err(wrong("an integer", &other)),
        }
    }

    fn write(&self) -> Value {
        Value::from(*self)
    }
}

impl WireType for u64 {
    fn type_name() -> String {
        "integer from 0".to_owned()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        value
            .as_u64()
            .map(|read| (read, Original::Canonical))
            .ok_or_else(|| wrong("an integer from 0", &value))
    }

    fn read_text(_: &str, cursor: &mut Cursor<'_>) -> Option<(Self, Original)> {
        Some((cursor.number()?.as_u64()?, Original::Canonical))
    }

    fn write(&self) -> Value {
        Value::from(*self)
    }
}

impl WireType for Value {
    fn type_name() -> String {
        "any JSON".to_owned()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        Ok((value, Original::Canonical))
    }

    fn write(&self) -> Value {
        self.clone()
    }

    fn push(&self, out: &mut TextWriter) {
        out.value(self);
    }
}

impl WireType for Object {
    fn type_name() -> String {
        "object".to_owned()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        Ok((super::object(value)?, Original::Canonical))
    }

    fn write(&self) -> Value {
        Value::Object(self.clone())
    }

    fn push(&self, out: &mut TextWriter) {
        out.begin_object();
        for (key, value) in self.iter() {
            out.key(key);
            out.value(value);
        }
        out.end_object();
    }
}

impl WireType for Vec<Value> {
    fn type_name() -> String {
        "list".to_owned()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        match value {
            Value::Array(items) => Ok((items, Original::Canonical)),
            other => Err(wrong("a list", &other)),
        }
    }

    fn write(&self) -> Value {
        Value::Array(self.clone())
    }

    fn push(&self, out: &mut TextWriter) {
        out.begin_list();
        for item in self {
            out.item();
            out.value(item);
        }
        out.end_list();
    }
}

impl WireType for Vec<String> {
    fn type_name() -> String {
        "list of strings".to_owned()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        read_list(&value, "a list of strings", |item| item.as_str().map(str::to_owned))
    }

    fn write(&self) -> Value {
        Value::from(self.clone())
    }
}

impl WireType for Vec<u64> {
    fn type_name() -> String {
        "list of integers".to_owned()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        read_list(&value, "a list of integers from 0", Value::as_u64)
    }

    fn write(&self) -> Value {
        Value::from(self.clone())
    }
}

/// A list whose items are all of one kind.
fn read_list<T>(
    value: &Value,
    expected: &'static str,
    item: impl Fn(&Value) -> Option<T>,
) -> Result<(Vec<T>, Original), FieldError> {
    let Value::Array(items) = value else { return Err(wrong(expected, value)) };
    let read = items
        .iter()
        .enumerate()
        .map(|(at, entry)| item(entry).ok_or_else(|| wrong(expected, entry).inside(&at.to_string())));
    Ok((read.collect::<Result<_, _>>()?, Original::Canonical))
}

/// A pair such as `pan`.
impl WireType for [f64; 2] {
    fn type_name() -> String {
        "list of 2 numbers".to_owned()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        match value.as_array() {
            Some([x, y]) if x.as_f64().is_some() && y.as_f64().is_some() => {
                let read = [x.as_f64().unwrap_or_default(), y.as_f64().unwrap_or_default()];
                let original =
                    if read.write() == value { Original::Canonical } else { Original::Value(value) };
                Ok((read, original))
            }
            _ => Err(wrong("a list of two numbers", &value)),
        }
    }

    fn write(&self) -> Value {
        Value::from(self.to_vec())
    }
}

/// An object of equal entries; their order means nothing, so they are written by key.
impl<T: WireType> WireType for BTreeMap<String, T> {
    fn type_name() -> String {
        format!("object of {}", T::type_name())
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        let mut read = Self::new();
        for (key, entry) in super::object(value)? {
            let (entry, _) = T::read(entry).map_err(|error| error.inside(&key))?;
            read.insert(key, entry);
        }
        Ok((read, Original::Canonical))
    }

    fn write(&self) -> Value {
        let entries = self.iter().map(|(key, entry)| (key.clone(), entry.write())).collect();
        Value::Object(Object::from_distinct(entries))
    }

    fn push(&self, out: &mut TextWriter) {
        out.begin_object();
        for (key, entry) in self {
            out.key(key);
            entry.push(out);
        }
        out.end_object();
    }
}

impl<T: WireType> WireType for Box<T> {
    fn type_name() -> String {
        T::type_name()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        let (read, original) = T::read(value)?;
        Ok((Self::new(read), original))
    }

    fn read_text(name: &str, cursor: &mut Cursor<'_>) -> Option<(Self, Original)> {
        let (read, original) = T::read_text(name, cursor)?;
        Some((Self::new(read), original))
    }

    fn write(&self) -> Value {
        (**self).write()
    }

    fn push(&self, out: &mut TextWriter) {
        (**self).push(out);
    }
}
