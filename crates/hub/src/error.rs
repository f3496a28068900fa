//! What can go wrong with a hub, by reason.

use std::io;
use std::net::SocketAddr;

use session_core::CommandError;

/// Why a hub does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; {}", advice(source))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// A room cannot be opened.
    #[error(transparent)]
    Room(#[from] RoomError),
    /// Two rooms have one name.
    #[error("the session {0:?} is given twice; give every session its own name")]
    SameName(String),
    /// There are more rooms than the hub takes.
    #[error("{found} sessions are more than the {limit} that one hub takes")]
    TooManyRooms {
        /// How many.
        found: usize,
        /// The limit.
        limit: usize,
    },
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there: stop it, or choose another port",
        io::ErrorKind::PermissionDenied => "ports below 1024 need rights: choose a higher one",
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address: choose one it has, or 0.0.0.0 for all"
        }
        _ => "choose another address",
    }
}

/// Why a session cannot be opened in a hub.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoomError {
    /// A stored record is no envelope; its checksum fits, so that another program wrote it.
    #[error(
        "record {seq} of the stored session {session:?} is no message of the protocol: {reason}; \
             a newer program may have written it"
    )]
    Record {
        /// The session.
        session: String,
        /// The record's number.
        seq: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A stored operation is not taken any more; nothing is restored by half.
    #[error(
        "record {seq} of the stored session {session:?} cannot be restored: {reason}; \
             use the program that wrote it, or a newer one"
    )]
    Restore {
        /// The session.
        session: String,
        /// The record's number.
        seq: u64,
        /// Why.
        reason: String,
    },
    /// The operating system gives no thread.
    #[error("cannot start the thread that writes the log: {0}")]
    Thread(#[source] io::Error),
}

/// Why a command to a peer was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandFailure {
    /// The peer refused it.
    #[error(transparent)]
    Refused(#[from] CommandError),
    /// The log takes no operations.
    #[error("the session's log takes no operations: {0}")]
    Store(String),
    /// The room is closed, or the participant has left.
    #[error("the session is closed")]
    Closed,
}
