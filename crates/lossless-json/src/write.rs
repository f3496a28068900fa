//! Writing values as text.

use crate::Value;

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

impl Value {
    /// The value as text in a style.
    pub fn to_text(&self, style: Style) -> String {
        let _ = style;
        String::new()
    }
}
