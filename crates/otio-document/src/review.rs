//! The schemas of a review: what was drawn and written on frames, and what was done with the playhead.
//!
//! They belong to the review protocol, not to OTIO: without the reference's plug-in (`otio_event_plugin`) opentimelineio
//! holds their objects as `UnknownSchema`, and so do documents, whose metadata keeps them as values. Here they are read
//! into structs with a typed field each, for what draws them or makes them. All are of version 1.
//!
//! What the protocol says of coordinates (OTIO-norm): the origin is the centre of the image, x points right, y up, and both
//! are counted in **image heights**, so that y runs from −0.5 to 0.5. Colours are red, green, blue and opacity, each from 0 to 1.
//!
//! Nothing is lost: fields that are not known are kept, and a field is written as it came — left out, `null`, an integer
//! where a float is usual — for as long as its typed value is unchanged. Written are `OTIO_SCHEMA`, then all fields by
//! the bytes of their keys, as opentimelineio writes them. A field that is left out or `null` reads as the default of the
//! reference's constructor.
//!
//! ```
//! use lossless_json::{Limits, Style, parse};
//! use otio_document::review::{PaintStart, SyncEvent};
//!
//! let text = br#"{"OTIO_SCHEMA":"PaintStart.1","hue":7,"rgba":[1,0,0,1],"uuid":"a"}"#;
//! let event = SyncEvent::from_value(&parse(text, &Limits::default())?.value)?;
//! let SyncEvent::PaintStart(mut start) = event else { return Err("a stroke".into()) };
//! assert_eq!((start.rgba, start.brush.as_str(), start.visible), (Some([1.0, 0.0, 0.0, 1.0]), "circle", true));
//! start.visible = false;
//! let written = start.to_value().to_text(Style::OtioCompact);
//! assert_eq!(written, r#"{"OTIO_SCHEMA":"PaintStart.1","hue":7,"rgba":[1,0,0,1],"uuid":"a","visible":false}"#);
//!
//! let fresh = PaintStart { uuid: Some("b".into()), kind: PaintStart::ERASE.into(), ..PaintStart::default() };
//! assert_eq!(fresh.to_value().get("type").and_then(|kind| kind.as_str()), Some("erase"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[macro_use]
mod schema;

mod effect;
mod event;
mod field;
mod playback;
mod session;
mod shapes;
mod strokes;
mod text;

pub use effect::AnnotationEffect;
pub use event::SyncEvent;
pub use playback::{Play, RequestSyncPlayback, SetCurrentFrame, SyncPlayback};
pub use schema::{AsRead, ReviewError};
pub use session::{GetSession, MediaChange};
pub use shapes::{ArrowAnnotation, EllipseAnnotation, RectangleAnnotation};
pub use strokes::{PaintEnd, PaintPoint, PaintStart, PaintVertex, PaintVertices};
pub use text::TextAnnotation;

use lossless_json::Object;

type Defaults = fn() -> Object;

/// Every schema by its name, with an object that has all its fields.
const SCHEMAS: &[(&str, Defaults)] = &[
    ("PaintStart", PaintStart::defaults),
    ("PaintPoint", PaintPoint::defaults),
    ("PaintEnd", PaintEnd::defaults),
    ("PaintVertices", PaintVertices::defaults),
    ("PaintVertex", PaintVertex::defaults),
    ("TextAnnotation", TextAnnotation::defaults),
    ("EllipseAnnotation", EllipseAnnotation::defaults),
    ("RectangleAnnotation", RectangleAnnotation::defaults),
    ("ArrowAnnotation", ArrowAnnotation::defaults),
    ("Play", Play::defaults),
    ("SetCurrentFrame", SetCurrentFrame::defaults),
    ("GetSession", GetSession::defaults),
    ("RequestSyncPlayback", RequestSyncPlayback::defaults),
    ("SyncPlayback", SyncPlayback::defaults),
    ("MediaChange", MediaChange::defaults),
    ("AnnotationEffect", AnnotationEffect::defaults),
];

/// The names of the schemas, without their version, which is 1 for all: the reference refuses another. OTIO knows none of
/// them.
pub fn names() -> impl Iterator<Item = &'static str> {
    SCHEMAS.iter().map(|(name, _)| *name)
}

/// The object that the reference's constructor makes of a schema: every field with its default, in the order in which it
/// is written. `timestamp` is `null` here, where the reference puts in its local time. None where the schema is not one
/// of the review's.
///
/// ```
/// use otio_document::review;
///
/// assert!(review::names().all(|name| review::defaults(name).is_some()));
/// let end = review::defaults("PaintEnd").ok_or("a schema of the review")?;
/// assert!(end.keys().eq(["OTIO_SCHEMA", "points", "timestamp", "uuid"]));
/// # Ok::<(), &str>(())
/// ```
pub fn defaults(name: &str) -> Option<Object> {
    SCHEMAS.iter().find(|(known, _)| *known == name).map(|(_, defaults)| defaults())
}

#[cfg(test)]
mod tests {
    use lossless_json::{Object, Value};

    use super::{SCHEMAS, defaults, names};

    #[test]
    fn every_schema_has_defaults_in_the_order_in_which_they_are_written() {
        for (name, defaults) in SCHEMAS {
            let object = defaults();
            assert_eq!(object.get("OTIO_SCHEMA"), Some(&Value::from(format!("{name}.1"))));
            assert_eq!(object.keys().next(), Some("OTIO_SCHEMA"), "{name}");
            let own =
                |key: &&str| !["OTIO_SCHEMA", "metadata", "name", "effect_name", "enabled"].contains(key);
            assert!(object.keys().filter(own).is_sorted(), "{name}");
        }
        assert_eq!((names().count(), defaults("Sparkle")), (16, None::<Object>));
    }
}
