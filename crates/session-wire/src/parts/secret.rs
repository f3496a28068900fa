//! Secrets that do not show in logs.

use lossless_json::Value;

use crate::body::{Original, WireType};
use crate::error::FieldError;

/// The secret of a session address. Its `Debug` form does not show it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself; compare it in constant time.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self(secret.to_owned())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

impl WireType for Secret {
    fn type_name() -> String {
        String::type_name()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        let (secret, original) = String::read(value)?;
        Ok((Self(secret), original))
    }

    fn write(&self) -> Value {
        Value::from(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_does_not_show_in_logs() {
        assert!(!format!("{:?}", Secret::from("hunter2")).contains("hunter2"));
    }
}
