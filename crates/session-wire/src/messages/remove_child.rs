//! `OTIO_SESSION_1.0 / REMOVE_CHILD`

message! {
    /// Takes an object out of its track or stack.
    pub struct RemoveChild = OTIO_SESSION / "REMOVE_CHILD" is Durable {
        sent: "for every removal.",
        received: "the child is removed. An unknown parent is remembered as unresolved; an unknown child \
            is ignored.",
        specified: "legacy-protocol §1.5.15",
    }
    {
        /// GUID of the track or stack.
        parent_uuid: String = Required,
        /// GUID of the object.
        child_uuid: String = Required,
        /// The sender's wall clock in seconds since 1970.
        sync_timestamp: Option<f64> = Always,
    }
}

impl RemoveChild {
    /// The child is gone; `sync_timestamp` in seconds since 1970.
    pub fn new(parent_uuid: impl Into<String>, child_uuid: impl Into<String>, sync_timestamp: f64) -> Self {
        let (parent_uuid, child_uuid) = (parent_uuid.into(), child_uuid.into());
        Self { parent_uuid, child_uuid, sync_timestamp: Some(sync_timestamp), ..Self::default() }
    }
}
