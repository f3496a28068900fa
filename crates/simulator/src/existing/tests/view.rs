//! What is looked at.

use lossless_json::{Object, Style, Value};

use super::both;
use crate::existing::Quirk;
use crate::existing::editing::Edit;

const PLAYBACK: &str = "PLAYBACK_SETTINGS_1.0";

#[test]
fn a_playback_message_replaces_all_that_was_known() {
    let known = both(Quirk::ReplacesPlaybackWholesale, |desk| {
        desk.tell(PLAYBACK, "SET", r#"{"playing":true,"playback_mode":"loop"}"#);
        desk.tell(PLAYBACK, "SET", r#"{"playing":false}"#);
        Value::from(desk.peer.view.playback.clone()).to_text(Style::Digest)
    });
    assert_eq!(known.0, r#"{"playing":false}"#);
    assert_eq!(known.1, r#"{"playback_mode":"loop","playing":false}"#);
}

#[test]
fn a_playback_message_without_a_clip_clears_the_selection() {
    let selected = both(Quirk::ClearsSelection, |desk| {
        desk.tell(PLAYBACK, "SET", r#"{"clip_guid":"tl-c0","view_mode":"source"}"#);
        desk.tell(PLAYBACK, "SET", r#"{"playing":true}"#);
        desk.peer.view.selected.clone()
    });
    assert_eq!(selected, (None, Some("tl-c0".to_owned())));
}

#[test]
fn of_thirteen_playback_messages_at_once_the_last_one_counts_whoever_sent_the_others() {
    let selected = both(Quirk::CoalescesPlayback, |desk| {
        desk.put("one", PLAYBACK, "SET", r#"{"playback_mode":"loop"}"#);
        for _ in 0..12 {
            desk.put("two", PLAYBACK, "SET", r#"{"timeline_guid":"tl"}"#);
        }
        let batch: Vec<Value> = (0..13)
            .map(|_| super::desk::json(r#"{"payload":{"command_schema":"PLAYBACK_SETTINGS_1.0"}}"#))
            .collect();
        desk.peer.coalesced(batch).len()
    });
    assert_eq!(selected, (1, 13));
}

#[test]
fn display_settings_are_written_into_the_active_timeline() {
    let kept = both(Quirk::WritesDisplayIntoTimelines, |desk| {
        desk.tell("DISPLAY_SETTINGS_1.0", "SET", r#"{"zoom":2.0,"sync_timestamp":1.0}"#);
        desk.at("tl", "metadata/display_settings")
    });
    assert_eq!(kept, (r#"{"zoom":2.0}"#.to_owned(), "nothing".to_owned()));
}

#[test]
fn seed_peers_obey_a_selection() {
    let selected = both(Quirk::ObeysSelection, |desk| {
        desk.tell("SELECTION_1.0", "SET", r#"{"clip_guid":"tl-c0","view_mode":"source"}"#);
        desk.peer.view.selected.clone()
    });
    assert_eq!(selected, (Some("tl-c0".to_owned()), None));
}

#[test]
fn seed_peers_say_looping_and_the_selection_by_itself() {
    let fields =
        [("playing", Value::from(true)), ("playback_mode", "loop".into()), ("clip_guid", "tl-c0".into())];
    let state: Object = fields.into_iter().collect();
    let said = both(Quirk::SaysLooping, |desk| {
        desk.edit(Edit::Playback { state: state.clone() });
        let settings = |(_, body): (String, Value)| {
            let keys: Vec<String> = body.as_object().unwrap().keys().map(str::to_owned).collect();
            let wanted = |key: &String| !matches!(key.as_str(), "sync_timestamp" | "timeline_guid");
            keys.into_iter().filter(wanted).collect::<Vec<_>>().join(" ")
        };
        desk.said().into_iter().filter(|(event, _)| event == "SET").map(settings).collect::<Vec<_>>()
    });
    assert_eq!(said.0, ["clip_guid view_mode", "playing looping muted scrubbing"]);
    assert_eq!(said.1, ["playing playback_mode clip_guid"]);
}
