//! The store of the nodes of a document.

use lossless_json::{Object, Value};

use crate::schema::Schema;

/// A handle to a node of one [`Document`](crate::Document). It stays good until the node is discarded; afterwards it
/// may come to mean another node.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub struct NodeId(u32);

impl NodeId {
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
        text: Value,
    },
    /// No OTIO object, although it stands where one should.
    Raw(Value),
}

/// An object with a place in the tree.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    /// Its fields in the order they are written, without `OTIO_SCHEMA` and without the field of the nodes below.
    pub(crate) fields: Object,
    pub(crate) parent: Option<NodeId>,
    pub(crate) children: Vec<NodeId>,
}

impl Node {
    pub(crate) fn schema(&self) -> Option<&'static Schema> {
        match self.kind {
            NodeKind::Known(schema) => Some(schema),
            NodeKind::Other { .. } | NodeKind::Raw(_) => None,
        }
    }

    /// The GUID under `metadata.sync.guid`; an empty one counts as none.
    pub(crate) fn guid(&self) -> Option<&str> {
        let guid = self.fields.get("metadata")?.get("sync")?.get("guid")?.as_str()?;
        Some(guid).filter(|guid| !guid.is_empty())
    }
}

/// Nodes by handle, with the handles that are free again.
#[derive(Clone, Default)]
pub(crate) struct Arena {
    slots: Vec<Option<Node>>,
    free: Vec<NodeId>,
}

impl Arena {
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

    pub(crate) fn remove(&mut self, id: NodeId) -> Option<Node> {
        let node = self.slots.get_mut(id.index())?.take()?;
        self.free.push(id);
        Some(node)
    }

    /// Makes `parent` the parent of its children, which were there before it.
    pub(crate) fn link(&mut self, parent: NodeId) {
        let children = self.get(parent).map(|node| node.children.clone()).unwrap_or_default();
        for child in children {
            if let Some(child) = self.get_mut(child) {
                child.parent = Some(parent);
            }
        }
    }
}
