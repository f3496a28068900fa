//! `OTIO_SESSION_1.0 / MOVE_CHILD`

message! {
    /// Moves an object within its track or stack.
    pub struct MoveChild = OTIO_SESSION / "MOVE_CHILD" is Durable {
        sent: "for every reordering. Ours add `op.after` and `op.before`.",
        received: "the child is taken out and inserted at the index, which counts without it and is \
            clamped. An unknown parent or child is remembered as unresolved.",
        specified: "legacy-protocol §1.5.14",
    }
    {
        /// GUID of the track or stack.
        parent_uuid: String = Required,
        /// GUID of the object.
        child_uuid: String = Required,
        /// Position among the other children from 0.
        to_index: i64 = Required,
        /// The sender's wall clock in seconds since 1970.
        sync_timestamp: Option<f64> = Always,
    }
}

impl MoveChild {
    /// The child stands at `to_index`; `sync_timestamp` in seconds since 1970.
    pub fn new(
        parent_uuid: impl Into<String>,
        child_uuid: impl Into<String>,
        to_index: i64,
        sync_timestamp: f64,
    ) -> Self {
        let (parent_uuid, child_uuid) = (parent_uuid.into(), child_uuid.into());
        Self { parent_uuid, child_uuid, to_index, sync_timestamp: Some(sync_timestamp), ..Self::default() }
    }
}
