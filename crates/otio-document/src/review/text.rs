//! Words on a frame.
//!
//! ```
//! use otio_document::review::TextAnnotation;
//!
//! let note = TextAnnotation {
//!     text: Some("too bright".into()),
//!     position: Some([-0.5, 0.4]),
//!     font_size: Some(50.0),
//!     ..TextAnnotation::default()
//! };
//! assert_eq!(note.to_value().get("text").and_then(|text| text.as_str()), Some("too bright"));
//! ```

use lossless_json::Value;

review_schema! {
    /// Words on a frame.
    TextAnnotation = "TextAnnotation.1" => {
        /// The identity of the text.
        uuid: Option<String> = Value::Null,
        /// Who wrote it, for people; xStudio writes the name of the font.
        friendly_name: Option<String> = Value::Null,
        /// Where the base line begins, to the right of and above the image's centre, in image heights.
        position: Option<[f64; 2]> = Value::Null,
        /// Red, green, blue and opacity, from 0 to 1.
        rgba: Option<[f64; 4]> = Value::Null,
        /// The words.
        text: Option<String> = Value::Null,
        /// Between letters; the protocol does not say in what unit, and programs take 0.8 for none.
        spacing: Option<f64> = Value::Null,
        /// The height of the letters: on an image of `h` pixels the reference draws `font_size · h / 417` pixels. Programs take
        /// 50 for none.
        font_size: Option<f64> = Value::Null,
        /// Multiplies the height of the letters; 1 leaves it.
        scale: Option<f64> = Value::Null,
        /// The protocol does not say in what unit; every recorded one is 0.
        rotation: Option<f64> = Value::Null,
        /// The name of the font; empty for the program's own.
        font: Option<String> = Value::Null,
        /// When it was written: ISO 8601, local time without zone. The reference leaves it `null`.
        timestamp: Option<String> = Value::Null,
    }
}
