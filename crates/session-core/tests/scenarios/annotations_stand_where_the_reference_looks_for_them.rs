use lossless_json::Value;
use session_core::{Command, CommandError, Note};
use session_wire::{InsertChild, ReplaceAnnotationCommands};

use crate::common::documents::{json, stroke};
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
const CLIP_TIMELINE: &str = "4383319d-313c-5bf0-8b0d-d4caa951b54d";
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

/// What an existing peer sends to draw on a frame that has an annotation clip.
fn theirs(network: &Network, uuid: &str) -> InsertChild {
    let track = network.state("a");
    let clip_timeline = track.at(&["timelines", CLIP_TIMELINE, "tracks", "children"]).unwrap();
    let mut drawn =
        clip_timeline.as_array().unwrap()[1].get("children").unwrap().as_array().unwrap()[0].clone();
    let metadata = drawn.as_object_mut().unwrap().get_mut("metadata").unwrap().as_object_mut().unwrap();
    metadata.insert("annotation_commands", stroke(uuid));
    metadata.insert("sync", [("guid", uuid)].into_iter().collect::<lossless_json::Object>());
    InsertChild::new(ANNOTATIONS, -1, drawn, network.seconds())
}

#[test]
fn drawings_of_existing_peers_are_cleared_at_once_by_us_and_ours_by_them() {
    let mut network = session();
    let guid = network.command("a", annotate(CLIP, 0, "s1")).guid.unwrap();
    network.run_for_ms(20);
    let drawn = theirs(&network, "s2");
    network.existing.get_mut("e").unwrap().edit(drawn);
    network.drain_existing("e");
    network.run_for_ms(20);
    network.assert_equal_with_existing();
    for commands in [stroke("s3"), vec![]] {
        let drawn = theirs(&network, "s4");
        network.existing.get_mut("e").unwrap().edit(drawn);
        network.drain_existing("e");
        network.run_for_ms(20);
        let replace = Command::ReplaceAnnotation { annotation_clip_guid: guid.clone(), commands };
        network.command("b", replace);
        network.run_for_ms(20);
        network.assert_equal_with_existing();
    }
    network.command("b", annotate(CLIP, 0, "s5"));
    network.run_for_ms(20);
    let now = network.seconds();
    network.existing.get_mut("e").unwrap().edit(ReplaceAnnotationCommands::new(guid, vec![], now));
    network.drain_existing("e");
    network.run_for_ms(20);
    network.assert_equal_with_existing();
}

#[test]
fn an_event_leaves_with_every_field_that_a_reference_peer_would_give_it() {
    let mut network = session();
    let events = ["PaintStart", "PaintPoint", "TextAnnotation", "ArrowAnnotation"].map(|schema| {
        let schema = Value::from(format!("{schema}.1"));
        Value::Object([("OTIO_SCHEMA", schema)].into_iter().collect())
    });
    let drawn = Command::Annotate { clip_guid: CLIP.into(), frame: 0, events: events.into() };
    network.command("a", drawn);
    let state = network.state("a").to_text(lossless_json::Style::Digest);
    for said in ["\"brush\":\"circle\"", "\"layer_range\":null", "\"rotation\":null", "\"size\":1.0"] {
        assert!(state.contains(said), "{said} in {state}");
    }
    assert_eq!(state.matches("\"timestamp\":\"").count(), 3);
    assert_eq!(state.matches("\"timestamp\":null").count(), 1, "a text says no time");
}

#[test]
fn a_clip_timeline_is_not_replaced() {
    let mut network = session();
    network.command("a", annotate(CLIP, 0, "s1"));
    let replaced = Command::ReplaceTimeline {
        timeline_guid: CLIP_TIMELINE.into(),
        timeline: timeline(CLIP_TIMELINE, &["c9"]),
    };
    let range = json(
        r#"{"OTIO_SCHEMA":"TimeRange.1","duration":{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":3.0},
        "start_time":{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":1.0}}"#,
    );
    let range =
        Command::SetProperty { target_uuid: ANNOTATIONS.into(), path: "source_range".into(), value: range };
    for command in [replaced, range] {
        let refused = network.try_command("a", command).unwrap_err();
        assert!(matches!(refused, CommandError::WouldFailElsewhere { .. }), "{refused}");
    }
}
