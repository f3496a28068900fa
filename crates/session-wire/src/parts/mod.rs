//! Objects that stand inside messages.

mod existing_summary;
mod identity;
mod lease_entry;
mod peer_entry;
mod rational_time;
mod secret;
mod session_roles;

pub use existing_summary::ExistingSummary;
pub use identity::Identity;
pub use lease_entry::LeaseEntry;
pub use peer_entry::PeerEntry;
pub use rational_time::RationalTime;
pub use secret::Secret;
pub use session_roles::SessionRoles;
