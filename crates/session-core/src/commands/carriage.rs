//! What may travel to existing peers, and how (convergence.md §4.1; tried with opentimelineio 0.18.1).
//!
//! A `SET_PROPERTY` that raises in a reference peer costs it the rest of what it has received, so only what its
//! `setattr` takes goes as one.

use lossless_json::{Number, Object, Value};
use otio_document::{Document, NodeId, PropertyPath, Reading, WarningReason, newer_schema};
use session_wire::Message;

/// Schemas whose attributes a reference peer can set; others have none for it.
const SETTABLE_SCHEMAS: [&str; 6] = ["Timeline", "Stack", "Track", "Clip", "Gap", "Transition"];

/// Whether a reference peer takes `path = value` on an object by `SET_PROPERTY`.
pub(crate) fn travels_as_set(document: &Document, node: NodeId, path: &PropertyPath, value: &Value) -> bool {
    if path.attribute() == "metadata" {
        return true;
    }
    let schema = document.schema_name(node);
    if !SETTABLE_SCHEMAS.contains(&schema) {
        return false;
    }
    match (path.attribute(), value) {
        ("name" | "transition_type", Value::String(_))
        | ("enabled", Value::Bool(_))
        | ("source_range" | "color" | "global_start_time", Value::Null) => true,
        ("kind", Value::String(_)) => schema == "Track",
        ("active_media_reference_key", Value::String(key)) => {
            document.field(node, "media_references").is_some_and(|references| references.get(key).is_some())
        }
        _ => false,
    }
}

/// Whether all integers fit 64 bits with a sign: opentimelineio's metadata takes no others.
pub(crate) fn has_only_small_integers(value: &Value) -> bool {
    match value {
        Value::Number(Number::UInt(_) | Number::Literal(_)) => false,
        Value::Array(items) => items.iter().all(has_only_small_integers),
        Value::Object(object) => object.iter().all(|(_, value)| has_only_small_integers(value)),
        _ => true,
    }
}

/// Why a reference peer cannot read a document, in words; none where it can.
pub(crate) fn unreadable_elsewhere(document: &Document) -> Option<String> {
    let refused = document.warnings().iter().find(|warning| {
        matches!(
            warning.reason,
            WarningReason::NewerVersion { .. }
                | WarningReason::MalformedSchema
                | WarningReason::WrongType { .. }
        )
    });
    refused.map(ToString::to_string)
}

/// The newer schema that a message carries, where it does: a reference peer cannot read it, whatever it holds.
pub(crate) fn newer_schema_in(message: &Message) -> Option<&str> {
    match message {
        Message::AddTimeline(body) => newer_schema(&body.timeline),
        Message::ReplaceTimeline(body) => newer_schema(&body.timeline),
        Message::InsertChild(body) => newer_schema(&body.child_data),
        Message::SetProperty(body) => newer_schema(&body.value),
        Message::ReplaceAnnotationCommands(body) => body.commands.iter().find_map(newer_schema),
        _ => None,
    }
}

/// Whether a message has to be kept from existing peers, since it carries an object in a schema version that they cannot know.
/// For who passes messages on.
pub fn is_unreadable_elsewhere(message: &Message) -> bool {
    newer_schema_in(message).is_some()
}

/// Why a message of ours would raise in a reference peer, whatever it holds; none where it would not. Timelines are tried, as
/// they may come from any file; other objects were when their commands were checked.
pub(crate) fn raises_elsewhere(message: &Message) -> Option<String> {
    if let Some(schema) = newer_schema_in(message) {
        return Some(format!("{schema} is newer than opentimelineio 0.18.1"));
    }
    let timeline = match message {
        Message::AddTimeline(body) => &body.timeline,
        Message::ReplaceTimeline(body) => &body.timeline,
        _ => return None,
    };
    let read = Document::from_value(timeline.clone(), Reading::LikeOpentimelineio);
    read.err().map(|refused| refused.to_string())
}

/// The object alone, without what stands inside it.
pub(crate) fn without_children(document: &Document, node: NodeId) -> Value {
    let mut object = Object::new();
    let schema = format!("{}.{}", document.schema_name(node), document.schema_version(node));
    object.insert("OTIO_SCHEMA", schema);
    for (key, value) in document.fields(node) {
        object.insert(key, value.clone());
    }
    if document.is_timeline(node) {
        let mut stack = Object::new();
        stack.insert("OTIO_SCHEMA", "Stack.1");
        stack.insert("children", Value::Array(Vec::new()));
        object.insert("tracks", stack);
    } else if document.is_composition(node) {
        object.insert("children", Value::Array(Vec::new()));
    }
    Value::Object(object)
}

/// A copy of the object alone, to try an edit on.
pub(crate) fn scratch(document: &Document, node: NodeId) -> Option<(Document, NodeId)> {
    let scratch = Document::from_value(without_children(document, node), Reading::Exact).ok()?;
    let root = scratch.root()?;
    Some((scratch, root))
}
