//! Objects as an existing peer holds them: by reference, whether or not they stand anywhere.

use lossless_json::{Object, Value};
use otio_document::{Document, NodeId, Reading, review};

use super::raised::{Raised, Reason};

/// A reference to an object. It stays good when the object is taken out of its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ThingId(usize);

/// A timeline, composition or item.
#[derive(Clone, Debug)]
struct Thing {
    /// Everything but what stands inside it, in OTIO's order; `tracks` or `children` is null.
    fields: Object,
    /// A timeline's stack, or a composition's children.
    inside: Vec<ThingId>,
    parent: Option<ThingId>,
}

/// All objects that a peer has read since it began with an empty replica.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    things: Vec<Thing>,
}

impl Tree {
    /// Reads an object as opentimelineio does, with the event schemas of the reference's plugin.
    ///
    /// # Errors
    /// Whatever opentimelineio refuses, and what has no place in a tree.
    pub(crate) fn read(
        &mut self,
        value: &Value,
        newer_raises: bool,
        now_text: &str,
    ) -> Result<ThingId, Raised> {
        let read = read_value(value, newer_raises, now_text)?;
        let document = Document::from_value(read, Reading::Exact).map_err(|error| Raised::shape(&error))?;
        let root = document.root().ok_or_else(|| Raised::shape(&"it is no object with a place in a tree"))?;
        Ok(self.adopt(&document, root))
    }

    fn adopt(&mut self, document: &Document, node: NodeId) -> ThingId {
        let schema = format!("{}.{}", document.schema_name(node), document.schema_version(node));
        let mut fields: Object = [("OTIO_SCHEMA", Value::from(schema))].into_iter().collect();
        for (key, value) in document.fields(node) {
            fields.insert(key, value.clone());
        }
        let inside: Vec<ThingId> =
            document.children(node).iter().map(|child| self.adopt(document, child)).collect();
        let id = ThingId(self.things.len());
        for child in &inside {
            self.things[child.0].parent = Some(id);
        }
        self.things.push(Thing { fields, inside, parent: None });
        id
    }

    /// The object as it is written.
    pub(crate) fn value(&self, id: ThingId) -> Value {
        let thing = &self.things[id.0];
        let mut fields = thing.fields.clone();
        let mut inside = thing.inside.iter().map(|child| self.value(*child));
        if self.is_timeline(id) {
            fields.insert("tracks", inside.next().unwrap_or_default());
        } else if self.is_composition(id) {
            fields.insert("children", inside.collect::<Vec<Value>>());
        }
        fields.into()
    }

    pub(crate) fn copy(&mut self, id: ThingId) -> ThingId {
        let Thing { fields, inside, .. } = self.things[id.0].clone();
        let inside: Vec<ThingId> = inside.into_iter().map(|child| self.copy(child)).collect();
        let copy = ThingId(self.things.len());
        for child in &inside {
            self.things[child.0].parent = Some(copy);
        }
        self.things.push(Thing { fields, inside, parent: None });
        copy
    }

    /// The schema without its version.
    pub(crate) fn schema(&self, id: ThingId) -> &str {
        let schema = self.field(id, "OTIO_SCHEMA").and_then(Value::as_str).unwrap_or_default();
        schema.rsplit_once('.').map_or(schema, |(name, _)| name)
    }

    pub(crate) fn is_timeline(&self, id: ThingId) -> bool {
        self.schema(id) == "Timeline"
    }

    pub(crate) fn is_composition(&self, id: ThingId) -> bool {
        matches!(self.schema(id), "Stack" | "Track")
    }

    pub(crate) fn field(&self, id: ThingId, key: &str) -> Option<&Value> {
        self.things[id.0].fields.get(key)
    }

    pub(crate) fn set_field(&mut self, id: ThingId, key: &str, value: Value) {
        self.things[id.0].fields.insert(key, value);
    }

    pub(crate) fn name(&self, id: ThingId) -> &str {
        self.field(id, "name").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn metadata(&self, id: ThingId) -> Option<&Object> {
        self.field(id, "metadata").and_then(Value::as_object)
    }

    pub(crate) fn metadata_mut(&mut self, id: ThingId) -> &mut Object {
        let fields = &mut self.things[id.0].fields;
        if fields.get("metadata").and_then(Value::as_object).is_none() {
            fields.insert("metadata", Object::new());
        }
        match fields.get_mut("metadata") {
            Some(Value::Object(metadata)) => metadata,
            _ => unreachable!("it was put there"),
        }
    }

    /// `metadata.sync.guid`; none where it is empty.
    pub(crate) fn guid(&self, id: ThingId) -> Option<&str> {
        let guid = self.metadata(id)?.get("sync")?.get("guid")?.as_str();
        guid.filter(|guid| !guid.is_empty())
    }

    pub(crate) fn set_guid(&mut self, id: ThingId, guid: &str) {
        let metadata = self.metadata_mut(id);
        if metadata.get("sync").and_then(Value::as_object).is_none() {
            metadata.insert_sorted("sync", Object::new());
        }
        if let Some(sync) = metadata.get_mut("sync").and_then(Value::as_object_mut) {
            sync.insert_sorted("guid", guid);
        }
    }

    /// The number at a path below a field.
    pub(crate) fn number(&self, id: ThingId, key: &str, path: &[&str]) -> Option<f64> {
        self.field(id, key)?.at(path)?.as_f64()
    }

    pub(crate) fn parent(&self, id: ThingId) -> Option<ThingId> {
        self.things[id.0].parent
    }

    pub(crate) fn children(&self, id: ThingId) -> &[ThingId] {
        &self.things[id.0].inside
    }

    /// Pre-order: the object, a timeline's stack, a composition's children.
    pub(crate) fn subtree(&self, id: ThingId) -> Vec<ThingId> {
        let mut all = vec![id];
        for child in self.children(id) {
            all.extend(self.subtree(*child));
        }
        all
    }

    /// The first direct child with that GUID.
    pub(crate) fn position(&self, parent: ThingId, guid: &str) -> Option<usize> {
        self.children(parent).iter().position(|child| self.guid(*child) == Some(guid))
    }

    /// OTIO's `insert`; −1 appends, as the reference has it.
    ///
    /// # Errors
    /// The parent is no composition, or the child stands somewhere.
    pub(crate) fn insert(&mut self, parent: ThingId, index: i64, child: ThingId) -> Result<(), Raised> {
        if !self.is_composition(parent) {
            let detail = format!("a {} has no children", self.schema(parent));
            return Err(Raised { reason: Reason::NotAComposition, detail });
        }
        if self.parent(child).is_some() {
            let detail = format!("{} already has a parent", self.guid(child).unwrap_or_default());
            return Err(Raised { reason: Reason::HasAParent, detail });
        }
        let count = self.children(parent).len();
        let at = if index == -1 { count } else { clamped(index, count) };
        self.things[parent.0].inside.insert(at, child);
        self.things[child.0].parent = Some(parent);
        Ok(())
    }

    pub(crate) fn orphan(&mut self, id: ThingId) {
        self.things[id.0].parent = None;
    }

    pub(crate) fn take_out(&mut self, parent: ThingId, at: usize) -> ThingId {
        let child = self.things[parent.0].inside.remove(at);
        self.things[child.0].parent = None;
        child
    }
}

/// Where opentimelineio puts a child: from the end where the index is negative, and once more where it still is.
fn clamped(index: i64, count: usize) -> usize {
    let count_signed = i64::try_from(count).unwrap_or(i64::MAX);
    let once = if index < 0 { index.saturating_add(count_signed) } else { index };
    let twice = if once < 0 { once.saturating_add(count_signed) } else { once };
    usize::try_from(twice.max(0)).unwrap_or(usize::MAX).min(count)
}

/// A value as opentimelineio reads and writes it.
///
/// # Errors
/// Whatever opentimelineio refuses.
pub(crate) fn read_value(value: &Value, newer_raises: bool, now_text: &str) -> Result<Value, Raised> {
    let completed = completed(value.clone(), newer_raises, now_text)?;
    let reading = if newer_raises { Reading::LikeOpentimelineio } else { Reading::Exact };
    let document = Document::from_value(completed, reading).map_err(|error| Raised::shape(&error))?;
    Ok(document.to_value())
}

/// The fields that an event lacks get their defaults, also deep inside.
fn completed(value: Value, newer_raises: bool, now_text: &str) -> Result<Value, Raised> {
    Ok(match value {
        Value::Array(items) => {
            let items = items.into_iter().map(|item| completed(item, newer_raises, now_text));
            items.collect::<Result<Vec<Value>, Raised>>()?.into()
        }
        Value::Object(object) => {
            let mut read = Object::new();
            for (key, value) in object {
                read.insert(key, completed(value, newer_raises, now_text)?);
            }
            completed_event(read, newer_raises, now_text)?.into()
        }
        other => other,
    })
}

fn completed_event(object: Object, newer_raises: bool, now_text: &str) -> Result<Object, Raised> {
    let schema = object.get("OTIO_SCHEMA").and_then(Value::as_str).and_then(|schema| schema.rsplit_once('.'));
    let Some((name, version)) = schema.filter(|(name, _)| review::names().any(|known| known == *name)) else {
        return Ok(object);
    };
    if version != "1" && newer_raises {
        return Err(Raised::shape(&format!("{name}.{version} is not supported")));
    }
    let mut event = object.clone();
    for (key, default) in review::defaults(name).unwrap_or_default() {
        let is_time = key == "timestamp" && name != "TextAnnotation";
        if !event.contains_key(&key) {
            event.insert(key, if is_time { Value::from(now_text) } else { default });
        }
    }
    let schema = event.remove("OTIO_SCHEMA").unwrap_or_default();
    event.sort_keys();
    Ok([("OTIO_SCHEMA".to_owned(), schema)].into_iter().chain(event).collect())
}
