//! Strokes and texts from pixels, for tests, demonstrations and scripts.
//!
//! ```
//! use annotation_codec::annotation_builder::{Image, Stroke, line_pts, make_stroke};
//! # struct Fixed;
//! # impl annotation_codec::Mint for Fixed {
//! #     fn uuid(&mut self) -> String { "a".to_owned() }
//! #     fn timestamp(&mut self) -> String { "2026-11-22T11:00:00".to_owned() }
//! # }
//! # let mut mint = Fixed;
//!
//! let line = line_pts([100.0, 100.0], [500.0, 100.0], 24);
//! let stroke = Stroke { points_px: &line, rgba: [1.0, 0.0, 0.0, 1.0], size: 0.01, ..Stroke::default() };
//! let events = make_stroke(&stroke, Image { width: 1920.0, height: 1080.0 }, &mut mint);
//! assert_eq!(events.len(), 3); // PaintStart, PaintPoint, PaintEnd
//! ```

use std::f64::consts::PI;

use otio_document::review::{PaintEnd, PaintPoint, PaintStart, PaintVertices, SyncEvent, TextAnnotation};

use crate::Mint;
pub use crate::coords::px_to_norm;

/// Who drew a stroke that was made here.
pub const AUTHOR: &str = "annotation_builder";

/// How many points [`line_pts`] has in the reference, where nobody says.
pub const LINE_POINTS: usize = 24;

/// How many points [`bezier_curve`] has in the reference, where nobody says.
pub const CURVE_POINTS: usize = 50;

/// The size of an image in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Image {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// A stroke to be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke<'a> {
    /// Its points, in pixels right of and below the top left corner.
    pub points_px: &'a [[f64; 2]],
    /// Red, green, blue and opacity, from 0 to 1.
    pub rgba: [f64; 4],
    /// The diameter of the brush, in image heights.
    pub size: f64,
    /// The name of the brush.
    pub brush: &'a str,
    /// Whether the pen is pressed more in the middle, see [`pressure_sizes`].
    pub varying_pressure: bool,
}

/// White, with a round brush of a hundredth of the image's height.
impl Default for Stroke<'_> {
    fn default() -> Self {
        Self { points_px: &[], rgba: [1.0; 4], size: 0.01, brush: "circle", varying_pressure: false }
    }
}

/// A stroke: its beginning, its points, and an end without points.
pub fn make_stroke(stroke: &Stroke<'_>, image: Image, mint: &mut dyn Mint) -> [SyncEvent; 3] {
    let uuid = Some(mint.uuid());
    let count = stroke.points_px.len();
    let size =
        if stroke.varying_pressure { pressure_sizes(stroke.size, count) } else { vec![stroke.size; count] };
    let norm = |point: &[f64; 2]| px_to_norm(point[0], point[1], image.width, image.height);
    let (x, y) = stroke.points_px.iter().map(norm).map(|[x, y]| (x, y)).unzip();
    let start = PaintStart {
        uuid: uuid.clone(),
        friendly_name: Some(AUTHOR.to_owned()),
        rgba: Some(stroke.rgba),
        brush: stroke.brush.to_owned(),
        timestamp: Some(mint.timestamp()),
        ..PaintStart::default()
    };
    let points = PaintPoint {
        uuid: uuid.clone(),
        points: Some(PaintVertices { x, y, size, ..PaintVertices::default() }),
        timestamp: Some(mint.timestamp()),
        ..PaintPoint::default()
    };
    let end = PaintEnd { uuid, timestamp: Some(mint.timestamp()), ..PaintEnd::default() };
    [SyncEvent::PaintStart(start), SyncEvent::PaintPoint(points), SyncEvent::PaintEnd(end)]
}

/// A text whose base line begins at a place in pixels. Its spacing is 1, its font `monospace`.
pub fn make_text(
    position_px: [f64; 2],
    image: Image,
    text: &str,
    rgba: [f64; 4],
    font_size: f64,
    mint: &mut dyn Mint,
) -> SyncEvent {
    SyncEvent::TextAnnotation(TextAnnotation {
        uuid: Some(mint.uuid()),
        friendly_name: Some(AUTHOR.to_owned()),
        position: Some(px_to_norm(position_px[0], position_px[1], image.width, image.height)),
        rgba: Some(rgba),
        text: Some(text.to_owned()),
        spacing: Some(1.0),
        font_size: Some(font_size),
        scale: Some(1.0),
        rotation: Some(0.0),
        font: Some("monospace".to_owned()),
        ..TextAnnotation::default()
    })
}

/// The sizes of a brush on its way, as if a pen were pressed down and lifted: a sine from under a quarter of the size to all of
/// it and back. For one point, the size itself.
pub fn pressure_sizes(base: f64, count: usize) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "strokes are far shorter than 2^52 points")]
    let pressed = |index: usize| 0.5 + 1.6 * (PI * index as f64 / (count - 1) as f64).sin();
    match count {
        0 | 1 => vec![base],
        _ => (0..count).map(|index| base * pressed(index) / 2.1).collect(),
    }
}

/// Points at equal distances on a line, both its ends among them.
pub fn line_pts(from: [f64; 2], to: [f64; 2], count: usize) -> Vec<[f64; 2]> {
    let along = |t: f64| [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t];
    steps(count).map(along).collect()
}

/// Points on a cubic Bézier curve at equal steps of its parameter, both its ends among them.
pub fn bezier_curve(control: [[f64; 2]; 4], count: usize) -> Vec<[f64; 2]> {
    let at = |t: f64| {
        let u = 1.0 - t;
        let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
        let sum = |axis: usize| weights.iter().zip(control).map(|(weight, point)| weight * point[axis]).sum();
        [sum(0), sum(1)]
    };
    steps(count).map(at).collect()
}

/// From 0 to 1; of a single step, 0.
fn steps(count: usize) -> impl Iterator<Item = f64> {
    #[expect(clippy::cast_precision_loss, reason = "strokes are far shorter than 2^52 points")]
    (0..count).map(move |index| index as f64 / count.saturating_sub(1).max(1) as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "results are given to the last digit")]

    use super::{bezier_curve, line_pts, pressure_sizes};

    #[test]
    fn pressure_rises_and_falls_as_in_the_reference() {
        let expected = [
            0.002_380_952_380_952_380_7,
            0.007_768_432_618_564_171,
            0.01,
            0.007_768_432_618_564_173,
            0.002_380_952_380_952_382,
        ];
        for (found, expected) in pressure_sizes(0.01, 5).into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-17, "{found}, not {expected}");
        }
        assert_eq!((pressure_sizes(0.01, 1), pressure_sizes(0.01, 0)), (vec![0.01], vec![0.01]));
    }

    #[test]
    fn lines_and_curves_have_their_ends() {
        assert_eq!(line_pts([0.0, 1.0], [4.0, 3.0], 3), [[0.0, 1.0], [2.0, 2.0], [4.0, 3.0]]);
        assert_eq!(line_pts([1.0, 1.0], [2.0, 2.0], 1), [[1.0, 1.0]]);
        let curve = bezier_curve([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]], 3);
        assert_eq!(curve, [[0.0, 0.0], [0.5, 0.75], [1.0, 0.0]]);
    }
}
