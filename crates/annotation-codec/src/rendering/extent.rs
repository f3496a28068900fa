//! Boxes around what is painted.

use tiny_skia::Path;

use super::Canvas;

/// A box in pixels; empty where its sides have crossed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extent {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

/// A box of whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PixelBox {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Extent {
    #[expect(clippy::cast_precision_loss, reason = "sides are far below 2^24")]
    pub(super) fn of_canvas(canvas: Canvas) -> Self {
        Self { left: 0.0, top: 0.0, right: canvas.width as f32, bottom: canvas.height as f32 }
    }

    pub(super) fn of_path(path: &Path) -> Self {
        let bounds = path.bounds();
        Self { left: bounds.left(), top: bounds.top(), right: bounds.right(), bottom: bounds.bottom() }
    }

    pub(super) fn joined(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    pub(super) fn clipped(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }

    pub(super) fn grown(self, by: f32) -> Self {
        Self { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    /// The pixels that it touches; none where it is empty.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and sides are checked"
    )]
    pub(super) fn pixels(self) -> Option<PixelBox> {
        let (x, y) = (self.left.floor(), self.top.floor());
        let (width, height) = (self.right.ceil() - x, self.bottom.ceil() - y);
        (width >= 1.0 && height >= 1.0).then_some(PixelBox {
            x: x as i32,
            y: y as i32,
            width: width as u32,
            height: height as u32,
        })
    }

    /// How many pixels it touches.
    pub(super) fn area(self) -> u64 {
        self.pixels().map_or(0, |pixels| u64::from(pixels.width) * u64::from(pixels.height))
    }
}

#[cfg(test)]
mod tests {
    use super::{Canvas, Extent, PixelBox};

    #[test]
    fn boxes_are_joined_clipped_and_counted() {
        let canvas = Extent::of_canvas(Canvas { width: 20, height: 10 });
        let a = Extent { left: -5.0, top: 2.5, right: 3.0, bottom: 4.0 };
        let clipped = a.clipped(canvas);
        assert_eq!(clipped.pixels(), Some(PixelBox { x: 0, y: 2, width: 3, height: 2 }));
        assert_eq!((clipped.area(), a.joined(canvas).area(), clipped.grown(1.0).area()), (6, 250, 20));
        let outside = Extent { left: 30.0, right: 40.0, ..a }.clipped(canvas);
        assert_eq!((outside.pixels(), outside.area()), (None, 0));
    }
}
