//! What a field may hold.

use lossless_json::{Object, Value};

use super::{PaintVertices, ReviewError};
use crate::RationalTime;

/// The type of a field.
pub(super) trait FieldType: Sized {
    /// Reads a value, which is `null` only where that is a value of the type.
    fn read(value: &Value) -> Result<Self, ReviewError>;
    /// The value as this crate writes it.
    fn write(&self) -> Value;
    /// Has the fields written that an object in here lacked when it was read.
    fn complete(&mut self) {}
}

fn wrong_type<T>(expected: &'static str, value: &Value) -> Result<T, ReviewError> {
    Err(ReviewError::WrongType { path: "$".to_owned(), expected, found: value.kind() })
}

impl FieldType for bool {
    fn read(value: &Value) -> Result<Self, ReviewError> {
        value.as_bool().map_or_else(|| wrong_type("true or false", value), Ok)
    }

    fn write(&self) -> Value {
        (*self).into()
    }
}

/// Also a float that is a whole number, which other languages write for one.
impl FieldType for i64 {
    fn read(value: &Value) -> Result<Self, ReviewError> {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
        let whole = |float: f64| (float.fract() == 0.0 && float.abs() < 1e15).then_some(float as Self);
        let found = value.as_i64().or_else(|| value.as_f64().and_then(whole));
        found.map_or_else(|| wrong_type("a whole number", value), Ok)
    }

    fn write(&self) -> Value {
        (*self).into()
    }
}

impl FieldType for f64 {
    fn read(value: &Value) -> Result<Self, ReviewError> {
        value.as_f64().map_or_else(|| wrong_type("a number", value), Ok)
    }

    fn write(&self) -> Value {
        (*self).into()
    }
}

impl FieldType for String {
    fn read(value: &Value) -> Result<Self, ReviewError> {
        value.as_str().map_or_else(|| wrong_type("a string", value), |text| Ok(text.to_owned()))
    }

    fn write(&self) -> Value {
        self.as_str().into()
    }
}

/// Anything: the protocol does not say what.
impl FieldType for Value {
    fn read(value: &Value) -> Result<Self, ReviewError> {
        Ok(value.clone())
    }

    fn write(&self) -> Value {
        self.clone()
    }
}

impl FieldType for Object {
    fn read(value: &Value) -> Result<Self, ReviewError> {
        value.as_object().map_or_else(|| wrong_type("an object", value), |object| Ok(object.clone()))
    }

    fn write(&self) -> Value {
        self.clone().into()
    }
}

/// `null` where there is none.
impl<T: FieldType> FieldType for Option<T> {
    fn read(value: &Value) -> Result<Self, ReviewError> {
        if value.is_null() { Ok(None) } else { T::read(value).map(Some) }
    }

    fn write(&self) -> Value {
        self.as_ref().map_or(Value::Null, FieldType::write)
    }

    fn complete(&mut self) {
        if let Some(value) = self {
            value.complete();
        }
    }
}

impl<T: FieldType> FieldType for Vec<T> {
    fn read(value: &Value) -> Result<Self, ReviewError> {
        let Some(items) = value.as_array() else { return wrong_type("a list", value) };
        let item = |(at, item)| T::read(item).map_err(|error| error.below(&format!("[{at}]")));
        items.iter().enumerate().map(item).collect()
    }

    fn write(&self) -> Value {
        Value::Array(self.iter().map(FieldType::write).collect())
    }
}

/// A place: x and y.
impl FieldType for [f64; 2] {
    fn read(value: &Value) -> Result<Self, ReviewError> {
        numbers(value, "a list of 2 numbers")
    }

    fn write(&self) -> Value {
        self.to_vec().into()
    }
}

/// A colour: red, green, blue, opacity.
impl FieldType for [f64; 4] {
    fn read(value: &Value) -> Result<Self, ReviewError> {
        numbers(value, "a list of 4 numbers")
    }

    fn write(&self) -> Value {
        self.to_vec().into()
    }
}

fn numbers<const COUNT: usize>(value: &Value, expected: &'static str) -> Result<[f64; COUNT], ReviewError> {
    let numbers = Vec::<f64>::read(value)?;
    let found = "a list of another length";
    numbers.try_into().map_err(|_| ReviewError::WrongType { path: "$".to_owned(), expected, found })
}

impl FieldType for RationalTime {
    fn read(value: &Value) -> Result<Self, ReviewError> {
        Self::from_value(value).map_or_else(|| wrong_type("a RationalTime.1", value), Ok)
    }

    fn write(&self) -> Value {
        self.to_value()
    }
}

impl FieldType for PaintVertices {
    fn read(value: &Value) -> Result<Self, ReviewError> {
        match Self::from_value(value) {
            Err(ReviewError::OtherSchema { .. }) => wrong_type("a PaintVertices.1", value),
            outcome => outcome,
        }
    }

    fn write(&self) -> Value {
        self.to_value()
    }

    fn complete(&mut self) {
        Self::complete(self);
    }
}
