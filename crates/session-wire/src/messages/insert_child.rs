//! `OTIO_SESSION_1.0 / INSERT_CHILD`

use lossless_json::Value;

message! {
    /// Puts an object into a track or stack: a clip, a gap, a track, or an annotation clip with its commands.
    pub struct InsertChild = OTIO_SESSION / "INSERT_CHILD" is Durable {
        sent: "for every insertion, for every committed annotation, and for what comes back by an undo. \
            Ours add `op.after` and `op.before`.",
        received: "inserted at the index, clamped to the list. An annotation clip for a clip and frame \
            that has one already is merged into it: its commands are appended. An unknown parent is \
            remembered as unresolved.",
        specified: "legacy-protocol §1.5.13",
    }
    {
        /// GUID of the track or stack.
        parent_uuid: String = Required,
        /// Position among the children from 0; −1 appends.
        index: i64 = Index,
        /// The object, with a GUID at every level.
        child_data: Value = RequiredObject,
        /// The sender's wall clock in seconds since 1970.
        sync_timestamp: Option<f64> = Always,
    }
}

impl InsertChild {
    /// Appends.
    pub const APPEND: i64 = -1;

    /// `child_data` is an OTIO object; `sync_timestamp` in seconds since 1970.
    pub fn new(parent_uuid: impl Into<String>, index: i64, child_data: Value, sync_timestamp: f64) -> Self {
        let parent_uuid = parent_uuid.into();
        Self { parent_uuid, index, child_data, sync_timestamp: Some(sync_timestamp), ..Self::default() }
    }
}
