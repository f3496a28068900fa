//! Numbers, which may be written in another way than they stand there.

use std::ops::Range;

use super::Compactor;
use crate::parse::Prefix;
use crate::{Number, Style, TextWriter, Value};

/// The most digits before `.0` for which it is known that floats are written like that.
const WHOLE_DIGITS_MAX: usize = 7;
/// The most digits of which every number fits `i64`.
const INTEGER_DIGITS_MAX: usize = 18;

impl Compactor<'_> {
    /// Takes a number of any kind.
    pub fn number(&mut self) -> Option<Number> {
        self.peek();
        let short = self.short_number();
        if short.is_some() { short } else { self.any_number() }
    }

    /// A number that is seen at a glance to be written as it stands there: an integer, or an integer and `.0`.
    fn short_number(&mut self) -> Option<Number> {
        let rest = &self.source.as_bytes()[self.at..];
        let sign = usize::from(rest.first() == Some(&b'-'));
        let mut value = 0i64;
        let mut digits = 0;
        while let Some(digit @ b'0'..=b'9') = rest.get(sign + digits) {
            if digits == INTEGER_DIGITS_MAX {
                return None;
            }
            value = value * 10 + i64::from(digit - b'0');
            digits += 1;
        }
        let has_padding = digits > 1 && rest[sign] == b'0';
        if digits == 0 || has_padding {
            return None;
        }
        let (number, len) = match rest.get(sign + digits) {
            Some(b'.') => (whole_float(rest, sign, digits, value)?, sign + digits + 2),
            Some(b'e' | b'E') => return None,
            _ if sign == 1 && value == 0 => return None,
            _ => (Number::Int(if sign == 1 { -value } else { value }), sign + digits),
        };
        self.at += len;
        Some(number)
    }

    fn any_number(&mut self) -> Option<Number> {
        let (number, len) = Prefix::number(&self.source[self.at..])?;
        self.replace_number(&number, self.at..self.at + len);
        Some(number)
    }

    /// Takes a number, and copies what is made of it; a float stays as it is, and `make` is not asked. Whether there was a
    /// number.
    pub fn number_as(&mut self, make: impl FnOnce(Number) -> Number) -> bool {
        let from = self.mark();
        let Some(number) = self.number() else { return false };
        if matches!(number, Number::Float(_)) {
            return true;
        }
        let end = self.at;
        self.return_to(from);
        self.replace_number(&make(number), from.source..end);
        true
    }

    /// Copies a number in place of a part of the source, unless that is how it is written.
    fn replace_number(&mut self, number: &Number, part: Range<usize>) {
        let mut written = TextWriter::new(Style::OtioCompact);
        written.value(&Value::Number(number.clone()));
        let written = written.into_text();
        self.at = part.start;
        if self.source[part.clone()] != written {
            self.flush();
            self.copy.push_str(&written);
            self.copied = part.end;
        }
        self.at = part.end;
    }
}

/// An integer before `.0`, if few digits and nothing more follow.
fn whole_float(rest: &[u8], sign: usize, digits: usize, value: i64) -> Option<Number> {
    let point = sign + digits;
    let is_zero = rest.get(point + 1) == Some(&b'0');
    let ends = !matches!(rest.get(point + 2), Some(b'0'..=b'9' | b'e' | b'E'));
    let whole = i32::try_from(value).ok().filter(|_| is_zero && ends && digits <= WHOLE_DIGITS_MAX)?;
    let whole = f64::from(whole);
    Some(Number::Float(if sign == 1 { -whole } else { whole }))
}

#[cfg(test)]
mod tests {
    use super::WHOLE_DIGITS_MAX;
    use crate::{Style, Value};

    /// What `short_number` relies on.
    #[test]
    fn whole_floats_of_few_digits_are_written_as_they_are_read() {
        assert_eq!(WHOLE_DIGITS_MAX, 7);
        let step = if cfg!(debug_assertions) { 97 } else { 1 };
        for value in (0..10_000_000).step_by(step) {
            assert_eq!(Value::from(f64::from(value)).to_text(Style::OtioCompact), format!("{value}.0"));
        }
    }
}
