//! Strings with their escapes.

use crate::scan::{plain_ascii_end, plain_end};

/// As RapidJSON writes strings: UTF-8 as it is, escapes only where JSON needs them, upper-case hexadecimal digits.
pub(super) fn push_utf8_string(text: &mut String, string: &str) {
    text.push('"');
    let mut from = 0;
    loop {
        let at = plain_end(string.as_bytes(), from);
        text.push_str(&string[from..at]);
        let Some(&byte) = string.as_bytes().get(at) else { break };
        if !push_short_escape(text, byte) {
            push_unit(text, byte.into(), b"0123456789ABCDEF");
        }
        from = at + 1;
    }
    text.push('"');
}

/// As Python's `json.dumps` writes strings: printable ASCII as it is, everything else as lower-case UTF-16 units.
pub(super) fn push_ascii_string(text: &mut String, string: &str) {
    text.push('"');
    let mut rest = string;
    loop {
        let at = plain_ascii_end(rest.as_bytes(), 0);
        text.push_str(&rest[..at]);
        if at == rest.len() {
            break;
        }
        rest = push_ascii_escape(text, &rest[at..]);
    }
    text.push('"');
}

/// Escapes the first character and returns what follows it.
fn push_ascii_escape<'rest>(text: &mut String, rest: &'rest str) -> &'rest str {
    let mut characters = rest.chars();
    let Some(character) = characters.next() else { return rest };
    let short = u8::try_from(character).is_ok_and(|byte| push_short_escape(text, byte));
    if !short {
        for unit in character.encode_utf16(&mut [0; 2]) {
            push_unit(text, *unit, b"0123456789abcdef");
        }
    }
    characters.as_str()
}

/// The escape of two characters, where there is one.
fn push_short_escape(text: &mut String, byte: u8) -> bool {
    let escape = match byte {
        b'"' => "\\\"",
        b'\\' => "\\\\",
        8 => "\\b",
        12 => "\\f",
        b'\n' => "\\n",
        b'\r' => "\\r",
        b'\t' => "\\t",
        _ => return false,
    };
    text.push_str(escape);
    true
}

fn push_unit(text: &mut String, unit: u16, digits: &[u8; 16]) {
    text.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        text.push(char::from(digits[usize::from(unit >> shift) & 15]));
    }
}
