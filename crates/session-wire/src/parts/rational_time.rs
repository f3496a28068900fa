//! OTIO's `RationalTime.1` as playback messages carry it.

use lossless_json::{Object, Value};

use crate::body::{Original, WireType};
use crate::error::{FieldError, FieldProblem};

/// A point in time: `value` frames at `rate` frames per second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RationalTime {
    /// In frames.
    pub value: f64,
    /// In frames per second.
    pub rate: f64,
}

impl RationalTime {
    /// `value` frames at `rate` frames per second.
    pub fn new(value: f64, rate: f64) -> Self {
        Self { value, rate }
    }
}

/// In the reference's key order, which is not OTIO's own.
impl WireType for RationalTime {
    fn type_name() -> String {
        "RationalTime".to_owned()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        let number = |key: &str| value.get(key).and_then(Value::as_f64);
        let (Some(frames), Some(rate)) = (number("value"), number("rate")) else {
            return Err(FieldProblem::WrongType {
                expected: "a RationalTime with value and rate",
                found: value.kind(),
            }
            .into());
        };
        let read = Self::new(frames, rate);
        let original = if read.write() == value { Original::Canonical } else { Original::Value(value) };
        Ok((read, original))
    }

    fn write(&self) -> Value {
        let mut time = Object::new();
        time.insert("OTIO_SCHEMA", "RationalTime.1");
        time.insert("value", self.value);
        time.insert("rate", self.rate);
        Value::Object(time)
    }
}
