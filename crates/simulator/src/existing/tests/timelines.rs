//! Whole timelines.

use lossless_json::Style;

use super::both;
use super::desk::Desk;
use crate::existing::{Generation, Quirk};
use crate::objects::{clip_timeline, timeline};

fn body(guid: &str, timeline: &lossless_json::Value) -> String {
    format!(r#"{{"timeline_guid":"{guid}","timeline":{}}}"#, timeline.to_text(Style::Python))
}

#[test]
fn a_timeline_that_is_held_is_not_added_again() {
    let has_annotations = both(Quirk::IgnoresKnownTimelines, |desk| {
        desk.tell("TIMELINE_1.0", "ADD_TIMELINE", &body("tl", &timeline("tl")));
        desk.text("tl").contains("tl-a")
    });
    assert_eq!(has_annotations, (true, false));
}

#[test]
fn with_a_clip_timeline_goes_the_way_to_the_clip_in_the_sequence() {
    let named = both(Quirk::UnmapsSharedClips, |desk| {
        desk.tell("TIMELINE_1.0", "ADD_TIMELINE", &body("of-c0", &clip_timeline("of-c0", "tl-c0")));
        desk.tell("TIMELINE_1.0", "REMOVE_TIMELINE", r#"{"timeline_guid":"of-c0"}"#);
        desk.set("tl-c0", "name", r#""named""#);
        desk.text("tl").contains("named")
    });
    assert_eq!(named, (false, true));
}

#[test]
fn two_peers_give_the_stack_of_a_clip_timeline_two_guids() {
    let derived = both(Quirk::MintsStacks, |desk| {
        let guid = desk.peer.replica.clip_timeline("tl-c0").unwrap();
        desk.text(&guid).contains("own-minted")
    });
    assert_eq!(derived, (true, false));
}

#[test]
fn seed_peers_keep_removed_and_replaced_timelines() {
    let held = both(Quirk::IgnoresGoneTimelines, |desk| {
        desk.tell("TIMELINE_1.0", "REPLACE_TIMELINE", &body("tl", &timeline("tl")));
        let before = desk.text("tl").contains("tl-a");
        desk.tell("TIMELINE_1.0", "REMOVE_TIMELINE", r#"{"timeline_guid":"tl"}"#);
        (before, desk.text("tl").is_empty())
    });
    assert_eq!(held, ((true, false), (false, true)));
}

/// In the clip timeline of a clip whose sequence went, a move puts in the clip of the sequence, which is free by now.
#[test]
fn what_stood_in_a_timeline_that_is_gone_has_no_parent() {
    let mut desk = Desk::joined(Generation::Latest.quirks());
    desk.tell("TIMELINE_1.0", "ADD_TIMELINE", &body("of-c0", &clip_timeline("of-c0", "tl-c0")));
    desk.peer.replica.timelines.retain(|(guid, _)| guid != "tl");
    desk.peer.replica.objects.retain(|guid, _| !guid.starts_with("tl") || guid == "tl-c0");
    desk.move_child("of-c0-v", "tl-c0", 0);
    assert_eq!(desk.raised(), [""; 0]);
}

#[test]
fn a_removed_timeline_takes_the_clip_timelines_of_its_clips_with_it() {
    let mut desk = Desk::joined(Generation::Latest.quirks());
    desk.tell("TIMELINE_1.0", "ADD_TIMELINE", &body("of-c0", &clip_timeline("of-c0", "tl-c0")));
    desk.tell("TIMELINE_1.0", "REMOVE_TIMELINE", r#"{"timeline_guid":"tl"}"#);
    assert!(desk.peer.replica.digest_texts().is_empty());
    assert_eq!(desk.peer.replica.active, None, "no successor is chosen");
}
