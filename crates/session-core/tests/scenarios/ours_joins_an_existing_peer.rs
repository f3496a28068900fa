use session_core::{Command, Opening, Status};
use session_wire::{InsertChild, SetProperty};

use crate::common::{Existing, Network, clip, timeline};

fn session() -> Network {
    let mut network = Network::new(1);
    network.existing.insert("e".to_owned(), Existing::master_of("e", &[timeline("t", &["c1", "c2"])]));
    network.drain_existing("e");
    network
}

#[test]
fn it_asks_after_a_short_grace_and_starts_from_the_snapshot() {
    let mut network = session();
    network.join("a");
    network.run_for_ms(250);
    assert_eq!(network.nodes["a"].peer.status(), Status::Discovering);
    network.run_until_synced("a");
    network.assert_equal_with_existing();
    assert_eq!(network.nodes["a"].peer.master().map(|guid| &**guid), Some("e"));
    assert_eq!(network.nodes["a"].persisted[0].message.event(), "STATE_SNAPSHOT");
    network.command(
        "a",
        Command::InsertChild { parent_uuid: "t-track".into(), index: 1, child_data: clip("x") },
    );
    network.run_for_ms(100);
    network.assert_equal_with_existing();
}

#[test]
fn edits_that_come_while_it_joins_are_neither_lost_nor_doubled() {
    for delay_ms in [0, 299, 300, 301, 302, 303, 304] {
        let mut network = session();
        network.join("a");
        network.run_for_ms(delay_ms);
        let now = network.seconds();
        network.existing.get_mut("e").unwrap().edit(InsertChild::new("t-track", 0, clip("x"), now));
        network.drain_existing("e");
        network.run_until_synced("a");
        network.run_for_ms(100);
        network.assert_equal_with_existing();
    }
}

#[test]
fn a_second_of_ours_joins_from_the_first_and_both_hear_the_existing_one() {
    let mut network = session();
    network.join_now("a");
    network.join_now("b");
    let now = network.seconds();
    network.existing.get_mut("e").unwrap().edit(SetProperty::new("c1", "name", "theirs".into(), now));
    network.drain_existing("e");
    network.run_for_ms(100);
    network.assert_equal_with_existing();
    let asked = network.nodes["b"].sent.iter().any(|sent| sent.message.event() == "STATE_REQUEST");
    assert!(!asked);
}

#[test]
fn two_of_ours_that_joined_it_at_once_agree_on_one_base() {
    let mut network = session();
    network.join("a");
    network.run_for_ms(20);
    network.join("b");
    network.run_for_ms(290);
    let now = network.seconds();
    network.existing.get_mut("e").unwrap().edit(InsertChild::new("t-track", 0, clip("x"), now));
    network.drain_existing("e");
    network.run_until_synced("a");
    network.run_until_synced("b");
    network.run_for_ms(4_000);
    network.assert_equal_with_existing();
    let base = |name: &str| network.nodes[name].peer.log().base().unwrap().id().to_owned();
    assert_eq!(base("a"), base("b"));
}

#[test]
fn a_state_that_was_not_started_from_is_not_on_the_disk() {
    let mut network = session();
    network.join_now("a");
    network.away.insert("e".to_owned());
    network.command(
        "a",
        Command::InsertChild { parent_uuid: "t-track".into(), index: 1, child_data: clip("x") },
    );
    network.run_for_ms(100);
    network.away.remove("e");
    let config = network.config("a", Opening::Join { or_host: false });
    let disk = network.kill("a");
    network.start_restored(config, disk.clone(), 0);
    network.run_until_synced("a");
    network.command("a", Command::RemoveChild { parent_uuid: "t-track".into(), child_uuid: "c1".into() });
    let (digest, config) = (network.digest("a"), network.config_of("a"));
    let disk: Vec<_> = disk.into_iter().chain(network.nodes["a"].persisted.clone()).collect();
    let mut restored = session_core::Peer::new(config, network.now("a"));
    restored.restore(disk);
    assert_eq!(restored.log().digest(), digest);
}

#[test]
fn when_it_is_gone_the_lowest_of_ours_takes_over() {
    let mut network = session();
    network.join_now("b");
    network.join_now("c");
    network.existing.clear();
    network.run_for_ms(16_000);
    let depart = session_wire::PeerDepart::new("e");
    network.broadcast("e", &session_wire::Envelope::new("dailies", "e", depart));
    network.run_for_ms(1_000);
    assert!(network.nodes["b"].peer.is_master());
    assert!(!network.nodes["c"].peer.is_master());
}

#[test]
fn a_master_that_never_answers_is_asked_again_and_taken_over_where_one_may() {
    let mut network = Network::new(1);
    network.existing.insert("e".to_owned(), Existing::master_of("e", &[]));
    network.drain_existing("e");
    let config = network.config("a", Opening::Join { or_host: true });
    network.start(config);
    network.run_for_ms(12_000);
    assert_eq!(network.nodes["a"].peer.status(), Status::Synced);
    let asked = network.nodes["a"].sent.iter().filter(|sent| sent.message.event() == "STATE_REQUEST").count();
    assert_eq!(asked, 2);
}

#[test]
fn more_than_is_held_back_makes_it_join_again() {
    let mut network = session();
    network.join("a");
    network.run_for_ms(100);
    let now = network.seconds();
    for number in 0..session_core::limits::JOIN_BUFFER_MESSAGES_MAX + 10 {
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let at = now + number as f64 * 1e-6;
        let set = SetProperty::new("c1", "name", format!("n{number}").into(), at);
        network.receive("a", session_wire::Envelope::new("dailies", "e", set));
    }
    network.run_for_ms(2_000);
    assert!(network.effects("a").contains(&"warning"));
    assert_eq!(network.nodes["a"].peer.status(), Status::Synced);
    assert_eq!(
        network.nodes["a"].sent.iter().filter(|sent| sent.message.event() == "STATE_REQUEST").count(),
        2
    );
}

#[test]
fn after_a_gap_it_takes_the_state_of_the_existing_master_again_and_loses_nothing_of_its_own() {
    let mut network = session();
    network.join_now("a");
    network.cut("a");
    let now = network.seconds();
    network.existing.get_mut("e").unwrap().edit(InsertChild::new("t-track", 0, clip("theirs"), now));
    network.drain_existing("e");
    network.command(
        "a",
        Command::InsertChild { parent_uuid: "t-track".into(), index: -1, child_data: clip("ours") },
    );
    network.run_for_ms(500);
    network.heal("a");
    network.run_for_ms(3_000);
    network.assert_equal_with_existing();
    assert_eq!(network.children("a", "t-track"), ["theirs", "c1", "c2", "ours"]);
    network.command("a", Command::RemoveChild { parent_uuid: "t-track".into(), child_uuid: "theirs".into() });
    network.join_now("b");
    network.run_for_ms(2_000);
    network.assert_equal_with_existing();
    let config = network.config_of("a");
    let (disk, digest) = (network.nodes["a"].persisted.clone(), network.digest("a"));
    let mut restored = session_core::Peer::new(config, network.now("a"));
    restored.restore(disk);
    assert_eq!(restored.log().digest(), digest);
}
