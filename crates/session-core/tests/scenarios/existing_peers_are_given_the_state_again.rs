//! What no comparison tells the steward, and no message says: existing peers that lost something get the state once more.

use session_core::{Command, Delivery, Opening};
use session_wire::{InsertChild, RemoveChild, SetProperty};

use crate::common::{Existing, Network, clip, timeline};

fn add(guid: &str) -> Command {
    Command::AddTimeline { timeline: timeline(guid, &[&format!("{guid}-c1"), &format!("{guid}-c2")]) }
}

fn rename(value: &str) -> Command {
    Command::SetProperty { target_uuid: "t-c1".into(), path: "name".into(), value: value.into() }
}

fn comes(network: &mut Network, peer: Existing) {
    let name = peer.guid.clone();
    network.existing.insert(name.clone(), peer);
    network.drain_existing(&name);
    network.run_for_ms(3_000);
}

fn edits(network: &mut Network, name: &str, message: impl Into<session_wire::Message>) {
    network.existing.get_mut(name).unwrap().edit(message);
    network.drain_existing(name);
}

/// `a` hosts `t`, and `e`, of the seed's generation, looks on without a word.
fn session() -> Network {
    let mut network = Network::new(11);
    network.latency_us = (5_000, 40_000);
    network.host("a");
    network.command("a", add("t"));
    comes(&mut network, Existing::oldest("e"));
    network.assert_equal_with_existing();
    network
}

#[test]
fn timelines_that_go_and_are_replaced_at_the_oldest_generation() {
    let mut network = session();
    network.command("a", add("u"));
    network.command("a", add("v"));
    network.run_for_ms(1_000);
    network.command("a", Command::RemoveTimeline { timeline_guid: "u".into() });
    network.run_for_ms(1_000);
    network.assert_equal_with_existing();
    network.command(
        "a",
        Command::ReplaceTimeline { timeline_guid: "v".into(), timeline: timeline("v", &["other"]) },
    );
    network.run_for_ms(2_000);
    network.assert_equal_with_existing();
    assert_eq!(network.existing["e"].snapshots.len(), 3, "its own, and one for each that it does not know");
}

#[test]
fn a_steward_that_came_later_knows_who_is_silent_from_the_one_before_it() {
    let mut network = session();
    network.join_now("b");
    network.run_for_ms(2_000);
    network.away.insert("e".to_owned());
    network.command("a", rename("missed"));
    network.run_for_ms(200);
    network.away.remove("e");
    network.kill("a");
    network.run_for_ms(10_000);
    assert!(network.nodes["b"].peer.is_steward(network.now("b")));
    network.assert_equal_with_existing();
}

#[test]
fn who_is_silent_is_handed_on_from_one_steward_to_the_next() {
    let mut network = session();
    network.join_now("b");
    network.run_for_ms(2_000);
    network.kill("a");
    network.run_for_ms(5_000);
    network.join_now("c");
    network.run_for_ms(2_000);
    network.away.insert("e".to_owned());
    network.command("b", rename("missed"));
    network.run_for_ms(200);
    network.away.remove("e");
    network.kill("b");
    network.run_for_ms(10_000);
    network.assert_equal_with_existing();
}

#[test]
fn who_went_without_a_word_is_not_told_of_for_ever() {
    let mut network = session();
    network.join_now("b");
    network.run_for_ms(2_000);
    network.existing.remove("e");
    let known = |network: &Network, name: &str| network.nodes[name].peer.existing_peers().count();
    assert_eq!((known(&network, "a"), known(&network, "b")), (1, 1));
    network.run_for_ms(910_000);
    assert_eq!((known(&network, "a"), known(&network, "b")), (0, 0));
}

#[test]
fn a_steward_that_comes_back_finds_who_is_silent_in_its_log() {
    let mut network = session();
    let now = network.seconds();
    edits(&mut network, "e", SetProperty::new("t-c2", "name", "of e".into(), now));
    network.run_for_ms(1_000);
    network.away.insert("e".to_owned());
    network.command("a", rename("missed"));
    let config = network.config_of("a");
    let disk = network.kill("a");
    network.away.remove("e");
    network.start_restored(config, disk, 0);
    network.run_for_ms(10_000);
    network.assert_equal_with_existing();
}

#[test]
fn what_an_existing_peer_said_and_nobody_heard_is_taken_back_where_messages_get_lost() {
    let mut network = Network::new(5);
    network.latency_us = (5_000, 40_000);
    for (name, opening) in [("a", Opening::Host), ("b", Opening::Join { or_host: false })] {
        let mut config = network.config(name, opening);
        config.delivery = Delivery::Lossy;
        network.start(config);
        network.run_until_synced(name);
        if name == "a" {
            network.command("a", add("t"));
        }
    }
    comes(&mut network, Existing::oldest("e"));
    // Longer ago than what a loss makes doubtful.
    network.run_for_ms(70_000);
    network.assert_equal_with_existing();
    network.away.insert("e".to_owned());
    let now = network.seconds();
    edits(&mut network, "e", InsertChild::new("t-track", 0, clip("known-to-e-alone"), now));
    edits(&mut network, "e", RemoveChild::new("t-track", "t-c2", now));
    network.away.remove("e");
    network.loss = 40;
    for number in 0..20 {
        network.command("b", rename(&format!("name {number}")));
        network.run_for_ms(50);
    }
    network.loss = 0;
    network.run_for_ms(10_000);
    network.assert_equal();
    network.assert_equal_with_existing();
}

#[test]
fn a_repair_that_nobody_noticed_to_get_lost_is_sent_again() {
    let mut network = Network::new(6);
    network.latency_us = (5_000, 40_000);
    let mut config = network.config("a", Opening::Host);
    config.delivery = Delivery::Lossy;
    network.start(config);
    network.command("a", add("t"));
    comes(&mut network, Existing::joining("e"));
    comes(&mut network, Existing::joining("f"));
    // Longer ago than what a loss makes doubtful.
    network.run_for_ms(70_000);
    let now = network.seconds();
    edits(&mut network, "e", SetProperty::new("t-c1", "name", "of e".into(), now));
    edits(&mut network, "f", SetProperty::new("t-c1", "name", "of f".into(), now));
    network.run_for_ms(240);
    network.away.insert("e".to_owned());
    network.run_for_ms(200);
    assert_eq!(network.nodes["a"].peer.repairs_sent().0, 1);
    network.away.remove("e");
    network.run_for_ms(10_000);
    network.assert_equal_with_existing();
    assert!((3..=6).contains(&network.nodes["a"].peer.repairs_sent().0), "in all");
}

#[test]
fn without_losses_nobody_is_given_it() {
    let mut network = session();
    network.join_now("b");
    for number in 0..20 {
        network.command("b", rename(&format!("name {number}")));
        network.run_for_ms(500);
    }
    network.run_for_ms(10_000);
    network.assert_equal_with_existing();
    assert_eq!(network.existing["e"].snapshots.len(), 1);
}

#[test]
fn a_peer_that_comes_back_to_an_existing_master_brings_what_only_its_log_holds() {
    let mut network = Network::new(3);
    network.host("a");
    network.command("a", add("t"));
    network.run_for_ms(1_000);
    let config = network.config("a", Opening::Join { or_host: true });
    let disk = network.kill("a");
    network.run_for_ms(60_000);
    let mut master = Existing::master_of("e", &[timeline("own", &["o1"])]);
    master.say(session_wire::PeerAnnounce::new("e", "openrv", vec![]));
    network.existing.insert("e".to_owned(), master);
    network.start_restored(config, disk, 0);
    network.run_for_ms(10_000);
    network.assert_equal_with_existing();
    let state = network.state("a");
    assert!(state.at(&["timelines", "t"]).is_some() && state.at(&["timelines", "own"]).is_some());
}

#[test]
fn whoever_asks_again_at_once_is_answered_once_that_is_not_too_often() {
    let mut network = session();
    network.existing.insert("f".to_owned(), Existing::joining("f"));
    network.drain_existing("f");
    network.run_for_ms(400);
    // Killed, and another process of it.
    network.existing.insert("f".to_owned(), Existing::joining("f"));
    network.drain_existing("f");
    network.run_for_ms(4_000);
    network.assert_equal_with_existing();
    assert_eq!(network.existing["f"].status, "SYNCED");
}

#[test]
fn a_state_of_one_of_ours_that_was_cut_off_is_followed_by_the_whole_one() {
    let mut network = session();
    network.join_now("b");
    network.run_for_ms(1_000);
    let stale = network.nodes["a"].sent.iter().rfind(|sent| sent.message.event() == "STATE_SNAPSHOT");
    let mut stale = stale.unwrap().clone();
    network.command("a", add("u"));
    network.run_for_ms(2_000);
    stale.source_guid = "b".into();
    network.receive("a", stale.clone());
    network.existing.get_mut("e").unwrap().receive(&stale, 0.0);
    assert!(!network.existing["e"].timelines.contains_key("u"));
    network.run_for_ms(2_000);
    network.assert_equal_with_existing();
}

#[test]
fn nothing_is_said_to_existing_peers_while_the_link_is_down() {
    let mut network = session();
    network.join_now("b");
    network.run_for_ms(5_000);
    let now = network.seconds();
    edits(&mut network, "e", SetProperty::new("t-c1", "name", "at the same time".into(), now));
    network.command("a", rename("kept"));
    network.run_for_ms(100);
    network.cut("a");
    network.command("b", rename("meanwhile"));
    let sent = network.nodes["a"].sent.len();
    network.run_for_ms(8_000);
    let said = network.nodes["a"].sent[sent..].iter().map(|sent| sent.message.event());
    assert_eq!(said.filter(|event| *event != "HEARTBEAT").collect::<Vec<_>>(), Vec::<&str>::new());
    network.heal("a");
    network.run_for_ms(8_000);
    network.assert_equal_with_existing();
}

#[test]
fn what_a_peer_of_ours_brings_back_reaches_an_existing_master_of_which_another_got_the_state() {
    let mut network = session();
    network.away.insert("e".to_owned());
    network.command("a", rename("known to the log of a alone"));
    network.run_for_ms(1_000);
    let config = network.config("a", Opening::Join { or_host: true });
    let disk = network.kill("a");
    network.away.remove("e");
    network.run_for_ms(60_000);
    let existing = network.existing.get_mut("e").unwrap();
    existing.is_master = true;
    existing.say(session_wire::PeerAnnounce::new("e", "openrv", vec![]));
    existing.say(session_wire::IAmMaster::new("e"));
    network.drain_existing("e");
    network.join_now("b");
    network.run_for_ms(5_000);
    network.start_restored(config, disk, 0);
    network.run_for_ms(10_000);
    network.assert_equal_with_existing();
}

#[test]
fn what_existing_peers_did_while_nobody_of_ours_was_connected_is_taken_back_at_all_of_them() {
    let mut network = session();
    comes(&mut network, Existing::oldest("f"));
    network.assert_equal_with_existing();
    network.cut("a");
    network.run_for_ms(1_500);
    let now = network.seconds();
    edits(&mut network, "e", RemoveChild::new("t-track", "t-c2", now));
    network.run_for_ms(500);
    network.heal("a");
    network.run_for_ms(10_000);
    network.assert_equal_with_existing();
}
