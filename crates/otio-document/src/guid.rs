//! GUIDs: finding objects by them, and giving them to objects that have none. OTIO has none; those here are the review
//! protocol's, under `metadata.sync.guid`.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Place;
use lossless_json::{Object, Value};

use crate::Document;
use crate::arena::NodeId;
use crate::fields::Fields;
use crate::reading::SCHEMA_KEY;

/// The nodes of an arena, detached ones too, by GUID. Only ever looked up, never walked, so its order reaches nothing.
#[derive(Clone, Default)]
pub(crate) struct GuidIndex {
    by_hash: HashTable<Indexed>,
    hashes: RandomState,
}

/// The nodes whose GUIDs have a hash. The GUIDs themselves stand in the nodes.
#[derive(Clone)]
struct Indexed {
    hash: u64,
    nodes: Nodes,
}

/// Nearly always one; but a text may give all its nodes the same GUID, and must not make looking for one slow.
#[derive(Clone)]
enum Nodes {
    One(NodeId),
    Many(BTreeSet<NodeId>),
}

impl Nodes {
    fn insert(&mut self, node: NodeId) {
        match self {
            Self::One(first) => *self = Self::Many(BTreeSet::from([*first, node])),
            Self::Many(nodes) => drop(nodes.insert(node)),
        }
    }

    /// Takes a node out; says whether none is left.
    fn remove(&mut self, node: NodeId) -> bool {
        match self {
            Self::One(only) => *only == node,
            Self::Many(nodes) => {
                nodes.remove(&node);
                nodes.is_empty()
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = NodeId> {
        let (one, many) = match self {
            Self::One(node) => (Some(*node), None),
            Self::Many(nodes) => (None, Some(nodes.iter().copied())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
}

impl GuidIndex {
    pub(crate) fn remember(&mut self, guid: Option<&str>, node: NodeId) {
        let Some(guid) = guid else { return };
        let hash = self.hashes.hash_one(guid);
        match self.by_hash.entry(hash, |indexed| indexed.hash == hash, |indexed| indexed.hash) {
            Place::Occupied(mut known) => known.get_mut().nodes.insert(node),
            Place::Vacant(place) => drop(place.insert(Indexed { hash, nodes: Nodes::One(node) })),
        }
    }

    pub(crate) fn forget(&mut self, guid: Option<&str>, node: NodeId) {
        let Some(guid) = guid else { return };
        let hash = self.hashes.hash_one(guid);
        if let Ok(mut known) = self.by_hash.find_entry(hash, |indexed| indexed.hash == hash)
            && known.get_mut().nodes.remove(node)
        {
            known.remove();
        }
    }

    /// Nodes with that GUID, and perhaps others.
    fn candidates(&self, guid: &str) -> impl Iterator<Item = NodeId> {
        let hash = self.hashes.hash_one(guid);
        let known = self.by_hash.find(hash, |indexed| indexed.hash == hash);
        known.into_iter().flat_map(|indexed| indexed.nodes.iter())
    }
}

/// What [`Document::ensure_guids`] did. OTIO has no GUIDs.
///
/// ```
/// use otio_document::{Document, Reading};
///
/// let text = r#"{"OTIO_SCHEMA":"Track.1","kind":"Video","metadata":{"sync":{"guid":"t"}},"children":[
///     {"OTIO_SCHEMA":"Gap.1"},{"OTIO_SCHEMA":"Gap.1","metadata":{"sync":{"guid":"t"}}}]}"#;
/// let mut document = Document::read(text.as_bytes(), Reading::Exact)?;
/// let mut count = 0;
/// let report = document.ensure_guids(&mut || {
///     count += 1;
///     format!("new-{count}")
/// });
/// assert_eq!((report.minted, report.reminted.len()), (1, 1));
/// assert_eq!(document.find("new-1"), document.children(document.root().ok_or("a track")?).first());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuidReport {
    /// Objects that had no GUID and got one.
    pub minted: usize,
    /// Objects whose GUID stood earlier in the document and that got another.
    pub reminted: Vec<Reminted>,
}

/// An object that got another GUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminted {
    /// The object.
    pub node: NodeId,
    /// The GUID that stood twice.
    pub old: String,
    /// The GUID it has now.
    pub new: String,
}

/// An object whose GUID another one has too, earlier in the same timeline; by [`Document::duplicate_guids`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateGuid<'document> {
    /// The GUID.
    pub guid: &'document str,
    /// The object that has it first, in the order of [`Document::descend`].
    pub first: NodeId,
    /// The other object.
    pub node: NodeId,
}

impl Document {
    /// The objects whose GUID stands earlier in the same timeline. They are kept as they are; [`Document::find`] finds the
    /// first.
    ///
    /// ```
    /// use otio_document::{Document, Reading};
    ///
    /// let gap = r#"{"OTIO_SCHEMA":"Gap.1","metadata":{"sync":{"guid":"g"}}}"#;
    /// let text = format!(r#"{{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{gap},{gap}]}}"#);
    /// let document = Document::read(text.as_bytes(), Reading::Exact)?;
    /// let twice = document.duplicate_guids();
    /// assert_eq!(twice.len(), 1);
    /// assert_eq!((twice[0].guid, document.json_path(twice[0].node).as_str()), ("g", "$.children[1]"));
    /// # Ok::<(), otio_document::ReadError>(())
    /// ```
    pub fn duplicate_guids(&self) -> Vec<DuplicateGuid<'_>> {
        let mut twice = Vec::new();
        let mut seen = BTreeMap::new();
        for node in self.root().into_iter().flat_map(|root| self.descend(root)) {
            // A clip has its GUID again in its clip timeline, by design of the protocol.
            if self.is_timeline(node) {
                seen.clear();
            }
            let Some(guid) = self.guid(node) else { continue };
            match seen.entry(guid) {
                Entry::Vacant(place) => {
                    place.insert(node);
                }
                Entry::Occupied(first) => twice.push(DuplicateGuid { guid, first: *first.get(), node }),
            }
        }
        twice
    }

    /// The object with that GUID: the first one in the order of [`descend`](Self::descend), where it stands twice. None
    /// where no object of the tree has it. OTIO has no such search.
    pub fn find(&self, guid: &str) -> Option<NodeId> {
        let has_guid = |node: &NodeId| self.guid(*node) == Some(guid) && self.is_attached(*node);
        let mut attached = self.guids.candidates(guid).filter(has_guid);
        let first = attached.next()?;
        let Some(second) = attached.next() else { return Some(first) };
        [first, second].into_iter().chain(attached).min_by_key(|node| self.place(*node))
    }

    /// The indices that lead from the root to a node.
    fn place(&self, node: NodeId) -> Vec<usize> {
        let way = std::iter::once(node).chain(self.ancestors(node));
        let mut place: Vec<usize> = way.filter_map(|node| self.index_in_parent(node)).collect();
        place.reverse();
        place
    }

    pub(crate) fn index_subtree(&mut self, node: NodeId) {
        let subtree: Vec<NodeId> = self.descend(node).collect();
        self.guids.by_hash.reserve(subtree.len(), |indexed| indexed.hash);
        for id in subtree {
            self.guids.remember(self.arena.get(id).and_then(|node| node.guid()), id);
        }
    }

    /// Gives a GUID from `mint` to every object of the tree that has none, and another one to each whose GUID stood
    /// earlier in the tree. `mint` answers with a new one each time, usually a UUID. Detached nodes are left as they are.
    pub fn ensure_guids(&mut self, mint: &mut dyn FnMut() -> String) -> GuidReport {
        let mut report = GuidReport::default();
        let nodes: Vec<NodeId> = self.root().into_iter().flat_map(|root| self.descend(root)).collect();
        let mut seen = BTreeSet::new();
        for node in nodes {
            let old = self.guid(node).map(str::to_owned);
            if !self.is_object(node) || old.as_ref().is_some_and(|guid| seen.insert(guid.clone())) {
                continue;
            }
            let new = mint();
            if !self.set_guid(node, &new) {
                continue;
            }
            seen.insert(new.clone());
            match old {
                Some(old) => report.reminted.push(Reminted { node, old, new }),
                None => report.minted += 1,
            }
        }
        report
    }

    /// Writes a GUID, where metadata can take one.
    fn set_guid(&mut self, node: NodeId, guid: &str) -> bool {
        let Some(changed) = self.arena.get_mut(node) else { return false };
        let before = changed.guid().map(str::to_owned);
        let is_set = put_guid(&mut changed.fields, guid);
        changed.learn_guid();
        self.guids.forget(before.as_deref(), node);
        self.guids.remember(self.arena.get(node).and_then(|node| node.guid()), node);
        self.changed(node);
        is_set
    }
}

/// Puts a GUID into fields, where metadata can take one.
fn put_guid(fields: &mut Fields, guid: &str) -> bool {
    if !fields.contains_key("metadata") {
        // Only classes without fields of their own lack it, so all the fields are sorted.
        fields.insert_sorted("metadata", Object::new().into());
    }
    let Some(metadata) = fields.get_mut("metadata").and_then(dictionary) else { return false };
    if metadata.get("sync").is_none_or(|sync| sync.as_object().is_none()) {
        metadata.insert_sorted("sync", Object::new());
    }
    let Some(sync) = metadata.get_mut("sync").and_then(dictionary) else { return false };
    sync.insert_sorted("guid", guid);
    true
}

/// The dictionary that a value is. The keys of an object with a schema have an order of their own.
fn dictionary(value: &mut Value) -> Option<&mut Object> {
    value.as_object_mut().filter(|object| !object.contains_key(SCHEMA_KEY))
}
