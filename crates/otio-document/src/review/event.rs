//! Any of the events that annotations are lists of.

use lossless_json::Value;

use super::{
    ArrowAnnotation, EllipseAnnotation, GetSession, MediaChange, PaintEnd, PaintPoint, PaintStart, Play,
    RectangleAnnotation, RequestSyncPlayback, ReviewError, SetCurrentFrame, SyncPlayback, TextAnnotation,
};
use crate::reading::SCHEMA_KEY;
use crate::schema::split_schema;

/// One event of a table: reading, writing and what all have.
macro_rules! sync_event {
    ($($(#[$doc:meta])* $name:ident $($uuid:ident)?,)*) => {
        /// One of the objects that `metadata.annotation_commands` of an annotation and the `events` of a message hold.
        ///
        /// ```
        /// use lossless_json::{Limits, parse};
        /// use otio_document::review::{ReviewError, SyncEvent};
        ///
        /// let read = |text: &str| parse(text.as_bytes(), &Limits::default()).map(|parsed| SyncEvent::from_value(&parsed.value));
        /// let event = read(r#"{"OTIO_SCHEMA":"Play.1","value":false}"#)??;
        /// assert!(matches!(event, SyncEvent::Play(play) if !play.value));
        /// assert!(matches!(read(r#"{"OTIO_SCHEMA":"Play.2"}"#)??, SyncEvent::Other(_)), "kept as it came");
        /// assert!(matches!(read(r#"{"OTIO_SCHEMA":"Play.1","value":"no"}"#)?, Err(ReviewError::WrongType { .. })));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum SyncEvent {
            $($(#[$doc])* $name($name),)*
            /// A schema or version that the protocol does not know, or no object at all, as it came.
            Other(Value),
        }

        impl SyncEvent {
            /// Reads an event. What is of no known schema is [`SyncEvent::Other`].
            ///
            /// # Errors
            /// [`ReviewError::WrongType`]: an object of a known schema with a field of a wrong type.
            pub fn from_value(value: &Value) -> Result<Self, ReviewError> {
                match schema_of(value) {
                    $(Some((stringify!($name), 1)) => $name::from_value(value).map(Self::$name),)*
                    _ => Ok(Self::Other(value.clone())),
                }
            }

            /// The object as it is written: what was not changed as it came.
            pub fn to_value(&self) -> Value {
                match self {
                    $(Self::$name(event) => event.to_value(),)*
                    Self::Other(value) => value.clone(),
                }
            }

            /// Has the fields written that the object lacked when it was read, as the reference does.
            pub fn complete(&mut self) {
                match self {
                    $(Self::$name(event) => event.complete(),)*
                    Self::Other(_) => {}
                }
            }

            /// The identity of the stroke, text or shape that the event belongs to; none where it has none, or an empty one.
            pub fn uuid(&self) -> Option<&str> {
                let uuid = match self {
                    $($(Self::$name(event) => event.$uuid.as_deref(),)?)*
                    _ => None,
                };
                uuid.filter(|uuid| !uuid.is_empty())
            }

            /// When it happened, as its author's clock said: ISO 8601, usually local time without zone.
            pub fn timestamp(&self) -> Option<&str> {
                match self {
                    $(Self::$name(event) => event.timestamp.as_deref(),)*
                    Self::Other(_) => None,
                }
            }
        }
    };
}

sync_event! {
    /// The beginning of a stroke.
    PaintStart uuid,
    /// The way of a stroke.
    PaintPoint uuid,
    /// The end of a stroke.
    PaintEnd uuid,
    /// Words.
    TextAnnotation uuid,
    /// An ellipse.
    EllipseAnnotation uuid,
    /// A rectangle.
    RectangleAnnotation uuid,
    /// An arrow.
    ArrowAnnotation uuid,
    /// Playback was started or stopped.
    Play,
    /// The playhead was moved.
    SetCurrentFrame,
    /// Somebody wants the session's document.
    GetSession,
    /// Somebody wants to be told the state of playback.
    RequestSyncPlayback,
    /// The state of playback.
    SyncPlayback,
    /// Other media are shown.
    MediaChange,
}

fn schema_of(value: &Value) -> Option<(&str, i32)> {
    value.get(SCHEMA_KEY).and_then(Value::as_str).and_then(split_schema)
}
