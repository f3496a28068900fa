//! `TIMELINE_1.0 / REMOVE_TIMELINE`

message! {
    /// Takes a timeline out of the session.
    pub struct RemoveTimeline = TIMELINE / "REMOVE_TIMELINE" is Durable {
        sent: "after a peer removed a timeline. Peers older than 2026-06-20 ignore it.",
        received: "the timeline is removed, with the clip timelines of its clips; an unknown GUID is \
            ignored.",
        specified: "legacy-protocol §1.5.10",
    }
    {
        /// GUID of the timeline.
        timeline_guid: String = Required,
        /// The sender's wall clock in seconds since 1970.
        sync_timestamp: Option<f64> = Always,
    }
}

impl RemoveTimeline {
    /// The timeline is gone; `sync_timestamp` in seconds since 1970.
    pub fn new(timeline_guid: impl Into<String>, sync_timestamp: f64) -> Self {
        Self { timeline_guid: timeline_guid.into(), sync_timestamp: Some(sync_timestamp), ..Self::default() }
    }
}
