//! Patches: properties, children (legacy-protocol §3.3). Applied on arrival; places are counted in what is there then.

use lossless_json::{Object, Value};

use super::annotations::Merge;
use super::attributes::{Set, fits_metadata, set_attribute};
use super::quirks::Quirk;
use super::raised::{Raised, Reason};
use super::replica::Replica;
use super::tree::ThingId;

/// What became of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patched {
    /// It did something.
    Done,
    /// It named nothing, or there was nothing to do.
    Nothing,
    /// It named something that is not there: written down by the reference, and dropped.
    Unresolved,
}

impl Replica {
    pub(super) fn set_property(
        &mut self,
        guid: &str,
        path: &str,
        value: &Value,
        at: f64,
    ) -> Result<Patched, Raised> {
        let Some(target) = self.find(guid) else { return Ok(Patched::Nothing) };
        if !self.quirks.has(Quirk::LastArrivalWins) {
            let key = (guid.to_owned(), path.to_owned());
            if self.written.get(&key).is_some_and(|before| *before > at) {
                return Ok(Patched::Nothing);
            }
            self.written.insert(key, at);
        }
        match path.strip_prefix("metadata/") {
            Some(keys) => self.set_metadata(target, keys, value),
            None => self.set_plain(target, path, value),
        }
    }

    fn set_metadata(&mut self, target: ThingId, keys: &str, value: &Value) -> Result<Patched, Raised> {
        let raises = self.quirks.has(Quirk::RaisesInsideValues);
        let mut keys: Vec<&str> = keys.split('/').collect();
        let last = keys.pop().unwrap_or_default();
        let mut place: &mut Object = self.tree.metadata_mut(target);
        for key in keys {
            if !place.contains_key(key) {
                place.insert_sorted(key, Object::new());
            }
            place = match place.get_mut(key) {
                Some(Value::Object(inner)) if !inner.contains_key("OTIO_SCHEMA") => inner,
                _ if raises => {
                    let detail = format!("{key} is no dictionary");
                    return Err(Raised { reason: Reason::InsideAValue, detail });
                }
                _ => return Ok(Patched::Nothing),
            };
        }
        if !fits_metadata(value) {
            return Err(Raised::attribute(format!("an integer for {last} is beyond 64 bits")));
        }
        place.insert_sorted(last, value.clone());
        Ok(Patched::Done)
    }

    fn set_plain(&mut self, target: ThingId, attribute: &str, value: &Value) -> Result<Patched, Raised> {
        let media = self.tree.field(target, "media_references").and_then(Value::as_object);
        let set = match set_attribute(self.tree.schema(target), attribute, value, media) {
            Err(raised) if self.quirks.has(Quirk::RaisesOnStructuredValues) => return Err(raised),
            Err(_) => Set::Field(value.clone()),
            Ok(set) => set,
        };
        match set {
            Set::Field(value) => self.tree.set_field(target, attribute, value),
            Set::PythonOnly if self.quirks.has(Quirk::ForgetsUnknownAttributes) => {}
            Set::PythonOnly => self.tree.set_field(target, attribute, value.clone()),
        }
        Ok(Patched::Done)
    }

    /// An insert of its own: nothing is merged, nothing raises but what has a parent.
    pub(super) fn insert_own(&mut self, parent: &str, child: ThingId, index: i64) -> Result<bool, Raised> {
        let Some(parent) = self.find(parent) else { return Ok(false) };
        self.map_inserted(child);
        self.tree.insert(parent, index, child)?;
        Ok(true)
    }

    pub(super) fn insert_child(
        &mut self,
        parent: &str,
        index: &Value,
        child_data: &Value,
    ) -> Result<Patched, Raised> {
        let Some(parent) = self.find(parent) else {
            self.unresolved += 1;
            return Ok(Patched::Unresolved);
        };
        let child = self.read(child_data)?;
        let index = index.as_i64().ok_or_else(|| Raised::shape(&"index is no integer"))?;
        match self.merge(parent, child) {
            Merge::Merged => return Ok(Patched::Done),
            Merge::At(index) => {
                self.tree.insert(parent, index, child)?;
                self.map_inserted(child);
                return Ok(Patched::Done);
            }
            Merge::Not => {}
        }
        let stands = self.tree.guid(child).and_then(|guid| self.find(guid));
        let stands = stands.is_some_and(|held| self.tree.parent(held).is_some());
        if stands && !self.quirks.has(Quirk::DoublesChildren) {
            return Ok(Patched::Nothing);
        }
        self.tree.insert(parent, index, child)?;
        self.map_inserted(child);
        Ok(Patched::Done)
    }

    fn map_inserted(&mut self, child: ThingId) {
        if self.quirks.has(Quirk::MapsChildOnly) {
            self.map_one(child);
        } else {
            self.map_subtree(child, false);
        }
    }

    pub(super) fn remove_child(&mut self, parent: &str, child: &str, own: bool) -> Result<Patched, Raised> {
        let Some(parent) = self.find(parent) else {
            self.unresolved += u64::from(!own);
            return Ok(Patched::Unresolved);
        };
        self.must_be_iterable(parent)?;
        let Some(at) = self.tree.position(parent, child) else { return Ok(Patched::Nothing) };
        let gone = self.tree.take_out(parent, at);
        self.objects.remove(child);
        if !self.quirks.has(Quirk::KeepsDescendantsMapped) {
            for inside in self.tree.subtree(gone) {
                let guid = self.tree.guid(inside).unwrap_or_default().to_owned();
                self.objects.remove(&guid);
            }
        }
        Ok(Patched::Done)
    }

    /// Takes the child out and puts it in again, in the shortened list.
    pub(super) fn move_child(
        &mut self,
        parent: &str,
        child: &str,
        to_index: &Value,
        own: bool,
    ) -> Result<Patched, Raised> {
        let (Some(parent), Some(mapped)) = (self.find(parent), self.find(child)) else {
            self.unresolved += u64::from(!own);
            return Ok(Patched::Unresolved);
        };
        self.must_be_iterable(parent)?;
        let Some(at) = self.tree.position(parent, child) else { return Ok(Patched::Nothing) };
        self.release(mapped);
        let index = to_index.as_i64();
        if own && index == i64::try_from(at).ok() {
            return Ok(Patched::Nothing);
        }
        let taken = self.tree.take_out(parent, at);
        let put = if own || !self.quirks.has(Quirk::MovesTheMappedOne) { taken } else { mapped };
        let index = index.ok_or_else(|| Raised::shape(&"to_index is no integer"))?;
        // Python's `insert(-1)` is before the last.
        let index = if index == -1 { self.before_last(parent) } else { index };
        self.tree.insert(parent, index, put)?;
        Ok(Patched::Done)
    }

    /// A parent that nothing leads to any more is freed, and its children have none.
    fn release(&mut self, child: ThingId) {
        let Some(parent) = self.tree.parent(child) else { return };
        let roots = self.timelines.iter().map(|(_, id)| id).chain(self.objects.values());
        let lives = roots.copied().any(|root| self.tree.subtree(root).contains(&parent));
        if !lives {
            self.tree.orphan(child);
        }
    }

    fn before_last(&self, parent: ThingId) -> i64 {
        i64::try_from(self.tree.children(parent).len()).unwrap_or(i64::MAX).saturating_sub(1).max(0)
    }

    fn must_be_iterable(&self, parent: ThingId) -> Result<(), Raised> {
        if self.tree.is_composition(parent) {
            return Ok(());
        }
        let detail = format!("a {} has no children", self.tree.schema(parent));
        Err(Raised { reason: Reason::NotAComposition, detail })
    }
}
