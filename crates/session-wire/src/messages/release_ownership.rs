//! `BROADCAST_OWNERSHIP_1.0 / RELEASE_OWNERSHIP`

message! {
    /// Says that a peer stopped emitting a channel.
    pub struct ReleaseOwnership = BROADCAST_OWNERSHIP / "RELEASE_OWNERSHIP" is Control {
        sent: "when local input ends before the lease does.",
        received: "the lease ends if that peer holds it.",
        specified: "legacy-protocol §1.5.20",
    }
    {
        /// The channel: `position`, `display`, `structure` or `visibility`.
        category: String = OrDefault,
        /// GUID of the peer.
        peer_guid: String = OrDefault,
    }
}

impl ReleaseOwnership {
    /// `peer_guid` stopped emitting the channel.
    pub fn new(category: impl Into<String>, peer_guid: impl Into<String>) -> Self {
        Self { category: category.into(), peer_guid: peer_guid.into(), ..Self::default() }
    }
}
