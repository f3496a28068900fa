//! From OpenRV to events.

use otio_document::review::{
    ArrowAnnotation, EllipseAnnotation, PaintPoint, PaintStart, PaintVertices, RectangleAnnotation,
    SyncEvent, TextAnnotation,
};

use super::spec::{Kind, PaintSpec};
use super::{RV_FONT_SCALE, RV_WIDTH_SCALE};
use crate::Mint;
use crate::coords::{DEFAULT_FONT_SIZE, DEFAULT_SPACING};
use crate::events::unless_zero;
use crate::mint::given_or_fresh;

/// The size of a shape that says none, in image heights.
const SIZE: f64 = 1.0;

const WHITE: [f64; 4] = [1.0; 4];

/// The events for what OpenRV has drawn: two for every stroke, one for every text and shape. What has no identity gets
/// a fresh one.
pub fn to_sync_events(native: &[PaintSpec], mint: &mut dyn Mint) -> Vec<SyncEvent> {
    let mut events = Vec::with_capacity(2 * native.len());
    for spec in native {
        let uuid = Some(given_or_fresh(spec.uuid.as_deref().or_else(|| spec.string("uuid")), mint));
        match spec.kind {
            Kind::Pen | Kind::Erase => events.extend(stroke(spec, uuid, mint)),
            Kind::Text => events.push(text(spec, uuid)),
            Kind::Rect => {
                let Outline { min, max, rgba, inner_rgba, size } = outline(spec);
                let timestamp = Some(mint.timestamp());
                let default = RectangleAnnotation::default();
                events.push(SyncEvent::RectangleAnnotation(RectangleAnnotation {
                    min,
                    max,
                    rgba,
                    inner_rgba,
                    size,
                    uuid,
                    timestamp,
                    ..default
                }));
            }
            Kind::Ellipse => {
                let Outline { min, max, rgba, inner_rgba, size } = outline(spec);
                let timestamp = Some(mint.timestamp());
                let default = EllipseAnnotation::default();
                events.push(SyncEvent::EllipseAnnotation(EllipseAnnotation {
                    min,
                    max,
                    rgba,
                    inner_rgba,
                    size,
                    uuid,
                    timestamp,
                    ..default
                }));
            }
            Kind::Arrow => events.push(SyncEvent::ArrowAnnotation(ArrowAnnotation {
                start: spec.tuple("startPos").unwrap_or_default(),
                end: spec.tuple("endPos").unwrap_or_default(),
                rgba: spec.tuple("borderColor").unwrap_or(WHITE),
                size: spec.float("thickness").map_or(SIZE, |thickness| thickness * 2.0),
                uuid,
                timestamp: Some(mint.timestamp()),
                ..ArrowAnnotation::default()
            })),
        }
    }
    events
}

fn stroke(spec: &PaintSpec, uuid: Option<String>, mint: &mut dyn Mint) -> [SyncEvent; 2] {
    let erases = spec.float("mode") == Some(1.0) || spec.kind == Kind::Erase;
    let start = PaintStart {
        uuid: uuid.clone(),
        friendly_name: Some(spec.user.clone()),
        rgba: Some(spec.tuple("color").unwrap_or(WHITE)),
        kind: if erases { PaintStart::ERASE } else { PaintStart::COLOR }.to_owned(),
        brush: spec.string("brush").unwrap_or("circle").to_owned(),
        timestamp: Some(mint.timestamp()),
        ..PaintStart::default()
    };
    let points = PaintPoint {
        uuid,
        points: Some(vertices(spec)),
        timestamp: Some(mint.timestamp()),
        ..PaintPoint::default()
    };
    [SyncEvent::PaintStart(start), SyncEvent::PaintPoint(points)]
}

/// A single width is that of all points.
fn vertices(spec: &PaintSpec) -> PaintVertices {
    let flat = spec.floats("points").unwrap_or_default();
    let (points, _) = flat.as_chunks::<2>();
    let widths = spec.floats("width").unwrap_or_default();
    let widths = if let [width] = widths[..] { vec![width; points.len()] } else { widths };
    PaintVertices {
        x: points.iter().map(|[x, _]| *x).collect(),
        y: points.iter().map(|[_, y]| *y).collect(),
        size: widths.iter().map(|width| width / RV_WIDTH_SCALE).collect(),
        ..PaintVertices::default()
    }
}

fn text(spec: &PaintSpec, uuid: Option<String>) -> SyncEvent {
    let scale = unless_zero(spec.float("scale"), 1.0);
    let new = spec.float("fontSize").map(|size| size / scale);
    let old = || spec.float("size").map(|size| size * 10_000.0 / 1080.0);
    let font_size = new.or_else(old).map_or(DEFAULT_FONT_SIZE, |size| size * RV_FONT_SCALE);
    SyncEvent::TextAnnotation(TextAnnotation {
        uuid,
        friendly_name: Some(spec.user.clone()),
        position: Some(spec.tuple("position").unwrap_or_default()),
        rgba: Some(spec.tuple("color").unwrap_or(WHITE)),
        text: Some(spec.string("text").unwrap_or_default().to_owned()),
        spacing: Some(spec.float("spacing").unwrap_or(DEFAULT_SPACING)),
        font_size: Some(font_size),
        scale: Some(scale),
        rotation: Some(spec.float("rotation").unwrap_or_default()),
        font: Some(spec.string("font").unwrap_or_default().to_owned()),
        ..TextAnnotation::default()
    })
}

struct Outline {
    min: [f64; 2],
    max: [f64; 2],
    rgba: [f64; 4],
    inner_rgba: [f64; 4],
    size: f64,
}

/// A box without the half of its border by which OpenRV's is larger.
fn outline(spec: &PaintSpec) -> Outline {
    let size = spec.float("borderWidth").unwrap_or(SIZE);
    Outline {
        min: spec.tuple("min").unwrap_or_default().map(|corner: f64| corner + size / 2.0),
        max: spec.tuple("max").unwrap_or_default().map(|corner: f64| corner - size / 2.0),
        rgba: spec.tuple("borderColor").unwrap_or(WHITE),
        inner_rgba: spec.tuple("innerColor").unwrap_or_default(),
        size,
    }
}
