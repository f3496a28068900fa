//! Changing properties. A change either happens as a whole or not at all.

mod children;

use lossless_json::{Object, Value};

use crate::arena::{Node, NodeId, NodeKind};
use crate::document::{VALUE_DEPTH_MAX, depth_of};
use crate::fields::Fields;
use crate::reading::{Canonicaliser, SCHEMA_KEY, expected};
use crate::schema::{Field, Kind};
use crate::{Document, EditError, PropertyPath, Reading};

/// What takes a change of a property back, by [`change_property`](Document::change_property). OTIO has no undo.
///
/// ```
/// use otio_document::{Document, PropertyPath, Reading};
///
/// let mut document = Document::read(br#"{"OTIO_SCHEMA":"Gap.1","name":"slate"}"#, Reading::Exact)?;
/// let gap = document.root().ok_or("a gap")?;
/// let path = PropertyPath::parse("metadata/review/status")?;
/// let undo = document.change_property(gap, &path, "approved".into())?;
/// assert_eq!(document.property(gap, &path).and_then(|status| status.as_str()), Some("approved"));
/// document.restore_property(gap, undo);
/// assert!(document.metadata(gap).is_some_and(|metadata| metadata.is_empty()), "the dictionary on the way is gone too");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyUndo {
    /// The property itself, or the first dictionary on the way to it that is not there yet.
    path: PropertyPath,
    /// What stands there; nothing if it is to be removed.
    old: Option<Value>,
}

impl PropertyUndo {
    /// What stood there; nothing where the property, or a dictionary on the way to it, was not there.
    pub fn old(&self) -> Option<&Value> {
        self.old.as_ref()
    }
}

impl Document {
    /// A property of a node: a field, or what stands below one; none where there is none. Python reads it as
    /// `clip.metadata["color"]["config"]`. The children are no property.
    pub fn property(&self, node: NodeId, path: &PropertyPath) -> Option<&Value> {
        let attribute = self.field(node, path.attribute())?;
        path.below().try_fold(attribute, |value, key| value.get(key))
    }

    /// Sets a property and returns what stood there.
    ///
    /// Below `metadata`, dictionaries that are missing on the way are made, and any value is taken. Every other path is an
    /// attribute of the class — `name`, `enabled`, `kind`, `source_range`, … — and takes values of its type, a flag
    /// also numbers and `null`, as Python does. A time or a range is given as an object, see
    /// [`TimeRange::to_value`](crate::TimeRange::to_value).
    ///
    /// ```
    /// use otio_document::{Document, EditError, PropertyPath, RationalTime, Reading, TimeRange};
    ///
    /// let mut document = Document::read(br#"{"OTIO_SCHEMA":"Clip.2","name":"sh010"}"#, Reading::Exact)?;
    /// let clip = document.root().ok_or("a clip")?;
    /// let range = TimeRange::new(RationalTime::new(1001.0, 24.0), RationalTime::new(48.0, 24.0));
    /// document.set_property(clip, &PropertyPath::parse("source_range")?, range.to_value())?;
    /// assert_eq!(document.trimmed_range(clip)?, range);
    /// let refused = document.set_property(clip, &PropertyPath::parse("name")?, 7i64.into());
    /// assert!(matches!(refused, Err(EditError::WrongType { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// There is no such node, its class has no such attribute, the attribute is the children or all metadata at once, the
    /// value does not suit it, the path leads through something that is no dictionary or ends in `OTIO_SCHEMA`, or the
    /// value is nested more than 128 levels deep.
    pub fn set_property(
        &mut self,
        node: NodeId,
        path: &PropertyPath,
        value: Value,
    ) -> Result<Option<Value>, EditError> {
        self.set_checked(node, path, value).map(|(_, old)| old)
    }

    /// As [`set_property`](Self::set_property); returns what takes the change back: given to
    /// [`restore_property`](Self::restore_property), the node is as it was, dictionaries that were made on the way
    /// included. OTIO has no undo.
    ///
    /// # Errors
    /// Those of [`set_property`](Self::set_property).
    pub fn change_property(
        &mut self,
        node: NodeId,
        path: &PropertyPath,
        value: Value,
    ) -> Result<PropertyUndo, EditError> {
        let (missing, old) = self.set_checked(node, path, value)?;
        let path = missing.map_or_else(|| path.clone(), |keys| path.prefix(keys));
        Ok(PropertyUndo { path, old })
    }

    /// Sets a property; gives the number of keys of the path up to the first that was not there, and what stood there.
    fn set_checked(
        &mut self,
        node: NodeId,
        path: &PropertyPath,
        value: Value,
    ) -> Result<(Option<usize>, Option<Value>), EditError> {
        let depth = depth_of(&value);
        if depth > VALUE_DEPTH_MAX / 2 {
            return Err(EditError::TooDeep { depth, depth_max: VALUE_DEPTH_MAX / 2 });
        }
        let target = self.arena.get(node).ok_or(EditError::UnknownNode)?;
        let field = attribute(target, path)?;
        let value = canonical(path, field, value)?;
        self.changing_guid(node, path, |fields| put(fields, path, value)).ok_or(EditError::UnknownNode)?
    }

    /// Takes a property below `metadata` out and returns it (Python's `clip.metadata["review"].pop("status")`). None where
    /// it is not there, and for attributes of a class, which cannot be taken out.
    pub fn remove_property(&mut self, node: NodeId, path: &PropertyPath) -> Option<Value> {
        let is_below = path.attribute() == "metadata" && path.below().len() > 0;
        if !is_below || check_keys(path).is_err() {
            return None;
        }
        self.changing_guid(node, path, |fields| take(fields, path))?
    }

    /// Takes a change of a property back. Nothing happens where the node, or a dictionary on the way, is not there any more.
    pub fn restore_property(&mut self, node: NodeId, undo: PropertyUndo) {
        let PropertyUndo { path, old } = undo;
        self.changing_guid(node, &path, |fields| match old {
            Some(old) => drop(put(fields, &path, old)),
            None => drop(take(fields, &path)),
        });
    }

    /// Changes the fields of a node and keeps the index of GUIDs right; none where there is no such node.
    fn changing_guid<T>(
        &mut self,
        id: NodeId,
        path: &PropertyPath,
        change: impl FnOnce(&mut Fields) -> T,
    ) -> Option<T> {
        self.changed(id);
        let node = self.arena.get_mut(id)?;
        if !path.touches_guid() {
            return Some(change(&mut node.fields));
        }
        let before = node.guid().map(str::to_owned);
        let changed = change(&mut node.fields);
        node.learn_guid();
        if node.guid() != before.as_deref() {
            self.guids.forget(before.as_deref(), id);
            self.guids.remember(node.guid(), id);
        }
        Some(changed)
    }
}

/// The field that a path names as an attribute; none for a path below metadata.
fn attribute(node: &Node, path: &PropertyPath) -> Result<Option<&'static Field>, EditError> {
    let (name, is_below) = (path.attribute(), path.below().next().is_some());
    if name == "metadata" {
        match is_below {
            false => return Err(EditError::WholeMetadata),
            true if !matches!(node.kind, NodeKind::Raw(_)) => return Ok(None),
            true => {}
        }
    }
    let unknown =
        || EditError::UnknownAttribute { schema: node.schema_name().to_owned(), attribute: path.to_string() };
    let schema = node.schema().ok_or_else(unknown)?;
    if schema.child_field().is_some_and(|(_, field)| field.key == name) {
        return Err(EditError::Structure { attribute: name.to_owned() });
    }
    let field = schema.field(name).filter(|_| !is_below);
    field.map(Some).ok_or_else(unknown)
}

/// What an assignment in Python makes of a value: a flag takes the truth of numbers and of nothing.
fn assigned(kind: Kind, value: Value) -> Value {
    match (kind, value) {
        (Kind::Flag, Value::Null) => Value::Bool(false),
        (Kind::Flag, Value::Number(number)) => Value::Bool(number.as_f64() != 0.0),
        (_, value) => value,
    }
}

/// A value in the form in which it is kept, if it suits the attribute.
fn canonical(path: &PropertyPath, field: Option<&'static Field>, value: Value) -> Result<Value, EditError> {
    let found = value.kind();
    let unsuitable = |field: &'static Field| EditError::WrongType {
        attribute: path.attribute().to_owned(),
        expected: expected(field.kind),
        found,
    };
    match field {
        // Reading takes null for an empty text, assigning does not.
        Some(field) if field.kind == Kind::Text && value.is_null() => Err(unsuitable(field)),
        Some(field) => {
            let value = assigned(field.kind, value);
            // Strictly, so that nothing of a wrong type comes in, but without the losses of opentimelineio's reader.
            let mut strict = Canonicaliser::new(Reading::LikeOpentimelineio);
            strict.field_value(field, value.clone()).map_err(|_| unsuitable(field))?;
            Canonicaliser::new(Reading::Exact).field_value(field, value).map_err(|_| unsuitable(field))
        }
        None if matches!(value, Value::Array(_) | Value::Object(_)) => {
            Ok(Canonicaliser::new(Reading::Exact).any(value).unwrap_or_default())
        }
        None => Ok(value),
    }
}

/// Refuses a path through what makes an object an object.
fn check_keys(path: &PropertyPath) -> Result<(), EditError> {
    if path.below().any(|key| key == SCHEMA_KEY) {
        return Err(EditError::SchemaKey { path: path.to_string() });
    }
    Ok(())
}

/// What was put at a path: the number of its keys up to the first that was not there, and what stood there.
type Put = (Option<usize>, Option<Value>);

/// Puts a value at a path. Everything on the way is a dictionary, or missing, and stays one; else nothing is changed.
fn put(fields: &mut Fields, path: &PropertyPath, value: Value) -> Result<Put, EditError> {
    check_keys(path)?;
    let (attribute, below) = (path.attribute(), path.below());
    if below.len() == 0 {
        let old = fields.insert(attribute, value);
        return Ok((old.is_none().then_some(1), old));
    }
    if let Some(found) = fields.get_mut(attribute) {
        return put_below(found, (path, attribute), below, value);
    }
    // Only classes without fields of their own lack metadata, so all the fields are sorted.
    fields.insert_sorted(attribute, within_dictionaries(below, value));
    Ok((Some(1), None))
}

/// The same below what stands at a key of the path, by the keys that follow it.
fn put_below<'path>(
    found: &mut Value,
    (path, at): (&PropertyPath, &str),
    mut below: impl ExactSizeIterator<Item = &'path str> + DoubleEndedIterator,
    value: Value,
) -> Result<Put, EditError> {
    let kind = found.kind();
    let not_one = || EditError::NotADictionary { path: path.to_string(), at: at.to_owned(), found: kind };
    let dictionary = dictionary(found).ok_or_else(not_one)?;
    let Some(key) = below.next() else { return Ok((None, None)) };
    match dictionary.get_mut(key) {
        Some(found) if below.len() == 0 => Ok((None, Some(std::mem::replace(found, value)))),
        Some(found) => put_below(found, (path, key), below, value),
        None => {
            let keys = 1 + path.below().len() - below.len();
            dictionary.insert_sorted(key, within_dictionaries(below, value));
            Ok((Some(keys), None))
        }
    }
}

/// A value below so many dictionaries that hold nothing else.
fn within_dictionaries<'path>(keys: impl DoubleEndedIterator<Item = &'path str>, value: Value) -> Value {
    keys.rev().fold(value, |value, key| Object::from_distinct(vec![(key.to_owned(), value)]).into())
}

/// Takes out what stands at a path.
fn take(fields: &mut Fields, path: &PropertyPath) -> Option<Value> {
    let mut below = path.below();
    let Some(last) = below.next_back() else { return fields.remove(path.attribute()) };
    let attribute = dictionary(fields.get_mut(path.attribute())?);
    below.try_fold(attribute?, |found, key| dictionary(found.get_mut(key)?))?.remove(last)
}

/// An object that is no OTIO object.
fn dictionary(value: &mut Value) -> Option<&mut Object> {
    value.as_object_mut().filter(|object| !object.contains_key(SCHEMA_KEY))
}
