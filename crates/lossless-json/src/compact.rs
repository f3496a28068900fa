//! Looking into text in the compact form without making values of it.
//!
//! The compact form is what [`Style::OtioCompact`](crate::Style::OtioCompact) writes. Its owner vouches for it: of other
//! text, these functions answer something, but nothing that makes sense.

use std::ops::Range;

use crate::Value;
use crate::parse::{Limits, parse};
use crate::scan::plain_end;

/// Where the entries of an object stand, in bytes: each key, with its quotation marks, and its value. What is given is what
/// stands between the braces.
///
/// ```
/// use lossless_json::{Value, compact_entries, compact_value};
///
/// let text = r#""a":[1,2],"b":"x""#;
/// let last = compact_entries(text).last().map(|(key, value)| (&text[key], compact_value(&text[value])));
/// assert_eq!(last, Some((r#""b""#, Value::from("x"))));
/// ```
pub fn compact_entries(text: &str) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        if at >= bytes.len() {
            return None;
        }
        let key = at..string_end(bytes, at);
        let start = (key.end + 1).min(bytes.len());
        let value = start..value_end(bytes, start);
        at = value.end + 1;
        Some((key, value))
    })
}

/// The value that a text in the compact form says; `null` where the text is no JSON.
pub fn compact_value(text: &str) -> Value {
    let limits = Limits { depth_max: Limits::DEPTH_CEILING, bytes_max: usize::MAX };
    parse(text.as_bytes(), &limits).map(|parsed| parsed.value).unwrap_or_default()
}

/// How many levels of lists and objects a text in the compact form has: none for a string, one for `[]`.
///
/// ```
/// assert_eq!(lossless_json::compact_depth(r#"{"a":[1,{}],"b":"[["}"#), 3);
/// ```
pub fn compact_depth(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut deepest) = (0, 0usize, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// The place after the string that starts at `at`.
#[inline]
pub(crate) fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    loop {
        at = plain_end(bytes, at);
        match bytes.get(at) {
            Some(b'\\') => at += 2,
            Some(b'"') => return at + 1,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}

/// The place after the value that starts at `at`.
fn value_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0usize;
    loop {
        match bytes.get(at) {
            None => return bytes.len(),
            Some(b'"') => {
                at = string_end(bytes, at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            Some(b'{' | b'[') => depth += 1,
            Some(b',') if depth == 0 => return at,
            Some(b'}' | b']') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            Some(_) => {}
        }
        at += 1;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{compact_depth, compact_entries, compact_value};
    use crate::{Object, Style, Value};
    use proptest::prelude::*;

    pub(crate) fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<f64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[\\PC\"\\\\{}\\[\\],:\n]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
                prop::collection::btree_map("[\\PC\"\\\\,]{0,4}", inner, 0..5)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect::<Object>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn entries_are_found_where_they_are(
            entries in prop::collection::btree_map("[\\PC\"\\\\,{}]{0,5}", value(), 0..6)
        ) {
            let object: Object = entries.into_iter().collect();
            let text = Value::Object(object.clone()).to_text(Style::OtioCompact);
            let text = &text[1..text.len() - 1];
            let found = compact_entries(text)
                .map(|(key, value)| (compact_value(&text[key]), compact_value(&text[value])));
            let expected = object.iter().map(|(key, value)| (Value::from(key), value.clone()));
            prop_assert!(found.eq(expected));
        }
    }

    #[test]
    fn depth_counts_lists_and_objects() {
        for (text, depth) in [("1", 0), ("\"[{\"", 0), ("[]", 1), (r#"{"a":[{}],"]":[]}"#, 3)] {
            assert_eq!(compact_depth(text), depth, "{text}");
        }
    }

    #[test]
    fn text_that_is_not_in_the_compact_form_ends_somewhere() {
        for text in ["", "\"", "\"a\"", "\"a\":", "\"a\":[", "\"a\":\"\\", ",,", "}", "\"a\":1,"] {
            assert!(compact_entries(text).count() < 3, "{text}");
        }
    }
}
