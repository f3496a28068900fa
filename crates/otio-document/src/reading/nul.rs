//! Texts with a NUL in them, which opentimelineio tells apart in full and writes only up to the NUL.

use lossless_json::{Object, Value};

/// Whether a key or a string of a value holds a NUL.
pub(crate) fn is_in(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(is_in),
        Value::Object(object) => object.iter().any(|(key, value)| key.contains('\0') || is_in(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The value with every key and string up to its first NUL, in the order that the whole keys have. Keys may become the
/// same; opentimelineio writes them all.
pub(crate) fn cut(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(cut_text(text)),
        Value::Array(items) => Value::Array(items.into_iter().map(cut).collect()),
        Value::Object(object) => {
            let entries = object.into_iter().map(|(key, value)| (cut_text(key), cut(value)));
            Value::Object(Object::from_distinct(entries.collect()))
        }
        scalar => scalar,
    }
}

fn cut_text(mut text: String) -> String {
    if let Some(end) = text.find('\0') {
        text.truncate(end);
    }
    text
}
