//! Hours, minutes and seconds as text: `01:02:03.5`.

use super::RationalTime;
use super::timecode::TimecodeError;

impl RationalTime {
    /// The time that `[[HH:]MM:]SS[.fraction]` means, counted in units of `1/rate` seconds. Only the first field may be 60
    /// or more.
    ///
    /// # Errors
    /// A rate that SMPTE timecode does not have ([`TimecodeError::Rate`]), a text that is no time string
    /// ([`TimecodeError::TimeString`]).
    ///
    /// ```
    /// use otio_document::RationalTime;
    ///
    /// assert_eq!(RationalTime::from_time_string("01:30.5", 24.0)?, RationalTime::new(2172.0, 24.0));
    /// # Ok::<(), otio_document::TimecodeError>(())
    /// ```
    pub fn from_time_string(text: &str, rate: f64) -> Result<Self, TimecodeError> {
        if !Self::is_smpte_timecode_rate(rate) {
            return Err(TimecodeError::Rate(rate));
        }
        let seconds = seconds(text).ok_or_else(|| TimecodeError::TimeString(text.to_owned()))?;
        Ok(Self::from_seconds_at(seconds, rate))
    }

    /// As `HH:MM:SS.fraction`, days left out, the fraction cut after six places.
    ///
    /// What is no number of seconds is `NaN`, `inf` or `-inf`, where OTIO writes numbers without meaning.
    /// Fractions below a ten-thousandth of a second come out as OTIO writes them, in a form that no reader takes back.
    pub fn to_time_string(self) -> String {
        let total = self.to_seconds();
        if !total.is_finite() {
            return format!("{total}");
        }
        let sign = if total.is_sign_negative() { "-" } else { "" };
        let total = total.abs();
        let of_day = total % 86_400.0;
        let whole = of_day.trunc();
        format!(
            "{sign}{:02}:{:02}:{:02}{}",
            (whole / 3600.0).floor(),
            (whole % 3600.0 / 60.0).floor(),
            whole % 60.0,
            fraction(of_day - whole)
        )
    }
}

/// `.` and at most six characters of what C's `%.7g` makes of a fraction, its first character left out.
fn fraction(fraction: f64) -> String {
    let written = seven_significant_digits(fraction);
    match &written[1..] {
        "" => ".0".to_owned(),
        rest => rest.chars().take(7).collect(),
    }
}

/// C's `%.7g` for numbers from 0 to 1.
fn seven_significant_digits(value: f64) -> String {
    let scientific = format!("{value:.6e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if exponent < -4 && value != 0.0 {
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        return format!("{digits}e-{:02}", -exponent);
    }
    let places = usize::try_from(6 - exponent).unwrap_or(6);
    format!("{value:.places$}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The seconds that a text means. OTIO reads from the end, takes an empty field for zero where the one before it has a
/// point, and leaves one without a number only to the first; so do we.
fn seconds(text: &str) -> Option<f64> {
    if text.bytes().any(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b':')) {
        return None;
    }
    let fields: Vec<&str> = text.split(':').collect();
    if fields.len() > 3 {
        return None;
    }
    let mut seconds = 0.0;
    let mut is_next_empty = false;
    for (index, weight) in (0..fields.len()).rev().zip([1.0, 60.0, 3600.0]) {
        let number = match (index, fields[index]) {
            (0, "") if is_next_empty => return None,
            (_, "") => 0.0,
            (0, field) => number(field, is_next_empty)?,
            (_, field) if field.starts_with('.') => return None,
            (_, field) => number(field, is_next_empty).filter(|number| *number < 60.0)?,
        };
        is_next_empty = index > 0 && fields[index].is_empty();
        seconds += number * weight;
    }
    Some(seconds)
}

/// Digits, a point, digits; what follows a second point is ignored. OTIO adds the places up one by one, so we do.
fn number(field: &str, must_have_point: bool) -> Option<f64> {
    let mut parts = field.splitn(3, '.');
    let mut number = whole_number(parts.next()?)?;
    let places = parts.next();
    if must_have_point && places.is_none() {
        return None;
    }
    let mut place = 0.1;
    for digit in places.unwrap_or_default().bytes() {
        number += f64::from(digit - b'0') * place;
        place *= 0.1;
    }
    Some(number)
}

/// A count that a float holds exactly.
fn whole_number(digits: &str) -> Option<f64> {
    let mut whole = 0_u64;
    for digit in digits.bytes() {
        // OTIO notices only those overflows that make the number smaller.
        let more = whole.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        if more < whole {
            return None;
        }
        whole = more;
    }
    #[expect(clippy::cast_precision_loss, reason = "a loss is noticed")]
    let float = whole as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 0 below 2^64"
    )]
    let is_exact = float < 18_446_744_073_709_551_616.0 && float as u64 == whole;
    is_exact.then_some(float)
}
