//! Shapes on a frame. Corners and ends are to the right of and above the image's centre, in image heights.
//!
//! ```
//! use otio_document::review::ArrowAnnotation;
//!
//! let arrow = ArrowAnnotation { start: [-0.5, 0.25], end: [0.0, 0.0], size: 0.01, ..ArrowAnnotation::default() };
//! let (width, height) = (1920.0, 1080.0);
//! let pixels = [width / 2.0 + arrow.start[0] * height, height / 2.0 - arrow.start[1] * height];
//! assert_eq!(pixels, [420.0, 270.0], "from the left and from the top");
//! ```

use lossless_json::Value;

fn origin() -> Value {
    vec![0_i64; 2].into()
}

fn white() -> Value {
    vec![1.0; 4].into()
}

fn transparent() -> Value {
    vec![0.0; 4].into()
}

/// An outline between two corners, and what fills it.
macro_rules! box_schema {
    ($(#[$doc:meta])* $name:ident = $schema:literal) => {
        review_schema! {
            $(#[$doc])*
            $name = $schema => {
                /// The corner at the bottom left, in image heights to the right of and above the centre.
                min: [f64; 2] = origin(),
                /// The corner at the top right, in image heights to the right of and above the centre. Some programs draw from
                /// any corner to any other, so that it may be left of or below `min`.
                max: [f64; 2] = origin(),
                /// The colour of the outline: red, green, blue and opacity, from 0 to 1.
                rgba: [f64; 4] = white(),
                /// The width of the outline, in image heights.
                size: f64 = 1.0,
                /// The colour inside, as that of the outline; transparent where it has no opacity.
                inner_rgba: [f64; 4] = transparent(),
                /// Whether the shape is shown.
                visible: bool = true,
                /// The identity of the shape.
                uuid: Option<String> = Value::Null,
                /// When it was drawn: ISO 8601, local time without zone.
                timestamp: Option<String> = Value::Null,
            }
        }
    };
}

box_schema! {
    /// An ellipse between two corners.
    EllipseAnnotation = "EllipseAnnotation.1"
}

box_schema! {
    /// A rectangle between two corners.
    RectangleAnnotation = "RectangleAnnotation.1"
}

review_schema! {
    /// An arrow from a place to another.
    ArrowAnnotation = "ArrowAnnotation.1" => {
        /// Where it begins, in image heights to the right of and above the centre.
        start: [f64; 2] = origin(),
        /// Where its tip is, in image heights to the right of and above the centre.
        end: [f64; 2] = origin(),
        /// Red, green, blue and opacity, from 0 to 1.
        rgba: [f64; 4] = white(),
        /// The width of the line, in image heights.
        size: f64 = 1.0,
        /// Whether the arrow is shown.
        visible: bool = true,
        /// The identity of the arrow.
        uuid: Option<String> = Value::Null,
        /// When it was drawn: ISO 8601, local time without zone.
        timestamp: Option<String> = Value::Null,
    }
}
