//! Writing values as text.

mod digest;
mod float;
mod grisu;
mod rewrite;
mod string;

use crate::{Number, Object, Value};
use float::push_float;
use string::{push_ascii_string, push_utf8_string};

/// A form of JSON text that the project writes.
///
/// ```
/// use lossless_json::{Object, Style, Value};
///
/// let value = Value::from([("b", 1e16), ("a", f64::NAN)].into_iter().collect::<Object>());
/// assert_eq!(value.to_text(Style::OtioCompact), r#"{"b":10000000000000000.0,"a":NaN}"#);
/// assert_eq!(value.to_text(Style::Python), r#"{"b": 1e+16, "a": NaN}"#);
/// assert_eq!(value.to_text(Style::Strict), r#"{"b":1e+16,"a":"NaN"}"#);
/// assert_eq!(value.to_text(Style::Digest), r#"{"a":NaN,"b":1e+16}"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// opentimelineio's `to_json_string(indent=4)`, the layout of `.otio` files: four spaces, UTF-8 as it is, RapidJSON's
    /// float layout. Keys as they stand.
    OtioPretty,
    /// opentimelineio's `to_json_string(indent=-1)`: no white space at all, otherwise as [`Style::OtioPretty`].
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
    /// How many styles there are.
    pub const COUNT: usize = 6;

    /// The place of the style among all of them, below [`Style::COUNT`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether objects are written with their keys sorted bytewise.
    pub const fn sorts_keys(self) -> bool {
        matches!(self, Self::Digest)
    }

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
    /// The value as text in a style. Nothing is refused: a [`Literal`](crate::Number::Literal) is written as it stands.
    pub fn to_text(&self, style: Style) -> String {
        let mut writer = TextWriter::new(style);
        writer.value(self);
        writer.into_text()
    }
}

/// Writes text piece by piece, for owners of data that is no [`Value`]. They see to it that pieces come in an order that
/// makes JSON: in an object each [`key`](Self::key) before its value, in a list each item after [`item`](Self::item);
/// and, where the style [sorts keys](Style::sorts_keys), keys in their order.
///
/// ```
/// use lossless_json::{Style, TextWriter, Value};
///
/// let mut writer = TextWriter::new(Style::Python);
/// writer.begin_object();
/// writer.key("frames");
/// writer.begin_list();
/// for frame in [1001i64, 1002] {
///     writer.item();
///     writer.value(&Value::from(frame));
/// }
/// writer.end_list();
/// writer.end_object();
/// assert_eq!(writer.into_text(), r#"{"frames": [1001, 1002]}"#);
/// ```
#[derive(Clone, Debug)]
pub struct TextWriter {
    text: String,
    style: Style,
    level: usize,
    /// Whether nothing stands yet in the list or object that was opened last.
    is_empty: bool,
}

impl TextWriter {
    /// A writer that has written nothing.
    pub const fn new(style: Style) -> Self {
        Self { text: String::new(), style, level: 0, is_empty: false }
    }

    /// A writer that goes on after what a text says already, in the room that the text has.
    pub const fn over(text: String, style: Style) -> Self {
        Self { text, style, level: 0, is_empty: false }
    }

    /// How long the text is, in bytes.
    pub const fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether nothing was written.
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Makes room for so many bytes more.
    pub fn reserve(&mut self, bytes: usize) {
        self.text.reserve(bytes);
    }

    /// What was written.
    pub fn into_text(self) -> String {
        self.text
    }

    /// The style that this writes in.
    pub const fn style(&self) -> Style {
        self.style
    }

    /// Writes a whole value.
    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.text.push_str("null"),
            Value::Bool(true) => self.text.push_str("true"),
            Value::Bool(false) => self.text.push_str("false"),
            Value::Number(number) => self.number(number),
            Value::String(string) => self.string(string),
            Value::Array(items) => self.list(items),
            Value::Object(object) if self.style.sorts_keys() => self.sorted_object(object),
            Value::Object(object) => self.entries(object.iter()),
        }
    }

    /// Writes a string.
    pub fn string(&mut self, string: &str) {
        push_string(&mut self.text, string, self.style);
    }

    /// Opens an object.
    pub fn begin_object(&mut self) {
        self.open('{');
    }

    /// Writes a key of the object that is open; its value comes next.
    pub fn key(&mut self, key: &str) {
        self.separate();
        self.string(key);
        self.text.push_str(self.style.colon());
    }

    /// Closes the object.
    pub fn end_object(&mut self) {
        self.close('}');
    }

    /// Opens a list.
    pub fn begin_list(&mut self) {
        self.open('[');
    }

    /// Says that an item of the open list comes next.
    pub fn item(&mut self) {
        self.separate();
    }

    /// Closes the list.
    pub fn end_list(&mut self) {
        self.close(']');
    }

    fn list(&mut self, items: &[Value]) {
        self.begin_list();
        for item in items {
            self.item();
            self.value(item);
        }
        self.end_list();
    }

    fn sorted_object(&mut self, object: &Object) {
        if object.keys().is_sorted() {
            return self.entries(object.iter());
        }
        let mut entries: Vec<_> = object.iter().collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        self.entries(entries.into_iter());
    }

    fn entries<'value>(&mut self, entries: impl Iterator<Item = (&'value str, &'value Value)>) {
        self.begin_object();
        for (key, value) in entries {
            self.key(key);
            self.value(value);
        }
        self.end_object();
    }

    fn open(&mut self, bracket: char) {
        self.text.push(bracket);
        self.level += 1;
        self.is_empty = true;
    }

    fn separate(&mut self) {
        if !self.is_empty {
            self.text.push_str(if self.style == Style::Python { ", " } else { "," });
        }
        self.is_empty = false;
        self.break_line();
    }

    fn close(&mut self, bracket: char) {
        self.level = self.level.saturating_sub(1);
        if !self.is_empty {
            self.break_line();
        }
        self.is_empty = false;
        self.text.push(bracket);
    }

    fn break_line(&mut self) {
        const LINE: &str = "\n                                                                ";
        let Some(indent) = self.style.indent() else { return };
        let mut missing = indent * self.level + 1;
        let mut line = LINE;
        while missing > 0 {
            let some = missing.min(line.len());
            self.text.push_str(&line[..some]);
            missing -= some;
            line = &LINE[1..];
        }
    }

    fn number(&mut self, number: &Number) {
        match number {
            Number::Int(value) => push_integer(&mut self.text, value.unsigned_abs(), *value < 0),
            Number::UInt(value) => push_integer(&mut self.text, *value, false),
            Number::Float(value) => push_float(&mut self.text, *value, self.style),
            Number::Literal(literal) => self.text.push_str(literal),
        }
    }
}

/// Appends a string as a style writes it.
pub(crate) fn push_string(text: &mut String, string: &str, style: Style) {
    match style {
        Style::Python => push_ascii_string(text, string),
        _ => push_utf8_string(text, string),
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
    text.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}
