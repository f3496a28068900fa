//! `TIMELINE_1.0 / ADD_TIMELINE`

use lossless_json::Value;

message! {
    /// Adds a timeline to the session, clip timelines included.
    pub struct AddTimeline = TIMELINE / "ADD_TIMELINE" is Durable {
        sent: "after a peer made or opened a timeline. Clip timelines are exempt from roles and leases.",
        received: "added, unless a timeline of that GUID is there: the first stamp wins.",
        specified: "legacy-protocol §1.5.8",
    }
    {
        /// GUID of the timeline, as in its `metadata.sync.guid`.
        timeline_guid: String = Required,
        /// The `Timeline.1`.
        timeline: Value = RequiredObject,
        /// The sender's wall clock in seconds since 1970.
        sync_timestamp: Option<f64> = Always,
    }
}

impl AddTimeline {
    /// `timeline` is an OTIO object; `sync_timestamp` in seconds since 1970.
    pub fn new(timeline_guid: impl Into<String>, timeline: Value, sync_timestamp: f64) -> Self {
        Self {
            timeline_guid: timeline_guid.into(),
            timeline,
            sync_timestamp: Some(sync_timestamp),
            ..Self::default()
        }
    }
}
