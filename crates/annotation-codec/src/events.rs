//! Lists of events, as annotations hold them and messages carry them.

use lossless_json::Value;
use otio_document::review::{PaintVertices, ReviewError, SyncEvent};

use crate::coords::DEFAULT_ASPECT_HALF;

/// The diameter of a brush where a stroke says none, in image heights: xStudio's on an image of 16:9.
pub(crate) const BRUSH_SIZE: f64 = 2.0 * 0.003 * DEFAULT_ASPECT_HALF;

/// A list of events that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadEvents {
    /// What could be read, in its order; what no schema of the protocol describes is among it as it came.
    pub events: Vec<SyncEvent>,
    /// What could not, in its order.
    pub unread: Vec<Unread>,
}

/// An object of a known schema that is not as the schema says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Where it stood in the list, from 0.
    pub index: usize,
    /// What is wrong with it.
    pub error: ReviewError,
}

/// Reads the events of an annotation, leaving out those that are not as their schema says: one bad stroke must not cost
/// the others.
///
/// ```
/// use annotation_codec::read_events;
/// use lossless_json::{Limits, parse};
///
/// let text = br#"[{"OTIO_SCHEMA":"PaintStart.1","uuid":"a"}, {"OTIO_SCHEMA":"PaintStart.1","rgba":"red"}, 5]"#;
/// let list = parse(text, &Limits::default())?.value;
/// let read = read_events(list.as_array().ok_or("a list")?);
/// assert_eq!((read.events.len(), read.unread.len()), (2, 1));
/// assert_eq!(read.unread[0].error.to_string(), "$.rgba holds a string, expected a list");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_events(values: &[Value]) -> ReadEvents {
    let mut read = ReadEvents::default();
    for (index, value) in values.iter().enumerate() {
        match SyncEvent::from_value(value) {
            Ok(event) => read.events.push(event),
            Err(error) => read.unread.push(Unread { index, error }),
        }
    }
    read
}

/// The schema of an event with its version (`PaintStart.1`); empty where it has none.
pub fn sync_event_schema(event: &Value) -> &str {
    event.get("OTIO_SCHEMA").and_then(Value::as_str).unwrap_or_default()
}

/// The points of a list in pairs; what has no partner is left out.
pub(crate) fn positions(points: &PaintVertices) -> impl Iterator<Item = [f64; 2]> {
    points.x.iter().zip(&points.y).map(|(x, y)| [*x, *y])
}

/// Whether a brush has soft edges.
pub(crate) fn is_gaussian(brush: &str) -> bool {
    ["gauss", "gaussian"].iter().any(|soft| brush.eq_ignore_ascii_case(soft))
}

/// A number that is there and not zero; else another one.
pub(crate) fn unless_zero(number: Option<f64>, otherwise: f64) -> f64 {
    number.filter(|number| *number != 0.0).unwrap_or(otherwise)
}
