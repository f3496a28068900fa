//! Numbers for the nodes of a timeline that every replica gives alike.

use otio_document::NodeId;

use crate::hash::HashMap;
use crate::replica::TimelineReplica;
use crate::{Guid, Stamp};

/// A removed node, the top of what it took along.
#[derive(Clone, Copy, Debug)]
pub(super) struct Removed {
    pub(super) top: NodeId,
    /// The number of the parent that has its tombstone, and the place of that, tombstones included; none where it lies
    /// nowhere.
    pub(super) grave: Option<(usize, usize)>,
}

/// Every node that an operation may still reach: those that stand in pre-order, then what was removed from each of them
/// in the order of the tombstones, and so on; last what lies nowhere, in the order in which it went.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) nodes: Vec<NodeId>,
    pub(super) numbers: HashMap<NodeId, usize>,
    pub(super) removed: Vec<Removed>,
}

impl Survey {
    pub(super) fn of(replica: &TimelineReplica) -> Self {
        let mut survey = Self::default();
        survey.number(replica, replica.root);
        let mut visited = survey.visit_graves(replica, 0);
        for top in loose(replica) {
            survey.removed.push(Removed { top, grave: None });
            survey.number(replica, top);
            visited = survey.visit_graves(replica, visited);
        }
        survey
    }

    /// Numbers a subtree.
    pub(super) fn number(&mut self, replica: &TimelineReplica, top: NodeId) {
        for node in replica.document.descend(top) {
            self.numbers.insert(node, self.nodes.len());
            self.nodes.push(node);
        }
    }

    /// Numbers what was removed from the nodes from a number on, and from what that took along.
    fn visit_graves(&mut self, replica: &TimelineReplica, from: usize) -> usize {
        let mut at = from;
        while let Some(&parent) = self.nodes.get(at) {
            for (place, top) in graves_under(replica, parent) {
                self.removed.push(Removed { top, grave: Some((at, place)) });
                self.number(replica, top);
            }
            at += 1;
        }
        at
    }
}

fn graves_under(replica: &TimelineReplica, parent: NodeId) -> Vec<(usize, NodeId)> {
    let Some(slots) = replica.slots.get(&parent) else { return Vec::new() };
    let all = (0..slots.len()).filter_map(|place| Some((place, slots.at(place)?)));
    all.filter(|(_, slot)| slot.buried).map(|(place, slot)| (place, slot.node)).collect()
}

/// Removed nodes without a tombstone, in the order in which they went. Several of one moment had the same GUID.
fn loose(replica: &TimelineReplica) -> Vec<NodeId> {
    let nowhere = replica.gone.iter().filter(|(node, _)| !replica.graves.contains_key(node));
    let mut nowhere: Vec<(&Stamp, Option<Guid>, Option<usize>, NodeId)> = nowhere
        .map(|(&node, stamp)| {
            let guid = replica.document.guid(node).map(Guid::from);
            let bearers = guid.as_ref().map_or(&[][..], |guid| replica.nodes.get(guid));
            (stamp, guid.clone(), bearers.iter().position(|&bearer| bearer == node), node)
        })
        .collect();
    nowhere.sort();
    nowhere.into_iter().map(|(_, _, _, node)| node).collect()
}
