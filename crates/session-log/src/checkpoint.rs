//! Letting go of operations that nobody will add to.
//!
//! A `CHECKPOINT` is an operation: at its place in the fold, what was removed up to the place that it names is gone for
//! good, in everybody's replica alike. Whoever holds all that it covers, and comes to the state that it names, keeps that
//! state and drops the operations and their undo records. From then on an operation at or below that place is either
//! covered, and so a duplicate, or refused.

mod gaps;
mod kept;
mod making;
mod pieces;
mod purge;
mod reading;
mod settle;
mod survey;
mod writing;

pub(crate) use gaps::Gaps;
pub(crate) use kept::Kept;
pub(crate) use purge::Purge;

pub use pieces::StatePieces;
pub use reading::{SettledState, StateError};

use session_wire::Place;

use crate::{Frontier, Operation, OperationId, Stamp};

/// The place up to which a log keeps a state instead of operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub(crate) id: String,
    pub(crate) upto: Stamp,
    pub(crate) frontier: Frontier,
    /// What the state does not hold although it lies below that.
    pub(crate) gaps: Gaps,
    /// Operations of existing peers that the last checkpoint added.
    pub(crate) existing: Vec<u64>,
}

impl Settled {
    /// The id of the state: a hash of its text.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The last place that is settled.
    pub const fn upto(&self) -> &Stamp {
        &self.upto
    }

    /// What the state holds of our peers.
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The ids of the operations of existing peers that the last checkpoint added to the state.
    pub fn existing(&self) -> &[u64] {
        &self.existing
    }

    pub(crate) fn covers(&self, id: &OperationId) -> bool {
        if id.is_of_existing_peer() {
            self.existing.contains(&id.seq)
        } else {
            self.frontier.covers(id) && !self.gaps.contains(id)
        }
    }
}

/// What came of looking whether a checkpoint can be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Settling {
    /// The log keeps the state at its place, and no operations up to there.
    Done {
        /// How many operations were let go.
        operations: usize,
    },
    /// The same operations fold to another state here: this replica, or the one that made the checkpoint, is wrong.
    Differs {
        /// The checkpoint.
        checkpoint: OperationId,
    },
    /// The log holds operations up to there that the checkpoint does not cover.
    Uncovered {
        /// The checkpoint.
        checkpoint: OperationId,
        /// How many.
        operations: usize,
    },
}

/// What became of a settled state that was handed to a log.
#[derive(Clone, Debug)]
pub enum AdoptedState {
    /// The log starts from it now.
    Now {
        /// Operations at or below its place that it does not cover, in stamp order. Their authors have to make them anew;
        /// own ones are among them that were let go of, as far as they were kept.
        left_behind: Vec<Operation>,
    },
    /// The log starts from it already.
    Already,
    /// The log starts from one that reaches further.
    KeptOwn,
}

/// The stamp that a place on the wire names.
pub(crate) fn place_of(place: &Place) -> Stamp {
    let (source, run) = (place.source_guid.as_str().into(), place.run.as_str().into());
    Stamp { hlc_us: place.hlc, id: OperationId { source, run, seq: place.seq } }
}

pub(crate) fn wire_place(stamp: &Stamp) -> Place {
    Place::new(stamp.hlc_us, &*stamp.id.source, &*stamp.id.run, stamp.id.seq)
}
