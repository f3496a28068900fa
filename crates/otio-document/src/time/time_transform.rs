//! Times carried from one time line to another.

use super::{RationalTime, TimeRange};

/// A stretch and a shift, with the rate that results have (OTIO `TimeTransform`). The default changes nothing, as there.
///
/// ```
/// use otio_document::{RationalTime, TimeTransform};
///
/// let half = TimeTransform { scale: 0.5, ..TimeTransform::default() };
/// assert_eq!(half.applied_to_time(RationalTime::new(10.0, 24.0)), RationalTime::new(5.0, 24.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeTransform {
    /// What is added after the stretch, at a rate of its own.
    pub offset: RationalTime,
    /// What values are multiplied with; 1 leaves them.
    pub scale: f64,
    /// The rate of results, in units a second; that of the input where it is not above zero.
    pub rate: f64,
}

impl Default for TimeTransform {
    fn default() -> Self {
        Self { offset: RationalTime::new(0.0, 1.0), scale: 1.0, rate: -1.0 }
    }
}

impl TimeTransform {
    /// The time after stretch and shift (OTIO `applied_to(RationalTime)`).
    pub fn applied_to_time(self, time: RationalTime) -> RationalTime {
        let moved = RationalTime::new(time.value * self.scale, time.rate) + self.offset;
        let rate = if self.rate > 0.0 { self.rate } else { time.rate };
        if rate > 0.0 { moved.rescaled_to(rate) } else { moved }
    }

    /// The range between both ends after stretch and shift (OTIO `applied_to(TimeRange)`).
    pub fn applied_to_range(self, range: TimeRange) -> TimeRange {
        let end = self.applied_to_time(range.end_time_exclusive());
        TimeRange::from_start_end_time(self.applied_to_time(range.start_time), end)
    }

    /// Both transforms in one (OTIO `applied_to(TimeTransform)`): offsets added, scales multiplied. As there, the offset of
    /// `other` is not stretched, so that times come out otherwise than by one transform after the other.
    #[must_use]
    pub fn applied_to(self, other: Self) -> Self {
        Self {
            offset: self.offset + other.offset,
            scale: self.scale * other.scale,
            rate: if self.rate > 0.0 { self.rate } else { other.rate },
        }
    }
}
