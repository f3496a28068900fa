//! Why a command was not carried out.

use crate::roles::{Group, Role};

/// Why a command was not carried out. Nothing of it was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The command's name is not known.
    #[error("{0:?} is no command: use {names}", names = crate::command::NAMES.join(", "))]
    UnknownCommand(String),
    /// A field of the command is missing.
    #[error("{command}: field {field:?} is missing; give {expected}")]
    MissingField {
        /// The command's name.
        command: &'static str,
        /// The field.
        field: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
    /// A field of the command holds something else.
    #[error("{command}: field {field:?} holds {found}; give {expected}")]
    WrongField {
        /// The command's name.
        command: &'static str,
        /// The field.
        field: &'static str,
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// There is no session yet.
    #[error("not in a session yet (status {0}): wait for the effect \"status\" with \"SYNCED\"")]
    NotSynced(&'static str),
    /// An observer only looks on.
    #[error("this peer only observes the session: join it to take part")]
    ObserverOnly,
    /// The role forbids it.
    #[error("role {role} may not {words}: ask a driver for another role", words = group.in_words())]
    Role {
        /// One's own role.
        role: Role,
        /// What it forbids.
        group: Group,
    },
    /// A driver cannot give that role up: the session might be left without one.
    #[error("nobody gives up the role of driver: make somebody else a driver and let them take yours")]
    OwnRole,
    /// A GUID names nothing in the session.
    #[error("{what} {guid:?} is not in the session: see the command \"state\" for what is")]
    UnknownGuid {
        /// What was looked for.
        what: &'static str,
        /// The GUID.
        guid: String,
    },
    /// A GUID names something of another kind.
    #[error("{guid:?} is {found}: give the GUID of {expected}")]
    WrongKind {
        /// The GUID.
        guid: String,
        /// What it is.
        found: String,
        /// What is needed.
        expected: &'static str,
    },
    /// An object is there already.
    #[error("{guid:?} is in the session already: leave the GUID out, or change what is there")]
    GuidTaken {
        /// The GUID.
        guid: String,
    },
    /// The object is not a child of that parent.
    #[error("{child:?} is not a child of {parent:?}")]
    NotAChild {
        /// The child.
        child: String,
        /// The parent.
        parent: String,
    },
    /// A property cannot be set so.
    #[error("property {path:?} of {guid:?}: {reason}")]
    Property {
        /// The object.
        guid: String,
        /// The path.
        path: String,
        /// Why, and what would do.
        reason: String,
    },
    /// A value is no OTIO object that fits there.
    #[error("{what}: {reason}")]
    Document {
        /// What was given.
        what: &'static str,
        /// Why it does not fit.
        reason: String,
    },
    /// An existing peer would fail on the message that this needs.
    #[error("{what}: peers of the reference implementation would fail on it; {instead}")]
    WouldFailElsewhere {
        /// What.
        what: String,
        /// What to do in its place.
        instead: &'static str,
    },
    /// There is nothing to take back, or to do again.
    #[error("nothing to {0}")]
    NothingTo(&'static str),
    /// What was to be taken back has been changed by others since.
    #[error("{0}: others have changed all of it since; nothing is left to take back")]
    Overtaken(&'static str),
    /// A bound is reached.
    #[error("{what} has {found}, at most {limit} are allowed")]
    Limit {
        /// What.
        what: &'static str,
        /// How many or how large.
        found: usize,
        /// The bound.
        limit: usize,
    },
    /// The log did not take the operation.
    #[error("the operation was not taken: {0}")]
    NotTaken(String),
}
