//! A peer of the roster.

use super::Identity;
use crate::body::wire_object;

wire_object! {
    /// A peer of the roster, without the time it was last heard.
    pub struct PeerEntry {
        /// The program.
        app: String = LooseOrDefault,
        /// What it can do.
        capabilities: Vec<String> = LooseOrDefault,
        /// Its role, where it is known.
        role: Option<String> = Loose,
        /// Who sits at it, where it is known.
        identity: Option<Identity> = Loose,
    }
}
