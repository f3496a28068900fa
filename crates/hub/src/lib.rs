//! The hub: rooms that host review sessions for WebSocket peers, with the log on disk.
//!
//! A [`Room`] is one task that owns a [`session_core::Peer`], the connections of the session and, where it has one, its
//! [`session_store::Store`]; nothing is locked and nothing waits: a message that came in is applied, passed on as the
//! bytes that came, and handed to the disk, whose answer is told as `ACK` when it comes. Every connection has a
//! bounded outbox in three lanes; a reader that falls too far behind is cut and comes back by its frontier.
//!
//! Native peers connect to `/ws?session=NAME` with the subprotocol `otio-sync.v1`, say HELLO first and are bound to the
//! GUID they gave. A room can also hold transport links (RabbitMQ, UDP), over which any GUID may speak; each GUID is at
//! home on the connection that it was first heard on, and what comes from it by another way is an echo and dropped.
//!
//! A room with [`Access`] lets in whoever has the secret of one of its links, and holds them to what the link gives
//! (`docs/decisions/0016-join-links.md`).
//!
//! [`Participant`] runs one peer over one link: what `join`, `record` and `replay` are made of.
//! Every bound is in [`Limits`].

mod access;
mod bucket;
mod clock;
mod door;
mod error;
mod frame;
mod http;
mod hub;
mod limits;
mod link;
mod metrics;
mod outbox;
mod participant;
mod room;
mod socket;
mod status;

pub use access::{Access, Denied, Grant};
pub use error::{CommandFailure, HubError, RoomError};
pub use hub::{Hub, HubConfig, RunningHub};
pub use limits::Limits;
pub use participant::{Participant, ParticipantEvent, ParticipantOptions, Received};
pub use room::{Counts, Room, RoomConfig, RoomEvent, RoomReport, StoreReport};
