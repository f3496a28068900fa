//! Frames of media that are a file each (OTIO's `ImageSequenceReference`).
//!
//! Two countings meet here. A *frame number* is what stands in a file's name: `start_frame` for the first image,
//! `frame_step` more for each one after it. An *image number* counts the files: 0, 1, 2, …
//!
//! ```
//! use lossless_json::{Limits, parse};
//! use otio_document::{ImageSequenceReference, RationalTime};
//!
//! let text = br#"{"OTIO_SCHEMA":"ImageSequenceReference.1","target_url_base":"file:///show/sh010","name_prefix":"sh010.",
//!     "name_suffix":".exr","start_frame":1001,"frame_step":1,"rate":24,"frame_zero_padding":5,
//!     "available_range":{"OTIO_SCHEMA":"TimeRange.1",
//!         "start_time":{"OTIO_SCHEMA":"RationalTime.1","value":86400,"rate":24},
//!         "duration":{"OTIO_SCHEMA":"RationalTime.1","value":48,"rate":24}}}"#;
//! let images = ImageSequenceReference::from_value(&parse(text, &Limits::default())?.value).ok_or("a sequence")?;
//! assert_eq!(images.end_frame(), 1048);
//! assert_eq!(images.frame_for_time(RationalTime::new(86_402.0, 24.0))?, 1003);
//! assert_eq!(images.target_url_for_image_number(2)?, "file:///show/sh010/sh010.01003.exr");
//! assert_eq!(images.abstract_target_url("%05d"), "file:///show/sh010/sh010.%05d.exr");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use lossless_json::Value;

use crate::time::{RationalTime, TimeRange, TimeTransform};

/// The widest number in a file name. File systems have no longer names, and a document must not make us write gigabytes
/// of zeros; OTIO has no limit.
const PADDING_MAX: i32 = 255;

/// What an image sequence says of its files (OTIO `ImageSequenceReference`).
///
/// Whole numbers have the 32 bits that they have in OTIO, and wrap around where they do not fit. `missing_frame_policy`,
/// `name` and `metadata` are not here: see [`Document::active_media_reference`](crate::Document::active_media_reference).
#[derive(Clone, Debug, PartialEq)]
pub struct ImageSequenceReference {
    /// The folder, as a URL; with or without a slash at its end.
    pub target_url_base: String,
    /// What comes before the number in a file's name.
    pub name_prefix: String,
    /// What comes after it, extension included.
    pub name_suffix: String,
    /// The number of the first file.
    pub start_frame: i32,
    /// From one file's number to the next; each image is shown for so many frames.
    pub frame_step: i32,
    /// Frames a second at which frame numbers are counted.
    pub rate: f64,
    /// Digits that the number has at least; a minus sign is none of them.
    pub frame_zero_padding: i32,
    /// What there is, in the time of the media.
    pub available_range: Option<TimeRange>,
}

/// Why an image sequence has no such frame, image or time. Python has an `IndexError` or a `ValueError`.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageSequenceError {
    /// Nothing says what there is.
    #[error("the image sequence has no available_range, so nothing says which images there are")]
    NoAvailableRange,
    /// A time that the available range does not have. The time.
    #[error("{value} @ {rate} is not in the available_range of the image sequence", value = .0.value, rate = .0.rate)]
    OutsideAvailableRange(RationalTime),
    /// A rate of zero.
    #[error("the rate of the image sequence is 0, which leaves it without frames")]
    ZeroRate,
    /// An available range without length.
    #[error("the available_range of the image sequence has no length, which leaves it without frames")]
    ZeroDuration,
    /// An image after the last.
    #[error("image {image_number} is beyond the {images} of the sequence, which are counted from 0")]
    NoSuchImage {
        /// The image asked for.
        image_number: i32,
        /// How many there are; the last one is this less one.
        images: i32,
    },
    /// More zeros than a file's name has room for. The digits that are asked for; OTIO has no limit.
    #[error("frame_zero_padding is {0}; file names have room for {PADDING_MAX} digits at most")]
    PaddingTooWide(i32),
}

impl ImageSequenceReference {
    /// From an `ImageSequenceReference.1` object; none where a field is missing or of a wrong type.
    pub fn from_value(value: &Value) -> Option<Self> {
        if value.get("OTIO_SCHEMA")?.as_str()? != "ImageSequenceReference.1" {
            return None;
        }
        let text = |key| value.get(key)?.as_str().map(str::to_owned);
        let whole = |key| i32::try_from(value.get(key)?.as_i64()?).ok();
        Some(Self {
            target_url_base: text("target_url_base")?,
            name_prefix: text("name_prefix")?,
            name_suffix: text("name_suffix")?,
            start_frame: whole("start_frame")?,
            frame_step: whole("frame_step")?,
            rate: value.get("rate")?.as_f64()?,
            frame_zero_padding: whole("frame_zero_padding")?,
            available_range: value.get("available_range").and_then(TimeRange::from_value),
        })
    }

    /// How long one image is shown: `frame_step` at `rate` (`frame_duration` of OTIO's C++; Python has none).
    pub fn frame_duration(&self) -> RationalTime {
        RationalTime::new(f64::from(self.frame_step), self.rate)
    }

    /// The number of the last frame, whether or not `frame_step` leaves a file there (OTIO `end_frame`); that of the
    /// first where nothing says what there is.
    pub fn end_frame(&self) -> i32 {
        let Some(range) = self.available_range else { return self.start_frame };
        let frames = range.duration.to_frames_at(self.rate);
        self.start_frame.wrapping_add(frames).wrapping_sub(1)
    }

    /// How many files there are (OTIO `number_of_images_in_sequence`); none where nothing says so. Below zero where
    /// `frame_step` or the length is.
    pub fn number_of_images_in_sequence(&self) -> i32 {
        let rate = self.rate / f64::from(self.frame_step);
        self.available_range.map_or(0, |range| range.duration.to_frames_at(rate))
    }

    /// The frame number at a time of the media (OTIO `frame_for_time`), whether or not `frame_step` leaves a file there.
    ///
    /// # Errors
    /// Where the available range does not have that time, or there is none.
    pub fn frame_for_time(&self, time: RationalTime) -> Result<i32, ImageSequenceError> {
        let range = self.available_range.ok_or(ImageSequenceError::NoAvailableRange)?;
        if !range.contains_time(time) {
            return Err(ImageSequenceError::OutsideAvailableRange(time));
        }
        Ok(self.start_frame.wrapping_add((time - range.start_time).to_frames_at(self.rate)))
    }

    /// The first and the last frame number of a range of the media's time (OTIO `frame_range_for_time_range`).
    ///
    /// # Errors
    /// As [`ImageSequenceReference::frame_for_time`].
    pub fn frame_range_for_time_range(&self, range: TimeRange) -> Result<(i32, i32), ImageSequenceError> {
        Ok((self.frame_for_time(range.start_time)?, self.frame_for_time(range.end_time_inclusive())?))
    }

    /// The URL of an image (OTIO `target_url_for_image_number`). Images before the first are not refused, as in OTIO.
    ///
    /// # Errors
    /// A rate or a length of zero, no available range, an image after the last; and, unlike OTIO, a
    /// `frame_zero_padding` above 255.
    pub fn target_url_for_image_number(&self, image_number: i32) -> Result<String, ImageSequenceError> {
        if self.rate == 0.0 {
            return Err(ImageSequenceError::ZeroRate);
        }
        let range = self.available_range.ok_or(ImageSequenceError::NoAvailableRange)?;
        if range.duration.value == 0.0 {
            return Err(ImageSequenceError::ZeroDuration);
        }
        self.check_image(image_number)?;
        if self.frame_zero_padding > PADDING_MAX {
            return Err(ImageSequenceError::PaddingTooWide(self.frame_zero_padding));
        }
        let number = self.start_frame.wrapping_add(image_number.wrapping_mul(self.frame_step));
        let sign = if number < 0 { "-" } else { "" };
        let (digits, width) = (number.unsigned_abs(), usize::try_from(self.frame_zero_padding).unwrap_or(0));
        let slash = if self.target_url_base.is_empty() { "" } else { self.missing_slash() };
        let Self { target_url_base, name_prefix, name_suffix, .. } = self;
        Ok(format!("{target_url_base}{slash}{name_prefix}{sign}{digits:0width$}{name_suffix}"))
    }

    /// When an image is to be shown, in the time of the media (OTIO `presentation_time_for_image_number`).
    ///
    /// # Errors
    /// An image after the last, no available range.
    pub fn presentation_time_for_image_number(
        &self,
        image_number: i32,
    ) -> Result<RationalTime, ImageSequenceError> {
        self.check_image(image_number)?;
        let range = self.available_range.ok_or(ImageSequenceError::NoAvailableRange)?;
        let to_image = TimeTransform { offset: range.start_time, scale: f64::from(image_number), rate: -1.0 };
        Ok(to_image.applied_to_time(self.frame_duration()))
    }

    /// The URL of all images, with `symbol` in the place of the number (OTIO `abstract_target_url`), such as `%04d`, `####` or
    /// `@@@@`, as the program wants it that reads the URL. It begins with a
    /// slash where the folder is empty, as in OTIO.
    pub fn abstract_target_url(&self, symbol: &str) -> String {
        let Self { target_url_base, name_prefix, name_suffix, .. } = self;
        format!("{target_url_base}{}{name_prefix}{symbol}{name_suffix}", self.missing_slash())
    }

    fn missing_slash(&self) -> &'static str {
        if self.target_url_base.ends_with('/') { "" } else { "/" }
    }

    fn check_image(&self, image_number: i32) -> Result<(), ImageSequenceError> {
        let images = self.number_of_images_in_sequence();
        if image_number >= images {
            return Err(ImageSequenceError::NoSuchImage { image_number, images });
        }
        Ok(())
    }
}
