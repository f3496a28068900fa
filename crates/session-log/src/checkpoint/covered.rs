//! What a settled state remembers of what it covers.

use session_wire::Checkpoint;

use super::existing::Existing;
use super::place_of;
use super::runs::Runs;
use crate::{Frontier, OperationId, Stamp};

/// The latest runs of our peers and the latest operations of existing peers. Part of the state's text: replicas of one
/// state remember the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Covered {
    pub(super) runs: Runs,
    pub(super) existing: Existing,
}

impl Covered {
    /// With what a checkpoint adds: these operations, at their places.
    pub(super) fn with<'a>(&self, body: &Checkpoint, operations: impl Iterator<Item = &'a Stamp>) -> Self {
        let added = Frontier::from_wire(&body.frontier);
        Self {
            runs: self.runs.with(&added, &body.gaps, operations, body.remembers),
            existing: self.existing.with(place_of(&body.upto).hlc_us, &body.existing),
        }
    }

    /// Whether an operation is certainly held.
    pub(super) fn covers(&self, id: &OperationId) -> bool {
        if id.is_of_existing_peer() { self.existing.contains(id.seq) } else { self.runs.covers(id) }
    }

    /// Whether an operation that is not covered may have been, before that was forgotten.
    pub(super) fn may_have_covered(&self, stamp: &Stamp) -> bool {
        if stamp.id.is_of_existing_peer() {
            self.existing.may_have_covered(stamp.hlc_us)
        } else {
            self.runs.may_have_covered(stamp)
        }
    }
}
