//! What an operation changed, so that it can be taken back.
//!
//! Steps hold places and nodes of the moment they were taken. They are valid only last-in first-out, which is how
//! the log undoes.

use otio_document::{NodeId, PropertyPath, PropertyUndo};

use crate::replica::TimelineReplica;
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
    /// A subtree came into the arena.
    Adopted { node: NodeId },
    /// A GUID has one bearer more.
    Named { guid: Guid },
    /// A GUID stood for another annotation clip before, or for none.
    Aliased { alias: Guid, old: Option<Guid> },
    /// The commands of an annotation clip had other origins.
    Tagged { node: NodeId, old: Option<Vec<Option<Stamp>>> },
}

/// One change of the session around its timelines.
#[derive(Debug)]
pub(crate) enum SessionStep {
    /// A timeline came.
    Came { timeline: Guid },
    /// A timeline left its place.
    Left { timeline: Guid, place: usize, replica: Box<TimelineReplica> },
    /// A timeline stood for this one.
    Replaced { timeline: Guid, old: Box<TimelineReplica> },
    /// A clip had another clip timeline, or none.
    ClipTimeline { clip: Guid, old: Option<Guid> },
    /// A user or peer had another role, or none.
    Role { whom: Whom, old: Had },
}

/// Everything that one operation changed.
#[derive(Debug)]
pub(crate) enum Undo {
    /// Inside one timeline.
    InTimeline { timeline: Guid, steps: Vec<Step> },
    /// Around the timelines.
    InSession(Vec<SessionStep>),
}
