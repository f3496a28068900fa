//! An object of a schema version that opentimelineio 0.18.1 has not raises in existing peers, and costs them what came with it:
//! peers of ours have it all the same, and existing ones never hear of it.

use lossless_json::Value;
use session_core::{Command, CommandError};
use session_wire::InsertChild;

use crate::common::documents::json;
use crate::common::{Existing, Network, clip, timeline};

/// `a` hosts, `b` takes part, `e` is an existing peer.
fn session() -> Network {
    let mut network = Network::new(11);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2"]) });
    network.join_now("b");
    comes(&mut network, "e");
    network.assert_equal_with_existing();
    network
}

fn comes(network: &mut Network, name: &str) {
    network.existing.insert(name.to_owned(), Existing::joining(name));
    network.drain_existing(name);
    network.run_for_ms(5_000);
}

/// A timeline that keeps a marker of the future.
fn of_the_future(guid: &str, clips: &[&str]) -> Value {
    let mut timeline = timeline(guid, clips);
    let metadata = timeline.as_object_mut().unwrap().get_mut("metadata").unwrap().as_object_mut().unwrap();
    metadata.insert("kept", json(r#"{"OTIO_SCHEMA":"Marker.3","name":"m","metadata":{}}"#));
    timeline
}

fn clip_of_the_future(guid: &str) -> Value {
    json(&format!(
        r#"{{"OTIO_SCHEMA":"Clip.3","name":"{guid}","metadata":{{"sync":{{"guid":"{guid}"}}}},"media_references":{{}},"active_media_reference_key":""}}"#
    ))
}

fn set_name(target: &str, value: &str) -> Command {
    Command::SetProperty { target_uuid: target.into(), path: "name".into(), value: value.into() }
}

fn holds(network: &Network, name: &str, timeline: &str) -> bool {
    network.existing[name].timelines.contains_key(timeline)
}

fn assert_unharmed(network: &Network) {
    network.assert_equal();
    for (name, peer) in &network.existing {
        assert_eq!(peer.raised, Vec::<String>::new(), "{name}");
        assert_eq!(peer.status, "SYNCED", "{name}");
    }
}

#[test]
fn a_timeline_that_is_added() {
    let mut network = session();
    network.command("b", Command::AddTimeline { timeline: of_the_future("n", &["n1", "n2"]) });
    assert!(network.effects("b").contains(&"warning"), "whoever adds it is told");
    network.run_for_ms(1_500);
    network.command("b", set_name("n2", "edited"));
    network.command("a", Command::RenameTimeline { timeline_guid: "n".into(), name: "the future".into() });
    network.run_for_ms(3_000);
    assert_unharmed(&network);
    assert_eq!(
        network.state("a").at(&["timelines", "n", "name"]).and_then(Value::as_str),
        Some("the future")
    );
    assert!(!holds(&network, "e", "n"));
    comes(&mut network, "late");
    network.join_now("c");
    network.run_for_ms(3_000);
    assert_unharmed(&network);
    assert!(!holds(&network, "late", "n") && holds(&network, "late", "t"), "the rest of the state is served");
}

#[test]
fn a_timeline_that_is_replaced_stays_as_it_was_until_it_can_be_read_again() {
    let mut network = session();
    network.command(
        "b",
        Command::ReplaceTimeline { timeline_guid: "t".into(), timeline: of_the_future("t", &["c1", "n2"]) },
    );
    network.run_for_ms(1_500);
    network.command("a", set_name("n2", "only ours have it"));
    network.command("b", set_name("c1", "everybody has it"));
    network.run_for_ms(3_000);
    assert_unharmed(&network);
    assert!(holds(&network, "e", "t"));
    let repairs = network.nodes["a"].peer.repairs_sent();
    network.run_for_ms(10_000);
    assert_eq!(network.nodes["a"].peer.repairs_sent(), repairs, "it is left alone");
    let readable = timeline("t", &["c1", "n2", "c3"]);
    network.command("a", Command::ReplaceTimeline { timeline_guid: "t".into(), timeline: readable });
    network.run_for_ms(3_000);
    assert_unharmed(&network);
    network.assert_equal_with_existing();
}

#[test]
fn what_an_undo_brings_back() {
    let mut network = session();
    network.command(
        "b",
        Command::ReplaceTimeline { timeline_guid: "t".into(), timeline: of_the_future("t", &["c1", "n2"]) },
    );
    network.run_for_ms(1_500);
    network.command("b", Command::RemoveChild { parent_uuid: "t-track".into(), child_uuid: "n2".into() });
    network.run_for_ms(500);
    network.command("b", Command::Undo);
    network.run_for_ms(1_500);
    assert_unharmed(&network);
    assert_eq!(network.children("a", "t-track"), ["c1", "n2"]);
    network.command("b", Command::Undo);
    network.run_for_ms(3_000);
    assert_unharmed(&network);
    network.assert_equal_with_existing();
}

#[test]
fn what_is_edited_while_the_link_is_down_is_not_said_either() {
    let mut network = session();
    network.cut("b");
    network.command(
        "b",
        Command::ReplaceTimeline { timeline_guid: "t".into(), timeline: of_the_future("t", &["c1", "n2"]) },
    );
    network.command("b", set_name("c1", "also away"));
    network.heal("b");
    network.run_for_ms(5_000);
    assert_unharmed(&network);
}

#[test]
fn children_and_values_are_refused_with_what_to_do() {
    let mut network = session();
    let insert =
        Command::InsertChild { parent_uuid: "t-track".into(), index: 0, child_data: clip_of_the_future("x") };
    let marker = json(r#"[{"OTIO_SCHEMA":"Marker.3","name":"m"}]"#);
    let set = |path: &str, value: Value| Command::SetProperty {
        target_uuid: "c1".into(),
        path: path.into(),
        value,
    };
    let refused = [insert, set("markers", marker.clone()), set("metadata/kept", marker)];
    for command in refused {
        let error = network.try_command("b", command).unwrap_err();
        assert!(matches!(error, CommandError::WouldFailElsewhere { .. }), "{error}");
        assert!(error.to_string().contains("use an older version of the schema"), "{error}");
    }
    network.run_for_ms(2_000);
    assert_unharmed(&network);
    network.assert_equal_with_existing();
}

#[test]
fn what_an_existing_peer_with_a_newer_opentimelineio_sends_is_not_said_again() {
    let mut network = session();
    let now = network.seconds();
    network.existing.get_mut("e").unwrap().say(InsertChild::new("t-track", 1, clip_of_the_future("x"), now));
    comes(&mut network, "f");
    network.command(
        "a",
        Command::MoveChild { parent_uuid: "t-track".into(), child_uuid: "c1".into(), to_index: 2 },
    );
    network.command(
        "b",
        Command::InsertChild { parent_uuid: "t-track".into(), index: 0, child_data: clip("y") },
    );
    network.run_for_ms(10_000);
    assert_eq!(network.children("a", "t-track").len(), 4);
    comes(&mut network, "g");
    assert_unharmed(&network);
}
