//! Strokes of xStudio.

use lossless_json::{Object, Value};
use otio_document::review::{PaintPoint, PaintStart, PaintVertices, SyncEvent};

use super::{from_xs, to_xs};
use crate::coords::usable_aspect;
use crate::events::{is_gaussian, positions};
use crate::mint::given_or_fresh;
use crate::native::{Fields, NativeError};
use crate::{Mint, shapes};

/// The thickness of a stroke that says none.
const THICKNESS: f64 = 0.003;

/// The thickness of a stroke whose points have no sizes.
const THICKNESS_OF_NO_SIZE: f64 = 0.0015;

/// How much thinner a soft stroke is drawn.
const SOFT_SHARE: f64 = 0.75;

/// The brush that strokes of xStudio have in the protocol.
const BRUSH: &str = "oval";

/// A stroke as xStudio has it, in the form of version 4; version 3 is read as well, and both are written.
#[derive(Clone, Debug, PartialEq)]
pub struct XsStroke {
    /// The identity of the stroke.
    pub uuid: Option<String>,
    /// Red, green and blue, from 0 to 1 (`colour`; in version 3 `r`, `g`, `b`).
    pub colour: [f64; 3],
    /// Opacity, from 0 to 1.
    pub opacity: f64,
    /// Half the diameter of the brush at full pressure, in half image widths.
    pub thickness: f64,
    /// How soft the edges are: 0 for hard ones, 1 for those of a gaussian brush.
    pub softness: f64,
    /// How much of the pressure on the size counts, from 0 to 1.
    pub size_sensitivity: f64,
    /// How much of the pressure on the opacity counts, from 0 to 1.
    pub opacity_sensitivity: f64,
    /// `Brush`, `Pen` or [`ERASE`](Self::ERASE) (`type`).
    pub kind: String,
    /// Whether the stroke wipes away what is below it, in version 3.
    pub is_erase_stroke: bool,
    /// Where it goes.
    pub points: Vec<XsPoint>,
}

/// A point of a stroke of xStudio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct XsPoint {
    /// To the right of the centre, in half image widths.
    pub x: f64,
    /// Below the centre, in half image widths.
    pub y: f64,
    /// The part of the thickness that the brush has here.
    pub size_pressure: f64,
    /// The part of the opacity that the brush has here.
    pub opacity_pressure: f64,
}

impl XsPoint {
    /// A point at full pressure.
    pub fn at([x, y]: [f64; 2]) -> Self {
        Self { x, y, size_pressure: 1.0, opacity_pressure: 1.0 }
    }
}

impl XsStroke {
    /// The [`kind`](Self::kind) of a stroke that paints.
    pub const BRUSH: &'static str = "Brush";
    /// The [`kind`](Self::kind) of a stroke that wipes away.
    pub const ERASE: &'static str = "Erase";

    /// Reads a stroke of `Bookmark.annotation_data["Data"]["pen_strokes"]`; what it lacks has its default. Points that
    /// are not four numbers are left out.
    ///
    /// # Errors
    /// No object, or a field of a wrong type.
    pub fn from_value(value: &Value) -> Result<Self, NativeError> {
        let fields = Fields::of(value)?;
        let colour = match fields.numbers("colour", "a list of 3 numbers")? {
            Some(colour) => colour,
            None => [fields.number("r", 1.0)?, fields.number("g", 1.0)?, fields.number("b", 1.0)?],
        };
        Ok(Self {
            uuid: fields.text("uuid")?.filter(|uuid| !uuid.is_empty()).map(str::to_owned),
            colour,
            opacity: fields.number("opacity", 1.0)?,
            thickness: fields.number("thickness", THICKNESS)?,
            softness: fields.number("softness", 0.0)?,
            size_sensitivity: fields.number("size_sensitivity", 1.0)?,
            opacity_sensitivity: fields.number("opacity_sensitivity", 1.0)?,
            kind: fields.text("type")?.unwrap_or(Self::BRUSH).to_owned(),
            is_erase_stroke: fields.truth("is_erase_stroke")?,
            points: points(fields.list("points")?.unwrap_or_default())?,
        })
    }

    /// The stroke as xStudio takes it, `Bookmark.set_annotation(strokes=…)`, with the keys of both versions.
    pub fn to_value(&self) -> Value {
        let [r, g, b] = self.colour;
        let points: Vec<f64> = self
            .points
            .iter()
            .flat_map(|point| [point.x, point.y, point.size_pressure, point.opacity_pressure])
            .collect();
        let mut object: Object = [
            ("colour", self.colour.to_vec().into()),
            ("r", r.into()),
            ("g", g.into()),
            ("b", b.into()),
            ("opacity", self.opacity.into()),
            ("thickness", self.thickness.into()),
            ("softness", self.softness.into()),
            ("size_sensitivity", self.size_sensitivity.into()),
            ("opacity_sensitivity", self.opacity_sensitivity.into()),
            ("type", self.kind.as_str().into()),
            ("is_erase_stroke", self.is_erase_stroke.into()),
            ("points", Value::from(points)),
        ]
        .into_iter()
        .collect();
        if let Some(uuid) = &self.uuid {
            object.insert("uuid", uuid.as_str());
        }
        object.into()
    }

    fn erases(&self) -> bool {
        self.is_erase_stroke || self.kind == Self::ERASE
    }
}

/// White, hard, without points.
impl Default for XsStroke {
    fn default() -> Self {
        Self {
            uuid: None,
            colour: [1.0; 3],
            opacity: 1.0,
            thickness: THICKNESS,
            softness: 0.0,
            size_sensitivity: 1.0,
            opacity_sensitivity: 1.0,
            kind: Self::BRUSH.to_owned(),
            is_erase_stroke: false,
            points: Vec::new(),
        }
    }
}

/// From a flat list in fours.
fn points(list: &[Value]) -> Result<Vec<XsPoint>, NativeError> {
    let number = |(at, value): (usize, &Value)| {
        value.as_f64().ok_or_else(|| NativeError::new(format!("$.points[{at}]"), "a number", value))
    };
    let numbers: Vec<f64> = list.iter().enumerate().map(number).collect::<Result<_, _>>()?;
    let (fours, _) = numbers.as_chunks();
    let point = |[x, y, size_pressure, opacity_pressure]: &[f64; 4]| XsPoint {
        x: *x,
        y: *y,
        size_pressure: *size_pressure,
        opacity_pressure: *opacity_pressure,
    };
    Ok(fours.iter().map(point).collect())
}

/// Two events for every stroke of xStudio, its beginning and its points. A stroke without an identity has that of `uuid_list`
/// at its index, else a fresh one. Sizes go with the pressure where any point has some.
pub fn xs_strokes_to_sync_events(
    pen_strokes: &[XsStroke],
    aspect_half: f64,
    uuid_list: &[String],
    mint: &mut dyn Mint,
) -> Vec<SyncEvent> {
    let half = usable_aspect(aspect_half);
    let mut events = Vec::with_capacity(2 * pen_strokes.len());
    for (index, stroke) in pen_strokes.iter().enumerate() {
        let listed = uuid_list.get(index).map(String::as_str);
        let uuid = given_or_fresh(stroke.uuid.as_deref().or(listed), mint);
        let [r, g, b] = stroke.colour;
        events.push(SyncEvent::PaintStart(PaintStart {
            uuid: Some(uuid.clone()),
            friendly_name: Some(String::new()),
            rgba: Some([r, g, b, stroke.opacity]),
            kind: if stroke.erases() { PaintStart::ERASE } else { PaintStart::COLOR }.to_owned(),
            brush: BRUSH.to_owned(),
            timestamp: Some(mint.timestamp()),
            ..PaintStart::default()
        }));
        events.push(SyncEvent::PaintPoint(PaintPoint {
            uuid: Some(uuid),
            points: Some(vertices(stroke, half)),
            timestamp: Some(mint.timestamp()),
            ..PaintPoint::default()
        }));
    }
    events
}

fn vertices(stroke: &XsStroke, half: f64) -> PaintVertices {
    let diameter = 2.0 * stroke.thickness * half;
    let has_pressure = stroke.points.iter().any(|point| point.size_pressure != 0.0);
    let size = |point: &XsPoint| if has_pressure { diameter * point.size_pressure } else { diameter };
    let place = |point: &XsPoint| from_xs([point.x, point.y], half);
    let (x, y) = stroke.points.iter().map(place).map(|[x, y]| (x, y)).unzip();
    PaintVertices { x, y, size: stroke.points.iter().map(size).collect(), ..PaintVertices::default() }
}

/// The strokes of xStudio for a list of events, shapes among them. As in the reference, points belong to the stroke that
/// began last, whatever identity they have, and take the place of earlier ones.
pub fn sync_events_to_xs_strokes(commands: &[SyncEvent], aspect_half: f64) -> Vec<XsStroke> {
    let half = usable_aspect(aspect_half);
    let mut strokes: Vec<XsStroke> = Vec::new();
    let mut open = None;
    for command in commands {
        match command {
            SyncEvent::PaintStart(start) => {
                open = Some(strokes.len());
                strokes.push(begun(start));
            }
            SyncEvent::PaintPoint(PaintPoint { points: Some(points), .. }) => {
                if let Some(stroke) = open.and_then(|at| strokes.get_mut(at)) {
                    draw(stroke, points, half);
                }
            }
            other => strokes.extend(shape(other, half)),
        }
    }
    strokes
}

fn begun(start: &PaintStart) -> XsStroke {
    let [r, g, b, opacity] = start.rgba.unwrap_or([1.0; 4]);
    let erases = start.kind == PaintStart::ERASE;
    XsStroke {
        uuid: start.uuid.clone().filter(|uuid| !uuid.is_empty()),
        colour: [r, g, b],
        opacity,
        softness: if is_gaussian(&start.brush) { 1.0 } else { 0.0 },
        kind: if erases { XsStroke::ERASE } else { XsStroke::BRUSH }.to_owned(),
        is_erase_stroke: erases,
        ..XsStroke::default()
    }
}

fn draw(stroke: &mut XsStroke, points: &PaintVertices, half: f64) {
    let widest = points.size.iter().copied().fold(0.0, f64::max);
    let share = if stroke.softness > 0.0 { SOFT_SHARE } else { 1.0 };
    let thickness = widest / (2.0 * half) * share;
    stroke.thickness = if thickness > 0.0 { thickness } else { THICKNESS_OF_NO_SIZE };
    let pressure = |index: usize| match points.size.get(index) {
        Some(size) if *size != 0.0 && widest > 0.0 => size / widest,
        _ => 1.0,
    };
    let point = |(index, place): (usize, [f64; 2])| XsPoint {
        size_pressure: pressure(index),
        ..XsPoint::at(to_xs(place, half))
    };
    stroke.points = positions(points).enumerate().map(point).collect();
}

/// The outline of a shape.
fn shape(event: &SyncEvent, half: f64) -> Option<XsStroke> {
    let (points, rgba, size, uuid) = match event {
        SyncEvent::RectangleAnnotation(shape) => {
            (shapes::rect(shape.min, shape.max), shape.rgba, shape.size, &shape.uuid)
        }
        SyncEvent::EllipseAnnotation(shape) => {
            let points = shapes::ellipse(shape.min, shape.max, shapes::ELLIPSE_STEPS);
            (points, shape.rgba, shape.size, &shape.uuid)
        }
        SyncEvent::ArrowAnnotation(shape) => {
            (shapes::arrow(shape.start, shape.end), shape.rgba, shape.size, &shape.uuid)
        }
        _ => return None,
    };
    let [r, g, b, opacity] = rgba;
    Some(XsStroke {
        uuid: uuid.clone().filter(|uuid| !uuid.is_empty()),
        colour: [r, g, b],
        opacity,
        thickness: size / (2.0 * half),
        points: points.into_iter().map(|place| XsPoint::at(to_xs(place, half))).collect(),
        ..XsStroke::default()
    })
}
