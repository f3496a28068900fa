//! Annotations drawn: transparent PNG and SVG, from the same outlines.
//!
//! ```
//! use annotation_codec::rendering::{Canvas, Fonts, draw};
//! use annotation_codec::read_events;
//! use lossless_json::{Limits, parse};
//!
//! let list = parse(br#"[{"OTIO_SCHEMA":"PaintStart.1","uuid":"a","rgba":[1,0,0,1]},
//!     {"OTIO_SCHEMA":"PaintPoint.1","uuid":"a","points":{"OTIO_SCHEMA":"PaintVertices.1",
//!         "x":[-0.5,0.5],"y":[0,0],"size":[0.05,0.05]}}]"#, &Limits::default())?.value;
//! let events = read_events(list.as_array().ok_or("a list")?).events;
//! let drawing = draw(&events, Canvas { width: 320, height: 180 }, &Fonts::default())?;
//! assert!(drawing.to_png()?.starts_with(b"\x89PNG"));
//! assert!(drawing.to_svg()?.contains(r##"fill="#ff0000""##));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **What is drawn, and how.** All in the order of the list.
//! - A stroke is what its brush covers on straight ways from point to point, painted once: where it crosses itself it is no denser. Points come from every
//!   `PaintPoint` with its uuid, one after the other, as the reference's renderer has it; those of a `PaintEnd` are no part of it. Opacities of
//!   points (`alpha`) count where they are given: halfway between two points the mean of both, where several cover a place the highest.
//! - The brushes `gauss` and `gaussian` have soft edges: blurred with a third of the mean diameter as standard deviation.
//! - A stroke that erases takes away from what stands before it in the list, never from the picture below.
//! - A text begins at its position, with its base line there; letters are `font_size · scale / 417` image heights, at least a pixel, in the
//!   fonts that are handed in. Lines end where the text says so. Rotation and spacing, whose units nobody knows, are not applied, as in OpenRV.
//! - A rectangle or an ellipse has a border of its size half inside and half outside its corners; what fills it reaches to the middle of
//!   the border. An arrow is a line of its size with the head of [`shapes::arrow`](crate::shapes::arrow).
//! - What says `visible: false` is not drawn.

mod blur;
mod brush;
mod drawing;
mod extent;
mod fonts;
mod marks;
mod path;
mod png;
mod shape;
mod svg;
mod text;

pub use drawing::{Drawing, LeftOut, draw};
pub use fonts::{FontError, Fonts};
pub use png::Pixels;

use crate::limits::{PIXELS_MAX, SIDE_MAX};

/// The size of the picture that was drawn on, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canvas {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

impl Canvas {
    fn checked(self) -> Result<Self, RenderError> {
        let Self { width, height } = self;
        let pixels = u64::from(width) * u64::from(height);
        let fits = width.max(height) <= SIDE_MAX && (1..=PIXELS_MAX).contains(&pixels);
        if fits { Ok(self) } else { Err(RenderError::Size { width, height }) }
    }
}

/// Why an annotation cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A canvas without pixels, or with too many.
    #[error(
        "a canvas of {width} x {height} pixels; give one of at least 1 x 1, at most {SIDE_MAX} a side and {PIXELS_MAX} in all"
    )]
    Size {
        /// The width that was asked for.
        width: u32,
        /// The height that was asked for.
        height: u32,
    },
    /// More than [`limits`](crate::limits) allow.
    #[error("the annotation has {found} {what}, more than {most}; draw a part of it, or on a smaller canvas")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How many there are, or at least are.
        found: u64,
        /// How many there may be.
        most: u64,
    },
    /// The PNG could not be written.
    #[error("the PNG could not be written: {0}")]
    Encoding(String),
}

impl RenderError {
    fn check(what: &'static str, found: impl TryInto<u64>, most: u64) -> Result<(), Self> {
        let found = found.try_into().unwrap_or(u64::MAX);
        if found <= most { Ok(()) } else { Err(Self::TooMuch { what, found, most }) }
    }
}
