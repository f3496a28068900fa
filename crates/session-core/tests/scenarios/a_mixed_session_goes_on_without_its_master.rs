//! The master, or the steward, of a session of ours and existing peers leaves, crashes and comes back: how long it takes
//! until somebody who joins gets the state, what collides is put right and all agree again.

use session_core::{Command, Opening, Role, Status};
use session_wire::{Envelope, InsertChild, PeerDepart, WhoIsMaster};

use crate::common::mixed::{
    assert_master, comes, departs, elects_itself, has_master, is_equal, masters, mixed_session, ms_until,
    run_for_ms, says,
};
use crate::common::{Existing, Network, clip, timeline};

/// Within which a session goes on without a peer of ours.
const OURS_MS: u64 = 5_000;
/// Within which it does without an existing peer: so long, one that announced itself is taken to be there (legacy-protocol
/// §2.7).
const EXISTING_MS: u64 = 15_000;

#[derive(Clone, Copy, Debug)]
enum Goes {
    WithAWord,
    Silently,
}

const EACH_WAY: [Goes; 2] = [Goes::WithAWord, Goes::Silently];

fn insert(guid: &str) -> Command {
    Command::InsertChild { parent_uuid: "t-track".into(), index: 1, child_data: clip(guid) }
}

/// Everybody who is there inserts at the same place at once, so that existing peers hold it in different orders.
fn everybody_inserts(network: &mut Network, word: &str) -> Vec<String> {
    let now = network.seconds();
    let existing: Vec<String> = network.existing.keys().filter(|name| name.len() == 1).cloned().collect();
    let ours = drivers(network);
    for name in &existing {
        let inserted = InsertChild::new("t-track", 1, clip(&format!("{word}-{name}")), now);
        network.existing.get_mut(name).unwrap().edit(inserted);
        network.drain_existing(name);
    }
    for name in &ours {
        network.command(name, insert(&format!("{word}-{name}")));
    }
    existing.into_iter().chain(ours).map(|name| format!("{word}-{name}")).collect()
}

/// Those of ours that may insert now.
fn drivers(network: &Network) -> Vec<String> {
    let drivers = network
        .nodes
        .iter()
        .filter(|(_, node)| node.peer.role() == Role::Driver && node.peer.status() == Status::Synced);
    drivers.map(|(name, _)| name.clone()).collect()
}

/// Somebody was lost a moment ago: all go on working, an existing peer joins, and it takes at most so long until that has
/// the state and all are equal. Returns how long it took.
fn goes_on(network: &mut Network, word: &str, most_ms: u64) -> u64 {
    let inserted = everybody_inserts(network, word);
    let joiner = format!("joiner-{word}");
    comes(network, Existing::joining(&joiner));
    let mut ms = 0;
    let done = |network: &Network| {
        network.existing[&joiner].status == "SYNCED" && is_equal(network) && has_somebody(network)
    };
    while !done(network) {
        assert!(
            ms < most_ms,
            "{word}: not after {ms} ms: joiner {}, equal {}, {}",
            network.existing[&joiner].status,
            is_equal(network),
            masters(network)
        );
        if network.existing[&joiner].status == "DISCOVERING" {
            says(network, &joiner, WhoIsMaster::new(joiner.as_str()));
        }
        run_for_ms(network, 100);
        ms += 100;
    }
    run_for_ms(network, 10_000);
    network.assert_equal_with_existing();
    assert_holds_all(network, &inserted);
    ms
}

/// All of ours know the same master, one of ours or an existing peer that is there.
fn has_somebody(network: &Network) -> bool {
    let said: Vec<_> = network.nodes.values().map(|node| node.peer.master().cloned()).collect();
    let existing = |master: &str| network.existing.contains_key(master);
    has_master(network, None)
        || said[0].as_deref().is_some_and(existing) && said.iter().all(|master| *master == said[0])
}

/// Nothing that somebody did meanwhile is lost.
fn assert_holds_all(network: &Network, inserted: &[String]) {
    for reader in network.nodes.keys() {
        let children = network.children(reader, "t-track");
        for wanted in inserted {
            assert!(children.contains(wanted), "{reader} lacks {wanted}: {children:?}");
        }
    }
}

/// Loses one of ours, lets the session go on, and brings it back after that or at once.
fn lose_and_bring_back(mut network: Network, name: &str, way: Goes, away_ms: u64) -> Network {
    let config = network.config_of(name);
    let disk = match way {
        Goes::WithAWord => network.depart(name),
        Goes::Silently => network.kill(name),
    };
    let ms = if away_ms > OURS_MS { goes_on(&mut network, "without", OURS_MS) } else { 0 };
    run_for_ms(&mut network, away_ms.saturating_sub(ms));
    let mut config_again = network.config(name, Opening::Join { or_host: false });
    config_again.role = config.role;
    network.start_restored(config_again, disk, 0);
    goes_on(&mut network, "back", OURS_MS);
    network
}

#[test]
fn a_master_of_ours_that_leaves_crashes_and_returns() {
    for way in EACH_WAY {
        for away_ms in [100, 1_000, 2_500, 4_000, 20_000] {
            let network = lose_and_bring_back(mixed_session(), "b", way, away_ms);
            assert!(has_master(&network, None), "{way:?} {away_ms}: {}", masters(&network));
        }
    }
}

#[test]
fn masters_of_ours_go_one_after_the_other_until_the_last() {
    let mut network = mixed_session();
    for (name, way) in [("b", Goes::Silently), ("a", Goes::WithAWord)] {
        match way {
            Goes::WithAWord => drop(network.depart(name)),
            Goes::Silently => drop(network.kill(name)),
        }
        goes_on(&mut network, &format!("without{name}"), OURS_MS);
    }
    assert_master(&network, "d");
}

/// `e` is master and stays it: `a` and `b` may not change the structure, `a` looks after existing peers, and `d` works.
fn under_an_existing_master() -> Network {
    let mut network = Network::new(29);
    network.latency_us = (5_000, 40_000);
    comes(&mut network, Existing::master_of("e", &[timeline("t", &["c1", "c2", "c3"])]));
    for (name, role) in [("a", Role::Viewer), ("b", Role::Viewer), ("d", Role::Driver)] {
        let mut config = network.config(name, Opening::Join { or_host: false });
        config.role = role;
        network.start(config);
        network.run_until_synced(name);
    }
    comes(&mut network, Existing::joining("f"));
    run_for_ms(&mut network, 10_000);
    for node in network.nodes.values() {
        assert_eq!(node.peer.master().map(|guid| &**guid), Some("e"));
    }
    assert!(network.nodes["a"].peer.is_steward(network.now("a")));
    network.assert_equal_with_existing();
    network
}

#[test]
fn a_steward_of_ours_that_is_not_master_leaves_crashes_and_returns() {
    for way in EACH_WAY {
        for away_ms in [100, 2_500, 20_000] {
            let network = lose_and_bring_back(under_an_existing_master(), "a", way, away_ms);
            let stewards =
                network.nodes.iter().filter(|(name, node)| node.peer.is_steward(network.now(name)));
            assert_eq!(stewards.count(), 1, "{way:?} {away_ms}");
        }
    }
}

#[test]
fn an_existing_master_that_leaves_crashes_and_returns_is_followed_by_one_of_ours() {
    for way in EACH_WAY {
        let mut network = under_an_existing_master();
        let gone = network.existing.remove("e").unwrap();
        if matches!(way, Goes::WithAWord) {
            network.broadcast("e", &Envelope::new("dailies", "e", PeerDepart::new("e")));
        }
        let most_ms = if matches!(way, Goes::WithAWord) { OURS_MS } else { EXISTING_MS };
        goes_on(&mut network, "without", most_ms);
        assert_master(&network, "a");
        // It holds what it held, and itself for the master.
        comes(&mut network, gone);
        elects_itself(&mut network, "e");
        run_for_ms(&mut network, OURS_MS);
        goes_on(&mut network, "back", OURS_MS);
        assert_master(&network, "a");
    }
}

#[test]
fn an_existing_master_that_falls_silent_is_followed_though_nobody_asks() {
    let mut network = under_an_existing_master();
    network.existing.remove("e");
    let ms = ms_until(&mut network, EXISTING_MS, |network| has_master(network, Some("a")));
    assert!(ms > OURS_MS, "it might have been there still");
}

#[test]
fn an_existing_master_beside_drivers_of_ours_is_missed_by_nobody() {
    for way in EACH_WAY {
        let mut network = Network::new(31);
        network.latency_us = (5_000, 40_000);
        comes(&mut network, Existing::master_of("e", &[timeline("t", &["c1", "c2", "c3"])]));
        network.join_now("b");
        network.join_now("a");
        comes(&mut network, Existing::joining("f"));
        run_for_ms(&mut network, 5_000);
        match way {
            Goes::WithAWord => departs(&mut network, "e"),
            Goes::Silently => drop(network.existing.remove("e")),
        }
        goes_on(&mut network, "without", OURS_MS);
        assert!(has_master(&network, None), "{}", masters(&network));
    }
}
