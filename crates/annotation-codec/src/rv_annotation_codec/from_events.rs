//! From events to OpenRV.

use std::collections::BTreeMap;

use lossless_json::Value;
use otio_document::review::{
    ArrowAnnotation, EllipseAnnotation, PaintStart, RectangleAnnotation, SyncEvent, TextAnnotation,
};

use super::spec::{Kind, PaintSpec, Property, PropertyValues};
use super::{RV_FONT_SCALE, RV_WIDTH_SCALE};
use crate::Mint;
use crate::coords::{DEFAULT_FONT_SIZE, DEFAULT_SPACING};
use crate::events::{BRUSH_SIZE, is_gaussian, positions, unless_zero};
use crate::mint::given_or_fresh;

/// The size of a shape that says none, in image heights.
const SIZE: f64 = 2.0;

/// The numbers of OpenRV for joins that are round, and caps that are.
const ROUND: (i64, i64) = (3, 1);

/// OpenRV's number for both eyes.
const BOTH_EYES: i64 = 2;

/// What OpenRV draws for a list of events from a frame on, which it counts itself: a spec for every stroke, text and shape,
/// in the order in which they begin.
///
/// Points go to the stroke with their uuid and take the place of earlier ones; those of a `PaintEnd` go on from them. What
/// belongs to no stroke is dropped, and so is a stroke without points.
pub fn from_sync_events(events: &[SyncEvent], frame: i64, mint: &mut dyn Mint) -> Vec<PaintSpec> {
    let mut items: Vec<Item<'_>> = Vec::new();
    // The stroke that began last under a uuid.
    let mut strokes = BTreeMap::new();
    for event in events {
        match event {
            SyncEvent::PaintStart(start) => {
                strokes.insert(start.uuid.as_deref(), items.len());
                items.push(Item::Stroke(Stroke::begun(start)));
            }
            SyncEvent::PaintPoint(points) => {
                if let (Some(stroke), Some(points)) =
                    (stroke(&mut items, &strokes, points.uuid.as_deref()), &points.points)
                {
                    stroke.points = positions(points).collect();
                    stroke.sizes.clone_from(&points.size);
                }
            }
            SyncEvent::PaintEnd(end) => {
                if let (Some(stroke), Some(points)) =
                    (stroke(&mut items, &strokes, end.uuid.as_deref()), &end.points)
                {
                    stroke.points.extend(positions(points));
                    stroke.sizes.extend(&points.size);
                }
            }
            SyncEvent::TextAnnotation(text) => items.push(Item::Spec(text_spec(text, frame, mint))),
            SyncEvent::RectangleAnnotation(shape) => items.push(Item::Spec(rect_spec(shape, frame))),
            SyncEvent::EllipseAnnotation(shape) => items.push(Item::Spec(ellipse_spec(shape, frame))),
            SyncEvent::ArrowAnnotation(shape) => items.push(Item::Spec(arrow_spec(shape, frame))),
            _ => {}
        }
    }
    items.into_iter().filter_map(|item| item.into_spec(frame)).collect()
}

enum Item<'event> {
    Stroke(Stroke<'event>),
    Spec(PaintSpec),
}

struct Stroke<'event> {
    start: &'event PaintStart,
    points: Vec<[f64; 2]>,
    sizes: Vec<f64>,
}

fn stroke<'items, 'event>(
    items: &'items mut [Item<'event>],
    strokes: &BTreeMap<Option<&str>, usize>,
    uuid: Option<&str>,
) -> Option<&'items mut Stroke<'event>> {
    match items.get_mut(*strokes.get(&uuid)?)? {
        Item::Stroke(stroke) => Some(stroke),
        Item::Spec(_) => None,
    }
}

impl Item<'_> {
    fn into_spec(self, frame: i64) -> Option<PaintSpec> {
        match self {
            Item::Spec(spec) => Some(spec),
            Item::Stroke(stroke) if stroke.points.is_empty() => None,
            Item::Stroke(stroke) => Some(stroke.into_spec(frame)),
        }
    }
}

impl<'event> Stroke<'event> {
    fn begun(start: &'event PaintStart) -> Self {
        Self { start, points: Vec::new(), sizes: Vec::new() }
    }

    fn into_spec(self, frame: i64) -> PaintSpec {
        let erases = self.start.kind == PaintStart::ERASE;
        let soft = is_gaussian(&self.start.brush);
        let sizes = if self.sizes.is_empty() { vec![BRUSH_SIZE] } else { self.sizes };
        let mut props = Props::default();
        props.string("brush", if soft { "gauss" } else { "circle" });
        props.floats("color", &self.start.rgba.unwrap_or([1.0; 4]), 4);
        props.int("debug", 0);
        props.int("join", ROUND.0);
        props.int("cap", ROUND.1);
        props.int("splat", i64::from(soft));
        props.int("mode", i64::from(erases));
        props.floats("width", &sizes.iter().map(|size| size * RV_WIDTH_SCALE).collect::<Vec<_>>(), 1);
        props.floats("points", self.points.as_flattened(), 2);
        props.shown(frame);
        props.int("softDeleted", 0);
        let kind = if erases { Kind::Erase } else { Kind::Pen };
        props.into_spec(kind, self.start.uuid.as_deref(), self.start.friendly_name.as_deref())
    }
}

fn text_spec(text: &TextAnnotation, frame: i64, mint: &mut dyn Mint) -> PaintSpec {
    let font_size = unless_zero(text.font_size, DEFAULT_FONT_SIZE);
    let scale = unless_zero(text.scale, 1.0);
    let uuid = given_or_fresh(text.uuid.as_deref(), mint);
    let mut props = Props::default();
    props.floats("position", &text.position.unwrap_or_default(), 2);
    props.floats("color", &text.rgba.unwrap_or([1.0; 4]), 4);
    props.float("spacing", unless_zero(text.spacing, DEFAULT_SPACING));
    props.float("size", font_size / 10_000.0);
    props.float("fontSize", font_size / RV_FONT_SCALE * scale);
    props.string("font", "");
    props.string("text", text.text.as_deref().unwrap_or_default());
    props.float("scale", scale);
    props.float("rotation", text.rotation.unwrap_or_default());
    props.string("origin", "");
    props.int("debug", 0);
    props.shown(frame);
    props.int("mode", 0);
    props.string("uuid", &uuid);
    props.int("softDeleted", 0);
    props.into_spec(Kind::Text, Some(&uuid), text.friendly_name.as_deref())
}

/// An outline between two corners, whose width grows it by half on every side.
macro_rules! box_spec {
    ($function:ident, $shape:ident, $kind:expr) => {
        fn $function(shape: &$shape, frame: i64) -> PaintSpec {
            let size = if says_size(&shape.to_value()) { shape.size } else { SIZE };
            let mut props = Props::default();
            props.floats("min", &shape.min.map(|corner| corner - size / 2.0), 2);
            props.floats("max", &shape.max.map(|corner| corner + size / 2.0), 2);
            props.floats("borderColor", &shape.rgba, 4);
            props.floats("innerColor", &shape.inner_rgba, 4);
            props.float("borderWidth", size);
            props.end_of_shape(shape.uuid.as_deref(), frame);
            props.into_spec($kind, shape.uuid.as_deref(), None)
        }
    };
}

box_spec!(rect_spec, RectangleAnnotation, Kind::Rect);
box_spec!(ellipse_spec, EllipseAnnotation, Kind::Ellipse);

fn arrow_spec(arrow: &ArrowAnnotation, frame: i64) -> PaintSpec {
    let size = if says_size(&arrow.to_value()) { arrow.size } else { SIZE };
    let mut props = Props::default();
    props.floats("startPos", &arrow.start, 2);
    props.floats("endPos", &arrow.end, 2);
    props.floats("borderColor", &arrow.rgba, 4);
    props.floats("innerColor", &arrow.rgba, 4);
    props.float("borderWidth", 0.0);
    props.float("thickness", size / 2.0);
    props.end_of_shape(arrow.uuid.as_deref(), frame);
    props.into_spec(Kind::Arrow, arrow.uuid.as_deref(), None)
}

/// Whether a shape that was read says its size itself.
fn says_size(shape: &Value) -> bool {
    shape.get("size").is_some_and(|size| !size.is_null())
}

#[derive(Default)]
struct Props(Vec<Property>);

impl Props {
    fn push(&mut self, name: &str, values: PropertyValues, dim: usize) {
        self.0.push(Property { name: name.to_owned(), values, dim });
    }

    fn string(&mut self, name: &str, value: &str) {
        self.push(name, PropertyValues::Strings(vec![value.to_owned()]), 1);
    }

    fn int(&mut self, name: &str, value: i64) {
        self.push(name, PropertyValues::Ints(vec![value]), 1);
    }

    fn float(&mut self, name: &str, value: f64) {
        self.floats(name, &[value], 1);
    }

    fn floats(&mut self, name: &str, values: &[f64], dim: usize) {
        self.push(name, PropertyValues::Floats(values.to_vec()), dim);
    }

    /// On one frame.
    fn shown(&mut self, frame: i64) {
        self.int("startFrame", frame);
        self.int("duration", 1);
    }

    fn end_of_shape(&mut self, uuid: Option<&str>, frame: i64) {
        self.shown(frame);
        self.int("eye", BOTH_EYES);
        self.string("uuid", uuid.unwrap_or_default());
        self.int("softDeleted", 0);
    }

    fn into_spec(self, kind: Kind, uuid: Option<&str>, friendly_name: Option<&str>) -> PaintSpec {
        let uuid = uuid.filter(|uuid| !uuid.is_empty()).map(str::to_owned);
        PaintSpec { kind, uuid, user: user(friendly_name).to_owned(), props: self.0 }
    }
}

/// What stands behind the last colon of a name.
fn user(friendly_name: Option<&str>) -> &str {
    let name = friendly_name.unwrap_or_default();
    let user = name.rsplit(':').next().unwrap_or_default();
    if user.is_empty() { "user" } else { user }
}
