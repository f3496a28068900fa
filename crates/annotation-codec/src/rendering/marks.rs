//! The marks of a list of events.

use std::collections::BTreeMap;

use otio_document::review::{PaintPoint, PaintStart, PaintVertices, SyncEvent, TextAnnotation};
use tiny_skia::Path;

use super::brush::{self, Dab};
use super::drawing::{Fill, Ink, LeftOut, Mark, Stencil};
use super::path::{Scale, single};
use super::shape::{self, Corners};
use super::{Canvas, Fonts, RenderError, text};
use crate::coords::DEFAULT_FONT_SIZE;
use crate::events::{BRUSH_SIZE, is_gaussian, positions, unless_zero};
use crate::limits::{POINTS_MAX, SOFTNESS_MAX, TEXT_MAX};
use crate::sync_event_schema;

/// Letters of this size are an image height high.
const SIZE_OF_IMAGE_HEIGHT: f64 = 417.0;

/// The standard deviation of a soft brush's blur as a part of its mean diameter.
const SOFT_SHARE: f64 = 1.0 / 3.0;

/// What was read of a list so far.
pub(super) struct Marks<'events> {
    scale: Scale,
    fonts: &'events Fonts,
    items: Vec<Item<'events>>,
    /// The stroke that began last under a uuid, among the items.
    strokes: BTreeMap<Option<&'events str>, usize>,
    points: usize,
    text: usize,
    left_out: Vec<LeftOut>,
}

enum Item<'events> {
    Stroke(Stroke<'events>),
    Done(Mark),
}

struct Stroke<'events> {
    start: &'events PaintStart,
    points: Vec<Point>,
}

/// A point of a stroke, in the coordinates of the protocol.
struct Point {
    place: [f64; 2],
    size: f64,
    alpha: f64,
}

impl<'events> Marks<'events> {
    pub(super) fn new(canvas: Canvas, fonts: &'events Fonts) -> Self {
        let scale = Scale::of(canvas);
        let (items, strokes, left_out) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { scale, fonts, items, strokes, points: 0, text: 0, left_out }
    }

    /// The next event.
    pub(super) fn take(&mut self, index: usize, event: &'events SyncEvent) -> Result<(), RenderError> {
        match event {
            SyncEvent::PaintStart(start) => {
                self.strokes.insert(start.uuid.as_deref(), self.items.len());
                self.items.push(Item::Stroke(Stroke { start, points: Vec::new() }));
            }
            SyncEvent::PaintPoint(points) => self.points(points)?,
            SyncEvent::TextAnnotation(text) => self.text(index, text)?,
            SyncEvent::RectangleAnnotation(rect) if rect.visible => {
                let width = self.scale.size(rect.size);
                self.outlined(rect.min, rect.max, |corners| {
                    [
                        fill(shape::rect_inside(corners), rect.inner_rgba),
                        fill(shape::rect_border(corners, width), rect.rgba),
                    ]
                });
            }
            SyncEvent::EllipseAnnotation(ellipse) if ellipse.visible => {
                let width = self.scale.size(ellipse.size);
                self.outlined(ellipse.min, ellipse.max, |corners| {
                    [
                        fill(shape::ellipse_inside(corners), ellipse.inner_rgba),
                        fill(shape::ellipse_border(corners, width), ellipse.rgba),
                    ]
                });
            }
            SyncEvent::ArrowAnnotation(arrow) if arrow.visible => {
                let outline = shape::arrow(arrow.start, arrow.end, arrow.size, self.scale);
                self.push([fill(outline, arrow.rgba)], None);
            }
            SyncEvent::Other(value) => {
                let schema = sync_event_schema(value).to_owned();
                self.left_out.push(LeftOut::Unknown { index, schema });
            }
            _ => {}
        }
        Ok(())
    }

    /// All marks, in their order, and what is none.
    pub(super) fn finish(self) -> (Vec<Mark>, Vec<LeftOut>) {
        let scale = self.scale;
        let mark = |item| match item {
            Item::Done(mark) => Some(mark),
            Item::Stroke(stroke) => stroke.into_mark(scale),
        };
        (self.items.into_iter().filter_map(mark).collect(), self.left_out)
    }

    fn points(&mut self, event: &PaintPoint) -> Result<(), RenderError> {
        let Some(points) = &event.points else { return Ok(()) };
        let at = self.strokes.get(&event.uuid.as_deref()).copied();
        if let Some(Item::Stroke(stroke)) = at.and_then(|at| self.items.get_mut(at)) {
            let before = stroke.points.len();
            stroke.go_on(points);
            self.points += stroke.points.len() - before;
        }
        RenderError::check("points", self.points, POINTS_MAX as u64)
    }

    fn text(&mut self, index: usize, event: &TextAnnotation) -> Result<(), RenderError> {
        let words = event.text.as_deref().unwrap_or_default();
        self.text += words.len();
        RenderError::check("bytes of text", self.text, TEXT_MAX as u64)?;
        let font_size = unless_zero(event.font_size, DEFAULT_FONT_SIZE) * unless_zero(event.scale, 1.0);
        let size = self.scale.size(font_size / SIZE_OF_IMAGE_HEIGHT).max(1.0);
        let Some(origin) = self.scale.place(event.position.unwrap_or_default()) else { return Ok(()) };
        let drawn = text::outline(words, origin, size, self.fonts);
        let missing = drawn.missing.into_iter().map(|letter| LeftOut::NoGlyph { index, letter });
        self.left_out.extend(missing);
        self.push([fill(drawn.outline, event.rgba.unwrap_or([1.0; 4]))], Some(words.to_owned()));
        Ok(())
    }

    fn outlined(&mut self, min: [f64; 2], max: [f64; 2], fills: impl FnOnce(Corners) -> [Option<Fill>; 2]) {
        if let Some(corners) = Corners::of(min, max, self.scale) {
            self.push(fills(corners), None);
        }
    }

    fn push(&mut self, fills: impl IntoIterator<Item = Option<Fill>>, words: Option<String>) {
        let fills: Vec<Fill> = fills.into_iter().flatten().collect();
        if !fills.is_empty() {
            self.items.push(Item::Done(Mark { erases: false, ink: Ink::Plain(fills), words }));
        }
    }
}

impl Stroke<'_> {
    /// A size that is not there is that of the point before.
    fn go_on(&mut self, points: &PaintVertices) {
        for (at, place) in positions(points).enumerate() {
            let before = self.points.last().map_or(BRUSH_SIZE, |point| point.size);
            let size = points.size.get(at).copied().unwrap_or(before);
            let alpha = points.alpha.get(at).copied().unwrap_or(1.0);
            self.points.push(Point { place, size, alpha });
        }
    }

    fn into_mark(self, scale: Scale) -> Option<Mark> {
        let start = self.start;
        if !start.visible {
            return None;
        }
        let (dabs, alphas): (Vec<Dab>, Vec<f32>) =
            self.points.iter().filter_map(|point| point.dab(scale)).unzip();
        let (rgb, opacity) = colour(start.rgba.unwrap_or([1.0; 4]));
        let parts = parts(&dabs, &alphas, opacity);
        let sigma = if is_gaussian(&start.brush) { sigma(&dabs, scale) } else { 0.0 };
        let ink = match parts.len() {
            0 => return None,
            1 if sigma <= 0.0 => {
                let fill = |(path, alpha)| Fill { path, rgb, alpha };
                Ink::Plain(parts.into_iter().map(fill).collect())
            }
            _ => Ink::Stencil(Stencil { rgb, parts, sigma }),
        };
        Some(Mark { erases: start.kind == PaintStart::ERASE, ink, words: None })
    }
}

impl Point {
    fn dab(&self, scale: Scale) -> Option<(Dab, f32)> {
        let radius = scale.size(self.size) / 2.0;
        Some((Dab { centre: scale.place(self.place)?, radius }, part(self.alpha)))
    }
}

/// One outline where the opacity is the same all the way; else one from each point to the next.
fn parts(dabs: &[Dab], alphas: &[f32], opacity: f32) -> Vec<(Path, f32)> {
    let first = alphas.first().copied().unwrap_or(1.0);
    if alphas.iter().all(|alpha| alpha.to_bits() == first.to_bits()) {
        return brush::outline(dabs).map(|path| (path, first * opacity)).into_iter().collect();
    }
    let part = |(dabs, alphas): (&[Dab], &[f32])| {
        let alpha = alphas.iter().sum::<f32>() / 2.0;
        Some((brush::outline(dabs)?, alpha * opacity))
    };
    dabs.windows(2).zip(alphas.windows(2)).filter_map(part).collect()
}

/// How far a soft brush is blurred, in pixels: at least one.
fn sigma(dabs: &[Dab], scale: Scale) -> f32 {
    let sum: f64 = dabs.iter().map(|dab| 2.0 * f64::from(dab.radius)).sum();
    #[expect(clippy::cast_precision_loss, reason = "at most half a million")]
    let mean = sum / dabs.len().max(1) as f64;
    single(mean * SOFT_SHARE).min(scale.size(SOFTNESS_MAX)).max(1.0)
}

fn fill(path: Option<Path>, rgba: [f64; 4]) -> Option<Fill> {
    let (rgb, alpha) = colour(rgba);
    path.filter(|_| alpha > 0.0).map(|path| Fill { path, rgb, alpha })
}

fn colour([r, g, b, opacity]: [f64; 4]) -> ([f32; 3], f32) {
    ([r, g, b].map(part), part(opacity))
}

/// From 0 to 1, and 0 for what is no number.
fn part(value: f64) -> f32 {
    single(if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) })
}
