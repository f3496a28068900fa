//! Late operations that need not be slotted in.
//!
//! Setting a property does the same before and after an operation that neither looks at the object nor decides which
//! object the name means (convergence.md §4.5: properties commute). Then nothing is undone for it, and what was recorded
//! to take each of them back stays right in any order.

use otio_document::NodeId;
use session_wire::Message;

use crate::journal::{Step, Undo};
use crate::log::Entry;
use crate::state::SessionState;
use crate::{Action, Operation, SessionLog};

impl SessionLog {
    /// The place of an operation that does there what it does at the end, and changes nothing of what is stamped above
    /// it, if anything is. None where that is not certain.
    pub(crate) fn place_beside_later(&self, operation: &Operation) -> Option<usize> {
        let Message::SetProperty(body) = operation.message() else { return None };
        let is_later = |entry: &&Entry| entry.operation.stamp() > operation.stamp();
        if !self.entries().last().as_ref().is_some_and(is_later) {
            return Some(self.len());
        }
        if self.state().roles().restrict() {
            return None;
        }
        let node = self.state().only_bearer(&body.target_uuid)?;
        let mut place = self.len();
        for entry in self.entries().iter().rev().take_while(is_later) {
            commutes_with_setting(entry, node).then_some(())?;
            place -= 1;
        }
        Some(place)
    }
}

/// Whether an operation leaves alone what a name means and what a node says. Moves and removals look at places only.
fn commutes_with_setting(entry: &Entry, node: NodeId) -> bool {
    match &entry.done {
        Ok((Action::ChildMoved | Action::ChildRemoved | Action::OperationStamped, _)) => true,
        Ok((Action::PropertySet, Undo::InTimeline { steps, .. })) => {
            !steps.iter().any(|step| matches!(step, Step::Property { node: other, .. } if *other == node))
        }
        _ => false,
    }
}

impl SessionState {
    /// The node of a GUID that one node of one timeline carries, standing or not: what it means is then no matter of
    /// where that node stands.
    fn only_bearer(&self, guid: &str) -> Option<NodeId> {
        let [timeline] = self.holders.get(guid)?.as_slice() else { return None };
        let replica = self.timelines.get(timeline)?;
        let [node] = replica.nodes.get(replica.canonical(guid)) else { return None };
        Some(*node)
    }
}
