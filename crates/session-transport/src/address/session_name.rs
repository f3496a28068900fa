//! Names of sessions.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::AddressError;
use crate::limits::SESSION_NAME_BYTES;

/// What has to be escaped where a name stands in a URL's path, query or fragment.
const IN_URL: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'%')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'&')
    .add(b'=')
    .add(b'+')
    .add(b'{')
    .add(b'}');

/// The name of a session: 1 to 128 bytes, no control characters, none of `/ \ : # ?`, not only dots, no space at an end.
///
/// The reference's `ORI_SESSION` cannot carry a colon, the others would be cut off in a URL or leave a hub's directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionName(String);

impl SessionName {
    /// Checks a name as it is typed, without escapes.
    ///
    /// # Errors
    /// Says which rule it breaks.
    pub fn new(name: &str) -> Result<Self, AddressError> {
        match fault(name) {
            Some(fault) => Err(AddressError::SessionName { name: name.chars().take(200).collect(), fault }),
            None => Ok(Self(name.to_owned())),
        }
    }

    /// Checks a name as it stands in a URL.
    pub(super) fn from_url(text: &str, example: &'static str) -> Result<Self, AddressError> {
        if text.is_empty() {
            return Err(AddressError::NoSession { example });
        }
        let decoded = percent_decode_str(text).decode_utf8().map_err(|_| AddressError::SessionName {
            name: text.to_owned(),
            fault: "its %-escapes are not UTF-8",
        })?;
        Self::new(&decoded)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as it stands in a URL.
    pub fn to_url_text(&self) -> String {
        utf8_percent_encode(&self.0, IN_URL).to_string()
    }
}

fn fault(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty")
    } else if name.len() > SESSION_NAME_BYTES {
        Some("it is longer than 128 bytes")
    } else if name.chars().any(char::is_control) {
        Some("it holds a control character")
    } else if name.contains(['/', '\\', ':', '#', '?']) {
        Some("none of / \\ : # ? may stand in it")
    } else if name.chars().all(|c| c == '.') {
        Some("it is only dots")
    } else if name.trim() != name {
        Some("it begins or ends with a space")
    } else {
        None
    }
}

impl fmt::Display for SessionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
