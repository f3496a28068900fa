use session_core::Command;
use session_wire::{Envelope, IAmMaster, Message};

use crate::common::{Network, clip, timeline};

fn insert(guid: &str) -> Command {
    Command::InsertChild { parent_uuid: "t-track".into(), index: 0, child_data: clip(guid) }
}

#[test]
fn what_both_sides_did_apart_is_everywhere_three_seconds_later() {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1"]) });
    for name in ["b", "c"] {
        network.join_now(name);
    }
    network.cut("c");
    for number in 0..20 {
        network.command("a", insert(&format!("a{number}")));
        network.command("b", insert(&format!("b{number}")));
        network.command("c", insert(&format!("from-c{number}")));
        network.run_for_ms(400);
    }
    network.heal("c");
    network.run_for_ms(3_000);
    network.assert_equal();
    assert_eq!(network.children("c", "t-track").len(), 61);
}

#[test]
fn lost_and_doubled_messages_are_made_up_for() {
    let mut network = Network::new(2);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1"]) });
    network.join_now("b");
    network.join_now("c");
    (network.loss, network.doubled, network.latency_us) = (25, 20, (500, 60_000));
    for number in 0..60 {
        let name = ["a", "b", "c"][number % 3];
        network.command(name, insert(&format!("x{number}")));
        network.run_for_ms(30);
    }
    (network.loss, network.doubled) = (0, 0);
    network.run_for_ms(3_000);
    network.assert_equal();
    assert_eq!(network.children("a", "t-track").len(), 61);
}

#[test]
fn a_silent_gap_is_noticed_without_being_told() {
    let mut network = Network::new(3);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1"]) });
    network.join_now("b");
    network.away.insert("b".to_owned());
    network.command("a", insert("x"));
    network.run_for_ms(1_000);
    network.away.clear();
    network.run_for_ms(3_000);
    network.assert_equal();
}

#[test]
fn an_operation_that_comes_late_is_told_as_a_resequencing() {
    let mut network = Network::new(4);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1"]) });
    network.join_now("b");
    network.latency_us = (300_000, 300_000);
    network.command("b", insert("early"));
    network.run_for_ms(100);
    network.command("a", insert("late"));
    network.run_for_ms(1_000);
    network.assert_equal();
    assert!(network.effects("a").contains(&"resequenced"));
    assert!(!network.effects("b").contains(&"resequenced"));
}

#[test]
fn who_joins_while_heartbeats_are_held_up_starts_from_no_snapshot_of_a_master_of_ours() {
    let (mut network, asked) = late_asks_a_master_that_is_hardly_heard(5);
    network.receive("host", asked.expect("it asks for a snapshot"));
    network.run_for_ms(5_000);
    network.assert_equal();
    assert!(network.nodes["late"].peer.log().base().is_none());
    assert_eq!(network.nodes["late"].peer.log().len(), 1);
}

#[test]
fn what_one_holds_beyond_a_gap_that_nobody_can_close_reaches_everybody_without_an_alarm() {
    let mut network = Network::new(6);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1"]) });
    network.join_now("b");
    network.join_now("c");
    network.loss = 100;
    network.command("a", insert("lost"));
    network.loss = 0;
    network.away.insert("b".to_owned());
    network.command("a", insert("beyond"));
    network.run_for_ms(10);
    network.kill("a");
    network.away.clear();
    network.run_for_ms(4_000);
    network.assert_equal();
    assert_eq!(network.children("b", "t-track"), ["beyond", "c1"]);
    assert!(!network.effects("b").contains(&"warning"));
    assert!(!network.effects("c").contains(&"warning"));
}

/// Of a host that is gone `b` and `c` hold one operation each, `d` none, all beyond one that nobody has.
fn each_holds_something_beyond_a_gap(seed: u64) -> Network {
    let mut network = Network::new(seed);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1"]) });
    for name in ["b", "c", "d"] {
        network.join_now(name);
    }
    network.loss = 100;
    network.command("a", insert("lost"));
    network.loss = 0;
    for (name, away) in [("b", ["c", "d"]), ("c", ["b", "d"])] {
        network.away.extend(away.map(str::to_owned));
        network.command("a", insert(&format!("of-{name}")));
        network.run_for_ms(2);
        network.away.clear();
    }
    network.kill("a");
    network
}

#[test]
fn what_one_tells_while_another_is_asked_is_asked_for_next() {
    let mut network = each_holds_something_beyond_a_gap(8);
    network.latency_us = (100_000, 100_000);
    // Two heartbeats, then two answers one after the other.
    network.run_for_ms(2_600);
    network.assert_equal();
    assert_eq!(network.children("d", "t-track").len(), 3);
}

#[test]
fn who_has_just_joined_asks_at_the_first_heartbeat_for_what_the_one_it_asked_did_not_hold() {
    let mut network = each_holds_something_beyond_a_gap(9);
    network.join_now("late");
    network.run_for_ms(1_000);
    assert_eq!(network.children("late", "t-track").len(), 3);
}

#[test]
fn who_asked_a_master_of_ours_in_vain_turns_to_its_next_heartbeat() {
    let (mut network, asked) = late_asks_a_master_that_is_hardly_heard(7);
    assert!(asked.is_some());
    network.run_for_ms(1_500);
    assert_eq!(network.nodes["late"].peer.status(), session_core::Status::Synced);
    network.assert_equal();
}

/// Of all that a host says, only that it is master reaches one who joins, and asks it for a snapshot, which is lost. From
/// then on everybody is heard.
fn late_asks_a_master_that_is_hardly_heard(seed: u64) -> (Network, Option<Envelope>) {
    let mut network = Network::new(seed);
    network.host("host");
    network.command("host", Command::AddTimeline { timeline: timeline("t", &["c1"]) });
    network.away.insert("host".to_owned());
    network.join("late");
    let session = network.config_of("host").session;
    network.receive("late", Envelope::new(session, "host", IAmMaster::new("host")));
    network.run_for_ms(1_600);
    let asks = |envelope: &&Envelope| matches!(envelope.message, Message::StateRequest(_));
    let asked = network.nodes["late"].sent.iter().rfind(asks).cloned();
    network.away.clear();
    (network, asked)
}
