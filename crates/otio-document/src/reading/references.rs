//! Objects that stand for others by id.
//!
//! opentimelineio reads a `SerializableObjectRef.1` as the object of the file with that `OTIO_REF_ID`, and writes the
//! object itself in each of the places. Such references are followed before anything else is made of a document.

use std::collections::{BTreeMap, BTreeSet};

use lossless_json::{Limits, Object, Value};

use super::class::{REFERENCE_ID_KEY, SCHEMA_KEY};
use super::{Canonicaliser, Outcome, Step, refuse};
use crate::schema::{Family, Field, Kind, Schema, schema_named, split_schema, value_type};
use crate::{ReadError, RefusalReason, Warning, WarningReason};

pub(super) const REFERENCE: &str = "SerializableObjectRef.1";

/// The most values that all references of a document may stand for: copies hold references again, so a short text could
/// stand for any number.
const COPIES_MAX: usize = 1_000_000;

impl Canonicaliser {
    /// The value with each reference replaced by the object that it stands for. Where that cannot be done, it is refused or,
    /// where nothing is to be lost, all references are kept as they are.
    pub(crate) fn follow_references(&mut self, value: Value) -> Result<Value, ReadError> {
        if !holds_reference(&value) {
            return Ok(value);
        }
        let mut references = References::default();
        let followed = references.collect(&value).and_then(|()| references.follow(&value));
        match followed {
            Ok(followed) => Ok(followed),
            Err(refused) if self.is_exact() => {
                let reason = WarningReason::ReferencesKept(refused.reason);
                self.warnings.push(Warning { path: refused.path, position: None, reason });
                Ok(value)
            }
            Err(refused) => Err(refused.into()),
        }
    }
}

pub(super) fn holds_reference(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            matches!(Role::of(object), Role::Reference)
                || object.iter().any(|(_, value)| holds_reference(value))
        }
        Value::Array(items) => items.iter().any(holds_reference),
        _ => false,
    }
}

/// What an object is to references.
enum Role {
    Reference,
    /// Of a class: it may be referred to, and references inside it are followed.
    Instance,
    /// A value type, inside which nothing is followed.
    ValueType,
    Dictionary,
}

impl Role {
    fn of(object: &Object) -> Self {
        match object.get(SCHEMA_KEY).map(Value::as_str) {
            None => Self::Dictionary,
            Some(Some(REFERENCE)) => Self::Reference,
            Some(Some(text)) if value_type(text).is_some() => Self::ValueType,
            Some(_) => Self::Instance,
        }
    }
}

/// The objects that may be referred to, and how far the following has come.
#[derive(Default)]
struct References<'value> {
    targets: BTreeMap<&'value str, &'value Value>,
    /// The ids of the items that stand in a composition.
    placed: BTreeSet<&'value str>,
    /// The ids of the objects around the place that was reached.
    open: Vec<&'value str>,
    /// How many objects of a class are around the place.
    instances: usize,
    /// How many references lead to the place.
    followed: usize,
    depth: usize,
    copies: usize,
}

impl<'value> References<'value> {
    /// Learns what may be referred to.
    fn collect(&mut self, value: &'value Value) -> Outcome<()> {
        if let Some(object) = value.as_object()
            && matches!(Role::of(object), Role::Instance)
        {
            self.collect_target(value, object)?;
            self.collect_children(object)?;
        }
        each_below(value, |below| self.collect(below))
    }

    fn collect_target(&mut self, value: &'value Value, object: &'value Object) -> Outcome<()> {
        match own_id(object) {
            Some(id) if self.targets.insert(id, value).is_some() => {
                refuse(RefusalReason::DuplicateReference(id.to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// An item has one parent at most.
    fn collect_children(&mut self, object: &'value Object) -> Outcome<()> {
        let items = composition(object).and_then(|field| object.get(field.key)?.as_array());
        for id in items.into_iter().flatten().filter_map(id_of) {
            if !self.placed.insert(id) {
                return refuse(RefusalReason::ReferenceToChild(id.to_owned()));
            }
        }
        Ok(())
    }

    fn follow(&mut self, value: &'value Value) -> Outcome<Value> {
        self.copies += usize::from(self.followed > 0);
        if self.copies > COPIES_MAX || self.depth > Limits::default().depth_max {
            return refuse(RefusalReason::ReferencesTooLarge);
        }
        self.depth += 1;
        let followed = match value {
            Value::Array(items) => self.follow_items(items),
            Value::Object(object) => self.follow_object(object),
            scalar => Ok(scalar.clone()),
        };
        self.depth -= 1;
        followed
    }

    fn follow_items(&mut self, items: &'value [Value]) -> Outcome<Value> {
        let followed = items.iter().enumerate().map(|(at, item)| Step::Index(at).before(self.follow(item)));
        followed.collect::<Outcome<_>>().map(Value::Array)
    }

    fn follow_object(&mut self, object: &'value Object) -> Outcome<Value> {
        match Role::of(object) {
            Role::Reference => self.follow_reference(object),
            Role::Instance => self.follow_instance(object),
            Role::ValueType => Ok(Value::Object(object.clone())),
            Role::Dictionary => self.follow_entries(object, false),
        }
    }

    /// The object that a reference stands for. opentimelineio resolves references only inside objects.
    fn follow_reference(&mut self, reference: &Object) -> Outcome<Value> {
        let Some(id) = reference.get("id").and_then(Value::as_str) else {
            return refuse(RefusalReason::MissingField { schema: REFERENCE, key: "id" });
        };
        let target = self.targets.get(id).copied().filter(|_| self.instances > 0);
        let Some(target) = target else {
            return refuse(RefusalReason::UnresolvedReference(id.to_owned()));
        };
        self.followed += 1;
        let followed = self.follow(target);
        self.followed -= 1;
        followed
    }

    fn follow_instance(&mut self, object: &'value Object) -> Outcome<Value> {
        let id = own_id(object);
        if let Some(id) = id.filter(|id| self.open.contains(id)) {
            return refuse(RefusalReason::ReferenceCycle(id.to_owned()));
        }
        self.open.extend(id);
        self.instances += 1;
        let followed = self.follow_entries(object, true);
        self.instances -= 1;
        self.open.truncate(self.open.len() - usize::from(id.is_some()));
        followed
    }

    fn follow_entries(&mut self, object: &'value Object, is_instance: bool) -> Outcome<Value> {
        let mut followed = Vec::with_capacity(object.len());
        for (key, value) in object.iter() {
            let is_id = is_instance && key == REFERENCE_ID_KEY && value.as_str().is_some();
            if !is_id {
                followed.push((key.to_owned(), Step::Key(key).before(self.follow(value))?));
            }
        }
        Ok(Value::Object(Object::from_distinct(followed)))
    }
}

/// The id by which an object may be referred to; an empty one counts as none.
fn own_id(object: &Object) -> Option<&str> {
    object.get(REFERENCE_ID_KEY)?.as_str().filter(|id| !id.is_empty())
}

/// The id of an object or of the reference that stands for it.
fn id_of(value: &Value) -> Option<&str> {
    let object = value.as_object()?;
    match Role::of(object) {
        Role::Reference => object.get("id")?.as_str(),
        Role::Instance => own_id(object),
        Role::ValueType | Role::Dictionary => None,
    }
}

/// The field of the children, where an object is a composition.
fn composition(object: &Object) -> Option<&'static Field> {
    let (name, _) = split_schema(object.get(SCHEMA_KEY)?.as_str()?)?;
    let (_, field) = schema_named(name).and_then(Schema::child_field)?;
    Some(field).filter(|field| field.kind == Kind::List(Family::Composable))
}

fn each_below<'value>(
    value: &'value Value,
    mut visit: impl FnMut(&'value Value) -> Outcome<()>,
) -> Outcome<()> {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(at, item)| Step::Index(at).before(visit(item)))
        }
        Value::Object(object) => {
            object.iter().try_for_each(|(key, value)| Step::Key(key).before(visit(value)))
        }
        _ => Ok(()),
    }
}
