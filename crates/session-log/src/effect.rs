//! What an operation did, or why it did nothing.

use crate::{Group, Guid, Role};

/// What an operation did at its place in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// A timeline came into the session.
    TimelineAdded,
    /// The timeline of one clip came into the session; the reference reports nothing for it.
    ClipTimelineAdded,
    /// A timeline has another name.
    TimelineRenamed,
    /// A timeline left the session, and with it the clip timelines of its clips.
    TimelineRemoved {
        /// The clip timelines that left with it.
        with: Vec<Guid>,
    },
    /// A timeline stands for another one now, or is new.
    TimelineReplaced,
    /// A property of an object has another value.
    PropertySet,
    /// An object has a new child.
    ChildInserted,
    /// Strokes or a note came to an annotation clip of that clip and frame that was there already.
    AnnotationCommandsAdded {
        /// The annotation clip that was there.
        canonical: Guid,
    },
    /// A child stands elsewhere.
    ChildMoved,
    /// A child is no longer shown.
    ChildRemoved,
    /// An annotation clip has other commands.
    AnnotationCommandsReplaced,
    /// A user has another role.
    PeerRoleSet,
    /// What was removed up to a place in the order is gone for good.
    Settled,
    /// An operation of an existing peer has a place by it; what that one does is its own effect.
    OperationStamped,
}

impl Action {
    /// The word that the reference's `tick()` returns for it, where it returns one.
    pub const fn reference_name(&self) -> Option<&'static str> {
        Some(match self {
            Self::TimelineAdded => "add_timeline",
            Self::TimelineRenamed => "timeline_renamed",
            Self::TimelineRemoved { .. } => "remove_timeline",
            Self::TimelineReplaced => "replace_timeline",
            Self::PropertySet => "set_property",
            Self::ChildInserted => "insert_child",
            Self::AnnotationCommandsAdded { .. } => "annotation_commands_added",
            Self::ChildMoved => "move_child",
            Self::ChildRemoved => "remove_child",
            Self::AnnotationCommandsReplaced => "annotation_commands_replaced",
            Self::ClipTimelineAdded | Self::PeerRoleSet | Self::Settled | Self::OperationStamped => {
                return None;
            }
        })
    }
}

/// Why an operation did nothing at its place in the order. It keeps that place: when an earlier operation arrives
/// later that brings what was missing, it takes effect by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoEffect {
    /// The session holds no such timeline.
    #[error("the session holds no timeline {0:?}")]
    UnknownTimeline(String),
    /// No timeline holds an object of that name.
    #[error("no timeline holds an object {0:?}")]
    UnknownTarget(String),
    /// No timeline holds the parent.
    #[error("no timeline holds a parent {0:?}")]
    UnknownParent(String),
    /// The timeline of the parent holds no such child.
    #[error("the parent's timeline holds no child {0:?}")]
    UnknownChild(String),
    /// The child was removed; removal wins.
    #[error("{0:?} was removed")]
    Removed(String),
    /// The child has another parent.
    #[error("{0:?} is no child of that parent")]
    OtherParent(String),
    /// The parent cannot have children that come and go.
    #[error("{0:?} takes no children")]
    NotAComposition(String),
    /// The target is no annotation clip: it cannot carry commands.
    #[error("{0:?} is no clip")]
    NotAClip(String),
    /// That name is there already.
    #[error("{0:?} is there already")]
    AlreadyThere(String),
    /// The new parent lies inside the child.
    #[error("{0:?} would lie inside itself")]
    Cycle(String),
    /// A required field is missing or of another type.
    #[error("the field {0:?} is missing or of the wrong type")]
    Malformed(&'static str),
    /// The property cannot be set like that.
    #[error("cannot set {path:?}: {reason}")]
    Property {
        /// The path.
        path: String,
        /// What stands in the way.
        reason: String,
    },
    /// The document or subtree cannot be read.
    #[error("the object cannot be read: {0}")]
    Unreadable(String),
    /// A bound of [`crate::limits`] would be passed.
    #[error("more than {max} {what}")]
    Limit {
        /// What there would be too many of.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// Its author's role forbids it at its place in the order.
    #[error("a {role} may not {words}", words = group.in_words())]
    Role {
        /// The role that its author has there.
        role: Role,
        /// What that forbids.
        group: Group,
    },
    /// A driver would take that role from itself, and the session might be left without one.
    #[error("nobody gives up the role of driver: another driver takes it")]
    OwnRole,
    /// Its author, an existing peer, does not say when it was made, and no steward has said it yet.
    #[error("nobody has said yet when it was made")]
    Untimed,
    /// A repair for existing peers: our own peers have no need of it.
    #[error("a repair for existing peers")]
    Repair,
}
