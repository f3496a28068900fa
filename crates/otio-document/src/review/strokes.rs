//! Strokes of a brush.
//!
//! A stroke is a [`PaintStart`] and a [`PaintPoint`] with the same `uuid`, in that order; some programs end it with a
//! [`PaintEnd`].
//!
//! ```
//! use otio_document::review::{PaintPoint, PaintStart, PaintVertices};
//!
//! let start = PaintStart { uuid: Some("a".into()), rgba: Some([1.0, 0.0, 0.0, 1.0]), ..PaintStart::default() };
//! let points = PaintVertices { x: vec![0.0, 0.1], y: vec![0.0, 0.2], size: vec![0.01; 2], ..PaintVertices::default() };
//! let way = PaintPoint { uuid: start.uuid.clone(), points: Some(points), ..PaintPoint::default() };
//! let value = way.to_value();
//! assert_eq!(value.at(&["points", "x"]).and_then(|x| x.as_array()).map(|x| x.len()), Some(2));
//! ```

use lossless_json::Value;

review_schema! {
    /// The beginning of a stroke: how it looks.
    PaintStart = "PaintStart.1" => {
        /// Which of the sources that are shown, from 0.
        source_index: i64 = 0_i64,
        /// The identity of the stroke, which its other parts repeat.
        uuid: Option<String> = Value::Null,
        /// Who drew it, for people; behind its last `:`, where there is one, stands the user.
        friendly_name: Option<String> = Value::Null,
        /// Who drew it. The protocol does not say in what form.
        participant_hash: Value = Value::Null,
        /// Red, green, blue and opacity, from 0 to 1.
        rgba: Option<[f64; 4]> = Value::Null,
        /// [`COLOR`](Self::COLOR) or [`ERASE`](Self::ERASE).
        kind as "type": String = Self::COLOR,
        /// The brush: `circle`, `oval`, `gauss` and `gaussian` are in use, the latter two with soft edges.
        brush: String = "circle",
        /// Whether the stroke is shown.
        visible: bool = true,
        /// The frames that show it. The protocol does not say in what form; nobody sends one.
        layer_range: Value = Value::Null,
        /// OpenRV's hold: whether the stroke stays on the frames after its own.
        hold: Option<bool> = Value::Null,
        /// OpenRV's ghost: whether the stroke is shown faintly on the frames around its own.
        ghost: Option<bool> = Value::Null,
        /// On how many frames before its own.
        ghost_before: Option<i64> = Value::Null,
        /// On how many frames after its own.
        ghost_after: Option<i64> = Value::Null,
        /// When it was begun: ISO 8601, local time without zone.
        timestamp: Option<String> = Value::Null,
    }
}

impl PaintStart {
    /// The [`kind`](Self::kind) of a stroke that paints.
    pub const COLOR: &'static str = "color";
    /// The [`kind`](Self::kind) of a stroke that wipes away what is below it.
    pub const ERASE: &'static str = "erase";
}

review_schema! {
    /// The way of a stroke. The reference calls its class `PaintPoints`, and the schema `PaintPoint`.
    PaintPoint = "PaintPoint.1" => {
        /// Which of the sources that are shown, from 0.
        source_index: i64 = 0_i64,
        /// The identity of the stroke that it belongs to.
        uuid: Option<String> = Value::Null,
        /// The frames that show it. The protocol does not say in what form; nobody sends one.
        layer_range: Value = Value::Null,
        /// The points. Renderers differ in what a second list of the same stroke does: take the place of the first, or
        /// go on from it.
        points: Option<PaintVertices> = Value::Null,
        /// When it was drawn: ISO 8601, local time without zone.
        timestamp: Option<String> = Value::Null,
    }
}

review_schema! {
    /// The end of a stroke; in exported files only.
    PaintEnd = "PaintEnd.1" => {
        /// The identity of the stroke that it belongs to.
        uuid: Option<String> = Value::Null,
        /// Points that go on from those before.
        points: Option<PaintVertices> = Value::Null,
        /// When it was ended: ISO 8601, local time without zone.
        timestamp: Option<String> = Value::Null,
    }
}

review_schema! {
    /// The points of a stroke: the first number of each list belongs to the first point, and so on. No event of its own.
    PaintVertices = "PaintVertices.1" => {
        /// To the right of the image's centre, in image heights.
        x: Vec<f64> = no_numbers(),
        /// Above the image's centre, in image heights.
        y: Vec<f64> = no_numbers(),
        /// Diameters of the brush, in image heights.
        size: Vec<f64> = no_numbers(),
        /// Opacities, from 0 to 1; where the list is empty or left out, 1 for all.
        alpha: Vec<f64> = no_numbers(),
    }
}

fn no_numbers() -> Value {
    Value::Array(Vec::new())
}

review_schema! {
    /// One point. Nobody sends it; strokes are lists, see [`PaintVertices`].
    PaintVertex = "PaintVertex.1" => {
        /// To the right of the image's centre, in image heights.
        x: f64 = 0.0,
        /// Above the image's centre, in image heights.
        y: f64 = 0.0,
        /// Diameter of the brush, in image heights.
        size: f64 = 1.0,
    }
}
