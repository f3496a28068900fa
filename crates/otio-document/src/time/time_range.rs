//! Spans of time and how they stand to each other.

use lossless_json::Value;

use super::RationalTime;

/// Two times closer than this are the same for the relations of ranges, in seconds: half a sample at 192 kHz (what OTIO's
/// `epsilon_s` is where it is left out).
pub const EPSILON_SECONDS: f64 = 1.0 / (2.0 * 192_000.0);

/// A span of time (OTIO `TimeRange`).
///
/// The relations take moments within `epsilon` seconds of each other for the same; [`EPSILON_SECONDS`] is OTIO's choice.
///
/// Methods have the names that they have in OTIO; where a name differs, its documentation says so. What Python overloads
/// are methods of their own: `contains(RationalTime)` is [`TimeRange::contains_time`].
///
/// ```
/// use otio_document::{RationalTime, TimeRange};
///
/// let shot = TimeRange::new(RationalTime::new(1001.0, 24.0), RationalTime::new(48.0, 24.0));
/// assert_eq!(shot.end_time_inclusive(), RationalTime::new(1048.0, 24.0));
/// assert!(shot.contains_time(RationalTime::new(1001.0, 24.0)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TimeRange {
    /// Its first moment, at a rate of its own.
    pub start_time: RationalTime,
    /// How long it is, at a rate of its own.
    pub duration: RationalTime,
}

/// A range as the seconds of its ends.
struct Seconds {
    start: f64,
    end: f64,
}

impl TimeRange {
    /// From its start and its length.
    pub const fn new(start_time: RationalTime, duration: RationalTime) -> Self {
        Self { start_time, duration }
    }

    /// From a `TimeRange.1` object as documents hold it. None where a time is missing or lacks a number; the `OTIO_SCHEMA`s
    /// are not looked at.
    pub fn from_value(value: &Value) -> Option<Self> {
        Some(Self {
            start_time: RationalTime::from_value(value.get("start_time")?)?,
            duration: RationalTime::from_value(value.get("duration")?)?,
        })
    }

    /// As a `TimeRange.1` object, as documents hold it.
    pub fn to_value(self) -> Value {
        let fields = [
            ("OTIO_SCHEMA", Value::from("TimeRange.1")),
            ("duration", self.duration.to_value()),
            ("start_time", self.start_time.to_value()),
        ];
        Value::Object(fields.into_iter().collect())
    }

    /// From `start` up to `end`, which is not part of it (OTIO `range_from_start_end_time`). The duration has the rate of
    /// `start`.
    pub fn from_start_end_time(start: RationalTime, end: RationalTime) -> Self {
        Self::new(start, RationalTime::duration_from_start_end_time(start, end))
    }

    /// From `start` to `end`, which is part of it (OTIO `range_from_start_end_time_inclusive`). The duration has the rate of
    /// `start`, and is a unit of that longer.
    pub fn from_start_end_time_inclusive(start: RationalTime, end: RationalTime) -> Self {
        Self::new(start, RationalTime::duration_from_start_end_time_inclusive(start, end))
    }

    /// Whether both times are valid and the length is not negative (OTIO `is_valid_range`; `is_invalid_range` is its
    /// opposite).
    pub fn is_valid(self) -> bool {
        self.start_time.is_valid() && self.duration.is_valid() && self.duration.value >= 0.0
    }

    /// The last whole unit that is part of it, a unit being one of the duration's rate; the start where it is no longer than
    /// one.
    #[must_use]
    #[expect(clippy::float_cmp, reason = "whole or not, as in OTIO")]
    pub fn end_time_inclusive(self) -> RationalTime {
        let end = self.end_time_exclusive();
        let is_longer_than_one = (end - self.start_time.rescaled_to(self.duration.rate)).value > 1.0;
        if !is_longer_than_one {
            self.start_time
        } else if self.duration.value == self.duration.value.floor() {
            end - RationalTime::new(1.0, self.duration.rate)
        } else {
            end.floor()
        }
    }

    /// The moment after it, at the rate of the duration.
    #[must_use]
    pub fn end_time_exclusive(self) -> RationalTime {
        self.duration + self.start_time.rescaled_to(self.duration.rate)
    }

    /// The same start, longer by `more`.
    #[must_use]
    pub fn duration_extended_by(self, more: RationalTime) -> Self {
        Self::new(self.start_time, self.duration + more)
    }

    /// The smallest range with both in it, what lies between them included.
    #[must_use]
    pub fn extended_by(self, other: Self) -> Self {
        let start = self.start_time.earlier(other.start_time);
        let end = self.end_time_exclusive().later(other.end_time_exclusive());
        Self::from_start_end_time(start, end)
    }

    /// `time`, or the start or the last whole unit of this range where it is before or after those (OTIO
    /// `clamped(RationalTime)`).
    #[must_use]
    pub fn clamped_time(self, time: RationalTime) -> RationalTime {
        time.later(self.start_time).earlier(self.end_time_inclusive())
    }

    /// `other`, begun no earlier and ended no later than this range. As in OTIO, a start that is moved does not shorten it,
    /// so that it is not always the part they share; the length is negative where `other` begins after the end.
    ///
    /// ```
    /// use otio_document::{RationalTime, TimeRange};
    ///
    /// let frames = |start, duration| TimeRange::new(RationalTime::new(start, 24.0), RationalTime::new(duration, 24.0));
    /// assert_eq!(frames(10.0, 10.0).clamped(frames(12.0, 20.0)), frames(12.0, 8.0));
    /// assert_eq!(frames(10.0, 10.0).clamped(frames(5.0, 8.0)), frames(10.0, 8.0), "10 to 13 is what they share");
    /// ```
    #[must_use]
    pub fn clamped(self, other: Self) -> Self {
        let start = other.start_time.later(self.start_time);
        let range = Self::new(start, other.duration);
        let end = range.end_time_exclusive().earlier(self.end_time_exclusive());
        Self::new(start, end - start)
    }

    /// Whether `time` is in it; the end is not (OTIO `contains(RationalTime)`).
    pub fn contains_time(self, time: RationalTime) -> bool {
        !self.start_time.is_after(time) && time.is_before(self.end_time_exclusive())
    }

    /// Whether `other` begins later and ends earlier, both by at least `epsilon` seconds: no range contains itself.
    pub fn contains(self, other: Self, epsilon: f64) -> bool {
        let (this, other) = (self.seconds(), other.seconds());
        is_later(other.start, this.start, epsilon) && is_earlier(other.end, this.end, epsilon)
    }

    /// As [`TimeRange::contains_time`] (OTIO `overlaps(RationalTime)`).
    pub fn overlaps_time(self, time: RationalTime) -> bool {
        self.contains_time(time)
    }

    /// Whether this begins first, and ends within `other`. For any time in common see [`TimeRange::intersects`].
    pub fn overlaps(self, other: Self, epsilon: f64) -> bool {
        let (this, other) = (self.seconds(), other.seconds());
        is_earlier(this.start, other.start, epsilon)
            && is_later(this.end, other.start, epsilon)
            && is_later(other.end, this.end, epsilon)
    }

    /// Whether `time` comes after the end (OTIO `before(RationalTime)`).
    pub fn before_time(self, time: RationalTime, epsilon: f64) -> bool {
        is_earlier(self.seconds().end, time.to_seconds(), epsilon)
    }

    /// Whether `other` begins after the end; where it begins at the end, they [meet](TimeRange::meets).
    pub fn before(self, other: Self, epsilon: f64) -> bool {
        is_later(other.seconds().start, self.seconds().end, epsilon)
    }

    /// Whether `other` begins where this ends.
    pub fn meets(self, other: Self, epsilon: f64) -> bool {
        let gap = other.seconds().start - self.seconds().end;
        gap <= epsilon && gap >= 0.0
    }

    /// Whether it begins at `time` (OTIO `begins(RationalTime)`).
    pub fn begins_time(self, time: RationalTime, epsilon: f64) -> bool {
        (time.to_seconds() - self.seconds().start).abs() <= epsilon
    }

    /// Whether both begin together and this ends first.
    pub fn begins(self, other: Self, epsilon: f64) -> bool {
        let (this, other) = (self.seconds(), other.seconds());
        (other.start - this.start).abs() <= epsilon && is_earlier(this.end, other.end, epsilon)
    }

    /// Whether it ends at `time`, the moment after it (OTIO `finishes(RationalTime)`).
    pub fn finishes_time(self, time: RationalTime, epsilon: f64) -> bool {
        (self.seconds().end - time.to_seconds()).abs() <= epsilon
    }

    /// Whether both end together and this begins later.
    pub fn finishes(self, other: Self, epsilon: f64) -> bool {
        let (this, other) = (self.seconds(), other.seconds());
        (this.end - other.end).abs() <= epsilon && is_later(this.start, other.start, epsilon)
    }

    /// Whether they have any time in common.
    pub fn intersects(self, other: Self, epsilon: f64) -> bool {
        let (this, other) = (self.seconds(), other.seconds());
        is_earlier(this.start, other.end, epsilon) && is_later(this.end, other.start, epsilon)
    }

    fn seconds(self) -> Seconds {
        Seconds { start: self.start_time.to_seconds(), end: self.end_time_exclusive().to_seconds() }
    }
}

fn is_later(time: f64, than: f64, epsilon: f64) -> bool {
    time - than >= epsilon
}

fn is_earlier(time: f64, than: f64, epsilon: f64) -> bool {
    than - time >= epsilon
}

impl PartialEq for TimeRange {
    /// Within [`EPSILON_SECONDS`], as in OTIO.
    fn eq(&self, other: &Self) -> bool {
        let near = |a: RationalTime, b: RationalTime| (a - b).to_seconds().abs() < EPSILON_SECONDS;
        near(self.start_time, other.start_time) && near(self.duration, other.duration)
    }
}
/// As [`TimeRange::to_value`].
impl From<TimeRange> for Value {
    fn from(value: TimeRange) -> Self {
        value.to_value()
    }
}
