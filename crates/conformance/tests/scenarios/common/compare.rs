//! JSON values side by side.

use std::collections::BTreeSet;

use lossless_json::{Limits, Object, Value, parse};

/// Reads JSON text.
pub(crate) fn json(text: impl AsRef<[u8]>) -> Value {
    let text = text.as_ref();
    let parsed = parse(text, &Limits::default());
    parsed.unwrap_or_else(|error| panic!("{error} in {}", String::from_utf8_lossy(text))).value
}

/// Where two values differ, as `path: left != right`. Floats may be `ulps` apart; `1` and `1.0` are the same number.
pub(crate) fn differences(left: &Value, right: &Value, ulps: u64) -> Vec<String> {
    let mut found = Vec::new();
    collect("", left, right, ulps, &mut found);
    found
}

fn collect(path: &str, left: &Value, right: &Value, ulps: u64, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            for key in keys(left).union(&keys(right)) {
                let inner = format!("{path}/{key}");
                match (left.get(key), right.get(key)) {
                    (Some(left), Some(right)) => collect(&inner, left, right, ulps, found),
                    (Some(left), None) => found.push(format!("{inner}: {} != nothing", short(left))),
                    (None, right) => {
                        found.push(format!("{inner}: nothing != {}", right.map(short).unwrap_or_default()));
                    }
                }
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                collect(&format!("{path}/{index}"), left, right, ulps, found);
            }
        }
        _ if same(left, right, ulps) => {}
        _ => found.push(format!("{path}: {} != {}", short(left), short(right))),
    }
}

fn keys(object: &Object) -> BTreeSet<&str> {
    object.iter().map(|(key, _)| key).collect()
}

fn same(left: &Value, right: &Value, ulps: u64) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => (left.is_nan() && right.is_nan()) || distance(left, right) <= ulps,
        _ => left == right,
    }
}

/// How many floats lie between two.
fn distance(left: f64, right: f64) -> u64 {
    let place = |float: f64| {
        let bits = float.to_bits().cast_signed();
        if bits < 0 { i64::MIN - bits } else { bits }
    };
    place(left).abs_diff(place(right))
}

fn short(value: &Value) -> String {
    let mut text = value.to_text(lossless_json::Style::Digest);
    if let Some((end, _)) = text.char_indices().nth(160) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Timelines without what the reference keeps in them of the view: `metadata.display_settings`.
pub(crate) fn without_display(timelines: &Value) -> Value {
    let mut timelines = timelines.clone();
    if let Some(timelines) = timelines.as_object_mut() {
        for (_, timeline) in timelines.iter_mut() {
            let metadata = timeline.as_object_mut().and_then(|timeline| timeline.get_mut("metadata"));
            metadata.and_then(Value::as_object_mut).map(|metadata| metadata.remove("display_settings"));
        }
    }
    timelines
}

/// Fails with everything that differs.
pub(crate) fn assert_same(what: &str, left: &Value, right: &Value, ulps: u64) {
    let found = differences(left, right, ulps);
    assert!(found.is_empty(), "{what}: {} differences\n  {}", found.len(), found.join("\n  "));
}

#[test]
fn neighbours_are_one_apart() {
    assert_eq!(distance(1.0, 1.0), 0);
    assert_eq!(distance(1.0, 1.0 + f64::EPSILON), 1);
    assert_eq!(distance(0.0, -0.0), 0);
    assert_eq!(distance(f64::from_bits(1), -f64::from_bits(1)), 2);
}
