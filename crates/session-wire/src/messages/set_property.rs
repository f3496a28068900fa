//! `OTIO_SESSION_1.0 / SET_PROPERTY`

use lossless_json::Value;

message! {
    /// Sets one property of one object.
    pub struct SetProperty = OTIO_SESSION / "SET_PROPERTY" is Durable {
        sent: "whenever a property is set by a participant whose role allows it.",
        received: "the property is set; an unknown target is ignored. Reference peers take primitives \
            only, and an object for `metadata/color`.",
        specified: "legacy-protocol §1.5.12",
    }
    {
        /// GUID of the object.
        target_uuid: String = Required,
        /// A plain attribute (`name`, `enabled`, …) or `metadata/<key>[/<key>…]`, without escapes.
        path: String = Required,
        /// The value.
        value: Value = OrDefault,
        /// The sender's wall clock in seconds since 1970.
        sync_timestamp: Option<f64> = Always,
    }
}

impl SetProperty {
    /// The property at `path` of the object has that value; `sync_timestamp` in seconds since 1970.
    pub fn new(
        target_uuid: impl Into<String>,
        path: impl Into<String>,
        value: Value,
        sync_timestamp: f64,
    ) -> Self {
        let (target_uuid, path) = (target_uuid.into(), path.into());
        Self { target_uuid, path, value, sync_timestamp: Some(sync_timestamp), ..Self::default() }
    }
}
