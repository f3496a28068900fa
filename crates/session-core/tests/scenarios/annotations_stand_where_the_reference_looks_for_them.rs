use session_core::{Command, Note};

use crate::common::documents::stroke;
use crate::common::{Existing, Network, timeline};

fn annotate(clip: &str, frame: i64, uuid: &str) -> Command {
    Command::Annotate { clip_guid: clip.into(), frame, events: stroke(uuid) }
}

fn session() -> Network {
    let mut network = Network::new(1);
    network.host("a");
    network.command(
        "a",
        Command::AddTimeline { timeline: timeline("t", &["0235a8df-0c20-414d-b4b3-b92d42468680", "c2"]) },
    );
    network.join_now("b");
    network.existing.insert("e".to_owned(), Existing::joining("e"));
    network.drain_existing("e");
    network.run_for_ms(300);
    network
}

const CLIP: &str = "0235a8df-0c20-414d-b4b3-b92d42468680";
const ANNOTATIONS: &str = "bc94d996-8a8c-5027-b96c-18ba1a606932";

fn sent(network: &Network, name: &str) -> Vec<String> {
    network.nodes[name]
        .sent
        .iter()
        .filter(|sent| sent.message.is_durable())
        .map(|sent| sent.message.event().to_owned())
        .collect()
}

#[test]
fn the_first_drawing_makes_the_clip_timeline_once_with_derived_guids() {
    let mut network = session();
    let first = network.command("b", annotate(CLIP, 10, "s1")).guid.unwrap();
    network.run_for_ms(50);
    network.command("b", annotate(CLIP, 12, "s2"));
    network.run_for_ms(50);
    assert_eq!(
        sent(&network, "b"),
        ["ADD_TIMELINE", "INSERT_CHILD", "INSERT_CHILD", "INSERT_CHILD", "INSERT_CHILD"]
    );
    let children = network.children("a", ANNOTATIONS);
    assert_eq!(children.len(), 4);
    assert_eq!(children[1], first);
    network.assert_equal_with_existing();
}

#[test]
fn a_second_drawing_on_a_frame_travels_as_a_delta() {
    let mut network = session();
    let first = network.command("a", annotate(CLIP, 0, "s1")).guid.unwrap();
    network.run_for_ms(50);
    let second = network.command("b", annotate(CLIP, 0, "s2")).guid.unwrap();
    network.run_for_ms(50);
    assert_eq!(first, second);
    assert_eq!(network.children("a", ANNOTATIONS), [first.as_str()]);
    assert!(network.effects("a").contains(&"annotation_commands_added"));
    network.assert_equal_with_existing();
}

#[test]
fn drawings_made_at_once_end_on_one_canonical_clip() {
    let mut network = session();
    network.command("a", annotate(CLIP, 3, "s1"));
    network.command("b", annotate(CLIP, 3, "s2"));
    network.run_for_ms(3_000);
    network.assert_equal();
    let state = network.state("a").to_text(lossless_json::Style::Digest);
    for uuid in ["s1", "s2"] {
        assert_eq!(state.matches(&format!("\"uuid\":\"{uuid}\"")).count(), 2, "{uuid}");
    }
}

#[test]
fn clearing_replaces_by_nothing_and_keeps_what_was_not_seen() {
    let mut network = session();
    let guid = network.command("a", annotate(CLIP, 0, "s1")).guid.unwrap();
    network.run_for_ms(50);
    network.command("b", annotate(CLIP, 0, "s2"));
    network.command("a", Command::ReplaceAnnotation { annotation_clip_guid: guid, commands: vec![] });
    network.run_for_ms(100);
    network.assert_equal();
    let state = network.state("a").to_text(lossless_json::Style::Digest);
    assert!(!state.contains("\"uuid\":\"s1\""));
    assert!(state.contains("\"uuid\":\"s2\""));
}

#[test]
fn notes_stand_on_the_annotation_clip_and_none_is_lost() {
    let mut network = session();
    let note = |text: &str, uuid: Option<&str>| {
        Command::Note(Note {
            clip_guid: CLIP.into(),
            frame: 4,
            last_frame: Some(9),
            text: text.into(),
            note_uuid: uuid.map(str::to_owned),
            ..Note::default()
        })
    };
    network.command("a", note("first", None));
    network.run_for_ms(50);
    network.assert_equal_with_existing();
    network.command("b", note("second", None));
    network.run_for_ms(50);
    network.assert_equal();
    let digest = |network: &Network| network.state("a").to_text(lossless_json::Style::Digest);
    let state = digest(&network);
    for text in [
        "\"note\":\"first\"",
        "\"note\":\"second\"",
        "\"note_range\":\"4-9\"",
        "\"note_author\":\"a\"",
        "\"note_author\":\"b\"",
    ] {
        assert!(state.contains(text), "{text} in {state}");
    }
    let uuids: Vec<String> =
        state.split("\"note_uuid\":\"").skip(1).map(|rest| rest[..36].to_owned()).collect();
    assert_eq!(uuids.len(), 2);
    for (number, uuid) in uuids.iter().enumerate() {
        network.command("a", note(&format!("changed {number}"), Some(uuid)));
        network.run_for_ms(50);
    }
    network.assert_equal();
    let state = digest(&network);
    assert!(
        state.contains("changed 0") && state.contains("changed 1") && !state.contains("first"),
        "{state}"
    );
    assert!(state.contains("\"annotation_commands\":[]"));
}
