//! What a peer gives to whoever drives it.

use std::sync::Arc;

use session_log::{Guid, OperationId};
use session_wire::Envelope;

use crate::command::Reply;
use crate::effect::Effect;
use crate::error::CommandError;

/// One thing to do for a peer, in the order it came up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Output {
    /// Send an envelope.
    Send {
        /// What.
        envelope: Arc<Envelope>,
        /// To whom; where the transport knows only everybody, everybody will do: others ignore it.
        to: Option<Guid>,
    },
    /// Tell the user or the application.
    Effect(Effect),
    /// The answer to a command.
    Reply {
        /// The number that the command came with.
        id: u64,
        /// What came of it.
        result: Result<Reply, CommandError>,
    },
    /// Append to the session's log. Every durable envelope comes by once, own and received, in the order in
    /// which it was taken in; so does a snapshot that the log starts from. Where a log has been shortened,
    /// [`crate::Peer::compacted`] may stand for all that came by so far.
    Persist(Arc<Envelope>),
}

/// What became of a received envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Receipt {
    /// It was taken in.
    Accepted {
        /// The operation that it is, where it is one.
        durable: Option<OperationId>,
        /// Whether a hub passes it on to its other connections.
        relay: bool,
    },
    /// It says nothing to this peer.
    Ignored(Ignored),
    /// It was refused; counted under the reason.
    Refused(Refusal),
}

impl Receipt {
    /// Whether a hub passes the envelope on to its other connections.
    pub const fn relay(&self) -> bool {
        matches!(
            self,
            Self::Accepted { relay: true, .. } | Self::Ignored(Ignored::Unknown | Ignored::ForAnother)
        )
    }
}

/// Why an envelope says nothing to this peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Ignored {
    /// This peer sent it itself.
    Echo,
    /// It was here before.
    Duplicate,
    /// It is meant for another peer; a hub passes it on.
    ForAnother,
    /// A message that this version does not know; a hub passes it on.
    Unknown,
    /// An answer that nobody asked for, or that came too late.
    NotAskedFor,
    /// It comes too often to be answered each time; an operation is asked for later.
    TooOften,
    /// Another session's.
    OtherSession,
    /// Before the start or after the departure.
    NotTakingPart,
}

/// A refused envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// What exactly, in words.
    pub detail: String,
}

/// Why an envelope is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RefusalReason {
    /// It lacks a source GUID, a session or a field that it cannot do without.
    Malformed,
    /// A snapshot that this peer did not ask for, or not from its sender.
    UnsolicitedSnapshot,
    /// A claim of mastership that a serving master of ours does not yield to.
    MastershipTaken,
    /// A second message under an identity that another has.
    Equivocation,
    /// Another process uses this peer's GUID.
    ForeignIdentity,
    /// A bound is reached.
    Limit,
    /// It came too late for what is settled; its author makes it anew.
    Settled,
    /// The log does not take the operation.
    Operation,
    /// The document of a snapshot cannot be read.
    Document,
    /// The sender's role forbids it.
    Role,
    /// It is stamped further ahead of the time here than clocks differ.
    Clock,
}

impl RefusalReason {
    /// A short word for counters and the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnsolicitedSnapshot => "unsolicited_snapshot",
            Self::MastershipTaken => "mastership_taken",
            Self::Equivocation => "equivocation",
            Self::ForeignIdentity => "foreign_identity",
            Self::Limit => "limit",
            Self::Settled => "settled",
            Self::Operation => "operation",
            Self::Document => "document",
            Self::Role => "role",
            Self::Clock => "clock",
        }
    }
}
