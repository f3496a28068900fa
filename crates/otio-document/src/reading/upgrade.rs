//! Older versions of schemas.

use lossless_json::{Object, Value};

use super::Canonicaliser;
use super::class::SCHEMA_KEY;
use crate::schema::Schema;

impl Canonicaliser {
    /// Brings an object of an older version to the version of the table.
    pub(super) fn upgrade(&mut self, schema: &'static Schema, version: i32, object: &mut Object) {
        match schema.name {
            "Clip" if version < 2 => self.upgrade_clip(object),
            "Marker" if version < 2 => self.upgrade_marker(object),
            _ => {}
        }
    }

    /// 1 → 2: the one media reference becomes the default one of several. What is no object with a schema counts as
    /// missing media.
    fn upgrade_clip(&mut self, object: &mut Object) {
        if self.is_exact() && object.contains_key("media_references") {
            return;
        }
        let is_reference = object.get("media_reference").is_some_and(|media| media.get(SCHEMA_KEY).is_some());
        let references = match object.get("media_reference") {
            Some(_) if is_reference => {
                let reference = object.remove("media_reference").unwrap_or_default();
                Value::Object(Object::from_distinct(vec![("DEFAULT_MEDIA".to_owned(), reference)]))
            }
            _ => self.missing_media(),
        };
        // A reference of a wrong type is lost in opentimelineio; here it stays as a field of its own.
        if !self.is_exact() || object.get("media_reference").is_some_and(Value::is_null) {
            object.remove("media_reference");
        }
        object.insert("media_references", references);
        object.insert("active_media_reference_key", "DEFAULT_MEDIA");
    }

    /// 1 → 2: `range` is called `marked_range`.
    fn upgrade_marker(&mut self, object: &mut Object) {
        if self.is_exact() && object.contains_key("marked_range") {
            return;
        }
        match object.remove("range") {
            Some(range) => object.insert("marked_range", range),
            None if self.is_exact() => None,
            None => object.insert("marked_range", Value::Null),
        };
    }
}
