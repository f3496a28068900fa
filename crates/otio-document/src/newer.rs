//! Objects in schema versions that opentimelineio 0.18.1 does not have yet.

use lossless_json::Value;

use crate::reading::SCHEMA_KEY;
use crate::review;
use crate::schema::{schema_named, split_schema};

/// The newest version of the review's schemas (strokes, texts, shapes) that there is.
const REVIEW_VERSION: i32 = 1;

/// The `OTIO_SCHEMA` of the first object, however deep and also in metadata, in a version that is newer than opentimelineio 0.18.1
/// and the review's plugin have. Such an object makes the reading of everything around it fail there; one of a schema that is
/// not known at all does not.
///
/// ```
/// use lossless_json::{Limits, parse};
/// use otio_document::newer_schema;
///
/// let newer = |text: &str| {
///     let value = parse(text.as_bytes(), &Limits::default()).map(|parsed| parsed.value)?;
///     Ok::<_, lossless_json::ParseError>(newer_schema(&value).map(str::to_owned))
/// };
/// assert_eq!(newer(r#"{"note":[{"OTIO_SCHEMA":"Marker.3"}]}"#)?.as_deref(), Some("Marker.3"));
/// assert_eq!(newer(r#"{"OTIO_SCHEMA":"PaintStart.2"}"#)?.as_deref(), Some("PaintStart.2"));
/// assert_eq!(newer(r#"[{"OTIO_SCHEMA":"Clip.2"},{"OTIO_SCHEMA":"Hologram.9"}]"#)?, None);
/// # Ok::<(), lossless_json::ParseError>(())
/// ```
pub fn newer_schema(value: &Value) -> Option<&str> {
    match value {
        Value::Array(items) => items.iter().find_map(newer_schema),
        Value::Object(object) => {
            let own = object.get(SCHEMA_KEY).and_then(Value::as_str).filter(|text| is_newer(text));
            own.or_else(|| object.iter().find_map(|(_, value)| newer_schema(value)))
        }
        _ => None,
    }
}

fn is_newer(text: &str) -> bool {
    let Some((name, version)) = split_schema(text) else { return false };
    match schema_named(name) {
        Some(schema) => version > schema.version,
        None => version > REVIEW_VERSION && review::names().any(|known| known == name),
    }
}
