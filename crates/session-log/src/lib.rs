//! Stamped operations, the ordered set of them and the state that they fold to.
//!
//! A session is a set of operations; its state is their fold in stamp order. [`SessionLog`] holds both: it takes
//! operations in any order, any number of times, and its [`SessionState`] is at every moment what a fold from scratch
//! gives. Two peers that hold the same operations (and the same [`Base`]) therefore show the same bytes.
//! No input or output, no clock, no randomness; every size is bounded by [`limits`].

mod annotation;
mod base;
mod carry;
mod checkpoint;
mod clock;
mod clocks;
mod digest;
mod effect;
mod equivocation;
mod frontier;
mod graves;
mod hash;
mod holdings;
mod identity;
mod inserted;
mod journal;
mod late;
pub mod limits;
mod log;
mod nodes;
mod operation;
mod packing;
mod parcel;
mod permission;
mod place;
mod property;
pub mod recording;
mod replica;
mod roles;
mod seen;
mod slots;
mod stamp;
mod stamping;
mod state;
mod structure;
mod timelines;
mod undo;

pub use base::Base;
pub use checkpoint::{AdoptedState, Settled, SettledState, SettledStep, Settling, StateError, StatePieces};
pub use clock::{HybridClock, Observed};
pub use effect::{Action, NoEffect};
pub use frontier::Frontier;
pub use holdings::Holdings;
pub use inserted::{Adopted, Inserted, LogRefusal, Outcome};
pub use log::SessionLog;
pub use operation::{Operation, OperationError};
pub use parcel::{PackingError, pack_operations, unpack_operations};
pub use permission::{Group, Role};
pub use place::opentimelineio_index;
pub use roles::Roles;
pub use seen::Seen;
pub use stamp::{Guid, OperationId, OperationIdError, Stamp};
pub use state::SessionState;
pub use undo::Change;
