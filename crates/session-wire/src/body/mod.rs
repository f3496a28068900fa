//! Objects of the wire, read field by field and written in the reference's key order.
//!
//! [`wire_object!`] turns a table of fields into a struct, its reader, its writer and the rows that
//! `docs/protocol.md` prints. A field is `name: Type = Rule`, where the [`rules`] say when it must be there, what
//! stands for "not set", and how wrong kinds are met.

mod fields;
pub(crate) mod rules;
mod wire_type;

use lossless_json::{Cursor, Object, TextWriter, Value};

use crate::error::{FieldError, FieldProblem};
use crate::limits;
pub(crate) use fields::{Extra, Fields, fill};
pub(crate) use rules::{Original, Rule};
pub(crate) use wire_type::WireType;

/// An object of the wire with known fields.
pub(crate) trait Body: Sized {
    /// Reads the known fields and keeps the rest.
    fn read(body: Object) -> Result<Self, FieldError>;
    /// The same from the object that comes next in a text; none where it is not as simple as that, or in error.
    fn read_text(cursor: &mut Cursor<'_>) -> Option<Box<Self>>;
    /// The object as a latest reference peer writes it, unknown fields last.
    fn write(&self) -> Object;
    /// The same as text.
    fn push(&self, out: &mut TextWriter);
    /// The known fields in the order they are written.
    fn fields() -> Vec<FieldInfo>;
}

/// A row of the table of fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldInfo {
    /// The key on the wire.
    pub name: &'static str,
    /// The JSON type in words.
    pub type_name: String,
    /// When it is there.
    pub presence: Presence,
    /// What it means, in lines.
    pub doc: &'static [&'static str],
}

/// When a field is on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Presence {
    /// Always; a message without it is refused.
    Required,
    /// Always written; read as empty where it is missing or `null`.
    EmptyWhenMissing,
    /// Always written; −1 where it is missing.
    AppendWhenMissing,
    /// Always written, as `null` where it is not set.
    NullWhenUnset,
    /// Left out where it is not set.
    Optional,
}

/// How known fields stood on the wire where this crate would write them otherwise: an integer where a float is
/// canonical, `null` where a field is left out, a list of strings with a number in it.
///
/// Such a field is written again as it came for as long as its typed value is unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsReceived(Vec<(&'static str, Original)>);

impl AsReceived {
    /// Whether every field stood as this crate would write it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How the field stood, if otherwise than canonical.
    fn get(&self, name: &str) -> Option<&Original> {
        self.0.iter().find(|(field, _)| *field == name).map(|(_, original)| original)
    }

    /// Reads what was found under `name` by its rule.
    pub(crate) fn read<T, R: Rule<T>>(
        &mut self,
        name: &'static str,
        found: Option<Value>,
    ) -> Result<T, FieldError> {
        check_size(name, found.as_ref()).map_err(|problem| FieldError::from(problem).inside(name))?;
        let (value, original) = R::read(found).map_err(|error| error.inside(name))?;
        self.note(name, original);
        Ok(value)
    }

    /// Reads the field `name` from the value that comes next in a text; none in error. One piece of code for all fields of
    /// a type: the less there is on the way of a message, the more of it is in the processor's cache.
    #[inline(never)]
    pub(crate) fn read_text<T, R: Rule<T>>(
        &mut self,
        name: &'static str,
        cursor: &mut Cursor<'_>,
        field: &mut T,
    ) -> Option<()> {
        let (value, original) = R::read_text(name, cursor)?;
        *field = value;
        self.note(name, original);
        Some(())
    }

    /// What a field is that was not in the text and holds its default; none where it must be there.
    #[inline]
    pub(crate) fn missing<T, R: Rule<T>>(&mut self, name: &'static str, field: &mut T) -> Option<()> {
        if !matches!(R::PRESENCE, Presence::Optional) {
            let (value, original) = R::read(None).ok()?;
            *field = value;
            self.note(name, original);
        }
        Some(())
    }

    fn note(&mut self, name: &'static str, original: Original) {
        if !matches!(original, Original::Canonical) {
            self.0.push((name, original));
        }
    }

    /// Brings fields that were read in the order of a text into that of their table.
    pub(crate) fn sort(&mut self, table: &[&'static str]) {
        if self.0.len() > 1 {
            self.0.sort_by_key(|(name, _)| table.iter().position(|field| field == name));
        }
    }
}

/// Refuses a text, list or object that is too large for its field.
fn check_size(name: &str, found: Option<&Value>) -> Result<(), FieldProblem> {
    let too_many = |count: usize| match limits::entries_max(name) {
        Some(max) if count > max => Err(FieldProblem::TooMany { count, max }),
        _ => Ok(()),
    };
    match found {
        Some(Value::String(text)) => check_text(name, text),
        Some(Value::Array(items)) => {
            too_many(items.len())?;
            items.iter().filter_map(Value::as_str).try_for_each(|text| check_text(name, text))
        }
        Some(Value::Object(object)) => {
            too_many(object.len())?;
            object.keys().try_for_each(|key| check_key(name, key))
        }
        _ => Ok(()),
    }
}

/// Refuses a text that is too long for its field.
pub(crate) fn check_text(name: &str, text: &str) -> Result<(), FieldProblem> {
    if text.len() <= limits::SMALLEST_TEXT_BYTES_MAX {
        return Ok(());
    }
    match limits::text_bytes_max(name) {
        Some(max) if text.len() > max => Err(FieldProblem::TooLong { bytes: text.len(), max }),
        _ => Ok(()),
    }
}

/// Refuses a key that is too long for an object whose keys the protocol defines.
fn check_key(name: &str, key: &str) -> Result<(), FieldProblem> {
    match limits::entries_max(name) {
        Some(_) if key.len() > limits::KEY_BYTES_MAX => {
            Err(FieldProblem::TooLong { bytes: key.len(), max: limits::KEY_BYTES_MAX })
        }
        _ => Ok(()),
    }
}

/// Writes known fields, then unknown ones, as an object.
pub(crate) struct BodyWriter<'a> {
    entries: Vec<(String, Value)>,
    received: &'a AsReceived,
}

impl<'a> BodyWriter<'a> {
    pub(crate) fn new(received: &'a AsReceived) -> Self {
        Self { entries: Vec::new(), received }
    }

    /// Writes the field `name` under its rule, as it was received where the value is still the one received.
    pub(crate) fn put<T, R: Rule<T>>(&mut self, name: &'static str, value: &T) {
        let written = match self.received.get(name) {
            Some(original) => as_received::<T, R>(original, value),
            None => R::write(value),
        };
        self.entries.extend(written.map(|written| (name.to_owned(), written)));
    }

    /// Adds what was not known.
    pub(crate) fn finish(&mut self, extra: &Object) -> Object {
        with_extra(std::mem::take(&mut self.entries), extra)
    }
}

/// Writes known fields, then unknown ones, as text.
pub(crate) struct BodyPusher<'a> {
    out: &'a mut TextWriter,
    received: &'a AsReceived,
    written: Vec<&'static str>,
}

impl<'a> BodyPusher<'a> {
    pub(crate) fn new(received: &'a AsReceived, out: &'a mut TextWriter) -> Self {
        out.begin_object();
        Self { out, received, written: Vec::new() }
    }

    /// As [`BodyWriter::put`].
    pub(crate) fn put<T, R: Rule<T>>(&mut self, name: &'static str, value: &T) {
        let is_written = match self.received.get(name) {
            Some(original) => push_optional(self.out, name, as_received::<T, R>(original, value).as_ref()),
            None => R::push(name, value, self.out),
        };
        self.written.extend(is_written.then_some(name));
    }

    /// Adds what was not known.
    pub(crate) fn finish(&mut self, extra: &Object) {
        push_extra(self.out, &self.written, extra);
        self.out.end_object();
    }
}

/// What is written for a field that did not stand as it would be written.
fn as_received<T, R: Rule<T>>(original: &Original, value: &T) -> Option<Value> {
    let canonical = R::write(value);
    let is_unchanged = R::is_written_for(original, canonical.as_ref());
    if is_unchanged { original.clone().into_value() } else { canonical }
}

/// Writes a key and its value, if there is one; tells whether there was.
fn push_optional(out: &mut TextWriter, key: &str, value: Option<&Value>) -> bool {
    if let Some(value) = value {
        out.key(key);
        out.value(value);
    }
    value.is_some()
}

/// Adds the entries of `extra` whose keys are not written yet.
pub(crate) fn push_extra(out: &mut TextWriter, written: &[&str], extra: &Object) {
    for (key, value) in extra.iter().filter(|(key, _)| !written.contains(key)) {
        push_optional(out, key, Some(value));
    }
}

/// Known entries, then those of `extra` whose keys they leave free. Linear, since anybody can send many.
pub(crate) fn with_extra(mut known: Vec<(String, Value)>, extra: &Object) -> Object {
    let count = known.len();
    for (key, value) in extra.iter() {
        if !known[..count].iter().any(|(name, _)| name == key) {
            known.push((key.to_owned(), value.clone()));
        }
    }
    Object::from_distinct(known)
}

/// Declares an object of the wire: see the module.
macro_rules! wire_object {
    (
        $(#[doc = $doc:expr])*
        pub struct $name:ident {
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ty = $rule:ident, )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $( $(#[doc = $field_doc])* pub $field: $type, )*
            /// Fields that this version does not know; written again after the known ones.
            pub extra: ::lossless_json::Object,
            /// How known fields stood where this crate would write them otherwise.
            pub received: $crate::body::AsReceived,
        }

        impl $crate::body::Body for $name {
            fn read(body: ::lossless_json::Object) -> Result<Self, $crate::error::FieldError> {
                let body = &mut $crate::body::Fields::from(body);
                let received = &mut $crate::body::AsReceived::default();
                $( let $field = received.read::<$type, $crate::body::rules::$rule>(
                    stringify!($field),
                    body.take(stringify!($field)),
                )?; )*
                Ok(Self { $($field,)* extra: body.rest(), received: std::mem::take(received) })
            }

            fn read_text(cursor: &mut ::lossless_json::Cursor<'_>) -> Option<Box<Self>> {
                /// Which fields were read.
                #[derive(Default)]
                struct Read {
                    $($field: bool,)*
                }

                /// Reads what stands otherwise than everybody writes it, to the end of the object.
                #[cold]
                fn read_rest(
                    body: &mut $name,
                    read: &mut Read,
                    cursor: &mut ::lossless_json::Cursor<'_>,
                ) -> Option<()> {
                    let _ = &read;
                    let mut extra = $crate::body::Extra::default();
                    while let Some(key) = cursor.key()? {
                        match key {
                            $( stringify!($field) => {
                                (!std::mem::replace(&mut read.$field, true)).then_some(())?;
                                body.received.read_text::<$type, $crate::body::rules::$rule>(
                                    stringify!($field),
                                    cursor,
                                    &mut body.$field,
                                )?;
                            } )*
                            _ => $crate::body::fill(extra.place(key)?, cursor.value()?)?,
                        }
                    }
                    body.extra = extra.into_object();
                    Some(())
                }

                let mut owned = Box::<Self>::default();
                let body = &mut *owned;
                let mut read = Read::default();
                cursor.begin_object()?;
                // In the order in which everybody writes them.
                $( if cursor.take_key(concat!(stringify!($field), "\": ")) {
                    read.$field = true;
                    body.received.read_text::<$type, $crate::body::rules::$rule>(
                        stringify!($field),
                        cursor,
                        &mut body.$field,
                    )?;
                } )*
                if !cursor.take_end() {
                    read_rest(body, &mut read, cursor)?;
                }
                $( if !read.$field {
                    body.received.missing::<$type, $crate::body::rules::$rule>(
                        stringify!($field),
                        &mut body.$field,
                    )?;
                } )*
                body.received.sort(&[$(stringify!($field)),*]);
                Some(owned)
            }

            fn write(&self) -> ::lossless_json::Object {
                let mut writer = $crate::body::BodyWriter::new(&self.received);
                $( writer.put::<$type, $crate::body::rules::$rule>(stringify!($field), &self.$field); )*
                writer.finish(&self.extra)
            }

            fn push(&self, out: &mut ::lossless_json::TextWriter) {
                let mut pusher = $crate::body::BodyPusher::new(&self.received, out);
                $( pusher.put::<$type, $crate::body::rules::$rule>(stringify!($field), &self.$field); )*
                pusher.finish(&self.extra);
            }

            fn fields() -> Vec<$crate::body::FieldInfo> {
                vec![$( $crate::body::FieldInfo {
                    name: stringify!($field),
                    type_name: <$crate::body::rules::$rule as $crate::body::Rule<$type>>::type_name(),
                    presence: <$crate::body::rules::$rule as $crate::body::Rule<$type>>::PRESENCE,
                    doc: &[$($field_doc),*],
                }, )*]
            }
        }

        impl $crate::packed::Pack for $name {
            fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
                let _ = &out;
                (self.extra.is_empty() && self.received.is_empty()).then_some(())?;
                $( $crate::packed::Pack::pack(&self.$field, out)?; )*
                Some(())
            }

            fn unpack(input: &mut &[u8]) -> Option<Self> {
                let _ = &input;
                $( let $field = <$type as $crate::packed::Pack>::unpack(input)?; )*
                Some(Self { $($field,)* extra: ::lossless_json::Object::new(), received: Default::default() })
            }
        }

        $crate::body::wire_type_of_body!($name);
    };
}

/// Lets an object of the wire stand in a field of another one.
macro_rules! wire_type_of_body {
    ($name:ident) => {
        impl $crate::body::WireType for $name {
            fn type_name() -> String {
                concat!("object (", stringify!($name), ")").to_owned()
            }

            fn read(
                value: ::lossless_json::Value,
            ) -> Result<(Self, $crate::body::Original), $crate::error::FieldError> {
                let body = $crate::body::object(value)?;
                Ok(($crate::body::Body::read(body)?, $crate::body::Original::Canonical))
            }

            fn write(&self) -> ::lossless_json::Value {
                ::lossless_json::Value::Object($crate::body::Body::write(self))
            }

            fn push(&self, out: &mut ::lossless_json::TextWriter) {
                $crate::body::Body::push(self, out);
            }
        }
    };
}

pub(crate) use {wire_object, wire_type_of_body};

/// The object that a value is.
pub(crate) fn object(value: Value) -> Result<Object, FieldError> {
    match value {
        Value::Object(object) => Ok(object),
        other => Err(FieldProblem::WrongType { expected: "an object", found: other.kind() }.into()),
    }
}
