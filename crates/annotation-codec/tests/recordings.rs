//! Every annotation of the recorded sessions goes to the programs and back.
#![allow(clippy::unwrap_used, clippy::panic, clippy::float_cmp, reason = "tests")]

mod support;

use std::fs;
use std::path::PathBuf;

use annotation_codec::xs_annotation_codec::{self, XsContext};
use annotation_codec::{coords, read_events, rv_annotation_codec, sync_event_schema};
use lossless_json::{Limits, Value, parse};
use otio_document::review::SyncEvent;
use support::{Counting, assert_near};

const TOLERANCE: f64 = 1e-9;

/// The recordings, where the shared material is there.
fn recordings() -> Option<Vec<PathBuf>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("OTIO_SYNC_SHARED").map_or(beside, PathBuf::from);
    let mut files: Vec<_> =
        fs::read_dir(shared.join("recordings")).ok()?.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    Some(files)
}

/// Every list of what was drawn, wherever it stands.
fn annotations(value: &Value, found: &mut Vec<Vec<SyncEvent>>) {
    let is_drawn = |item: &Value| {
        ["Paint", "Text", "Rectangle", "Ellipse", "Arrow"]
            .iter()
            .any(|name| sync_event_schema(item).starts_with(name))
    };
    match value {
        Value::Array(items) if items.iter().any(is_drawn) => {
            let read = read_events(items);
            assert!(read.unread.is_empty(), "{:?}", read.unread);
            found.push(read.events);
        }
        Value::Array(items) => items.iter().for_each(|item| annotations(item, found)),
        Value::Object(object) => object.iter().for_each(|(_, item)| annotations(item, found)),
        _ => {}
    }
}

fn recorded() -> Option<Vec<Vec<SyncEvent>>> {
    let mut found = Vec::new();
    for file in recordings()? {
        let text = fs::read(&file).unwrap();
        for line in text.split(|byte| *byte == b'\n') {
            if let Ok(parsed) = parse(line, &Limits::default()) {
                annotations(&parsed.value, &mut found);
            }
        }
    }
    Some(found)
}

/// What must come back of an event: its schema, its identity, and its numbers.
fn essence(event: &SyncEvent) -> (String, Vec<f64>) {
    let uuid = event.uuid().unwrap_or_default();
    let (name, numbers) = match event {
        SyncEvent::PaintStart(start) => {
            assert!(!start.brush.starts_with("gauss"), "none is recorded");
            ("start", start.rgba.unwrap().to_vec())
        }
        SyncEvent::PaintPoint(point) => {
            let points = point.points.as_ref().unwrap();
            ("points", [&points.x[..], &points.y, &points.size].concat())
        }
        SyncEvent::TextAnnotation(text) => {
            let size = text.font_size.unwrap() * text.scale.unwrap();
            ("text", [&text.position.unwrap()[..], &text.rgba.unwrap(), &[size]].concat())
        }
        SyncEvent::RectangleAnnotation(shape) => (
            "rectangle",
            [&shape.min[..], &shape.max, &shape.rgba, &shape.inner_rgba, &[shape.size]].concat(),
        ),
        SyncEvent::EllipseAnnotation(shape) => {
            ("ellipse", [&shape.min[..], &shape.max, &shape.rgba, &shape.inner_rgba, &[shape.size]].concat())
        }
        SyncEvent::ArrowAnnotation(shape) => {
            ("arrow", [&shape.start[..], &shape.end, &shape.rgba, &[shape.size]].concat())
        }
        other => panic!("{other:?}"),
    };
    (format!("{name} {uuid}"), numbers)
}

fn assert_came_back(sent: &[&SyncEvent], back: &[SyncEvent]) {
    assert_eq!(sent.len(), back.len());
    for (sent, back) in sent.iter().zip(back) {
        let (sent, back) = (essence(sent), essence(back));
        assert_eq!(sent.0, back.0);
        assert_near(&back.1, &sent.1, TOLERANCE);
    }
}

#[test]
fn what_was_recorded_goes_to_openrv_and_back() {
    let Some(annotations) = recorded() else { return println!("skipped: no shared material") };
    assert!(!annotations.is_empty());
    for events in &annotations {
        let specs = rv_annotation_codec::from_sync_events(events, 1, &mut Counting::default());
        let back = rv_annotation_codec::to_sync_events(&specs, &mut Counting::default());
        assert_came_back(&events.iter().collect::<Vec<_>>(), &back);
    }
}

#[test]
fn strokes_and_texts_that_were_recorded_go_to_xstudio_and_back() {
    let Some(annotations) = recorded() else { return println!("skipped: no shared material") };
    let (mut strokes, mut texts) = (0, 0);
    for (events, aspect_half) in
        annotations.iter().flat_map(|events| [(events, coords::DEFAULT_ASPECT_HALF), (events, 0.5)])
    {
        let drawn: Vec<SyncEvent> = events
            .iter()
            .filter(|event| {
                matches!(
                    event,
                    SyncEvent::PaintStart(_) | SyncEvent::PaintPoint(_) | SyncEvent::TextAnnotation(_)
                )
            })
            .cloned()
            .collect();
        let (words, paint): (Vec<_>, Vec<_>) =
            drawn.iter().partition(|event| matches!(event, SyncEvent::TextAnnotation(_)));
        let native = xs_annotation_codec::from_sync_events(&drawn, aspect_half);
        let names: Vec<String> = words.iter().map(|text| text.uuid().unwrap().to_owned()).collect();
        let context = XsContext { aspect_half, uuid_list: &[], existing_uuids: &names };
        let back = xs_annotation_codec::to_sync_events(&native, &context, &mut Counting::default());
        strokes += paint.len() / 2;
        texts += words.len();
        assert_came_back(&[paint, words].concat(), &back);
    }
    assert!(strokes > 1000 && texts > 50, "{strokes} strokes, {texts} texts");
}
