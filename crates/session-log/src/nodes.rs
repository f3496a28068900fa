//! Which nodes of one timeline carry a GUID.

use std::collections::hash_map::Entry;

use otio_document::NodeId;

use crate::Guid;
use crate::hash::HashMap;

/// The nodes that carry one GUID, in the order in which they came. Almost always one: a second one appears when a
/// subtree is inserted that names an object which still stands elsewhere, or when a document of an existing peer
/// names two objects alike.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Bearers {
    One(NodeId),
    Many(Vec<NodeId>),
}

impl Bearers {
    fn as_slice(&self) -> &[NodeId] {
        match self {
            Self::One(node) => std::slice::from_ref(node),
            Self::Many(nodes) => nodes,
        }
    }

    fn push(&mut self, node: NodeId) {
        let mut nodes = self.as_slice().to_vec();
        nodes.push(node);
        *self = Self::Many(nodes);
    }
}

/// Look-up from GUID to nodes. Never iterated, so hashing order shows nowhere.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    by_guid: HashMap<Guid, Bearers>,
}

impl Nodes {
    /// The nodes of a GUID, those that stand in the tree and those that were removed.
    pub(crate) fn get(&self, guid: &str) -> &[NodeId] {
        self.by_guid.get(guid).map_or(&[], Bearers::as_slice)
    }

    /// A GUID as it is kept here, to be shared.
    pub(crate) fn name(&self, guid: &str) -> Guid {
        self.by_guid.get_key_value(guid).map_or_else(|| guid.into(), |(name, _)| name.clone())
    }

    /// Adds a node, as the youngest of its GUID.
    pub(crate) fn add(&mut self, guid: Guid, node: NodeId) {
        match self.by_guid.entry(guid) {
            Entry::Occupied(mut bearers) => bearers.get_mut().push(node),
            Entry::Vacant(slot) => {
                slot.insert(Bearers::One(node));
            }
        }
    }

    /// Takes a node out, wherever it stands among those of its GUID; tells where.
    pub(crate) fn remove(&mut self, guid: &str, node: NodeId) -> Option<usize> {
        let mut nodes = self.get(guid).to_vec();
        let at = nodes.iter().position(|&bearer| bearer == node)?;
        nodes.remove(at);
        self.set(guid.into(), &nodes);
        Some(at)
    }

    /// Undoes [`Nodes::remove`].
    pub(crate) fn add_at(&mut self, guid: Guid, node: NodeId, at: usize) {
        let mut nodes = self.get(&guid).to_vec();
        nodes.insert(at.min(nodes.len()), node);
        self.set(guid, &nodes);
    }

    /// A GUID has these bearers, oldest first, and no other.
    pub(crate) fn set(&mut self, guid: Guid, nodes: &[NodeId]) {
        match nodes {
            [] => drop(self.by_guid.remove(&guid)),
            [node] => drop(self.by_guid.insert(guid, Bearers::One(*node))),
            nodes => drop(self.by_guid.insert(guid, Bearers::Many(nodes.to_vec()))),
        }
    }

    /// Takes out the youngest node of a GUID, which must be the one added last: undo runs backwards.
    pub(crate) fn drop_youngest(&mut self, guid: &str) {
        let Some(bearers) = self.by_guid.get_mut(guid) else { return };
        match bearers.as_slice() {
            [] | [_] => {
                self.by_guid.remove(guid);
            }
            [node, _] => *bearers = Bearers::One(*node),
            [nodes @ .., _] => *bearers = Bearers::Many(nodes.to_vec()),
        }
    }
}
