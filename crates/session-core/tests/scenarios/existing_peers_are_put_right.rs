//! The steward: existing peers apply what comes when it comes, and are equal to the others all the same soon after.

use session_core::{Command, Delivery, Opening};
use session_wire::{
    Envelope, IAmMaster, InsertChild, MoveChild, RemoveChild, RenameTimeline, ReplaceAnnotationCommands,
    SetProperty, StateSnapshot,
};

use crate::common::documents::{json, stroke};
use crate::common::{Existing, Network, clip, timeline};

/// `a` hosts, `b` takes part, `e` and `f` are existing peers.
fn session() -> Network {
    let mut network = Network::new(7);
    network.latency_us = (5_000, 40_000);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2", "c3"]) });
    network.join_now("b");
    for name in ["e", "f"] {
        network.existing.insert(name.to_owned(), Existing::joining(name));
        network.drain_existing(name);
        network.run_for_ms(500);
    }
    network.run_for_ms(3_000);
    network.assert_equal_with_existing();
    network
}

fn edits(network: &mut Network, name: &str, message: impl Into<session_wire::Message>) {
    network.existing.get_mut(name).unwrap().edit(message);
    network.drain_existing(name);
}

fn insert(guid: &str, index: i64) -> Command {
    Command::InsertChild { parent_uuid: "t-track".into(), index, child_data: clip(guid) }
}

fn set(value: &str) -> Command {
    Command::SetProperty { target_uuid: "c1".into(), path: "name".into(), value: value.into() }
}

fn repairs(network: &Network) -> u64 {
    network.nodes.values().map(|node| node.peer.repairs_sent().0).sum()
}

/// What `a` sent to put existing peers right.
fn repairing(network: &Network) -> Vec<&str> {
    let is_repair = |sent: &&Envelope| sent.operation.as_ref().is_some_and(|op| op.repair);
    network.nodes["a"].sent.iter().filter(is_repair).map(|sent| sent.message.event()).collect()
}

/// All are equal after two settle windows and the delays of the network, and nothing is repaired any more.
fn assert_put_right(network: &mut Network) {
    network.run_for_ms(2_000);
    network.assert_equal();
    network.assert_equal_with_existing();
    let sent = repairs(network);
    network.run_for_ms(10_000);
    assert_eq!(repairs(network), sent, "repairs cease");
    network.assert_equal_with_existing();
}

#[test]
fn what_is_done_one_after_another_needs_no_repair() {
    let mut network = session();
    let now = network.seconds();
    edits(&mut network, "e", InsertChild::new("t-track", 1, clip("x"), now));
    network.run_for_ms(1_000);
    network.command("b", set("first"));
    network.run_for_ms(1_000);
    let now = network.seconds();
    edits(&mut network, "f", SetProperty::new("c1", "name", "second".into(), now));
    assert_put_right(&mut network);
    assert_eq!(repairs(&network), 0);
}

#[test]
fn insertions_at_the_same_place_at_the_same_time() {
    let mut network = session();
    let now = network.seconds();
    edits(&mut network, "e", InsertChild::new("t-track", 1, clip("x"), now));
    edits(&mut network, "f", InsertChild::new("t-track", 1, clip("y"), now));
    network.command("b", insert("z", 1));
    assert_put_right(&mut network);
    assert!(repairs(&network) > 0);
}

#[test]
fn a_property_set_by_three_at_the_same_time() {
    let mut network = session();
    let now = network.seconds();
    edits(&mut network, "e", SetProperty::new("c1", "name", "of e".into(), now));
    edits(&mut network, "f", SetProperty::new("c1", "name", "of f".into(), now));
    network.command("b", set("of b"));
    assert_put_right(&mut network);
}

#[test]
fn a_child_moved_by_two_and_removed_by_a_third() {
    let mut network = session();
    let now = network.seconds();
    edits(&mut network, "e", MoveChild::new("t-track", "c1", 2, now));
    edits(&mut network, "f", MoveChild::new("t-track", "c1", 1, now));
    network.run_for_ms(1_500);
    let now = network.seconds();
    edits(&mut network, "e", MoveChild::new("t-track", "c2", 0, now));
    edits(&mut network, "f", RemoveChild::new("t-track", "c2", now));
    assert_put_right(&mut network);
}

/// An annotation clip of the reference for frame 3 of `c1`.
fn annotation(guid: &str, uuid: &str) -> lossless_json::Value {
    let commands = lossless_json::Value::Array(stroke(uuid)).to_text(lossless_json::Style::Python);
    json(&format!(
        r#"{{"OTIO_SCHEMA":"Clip.2","metadata":{{"annotation_commands":{commands},"clip_guid":"c1","sync":{{"guid":"{guid}"}}}},
        "name":"Annotation_3","source_range":{{"OTIO_SCHEMA":"TimeRange.1","duration":{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,
        "value":1.0}},"start_time":{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":3.0}}}},"effects":[],"markers":[],"enabled":true,
        "color":null,"media_references":{{"DEFAULT_MEDIA":{{"OTIO_SCHEMA":"MissingReference.1","metadata":{{}},"name":"",
        "available_range":null,"available_image_bounds":null}}}},"active_media_reference_key":"DEFAULT_MEDIA"}}"#
    ))
}

#[test]
fn drawings_on_one_frame_begun_at_the_same_time() {
    let mut network = session();
    let now = network.seconds();
    edits(&mut network, "e", InsertChild::new("t-track", -1, annotation("e1", "s1"), now));
    edits(&mut network, "f", InsertChild::new("t-track", -1, annotation("f1", "s2"), now));
    network.run_for_ms(1_500);
    network.assert_equal();
    let now = network.seconds();
    edits(&mut network, "e", ReplaceAnnotationCommands::new("e1", stroke("s1"), now));
    edits(&mut network, "f", RenameTimeline::new("t", "named", now));
    assert_put_right(&mut network);
}

#[test]
fn what_came_late_from_behind_a_partition() {
    let mut network = session();
    network.cut("b");
    network.command("b", set("early"));
    network.command("b", insert("x", 0));
    network.run_for_ms(1_000);
    let now = network.seconds();
    edits(&mut network, "e", SetProperty::new("c1", "name", "late".into(), now));
    edits(&mut network, "e", InsertChild::new("t-track", 0, clip("y"), now));
    network.run_for_ms(1_000);
    network.heal("b");
    network.run_for_ms(2_000);
    assert_put_right(&mut network);
}

#[test]
fn the_next_steward_goes_on_where_the_last_one_fell_silent() {
    let mut network = session();
    let now = network.seconds();
    edits(&mut network, "e", InsertChild::new("t-track", 1, clip("x"), now));
    edits(&mut network, "f", InsertChild::new("t-track", 1, clip("y"), now));
    network.run_for_ms(100);
    network.away.insert("a".to_owned());
    network.run_for_ms(5_000);
    network.nodes.remove("a");
    assert_put_right(&mut network);
    assert!(network.nodes["b"].peer.is_master());
}

#[test]
fn whoever_changes_it_back_each_time_is_not_fought_for_ever() {
    let mut network = session();
    let mut sent = repairs(&network);
    let mut in_a_minute = Vec::new();
    for round in 0..600 {
        let now = network.seconds();
        // As if its application said again and again what it shows, stamped in the past.
        edits(&mut network, "e", SetProperty::new("c1", "name", "mine".into(), now - 3.0));
        if round == 0 {
            network.command("b", set("ours"));
        }
        network.run_for_ms(300);
        if round % 200 == 199 {
            in_a_minute.push(repairs(&network) - sent);
            sent = repairs(&network);
        }
    }
    assert!(in_a_minute[2] <= 3, "{in_a_minute:?}");
    assert!(network.effects("a").contains(&"warning"));
}

#[test]
fn a_joiner_that_an_existing_master_gave_its_state_gets_ours_after_it() {
    let mut network = session();
    network.receive("a", Envelope::new("dailies", "m", IAmMaster::new("m")));
    let timelines = [("v", timeline("v", &["v1"]))].into_iter().collect();
    let stale = StateSnapshot::new("f", timelines, None, network.seconds());
    network.broadcast("m", &Envelope::new("dailies", "m", stale));
    network.run_for_ms(500);
    assert_eq!(network.existing["f"].snapshots.len(), 3, "its own, the stale one, ours");
    assert_put_right(&mut network);
}

#[test]
fn a_master_of_a_session_of_its_own_brings_what_it_opened_and_gets_the_rest() {
    let mut network = session();
    let mut alone = Existing::master_of("m", &[timeline("own", &["o1"])]);
    alone.say(session_wire::PeerAnnounce::new("m", "openrv", vec!["visibility".to_owned()]));
    alone.take_sent().pop();
    network.existing.insert("m".to_owned(), alone);
    network
        .receive("a", Envelope::new("dailies", "m", session_wire::PeerAnnounce::new("m", "openrv", vec![])));
    network.run_for_ms(5_000);
    assert_put_right(&mut network);
    assert!(network.state("b").at(&["timelines", "own"]).is_some());
}

#[test]
fn what_is_said_of_an_object_that_stands_in_two_sequences() {
    let mut network = session();
    network.command("a", Command::AddTimeline { timeline: timeline("u", &["d1"]) });
    network.run_for_ms(2_000);
    let now = network.seconds();
    edits(&mut network, "e", InsertChild::new("u-track", 0, clip("c1"), now));
    network.run_for_ms(2_000);
    network.existing.insert("g".to_owned(), Existing::joining("g"));
    network.drain_existing("g");
    network.run_for_ms(5_000);
    network.command("b", set("of which of them"));
    network.run_for_ms(2_000);
    for existing in network.existing.values_mut() {
        assert!(std::mem::take(&mut existing.raised).iter().all(|what| what == "c1 inserted twice"));
    }
    assert_put_right(&mut network);
}

#[test]
fn what_stands_in_two_sequences_and_leaves_one_makes_nobody_load_either_anew() {
    let mut network = session();
    network.command("a", Command::AddTimeline { timeline: timeline("u", &["d1"]) });
    network.run_for_ms(2_000);
    let now = network.seconds();
    edits(&mut network, "e", InsertChild::new("u-track", 0, clip("c1"), now));
    network.run_for_ms(2_000);
    let now = network.seconds();
    edits(&mut network, "e", RemoveChild::new("u-track", "c1", now));
    network.run_for_ms(5_000);
    let replaced = network.nodes["a"].sent.iter().filter(|sent| sent.message.event() == "REPLACE_TIMELINE");
    assert_eq!(replaced.count(), 0);
}

#[test]
fn a_state_says_that_it_holds_what_put_existing_peers_right() {
    let mut network = session();
    network.command("a", insert("x", 0));
    network.command("b", insert("y", 0));
    assert_put_right(&mut network);
    let repaired =
        network.nodes["a"].sent.iter().filter(|sent| sent.operation.as_ref().is_some_and(|op| op.repair));
    let latest = repaired.filter_map(|sent| sent.message.sync_timestamp()).reduce(f64::max).unwrap();
    network.existing.insert("g".to_owned(), Existing::joining("g"));
    network.drain_existing("g");
    network.run_for_ms(1_000);
    let state = &network.existing["g"].snapshots[0];
    assert!(state.snapshot_timestamp >= latest, "{} {latest}", state.snapshot_timestamp);
}

#[test]
fn a_state_with_the_same_child_twice() {
    let mut network = Network::new(9);
    network.latency_us = (5_000, 40_000);
    network.existing.insert("e".to_owned(), Existing::master_of("e", &[timeline("t", &["c1", "c2", "c1"])]));
    network.drain_existing("e");
    network.join_now("a");
    network.run_for_ms(3_000);
    let now = network.seconds();
    edits(&mut network, "e", InsertChild::new("t-track", 0, clip("x"), now));
    network.command("a", insert("y", 0));
    network.run_for_ms(5_000);
    assert_put_right(&mut network);
}

#[test]
fn the_order_of_children_over_a_network_that_may_have_doubled_them() {
    let mut network = Network::new(13);
    network.latency_us = (5_000, 40_000);
    let mut config = network.config("a", Opening::Host);
    config.delivery = Delivery::Lossy;
    network.start(config);
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2", "c3"]) });
    for name in ["e", "f"] {
        network.existing.insert(name.to_owned(), Existing::joining(name));
        network.drain_existing(name);
        network.run_for_ms(3_000);
    }
    let now = network.seconds();
    edits(&mut network, "e", MoveChild::new("t-track", "c1", 2, now));
    edits(&mut network, "f", MoveChild::new("t-track", "c2", 0, now));
    network.run_for_ms(10_000);
    network.assert_equal_with_existing();
    let repairs = repairing(&network);
    assert!(repairs.contains(&"INSERT_CHILD") && !repairs.contains(&"MOVE_CHILD"), "{repairs:?}");
}
