//! `OTIO_SESSION_1.0 / REPLACE_ANNOTATION_COMMANDS`

use lossless_json::Value;

message! {
    /// Replaces all drawings of one annotation clip.
    pub struct ReplaceAnnotationCommands = OTIO_SESSION / "REPLACE_ANNOTATION_COMMANDS" is Durable {
        sent: "for text edits, dragged shapes and deletions: the survivors, or `[]`.",
        received: "the command list is replaced; an empty list clears the frame. Strokes that the sender \
            had not seen survive in our fold. An unknown clip is ignored.",
        specified: "legacy-protocol §1.5.16",
    }
    {
        /// GUID of the annotation clip.
        annotation_clip_guid: String = Required,
        /// Annotation events (`PaintStart.1`, `PaintPoint.1`, `TextAnnotation.1`, …).
        commands: Vec<Value> = Required,
        /// The sender's wall clock in seconds since 1970.
        sync_timestamp: Option<f64> = Always,
    }
}

impl ReplaceAnnotationCommands {
    /// The clip has these commands; `sync_timestamp` in seconds since 1970.
    pub fn new(annotation_clip_guid: impl Into<String>, commands: Vec<Value>, sync_timestamp: f64) -> Self {
        let annotation_clip_guid = annotation_clip_guid.into();
        Self { annotation_clip_guid, commands, sync_timestamp: Some(sync_timestamp), ..Self::default() }
    }
}
