//! Figures as JSON.

use lossless_json::{Object, Value};

use crate::clock::Times;

/// An object of named values, in that order.
pub(crate) fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(entries.into_iter().collect::<Object>())
}

/// Rounded to what a measurement can tell.
pub(crate) fn rounded(number: f64) -> Value {
    Value::from((number * 1e5).round() / 1e5)
}

/// In milliseconds.
pub(crate) fn times(times: Times) -> Value {
    object([("median_ms", rounded(times.median * 1e3)), ("shortest_ms", rounded(times.shortest * 1e3))])
}

/// A figure beside the most that it is to be.
pub(crate) fn against(figure: f64, target: f64) -> Value {
    object([("is", rounded(figure)), ("target", rounded(target)), ("met", Value::Bool(figure <= target))])
}

/// A count of bytes or of things; counts beyond 2^53 do not come up.
#[expect(clippy::cast_precision_loss, reason = "counts of bytes that fit the memory of a machine")]
pub(crate) fn real(count: usize) -> f64 {
    count as f64
}
