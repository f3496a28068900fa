//! How media count their frames.

use crate::time::{EPSILON_SECONDS, RationalTime, TimeRange};

/// Relative difference up to which two rates are roundings of one: 23.97, 23.976 and 23.98 stand for 24000/1001, which is
/// 1/1000 away from 24.
const ROUNDING_OF_RATES: f64 = 3e-4;

/// The rate of media, and what there is of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct MediaClock {
    /// Frames a second.
    pub(super) rate: f64,
    /// What there is; none where nothing says so.
    pub(super) available: Option<TimeRange>,
}

impl MediaClock {
    /// Whole frames from one time to another, below zero where it comes earlier; none where the times have no value.
    ///
    /// Times that many additions at different rates have led to may fall short of a frame's start by some 2⁻⁵² of their
    /// value, so a time less than [`EPSILON_SECONDS`] before a frame counts as in it. That is what OTIO's relations take
    /// for the same moment: some 10⁴ times what rounding does within a day at 60 frames a second, and still only a
    /// quarter of a percent of a frame at 1000.
    pub(super) fn frames_between(self, origin: RationalTime, time: RationalTime) -> Option<i64> {
        let frames = self.count(time) - self.count(origin);
        whole_frames((frames + EPSILON_SECONDS * self.rate).floor())
    }

    /// How many frames there are, a last one that is only begun included.
    pub(super) fn frames(self) -> Option<i64> {
        let duration = self.count(self.available?.duration);
        whole_frames((duration - EPSILON_SECONDS * self.rate).ceil())
    }

    /// The frame of a time, from the first there is.
    pub(super) fn frame(self, time: RationalTime) -> Option<i64> {
        self.frames_between(self.available?.start_time, time)
    }

    /// When a frame begins.
    #[expect(clippy::cast_precision_loss, reason = "2^53 frames are millions of years")]
    pub(super) fn time_of_frame(self, frame: i64) -> Option<RationalTime> {
        Some(self.available?.start_time + RationalTime::new(frame as f64, self.rate))
    }

    /// A time in frames. Where its rate and that of the media are roundings of one rate, one counts as many as the other:
    /// who writes 23.976 for 24000/1001 means the same frames, which would be off by one after a few minutes.
    fn count(self, time: RationalTime) -> f64 {
        if is_same_rate(time.rate, self.rate) { time.value } else { time.value_rescaled_to(self.rate) }
    }
}

/// Whether both rates stand for one of SMPTE timecode.
#[expect(clippy::float_cmp, reason = "both come from the same table")]
fn is_same_rate(rate: f64, other: f64) -> bool {
    let nearest = RationalTime::nearest_smpte_timecode_rate(rate);
    let is_rounding = |rate: f64| (rate - nearest).abs() <= ROUNDING_OF_RATES * nearest;
    nearest == RationalTime::nearest_smpte_timecode_rate(other) && is_rounding(rate) && is_rounding(other)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "whole, and what does not fit stops at the last that does"
)]
fn whole_frames(frames: f64) -> Option<i64> {
    frames.is_finite().then_some(frames as i64)
}

#[cfg(test)]
mod tests {
    use super::{MediaClock, TimeRange};
    use crate::RationalTime;

    fn clock(rate: f64, start: f64, duration: f64) -> MediaClock {
        let range = TimeRange::new(RationalTime::new(start, rate), RationalTime::new(duration, rate));
        MediaClock { rate, available: Some(range) }
    }

    #[test]
    fn a_frame_counts_from_its_start_up_to_the_next() {
        let clock = clock(24.0, 86_400.0, 48.0);
        for (time, frame) in [(86_400.0, 0), (86_400.9, 0), (86_401.0, 1), (86_399.5, -1), (86_448.0, 48)] {
            assert_eq!(clock.frame(RationalTime::new(time, 24.0)), Some(frame), "{time}");
        }
        assert_eq!(clock.frames(), Some(48));
        assert_eq!(clock.frame(RationalTime::new(1.0, 0.0)), None);
    }

    #[test]
    fn a_time_that_rounding_leaves_just_before_a_frame_is_in_it() {
        let clock = clock(24.0, 0.0, 240.0);
        assert_eq!(clock.frame(RationalTime::new(119.999_999_99, 24.0)), Some(120));
        assert_eq!(clock.frame(RationalTime::new(119.999, 24.0)), Some(119));
        for frame in 0..5_000_i32 {
            let ntsc = RationalTime::new(f64::from(frame), 24.0).rescaled_to(30_000.0 / 1001.0);
            assert_eq!(clock.frame(ntsc), Some(i64::from(frame)));
        }
    }

    #[test]
    fn a_frame_that_is_only_begun_is_one() {
        assert_eq!(clock(24.0, 0.0, 47.5).frames(), Some(48));
        assert_eq!(clock(24.0, 0.0, 48.000_000_01).frames(), Some(48));
        assert_eq!(clock(24.0, 0.0, 0.0).frames(), Some(0));
    }

    #[test]
    fn rounded_rates_count_the_frames_of_the_rate_they_stand_for() {
        let clock = clock(23.976, 86_400.0, 1000.0);
        let late = RationalTime::new(86_999.0, 24_000.0 / 1001.0);
        assert_eq!(clock.frame(late), Some(599));
        assert_eq!(clock.frame(RationalTime::new(86_999.0, 24.0)), Some(512));
    }
}
