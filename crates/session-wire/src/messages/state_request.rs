//! `LiveSession.1 / STATE_REQUEST`

message! {
    /// Asks the master for the whole state.
    pub struct StateRequest = LIVE_SESSION / "STATE_REQUEST" is Control {
        sent: "by a joining peer that knows a master, and by a peer that found itself diverged.",
        received: "the master answers with `STATE_SNAPSHOT` to the requester, whatever `target_guid` says; \
            other peers ignore it.",
        specified: "legacy-protocol §1.5.3",
    }
    {
        /// GUID of the master meant.
        target_guid: String = OrDefault,
        /// GUID of the peer that asks; where it is empty, `source_guid` asks.
        requester_guid: String = OrDefault,
    }
}

impl StateRequest {
    /// `requester_guid` asks `target_guid`.
    pub fn new(target_guid: impl Into<String>, requester_guid: impl Into<String>) -> Self {
        Self { target_guid: target_guid.into(), requester_guid: requester_guid.into(), ..Self::default() }
    }
}
