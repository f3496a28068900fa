//! Times as documents hold them.

use lossless_json::Value;

/// A moment or a length: `value` units of `1/rate` seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RationalTime {
    /// The count of units, frames for most rates.
    pub value: f64,
    /// Units a second.
    pub rate: f64,
}

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeRange {
    /// Where it starts.
    pub start_time: RationalTime,
    /// How long it is.
    pub duration: RationalTime,
}

impl RationalTime {
    /// From a `RationalTime.1` object.
    pub fn from_value(value: &Value) -> Option<Self> {
        Some(Self { value: value.get("value")?.as_f64()?, rate: value.get("rate")?.as_f64()? })
    }
}

impl TimeRange {
    /// From a `TimeRange.1` object.
    pub fn from_value(value: &Value) -> Option<Self> {
        Some(Self {
            start_time: RationalTime::from_value(value.get("start_time")?)?,
            duration: RationalTime::from_value(value.get("duration")?)?,
        })
    }
}
