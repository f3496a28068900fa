//! SMPTE timecode.

use super::RationalTime;
use super::rational_time::whole;

const NTSC_24: f64 = 24_000.0 / 1001.0;
const NTSC_30: f64 = 30_000.0 / 1001.0;
const NTSC_48: f64 = 48_000.0 / 1001.0;
const NTSC_60: f64 = 60_000.0 / 1001.0;

/// The rates that SMPTE timecode has, in OTIO's order.
const RATES: [f64; 10] = [NTSC_24, 24.0, 25.0, NTSC_30, 30.0, NTSC_48, 48.0, 50.0, NTSC_60, 60.0];

/// A rounded rate (29.97) is nearer than this to the one it stands for.
const RATE_TOLERANCE: f64 = 1.0;

/// Whether timecode counts drop-frame (OTIO's argument `drop_frame`: `None`, `True`, `False`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DropFrame {
    /// Where the rate has it: 29.97 and 59.94 (`None`).
    #[default]
    FromRate,
    /// Always; other rates are refused (`True`).
    Yes,
    /// Never (`False`).
    No,
}

/// Why there is no timecode or time string, or no time in one. Python has a `ValueError` for all of it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TimecodeError {
    /// Not a rate of [`RationalTime::is_smpte_timecode_rate`]. The rate, in frames a second.
    #[error(
        "SMPTE timecode does not support the rate {0}; use 23.976 (24000/1001), 24, 25, 29.97, 30, 47.952, 48, 50, 59.94 or 60"
    )]
    Rate(f64),
    /// `;` at a rate without drop-frame. The timecode and the rate.
    #[error(
        "timecode {0:?} is drop-frame (`;`), but {1} is not a drop-frame rate; use 30000/1001 or 60000/1001"
    )]
    NotDropFrame(String, f64),
    /// Drop-frame asked for at a rate without it. The rate.
    #[error("{0} is not a drop-frame rate; use 30000/1001 or 60000/1001")]
    NotDropFrameRate(f64),
    /// Not `HH:MM:SS:FF`. The text.
    #[error("{0:?} is not a timecode; write HH:MM:SS:FF")]
    Text(String),
    /// More frames than a second has. The timecode, and the last frame of a second.
    #[error("timecode {0:?} has frames beyond {1}, the last of a second at its rate")]
    Frames(String, i32),
    /// Not `[[HH:]MM:]SS[.fraction]`. The text.
    #[error("{0:?} is not a time string; write [[HH:]MM:]SS[.fraction]")]
    TimeString(String),
    /// Before zero.
    #[error("timecode cannot be negative")]
    Negative,
}

impl RationalTime {
    /// Whether SMPTE timecode has exactly that rate, in frames a second: 24000/1001, 24, 25, 30000/1001, 30, 48000/1001, 48,
    /// 50, 60000/1001, 60.
    pub fn is_smpte_timecode_rate(rate: f64) -> bool {
        RATES.contains(&rate)
    }

    /// The rate of SMPTE timecode that is nearest, in frames a second, the lower of two; 0 for NaN.
    pub fn nearest_smpte_timecode_rate(rate: f64) -> f64 {
        nearest(rate)
    }

    /// The time that a timecode (`01:02:03:04`, drop-frame `01:02:03;04`) means at a rate: a count of frames since 00:00:00:00.
    ///
    /// # Errors
    /// A rate that SMPTE does not have, a text that is no timecode, more frames than the rate has, drop-frame at a rate without.
    ///
    /// ```
    /// use otio_document::RationalTime;
    ///
    /// let time = RationalTime::from_timecode("00:00:01:12", 24.0)?;
    /// assert_eq!(time, RationalTime::new(36.0, 24.0));
    /// # Ok::<(), otio_document::TimecodeError>(())
    /// ```
    pub fn from_timecode(timecode: &str, rate: f64) -> Result<Self, TimecodeError> {
        if !Self::is_smpte_timecode_rate(rate) {
            return Err(TimecodeError::Rate(rate));
        }
        let is_drop_frame = timecode.contains(';');
        if is_drop_frame && dropped(rate) == 0 {
            return Err(TimecodeError::NotDropFrame(timecode.to_owned(), rate));
        }
        let fields = || {
            let mut fields = [0; 4];
            for (index, field) in fields.iter_mut().enumerate() {
                *field = leading_integer(timecode.as_bytes().get(index * 3..)?)?;
            }
            Some(fields)
        };
        let [hours, minutes, seconds, frames] =
            fields().ok_or_else(|| TimecodeError::Text(timecode.to_owned()))?;
        let nominal = whole(rate.ceil());
        if frames >= nominal {
            return Err(TimecodeError::Frames(timecode.to_owned(), nominal - 1));
        }
        let total_minutes = hours * 60 + minutes;
        let left_out = if is_drop_frame { dropped(rate) * (total_minutes - total_minutes / 10) } else { 0 };
        let value = (total_minutes * 60 + seconds) * nominal + frames - left_out;
        Ok(Self::new(f64::from(value), rate))
    }

    /// As timecode at a rate, rescaled to it; fractions of frames are cut. A rounded rate such as 29.97 stands for the nearest
    /// one that SMPTE has, where that is less than one frame a second away. Starts anew after 24 hours. Python's
    /// `to_timecode()` is this with the rate of the time and [`DropFrame::FromRate`].
    ///
    /// ```
    /// use otio_document::{DropFrame, RationalTime};
    ///
    /// let rate = 30_000.0 / 1001.0;
    /// let time = RationalTime::new(1800.0, rate);
    /// assert_eq!(time.to_timecode(rate, DropFrame::FromRate)?, "00:01:00;02");
    /// assert_eq!(time.to_timecode(rate, DropFrame::No)?, "00:01:00:00");
    /// # Ok::<(), otio_document::TimecodeError>(())
    /// ```
    ///
    /// # Errors
    /// A negative time, a rate that SMPTE does not have, drop-frame at a rate without.
    pub fn to_timecode(self, rate: f64, drop_frame: DropFrame) -> Result<String, TimecodeError> {
        let frames = self.value_rescaled_to(rate);
        if frames < 0.0 {
            return Err(TimecodeError::Negative);
        }
        let exact = exact_rate(rate).ok_or(TimecodeError::Rate(rate))?;
        let dropped = match drop_frame {
            DropFrame::Yes if dropped(exact) == 0 => return Err(TimecodeError::NotDropFrameRate(rate)),
            DropFrame::No => 0,
            _ => dropped(exact),
        };
        Ok(written(frames, exact, dropped))
    }

    /// As timecode at the nearest rate that SMPTE has, however far that is.
    ///
    /// # Errors
    /// A negative time, drop-frame at a rate without.
    pub fn to_nearest_timecode(self, rate: f64, drop_frame: DropFrame) -> Result<String, TimecodeError> {
        self.to_timecode(Self::nearest_smpte_timecode_rate(rate), drop_frame)
    }
}

/// The frame numbers that drop-frame leaves out at the start of a minute.
#[expect(clippy::float_cmp, reason = "exactly, as in OTIO")]
fn dropped(rate: f64) -> i32 {
    if rate == NTSC_30 || rate == 29.97 {
        2
    } else if rate == NTSC_60 || rate == 59.94 {
        4
    } else {
        0
    }
}

/// The number that two bytes begin with, as C reads it.
fn leading_integer(bytes: &[u8]) -> Option<i32> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let bytes = &bytes[..bytes.len().min(2)];
    let bytes = &bytes[bytes.iter().take_while(|byte| is_space(byte)).count()..];
    let (sign, digits) = match bytes {
        [b'-', digits @ ..] => (-1, digits),
        digits => (1, digits.strip_prefix(b"+").unwrap_or(digits)),
    };
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit()).map(|digit| i32::from(digit - b'0'));
    digits.reduce(|number, digit| number * 10 + digit).map(|number| sign * number)
}

/// The rate that a rounded one (29.97) stands for.
fn exact_rate(rate: f64) -> Option<f64> {
    let nearest = nearest(rate);
    ((nearest - rate).abs() < RATE_TOLERANCE).then_some(nearest)
}

fn nearest(rate: f64) -> f64 {
    let mut nearest = (0.0, f64::MAX);
    for known in RATES {
        let distance = (rate - known).abs();
        if distance < nearest.1 {
            nearest = (known, distance);
        }
    }
    nearest.0
}

fn written(frames: f64, rate: f64, dropped: i32) -> String {
    let mut value = frames % frames_per_24_hours(rate);
    if dropped > 0 {
        value += skipped(value, rate, f64::from(dropped));
    }
    let nominal = rate.ceil();
    let seconds = whole((value / nominal).floor());
    let minutes = seconds / 60;
    let divider = if dropped > 0 { ';' } else { ':' };
    let frames = whole(value % nominal);
    format!("{:02}:{:02}:{:02}{divider}{frames:02}", minutes.div_euclid(60), minutes % 60, seconds % 60)
}

/// Where timecode starts anew. 23.976 has the day of 24, as in OTIO.
fn frames_per_24_hours(rate: f64) -> f64 {
    let rate = if rate == NTSC_24 { 24.0 } else { rate };
    (rate * 60.0 * 60.0).round() * 24.0
}

/// The frame numbers that were left out up to a frame.
fn skipped(value: f64, rate: f64, dropped: f64) -> f64 {
    let frames_per_10_minutes = (rate * 60.0 * 10.0).round();
    let frames_per_minute = rate.round() * 60.0 - dropped;
    let chunks = (value / frames_per_10_minutes).floor();
    let over = (value % frames_per_10_minutes).trunc();
    let whole_chunks = dropped * 9.0 * chunks;
    if over > dropped {
        whole_chunks + dropped * ((over - dropped) / frames_per_minute).floor()
    } else {
        whole_chunks
    }
}
