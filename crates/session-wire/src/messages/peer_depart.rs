//! `LiveSession.1 / PEER_DEPART`

message! {
    /// Says that a peer leaves.
    pub struct PeerDepart = LIVE_SESSION / "PEER_DEPART" is Control {
        sent: "once by a peer that closes, as best it can.",
        received: "the peer is dropped from the roster and its leases are released. The master stays the \
            master.",
        specified: "legacy-protocol §1.5.6",
    }
    {
        /// GUID of the peer; where it is empty, `source_guid`.
        peer_guid: String = OrDefault,
    }
}

impl PeerDepart {
    /// `peer_guid` leaves.
    pub fn new(peer_guid: impl Into<String>) -> Self {
        Self { peer_guid: peer_guid.into(), ..Self::default() }
    }
}
