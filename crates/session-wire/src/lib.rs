//! Every message of the review protocol, typed, in every dialect that is spoken.
//!
//! One message is one JSON object. [`Envelope::decode`] reads the bytes of one, whoever wrote them: the reference
//! peers of today, their older dialects, the spellings of the ASWF page, and this project's own peers.
//! [`Envelope::encode`] writes what a latest reference peer writes. What this version does not know is kept and
//! written again, so that an older relay never costs a newer peer anything.
//! No input or output, no clock, no randomness; every size is limited by [`limits`].

mod body;
mod dialect;
mod envelope;
mod error;
mod frontier;
pub mod limits;
mod message;
mod messages;
mod operation_fields;
mod packed;
mod parts;
mod protocol_reference;

pub use body::{AsReceived, FieldInfo, Presence};
pub use dialect::Dialect;
pub use envelope::Envelope;
pub use error::{DecodeError, FieldError, FieldProblem};
pub use frontier::{WireFrontier, frontier_key, split_frontier_key};
pub use message::{MESSAGES, Message, MessageInfo, MessageType, Traffic, families};
pub use messages::*;
pub use operation_fields::{Anchor, OperationFields, operation_field_table};
pub use packed::Packed;
pub use parts::*;
pub use protocol_reference::protocol_reference;
