//! Number literals as opentimelineio reads them.
//!
//! opentimelineio 0.18 reads with RapidJSON without full precision: the significand is gathered in a 64-bit integer
//! or, past 53 bits, in a float, and scaled by one multiplication or division. The result may be some ulp off. The
//! steps and their limits are RapidJSON's, since any other order rounds differently.

use super::ParseReason;
use super::reader::{Reader, Reading};
use crate::Number;

/// The most significant digits that the float significand takes.
const SIGNIFICANT_DIGITS_MAX: u32 = 17;

/// The 53-bit bound up to which fraction digits are gathered in an integer.
const INTEGER_SIGNIFICAND_MAX: u64 = 0x001F_FFFF_FFFF_FFFF;

/// The digits before the point: an integer while it fits 64 bits, a float beyond.
#[derive(Clone, Copy)]
enum Whole {
    Integer(u64),
    Float(f64),
}

impl Reader<'_> {
    /// The number that starts here, changed as opentimelineio changes it.
    #[expect(clippy::cast_precision_loss, reason = "RapidJSON converts so")]
    pub(super) fn rapidjson_number(&mut self) -> Reading<Number> {
        let start = self.at;
        let negative = self.take(b'-');
        if matches!(self.peek(), Some(b'N' | b'I')) {
            return self.non_finite(negative).map(Number::Float);
        }
        let (whole, digits) = self.whole(negative)?;
        let point = self.take(b'.');
        if !point && !matches!(self.peek(), Some(b'e' | b'E')) {
            return match whole {
                Whole::Integer(magnitude) => Ok(wrapped(negative, magnitude)),
                Whole::Float(value) => self.finished(start, negative, value, 0),
            };
        }
        let (significand, scale) = match (point, whole) {
            (true, whole) => self.fraction(whole, digits)?,
            (false, Whole::Integer(magnitude)) => (magnitude as f64, 0),
            (false, Whole::Float(value)) => (value, 0),
        };
        let exponent = self.rapidjson_exponent(start, scale)?;
        self.finished(start, negative, significand, exponent + scale)
    }

    /// The digits before the point and how many follow the first one.
    #[expect(clippy::cast_precision_loss, reason = "RapidJSON converts so")]
    fn whole(&mut self, negative: bool) -> Reading<(Whole, u32)> {
        if self.take(b'0') {
            return Ok((Whole::Integer(0), 0));
        }
        let Some(first) = self.digit() else {
            return Err(self.unexpected("a digit"));
        };
        let max = if negative { 1 << 63 } else { u64::MAX };
        let mut magnitude = u64::from(first);
        let mut following = 0;
        while let Some(digit) = self.peek_digit() {
            let next = magnitude.checked_mul(10).and_then(|tens| tens.checked_add(digit.into()));
            let Some(next) = next.filter(|next| *next <= max) else {
                return Ok((Whole::Float(self.more_digits(magnitude as f64)), following));
            };
            magnitude = next;
            following += 1;
            self.at += 1;
        }
        Ok((Whole::Integer(magnitude), following))
    }

    fn more_digits(&mut self, mut value: f64) -> f64 {
        while let Some(digit) = self.digit() {
            value = value * 10.0 + f64::from(digit);
        }
        value
    }

    /// The significand with the digits after the point, and its power of ten.
    #[expect(clippy::cast_precision_loss, reason = "RapidJSON converts so")]
    fn fraction(&mut self, whole: Whole, mut digits: u32) -> Reading<(f64, i32)> {
        if self.peek_digit().is_none() {
            return Err(self.unexpected("a digit"));
        }
        let mut scale = 0;
        let mut value = match whole {
            Whole::Float(value) => value,
            Whole::Integer(mut magnitude) => {
                while let Some(digit) = self.peek_digit().filter(|_| magnitude <= INTEGER_SIGNIFICAND_MAX) {
                    magnitude = magnitude * 10 + u64::from(digit);
                    scale -= 1;
                    digits += u32::from(magnitude != 0);
                    self.at += 1;
                }
                magnitude as f64
            }
        };
        while let Some(digit) = self.digit() {
            if digits < SIGNIFICANT_DIGITS_MAX {
                value = value * 10.0 + f64::from(digit);
                scale -= 1;
                digits += u32::from(value > 0.0);
            }
        }
        Ok((value, scale))
    }

    /// The exponent, 0 where there is none.
    fn rapidjson_exponent(&mut self, start: usize, scale: i32) -> Reading<i32> {
        if !self.take(b'e') && !self.take(b'E') {
            return Ok(0);
        }
        let negative = self.take(b'-');
        if !negative {
            self.take(b'+');
        }
        let Some(first) = self.digit() else {
            return Err(self.unexpected("a digit"));
        };
        let mut exponent = i32::from(first);
        let max = if negative { (scale + 2_147_483_639) / 10 } else { 308 - scale };
        while let Some(digit) = self.digit() {
            exponent = exponent.saturating_mul(10).saturating_add(digit.into());
            if exponent > max {
                if !negative {
                    self.at = start;
                    return Err(self.fail(ParseReason::NumberTooBig));
                }
                while self.digit().is_some() {}
            }
        }
        Ok(if negative { -exponent } else { exponent })
    }

    fn finished(&mut self, start: usize, negative: bool, significand: f64, power: i32) -> Reading<Number> {
        let magnitude = if power < -308 {
            scaled(scaled(significand, -308), power.saturating_add(308))
        } else {
            scaled(significand, power)
        };
        if magnitude > f64::MAX {
            self.at = start;
            return Err(self.fail(ParseReason::NumberTooBig));
        }
        Ok(Number::Float(if negative { -magnitude } else { magnitude }))
    }

    fn peek_digit(&self) -> Option<u8> {
        self.peek().filter(u8::is_ascii_digit).map(|byte| byte - b'0')
    }

    fn digit(&mut self) -> Option<u8> {
        let digit = self.peek_digit()?;
        self.at += 1;
        Some(digit)
    }
}

/// opentimelineio keeps integers in 63 bits: it cuts the top bit off what is greater.
fn wrapped(negative: bool, magnitude: u64) -> Number {
    let kept = if negative { magnitude.wrapping_neg() } else { magnitude & (u64::MAX >> 1) };
    Number::Int(kept.cast_signed())
}

fn scaled(significand: f64, power: i32) -> f64 {
    match power {
        ..-308 => 0.0,
        -308..0 => significand / power_of_ten(-power),
        0.. => significand * power_of_ten(power),
    }
}

/// The float nearest to a power of ten.
fn power_of_ten(power: i32) -> f64 {
    usize::try_from(power).ok().and_then(|power| POWERS_OF_TEN.get(power)).copied().unwrap_or(f64::INFINITY)
}

/// The floats nearest to 10^0 … 10^308.
const POWERS_OF_TEN: [f64; 309] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31, 1e32, 1e33, 1e34, 1e35,
    1e36, 1e37, 1e38, 1e39, 1e40, 1e41, 1e42, 1e43, 1e44, 1e45, 1e46, 1e47, 1e48, 1e49, 1e50, 1e51, 1e52,
    1e53, 1e54, 1e55, 1e56, 1e57, 1e58, 1e59, 1e60, 1e61, 1e62, 1e63, 1e64, 1e65, 1e66, 1e67, 1e68, 1e69,
    1e70, 1e71, 1e72, 1e73, 1e74, 1e75, 1e76, 1e77, 1e78, 1e79, 1e80, 1e81, 1e82, 1e83, 1e84, 1e85, 1e86,
    1e87, 1e88, 1e89, 1e90, 1e91, 1e92, 1e93, 1e94, 1e95, 1e96, 1e97, 1e98, 1e99, 1e100, 1e101, 1e102, 1e103,
    1e104, 1e105, 1e106, 1e107, 1e108, 1e109, 1e110, 1e111, 1e112, 1e113, 1e114, 1e115, 1e116, 1e117, 1e118,
    1e119, 1e120, 1e121, 1e122, 1e123, 1e124, 1e125, 1e126, 1e127, 1e128, 1e129, 1e130, 1e131, 1e132, 1e133,
    1e134, 1e135, 1e136, 1e137, 1e138, 1e139, 1e140, 1e141, 1e142, 1e143, 1e144, 1e145, 1e146, 1e147, 1e148,
    1e149, 1e150, 1e151, 1e152, 1e153, 1e154, 1e155, 1e156, 1e157, 1e158, 1e159, 1e160, 1e161, 1e162, 1e163,
    1e164, 1e165, 1e166, 1e167, 1e168, 1e169, 1e170, 1e171, 1e172, 1e173, 1e174, 1e175, 1e176, 1e177, 1e178,
    1e179, 1e180, 1e181, 1e182, 1e183, 1e184, 1e185, 1e186, 1e187, 1e188, 1e189, 1e190, 1e191, 1e192, 1e193,
    1e194, 1e195, 1e196, 1e197, 1e198, 1e199, 1e200, 1e201, 1e202, 1e203, 1e204, 1e205, 1e206, 1e207, 1e208,
    1e209, 1e210, 1e211, 1e212, 1e213, 1e214, 1e215, 1e216, 1e217, 1e218, 1e219, 1e220, 1e221, 1e222, 1e223,
    1e224, 1e225, 1e226, 1e227, 1e228, 1e229, 1e230, 1e231, 1e232, 1e233, 1e234, 1e235, 1e236, 1e237, 1e238,
    1e239, 1e240, 1e241, 1e242, 1e243, 1e244, 1e245, 1e246, 1e247, 1e248, 1e249, 1e250, 1e251, 1e252, 1e253,
    1e254, 1e255, 1e256, 1e257, 1e258, 1e259, 1e260, 1e261, 1e262, 1e263, 1e264, 1e265, 1e266, 1e267, 1e268,
    1e269, 1e270, 1e271, 1e272, 1e273, 1e274, 1e275, 1e276, 1e277, 1e278, 1e279, 1e280, 1e281, 1e282, 1e283,
    1e284, 1e285, 1e286, 1e287, 1e288, 1e289, 1e290, 1e291, 1e292, 1e293, 1e294, 1e295, 1e296, 1e297, 1e298,
    1e299, 1e300, 1e301, 1e302, 1e303, 1e304, 1e305, 1e306, 1e307, 1e308,
];
