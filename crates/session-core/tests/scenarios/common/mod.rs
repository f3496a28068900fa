//! Several peers on a network in memory, in virtual time.

pub mod documents;
pub mod existing;
pub mod mixed;
pub mod network;
pub mod random;

pub use documents::{clip, gap, timeline};
pub use existing::Existing;
pub use network::{Network, give};
pub use random::Random;
