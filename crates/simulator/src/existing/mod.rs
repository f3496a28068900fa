//! Models of existing peers: what a peer of the reference does on every message, as far as others can see it.
//!
//! Written from the protocol's description alone (legacy-protocol). A model is a state machine: messages are put into
//! its inbox and applied at the next poll, on arrival and in a batch, as the reference's host applications do.

mod annotations;
mod attributes;
mod draw;
mod drawing;
mod editing;
mod joining;
mod leases;
mod mastership;
mod patching;
mod peer;
mod presence;
mod quirks;
mod raised;
mod receiving;
mod replica;
mod script;
mod showing;
#[cfg(test)]
mod tests;
mod timelines;
mod tree;
mod user;
mod view;

pub use peer::App;
pub(crate) use peer::{Config, ExistingPeer};
pub use quirks::{Generation, Quirk, Quirks};
pub(crate) use raised::Exception;
pub(crate) use replica::digest_text;
pub use script::ExistingScript;
