//! `TIMELINE_1.0 / REPLACE_TIMELINE`

use lossless_json::Value;

message! {
    /// Replaces a whole timeline.
    pub struct ReplaceTimeline = TIMELINE / "REPLACE_TIMELINE" is Durable {
        sent: "for structural edits of timelines whose `metadata.sync.origin` is `otio_import`, and by \
            xStudio for full exports.",
        received: "the timeline is replaced, and added where it is not known.",
        specified: "legacy-protocol §1.5.11",
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

impl ReplaceTimeline {
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
