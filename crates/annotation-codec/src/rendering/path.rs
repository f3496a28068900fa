//! Outlines in pixels, from the top left corner.

use std::fmt::Write;

use tiny_skia::{Path, PathBuilder, PathSegment};

use super::Canvas;
use crate::coords::norm_to_px;
use crate::limits::{DISTANCE_MAX, SIZE_MAX};

/// From the coordinates of the protocol to pixels.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    width: f64,
    height: f64,
}

impl Scale {
    pub(super) fn of(canvas: Canvas) -> Self {
        Self { width: canvas.width.into(), height: canvas.height.into() }
    }

    /// A place; none where it is none, and not farther than [`DISTANCE_MAX`].
    pub(super) fn place(self, [x, y]: [f64; 2]) -> Option<[f32; 2]> {
        let near = |value: f64| value.is_finite().then(|| value.clamp(-DISTANCE_MAX, DISTANCE_MAX));
        Some(norm_to_px(near(x)?, near(y)?, self.width, self.height).map(single))
    }

    /// A size that is no place: zero where it is none or negative, and not larger than [`SIZE_MAX`].
    pub(super) fn size(self, size: f64) -> f32 {
        let size = if size.is_finite() { size } else { 0.0 };
        single(size.clamp(0.0, SIZE_MAX) * self.height)
    }
}

/// Pixels need no more.
#[expect(clippy::cast_possible_truncation, reason = "clamped, far below the end of f32")]
pub(super) fn single(value: f64) -> f32 {
    value as f32
}

/// A polygon.
pub(super) fn push_polygon(builder: &mut PathBuilder, points: &[[f32; 2]]) {
    let Some(([x, y], others)) = points.split_first() else { return };
    builder.move_to(*x, *y);
    for [x, y] in others {
        builder.line_to(*x, *y);
    }
    builder.close();
}

/// An outline as SVG writes it, to the hundredth of a pixel.
pub(super) fn svg_data(path: &Path) -> String {
    let mut data = String::new();
    for segment in path.segments() {
        match segment {
            PathSegment::MoveTo(to) => push(&mut data, 'M', &[to]),
            PathSegment::LineTo(to) => push(&mut data, 'L', &[to]),
            PathSegment::QuadTo(over, to) => push(&mut data, 'Q', &[over, to]),
            PathSegment::CubicTo(over, above, to) => push(&mut data, 'C', &[over, above, to]),
            PathSegment::Close => data.push('Z'),
        }
    }
    data
}

fn push(data: &mut String, command: char, points: &[tiny_skia::Point]) {
    data.push(command);
    for (at, number) in points.iter().flat_map(|point| [point.x, point.y]).enumerate() {
        if at > 0 {
            data.push(' ');
        }
        push_number(data, f64::from(number));
    }
}

/// A number to the hundredth, without what it does not need.
pub(super) fn push_number(text: &mut String, number: f64) {
    let start = text.len();
    // Writing to a string cannot fail.
    let _ = write!(text, "{number:.2}");
    let kept = text[start..].trim_end_matches('0').trim_end_matches('.').len();
    text.truncate(start + kept);
    if &text[start..] == "-0" {
        text.replace_range(start.., "0");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "the numbers are round")]

    use super::{Canvas, Scale, push_number};

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        for (number, text) in
            [(1.0, "1"), (0.5, "0.5"), (-0.001, "0"), (100.0, "100"), (-1.254, "-1.25"), (0.0, "0")]
        {
            let mut written = "x".to_owned();
            push_number(&mut written, number);
            assert_eq!(written, format!("x{text}"));
        }
    }

    #[test]
    fn places_that_are_none_are_left_out_and_far_ones_come_near() {
        let scale = Scale::of(Canvas { width: 1920, height: 1080 });
        assert_eq!(scale.place([0.25, 0.25]), Some([1230.0, 270.0]));
        assert_eq!((scale.place([f64::NAN, 0.0]), scale.place([0.0, f64::INFINITY])), (None, None));
        assert!(scale.place([1e300, 0.0]).is_some_and(|[x, _]| x < 300.0 * 1080.0));
        assert_eq!([-1.0, f64::NAN, 0.5].map(|size| scale.size(size)), [0.0, 0.0, 540.0]);
    }
}
