//! `LiveSession.1 / WHO_IS_MASTER`

message! {
    /// Asks who serves the state of the session.
    pub struct WhoIsMaster = LIVE_SESSION / "WHO_IS_MASTER" is Control {
        sent: "by a peer that has no session state yet, again and again until somebody answers (RV every \
            33 ms, the recorder every second).",
        received: "the master answers at once with `I_AM_MASTER`. Any other peer that has the state notes \
            that the master seems to be gone, and takes over after 2 s without an answer.",
        specified: "legacy-protocol §1.5.1",
    }
    {
        /// GUID of the asking peer; receivers go by `source_guid`.
        requester_guid: String = OrDefault,
    }
}

impl WhoIsMaster {
    /// Asked by `requester_guid`.
    pub fn new(requester_guid: impl Into<String>) -> Self {
        Self { requester_guid: requester_guid.into(), ..Self::default() }
    }
}
