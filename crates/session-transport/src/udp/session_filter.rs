//! Telling datagrams of other sessions apart without reading JSON.

use std::fmt::Write;

/// Knows its session's name as it stands in an envelope. Every peer writes `{"session": "NAME", …` with the key first.
pub(super) struct SessionFilter {
    /// As it is.
    plain: Vec<u8>,
    /// As Python's `json.dumps` writes it: outside ASCII escaped as `\uXXXX`.
    ascii: Vec<u8>,
}

impl SessionFilter {
    pub(super) fn new(session: &str) -> Self {
        Self { plain: quoted(session, false), ascii: quoted(session, true) }
    }

    /// True only where the envelope certainly names another session; all else is for the reader of the message to judge.
    pub(super) fn is_of_other_session(&self, datagram: &[u8]) -> bool {
        let Some(name) = first_value_of_session(datagram) else {
            return false;
        };
        let own = [&self.plain, &self.ascii].iter().any(|own| name == own.as_slice());
        !own && !name.contains(&b'\\')
    }
}

/// The string that stands for `"session"` where that is the first key, without its quotes.
fn first_value_of_session(datagram: &[u8]) -> Option<&[u8]> {
    let text = datagram.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start();
    let text = text.strip_prefix(b"\"session\"")?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let text = text.strip_prefix(b"\"")?;
    let mut escaped = false;
    let end = text.iter().position(|&byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    Some(&text[..end])
}

fn quoted(name: &str, ascii: bool) -> Vec<u8> {
    let mut text = String::new();
    for c in name.chars() {
        match c {
            // The other characters that JSON escapes cannot stand in a session's name.
            '"' => text.push_str("\\\""),
            c if ascii && !c.is_ascii() => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
            c => text.push(c),
        }
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_certainly_belongs_to_another_session_is_left_out() {
        let filter = SessionFilter::new("été");
        assert!(!filter.is_of_other_session("{\"session\":\"été\",\"a\":1}".as_bytes()));
        assert!(!filter.is_of_other_session(br#"{"session": "\u00e9t\u00e9"}"#));
        assert!(filter.is_of_other_session(br#" { "session" : "dailies"}"#));
        for unsure in [
            &br#"{"session": "\u00C9"}"#[..],
            br#"{"payload": {}, "session": "dailies"}"#,
            br#"{"session": null}"#,
            b"{\"session\": \"dailies",
            b"[]",
            b"",
        ] {
            assert!(!filter.is_of_other_session(unsure));
        }
    }
}
