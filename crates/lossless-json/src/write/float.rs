//! The float formats that meet here: RapidJSON's, Python's and the shortest.

use super::Style;
use super::grisu::{DIGITS_MAX, grisu2};

/// Appends a float as a style writes it.
pub(super) fn push_float(text: &mut String, value: f64, style: Style) {
    if !value.is_finite() {
        return push_non_finite(text, value, style);
    }
    match style {
        Style::OtioPretty | Style::OtioCompact => push_rapidjson(text, value),
        Style::Python => push_python(text, value),
        Style::Digest | Style::Strict | Style::StrictPretty => {
            text.push_str(zmij::Buffer::new().format_finite(value));
        }
    }
}

fn push_non_finite(text: &mut String, value: f64, style: Style) {
    let word = if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    let quote = if matches!(style, Style::Strict | Style::StrictPretty) { "\"" } else { "" };
    text.push_str(quote);
    text.push_str(word);
    text.push_str(quote);
}

/// Grisu2 digits, with a point while it stands from 6 places before to 21 places after the first digit.
fn push_rapidjson(text: &mut String, value: f64) {
    if value.is_sign_negative() {
        text.push('-');
    }
    if value == 0.0 {
        return text.push_str("0.0");
    }
    let mut buffer = [0; DIGITS_MAX];
    let (count, exponent) = grisu2(value.abs(), &mut buffer);
    let digits = &buffer[..count];
    let point = i32::try_from(count).unwrap_or_default() + exponent;
    if (-5..=21).contains(&point) {
        return push_fixed(text, digits, point);
    }
    push_scientific(text, digits);
    push_exponent(text, point - 1, "", 1);
}

/// `repr`: the shortest digits, with a point while the exponent is from −4 to 15.
fn push_python(text: &mut String, value: f64) {
    if value.is_sign_negative() {
        text.push('-');
    }
    let mut buffer = [0; DIGITS_MAX];
    let (count, point) = shortest_digits(value.abs(), &mut buffer);
    let digits = &buffer[..count];
    if (-3..=16).contains(&point) {
        return push_fixed(text, digits, point);
    }
    push_scientific(text, digits);
    push_exponent(text, point - 1, "+", 2);
}

/// The fewest digits that name this float, and the place of the point after the first of them.
fn shortest_digits(value: f64, buffer: &mut [u8; DIGITS_MAX]) -> (usize, i32) {
    let mut formatter = zmij::Buffer::new();
    let text = formatter.format_finite(value);
    let (significand, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let whole = significand.find('.').unwrap_or(significand.len());
    let digits = significand.bytes().filter(u8::is_ascii_digit);
    let leading_zeros = digits.clone().take_while(|&digit| digit == b'0').count();
    let mut count = 0;
    for digit in digits.skip(leading_zeros).take(DIGITS_MAX) {
        buffer[count] = digit;
        count += 1;
    }
    while count > 1 && buffer[count - 1] == b'0' {
        count -= 1;
    }
    if count == 0 {
        buffer[0] = b'0';
        return (1, 1);
    }
    let to_i32 = |count: usize| i32::try_from(count).unwrap_or_default();
    (count, to_i32(whole) - to_i32(leading_zeros) + exponent.parse::<i32>().unwrap_or_default())
}

/// Digits with the point after `point` of them, zeros where there are none.
fn push_fixed(text: &mut String, digits: &[u8], point: i32) {
    let point = isize::try_from(point).unwrap_or_default();
    if point <= 0 {
        text.push_str("0.");
        push_zeros(text, point.unsigned_abs());
        return push_digits(text, digits);
    }
    let whole = point.unsigned_abs();
    if whole >= digits.len() {
        push_digits(text, digits);
        push_zeros(text, whole - digits.len());
        return text.push_str(".0");
    }
    push_digits(text, &digits[..whole]);
    text.push('.');
    push_digits(text, &digits[whole..]);
}

fn push_scientific(text: &mut String, digits: &[u8]) {
    push_digits(text, &digits[..1]);
    if digits.len() > 1 {
        text.push('.');
        push_digits(text, &digits[1..]);
    }
}

fn push_exponent(text: &mut String, exponent: i32, plus: &str, width: usize) {
    let sign = if exponent < 0 { "-" } else { plus };
    let digits = exponent.unsigned_abs().to_string();
    text.push('e');
    text.push_str(sign);
    push_zeros(text, width.saturating_sub(digits.len()));
    text.push_str(&digits);
}

fn push_digits(text: &mut String, digits: &[u8]) {
    text.push_str(std::str::from_utf8(digits).unwrap_or_default());
}

fn push_zeros(text: &mut String, count: usize) {
    const ZEROS: &str = "0000000000000000000000";
    text.push_str(&ZEROS[..count.min(ZEROS.len())]);
}
