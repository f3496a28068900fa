//! What is drawn on frames.

use lossless_json::{Object, Value};

use super::both;
use super::desk::Desk;
use crate::existing::editing::Edit;
use crate::existing::{Generation, Quirk};
use crate::objects::{annotation, stroke};

fn drawn(guid: &str, frame: u64, uuid: &str) -> Value {
    annotation(guid, "tl-c0", frame, stroke(uuid), None)
}

fn strokes(desk: &Desk, guid: &str) -> Vec<String> {
    let replica = &desk.peer.replica;
    let Some(id) = replica.find(guid) else { return Vec::new() };
    let uuids = replica
        .commands(id)
        .into_iter()
        .filter(|command| command.get("OTIO_SCHEMA").and_then(Value::as_str) == Some("PaintStart.1"));
    uuids.filter_map(|command| command.get("uuid")?.as_str().map(str::to_owned)).collect()
}

#[test]
fn a_clip_of_the_same_frame_merges_into_the_one_that_is_there() {
    let mut desk = Desk::joined(Generation::Latest.quirks());
    desk.insert("tl-a", -1, &drawn("first", 3, "s1"));
    desk.insert("tl-a", -1, &drawn("second", 3, "s2"));
    desk.insert("tl-a", -1, &drawn("third", 4, "s3"));
    assert_eq!(desk.names("tl-a"), ["first", "third"]);
    assert_eq!(strokes(&desk, "first"), ["s1", "s2"]);
}

#[test]
fn strokes_that_come_again_stand_twice() {
    let drawn = both(Quirk::DoublesStrokes, |desk| {
        desk.insert("tl-a", -1, &drawn("first", 3, "s1"));
        desk.insert("tl-a", -1, &drawn("again", 3, "s1"));
        strokes(desk, "first").join(" ")
    });
    assert_eq!(drawn, ("s1 s1".to_owned(), "s1".to_owned()));
}

#[test]
fn a_replacement_for_a_merged_clip_is_lost() {
    let drawn = both(Quirk::MapsMergedClips, |desk| {
        desk.insert("tl-a", -1, &drawn("first", 3, "s1"));
        desk.insert("tl-a", -1, &drawn("second", 3, "s2"));
        desk.patch("REPLACE_ANNOTATION_COMMANDS", r#"{"annotation_clip_guid":"second","commands":[]}"#);
        strokes(desk, "first").join(" ")
    });
    assert_eq!(drawn, ("s1 s2".to_owned(), String::new()));
}

#[test]
fn a_frame_that_is_drawn_later_stands_later_after_gaps_that_do_not_fit() {
    let draw = |frame| Edit::Annotate { clip: "tl-c0".to_owned(), frame, events: stroke("s") };
    let names = both(Quirk::LaysOutByArrival, |desk| {
        assert!(desk.edit(draw(20)) && desk.edit(draw(5)));
        (desk.names("tl-a").join(" "), desk.times("INSERT_CHILD"))
    });
    assert_eq!(names.0, (" Annotation_20 Annotation_5".to_owned(), 3));
    let mut other = Desk::joined(Generation::Latest.quirks().without(Quirk::LaysOutByArrival));
    other.insert("tl-a", -1, &drawn("later", 20, "s1"));
    other.insert("tl-a", -1, &drawn("earlier", 5, "s2"));
    assert_eq!(other.names("tl-a"), ["earlier", "later"]);
}

#[test]
fn every_preview_of_a_stroke_has_another_id() {
    let preview = Edit::Partial { clip: "tl-c0".to_owned(), frame: 1.0, events: stroke("s") };
    let uuids = both(Quirk::FreshStrokeIds, |desk| {
        assert!(desk.edit(preview.clone()) && desk.edit(preview.clone()));
        let uuid =
            |(_, body): &(String, Value)| body.get("events")?.as_array()?.first()?.get("uuid").cloned();
        let uuids: Vec<Option<Value>> = desk.said().iter().map(uuid).collect();
        uuids[0] == uuids[1]
    });
    assert_eq!(uuids, (false, true));
}

#[test]
fn an_event_gets_the_fields_that_it_lacks_and_the_time_of_reading() {
    let mut desk = Desk::joined(Generation::Latest.quirks());
    let start: Object = [("OTIO_SCHEMA", "PaintStart.1"), ("uuid", "s")].into_iter().collect();
    desk.insert("tl-a", -1, &annotation("first", "tl-c0", 3, vec![start.into()], None));
    let id = desk.peer.replica.find("first").unwrap();
    let event = desk.peer.replica.commands(id).remove(0);
    assert_eq!(event.get("brush").and_then(Value::as_str), Some("circle"));
    assert!(event.get("timestamp").and_then(Value::as_str).is_some_and(|time| time.starts_with("at ")));
}
