//! What became of operations and bases that were handed to a log.

use crate::{Action, Guid, NoEffect, OperationId};

/// What became of an operation that was handed to the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inserted {
    /// Which one.
    pub id: OperationId,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is in the log.
    New {
        /// What it did at its place.
        effect: Result<Action, NoEffect>,
        /// How many operations stamped above it were undone and done again.
        redone: usize,
    },
    /// It was in the log.
    Duplicate,
    /// It stands in the place of another one of the same identity, which said something else and is gone: their author is
    /// broken or hostile, and everybody keeps the same one of them.
    Replaced {
        /// How many operations were undone and done again.
        redone: usize,
    },
    /// It is not in the log.
    Refused(LogRefusal),
}

/// Why the log does not take an operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogRefusal {
    /// The log holds an operation of that identity that says something else: its author is broken or hostile.
    #[error("the log holds another operation of the same identity")]
    Equivocation,
    /// The log is full.
    #[error("the log holds {max} operations, which is its limit; start a new session from its state")]
    LogFull {
        /// The bound.
        max: usize,
    },
    /// It lies where everything is settled, and is no part of that: it came too late.
    #[error("it is older than what is settled, and came too late for it")]
    Settled,
    /// Too many operations of one run wait for one that is missing below them.
    #[error("{max} operations of that run wait for an earlier one that is missing")]
    GapTooWide {
        /// The bound.
        max: usize,
    },
}

/// What became of a base that was handed to the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Adopted {
    /// The log starts from it now.
    Now {
        /// Timelines that cannot be read and were left out.
        unreadable: Vec<(Guid, NoEffect)>,
    },
    /// The log started from it already.
    Already,
    /// The log starts from one that goes before it.
    KeptOwn,
}
