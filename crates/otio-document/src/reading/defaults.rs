//! What stands in for fields that are not there.

use lossless_json::{Object, Value};

use super::Canonicaliser;
use super::class::with_schema;
use crate::schema::{Default, Schema, schema_named, value_type};

impl Canonicaliser {
    /// A default in canonical form.
    pub(super) fn default_value(&self, default: Default) -> Value {
        match default {
            Default::Null => Value::Null,
            Default::Text(text) => text.into(),
            Default::True => Value::Bool(true),
            Default::Zero => Value::from(0.0),
            Default::One => Value::from(1.0),
            Default::OneInteger => Value::from(1i64),
            Default::ZeroInteger => Value::from(0i64),
            Default::Dictionary => Value::Object(Object::new()),
            Default::List => Value::Array(Vec::new()),
            Default::Value(text) => self.default_value_type(text),
            Default::MissingMedia => self.missing_media(),
        }
    }

    fn default_value_type(&self, text: &'static str) -> Value {
        let fields = value_type(text).map_or(&[][..], |(_, fields)| fields);
        let entries = fields.iter().map(|field| (field.key.to_owned(), self.default_value(field.default)));
        Value::Object(with_schema(text.into(), entries.collect()))
    }

    /// What a clip without media holds.
    pub(super) fn missing_media(&self) -> Value {
        let fields = schema_named("MissingReference").into_iter().flat_map(Schema::fields);
        let entries = fields.map(|field| (field.key.to_owned(), self.default_value(field.default)));
        let reference = with_schema("MissingReference.1".into(), entries.collect());
        Value::Object(Object::from_distinct(vec![("DEFAULT_MEDIA".to_owned(), Value::Object(reference))]))
    }
}
