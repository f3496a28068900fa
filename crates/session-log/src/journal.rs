//! What an operation changed, so that it can be taken back.
//!
//! Steps hold places and nodes of the moment they were taken. They are valid only last-in first-out, which is how
//! the log undoes.

use otio_document::{NodeId, PropertyPath, PropertyUndo, Withdrawn};

use crate::checkpoint::Purge;
use crate::graves::FromGrave;
use crate::replica::{Alias, Noted, TimelineReplica};
use crate::roles::{Had, Whom};
use crate::{Guid, Stamp};

/// One change inside a timeline.
#[derive(Debug)]
pub(crate) enum Step {
    /// A property had another value, or none.
    Property { node: NodeId, path: PropertyPath, undo: PropertyUndo },
    /// An annotation clip had fewer commands.
    CommandsAppended { node: NodeId, commands_before: usize },
    /// A node came to a place.
    Put { parent: NodeId, place: usize, node: NodeId },
    /// A node, or its tombstone, left a place between these, tombstones included.
    Taken {
        parent: NodeId,
        place: usize,
        node: NodeId,
        buried: bool,
        left: Option<NodeId>,
        right: Option<NodeId>,
    },
    /// A node became a tombstone.
    Buried { parent: NodeId, place: usize, node: NodeId },
    /// A node was placed by another operation before, or by none.
    Placed { node: NodeId, old: Option<Stamp> },
    /// A node was taken out of the tree by another operation before, or by none, or stood in it.
    Gone { node: NodeId, old: Option<Stamp> },
    /// A subtree came into the arena.
    Adopted { node: NodeId },
    /// The object of an insertion was read in.
    Brought { node: NodeId },
    /// A GUID has one bearer more.
    Named { guid: Guid },
    /// A bearer of a GUID, which stood at a place among them, is one no longer.
    Unnamed { guid: Guid, node: NodeId, at: usize },
    /// What was gone for good is in nobody's way any more; its nodes are kept for as long as this can be taken back.
    Purged { node: NodeId },
    /// A GUID stood for another annotation clip before, or for none.
    Aliased { alias: Guid, old: Option<Alias> },
    /// The commands of an annotation clip had other origins.
    Tagged { node: NodeId, old: Option<Vec<Option<Stamp>>> },
    /// The notes of an annotation clip had other origins.
    Noted { node: NodeId, old: Option<Noted> },
}

/// One change of the session around its timelines.
#[derive(Debug)]
pub(crate) enum SessionStep {
    /// A timeline came: a new one, or one out of its grave.
    Came { timeline: Guid, number: u64, out_of: Option<FromGrave> },
    /// A timeline left its place between these; it lies in the youngest grave of its GUID.
    Left { timeline: Guid, place: usize, left: Option<Guid>, right: Option<Guid> },
    /// A timeline stood for this one; it lies in the youngest grave of its GUID. What was carried over from it comes
    /// with the steps that did so.
    Replaced { timeline: Guid, number: u64, out_of: Option<FromGrave>, carried: Vec<Step> },
    /// A clip had another clip timeline, or none.
    ClipTimeline { clip: Guid, old: Option<Guid> },
    /// A user or peer had another role, or none.
    Role { whom: Whom, old: Had },
}

/// What an operation that was undone brought, so that it need not be read again when it is done again.
pub(crate) enum Brought {
    /// A timeline.
    Timeline(Box<TimelineReplica>),
    /// The object of an insertion, as it was read: whatever was done to it was undone before.
    Object(Withdrawn),
}

impl Brought {
    pub(crate) fn timeline(self) -> Option<Box<TimelineReplica>> {
        match self {
            Self::Timeline(replica) => Some(replica),
            Self::Object(_) => None,
        }
    }

    pub(crate) fn object(self) -> Option<Withdrawn> {
        match self {
            Self::Object(object) => Some(object),
            Self::Timeline(_) => None,
        }
    }
}

/// Everything that one operation changed.
#[derive(Debug)]
pub(crate) enum Undo {
    /// Inside one timeline, which stands or lies in a grave.
    InTimeline { timeline: Guid, number: u64, steps: Vec<Step> },
    /// Around the timelines.
    InSession(Vec<SessionStep>),
    /// What was gone for good is in nobody's way any more.
    Purge(Purge),
}
