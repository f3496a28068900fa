//! What was done with the playhead; in files, while sessions have messages for it.
//!
//! ```
//! use otio_document::RationalTime;
//! use otio_document::review::SetCurrentFrame;
//!
//! let seek = SetCurrentFrame { time: Some(RationalTime::new(12.0, 24.0)), ..SetCurrentFrame::default() };
//! let time = seek.to_value().get("time").and_then(RationalTime::from_value);
//! assert_eq!(time, Some(RationalTime::new(12.0, 24.0)));
//! ```

use lossless_json::Value;

use crate::RationalTime;

review_schema! {
    /// Playback was started or stopped.
    Play = "Play.1" => {
        /// Whether it runs from now on.
        value: bool = true,
        /// When: ISO 8601, local time without zone.
        timestamp: Option<String> = Value::Null,
    }
}

review_schema! {
    /// The playhead was moved.
    SetCurrentFrame = "SetCurrentFrame.1" => {
        /// Where to, in the time of what is shown, at a rate of its own.
        time: Option<RationalTime> = Value::Null,
        /// When: ISO 8601, local time without zone.
        timestamp: Option<String> = Value::Null,
    }
}

review_schema! {
    /// Somebody wants to be told the state of playback.
    RequestSyncPlayback = "RequestSyncPlayback.1" => {
        /// When: ISO 8601, local time without zone.
        timestamp: Option<String> = Value::Null,
    }
}

review_schema! {
    /// The state of playback. Fields that the protocol gives a name only are kept as they are.
    SyncPlayback = "SyncPlayback.1" => {
        /// Whether it begins again at its end.
        looping: Option<bool> = Value::Null,
        /// Whether it runs.
        playing: Option<bool> = Value::Null,
        /// Whether sound is off.
        muted: Option<bool> = Value::Null,
        /// Whether the playhead is being dragged.
        scrubbing: Option<bool> = Value::Null,
        /// The part that is played. The protocol does not say in what form.
        playback_range: Value = Value::Null,
        /// Where the playhead is. The protocol does not say in what form.
        current_time: Value = Value::Null,
        /// What is seen of the image. The protocol does not say in what form.
        output_bounds: Value = Value::Null,
        /// What is shown. The protocol does not say in what form.
        source: Value = Value::Null,
        /// Which of the sources, from 0.
        source_index: i64 = 0_i64,
        /// When: ISO 8601, local time without zone.
        timestamp: Option<String> = Value::Null,
    }
}
