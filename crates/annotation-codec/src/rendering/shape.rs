//! The outlines of shapes.

use tiny_skia::{Path, PathBuilder, Rect, Stroke};

use super::brush::{self, Dab};
use super::path::{Scale, push_polygon};
use crate::shapes;

/// A box in pixels, whichever of its corners is which.
#[derive(Clone, Copy)]
pub(super) struct Corners {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

impl Corners {
    pub(super) fn of(min: [f64; 2], max: [f64; 2], scale: Scale) -> Option<Self> {
        let (a, b) = (scale.place(min)?, scale.place(max)?);
        let ((left, right), (top, bottom)) = (ordered(a[0], b[0]), ordered(a[1], b[1]));
        Some(Self { left, top, right, bottom })
    }

    fn grown(self, by: f32) -> Self {
        Self { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }
}

fn ordered(a: f32, b: f32) -> (f32, f32) {
    (a.min(b), a.max(b))
}

/// What is inside a rectangle.
pub(super) fn rect_inside(corners: Corners) -> Option<Path> {
    let mut builder = PathBuilder::new();
    push_clockwise(&mut builder, corners);
    builder.finish()
}

/// The border of a rectangle: a box with a hole, if there is room for one.
pub(super) fn rect_border(corners: Corners, width: f32) -> Option<Path> {
    let mut builder = PathBuilder::new();
    push_clockwise(&mut builder, corners.grown(width / 2.0));
    let Corners { left, top, right, bottom } = corners.grown(-width / 2.0);
    if left < right && top < bottom {
        push_polygon(&mut builder, &[[left, top], [left, bottom], [right, bottom], [right, top]]);
    }
    builder.finish()
}

fn push_clockwise(builder: &mut PathBuilder, Corners { left, top, right, bottom }: Corners) {
    push_polygon(builder, &[[left, top], [right, top], [right, bottom], [left, bottom]]);
}

/// What is inside an ellipse.
pub(super) fn ellipse_inside(corners: Corners) -> Option<Path> {
    let Corners { left, top, right, bottom } = corners;
    PathBuilder::from_oval(Rect::from_ltrb(left, top, right, bottom)?)
}

/// The border of an ellipse. Where it is wider than the ellipse is round, its inner side would turn over, and what a
/// brush covers on its way round is taken.
pub(super) fn ellipse_border(corners: Corners, width: f32) -> Option<Path> {
    let radii = [(corners.right - corners.left) / 2.0, (corners.bottom - corners.top) / 2.0];
    let (short, long) = ordered(radii[0], radii[1]);
    if !corners.is_empty() && width / 2.0 < short * short / long {
        let stroke = Stroke { width, ..Stroke::default() };
        return ellipse_inside(corners)?.stroke(&stroke, 1.0);
    }
    let min = [f64::from(corners.left), f64::from(corners.top)];
    let max = [f64::from(corners.right), f64::from(corners.bottom)];
    let round = shapes::ellipse(min, max, 4 * shapes::ELLIPSE_STEPS);
    let dab = |place: [f64; 2]| Dab { centre: place.map(super::path::single), radius: width / 2.0 };
    brush::outline(&round.into_iter().map(dab).collect::<Vec<_>>())
}

/// An arrow as a brush draws it.
pub(super) fn arrow(start: [f64; 2], end: [f64; 2], size: f64, scale: Scale) -> Option<Path> {
    let radius = scale.size(size) / 2.0;
    let points = shapes::arrow(start, end);
    let dabs: Option<Vec<Dab>> =
        points.into_iter().map(|place| Some(Dab { centre: scale.place(place)?, radius })).collect();
    brush::outline(&dabs?)
}
