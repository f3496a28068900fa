//! Documents for programs with an older opentimelineio: schemas in older versions.
//!
//! opentimelineio 0.18.1 writes older versions on request (`target_schema_versions`, or `otiotool --downgrade`). It knows
//! one step back, from `Clip.2` to `Clip.1`, and refuses every other. The result here is the same to the byte.
//!
//! ```
//! use lossless_json::Style;
//! use otio_document::{Document, Reading, TargetVersions};
//!
//! let text = br#"{"OTIO_SCHEMA": "Clip.2", "name": "a", "media_references": {}, "active_media_reference_key": ""}"#;
//! let document = Document::read(text, Reading::Exact)?;
//! let targets: TargetVersions = "OTIO_CORE:0.14.0".parse()?;
//! assert!(document.to_text_for(&targets, Style::OtioCompact)?.starts_with(r#"{"OTIO_SCHEMA":"Clip.1","color":null"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod targets;

pub use targets::{TargetVersions, TargetVersionsError};

use lossless_json::{Object, Style, Value};

use crate::Document;
use crate::reading::{SCHEMA_KEY, Step};
use crate::schema::{schema_named, split_schema};

/// Why a document could not be brought to older versions; nothing of it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DowngradeError {
    /// A step back that opentimelineio 0.18.1 does not know either.
    #[error(
        "{path} is {schema}.{version} and cannot be written as version {target}: only Clip.2 can be brought to an older \
         version; leave {schema} out of the target versions, or take it out of the document"
    )]
    NoWayBack {
        /// The JSON path of the object.
        path: String,
        /// The name of its schema.
        schema: String,
        /// The version from which there is no step back.
        version: i32,
        /// The version that was asked for.
        target: i32,
    },
    /// A clip, kept as it was read, in which the media reference to keep cannot be told.
    #[error(
        "{path} holds {found}, expected {expected}; mend the clip, or leave Clip out of the target versions"
    )]
    WrongType {
        /// The JSON path of the field.
        path: String,
        /// What belongs there.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
}

impl DowngradeError {
    fn path_mut(&mut self) -> &mut String {
        match self {
            Self::NoWayBack { path, .. } | Self::WrongType { path, .. } => path,
        }
    }
}

impl Document {
    /// The document as [`to_value`](Self::to_value) gives it, but with no schema newer than the targets say; see
    /// [`downgraded`].
    ///
    /// # Errors
    /// [`DowngradeError`]: a schema for which there is no step back to its target, or a clip that cannot take it.
    pub fn to_value_for(&self, targets: &TargetVersions) -> Result<Value, DowngradeError> {
        downgraded(self.whole_value(), targets).map(|value| self.written(value))
    }

    /// The text of [`to_value_for`](Self::to_value_for) in a style (OTIO
    /// `serialize_json_to_string(root, schema_version_targets)`).
    ///
    /// # Errors
    /// As [`to_value_for`](Self::to_value_for).
    pub fn to_text_for(&self, targets: &TargetVersions, style: Style) -> Result<String, DowngradeError> {
        self.to_value_for(targets).map(|value| value.to_text(style))
    }
}

/// A value in canonical form (as [`Document::to_value`] gives it) in which no object, however deep, has a newer version
/// than the targets say. Objects at or below their target stay, as do value types (`RationalTime.1`, …), schemas that
/// opentimelineio does not know, and those that the targets do not name.
///
/// `Clip.2` becomes `Clip.1`: the active media reference is its `media_reference`, the others and the key are dropped;
/// where the key names none, no `media_reference` is set. As in opentimelineio, the keys of an object that was brought to
/// an older version are sorted, `OTIO_SCHEMA` among them, and those of everything inside it.
///
/// # Errors
/// A schema for which there is no step back to its target, also in a media reference that would be dropped; a clip
/// in which the media reference to keep cannot be told.
pub fn downgraded(value: Value, targets: &TargetVersions) -> Result<Value, DowngradeError> {
    any(value, targets, Order::Canonical).map_err(|mut error| {
        error.path_mut().insert(0, '$');
        error
    })
}

/// How the keys of objects stand.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    /// As they are.
    Canonical,
    /// Sorted, since opentimelineio made dictionaries of the objects around.
    Sorted,
}

fn any(value: Value, targets: &TargetVersions, order: Order) -> Result<Value, DowngradeError> {
    match value {
        Value::Array(items) => {
            let below =
                items.into_iter().enumerate().map(|(at, item)| within(Step::Index(at), item, targets, order));
            below.collect::<Result<_, _>>().map(Value::Array)
        }
        Value::Object(object) => object_for(object, targets, order).map(Value::Object),
        scalar => Ok(scalar),
    }
}

fn within(
    step: Step<'_>,
    value: Value,
    targets: &TargetVersions,
    order: Order,
) -> Result<Value, DowngradeError> {
    any(value, targets, order).map_err(|mut error| {
        step.prefix(error.path_mut());
        error
    })
}

fn object_for(object: Object, targets: &TargetVersions, order: Order) -> Result<Object, DowngradeError> {
    let step_back = StepBack::of(&object, targets)?;
    let order = if step_back.is_some() { Order::Sorted } else { order };
    let mut entries = Vec::with_capacity(object.len());
    for (key, value) in object {
        let value = within(Step::Key(&key), value, targets, order)?;
        entries.push((key, value));
    }
    let mut object = Object::from_distinct(entries);
    if order == Order::Sorted {
        object.sort_keys();
    }
    match step_back {
        Some(StepBack::ClipTo1) => clip_to_1(object),
        None => Ok(object),
    }
}

/// A step from a version to the one before that opentimelineio 0.18.1 knows.
enum StepBack {
    ClipTo1,
}

impl StepBack {
    /// The step that an object has to take; none where it may stay as it is.
    fn of(object: &Object, targets: &TargetVersions) -> Result<Option<Self>, DowngradeError> {
        let text = object.get(SCHEMA_KEY).and_then(Value::as_str).and_then(split_schema);
        let Some((schema, version)) = text.and_then(|(name, version)| Some((schema_named(name)?, version)))
        else {
            return Ok(None);
        };
        let Some(target) = targets.get(schema.name).filter(|target| *target < version) else {
            return Ok(None);
        };
        let stuck_at = match (schema.name, version, target) {
            ("Clip", 2, 1) => return Ok(Some(Self::ClipTo1)),
            ("Clip", 2, _) => 1,
            _ => version,
        };
        let schema = schema.name.to_owned();
        Err(DowngradeError::NoWayBack { path: String::new(), schema, version: stuck_at, target })
    }
}

/// 2 → 1: of several media references the active one remains. A `media_reference` that is there already, as a field
/// that nobody knows, gives way to it.
fn clip_to_1(mut clip: Object) -> Result<Object, DowngradeError> {
    let references = match clip.remove("media_references") {
        Some(Value::Object(references)) => references,
        other => return Err(wrong_type("media_references", "an object of media references", other)),
    };
    let key = match clip.remove("active_media_reference_key") {
        Some(Value::String(key)) => key,
        other => return Err(wrong_type("active_media_reference_key", "a string", other)),
    };
    if let Some((_, active)) = references.into_iter().find(|(name, _)| *name == key) {
        clip.insert_sorted("media_reference", active);
    }
    clip.insert_sorted(SCHEMA_KEY, "Clip.1");
    Ok(clip)
}

fn wrong_type(key: &str, expected: &'static str, found: Option<Value>) -> DowngradeError {
    let found = found.map_or("nothing", |value| value.kind());
    DowngradeError::WrongType { path: format!(".{key}"), expected, found }
}

#[cfg(test)]
mod tests {
    use lossless_json::{Limits, Style, Value, parse};

    use super::{TargetVersions, downgraded};

    fn value(text: &str) -> Value {
        parse(text.as_bytes(), &Limits::default()).map(|parsed| parsed.value).unwrap()
    }

    fn for_targets(text: &str, targets: &[(&str, i32)]) -> Result<String, String> {
        let targets: TargetVersions = targets.iter().copied().collect();
        let value = downgraded(value(text), &targets).map_err(|error| error.to_string())?;
        Ok(value.to_text(Style::OtioCompact))
    }

    const CLIP: &str = r#"{"OTIO_SCHEMA":"Clip.2","Name":1,"metadata":{},"name":"a","media_references":{"x":{"OTIO_SCHEMA":"MissingReference.1","metadata":{},"name":"m"},"y":null},"active_media_reference_key":"x"}"#;

    #[test]
    fn the_active_media_reference_of_a_clip_remains() {
        assert_eq!(
            for_targets(CLIP, &[("Clip", 1)]).unwrap(),
            r#"{"Name":1,"OTIO_SCHEMA":"Clip.1","media_reference":{"OTIO_SCHEMA":"MissingReference.1","metadata":{},"name":"m"},"metadata":{},"name":"a"}"#
        );
        let without =
            CLIP.replace(r#""active_media_reference_key":"x""#, r#""active_media_reference_key":"z""#);
        assert_eq!(
            for_targets(&without, &[("Clip", 1)]).unwrap(),
            r#"{"Name":1,"OTIO_SCHEMA":"Clip.1","metadata":{},"name":"a"}"#
        );
    }

    #[test]
    fn what_is_not_above_its_target_stays_as_it_is() {
        for targets in [&[][..], &[("Clip", 2)], &[("Clip", 9), ("MissingReference", 1)], &[("Foo", 0)]] {
            assert_eq!(for_targets(CLIP, targets).unwrap(), value(CLIP).to_text(Style::OtioCompact));
        }
        let unknown =
            r#"{"OTIO_SCHEMA":"Foo.3","b":{"OTIO_SCHEMA":"RationalTime.1","rate":1.0,"value":1.0}}"#;
        assert_eq!(for_targets(unknown, &[("Foo", 1), ("RationalTime", 0)]).unwrap(), unknown);
    }

    #[test]
    fn what_has_no_way_back_is_named_with_its_path() {
        let inside = format!(r#"{{"OTIO_SCHEMA":"Gap.1","metadata":{{"a b":[1,{CLIP}]}}}}"#);
        let error = for_targets(&inside, &[("MissingReference", 0)]).unwrap_err();
        assert!(
            error.starts_with(r#"$.metadata["a b"][1].media_references.x is MissingReference.1 and"#),
            "{error}"
        );
        let error = for_targets(&inside, &[("Clip", 0)]).unwrap_err();
        assert!(
            error.starts_with(r#"$.metadata["a b"][1] is Clip.1 and cannot be written as version 0"#),
            "{error}"
        );
        let newer = for_targets(r#"{"OTIO_SCHEMA":"Clip.3"}"#, &[("Clip", 1)]).unwrap_err();
        assert!(newer.starts_with("$ is Clip.3 and"), "{newer}");
    }

    #[test]
    fn a_clip_whose_media_cannot_be_told_is_refused() {
        let odd = CLIP.replace(r#""active_media_reference_key":"x""#, r#""active_media_reference_key":5"#);
        let error = for_targets(&odd, &[("Clip", 1)]).unwrap_err();
        assert!(
            error.starts_with("$.active_media_reference_key holds a number, expected a string;"),
            "{error}"
        );
    }
}
