//! What shapes and drawing take at most. Reaching a limit is a [`RenderError`](crate::rendering::RenderError), or stated where it is clamped.

/// Steps of an ellipse; more count as so many.
pub const ELLIPSE_STEPS_MAX: usize = 100_000;

/// Pixels of a canvas: 8192 × 4608.
pub const PIXELS_MAX: u64 = 8192 * 4608;

/// Width or height of a canvas, in pixels.
pub const SIDE_MAX: u32 = 16_384;

/// Points of all strokes together.
pub const POINTS_MAX: usize = 500_000;

/// Bytes of all texts together.
pub const TEXT_MAX: usize = 64 * 1024;

/// Pixels that all strokes, texts and shapes together touch, by the boxes around them; soft ones count [`SOFT_COST`] times.
pub const PAINTED_MAX: u64 = 2_000_000_000;

/// How many times the pixels of what has soft edges count.
pub const SOFT_COST: u64 = 8;

/// How many times in an SVG something is drawn and then wiped away: each is a group in a group.
pub const ERASURES_MAX: usize = 256;

/// How far from the centre something may be, in image heights; what is farther is drawn there.
pub const DISTANCE_MAX: f64 = 256.0;

/// The largest diameter of a brush, and the largest letters, in image heights; larger ones are drawn so large.
pub const SIZE_MAX: f64 = 16.0;

/// The softest edge, as the standard deviation of its blur in image heights; softer ones are drawn so soft.
pub const SOFTNESS_MAX: f64 = 1.0 / 6.0;
