//! `Annotation.1 / PARTIAL`

use lossless_json::Value;

message! {
    /// A stroke while it is being drawn: each message carries the whole stroke so far.
    pub struct PartialAnnotation = ANNOTATION / "PARTIAL" is Ephemeral {
        sent: "while drawing, at most every few hundred ms. The finished stroke comes as `INSERT_CHILD`.",
        received: "shown in place of the earlier part of the stroke of the same `uuid`; never kept, never \
            replayed.",
        specified: "legacy-protocol §1.5.19",
    }
    {
        /// GUID of the clip that is drawn on.
        clip_guid: Option<String> = Always,
        /// 0-based frame of that clip; old recordings hold time-code frames.
        frame: Option<f64> = Always,
        /// Frames per second of that clip.
        fps: Option<f64> = Always,
        /// Annotation events: `PaintStart.1`, then `PaintPoint.1`.
        events: Vec<Value> = OrDefault,
    }
}

impl PartialAnnotation {
    /// The stroke so far on a 0-based frame of a clip.
    pub fn new(clip_guid: impl Into<String>, frame: f64, fps: f64, events: Vec<Value>) -> Self {
        Self {
            clip_guid: Some(clip_guid.into()),
            frame: Some(frame),
            fps: Some(fps),
            events,
            ..Self::default()
        }
    }
}
