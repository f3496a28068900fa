//! Who is emitting a channel.

use crate::body::wire_object;

wire_object! {
    /// Who is emitting a channel now.
    pub struct LeaseEntry {
        /// GUID of the peer.
        owner_guid: String = OrDefault,
        /// How long the lease still holds, in ms.
        remaining_ms: f64 = OrDefault,
    }
}

impl LeaseEntry {
    /// `owner_guid` emits for `remaining_ms` ms more.
    pub fn new(owner_guid: impl Into<String>, remaining_ms: f64) -> Self {
        Self { owner_guid: owner_guid.into(), remaining_ms, ..Self::default() }
    }
}
