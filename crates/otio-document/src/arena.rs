//! The store of the nodes of a document.

use std::sync::Arc;

use lossless_json::Value;

use crate::child_list::{ChildList, Children, ChunkTag};
use crate::fields::{Fields, Span};
use crate::schema::{Schema, split_schema};

/// A handle to a node of one [`Document`](crate::Document). It stays good until the node is discarded; afterwards it
/// may come to mean another node.
///
/// It stands for what a reference to a `Timeline`, `Stack`, `Track`, `Clip`, … is in Python. OTIO has no handles. Given to
/// another document than its own, it means another node or none.
///
/// ```
/// use otio_document::{Document, Reading};
///
/// let track = r#"{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{"OTIO_SCHEMA":"Gap.1"}]}"#;
/// let mut document = Document::read(track.as_bytes(), Reading::Exact)?;
/// let track = document.root().ok_or("a track")?;
/// let gap = document.detach_child(track, 0)?;
/// document.discard(gap);
/// assert_eq!(document.schema_name(gap), "", "a handle of nothing is no error");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub struct NodeId(u32);

impl NodeId {
    #[cfg(test)]
    pub(crate) fn new(index: u32) -> Self {
        Self(index)
    }

    fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node is.
#[derive(Clone)]
pub(crate) enum NodeKind {
    /// An object of a schema of the table.
    Known(&'static Schema),
    /// An object of a schema that is unknown, too new or malformed, kept as it came.
    Other {
        /// The text of its `OTIO_SCHEMA`.
        text: Box<Value>,
    },
    /// No OTIO object, although it stands where one should.
    Raw(Box<Value>),
}

/// The GUID of a node.
#[derive(Clone)]
pub(crate) enum Guid {
    None,
    /// As it stands in the text of the fields.
    InText(Span),
    Own(Box<str>),
}

impl Guid {
    /// What stands under `sync.guid` of metadata.
    pub(crate) fn of_metadata(metadata: &Value) -> Self {
        let guid = metadata.get("sync").and_then(|sync| sync.get("guid")?.as_str());
        guid.map_or(Self::None, |guid| Self::Own(guid.into()))
    }
}

/// An object with a place in the tree.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    /// Its fields in the order they are written, without `OTIO_SCHEMA` and without the field of the nodes below.
    pub(crate) fields: Fields,
    /// What stands under `metadata.sync.guid`.
    guid: Guid,
    pub(crate) parent: Option<NodeId>,
    children: Option<Box<ChildList>>,
    /// The tag in the list of the children of the parent.
    tag: ChunkTag,
    /// Whether the field of the nodes below holds something else, which is kept among the fields.
    pub(crate) keeps_below: bool,
    /// The text of the node with everything below it, in the text of its fields, until something there changes.
    pub(crate) whole: Option<Span>,
}

impl Node {
    pub(crate) fn new(kind: NodeKind, fields: Fields, guid: Guid) -> Self {
        Self { kind, fields, guid, parent: None, children: None, tag: 0, keeps_below: false, whole: None }
    }

    pub(crate) fn schema(&self) -> Option<&'static Schema> {
        match self.kind {
            NodeKind::Known(schema) => Some(schema),
            NodeKind::Other { .. } | NodeKind::Raw(_) => None,
        }
    }

    /// As in [`Document::schema_name`](crate::Document::schema_name).
    pub(crate) fn schema_name(&self) -> &str {
        match &self.kind {
            NodeKind::Known(schema) => schema.name,
            NodeKind::Other { text } => {
                let text = text.as_str().unwrap_or_default();
                split_schema(text).map_or(text, |(name, _)| name)
            }
            NodeKind::Raw(_) => "",
        }
    }

    /// The GUID under `metadata.sync.guid`; an empty one counts as none.
    pub(crate) fn guid(&self) -> Option<&str> {
        let guid = match &self.guid {
            Guid::None => return None,
            Guid::InText(span) => span.of(self.fields.text()),
            Guid::Own(guid) => guid,
        };
        Some(guid).filter(|guid| !guid.is_empty())
    }

    /// Looks for the GUID in fields that changed.
    pub(crate) fn learn_guid(&mut self) {
        self.guid = self.fields.read("metadata").map_or(Guid::None, |metadata| Guid::of_metadata(&metadata));
    }

    pub(crate) fn children(&self) -> Children<'_> {
        Children::new(self.children.as_deref())
    }

    /// Lets go of handles that mean nothing any more.
    pub(crate) fn forget_children(&mut self) {
        self.children = None;
    }
}

/// Nodes by handle, with the handles that are free again.
#[derive(Clone, Default)]
pub(crate) struct Arena {
    slots: Vec<Option<Node>>,
    free: Vec<NodeId>,
}

impl Arena {
    /// With room for so many nodes, which is not taken from the system before it is used.
    pub(crate) fn with_room(nodes: usize) -> Self {
        Self { slots: Vec::with_capacity(nodes), free: Vec::new() }
    }

    pub(crate) fn get(&self, id: NodeId) -> Option<&Node> {
        self.slots.get(id.index())?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.slots.get_mut(id.index())?.as_mut()
    }

    /// A place for a node; more than 2^32 nodes do not fit the text limit of a document.
    pub(crate) fn add(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.free.pop() {
            self.slots[id.index()] = Some(node);
            return id;
        }
        let id = NodeId(u32::try_from(self.slots.len()).unwrap_or(u32::MAX));
        self.slots.push(Some(node));
        id
    }

    /// Gives their text to the nodes that have another instead, while it was not there yet.
    pub(crate) fn give_text(&mut self, instead: &Arc<String>, text: &Arc<String>) {
        for node in self.slots.iter_mut().flatten() {
            node.fields.give_text(instead, text);
        }
    }

    pub(crate) fn remove(&mut self, id: NodeId) -> Option<Node> {
        let node = self.slots.get_mut(id.index())?.take()?;
        self.free.push(id);
        Some(node)
    }

    /// Gives a node its children, which have no parent yet.
    pub(crate) fn link(&mut self, parent: NodeId, children: &[NodeId]) {
        if children.is_empty() {
            return;
        }
        let list = ChildList::of(children, |child, tag| self.place(child, parent, tag));
        if let Some(parent) = self.get_mut(parent) {
            parent.children = Some(Box::new(list));
        }
    }

    fn place(&mut self, child: NodeId, parent: NodeId, tag: ChunkTag) {
        if let Some(child) = self.get_mut(child) {
            child.parent = Some(parent);
            child.tag = tag;
        }
    }

    /// The place of a node among the children of its parent.
    pub(crate) fn index_in_parent(&self, id: NodeId) -> Option<usize> {
        let node = self.get(id)?;
        self.get(node.parent?)?.children.as_ref()?.index_of(id, node.tag)
    }

    /// Puts a node without a parent before the child at that place, or after the last one.
    pub(crate) fn insert_child(&mut self, parent: NodeId, index: usize, child: NodeId) {
        let Some(mut list) = self.get_mut(parent).map(|parent| parent.children.take().unwrap_or_default())
        else {
            return;
        };
        list.insert(index, child, |child, tag| self.place(child, parent, tag));
        if let Some(parent) = self.get_mut(parent) {
            parent.children = Some(list);
        }
    }

    /// Takes the child at that place out of its parent.
    pub(crate) fn detach_child(&mut self, parent: NodeId, index: usize) -> Option<NodeId> {
        let child = self.get_mut(parent)?.children.as_mut()?.remove(index)?;
        if let Some(child) = self.get_mut(child) {
            child.parent = None;
        }
        Some(child)
    }

    /// Notes that the text of a node is no longer what there is, nor what was reckoned of what stands in it; and so of
    /// everything that it stands in.
    pub(crate) fn changed(&mut self, id: NodeId) {
        let mut next = Some(id);
        while let Some(node) = next.and_then(|id| self.get_mut(id)) {
            node.whole = None;
            if let Some(children) = &mut node.children {
                children.forget_extents();
            }
            next = node.parent;
        }
    }
}

#[cfg(test)]
mod tests {
    /// A cut of 10 000 clips holds as many nodes; its text is about a kilobyte each.
    #[test]
    fn a_node_is_small_beside_its_text() {
        assert!(size_of::<super::Node>() <= 144, "{} bytes", size_of::<super::Node>());
    }
}
