//! Shapes as lines, for programs that have no shapes. Points are in the coordinates of the protocol.
//!
//! ```
//! use annotation_codec::shapes;
//!
//! assert_eq!(shapes::arrow([-0.4, 0.0], [0.4, 0.0])[2..], [[0.375, 0.0125], [0.4, 0.0], [0.375, -0.0125]]);
//! ```

use std::f64::consts::TAU;

use crate::limits::ELLIPSE_STEPS_MAX;

/// How many steps an ellipse has, where nobody says.
pub const ELLIPSE_STEPS: usize = 36;

/// The longest head of an arrow, in image heights.
const HEAD_MAX: f64 = 0.025;

/// The head of an arrow as a part of its length.
const HEAD_SHARE: f64 = 0.075;

/// The length up to which an arrow has no head, in image heights.
const HEADLESS: f64 = 0.0001;

/// A rectangle from corner to corner and back to the first: 5 points, from the corner `min` along x first.
pub fn rect(min: [f64; 2], max: [f64; 2]) -> Vec<[f64; 2]> {
    vec![min, [max[0], min[1]], max, [min[0], max[1]], min]
}

/// An ellipse between two corners, counter-clockwise from its rightmost point and back to it: one point more than steps,
/// of which there are from 1 to 100 000.
pub fn ellipse(min: [f64; 2], max: [f64; 2], steps: usize) -> Vec<[f64; 2]> {
    let centre = [f64::midpoint(min[0], max[0]), f64::midpoint(min[1], max[1])];
    let radii = [(max[0] - min[0]) / 2.0, (max[1] - min[1]) / 2.0];
    let steps = steps.clamp(1, ELLIPSE_STEPS_MAX);
    #[expect(clippy::cast_precision_loss, reason = "at most 100 000")]
    let angle = |step: usize| TAU * step as f64 / steps as f64;
    (0..=steps)
        .map(angle)
        .map(|angle| [centre[0] + radii[0] * angle.cos(), centre[1] + radii[1] * angle.sin()])
        .collect()
}

/// An arrow: its line, and where it is long enough, a barb on its left, its tip again, and a barb on its right.
pub fn arrow(start: [f64; 2], end: [f64; 2]) -> Vec<[f64; 2]> {
    let mut points = vec![start, end];
    let way = [end[0] - start[0], end[1] - start[1]];
    let length = way[0].hypot(way[1]);
    if length > HEADLESS && length.is_finite() {
        let (ux, uy) = (way[0] / length, way[1] / length);
        let head = HEAD_MAX.min(HEAD_SHARE * length);
        let foot = [end[0] - head * ux, end[1] - head * uy];
        let aside = [0.5 * head * -uy, 0.5 * head * ux];
        points.push([foot[0] + aside[0], foot[1] + aside[1]]);
        points.push(end);
        points.push([foot[0] - aside[0], foot[1] - aside[1]]);
    }
    points
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "results are given to the last digit")]

    use super::{ELLIPSE_STEPS, arrow, ellipse, rect};

    fn assert_near(found: [f64; 2], expected: [f64; 2]) {
        let off = (found[0] - expected[0]).abs().max((found[1] - expected[1]).abs());
        assert!(off < 1e-15, "{found:?}, not {expected:?}");
    }

    #[test]
    fn a_rectangle_goes_round_from_its_first_corner() {
        assert_eq!(
            rect([-0.2, -0.1], [0.2, 0.1]),
            [[-0.2, -0.1], [0.2, -0.1], [0.2, 0.1], [-0.2, 0.1], [-0.2, -0.1]]
        );
    }

    #[test]
    fn an_ellipse_goes_round_from_its_right() {
        let points = ellipse([-0.2, -0.1], [0.2, 0.1], ELLIPSE_STEPS);
        assert_eq!((points.len(), points[0]), (37, [0.2, 0.0]));
        assert_near(points[1], [0.196_961_550_602_441_6, 0.017_364_817_766_693_033]);
        assert_near(points[9], [1.22e-17, 0.1]);
        assert_near(points[36], [0.2, -2.4e-17]);
        assert_eq!(ellipse([0.0; 2], [1.0; 2], 0).len(), 2, "no division by zero");
    }

    #[test]
    fn an_arrow_has_a_head_of_a_part_of_its_length_at_most_a_fortieth_of_the_image() {
        let points = arrow([0.0, 0.0], [0.3, 0.4]);
        assert_eq!((points[0], points[1], points[3]), ([0.0, 0.0], [0.3, 0.4], [0.3, 0.4]));
        assert_near(points[2], [0.274_999_999_999_999_97, 0.3875]);
        assert_near(points[4], [0.295, 0.3725]);
        let short = arrow([0.0, 0.0], [0.1, 0.0]);
        assert_near(short[2], [0.1 - 0.0075, 0.00375]);
        assert_eq!(arrow([0.1, 0.1], [0.1, 0.1]), [[0.1, 0.1], [0.1, 0.1]], "a point has no direction");
    }
}
