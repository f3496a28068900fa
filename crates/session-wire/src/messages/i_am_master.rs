//! `LiveSession.1 / I_AM_MASTER`

message! {
    /// Says who serves the state of the session. The envelope of this one message carries `"schema":
    /// "SYNC_REVIEW_1.0"`.
    pub struct IAmMaster = LIVE_SESSION / "I_AM_MASTER" is Control {
        sent: "by the master in answer to `WHO_IS_MASTER`, and by a peer that takes over.",
        received: "a joining peer asks the named peer for the state. A master of higher rank (driver \
            before others) claims back; everybody else remembers the named peer.",
        specified: "legacy-protocol §1.5.2",
    }
    {
        /// GUID of the master.
        master_guid: String = OrDefault,
    }
}

impl IAmMaster {
    /// `master_guid` is the master.
    pub fn new(master_guid: impl Into<String>) -> Self {
        Self { master_guid: master_guid.into(), ..Self::default() }
    }
}
