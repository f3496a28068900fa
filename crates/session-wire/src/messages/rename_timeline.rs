//! `TIMELINE_1.0 / RENAME_TIMELINE`

message! {
    /// Gives a timeline another name.
    pub struct RenameTimeline = TIMELINE / "RENAME_TIMELINE" is Durable {
        sent: "after a peer renamed a timeline.",
        received: "the name is set if the timeline is known and the name is not empty.",
        specified: "legacy-protocol §1.5.9",
    }
    {
        /// GUID of the timeline.
        timeline_guid: String = Required,
        /// Its name.
        name: String = OrDefault,
        /// The sender's wall clock in seconds since 1970.
        sync_timestamp: Option<f64> = Always,
    }
}

impl RenameTimeline {
    /// The timeline has that name; `sync_timestamp` in seconds since 1970.
    pub fn new(timeline_guid: impl Into<String>, name: impl Into<String>, sync_timestamp: f64) -> Self {
        let (timeline_guid, name) = (timeline_guid.into(), name.into());
        Self { timeline_guid, name, sync_timestamp: Some(sync_timestamp), ..Self::default() }
    }
}
