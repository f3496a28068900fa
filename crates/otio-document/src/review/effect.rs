//! Drawings as an effect of an item.

use lossless_json::{Object, Value};

review_schema! {
    /// An OTIO `Effect` that holds what was drawn on an item.
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
