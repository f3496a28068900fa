//! Sessions of peers of ours and existing ones, and who is master in them.

use session_core::{Command, Status};
use session_wire::{Envelope, IAmMaster, Message, PeerAnnounce, PeerDepart};

use super::network::text;
use super::{Existing, Network, timeline};

/// `b` hosts `t`, `a` and `d` take part, `e` and `f` are existing peers; nobody's order of GUIDs is that of arrival.
pub fn mixed_session() -> Network {
    let mut network = Network::new(23);
    network.latency_us = (5_000, 40_000);
    network.host("b");
    network.command("b", Command::AddTimeline { timeline: timeline("t", &["c1", "c2", "c3"]) });
    network.join_now("a");
    network.join_now("d");
    for name in ["e", "f"] {
        comes(&mut network, Existing::joining(name));
    }
    run_for_ms(&mut network, 3_000);
    assert_master(&network, "b");
    network.assert_equal_with_existing();
    network
}

/// An existing peer connects.
pub fn comes(network: &mut Network, peer: Existing) {
    let name = peer.guid.clone();
    network.existing.insert(name.clone(), peer);
    network.drain_existing(&name);
}

/// An existing peer says something.
pub fn says(network: &mut Network, name: &str, message: impl Into<Message>) {
    network.existing.get_mut(name).unwrap().say(message);
    network.drain_existing(name);
}

/// An existing peer makes itself master, which it never stops to be.
pub fn elects_itself(network: &mut Network, name: &str) {
    let existing = network.existing.get_mut(name).unwrap();
    existing.is_master = true;
    existing.status = "SYNCED";
    says(network, name, IAmMaster::new(name));
}

/// An existing peer leaves with a word.
pub fn departs(network: &mut Network, name: &str) {
    says(network, name, PeerDepart::new(name));
    network.existing.remove(name);
}

/// Somebody on the network sends a message in anybody's name, to everybody, whoever it names included.
pub fn forge(network: &mut Network, source: &str, message: impl Into<Message>) {
    network.broadcast("0-thief", &Envelope::new("dailies", source, message));
}

/// Time goes by, and existing peers of the latest generation announce themselves every five seconds.
pub fn run_for_ms(network: &mut Network, ms: u64) {
    const STEP_MS: u64 = 100;
    for _ in 0..ms / STEP_MS {
        let before = network.now_us / 5_000_000;
        network.run_for_ms(STEP_MS);
        if network.now_us / 5_000_000 != before {
            announce_all(network);
        }
    }
}

fn announce_all(network: &mut Network) {
    let names: Vec<String> =
        network.existing.values().filter(|peer| !peer.is_oldest).map(|peer| peer.guid.clone()).collect();
    for name in names {
        says(network, &name, PeerAnnounce::new(name.as_str(), "openrv", vec!["visibility".to_owned()]));
    }
}

/// How long it takes until something holds, in milliseconds to the next tenth of a second.
pub fn ms_until(network: &mut Network, most_ms: u64, holds: impl Fn(&Network) -> bool) -> u64 {
    let mut ms = 0;
    while !holds(network) {
        assert!(ms < most_ms, "not after {most_ms} ms: {}", masters(network));
        run_for_ms(network, 100);
        ms += 100;
    }
    ms
}

/// Whether one of ours is master, it is that one if a name is given, and all of ours know.
pub fn has_master(network: &Network, name: Option<&str>) -> bool {
    let own: Vec<&str> =
        network.nodes.values().filter(|node| node.peer.is_master()).map(|node| &**node.peer.guid()).collect();
    let [one] = own[..] else { return false };
    let agree = |master: Option<&str>| master == Some(one);
    name.is_none_or(|name| name == one)
        && network
            .nodes
            .values()
            .all(|node| node.peer.status() == Status::Synced && agree(node.peer.master().map(|guid| &**guid)))
}

/// Exactly this one of ours is master, and all of ours say so.
pub fn assert_master(network: &Network, name: &str) {
    assert!(has_master(network, Some(name)), "{name} should be master: {}", masters(network));
}

/// All of ours hold the same participant for host.
pub fn assert_one_host(network: &Network) {
    let hosts: Vec<_> = network.nodes.values().map(|node| node.peer.host().cloned()).collect();
    assert!(hosts[0].is_some() && hosts.iter().all(|host| *host == hosts[0]), "{hosts:?}");
}

/// Who is master for each of ours, for a message.
pub fn masters(network: &Network) -> String {
    let each = network.nodes.iter().map(|(name, node)| {
        let master = node.peer.master().map_or("nobody", |guid| &**guid);
        format!("{name} ({:?}) says {master}", node.peer.status())
    });
    each.collect::<Vec<_>>().join(", ")
}

/// Whether all of ours, and all existing peers, show the same timelines now.
pub fn is_equal(network: &Network) -> bool {
    let first = network.nodes.keys().next().unwrap();
    let ours = network.state(first).get("timelines").cloned().unwrap();
    network.nodes.keys().all(|name| network.digest(name) == network.digest(first))
        && network.existing.values().all(|existing| text(&existing.document()) == text(&ours))
}
