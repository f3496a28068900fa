use session_core::Command;
use session_wire::{InsertChild, MoveChild, RemoveChild, SetPeerRole, SetProperty};

use crate::common::documents::{json, stroke};
use crate::common::{Existing, Network, clip, timeline};

fn session() -> Network {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2", "c3"]) });
    network.join_now("b");
    network.existing.insert("e".to_owned(), Existing::joining("e"));
    network.drain_existing("e");
    network.run_for_ms(500);
    assert_eq!(network.existing["e"].status, "SYNCED");
    network
}

#[test]
fn it_gets_one_snapshot_in_the_shape_of_the_reference() {
    let mut network = session();
    network.command("a", Command::Display { fields: [("zoom", 2.0)].into_iter().collect() });
    network.existing.insert("f".to_owned(), Existing::joining("f"));
    network.drain_existing("f");
    network.run_for_ms(500);
    let snapshots = &network.existing["f"].snapshots;
    assert_eq!(snapshots.len(), 1);
    let snapshot = &snapshots[0];
    assert_eq!(snapshot.active_timeline_guid.as_deref(), Some("t"));
    assert_eq!(snapshot.host_guid.as_deref(), Some("e"));
    let peers: Vec<_> = snapshot.peers.as_ref().unwrap().keys().map(String::as_str).collect();
    assert_eq!(peers, ["a", "b", "e", "f"]);
    assert_eq!(snapshot.display_state.as_ref().unwrap().zoom, Some(2.0));
    assert!(snapshot.broadcast_ownership.as_ref().unwrap().contains_key("display"));
    let shown = snapshot.timelines.get("t").unwrap();
    assert_eq!(shown.at(&["metadata", "display_settings", "zoom"]), Some(&2.0.into()));
    assert!(network.state("a").at(&["timelines", "t", "metadata", "display_settings"]).is_none());
    network.assert_equal_with_existing();
}

#[test]
fn edits_of_every_kind_one_at_a_time_leave_all_equal() {
    let mut network = session();
    let set = |target: &str, path: &str, value| Command::SetProperty {
        target_uuid: target.into(),
        path: path.into(),
        value,
    };
    let track = |guid: &str| {
        let mut track =
            timeline(guid, &["n1", "n2"]).get("tracks").unwrap().get("children").unwrap().as_array().unwrap()
                [0]
            .clone();
        track.as_object_mut().unwrap().insert("name", "V2");
        track
    };
    let range = json(
        r#"{"OTIO_SCHEMA":"TimeRange.1","duration":{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":3.0},
        "start_time":{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":1.0}}"#,
    );
    let edits = vec![
        set("c1", "name", "one".into()),
        set("c1", "enabled", false.into()),
        set("c1", "metadata/color", json(r#"{"config":"aces"}"#)),
        set("c1", "metadata/a/b", 5_i64.into()),
        set("c2", "source_range", range),
        set("t", "name", "renamed".into()),
        set(
            "t",
            "global_start_time",
            json(r#"{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":86400.0}"#),
        ),
        Command::InsertChild { parent_uuid: "t-track".into(), index: 1, child_data: clip("new") },
        Command::InsertChild { parent_uuid: "t-stack".into(), index: -1, child_data: track("u") },
        set("n1", "name", "inside".into()),
        Command::MoveChild { parent_uuid: "t-track".into(), child_uuid: "c3".into(), to_index: 0 },
        Command::MoveChild { parent_uuid: "u-track".into(), child_uuid: "c1".into(), to_index: 1 },
        Command::RemoveChild { parent_uuid: "t-track".into(), child_uuid: "c2".into() },
        Command::Undo,
        Command::Redo,
        Command::Undo,
        Command::RenameTimeline { timeline_guid: "t".into(), name: "named".into() },
        Command::State,
        Command::RemoveChild { parent_uuid: "t-stack".into(), child_uuid: "u-track".into() },
        Command::Undo,
        set("n2", "name", "inside again".into()),
        Command::AddTimeline { timeline: timeline("t2", &["d1"]) },
        Command::Annotate { clip_guid: "c3".into(), frame: 5, events: stroke("s1") },
        Command::Annotate { clip_guid: "c3".into(), frame: 5, events: stroke("s2") },
        Command::ReplaceTimeline { timeline_guid: "t2".into(), timeline: timeline("t2", &["d2"]) },
        Command::RemoveTimeline { timeline_guid: "t2".into() },
    ];
    for (number, edit) in edits.into_iter().enumerate() {
        let name = ["a", "b"][number % 2];
        let name = if matches!(edit, Command::Undo | Command::Redo) { "a" } else { name };
        network.command(name, edit.clone());
        network.run_for_ms(50);
        let existing = network.existing["e"].raised.clone();
        assert_eq!(existing, Vec::<String>::new(), "{edit:?}");
        network.assert_equal_with_existing();
    }
}

#[test]
fn what_it_does_reaches_everybody() {
    let mut network = session();
    let now = network.seconds();
    let existing = network.existing.get_mut("e").unwrap();
    existing.edit(SetProperty::new("c1", "name", "theirs".into(), now + 0.001));
    existing.edit(InsertChild::new("t-track", 0, clip("x"), now + 0.002));
    existing.edit(MoveChild::new("t-track", "c3", 0, now + 0.003));
    existing.edit(RemoveChild::new("t-track", "c2", now + 0.004));
    network.drain_existing("e");
    network.run_for_ms(200);
    network.assert_equal_with_existing();
    assert_eq!(network.children("b", "t-track"), ["c3", "x", "c1"]);
    for name in ["set_property", "insert_child", "move_child", "remove_child"] {
        assert!(network.effects("a").contains(&name), "{name}");
    }
}

#[test]
fn an_edit_made_while_it_joins_is_neither_lost_nor_doubled() {
    for delay_ms in [0, 1, 2, 3, 4, 5] {
        let mut network = Network::new(1);
        network.host("a");
        network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1"]) });
        network.existing.insert("e".to_owned(), Existing::joining("e"));
        network.drain_existing("e");
        network.run_for_ms(delay_ms);
        network.command(
            "a",
            Command::InsertChild { parent_uuid: "t-track".into(), index: 0, child_data: clip("x") },
        );
        network.run_for_ms(500);
        network.assert_equal_with_existing();
    }
}

#[test]
fn an_empty_session_is_told_to_it_so_that_it_does_not_start_its_own() {
    let mut network = Network::new(1);
    network.host("a");
    network.existing.insert("e".to_owned(), Existing::joining("e"));
    network.drain_existing("e");
    network.run_for_ms(500);
    assert_eq!(network.existing["e"].status, "SYNCED");
}

#[test]
fn what_existing_peers_said_and_one_of_ours_missed_is_made_up_for() {
    let mut network = session();
    network.away.insert("b".to_owned());
    let now = network.seconds();
    network.existing.get_mut("e").unwrap().edit(InsertChild::new("t-track", 0, clip("x"), now));
    network.drain_existing("e");
    network.run_for_ms(500);
    network.away.clear();
    network.run_for_ms(3_000);
    network.assert_equal_with_existing();
}

#[test]
fn roles_that_it_gives_again_and_again_are_all_taken() {
    let mut network = session();
    for role in ["viewer", "driver", "viewer", "driver", "viewer"] {
        network.existing.get_mut("e").unwrap().say(SetPeerRole::new("bob", role));
        network.drain_existing("e");
        network.run_for_ms(50);
        for name in ["a", "b"] {
            let roles = network.nodes[name].peer.log().state().roles().of_users().clone();
            assert_eq!(roles.get("bob").map(|role| role.as_str()), Some(role), "{name}");
        }
    }
    network.run_for_ms(3_000);
    network.assert_equal_with_existing();
    let held = |name: &str| network.nodes[name].peer.log().len();
    assert_eq!(held("a"), held("b"), "both know each of them as one");
}
