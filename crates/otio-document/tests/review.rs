//! The schemas of a review: nothing is lost, and what is wrong is said with its place.

#![allow(clippy::unwrap_used, reason = "a test")]

use lossless_json::{Limits, Number, Object, Style, Value, parse};
use otio_document::review::{
    EllipseAnnotation, PaintPoint, PaintStart, PaintVertices, ReviewError, SyncEvent, TextAnnotation,
    defaults, names,
};
use proptest::prelude::*;

fn value(text: &str) -> Value {
    parse(text.as_bytes(), &Limits::default()).unwrap().value
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(Value::Number(Number::Literal("1e400".into()))),
        "[a-z:]{0,6}".prop_map(Value::from),
    ]
}

fn anything() -> impl Strategy<Value = Value> {
    let vertices = prop::collection::vec(scalar(), 0..4).prop_map(|x| {
        let entries = [("OTIO_SCHEMA", Value::from("PaintVertices.1")), ("x", x.into())];
        Value::Object(entries.into_iter().collect())
    });
    prop_oneof![
        4 => scalar(),
        2 => prop::collection::vec(-2.0..2.0f64, 4).prop_map(Value::from),
        2 => prop::collection::vec(any::<i64>(), 2).prop_map(Value::from),
        1 => prop::collection::vec(scalar(), 0..5).prop_map(Value::from),
        1 => vertices,
    ]
}

/// An object of a schema with any of its fields and others, each of any type, in the order in which they are written.
fn event() -> impl Strategy<Value = Value> {
    let names: Vec<&str> = names().filter(|name| *name != "AnnotationEffect").collect();
    prop::sample::select(names).prop_flat_map(|name| {
        let known: Vec<String> = defaults(name).unwrap().keys().skip(1).map(str::to_owned).collect();
        let key = prop_oneof![4 => prop::sample::select(known), 1 => "[A-Za-z]{1,3}"];
        prop::collection::vec((key, anything()), 0..8).prop_map(move |fields| {
            let mut object: Object = fields.into_iter().collect();
            object.sort_keys();
            let schema = [("OTIO_SCHEMA".to_owned(), Value::from(format!("{name}.1")))];
            Value::Object(schema.into_iter().chain(object).collect())
        })
    })
}

proptest! {
    #[test]
    fn an_event_is_written_as_it_was_read_or_refused_with_its_place(event in event()) {
        match SyncEvent::from_value(&event) {
            Ok(read) => {
                prop_assert_eq!(read.to_value(), event);
            }
            Err(ReviewError::WrongType { path, .. }) => prop_assert!(path.starts_with("$."), "{}", path),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }

    #[test]
    fn completing_adds_defaults_and_changes_nothing(event in event()) {
        let Ok(mut read) = SyncEvent::from_value(&event) else { return Ok(()) };
        read.complete();
        let complete = read.to_value();
        for (key, value) in event.as_object().unwrap().iter() {
            let is_nested = key == "points" && !value.is_null();
            prop_assert!(is_nested || complete.get(key) == Some(value), "{} of {:?}", key, complete);
        }
        let text = complete.get("OTIO_SCHEMA").and_then(Value::as_str).unwrap();
        let is_event = !text.starts_with("PaintVert");
        for key in defaults(text.trim_end_matches(".1")).unwrap().keys().filter(|_| is_event) {
            prop_assert!(complete.get(key).is_some(), "{} of {:?}", key, complete);
        }
        prop_assert_eq!(SyncEvent::from_value(&complete).unwrap().to_value(), complete);
    }
}

#[test]
fn what_is_left_out_or_null_reads_as_its_default() {
    for text in
        [r#"{"OTIO_SCHEMA":"PaintStart.1"}"#, r#"{"OTIO_SCHEMA":"PaintStart.1","brush":null,"visible":null}"#]
    {
        let start = PaintStart::from_value(&value(text)).unwrap();
        assert_eq!((start.brush.as_str(), start.visible, start.kind.as_str()), ("circle", true, "color"));
        assert_eq!((start.source_index, start.rgba, &start.uuid), (0, None, &None));
        assert_eq!(start.to_value(), value(text));
    }
    let ellipse = EllipseAnnotation::from_value(&value(r#"{"OTIO_SCHEMA":"EllipseAnnotation.1"}"#)).unwrap();
    assert_eq!((ellipse.min, ellipse.rgba, ellipse.size), ([0.0; 2], [1.0; 4], 1.0));
}

#[test]
fn a_changed_field_is_written_and_the_others_stay_as_they_came() {
    let text = r#"{"OTIO_SCHEMA":"PaintPoint.1","points":{"OTIO_SCHEMA":"PaintVertices.1","tilt":[1],"x":[1,2],"y":[0,0.5]},"zeal":null}"#;
    let mut point = PaintPoint::from_value(&value(text)).unwrap();
    let points = point.points.as_mut().unwrap();
    assert_eq!(points.unknown_fields().map(|(key, _)| key).collect::<Vec<_>>(), ["tilt"]);
    points.y.push(0.25);
    point.uuid = Some("u".to_owned());
    assert_eq!(
        point.to_value().to_text(Style::OtioCompact),
        r#"{"OTIO_SCHEMA":"PaintPoint.1","points":{"OTIO_SCHEMA":"PaintVertices.1","tilt":[1],"x":[1,2],"y":[0.0,0.5,0.25]},"uuid":"u","zeal":null}"#
    );
}

#[test]
fn what_is_made_is_written_with_every_field() {
    let text = TextAnnotation { text: Some("too bright".to_owned()), ..TextAnnotation::default() };
    assert_eq!(
        text.to_value().to_text(Style::OtioCompact),
        r#"{"OTIO_SCHEMA":"TextAnnotation.1","font":null,"font_size":null,"friendly_name":null,"position":null,"rgba":null,"rotation":null,"scale":null,"spacing":null,"text":"too bright","timestamp":null,"uuid":null}"#
    );
    let vertices = PaintVertices { x: vec![0.5], ..PaintVertices::default() };
    assert_eq!(
        vertices.to_value().to_text(Style::OtioCompact),
        r#"{"OTIO_SCHEMA":"PaintVertices.1","alpha":[],"size":[],"x":[0.5],"y":[]}"#
    );
}

#[test]
fn what_cannot_be_read_is_said_with_its_path() {
    let wrong = r#"{"OTIO_SCHEMA":"PaintPoint.1","points":{"OTIO_SCHEMA":"PaintVertices.1","x":[1,"2"]}}"#;
    let error = SyncEvent::from_value(&value(wrong)).unwrap_err();
    assert_eq!(error.to_string(), "$.points.x[1] holds a string, expected a number");
    let short = r#"{"OTIO_SCHEMA":"PaintStart.1","rgba":[1,1,1]}"#;
    let error = SyncEvent::from_value(&value(short)).unwrap_err();
    assert_eq!(error.to_string(), "$.rgba holds a list of another length, expected a list of 4 numbers");
    let other = PaintStart::from_value(&value(r#"{"OTIO_SCHEMA":"PaintStart.2"}"#)).unwrap_err();
    assert_eq!(
        other.to_string(),
        r#"found "PaintStart.2", expected an object with the OTIO_SCHEMA "PaintStart.1""#
    );
}

#[test]
fn what_is_of_no_known_schema_is_kept_as_it_is() {
    for text in
        [r#"{"OTIO_SCHEMA":"PaintStart.2","a":1}"#, r#"{"OTIO_SCHEMA":"Sparkle.1"}"#, r#"{"b":1,"a":2}"#, "5"]
    {
        let mut event = SyncEvent::from_value(&value(text)).unwrap();
        event.complete();
        assert_eq!((event.to_value(), event.uuid()), (value(text), None));
    }
}
