//! Number literals without loss.

use super::reader::{Reader, Reading};
use crate::Number;

/// The largest integer below which every integer is a float.
const EXACT_SIGNIFICAND_MAX: u64 = 1 << 53;

/// The powers of ten that are floats without rounding.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Numbers of so many digits all fit.
const DIGITS_MAX: usize = 19;

/// What a number lies below that has so many digits.
const POWERS_OF_TEN: [u64; DIGITS_MAX + 1] = {
    let mut powers = [1; DIGITS_MAX + 1];
    let mut at = 1;
    while at <= DIGITS_MAX {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// A literal in parts. `significand` holds all its digits while they fit.
struct Literal {
    negative: bool,
    significand: Option<u64>,
    fraction_digits: i32,
    exponent: Option<i32>,
}

impl Reader<'_> {
    /// The number that starts here, its value kept.
    pub(super) fn exact_number(&mut self) -> Reading<Number> {
        let start = self.at;
        let negative = self.take(b'-');
        if matches!(self.peek(), Some(b'N' | b'I')) {
            return self.non_finite(negative).map(Number::Float);
        }
        let literal = self.literal(negative)?;
        if let Some(number) = short_number(&literal) {
            return Ok(number);
        }
        Ok(long_number(&self.text[start..self.at], &literal))
    }

    /// `NaN`, `Inf` or `Infinity` after an optional minus.
    pub(super) fn non_finite(&mut self, negative: bool) -> Reading<f64> {
        let rest = &self.text.as_bytes()[self.at..];
        if rest.starts_with(b"NaN") {
            self.at += 3;
            return Ok(f64::NAN);
        }
        if rest.starts_with(b"Inf") && (rest.get(3) != Some(&b'i') || rest.starts_with(b"Infinity")) {
            self.at += if rest.get(3) == Some(&b'i') { 8 } else { 3 };
            return Ok(if negative { f64::NEG_INFINITY } else { f64::INFINITY });
        }
        Err(self.unexpected("a number, `NaN` or `Infinity`"))
    }

    fn literal(&mut self, negative: bool) -> Reading<Literal> {
        let mut significand = Some(0);
        if !self.take(b'0') {
            self.digits(&mut significand)?;
        }
        let mut fraction_digits = 0;
        let mut exponent = None;
        if self.take(b'.') {
            let from = self.at;
            self.digits(&mut significand)?;
            fraction_digits = i32::try_from(self.at - from).unwrap_or(i32::MAX);
            exponent = Some(0);
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            exponent = Some(self.exponent()?);
        }
        Ok(Literal { negative, significand, fraction_digits, exponent })
    }

    /// At least one digit, added to the significand while it fits.
    fn digits(&mut self, significand: &mut Option<u64>) -> Reading<()> {
        let rest = &self.text.as_bytes()[self.at..];
        let mut count = 0;
        let mut value = significand.unwrap_or(0);
        while let Some(digit @ b'0'..=b'9') = rest.get(count) {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            count += 1;
        }
        let digits = &rest[..count];
        *significand = match significand {
            // Together they have no more digits than fit.
            Some(before) if count <= DIGITS_MAX && *before < POWERS_OF_TEN[DIGITS_MAX - count] => Some(value),
            _ => significand.and_then(|before| checked_digits(before, digits)),
        };
        self.at += count;
        if count == 0 { Err(self.unexpected("a digit")) } else { Ok(()) }
    }

    /// The digits after `e`, saturating far beyond the range of floats.
    fn exponent(&mut self) -> Reading<i32> {
        let negative = self.take(b'-');
        if !negative {
            self.take(b'+');
        }
        let mut magnitude = Some(0);
        self.digits(&mut magnitude)?;
        let magnitude = magnitude.map_or(1_000_000_000, |value| value.min(1_000_000_000));
        let magnitude = i32::try_from(magnitude).unwrap_or(i32::MAX);
        Ok(if negative { -magnitude } else { magnitude })
    }
}

/// Digits added to a number, one checked after the other; none where it does not fit.
#[cold]
fn checked_digits(before: u64, digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(before, |value, digit| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
}

/// The number of a literal with few digits, without another look at its text.
fn short_number(literal: &Literal) -> Option<Number> {
    let significand = literal.significand?;
    let Some(exponent) = literal.exponent else {
        return integer(literal.negative, significand);
    };
    let power = exponent.saturating_sub(literal.fraction_digits);
    let scale = *EXACT_POWERS.get(usize::try_from(power.unsigned_abs()).ok()?)?;
    if significand > EXACT_SIGNIFICAND_MAX {
        return None;
    }
    // One rounding of two exact floats is the nearest float.
    #[expect(clippy::cast_precision_loss, reason = "checked against the largest exact integer above")]
    let significand = significand as f64;
    let magnitude = if power < 0 { significand / scale } else { significand * scale };
    Some(Number::Float(if literal.negative { -magnitude } else { magnitude }))
}

fn integer(negative: bool, magnitude: u64) -> Option<Number> {
    if !negative {
        return Some(Number::from(magnitude));
    }
    0i64.checked_sub_unsigned(magnitude).map(Number::Int)
}

/// The number of a literal with many digits: the nearest float, or the text itself where there is none.
fn long_number(text: &str, literal: &Literal) -> Number {
    let float = literal.exponent.and_then(|_| text.parse().ok()).filter(|value: &f64| value.is_finite());
    float.map_or_else(|| Number::Literal(text.into()), Number::Float)
}

#[cfg(test)]
mod tests {
    use crate::{Limits, Number, parse};

    #[test]
    fn integers_are_kept_up_to_the_last_digit_that_fits() {
        let read =
            |text: &str| parse(text.as_bytes(), &Limits::default()).unwrap().value.as_number().cloned();
        for number in [0, 9, 999_999_999_999_999_999, i64::MAX.unsigned_abs(), u64::MAX - 5, u64::MAX] {
            assert_eq!(read(&number.to_string()), Some(Number::from(number)));
        }
        for text in ["18446744073709551616", "99999999999999999999", "184467440737095516150"] {
            assert_eq!(read(text), Some(Number::Literal(text.into())));
        }
        let floats = [
            "0.00000000000000000000000025",
            "1795251807.662459",
            "99999999999.999999999",
            "1234567890123456789012.5",
        ];
        for text in floats {
            assert_eq!(read(text), Some(Number::Float(text.parse().unwrap())), "{text}");
        }
    }
}
