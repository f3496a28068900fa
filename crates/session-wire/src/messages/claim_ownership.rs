//! `BROADCAST_OWNERSHIP_1.0 / CLAIM_OWNERSHIP`

message! {
    /// Says that a peer is emitting a channel now.
    pub struct ClaimOwnership = BROADCAST_OWNERSHIP / "CLAIM_OWNERSHIP" is Control {
        sent: "before the first message of a burst of local input.",
        received: "the lease goes to the earliest claim, for `visibility` to the latest; it ends after 0.5 \
            s (`display`), 1 s (`position`), 2 s (`structure`) or 3 s (`visibility`) of silence. Ignored \
            where the category is unknown, the GUID empty or the time `null`.",
        specified: "legacy-protocol §1.5.20",
    }
    {
        /// The channel: `position`, `display`, `structure` or `visibility`.
        category: String = OrDefault,
        /// GUID of the claiming peer.
        peer_guid: String = OrDefault,
        /// The claiming peer's wall clock in seconds since 1970.
        claim_ts: Option<f64> = Always,
    }
}

impl ClaimOwnership {
    /// `peer_guid` emits the channel; `claim_ts` in seconds since 1970.
    pub fn new(category: impl Into<String>, peer_guid: impl Into<String>, claim_ts: f64) -> Self {
        let (category, peer_guid) = (category.into(), peer_guid.into());
        Self { category, peer_guid, claim_ts: Some(claim_ts), ..Self::default() }
    }
}
