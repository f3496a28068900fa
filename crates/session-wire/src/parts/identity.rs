//! Who sits at a peer.

use crate::body::wire_object;

wire_object! {
    /// Who sits at a peer, as they say themselves; nobody verified it.
    pub struct Identity {
        /// Account name; roles are remembered by it.
        user: String = LooseOrDefault,
        /// Given name.
        first_name: String = LooseOrDefault,
        /// Family name.
        last_name: String = LooseOrDefault,
        /// Name of the machine.
        host: String = LooseOrDefault,
        /// Where it comes from: `local`, `override`, ….
        source: String = LooseOrDefault,
    }
}

impl Identity {
    /// Whether it says nothing; the reference keeps what it knew then.
    pub fn is_blank(&self) -> bool {
        [&self.user, &self.first_name, &self.last_name, &self.host]
            .iter()
            .all(|field| field.trim().is_empty())
    }
}
