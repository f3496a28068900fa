use session_core::{Command, Opening};

use crate::common::{Network, clip, timeline};

fn insert(guid: &str) -> Command {
    Command::InsertChild { parent_uuid: "t-track".into(), index: 0, child_data: clip(guid) }
}

fn session() -> Network {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2"]) });
    network.join_now("b");
    network.join_now("c");
    network
}

#[test]
fn a_killed_peer_joins_again_under_its_guid_without_its_log() {
    let mut network = session();
    network.command("b", insert("from-b"));
    network.run_for_ms(50);
    network.kill("b");
    network.command("a", insert("meanwhile"));
    network.run_for_ms(500);
    network.join_now("b");
    network.command("b", insert("again"));
    network.run_for_ms(2_000);
    network.assert_equal();
    assert_eq!(network.children("b", "t-track"), ["again", "meanwhile", "from-b", "c1", "c2"]);
}

#[test]
fn a_host_that_restored_its_log_goes_on_with_its_run() {
    let mut network = session();
    network.command("b", insert("from-b"));
    network.run_for_ms(50);
    let config = network.config_of("a");
    let disk = network.kill("a");
    network.command("b", insert("meanwhile"));
    network.run_for_ms(500);
    network.start_restored(config, disk, 0);
    network.command("a", insert("again"));
    network.run_for_ms(3_000);
    network.assert_equal();
    assert_eq!(network.children("c", "t-track").len(), 5);
}

#[test]
fn when_the_master_dies_the_lowest_of_ours_takes_over_within_five_seconds() {
    let mut network = session();
    network.kill("a");
    network.run_for_ms(5_000);
    assert!(network.nodes["b"].peer.is_master());
    assert!(!network.nodes["c"].peer.is_master());
    assert_eq!(network.nodes["c"].peer.master().map(|guid| &**guid), Some("b"));
    network.join_now("d");
    network.assert_equal();
}

#[test]
fn when_the_master_departs_the_session_goes_on_at_once() {
    let mut network = session();
    let now = network.now("a");
    network.nodes.get_mut("a").unwrap().peer.depart(now);
    let departure = session_wire::PeerDepart::new("a");
    network.kill("a");
    network.broadcast("a", &session_wire::Envelope::new("dailies", "a", departure));
    network.run_for_ms(100);
    assert!(network.nodes["b"].peer.is_master());
    assert!(network.effects("c").contains(&"peer_left"));
}

#[test]
fn an_observer_never_takes_over() {
    let mut network = Network::new(9);
    network.host("b");
    network.command("b", Command::AddTimeline { timeline: timeline("t", &["c1"]) });
    let config = network.config("a", Opening::Observe);
    network.start(config);
    network.run_until_synced("a");
    network.kill("b");
    network.run_for_ms(20_000);
    assert!(!network.nodes["a"].peer.is_master());
}
