//! Reading what programs hand over.

use lossless_json::Value;

/// Why a program's own object could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} holds {found}, expected {expected}; hand over what the program itself says")]
#[non_exhaustive]
pub struct NativeError {
    /// The JSON path of the value, `$` being the object that was read.
    pub path: String,
    /// What belongs there.
    pub expected: &'static str,
    /// What stands there.
    pub found: &'static str,
}

impl NativeError {
    pub(crate) fn new(path: impl Into<String>, expected: &'static str, value: &Value) -> Self {
        Self { path: path.into(), expected, found: value.kind() }
    }
}

/// The fields of an object; one that is `null` counts as left out.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'value>(&'value Value);

impl<'value> Fields<'value> {
    pub(crate) fn of(value: &'value Value) -> Result<Self, NativeError> {
        value.as_object().map(|_| Self(value)).ok_or_else(|| NativeError::new("$", "an object", value))
    }

    pub(crate) fn get(self, key: &str) -> Option<&'value Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn number(self, key: &str, default: f64) -> Result<f64, NativeError> {
        self.typed(key, "a number", Value::as_f64).map(|number| number.unwrap_or(default))
    }

    pub(crate) fn whole(self, key: &str, default: i64) -> Result<i64, NativeError> {
        self.typed(key, "a whole number", Value::as_i64).map(|number| number.unwrap_or(default))
    }

    pub(crate) fn truth(self, key: &str) -> Result<bool, NativeError> {
        self.typed(key, "true or false", Value::as_bool).map(Option::unwrap_or_default)
    }

    pub(crate) fn text(self, key: &str) -> Result<Option<&'value str>, NativeError> {
        self.typed(key, "a string", Value::as_str)
    }

    pub(crate) fn list(self, key: &str) -> Result<Option<&'value [Value]>, NativeError> {
        self.typed(key, "a list", Value::as_array)
    }

    /// Numbers, behind the name and version of a typed array (`["vec2", 1, x, y]`) or without them.
    pub(crate) fn numbers<const COUNT: usize>(
        self,
        key: &str,
        expected: &'static str,
    ) -> Result<Option<[f64; COUNT]>, NativeError> {
        self.typed(key, expected, |value| {
            let items = value.as_array()?;
            let items = if items.first()?.as_str().is_some() { items.get(2..)? } else { items };
            let numbers: Option<Vec<f64>> = items.iter().map(Value::as_f64).collect();
            numbers?.try_into().ok()
        })
    }

    fn typed<T>(
        self,
        key: &str,
        expected: &'static str,
        read: impl FnOnce(&'value Value) -> Option<T>,
    ) -> Result<Option<T>, NativeError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| NativeError::new(format!("$.{key}"), expected, value))
    }
}
