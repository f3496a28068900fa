//! What `setattr` does to an OTIO object (legacy-protocol §3.3; each line tried with opentimelineio 0.18.1).

use lossless_json::{Number, Object, Value};

use super::raised::Raised;

/// What becomes of a value that is set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Set {
    /// The attribute has it.
    Field(Value),
    /// The Python object alone has it; nobody will read it.
    PythonOnly,
}

const ITEMS: [&str; 4] = ["Stack", "Track", "Clip", "Gap"];

/// What an object of this schema makes of `attribute = value`.
///
/// # Errors
/// What raises.
pub(crate) fn set_attribute(
    schema: &str,
    attribute: &str,
    value: &Value,
    media: Option<&Object>,
) -> Result<Set, Raised> {
    let is_item = ITEMS.contains(&schema);
    let refused = || Raised::attribute(format!("{attribute} of a {schema} does not take {}", value.kind()));
    match (attribute, schema) {
        ("metadata", _) | ("in_offset" | "out_offset", "Transition") => Err(refused()),
        ("name", _) | ("kind", "Track") | ("transition_type", "Transition") => match value {
            Value::String(_) => Ok(Set::Field(value.clone())),
            _ => Err(refused()),
        },
        ("enabled", _) if is_item => truth(value).map(|truth| Set::Field(truth.into())).ok_or_else(refused),
        ("source_range" | "color", _) if is_item => null(value).ok_or_else(refused),
        ("global_start_time", "Timeline") => null(value).ok_or_else(refused),
        ("effects" | "markers", _) if is_item => Err(refused()),
        ("media_reference", "Clip") | ("tracks", "Timeline") if *value != Value::Null => Err(refused()),
        ("active_media_reference_key", "Clip") => {
            let known = value.as_str().filter(|key| media.is_some_and(|media| media.contains_key(key)));
            known.map(|_| Set::Field(value.clone())).ok_or_else(refused)
        }
        _ => Ok(Set::PythonOnly),
    }
}

fn null(value: &Value) -> Option<Set> {
    value.is_null().then_some(Set::Field(Value::Null))
}

/// What Python's `bool` makes of it, as far as pybind11 asks.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Null => Some(false),
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => Some(number.as_f64() != 0.0),
        _ => None,
    }
}

/// Whether opentimelineio's metadata takes it: no integer beyond 64 bits with a sign.
pub(crate) fn fits_metadata(value: &Value) -> bool {
    match value {
        Value::Number(Number::UInt(_) | Number::Literal(_)) => false,
        Value::Array(items) => items.iter().all(fits_metadata),
        Value::Object(object) => object.iter().all(|(_, value)| fits_metadata(value)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use lossless_json::{Object, Value};

    use super::{Set, fits_metadata, set_attribute};

    fn set(schema: &str, attribute: &str, value: impl Into<Value>) -> Option<Set> {
        set_attribute(schema, attribute, &value.into(), None).ok()
    }

    #[test]
    fn attributes_take_what_setattr_takes() {
        assert_eq!(set("Clip", "name", "a"), Some(Set::Field("a".into())));
        assert_eq!(set("Clip", "name", 5_i64), None);
        assert_eq!(set("Gap", "enabled", 5_i64), Some(Set::Field(true.into())));
        assert_eq!(set("Gap", "enabled", "yes"), None);
        assert_eq!(set("Clip", "source_range", Object::new()), None);
        assert_eq!(set("Clip", "source_range", Value::Null), Some(Set::Field(Value::Null)));
        assert_eq!(set("Timeline", "enabled", "yes"), Some(Set::PythonOnly), "timelines have none");
        assert_eq!(set("Clip", "sparkle", 1_i64), Some(Set::PythonOnly));
        assert_eq!(set("Track", "metadata", Object::new()), None, "it cannot be set");
        assert_eq!(set("Clip", "active_media_reference_key", "proxy"), None);
    }

    #[test]
    fn metadata_takes_no_larger_integers_than_64_bits_with_a_sign() {
        assert!(fits_metadata(&i64::MAX.into()));
        assert!(!fits_metadata(&vec![Value::from(u64::MAX)].into()));
    }
}
