//! The fields of a class.

use lossless_json::{Number, Object, Value};

use super::class::SCHEMA_KEY;
use super::{Canonicaliser, Outcome, Step, refuse};
use crate::schema::{Family, Field, Kind, Schema};
use crate::{RefusalReason, WarningReason};

/// The parts of an object of a known class.
pub(super) struct Parts {
    /// The entry of the schema as it came.
    schema: Option<(String, Value)>,
    /// Dynamic fields sorted, then the fields of the class in their order.
    pub(super) entries: Vec<(String, Value)>,
    /// The field of the nodes below as it came, where it was asked for apart.
    pub(super) below: Option<Value>,
}

impl Canonicaliser {
    /// An object of a known class with everything below it.
    pub(super) fn known_object(&mut self, schema: &'static Schema, object: Object) -> Outcome<Object> {
        let parts = self.parts(schema, object, None)?;
        Ok(schema_first(parts.schema, schema.text, parts.entries))
    }

    /// The fields of an object of a known class; the value under the key `below` apart and untouched.
    pub(super) fn parts(
        &mut self,
        schema: &'static Schema,
        object: Object,
        below: Option<&str>,
    ) -> Outcome<Parts> {
        let mut dynamic = Vec::new();
        for (key, default) in schema.implied.iter().filter(|(key, _)| !object.contains_key(key)) {
            dynamic.push(((*key).to_owned(), self.default_value(*default)));
        }
        let mut arranged = arrange(schema.fields(), object, dynamic);
        let own = self.check_entries(schema.name, schema.fields(), &mut arranged, below)?;
        let mut parts = Parts { schema: arranged.schema, entries: arranged.entries, below: None };
        if let Some(at) = own {
            parts.below = Some(parts.entries.remove(at).1);
        }
        Ok(parts)
    }

    /// Brings arranged entries into canonical form, but not the one under the key `below`, whose place is returned.
    fn check_entries(
        &mut self,
        schema: &'static str,
        fields: impl Iterator<Item = &'static Field>,
        arranged: &mut Arranged,
        below: Option<&str>,
    ) -> Outcome<Option<usize>> {
        let (dynamic, own) = arranged.entries.split_at_mut(arranged.dynamic);
        self.values_of(dynamic)?;
        let mut place = None;
        for (at, (field, (key, value))) in fields.zip(own).enumerate() {
            let is_missing = arranged.missing.contains(&at);
            let found = if is_missing { None } else { Some(std::mem::take(value)) };
            *value = if below == Some(field.key) {
                place = Some(arranged.dynamic + at);
                self.present_or_default(schema, field, found)?
            } else {
                self.within(Step::Key(key), |this| this.field(schema, field, found))?
            };
        }
        Ok(place)
    }

    /// A value type: its fields in order; other keys are kept before them, which opentimelineio drops.
    pub(super) fn value_object(
        &mut self,
        text: &'static str,
        fields: &'static [Field],
        object: Object,
    ) -> Outcome<Object> {
        let mut arranged = arrange(fields.iter(), object, Vec::new());
        self.check_entries(text, fields.iter(), &mut arranged, None)?;
        if !self.is_exact() {
            arranged.entries.drain(..arranged.dynamic);
        }
        Ok(schema_first(arranged.schema, text, arranged.entries))
    }

    fn field(&mut self, schema: &'static str, field: &'static Field, value: Option<Value>) -> Outcome<Value> {
        match value {
            Some(value) => self.field_value(field, value),
            None => self.missing(schema, field),
        }
    }

    fn present_or_default(
        &mut self,
        schema: &'static str,
        field: &'static Field,
        value: Option<Value>,
    ) -> Outcome<Value> {
        match value {
            Some(value) => Ok(value),
            None => self.missing(schema, field),
        }
    }

    pub(super) fn missing(&mut self, schema: &'static str, field: &'static Field) -> Outcome<Value> {
        if field.required && !self.is_exact() {
            return refuse(RefusalReason::MissingField { schema, key: field.key });
        }
        if field.required {
            self.warn(WarningReason::Repaired(field.key));
        }
        Ok(self.default_value(field.default))
    }

    /// The value of a field in canonical form.
    pub(crate) fn field_value(&mut self, field: &'static Field, value: Value) -> Outcome<Value> {
        match (field.kind, value) {
            (Kind::Text, Value::Null) => Ok(Value::String(String::new())),
            (Kind::OptionalValue(_) | Kind::Object(_), Value::Null) => Ok(Value::Null),
            (Kind::Text | Kind::StrictText, value @ Value::String(_))
            | (Kind::Flag, value @ Value::Bool(_)) => Ok(value),
            (Kind::MissingFramePolicy, Value::String(text)) if is_policy(&text) => Ok(Value::String(text)),
            (Kind::Double, Value::Number(number)) => Ok(Value::Number(self.double(number))),
            (Kind::Integer, Value::Number(Number::Int(value))) => Ok(self.integer(value)),
            (Kind::Dictionary, Value::Object(object)) if is_plain(&object) => {
                self.dictionary(object).map(Value::Object)
            }
            (Kind::Value(text) | Kind::OptionalValue(text), Value::Object(object))
                if has_schema(&object, text) =>
            {
                self.object(object).map(Value::Object)
            }
            (Kind::Object(family), Value::Object(object)) => self.member(family, Value::Object(object)),
            (Kind::List(family), Value::Array(items)) => self.members(family, items),
            (Kind::Map(family), Value::Object(object)) if is_plain(&object) => self.map(family, object),
            (kind, value) => self.unsuitable(field, kind, value),
        }
    }

    fn unsuitable(&mut self, field: &'static Field, kind: Kind, value: Value) -> Outcome<Value> {
        if self.is_exact() && value.is_null() {
            self.warn(WarningReason::NullRepaired(field.key));
            return Ok(self.default_value(field.default));
        }
        self.mismatch(expected(kind), value.kind())?;
        self.any(value)
    }

    /// Integers become floats; where one would change, the integer stays.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "checked by going back")]
    pub(super) fn double(&self, number: Number) -> Number {
        match number {
            Number::Int(value) if !self.is_exact() || (value as f64) as i128 == i128::from(value) => {
                Number::Float(value as f64)
            }
            Number::UInt(value) if (value as f64) as i128 == i128::from(value) => Number::Float(value as f64),
            kept => kept,
        }
    }

    /// opentimelineio cuts these integers to 32 bits.
    #[expect(clippy::cast_possible_truncation, reason = "what opentimelineio does")]
    fn integer(&self, value: i64) -> Value {
        Value::from(if self.is_exact() { value } else { i64::from(value as i32) })
    }

    fn members(&mut self, family: Family, items: Vec<Value>) -> Outcome<Value> {
        let canonical = items
            .into_iter()
            .enumerate()
            .map(|(index, item)| self.within(Step::Index(index), |this| this.member(family, item)));
        canonical.collect::<Outcome<_>>().map(Value::Array)
    }

    fn map(&mut self, family: Family, mut object: Object) -> Outcome<Value> {
        object.sort_keys();
        let mut entries = Vec::with_capacity(object.len());
        for (key, value) in object {
            let value = self.within(Step::Key(&key), |this| this.member(family, value))?;
            entries.push((key, value));
        }
        Ok(Value::Object(Object::from_distinct(entries)))
    }

    /// An object in a place of that family.
    fn member(&mut self, family: Family, value: Value) -> Outcome<Value> {
        let Value::Object(mut object) = value else {
            self.mismatch(family.name(), value.kind())?;
            return self.any(value);
        };
        let class = self.classify(&mut object)?;
        self.admit(class, family)?;
        self.object_of(class, object).map(Value::Object)
    }
}

/// The entries of an object in the order in which they are written, without the schema.
struct Arranged {
    /// The entry of the schema.
    schema: Option<(String, Value)>,
    /// Dynamic fields sorted, then every field of the class.
    entries: Vec<(String, Value)>,
    /// How many dynamic fields there are.
    dynamic: usize,
    /// The fields of the class, by place, that the object lacks.
    missing: Vec<usize>,
}

fn arrange(
    fields: impl Iterator<Item = &'static Field> + Clone,
    object: Object,
    mut dynamic: Vec<(String, Value)>,
) -> Arranged {
    let mut entries: Vec<(String, Value)> = object.into_iter().collect();
    if dynamic.is_empty() && is_in_order(&fields, &entries) {
        let schema = Some(entries.remove(0));
        let dynamic = entries.len() - fields.count();
        return Arranged { schema, entries, dynamic, missing: Vec::new() };
    }
    let mut own: Vec<Option<(String, Value)>> = fields.clone().map(|_| None).collect();
    let mut schema = None;
    for (key, value) in entries {
        match fields.clone().position(|field| field.key == key) {
            Some(at) => own[at] = Some((key, value)),
            None if key == SCHEMA_KEY => schema = Some((key, value)),
            None => dynamic.push((key, value)),
        }
    }
    dynamic.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let missing = (0..own.len()).filter(|at| own[*at].is_none()).collect();
    let mut arranged = Arranged { schema, dynamic: dynamic.len(), entries: dynamic, missing };
    let present =
        fields.zip(own).map(|(field, found)| found.unwrap_or_else(|| (field.key.to_owned(), Value::Null)));
    arranged.entries.extend(present);
    arranged
}

/// Whether entries stand already as they are written: the schema, other keys sorted, every field in order.
fn is_in_order(fields: &(impl Iterator<Item = &'static Field> + Clone), entries: &[(String, Value)]) -> bool {
    let Some(((first, _), rest)) = entries.split_first() else { return false };
    let Some(dynamic) = rest.len().checked_sub(fields.clone().count()) else { return false };
    let (dynamic, own) = rest.split_at(dynamic);
    first == SCHEMA_KEY
        && fields.clone().zip(own).all(|(field, (key, _))| field.key == key)
        && dynamic.is_sorted_by(|(a, _), (b, _)| a < b)
        && !dynamic.iter().any(|(key, _)| fields.clone().any(|field| field.key == key))
}

/// An object that starts with its schema, in the entry that it came in where it is the same.
fn schema_first(
    came: Option<(String, Value)>,
    text: &'static str,
    mut entries: Vec<(String, Value)>,
) -> Object {
    let is_same = came.as_ref().is_some_and(|(_, value)| value.as_str() == Some(text));
    let fresh = || (SCHEMA_KEY.to_owned(), text.into());
    entries.insert(0, came.filter(|_| is_same).unwrap_or_else(fresh));
    Object::from_distinct(entries)
}

fn is_plain(object: &Object) -> bool {
    !object.contains_key(SCHEMA_KEY)
}

fn has_schema(object: &Object, text: &str) -> bool {
    object.get(SCHEMA_KEY).and_then(Value::as_str) == Some(text)
}

pub(super) fn is_policy(text: &str) -> bool {
    matches!(text, "error" | "hold" | "black")
}

/// What a field holds, in the words of an error.
pub(crate) fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::StrictText => "a string",
        Kind::Flag => "true or false",
        Kind::Double => "a number",
        Kind::Integer => "an integer",
        Kind::MissingFramePolicy => "\"error\", \"hold\" or \"black\"",
        Kind::Dictionary => "an object without a schema",
        Kind::Value(text) => text,
        Kind::OptionalValue("TimeRange.1") => "a TimeRange.1 or null",
        Kind::OptionalValue("RationalTime.1") => "a RationalTime.1 or null",
        Kind::OptionalValue("Color.1") => "a Color.1 or null",
        Kind::OptionalValue(_) => "a Box2d.1 or null",
        Kind::Object(family) => family.name(),
        Kind::List(_) => "a list",
        Kind::Map(_) => "an object of media references",
    }
}
