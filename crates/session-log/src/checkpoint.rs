//! Letting go of operations that nobody will add to.
//!
//! A `CHECKPOINT` is an operation: at its place in the fold, what was removed up to the place that it names is gone for
//! good, in everybody's replica alike. Whoever holds all that it covers, and comes to the state that it names, keeps that
//! state and drops the operations and their undo records. From then on an operation at or below that place is either
//! covered, and so a duplicate, or refused.

mod covered;
mod existing;
mod gaps;
mod kept;
mod making;
mod pieces;
mod purge;
mod reading;
mod runs;
mod settle;
mod survey;
mod writing;

pub(crate) use kept::Kept;
pub(crate) use purge::Purge;

pub use pieces::StatePieces;
pub use reading::{SettledState, StateError};

use std::sync::Arc;

use covered::Covered;
use gaps::Gaps;
use session_wire::Place;

use crate::{Frontier, Guid, Operation, OperationId, Stamp};

/// The place up to which a log keeps a state instead of operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub(crate) id: String,
    pub(crate) upto: Stamp,
    pub(crate) covered: Covered,
    /// None where the state came from somebody else.
    pub(crate) step: Option<SettledStep>,
}

/// What the checkpoint that was last followed added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledStep {
    /// Id of the state before, or of the base; none where there was neither.
    pub after: Option<String>,
    /// The runs of our peers, with their last numbers.
    pub frontier: Frontier,
    /// Ids of the operations of existing peers.
    pub existing: Vec<u64>,
    /// Numbers among those of the runs that nobody had.
    pub(crate) gaps: Gaps,
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

    /// What the state holds of our peers, as far as it remembers: the latest runs.
    pub const fn frontier(&self) -> &Frontier {
        self.covered.runs.numbers()
    }

    /// How this log came to it from the state before; none where the state came from somebody else.
    pub const fn step(&self) -> Option<&SettledStep> {
        self.step.as_ref()
    }

    /// How many of the runs that the state remembers have made something later than this one.
    pub fn later_runs(&self, source: &Guid, run: &Arc<str>) -> usize {
        self.covered.runs.later_than(source, run)
    }

    /// How many operations of our peers another state holds that this one certainly does not.
    pub fn lacks(&self, other: &Self) -> u64 {
        self.covered.runs.lacks(&other.covered.runs)
    }

    /// Whether the state may hold an operation although it does not know: it has forgotten its run, or what it covered of
    /// existing peers then.
    pub fn may_hold(&self, stamp: &Stamp) -> bool {
        *stamp <= self.upto && self.covered.may_have_covered(stamp)
    }

    /// Whether an operation is certainly in the state: known as long as its run, or it itself, is remembered.
    pub(crate) fn covers(&self, id: &OperationId) -> bool {
        self.covered.covers(id)
    }
}

impl SettledStep {
    fn covers(&self, id: &OperationId) -> bool {
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
        /// Operations of runs that the state has forgotten, so old that it may cover them or not.
        uncertain: Vec<Operation>,
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
