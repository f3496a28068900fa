//! Shapes on a frame. Corners and ends are to the right of and above the image's centre, in image heights.

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
                /// The corner at the bottom left.
                min: [f64; 2] = origin(),
                /// The corner at the top right. Some programs draw from any corner to any other, so that it may be left of
                /// or below `min`.
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
        /// Where it begins.
        start: [f64; 2] = origin(),
        /// Where its tip is.
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
