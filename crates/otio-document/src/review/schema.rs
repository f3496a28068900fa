//! Schemas as tables of fields.

use lossless_json::{Object, Value};

use super::field::FieldType;
use crate::reading::SCHEMA_KEY;
use crate::schema::split_schema;

/// Why a value is no object of a schema. The value itself is untouched, so that it can be kept as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// Something else than an object with that schema.
    #[error("found {found}, expected an object with the OTIO_SCHEMA {expected:?}")]
    OtherSchema {
        /// The schema that was asked for.
        expected: &'static str,
        /// The `OTIO_SCHEMA` that stands there, or what stands there instead of an object.
        found: String,
    },
    /// A field holds something else than it may.
    #[error("{path} holds {found}, expected {expected}")]
    WrongType {
        /// The JSON path of the value, `$` being the object that was read.
        path: String,
        /// What belongs there.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
}

impl ReviewError {
    /// The same fault seen from the object or list around it.
    pub(super) fn below(mut self, step: &str) -> Self {
        if let Self::WrongType { path, .. } = &mut self {
            path.insert_str(1, step);
        }
        self
    }
}

/// An object as it was read, unknown fields included; for one that was made, the defaults. It comes from reading, or from
/// `..Default::default()`, and is for writing alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsRead {
    object: Object,
}

impl AsRead {
    /// All defaults, written in full.
    pub(super) fn made(object: Object) -> Self {
        Self { object }
    }

    /// The object of a value, where it is of that schema in any spelling that opentimelineio accepts.
    pub(super) fn of(value: &Value, expected: &'static str) -> Result<Self, ReviewError> {
        let Some(object) = value.as_object() else {
            return Err(ReviewError::OtherSchema { expected, found: value.kind().to_owned() });
        };
        let text = object.get(SCHEMA_KEY).and_then(Value::as_str);
        if text.and_then(split_schema) == split_schema(expected) {
            return Ok(Self { object: object.clone() });
        }
        let found = text.map_or_else(|| "an object without one".to_owned(), |text| format!("{text:?}"));
        Err(ReviewError::OtherSchema { expected, found })
    }

    /// A field; its default where it is left out or `null`.
    pub(super) fn field<T: FieldType + Default>(&self, key: &str, default: &Value) -> Result<T, ReviewError> {
        match self.object.get(key).filter(|value| !value.is_null()) {
            Some(value) => T::read(value).map_err(|error| error.below(&format!(".{key}"))),
            None => Ok(T::read(default).unwrap_or_default()),
        }
    }

    /// Puts a field in where its value is another than the one that was read.
    pub(super) fn put<T: FieldType + Default>(&mut self, key: &str, now: &T, default: &Value) {
        let now = now.write();
        if self.field::<T>(key, default).map(|read| read.write()).as_ref() != Ok(&now) {
            self.object.insert(key, now);
        }
    }

    /// Puts in what is left out.
    pub(super) fn complete(&mut self, defaults: Object) {
        for (key, value) in defaults {
            if !self.object.contains_key(&key) {
                self.object.insert(key, value);
            }
        }
    }

    /// The object in the order in which opentimelineio writes it; `class` are the fields that C++ writes itself, last.
    pub(super) fn written(mut self, class: &[&str]) -> Object {
        let schema = self.object.remove(SCHEMA_KEY).unwrap_or_default();
        let own: Vec<_> =
            class.iter().filter_map(|key| Some(((*key).to_owned(), self.object.remove(key)?))).collect();
        self.object.sort_keys();
        let first = [(SCHEMA_KEY.to_owned(), schema)];
        Object::from_distinct(first.into_iter().chain(self.object).chain(own).collect())
    }

    /// The fields that are not among the known ones.
    pub(super) fn unknown(&self, known: &'static [&str]) -> impl Iterator<Item = (&str, &Value)> {
        self.object.iter().filter(move |(key, _)| *key != SCHEMA_KEY && !known.contains(key))
    }
}

/// Makes a struct of a schema and its fields: `name as "key": Type = default as it is written`. Fields that C++ writes
/// itself, after the others, are named in `class`.
macro_rules! review_schema {
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
    (
        $(#[$doc:meta])*
        $name:ident = $schema:literal $(, class [$($class:literal),*])? => {
            $($(#[$field_doc:meta])* $field:ident $(as $key:literal)?: $type:ty = $default:expr,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
            /// The object as it was read, unknown fields included; what is unchanged is written as it came.
            pub as_read: $crate::review::AsRead,
        }

        impl $name {
            /// Name and version, as they stand under `OTIO_SCHEMA`.
            pub const SCHEMA: &'static str = $schema;

            const KEYS: &'static [&'static str] = &[$(review_schema!(@key $field $($key)?)),*];

            const CLASS: &'static [&'static str] = &[$($($class),*)?];

            /// Reads an object of this schema.
            ///
            /// # Errors
            /// The value is of another schema or version, or a field that is there is of a wrong type.
            pub fn from_value(value: &lossless_json::Value) -> Result<Self, $crate::review::ReviewError> {
                let as_read = $crate::review::AsRead::of(value, Self::SCHEMA)?;
                Ok(Self {
                    $($field: as_read.field(review_schema!(@key $field $($key)?), &$default.into())?,)*
                    as_read,
                })
            }

            /// The object as it is written: what was not changed as it came.
            pub fn to_value(&self) -> lossless_json::Value {
                let mut written = self.as_read.clone();
                $(written.put(review_schema!(@key $field $($key)?), &self.$field, &$default.into());)*
                written.written(Self::CLASS).into()
            }

            /// Has the fields written that the object lacked when it was read, as the reference does.
            pub fn complete(&mut self) {
                $($crate::review::field::FieldType::complete(&mut self.$field);)*
                self.as_read.complete(Self::defaults());
            }

            /// The fields that this schema does not know.
            pub fn unknown_fields(&self) -> impl Iterator<Item = (&str, &lossless_json::Value)> {
                self.as_read.unknown(Self::KEYS)
            }

            /// An object with every field.
            pub(crate) fn defaults() -> lossless_json::Object {
                let schema = ("OTIO_SCHEMA", lossless_json::Value::from(Self::SCHEMA));
                let fields = [schema, $((review_schema!(@key $field $($key)?), $default.into())),*];
                $crate::review::AsRead::made(fields.into_iter().collect()).written(Self::CLASS)
            }
        }

        /// As the reference's constructor makes it, but without a time; every field is written.
        impl Default for $name {
            fn default() -> Self {
                let as_read = $crate::review::AsRead::made(Self::defaults());
                Self {
                    $($field: as_read
                        .field(review_schema!(@key $field $($key)?), &$default.into())
                        .unwrap_or_default(),)*
                    as_read,
                }
            }
        }
    };
}
