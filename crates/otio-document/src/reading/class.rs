//! Which class an object is of.

use lossless_json::{Object, Value};

use super::{Canonicaliser, Outcome, refuse};
use crate::schema::{Family, Field, Schema, schema_named, split_schema, value_type};
use crate::{RefusalReason, WarningReason};

/// The key that names the class of an object.
pub(crate) const SCHEMA_KEY: &str = "OTIO_SCHEMA";

/// The key of the id by which references name an object.
pub(super) const REFERENCE_ID_KEY: &str = "OTIO_REF_ID";

/// The class of an object.
#[derive(Clone, Copy)]
pub(super) enum Class {
    /// No schema: a dictionary.
    Plain,
    /// A value type, with its fields.
    Value(&'static str, &'static [Field]),
    /// A schema of the table, already upgraded to the version of the table.
    Known(&'static Schema),
    /// A schema that is unknown or, with a warning given, too new or malformed.
    Other { warned: bool },
}

impl Canonicaliser {
    /// An object in canonical form.
    pub(super) fn object(&mut self, mut object: Object) -> Outcome<Object> {
        let class = self.classify(&mut object)?;
        self.object_of(class, object)
    }

    pub(super) fn object_of(&mut self, class: Class, object: Object) -> Outcome<Object> {
        match class {
            Class::Plain => self.dictionary(object),
            Class::Value(text, fields) => self.value_object(text, fields, object),
            Class::Known(schema) => self.known_object(schema, object),
            Class::Other { .. } => self.other_object(object),
        }
    }

    /// The class of an object, which is upgraded on the way.
    pub(super) fn classify(&mut self, object: &mut Object) -> Outcome<Class> {
        let text = match object.get(SCHEMA_KEY) {
            None => return Ok(Class::Plain),
            Some(Value::String(text)) => text,
            Some(other) => return self.malformed(other.kind().to_owned()),
        };
        if let Some((text, fields)) = value_type(text) {
            return Ok(Class::Value(text, fields));
        }
        let text = text.clone();
        if self.reading == super::Reading::LikeOpentimelineio {
            self.take_reference_id(object)?;
        }
        match split_schema(&text) {
            None => self.malformed(text),
            Some((name, version)) => self.classify_named(&text, name, version, object),
        }
    }

    fn classify_named(
        &mut self,
        text: &str,
        name: &str,
        version: i32,
        object: &mut Object,
    ) -> Outcome<Class> {
        let Some(schema) = schema_named(name) else {
            self.normalise_other(name, version, object)?;
            return Ok(Class::Other { warned: false });
        };
        if version > schema.version {
            return self.newer(text, version, schema);
        }
        if version < schema.version {
            self.upgrade(schema, version, object)?;
        }
        Ok(Class::Known(schema))
    }

    /// opentimelineio writes the version of an unknown schema as the number it read.
    fn normalise_other(&mut self, name: &str, version: i32, object: &mut Object) -> Outcome<()> {
        if self.is_exact() {
            return Ok(());
        }
        if name == "UnknownSchema" {
            // opentimelineio ends the whole process here.
            return refuse(RefusalReason::MalformedSchema(name.to_owned()));
        }
        object.insert(SCHEMA_KEY, format!("{name}.{version}"));
        Ok(())
    }

    fn newer(&mut self, text: &str, version: i32, schema: &'static Schema) -> Outcome<Class> {
        let known = schema.version;
        if self.is_exact() {
            self.warn(WarningReason::NewerVersion { schema: text.to_owned(), known });
            return Ok(Class::Other { warned: true });
        }
        refuse(RefusalReason::UnsupportedVersion { schema: schema.name.to_owned(), version, known })
    }

    fn malformed(&mut self, text: String) -> Outcome<Class> {
        if self.is_exact() {
            self.warn(WarningReason::MalformedSchema);
            return Ok(Class::Other { warned: true });
        }
        refuse(RefusalReason::MalformedSchema(text))
    }

    /// opentimelineio takes the id that an object may be referred to by; references were followed before.
    fn take_reference_id(&mut self, object: &mut Object) -> Outcome<()> {
        match object.remove(REFERENCE_ID_KEY) {
            None => Ok(()),
            Some(Value::String(id)) if id.is_empty() => Ok(()),
            Some(Value::String(id)) if self.reference_ids.contains(&id) => {
                refuse(RefusalReason::DuplicateReference(id))
            }
            Some(Value::String(id)) => {
                self.reference_ids.insert(id);
                Ok(())
            }
            Some(other) => self.mismatch("a string", other.kind()),
        }
    }

    /// An object of an unknown schema: the schema, then its keys sorted.
    fn other_object(&mut self, mut object: Object) -> Outcome<Object> {
        let text = object.remove(SCHEMA_KEY).unwrap_or_default();
        let entries = self.sorted_entries(object.into_iter().collect())?;
        Ok(with_schema(text, entries))
    }

    /// Whether an object of that class may take a place of that family.
    pub(super) fn admit(&mut self, class: Class, family: Family) -> Outcome<()> {
        let found = match class {
            Class::Known(schema) if schema.belongs_to(family) => return Ok(()),
            Class::Other { .. } if family == Family::Any => return Ok(()),
            Class::Other { warned: true } => return Ok(()),
            Class::Known(schema) => schema.name,
            Class::Other { warned: false } => "an object of an unknown schema",
            Class::Value(text, _) => text,
            Class::Plain => "an object without a schema",
        };
        self.mismatch(family.name(), found)
    }
}

/// An object that starts with its schema.
pub(super) fn with_schema(text: Value, mut entries: Vec<(String, Value)>) -> Object {
    entries.insert(0, (SCHEMA_KEY.to_owned(), text));
    Object::from_distinct(entries)
}
