//! The schemas of a review: those that were recorded, and those that opentimelineio writes for a plug-in.

use std::collections::BTreeMap;

use lossless_json::{Object, Style, Value};
use otio_document::review::{
    AnnotationEffect, PaintVertex, PaintVertices, ReviewError, SyncEvent, defaults, names,
};

use crate::asking::answers;
use crate::draw::Draw;
use crate::shared;

/// Calls `found` with every object of a review schema, however deep.
fn each_review_object(value: &Value, found: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(object) => {
            let text = value.get("OTIO_SCHEMA").and_then(Value::as_str);
            if let Some(name) = text.and_then(|text| text.strip_suffix(".1"))
                && names().any(|known| known == name)
            {
                found(name, value);
            }
            object.iter().for_each(|(_, value)| each_review_object(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| each_review_object(value, found)),
        _ => {}
    }
}

/// Reads and writes an object through the struct of its schema; completed in between, where that is asked for.
fn written(name: &str, value: &Value, is_completed: bool) -> Result<Value, ReviewError> {
    macro_rules! through {
        ($type:ty) => {{
            let mut object = <$type>::from_value(value)?;
            if is_completed {
                object.complete();
            }
            Ok(object.to_value())
        }};
    }
    match name {
        "PaintVertices" => through!(PaintVertices),
        "PaintVertex" => through!(PaintVertex),
        "AnnotationEffect" => through!(AnnotationEffect),
        _ => {
            let event = SyncEvent::from_value(value)?;
            assert!(!matches!(event, SyncEvent::Other(_)), "{name} is known");
            through!(SyncEvent)
        }
    }
}

#[test]
fn every_recorded_object_is_written_as_it_was_read() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (place, message) in shared::recorded() {
        each_review_object(&message, &mut |name, value| {
            assert_eq!(written(name, value, false).as_ref(), Ok(value), "{place}");
            *counts.entry(name.to_owned()).or_default() += 1;
        });
    }
    println!("objects read and written: {counts:?}");
}

/// An object of a schema with some of its fields, in the order in which they are written.
fn drawn(name: &str, draw: &mut Draw) -> Value {
    let mut object: Object = defaults(name).unwrap();
    let keys: Vec<String> = object.keys().map(str::to_owned).collect();
    for key in keys.iter().filter(|key| !["OTIO_SCHEMA", "effect_name"].contains(&key.as_str())) {
        if draw.below(2) == 0 {
            object.remove(key);
        }
    }
    if draw.below(3) == 0 {
        let vertices = [("OTIO_SCHEMA", Value::from("PaintVertices.1")), ("x", vec![0.5, -0.25].into())];
        if name == "PaintPoint" || name == "PaintEnd" {
            object.insert("points", Value::Object(vertices.into_iter().collect()));
        }
        object.insert("Zeal", draw.below(100));
        object.insert("zeal", vec![Value::Null]);
    }
    object.into()
}

#[test]
fn what_is_left_out_is_completed_as_opentimelineio_completes_the_objects_of_a_plug_in() {
    let schemas: Object = names().map(|name| (name, defaults(name).unwrap())).collect();
    let mut draw = Draw(4);
    let objects: Vec<(&str, Value)> =
        (0..40).flat_map(|_| names()).map(|name| (name, drawn(name, &mut draw))).collect();
    let question = |(_, object): &(&str, Value)| {
        let parts = [("schemas", Value::from(schemas.clone())), ("object", object.clone())];
        Value::Object(parts.into_iter().collect())
    };
    let Some(answers) = answers("reviews.py", &objects.iter().map(question).collect::<Vec<_>>()) else {
        return;
    };
    for ((name, object), answer) in objects.iter().zip(&answers) {
        let ours = written(name, object, true).unwrap().to_text(Style::OtioCompact);
        assert_eq!(Some(ours.as_str()), answer.as_str(), "{object:?}");
    }
    println!("{} objects completed as opentimelineio completes them", objects.len());
}
