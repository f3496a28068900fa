//! Exact reading: nothing is lost, whatever stands in a document, and what is repaired is said.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test")]

use lossless_json::{Number, Object, Style, Value};
use otio_document::{Document, ReadError, Reading};
use proptest::prelude::*;

fn exact(text: &str) -> Document {
    Document::read(text.as_bytes(), Reading::Exact).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn warnings(text: &str) -> Vec<String> {
    exact(text).warnings().iter().map(ToString::to_string).collect()
}

fn refusal(text: &str) -> String {
    Document::read(text.as_bytes(), Reading::LikeOpentimelineio).map(|_| ()).unwrap_err().to_string()
}

/// Whether everything that `before` says stands in `after` too, which may say more: defaults, a newer version, floats for
/// integers of the same value.
fn is_kept(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_kept(a, b))
        }
        (Value::Object(a), Value::Object(b)) => a.iter().all(|(key, value)| match (key, b.get(key)) {
            ("OTIO_SCHEMA", Some(_)) => true,
            ("media_reference", None) => b.get("media_references").is_some_and(|all| {
                is_kept(value, all.get("DEFAULT_MEDIA").unwrap_or(&Value::Null)) || value.is_null()
            }),
            ("range", None) => {
                b.get("marked_range").is_some_and(|range| is_kept(value, range) || value.is_null())
            }
            (_, found) => found.is_some_and(|found| is_kept(value, found)),
        }),
        (Value::Number(a), Value::Number(b)) => is_same_number(a, b),
        // Repaired, with a warning.
        (Value::Null, _) => true,
        (a, b) => a == b,
    }
}

fn is_same_number(a: &Number, b: &Number) -> bool {
    match (a, b) {
        #[expect(clippy::cast_possible_truncation, reason = "a float that an integer became")]
        (Number::Int(a), Number::Float(b)) => *b as i128 == i128::from(*a),
        #[expect(clippy::cast_possible_truncation, reason = "a float that an integer became")]
        (Number::UInt(a), Number::Float(b)) => *b as i128 == i128::from(*a),
        (a, b) => a == b,
    }
}

const SCHEMAS: &[&str] = &[
    "Timeline.1",
    "Stack.1",
    "Track.1",
    "Clip.1",
    "Clip.2",
    "Clip.3",
    "Gap.1",
    "Transition.1",
    "SerializableCollection.1",
    "ExternalReference.1",
    "MissingReference.1",
    "GeneratorReference.1",
    "ImageSequenceReference.1",
    "Marker.1",
    "Marker.2",
    "Marker.3",
    "Effect.1",
    "LinearTimeWarp.1",
    "FreezeFrame.1",
    "RationalTime.1",
    "TimeRange.1",
    "TimeTransform.1",
    "V2d.1",
    "Box2d.1",
    "Color.1",
    "PaintStart.1",
    "TextAnnotation.1",
    "Foo",
    "Sequence.1",
];

const KEYS: &[&str] = &[
    "metadata",
    "name",
    "source_range",
    "effects",
    "markers",
    "enabled",
    "color",
    "children",
    "kind",
    "tracks",
    "rate",
    "value",
    "start_time",
    "duration",
    "media_reference",
    "media_references",
    "DEFAULT_MEDIA",
    "range",
    "marked_range",
    "x",
    "r",
    "time_scalar",
    "start_frame",
    "missing_frame_policy",
    "global_start_time",
    "sync",
    "guid",
    "zeta",
    "é",
];

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        (-100i64..100).prop_map(Number::Int),
        any::<i64>().prop_map(Number::Int),
        (u64::MAX - 4096..=u64::MAX).prop_map(Number::UInt),
        prop::sample::select(vec![9_007_199_254_740_993i64, 9_007_199_254_740_992, i64::MAX, i64::MIN])
            .prop_map(Number::Int),
        any::<u64>()
            .prop_map(f64::from_bits)
            .prop_filter("one NaN is enough", |value| !value.is_nan())
            .prop_map(Number::Float),
        Just(Number::Float(f64::NAN)),
        Just(Number::Float(-0.0)),
        "[1-9][0-9]{20,30}".prop_map(|text| Number::Literal(text.into())),
    ]
}

/// JSON with the schemas and keys of OTIO in any combination.
fn values() -> impl Strategy<Value = Value> {
    let scalars = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        numbers().prop_map(Value::Number),
        "[a-zé\"]{0,8}".prop_map(Value::String),
    ];
    scalars.prop_recursive(8, 80, 8, |inner| {
        let entries = prop::collection::vec((prop::sample::select(KEYS), inner.clone()), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::Array),
            entries.clone().prop_map(|entries| Value::Object(entries.into_iter().collect::<Object>())),
            (prop::sample::select(SCHEMAS), entries).prop_map(|(schema, entries)| {
                let mut object: Object = entries.into_iter().collect();
                object.insert("OTIO_SCHEMA", schema);
                Value::Object(object)
            }),
        ]
    })
}

#[test]
fn a_list_where_one_object_belongs_is_kept() {
    let text = r#"{"OTIO_SCHEMA":"Timeline.1","metadata":{},"name":"","global_start_time":null,"tracks":[]}"#;
    assert_eq!(exact(text).to_text(Style::OtioCompact), text);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1_000), ..ProptestConfig::default() })]

    #[test]
    fn no_value_is_changed_and_a_second_reading_changes_nothing(value in values()) {
        let document = Document::from_value(value.clone(), Reading::Exact).unwrap();
        prop_assert!(is_kept(&value, &document.to_value()), "{}\n{}", value.to_text(Style::Digest), document.to_text(Style::Digest));
        let text = document.to_text(Style::OtioCompact);
        let again = exact(&text);
        prop_assert_eq!(again.to_value(), document.to_value());
        prop_assert_eq!(again.to_text(Style::OtioCompact), text);
        prop_assert_eq!(document.to_value().to_text(Style::OtioPretty), document.to_text(Style::OtioPretty));
    }

    #[test]
    fn what_opentimelineio_would_accept_reads_the_same_both_ways(value in values()) {
        let Ok(like) = Document::from_value(value.clone(), Reading::LikeOpentimelineio) else { return Ok(()) };
        let exact = Document::from_value(value, Reading::Exact).unwrap();
        // Of a document without warnings, only the keys that opentimelineio drops and the numbers that it rounds differ.
        if exact.warnings().is_empty() {
            prop_assert!(is_kept_by(&like.to_value(), &exact.to_value()), "{}\n{}", like.to_text(Style::Digest), exact.to_text(Style::Digest));
        }
    }
}

fn is_kept_by(like: &Value, exact: &Value) -> bool {
    match (like, exact) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_kept_by(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.iter().all(|(key, value)| b.get(key).is_some_and(|found| is_kept_by(value, found)))
        }
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().to_bits() == b.as_f64().to_bits() || a.as_i64() != b.as_i64()
        }
        (a, b) => a == b,
    }
}

#[test]
fn repairs_are_said_with_their_place() {
    let text = r#"{"OTIO_SCHEMA":"Stack.1","metadata":null,"a":1,"a":2,"children":[
        {"OTIO_SCHEMA":"Track.1","children":[{"OTIO_SCHEMA":"Clip.2","markers":[{"OTIO_SCHEMA":"Marker.3","z":1}]}, null]}]}"#;
    assert_eq!(
        warnings(text),
        [
            "line 1, column 48, $.a: the key stands twice in its object; the first one was kept",
            "line 1, column 37, $.metadata: the key \"metadata\" holds null; its default was put in",
            "line 2, column 9, $.children[0].kind: the required key \"kind\" is missing; its default was put in",
            "line 2, column 81, $.children[0].children[0].markers[0]: Marker.3 is newer than 2; kept as it is, but opentimelineio 0.18.1 refuses it",
            "line 2, column 46, $.children[0].children[0].media_references: the required key \"media_references\" is missing; its default was put in",
            "line 2, column 46, $.children[0].children[0].active_media_reference_key: the required key \"active_media_reference_key\" is missing; its default was put in",
            "line 2, column 117, $.children[0].children[1]: found null, expected an item of a composition; kept as it is, but opentimelineio refuses it",
        ]
    );
}

#[test]
fn refusals_say_what_and_where() {
    for (text, wanted) in [
        (
            r#"{"OTIO_SCHEMA":"Item.1","markers":[{"OTIO_SCHEMA":"Marker.3"}]}"#,
            "line 1, column 36: opentimelineio refuses $.markers[0]: unsupported schema version: Marker.3, the newest known is Marker.2",
        ),
        (
            r#"{"a":{"OTIO_SCHEMA":"Clip.2","media_references":{}}}"#,
            "line 1, column 6: opentimelineio refuses $.a.active_media_reference_key: Clip lacks the required key \"active_media_reference_key\"",
        ),
        (
            r#"{"OTIO_SCHEMA":"Stack.1","children":[{"OTIO_SCHEMA":"PaintStart.1"}]}"#,
            "line 1, column 38: opentimelineio refuses $.children[0]: type mismatch: found an object of an unknown schema, expected an item of a composition",
        ),
        ("[1,\n 2", "not JSON: line 2, column 3, $[1]: the text ends too early; expected `,` or `]`"),
    ] {
        assert_eq!(refusal(text), wanted);
    }
}

#[test]
fn what_opentimelineio_drops_is_kept() {
    let text = r#"{"OTIO_SCHEMA":"RationalTime.1","rate":24,"value":9007199254740993,"note":"x"}"#;
    assert_eq!(
        exact(text).to_text(Style::OtioCompact),
        r#"{"OTIO_SCHEMA":"RationalTime.1","note":"x","rate":24.0,"value":9007199254740993}"#
    );
    let text = r#"{"OTIO_SCHEMA":"Timeline.2","tracks":5,"name":"new"}"#;
    let document = exact(text);
    assert_eq!(
        document.to_text(Style::OtioCompact),
        r#"{"OTIO_SCHEMA":"Timeline.2","name":"new","tracks":5}"#
    );
    let root = document.root().unwrap();
    assert_eq!(
        (document.schema_name(root), document.schema_version(root), document.is_timeline(root)),
        ("Timeline", 2, false)
    );
}

#[test]
fn references_by_id_are_followed_or_kept_all_together() {
    let followed = r#"{"OTIO_SCHEMA":"Foo.1","a":{"OTIO_SCHEMA":"Bar.1","OTIO_REF_ID":"A","x":1},"b":{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"A"}}"#;
    assert_eq!(
        exact(followed).to_text(Style::OtioCompact),
        r#"{"OTIO_SCHEMA":"Foo.1","a":{"OTIO_SCHEMA":"Bar.1","x":1},"b":{"OTIO_SCHEMA":"Bar.1","x":1}}"#
    );
    let nowhere = followed.replace(r#""id":"A""#, r#""id":"B""#);
    assert_eq!(exact(&nowhere).to_text(Style::OtioCompact), nowhere);
    assert_eq!(
        warnings(&nowhere),
        [
            r#"line 1, column 80, $.b: a reference to "B", which is the OTIO_REF_ID of no object here; all references by id are kept as they are"#
        ]
    );
    assert_eq!(
        refusal(&nowhere),
        r#"line 1, column 80: opentimelineio refuses $.b: a reference to "B", which is the OTIO_REF_ID of no object here"#
    );
}

#[test]
fn references_that_stand_for_far_too_much_are_not_followed() {
    let level = |at: usize| {
        let next = format!(r#"{{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"{}"}}"#, at + 1);
        format!(r#"{{"OTIO_SCHEMA":"Foo.1","OTIO_REF_ID":"{at}","x":[{}]}}"#, vec![next; 10].join(","))
    };
    let bottom = r#"{"OTIO_SCHEMA":"Foo.1","OTIO_REF_ID":"20"}"#;
    let levels: Vec<_> = (0..20).map(level).collect();
    let text = format!(r#"{{"OTIO_SCHEMA":"Foo.1","a":[{},{bottom}]}}"#, levels.join(","));
    assert_eq!(exact(&text).to_text(Style::OtioCompact), text);
    assert!(refusal(&text).ends_with("stand for too many values or for values nested too deeply"));
}

#[test]
fn review_schemas_are_kept_as_received() {
    let text = r#"{"OTIO_SCHEMA":"Clip.2","metadata":{"annotation_commands":[{"OTIO_SCHEMA":"PaintStart.1","uuid":null,"rgba":[1,0.5,0,1],
        "brush":"circle","points":{"OTIO_SCHEMA":"PaintVertices.1","y":[],"x":[1.5]}}]},"media_references":{},"active_media_reference_key":""}"#;
    let like = Document::read(text.as_bytes(), Reading::LikeOpentimelineio).unwrap();
    assert_eq!(exact(text).to_text(Style::OtioPretty), like.to_text(Style::OtioPretty));
    assert!(exact(text).warnings().is_empty());
    assert!(like.to_text(Style::OtioCompact).contains(
        r#"[{"OTIO_SCHEMA":"PaintStart.1","brush":"circle","points":{"OTIO_SCHEMA":"PaintVertices.1","x":[1.5],"y":[]},"rgba":[1,0.5,0,1],"uuid":null}]"#
    ));
}

#[test]
fn the_deepest_text_is_read_edited_and_written() {
    let stacks = 255;
    let text = r#"{"OTIO_SCHEMA":"Stack.1","children":["#.repeat(stacks) + &"]}".repeat(stacks);
    for reading in [Reading::Exact, Reading::LikeOpentimelineio] {
        let document = Document::read(text.as_bytes(), reading).unwrap();
        assert_eq!(document.descend(document.root().unwrap()).count(), stacks);
        let written = document.to_text(Style::OtioCompact);
        assert_eq!(exact(&written).to_value(), document.to_value());
        drop(document.clone());
    }
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let text = open.repeat(511) + "[]" + &close.repeat(511);
        assert_eq!(exact(&text).to_text(Style::OtioCompact), text);
    }
    let deep = |open: &str, close: &str| open.repeat(250) + "1" + &close.repeat(250);
    for (open, close) in [
        (r#"{"OTIO_SCHEMA":"Clip.1","media_reference":"#, "}"),
        (r#"{"OTIO_SCHEMA":"Item.1","metadata":{"a":"#, "}}"),
        (r#"{"OTIO_SCHEMA":"Item.1","effects":["#, "]}"),
        (r#"{"OTIO_SCHEMA":"TimeRange.1","duration":"#, "}"),
    ] {
        let document = exact(&deep(open, close));
        assert_eq!(exact(&document.to_text(Style::OtioPretty)).to_value(), document.to_value());
    }
    let too_deep = "[".repeat(1_000_000);
    assert!(matches!(Document::read(too_deep.as_bytes(), Reading::Exact), Err(ReadError::Json(_))));
}

#[test]
fn many_warnings_are_cut() {
    let text = format!("[{}]", vec![r#"{"OTIO_SCHEMA":"Foo"}"#; 5000].join(","));
    let warnings = warnings(&text);
    assert_eq!(warnings.len(), 1001);
    assert_eq!(warnings.last().unwrap(), "line 1, column 22002, $[1000]: more warnings were left out");
}
