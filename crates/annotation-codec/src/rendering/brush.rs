//! What a brush covers on its way.
//!
//! The outline is many pieces that overlap, all turned the same way, and is filled where it winds round a place at all: so a stroke
//! covers each place once, however often it goes there.

use tiny_skia::{Path, PathBuilder};

use super::path::push_polygon;

/// How far a joint may be from round, in pixels.
const FLATNESS: f32 = 0.05;

/// A place of the brush.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Dab {
    pub(super) centre: [f32; 2],
    pub(super) radius: f32,
}

/// The outline of a way: discs, and what is between two of them. None where nothing is covered.
pub(super) fn outline(dabs: &[Dab]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let mut last: Option<Side> = None;
    for (at, dab) in dabs.iter().enumerate() {
        let next = dabs.get(at + 1).and_then(|next| Side::between(dab, next));
        match (last, next) {
            (Some(before), Some(after)) if bends_little(&before, &after, dab.radius) => {
                push_turned(&mut builder, [dab.centre, before.left[1], after.left[0]]);
                push_turned(&mut builder, [dab.centre, before.right[1], after.right[0]]);
            }
            _ => push_disc(&mut builder, dab),
        }
        if let (Some(Side { left, right, .. }), Some(after)) = (next, dabs.get(at + 1)) {
            // The centres are corners, so that pieces meet in them and leave no seam where the brush grows or shrinks.
            let piece = [left[0], dab.centre, right[0], right[1], after.centre, left[1]];
            push_polygon(&mut builder, &piece);
        }
        last = next;
    }
    builder.finish()
}

fn push_disc(builder: &mut PathBuilder, dab: &Dab) {
    if dab.radius > 0.0 {
        builder.push_circle(dab.centre[0], dab.centre[1], dab.radius);
    }
}

/// The lines that touch two discs from outside.
#[derive(Clone, Copy)]
struct Side {
    left: [[f32; 2]; 2],
    right: [[f32; 2]; 2],
    /// Where it goes, of length 1.
    way: [f32; 2],
}

impl Side {
    /// None where one disc lies inside the other.
    fn between(from: &Dab, to: &Dab) -> Option<Self> {
        let (dx, dy) = (to.centre[0] - from.centre[0], to.centre[1] - from.centre[1]);
        let distance = dx.hypot(dy);
        let narrowing = from.radius - to.radius;
        if distance <= narrowing.abs() || distance <= f32::EPSILON {
            return None;
        }
        let way = [dx / distance, dy / distance];
        let along = narrowing / distance;
        let across = (1.0 - along * along).max(0.0).sqrt();
        let touch = |dab: &Dab, side: f32| {
            let x = way[0] * along - side * way[1] * across;
            let y = way[1] * along + side * way[0] * across;
            [dab.centre[0] + dab.radius * x, dab.centre[1] + dab.radius * y]
        };
        let lines = |side| [touch(from, side), touch(to, side)];
        Some(Self { left: lines(1.0), right: lines(-1.0), way })
    }
}

/// Whether nobody sees that a joint is a corner and no arc.
fn bends_little(before: &Side, after: &Side, radius: f32) -> bool {
    let cosine = before.way[0] * after.way[0] + before.way[1] * after.way[1];
    let half_angle_cosine = (f32::midpoint(1.0, cosine)).max(0.0).sqrt();
    radius * (1.0 - half_angle_cosine) <= FLATNESS
}

/// A triangle, turned as the other pieces are.
fn push_turned(builder: &mut PathBuilder, [a, b, c]: [[f32; 2]; 3]) {
    let area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    if area > 0.0 {
        push_polygon(builder, &[a, b, c]);
    } else if area < 0.0 {
        push_polygon(builder, &[a, c, b]);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "the numbers are round")]

    use tiny_skia::{Path, PathSegment, Point};

    use super::{Dab, outline};

    fn dab(x: f32, y: f32, radius: f32) -> Dab {
        Dab { centre: [x, y], radius }
    }

    /// The signed area of every piece, its curves taken for their chords.
    fn areas(path: &Path) -> Vec<f32> {
        let (mut areas, mut points): (Vec<f32>, Vec<Point>) = (Vec::new(), Vec::new());
        for segment in path.segments() {
            match segment {
                PathSegment::MoveTo(to) => points = vec![to],
                PathSegment::LineTo(to) | PathSegment::QuadTo(_, to) | PathSegment::CubicTo(_, _, to) => {
                    points.push(to);
                }
                PathSegment::Close => {
                    let next = points.iter().skip(1).chain(points.first());
                    let doubled: f32 = points.iter().zip(next).map(|(a, b)| a.x * b.y - b.x * a.y).sum();
                    areas.push(doubled / 2.0);
                }
            }
        }
        areas
    }

    #[test]
    fn all_pieces_are_turned_the_same_way_wherever_the_stroke_goes() {
        for turn in 0..16_u8 {
            let (sin, cos) = (f32::from(turn) * 0.4).sin_cos();
            let dabs: Vec<Dab> =
                [(0.0, 0.0, 3.0), (10.0, 0.0, 5.0), (20.0, 1.0, 5.0), (20.0, 30.0, 2.0), (0.0, -9.0, 1.0)]
                    .map(|(x, y, radius)| dab(50.0 + x * cos - y * sin, 50.0 + x * sin + y * cos, radius))
                    .into();
            let areas = areas(&outline(&dabs).unwrap());
            assert!(areas.len() >= 9 && areas.iter().all(|area| *area > 0.0), "{areas:?}");
        }
    }

    #[test]
    fn a_straight_stroke_has_discs_at_its_ends_alone() {
        let straight = outline(&[dab(0.0, 0.0, 4.0), dab(10.0, 0.0, 4.0), dab(20.0, 0.0, 4.0)]).unwrap();
        assert_eq!(areas(&straight).len(), 4, "two discs and two boxes");
        assert_eq!((straight.bounds().left(), straight.bounds().bottom()), (-4.0, 4.0));
    }

    #[test]
    fn what_covers_nothing_has_no_outline() {
        assert!(outline(&[]).is_none() && outline(&[dab(1.0, 1.0, 0.0)]).is_none());
        let dot = outline(&[dab(5.0, 5.0, 2.0), dab(5.0, 5.0, 1.0)]).unwrap();
        assert_eq!(dot.bounds().width(), 4.0);
    }
}
