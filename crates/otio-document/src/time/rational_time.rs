//! Moments and lengths.

use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use lossless_json::Value;

/// A moment or a length: `value` units of `1/rate` seconds (OTIO `RationalTime`).
///
/// Equality and order are those of OTIO: `10 @ 24` equals `20 @ 48`; see [`RationalTime::strictly_equal`]. NaN is neither
/// before nor after anything, where OTIO's `<` has it before everything.
///
/// Methods have the names that they have in OTIO; where a name differs, its documentation says so. What Python overloads
/// are methods of their own: `to_frames(rate)` is [`RationalTime::to_frames_at`].
///
/// ```
/// use otio_document::RationalTime;
///
/// let start = RationalTime::new(48.0, 24.0);
/// assert_eq!(start.to_seconds(), 2.0);
/// assert_eq!(start + RationalTime::new(1.0, 48.0), RationalTime::new(97.0, 48.0));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RationalTime {
    /// The count of units of `1/rate` seconds: frames for most rates, samples for those of sound.
    pub value: f64,
    /// Units a second: frames a second for pictures.
    pub rate: f64,
}

impl RationalTime {
    /// `value` units of `1/rate` seconds.
    pub const fn new(value: f64, rate: f64) -> Self {
        Self { value, rate }
    }

    /// From a `RationalTime.1` object as documents hold it. None where it has no number as `value` or `rate`; its
    /// `OTIO_SCHEMA` is not looked at.
    pub fn from_value(value: &Value) -> Option<Self> {
        Some(Self { value: value.get("value")?.as_f64()?, rate: value.get("rate")?.as_f64()? })
    }

    /// As a `RationalTime.1` object, as documents hold it.
    pub fn to_value(self) -> Value {
        let fields = [
            ("OTIO_SCHEMA", Value::from("RationalTime.1")),
            ("rate", self.rate.into()),
            ("value", self.value.into()),
        ];
        Value::Object(fields.into_iter().collect())
    }

    /// A whole number of frames of `1/rate` seconds; the fraction of `frame` is cut. What no `i32` holds is `i32::MIN`.
    pub fn from_frames(frame: f64, rate: f64) -> Self {
        Self { value: f64::from(whole(frame)), rate }
    }

    /// Seconds, at a rate of 1 (OTIO `from_seconds(seconds)`).
    pub const fn from_seconds(seconds: f64) -> Self {
        Self { value: seconds, rate: 1.0 }
    }

    /// Seconds, counted in units of `1/rate` seconds, fractions of units included (OTIO `from_seconds(seconds, rate)`).
    pub fn from_seconds_at(seconds: f64, rate: f64) -> Self {
        Self::from_seconds(seconds).rescaled_to(rate)
    }

    /// Whether neither number is NaN and the rate is above zero (OTIO `is_valid_time`; `is_invalid_time` is its opposite).
    pub fn is_valid(self) -> bool {
        !self.value.is_nan() && !self.rate.is_nan() && self.rate > 0.0
    }

    /// The count of units of `1/rate` seconds that are this time, not rounded.
    #[expect(clippy::float_cmp, reason = "only the very same rate needs no arithmetic, as in OTIO")]
    pub fn value_rescaled_to(self, rate: f64) -> f64 {
        if rate == self.rate { self.value } else { (self.value * rate) / self.rate }
    }

    /// The same time, counted in units of `1/rate` seconds, not rounded.
    #[must_use]
    pub fn rescaled_to(self, rate: f64) -> Self {
        Self { value: self.value_rescaled_to(rate), rate }
    }

    /// Whether the times are at most `delta` units of `other` apart, that is, `delta / other.rate` seconds. OTIO's `delta` is
    /// 0 where it is left out.
    pub fn almost_equal(self, other: Self, delta: f64) -> bool {
        (self.value_rescaled_to(other.rate) - other.value).abs() <= delta
    }

    /// Whether value and rate are the same: `10 @ 24` is not `20 @ 48` then.
    #[expect(clippy::float_cmp, reason = "strictly is what it says")]
    pub fn strictly_equal(self, other: Self) -> bool {
        self.value == other.value && self.rate == other.rate
    }

    /// The largest whole count of units that is not later, at the same rate.
    #[must_use]
    pub fn floor(self) -> Self {
        Self { value: self.value.floor(), ..self }
    }

    /// The smallest whole count of units that is not earlier, at the same rate.
    #[must_use]
    pub fn ceil(self) -> Self {
        Self { value: self.value.ceil(), ..self }
    }

    /// The nearest whole count of units, halves away from zero, at the same rate.
    #[must_use]
    pub fn round(self) -> Self {
        Self { value: self.value.round(), ..self }
    }

    /// The count of units, its fraction cut; what no `i32` holds is `i32::MIN`, as in OTIO.
    pub fn to_frames(self) -> i32 {
        whole(self.value)
    }

    /// The count of units of `1/rate` seconds, its fraction cut as by [`RationalTime::to_frames`] (OTIO `to_frames(rate)`).
    pub fn to_frames_at(self, rate: f64) -> i32 {
        whole(self.value_rescaled_to(rate))
    }

    /// In seconds, not rounded.
    pub fn to_seconds(self) -> f64 {
        self.value_rescaled_to(1.0)
    }

    /// The length from `start` up to `end`, which is not part of it, at the rate of `start`.
    #[expect(clippy::float_cmp, reason = "only the very same rate needs no arithmetic, as in OTIO")]
    pub fn duration_from_start_end_time(start: Self, end: Self) -> Self {
        let end = if start.rate == end.rate { end.value } else { end.value_rescaled_to(start.rate) };
        Self { value: end - start.value, rate: start.rate }
    }

    /// The length from `start` to `end`, which is part of it, at the rate of `start`.
    #[expect(clippy::float_cmp, reason = "only the very same rate needs no arithmetic, as in OTIO")]
    pub fn duration_from_start_end_time_inclusive(start: Self, end: Self) -> Self {
        let end = if start.rate == end.rate { end.value } else { end.value_rescaled_to(start.rate) };
        Self { value: end - start.value + 1.0, rate: start.rate }
    }

    /// As OTIO compares: what cannot be compared (NaN) is before everything.
    pub(crate) fn is_before(self, other: Self) -> bool {
        !matches!(self.partial_cmp(&other), Some(Ordering::Greater | Ordering::Equal))
    }

    /// As OTIO compares: what cannot be compared (NaN) is after nothing.
    pub(crate) fn is_after(self, other: Self) -> bool {
        self > other
    }

    /// The earlier of two, the first where they are equal (`std::min` of OTIO's C++, `min` of Python).
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        if other.is_before(self) { other } else { self }
    }

    /// The later of two, the first where they are equal (`std::max` of OTIO's C++, `max` of Python).
    #[must_use]
    pub fn later(self, other: Self) -> Self {
        if self.is_before(other) { other } else { self }
    }
}

/// Truncation as x86 and C++ do it: what does not fit is the lowest number.
pub(crate) fn whole(value: f64) -> i32 {
    let cut = value.trunc();
    if cut >= f64::from(i32::MIN) && cut <= f64::from(i32::MAX) {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and within range")]
        return cut as i32;
    }
    i32::MIN
}

impl PartialEq for RationalTime {
    fn eq(&self, other: &Self) -> bool {
        self.value_rescaled_to(other.rate) == other.value
    }
}

impl PartialOrd for RationalTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.value / self.rate).partial_cmp(&(other.value / other.rate))
    }
}

impl Add for RationalTime {
    type Output = Self;

    /// At the higher rate.
    fn add(self, other: Self) -> Self {
        if self.rate < other.rate {
            return Self { value: self.value_rescaled_to(other.rate) + other.value, rate: other.rate };
        }
        Self { value: other.value_rescaled_to(self.rate) + self.value, rate: self.rate }
    }
}

impl Sub for RationalTime {
    type Output = Self;

    /// At the higher rate.
    fn sub(self, other: Self) -> Self {
        if self.rate < other.rate {
            return Self { value: self.value_rescaled_to(other.rate) - other.value, rate: other.rate };
        }
        Self { value: self.value - other.value_rescaled_to(self.rate), rate: self.rate }
    }
}

impl AddAssign for RationalTime {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for RationalTime {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Neg for RationalTime {
    type Output = Self;

    fn neg(self) -> Self {
        Self { value: -self.value, ..self }
    }
}
/// As [`RationalTime::to_value`].
impl From<RationalTime> for Value {
    fn from(value: RationalTime) -> Self {
        value.to_value()
    }
}
