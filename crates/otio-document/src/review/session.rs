//! Who takes part and what is shown; in files, while sessions have messages for it.
//!
//! ```
//! use otio_document::review::MediaChange;
//!
//! let change = MediaChange { media_reference: "sh010.mov".into(), ..MediaChange::default() };
//! assert_eq!(change.to_value().get("mediaReference").and_then(|media| media.as_str()), Some("sh010.mov"));
//! ```

use lossless_json::Value;

review_schema! {
    /// Somebody wants the session's document.
    GetSession = "GetSession.1" => {
        /// Who. The protocol does not say in what form.
        user: Value = Value::Null,
        /// With which program. The protocol does not say in what form.
        app: Value = Value::Null,
        /// When: ISO 8601, local time without zone.
        timestamp: Option<String> = Value::Null,
    }
}

review_schema! {
    /// Other media are shown.
    MediaChange = "MediaChange.1" => {
        /// Which. The protocol does not say in what form.
        media_reference as "mediaReference": Value = Value::Null,
        /// When: ISO 8601, local time without zone.
        timestamp: Option<String> = Value::Null,
    }
}
