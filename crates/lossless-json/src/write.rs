//! Writing values as text.

mod float;
mod grisu;
mod string;

use crate::{Number, Object, Value};
use float::push_float;
use string::{push_ascii_string, push_utf8_string};

/// A form of JSON text that the project writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// opentimelineio's `indent=4`: four spaces, UTF-8 as it is, RapidJSON's float layout. Keys as they stand.
    OtioPretty,
    /// opentimelineio's `indent=-1`: no white space at all, otherwise as [`Style::OtioPretty`].
    OtioCompact,
    /// Python's `json.dumps` defaults, which is what peers put on the wire: `", "` and `": "`, ASCII only, `repr` floats.
    Python,
    /// The digest form: keys sorted bytewise, no white space, shortest floats. Equal values have equal digest forms.
    Digest,
    /// Strict JSON on one line for programs that refuse `NaN`: as [`Style::Digest`] but keys as they stand, and
    /// `NaN`, `Infinity` and `-Infinity` as strings of those words.
    Strict,
    /// [`Style::Strict`] over several lines, two spaces a level, for people.
    StrictPretty,
}

impl Style {
    /// Spaces a level, where the form has lines.
    const fn indent(self) -> Option<usize> {
        match self {
            Self::OtioPretty => Some(4),
            Self::StrictPretty => Some(2),
            Self::OtioCompact | Self::Python | Self::Digest | Self::Strict => None,
        }
    }

    /// What stands between a key and its value.
    const fn colon(self) -> &'static str {
        match self {
            Self::OtioPretty | Self::StrictPretty | Self::Python => ": ",
            Self::OtioCompact | Self::Digest | Self::Strict => ":",
        }
    }
}

impl Value {
    /// The value as text in a style.
    pub fn to_text(&self, style: Style) -> String {
        let mut text = String::new();
        self.write_to(&mut text, style);
        text
    }

    /// Appends the value as text in a style.
    pub fn write_to(&self, text: &mut String, style: Style) {
        Writer { text, style, level: 0 }.value(self);
    }
}

struct Writer<'text> {
    text: &'text mut String,
    style: Style,
    level: usize,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.text.push_str("null"),
            Value::Bool(true) => self.text.push_str("true"),
            Value::Bool(false) => self.text.push_str("false"),
            Value::Number(number) => self.number(number),
            Value::String(string) => self.string(string),
            Value::Array(items) => self.list(items),
            Value::Object(object) if self.style == Style::Digest => self.sorted_object(object),
            Value::Object(object) => self.object(object.iter()),
        }
    }

    fn list(&mut self, items: &[Value]) {
        if items.is_empty() {
            return self.text.push_str("[]");
        }
        self.open('[');
        for (at, item) in items.iter().enumerate() {
            self.separate(at);
            self.value(item);
        }
        self.close(']');
    }

    fn sorted_object(&mut self, object: &Object) {
        let mut entries: Vec<_> = object.iter().collect();
        if !entries.is_sorted_by_key(|(key, _)| *key) {
            entries.sort_unstable_by_key(|(key, _)| *key);
        }
        self.object(entries.into_iter());
    }

    fn object<'value>(&mut self, entries: impl ExactSizeIterator<Item = (&'value str, &'value Value)>) {
        if entries.len() == 0 {
            return self.text.push_str("{}");
        }
        self.open('{');
        for (at, (key, value)) in entries.enumerate() {
            self.separate(at);
            self.string(key);
            self.text.push_str(self.style.colon());
            self.value(value);
        }
        self.close('}');
    }

    fn open(&mut self, bracket: char) {
        self.text.push(bracket);
        self.level += 1;
    }

    /// What stands before the entry of that index.
    fn separate(&mut self, at: usize) {
        if at > 0 {
            self.text.push_str(if self.style == Style::Python { ", " } else { "," });
        }
        self.break_line();
    }

    fn close(&mut self, bracket: char) {
        self.level -= 1;
        self.break_line();
        self.text.push(bracket);
    }

    fn break_line(&mut self) {
        const SPACES: &str = "                                                                ";
        let Some(indent) = self.style.indent() else { return };
        self.text.push('\n');
        let mut missing = indent * self.level;
        while missing > 0 {
            let some = missing.min(SPACES.len());
            self.text.push_str(&SPACES[..some]);
            missing -= some;
        }
    }

    fn string(&mut self, string: &str) {
        match self.style {
            Style::Python => push_ascii_string(self.text, string),
            _ => push_utf8_string(self.text, string),
        }
    }

    fn number(&mut self, number: &Number) {
        match number {
            Number::Int(value) => push_integer(self.text, value.unsigned_abs(), *value < 0),
            Number::UInt(value) => push_integer(self.text, *value, false),
            Number::Float(value) => push_float(self.text, *value, self.style),
            Number::Literal(literal) => self.text.push_str(literal),
        }
    }
}

/// Decimal digits, from the last to the first in a buffer on the stack.
fn push_integer(text: &mut String, mut magnitude: u64, negative: bool) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (magnitude % 10) as u8;
        magnitude /= 10;
        if magnitude == 0 {
            break;
        }
    }
    if negative {
        text.push('-');
    }
    text.extend(digits[at..].iter().map(|&digit| char::from(digit)));
}
