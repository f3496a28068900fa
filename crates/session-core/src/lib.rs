//! One participant of a review session: a fully deterministic state machine without sockets, clock, threads or
//! randomness of its own.
//!
//! Whoever drives a [`Peer`] hands in time ([`Now`]), entropy ([`PeerConfig::entropy`]), received envelopes and
//! commands, and polls [`Output`]s: envelopes to send, effects to tell, replies, and what to append to the
//! session's log. A peer looks for the session, joins it or hosts it, keeps its log equal to that of every other
//! peer of ours (anti-entropy by frontiers), serves snapshots to existing peers, keeps the roster, the roles, the
//! leases and the shared view. Applying what others sent never sends a message beyond answers of the protocol:
//! only commands do.
//!
//! A [`Survey`] is no participant: it looks on, and tells who is there.

mod budget;
mod clock;
mod command;
mod commands;
mod config;
mod confirmation;
mod discovery;
mod durable;
mod effect;
mod ephemeral;
mod error;
mod exchange;
mod gate;
mod identity;
mod join;
mod leases;
pub mod limits;
mod mastership;
mod mint;
mod output;
mod peer;
mod presence;
mod rate;
mod receive;
mod restore;
mod roles;
mod roster;
mod runs;
mod settlement;
mod snapshot;
mod stamping;
mod status;
mod steward;
mod survey;
mod timers;
mod undo_stack;
mod view;

pub use clock::Now;
pub use command::{Command, NAMES as COMMAND_NAMES, Note, Reply};
pub use commands::is_unreadable_elsewhere;
pub use config::{Checkpoints, Delivery, Opening, PeerConfig};
pub use confirmation::Confirmation;
pub use effect::{Effect, Warning};
pub use error::CommandError;
pub use gate::Sender;
pub use identity::Identity;
pub use leases::Channel;
pub use output::{Ignored, Output, Receipt, Refusal, RefusalReason};
pub use peer::Peer;
pub use restore::Restored;
pub use roles::{Group, Role};
pub use roster::Participant;
pub use settlement::Compacted;
pub use status::Status;
pub use steward::Generation;
pub use survey::{Finding, Gap, Kind, KnownBy, Onlooker, PeerReport, Severity, Survey, SurveyReport};
pub use view::View;
