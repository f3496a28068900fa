//! Older versions of schemas.

use lossless_json::{Object, Value};

use super::class::SCHEMA_KEY;
use super::{Canonicaliser, Outcome};
use crate::schema::{Schema, value_type};

impl Canonicaliser {
    /// Brings an object of an older version to the version of the table.
    pub(super) fn upgrade(
        &mut self,
        schema: &'static Schema,
        version: i32,
        object: &mut Object,
    ) -> Outcome<()> {
        match schema.name {
            "Clip" if version < 2 => self.upgrade_clip(object),
            "Marker" if version < 2 => self.upgrade_marker(object),
            _ => Ok(()),
        }
    }

    /// 1 → 2: the one media reference becomes the default one of several. What is no object with a schema counts as
    /// missing media.
    fn upgrade_clip(&mut self, object: &mut Object) -> Outcome<()> {
        if self.is_exact() && object.contains_key("media_references") {
            return Ok(());
        }
        let references = match object.remove("media_reference") {
            Some(reference) if is_object_of_a_class(&reference) => {
                Value::Object(Object::from_distinct(vec![("DEFAULT_MEDIA".to_owned(), reference)]))
            }
            other => {
                self.keep_or_drop(object, "media_reference", other)?;
                self.missing_media()
            }
        };
        object.insert("media_references", references);
        object.insert("active_media_reference_key", "DEFAULT_MEDIA");
        Ok(())
    }

    /// 1 → 2: `range` is called `marked_range`.
    fn upgrade_marker(&mut self, object: &mut Object) -> Outcome<()> {
        if self.is_exact() && object.contains_key("marked_range") {
            return Ok(());
        }
        let dropped = object.remove("marked_range");
        self.drop_checked(dropped)?;
        match object.remove("range") {
            Some(range) => object.insert("marked_range", range),
            None if self.is_exact() => None,
            None => object.insert("marked_range", Value::Null),
        };
        Ok(())
    }

    /// A value that opentimelineio's upgrade loses stays as a field of its own where nothing is to be lost.
    fn keep_or_drop(&mut self, object: &mut Object, key: &str, value: Option<Value>) -> Outcome<()> {
        match value {
            Some(value) if self.is_exact() && !value.is_null() => {
                object.insert(key, value);
                Ok(())
            }
            value => self.drop_checked(value),
        }
    }

    /// Drops a value; opentimelineio has decoded it before, and refuses the document if it could not.
    pub(super) fn drop_checked(&mut self, value: Option<Value>) -> Outcome<()> {
        value.map_or(Ok(()), |value| self.any(value).map(drop))
    }
}

/// Whether a value is an object with a schema, and no value type.
fn is_object_of_a_class(value: &Value) -> bool {
    let schema = value.get(SCHEMA_KEY);
    schema.is_some_and(|schema| schema.as_str().is_none_or(|text| value_type(text).is_none()))
}
