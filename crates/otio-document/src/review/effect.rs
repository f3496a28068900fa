//! Drawings as an effect of an item.
//!
//! ```
//! use lossless_json::{Limits, parse};
//! use otio_document::review::{AnnotationEffect, SyncEvent};
//!
//! let text = br#"{"OTIO_SCHEMA":"AnnotationEffect.1","commands":[{"OTIO_SCHEMA":"PaintStart.1","uuid":"a"}]}"#;
//! let effect = AnnotationEffect::from_value(&parse(text, &Limits::default())?.value)?;
//! let events: Vec<SyncEvent> = effect.commands.iter().map(SyncEvent::from_value).collect::<Result<_, _>>()?;
//! assert_eq!((events.len(), events[0].uuid(), effect.visible), (1, Some("a"), true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use lossless_json::{Object, Value};

review_schema! {
    /// An OTIO `Effect` that holds what was drawn on an item; `metadata`, `name`, `effect_name` and `enabled` are OTIO's.
    AnnotationEffect = "AnnotationEffect.1", class ["metadata", "name", "effect_name", "enabled"] => {
        /// The events, in the order in which they were drawn; see [`SyncEvent`](super::SyncEvent).
        commands: Vec<Value> = Value::Array(Vec::new()),
        /// Whether the drawings are shown.
        visible: bool = true,
        /// The metadata of the effect.
        metadata: Object = Object::new(),
        /// The name of the effect.
        name: String = "",
        /// Always `Annotation.1`.
        effect_name: String = "Annotation.1",
        /// Whether the effect is in use.
        enabled: bool = true,
    }
}
