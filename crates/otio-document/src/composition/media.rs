//! What is seen of which media at a time. OTIO has no such questions.
//!
//! ```
//! use otio_document::{Document, Presence, RationalTime, Reading};
//!
//! let text = r#"{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{"OTIO_SCHEMA":"Clip.2","name":"sh010",
//!     "source_range":{"OTIO_SCHEMA":"TimeRange.1",
//!         "start_time":{"OTIO_SCHEMA":"RationalTime.1","value":86410,"rate":24},
//!         "duration":{"OTIO_SCHEMA":"RationalTime.1","value":48,"rate":24}},
//!     "active_media_reference_key":"proxy",
//!     "media_references":{"proxy":{"OTIO_SCHEMA":"ExternalReference.1","target_url":"sh010.mov",
//!         "available_range":{"OTIO_SCHEMA":"TimeRange.1",
//!             "start_time":{"OTIO_SCHEMA":"RationalTime.1","value":86400,"rate":24},
//!             "duration":{"OTIO_SCHEMA":"RationalTime.1","value":100,"rate":24}}}}}]}"#;
//! let document = Document::read(text.as_bytes(), Reading::Exact)?;
//! let track = document.root().ok_or("a track")?;
//!
//! let seen = document.media_at_time(track, RationalTime::new(12.0, 24.0))?.ok_or("something is seen")?;
//! assert_eq!(document.name(seen.clip), "sh010");
//! assert_eq!(document.active_media_reference(seen.clip).ok_or("media")?.0, "proxy");
//! assert_eq!(seen.time, RationalTime::new(86_422.0, 24.0)); // with the timecode of the media
//! assert_eq!((seen.frame, seen.frame_of_clip), (Some(22), 12));
//! assert_eq!(seen.presence, Presence::There);
//! assert_eq!(document.media_url(seen.clip, 22).as_deref(), Some("sh010.mov"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use lossless_json::Value;

use super::RangeError;
use super::media_clock::MediaClock;
use crate::arena::NodeId;
use crate::time::{RationalTime, TimeRange};
use crate::{Document, ImageSequenceReference};

/// A moment of the active media of a clip, by [`Document::media_frame`]. OTIO has none.
///
/// Frames are counted at `rate` from the first one on; a moment less than [`EPSILON_SECONDS`](crate::EPSILON_SECONDS)
/// before a frame is in it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct MediaFrame {
    /// The clip whose media it is.
    pub clip: NodeId,
    /// The moment in the time of the media, timecode included, not rounded. Its rate is that of the reckoning.
    pub time: RationalTime,
    /// The frames a second that the media have: those of an image sequence; else those of the available range's
    /// duration; else, where nothing is said, those of what the clip shows.
    pub rate: f64,
    /// The frame from the first of the media, which is 0, whatever timecode the media begin with; below zero or beyond the
    /// last where [`MediaFrame::presence`] says so. None where the media do not say what there is.
    pub frame: Option<i64>,
    /// The frame from the first that the clip shows, which is 0: from the start of its source range, or of its media
    /// where it has none. A session that shows the clip by itself counts so. Below zero where a retime runs backwards.
    pub frame_of_clip: i64,
    /// How many frames the media have. None where they do not say what there is.
    pub frames: Option<i64>,
    /// Whether there is such a frame.
    pub presence: Presence,
}

/// Whether media have a frame that is asked for, by their `available_range`. OTIO has no such question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is there.
    There,
    /// It would come before the first.
    Before,
    /// It would come after the last.
    After,
    /// The media do not say what there is.
    Unknown,
}

impl MediaFrame {
    /// The frame of the media to show: `frame`, or where there is no such frame, the first or the last, as players hold
    /// it. None where the media have no frames, or do not say what there is.
    pub fn nearest_frame(&self) -> Option<i64> {
        let last = self.frames?.checked_sub(1).filter(|last| *last >= 0)?;
        Some(self.frame?.clamp(0, last))
    }
}

impl Document {
    /// What is seen at a time of a composition, a timeline or a clip: [`Document::clip_at_time`] among video tracks,
    /// and [`Document::media_frame`] of the clip. None where nothing is. OTIO has no such question.
    ///
    /// The time of a timeline is that of its tracks, without `global_start_time`.
    ///
    /// # Errors
    /// As those two: where a length cannot be told on the way.
    pub fn media_at_time(
        &self,
        composition: NodeId,
        time: RationalTime,
    ) -> Result<Option<MediaFrame>, RangeError> {
        let is_video = |document: &Self, track| document.kind(track) == Some("Video");
        let clip = self.clip_at_time(composition, time, &is_video)?;
        clip.map(|clip| self.media_frame(clip, time, composition)).transpose()
    }

    /// The moment of a clip's active media at a time of a composition, a timeline or the clip itself, whether or not the
    /// clip is shown then. OTIO has no such question.
    ///
    /// # Errors
    /// As [`Document::media_time`] and [`Document::trimmed_range`], and where the times on the way have no value.
    pub fn media_frame(
        &self,
        clip: NodeId,
        time: RationalTime,
        composition: NodeId,
    ) -> Result<MediaFrame, RangeError> {
        let shown = self.trimmed_range(clip)?;
        let time = self.media_time(time, composition, clip)?;
        let clock = self.media_clock(clip, shown);
        let frame_of_clip = clock.frames_between(shown.start_time, time).ok_or(RangeError::NoValue)?;
        let (frame, frames) = (clock.frame(time), clock.frames());
        let presence = match (frame, frames) {
            (Some(frame), Some(_)) if frame < 0 => Presence::Before,
            (Some(frame), Some(frames)) if frame < frames => Presence::There,
            (Some(_), Some(_)) => Presence::After,
            _ => Presence::Unknown,
        };
        Ok(MediaFrame { clip, time, rate: clock.rate, frame, frame_of_clip, frames, presence })
    }

    /// When a frame of a clip's active media, counted from 0, begins to be seen, in the time of a composition, a timeline
    /// or the clip itself: the inverse of [`Document::media_frame`]. Where a retime runs backwards, when it ends to be.
    /// None where a freeze frame on the way shows one moment all the time, or where the media do not say what there is.
    ///
    /// The clip need not be shown then, nor the media have such a frame. OTIO has no such question.
    ///
    /// # Errors
    /// As [`Document::media_time`] and [`Document::trimmed_range`].
    pub fn time_of_media_frame(
        &self,
        clip: NodeId,
        frame: i64,
        composition: NodeId,
    ) -> Result<Option<RationalTime>, RangeError> {
        let clock = self.media_clock(clip, self.trimmed_range(clip)?);
        let Some(time) = clock.time_of_frame(frame) else { return Ok(None) };
        self.time_of_media(time, clip, composition)
    }

    /// The media that a clip shows, with its key among the others it may show (OTIO `Clip.media_reference` and
    /// `active_media_reference_key`). None where the key names none, and for what is no clip.
    pub fn active_media_reference(&self, clip: NodeId) -> Option<(&str, &Value)> {
        let key = self.field(clip, "active_media_reference_key")?.as_str()?;
        Some((key, self.field(clip, "media_references")?.get(key)?))
    }

    /// The URL of a frame of a clip's active media, counted from 0: that of all of it, or the image that an image
    /// sequence shows then (OTIO `ExternalReference.target_url`, `ImageSequenceReference.target_url_for_image_number`).
    /// None where the sequence has no such image, and for media without a URL.
    pub fn media_url(&self, clip: NodeId, frame: i64) -> Option<String> {
        let (_, media) = self.active_media_reference(clip)?;
        if let Some(images) = ImageSequenceReference::from_value(media) {
            let step = i64::from(images.frame_step);
            let image = frame.checked_div_euclid(step).filter(|image| *image >= 0)?;
            return images.target_url_for_image_number(i32::try_from(image).ok()?).ok();
        }
        media.get("target_url")?.as_str().map(str::to_owned)
    }

    fn media_clock(&self, clip: NodeId, shown: TimeRange) -> MediaClock {
        let available = self.media_range(clip);
        let media = self.active_media_reference(clip).map(|(_, media)| media);
        let of_images = media.and_then(ImageSequenceReference::from_value).map(|images| images.rate);
        // Where both times of a range have rates of their own, its end is at that of its duration, in OTIO too.
        let of_range = available.unwrap_or(shown).duration.rate;
        let rate = of_images.filter(|rate| *rate > 0.0).unwrap_or(of_range);
        MediaClock { rate, available }
    }
}
