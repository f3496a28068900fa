//! Each way in which mastership of the reference is hijacked, split or wiped (legacy-protocol §9.1, §9.6), tried on a session
//! of ours: one test a point.
//!
//! No tests here: that brokers, TLS and a hub authenticate is theirs (§9.6, first and fifth point; the connection that a
//! hub binds to a participant: `roles_are_kept_by_everybody`); no `target_url` is opened by the session, nor is there any
//! viewer or inspector in it (sixth and seventh point).

use lossless_json::Object;
use session_core::{Command, Opening, Role, Status};
use session_wire::{
    ClaimOwnership, Envelope, IAmMaster, InsertChild, Message, PeerAnnounce, PeerDepart, SetPeerRole,
    StateRequest, StateSnapshot, WhoIsMaster,
};

use crate::common::mixed::{
    assert_master, assert_one_host, comes, departs, elects_itself, forge, has_master, mixed_session,
    ms_until, run_for_ms, says,
};
use crate::common::{Existing, Network, Random, clip, timeline};

const EVERYBODY: [&str; 7] = ["a", "b", "d", "e", "f", "0-thief", "nobody"];

fn insert(guid: &str) -> Command {
    Command::InsertChild { parent_uuid: "t-track".into(), index: 0, child_data: clip(guid) }
}

fn state_of(timelines: &[lossless_json::Value], target: &str) -> StateSnapshot {
    let keyed = timelines.iter().map(|timeline| {
        (timeline.at(&["metadata", "sync", "guid"]).unwrap().as_str().unwrap(), timeline.clone())
    });
    StateSnapshot::new(target, keyed.collect::<Object>(), None, 9e9)
}

/// A while later `master` is master for all of ours, existing peers are as ours are, and one more that joins gets the state.
fn assert_unharmed(network: &mut Network, master: &str) {
    run_for_ms(network, 10_000);
    assert_master(network, master);
    assert_one_host(network);
    network.assert_equal_with_existing();
    network.command(master, insert("later"));
    comes(network, Existing::joining("late"));
    run_for_ms(network, 5_000);
    assert_eq!(network.existing["late"].status, "SYNCED");
    assert_master(network, master);
    network.assert_equal_with_existing();
}

/// What the session held is there still.
fn assert_kept(network: &Network) {
    for name in network.nodes.keys() {
        let children = network.children(name, "t-track");
        for clip in ["c1", "c2", "c3"] {
            assert!(children.iter().any(|child| child == clip), "{name} has {children:?}");
        }
    }
}

// §9.1-1
#[test]
fn two_existing_masters_that_never_reconcile_leave_ours_with_one() {
    let mut network = mixed_session();
    let digest = network.digest("b");
    for name in ["e", "f"].repeat(10) {
        elects_itself(&mut network, name);
        run_for_ms(&mut network, 300);
        assert!(network.nodes["b"].peer.is_master());
    }
    run_for_ms(&mut network, 2_000);
    assert_eq!(network.digest("b"), digest);
    assert_unharmed(&mut network, "b");
}

// §9.1-2
#[test]
fn existing_peers_that_all_elect_themselves_at_once_elect_none_of_theirs_among_ours() {
    let mut network = mixed_session();
    network.kill("b");
    says(&mut network, "f", WhoIsMaster::new("f"));
    run_for_ms(&mut network, 2_000);
    for name in ["e", "f"] {
        elects_itself(&mut network, name);
    }
    let ms = ms_until(&mut network, 5_000, |network| has_master(network, Some("a")));
    assert!(ms + 2_000 <= 5_000, "{ms}");
    assert_kept(&network);
    assert_unharmed(&mut network, "a");
}

// §9.1-3
#[test]
fn of_the_snapshots_of_many_masters_ours_take_the_one_they_asked_for() {
    let mut network = Network::new(3);
    network.latency_us = (5_000, 40_000);
    for (name, clips) in [("e", &["c1", "c2", "c3"][..]), ("f", &["c3"]), ("g", &[])] {
        comes(&mut network, Existing::master_of(name, &[timeline("t", clips)]));
    }
    network.join_now("a");
    let asked = network.nodes["a"].sent.iter().find_map(|sent| match &sent.message {
        Message::StateRequest(request) => Some(request.target_guid.clone()),
        _ => None,
    });
    let wanted = network.existing[&asked.unwrap()].timelines.get("t").unwrap().clone();
    run_for_ms(&mut network, 500);
    assert_eq!(network.state("a").at(&["timelines", "t"]), Some(&wanted));
    network.join_now("b");
    run_for_ms(&mut network, 15_000);
    assert!(has_master(&network, None));
    assert_eq!(network.state("b").at(&["timelines", "t"]), Some(&wanted));
    network.assert_equal_with_existing();
}

// §9.1-3
#[test]
fn an_existing_joiner_that_every_master_answers_ends_with_ours() {
    let mut network = mixed_session();
    for name in ["e", "f"] {
        elects_itself(&mut network, name);
    }
    run_for_ms(&mut network, 5_000);
    // What the two would answer with differs from what everybody has.
    for name in ["e", "f"] {
        let stale = timeline("t", &["c3"]);
        network.existing.get_mut(name).unwrap().timelines.insert("t", stale);
    }
    comes(&mut network, Existing::joining("j"));
    run_for_ms(&mut network, 5_000);
    let first = network.nodes.keys().next().unwrap();
    let ours = network.state(first).get("timelines").cloned();
    assert_eq!(Some(network.existing["j"].document()), ours);
    assert!(network.existing["j"].snapshots.len() > 1);
    assert_kept(&network);
    assert_master(&network, "b");
}

// §9.1-4
#[test]
fn a_joiner_that_asks_every_33_ms_after_the_master_died_does_not_get_the_session() {
    let mut network = mixed_session();
    network.kill("b");
    comes(&mut network, Existing::joining("0-joiner"));
    for _ in 0..60 {
        says(&mut network, "0-joiner", WhoIsMaster::new("0-joiner"));
        network.run_for_ms(33);
    }
    let joiner = network.existing.get_mut("0-joiner").unwrap();
    joiner.timelines.insert("own", timeline("own", &["o1"]));
    elects_itself(&mut network, "0-joiner");
    ms_until(&mut network, 3_000, |network| has_master(network, Some("a")));
    assert_kept(&network);
    assert_unharmed(&mut network, "a");
    assert!(network.state("d").at(&["timelines", "own"]).is_some(), "what it opened is there too");
}

// §9.1-5
#[test]
fn an_existing_master_that_leaves_or_falls_silent_is_followed_without_anybody_asking() {
    for with_a_word in [true, false] {
        let mut network = Network::new(3);
        comes(&mut network, Existing::master_of("e", &[timeline("t", &["c1", "c2", "c3"])]));
        for name in ["b", "d"] {
            // Who may not change the structure does not take mastership from somebody who serves.
            let mut config = network.config(name, Opening::Join { or_host: false });
            config.role = Role::Viewer;
            network.start(config);
            network.run_until_synced(name);
        }
        run_for_ms(&mut network, 6_000);
        assert_eq!(network.nodes["b"].peer.master().map(|guid| &**guid), Some("e"));
        if with_a_word {
            departs(&mut network, "e");
        } else {
            network.existing.remove("e");
        }
        let most_ms = if with_a_word { 5_000 } else { 16_000 };
        ms_until(&mut network, most_ms, |network| has_master(network, Some("b")));
        assert_kept(&network);
    }
}

// §9.1-6
#[test]
fn a_master_with_nothing_keeps_nobody_from_joining() {
    let mut network = mixed_session();
    comes(&mut network, Existing::master_of("0-empty", &[]));
    run_for_ms(&mut network, 500);
    assert_kept(&network);
    assert_unharmed(&mut network, "b");
    let mut network = Network::new(3);
    comes(&mut network, Existing::master_of("0-empty", &[]));
    let config = network.config("a", Opening::Join { or_host: true });
    network.start(config);
    run_for_ms(&mut network, 13_000);
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1"]) });
    assert_unharmed(&mut network, "a");
}

// §9.1-7
#[test]
fn a_viewer_that_became_master_and_answers_no_request_keeps_nobody_out() {
    let mut network = mixed_session();
    says(&mut network, "f", IAmMaster::new("f"));
    run_for_ms(&mut network, 1_000);
    // It hears the viewer first, asks it, and gives up after five seconds.
    comes(&mut network, Existing::joining("j"));
    let claim = Envelope::new("dailies", "f", IAmMaster::new("f"));
    let seconds = network.seconds();
    network.existing.get_mut("j").unwrap().receive(&claim, seconds);
    network.drain_existing("j");
    let requests = |network: &Network| network.existing["j"].master.clone();
    assert_eq!(requests(&network).as_deref(), Some("f"));
    ms_until(&mut network, 4_900, |network| network.existing["j"].status == "SYNCED");
    network.join_now("c");
    assert_unharmed(&mut network, "b");
}

// §9.1-8 to 11: leases order nobody's operations among ours, whoever believes to own one.
#[test]
fn leases_that_everybody_owns_split_nobody() {
    let mut network = mixed_session();
    for (name, at) in [("e", -1e18), ("f", 9e18), ("e", f64::NAN)] {
        for channel in ["structure", "position", "visibility", "display"] {
            says(&mut network, name, ClaimOwnership::new(channel, name, at));
        }
    }
    run_for_ms(&mut network, 200);
    let now = network.seconds();
    for name in ["e", "f"] {
        network.existing.get_mut(name).unwrap().edit(InsertChild::new(
            "t-track",
            1,
            clip(&format!("of-{name}")),
            now,
        ));
        network.drain_existing(name);
    }
    for name in ["a", "b", "d"] {
        network.command(name, insert(&format!("of-{name}")));
    }
    run_for_ms(&mut network, 5_000);
    for name in ["a", "b", "d", "e", "f"] {
        let wanted = format!("of-{name}");
        assert!(network.children("a", "t-track").contains(&wanted), "{wanted}");
    }
    assert_unharmed(&mut network, "b");
}

// §9.1-12
#[test]
fn roles_that_anybody_gives_in_anybodys_name_take_mastership_from_nobody() {
    let mut network = mixed_session();
    for name in ["a", "b", "d"] {
        let mut announce = PeerAnnounce::new(name, "xstudio", vec!["visibility".to_owned()]);
        announce.role = Some("viewer".to_owned());
        forge(&mut network, "0-thief", announce.clone());
        forge(&mut network, name, announce);
    }
    run_for_ms(&mut network, 6_000);
    for (name, node) in &network.nodes {
        assert_eq!(node.peer.role(), Role::Driver, "{name}");
    }
    assert_unharmed(&mut network, "b");
    for name in ["a", "b", "d"] {
        says(&mut network, "e", SetPeerRole::new(name, "viewer"));
    }
    run_for_ms(&mut network, 6_000);
    assert_master(&network, "b");
    comes(&mut network, Existing::joining("k"));
    run_for_ms(&mut network, 3_000);
    assert_kept(&network);
    network.assert_equal_with_existing();
}

// §9.1-13
#[test]
fn two_masters_do_not_make_two_hosts_among_ours() {
    let mut network = mixed_session();
    for round in 0..6 {
        elects_itself(&mut network, ["e", "f"][round % 2]);
        run_for_ms(&mut network, 500);
        assert_one_host(&network);
    }
    for (name, node) in &network.nodes {
        assert_eq!(node.peer.master().map(|guid| &**guid), Some("b"), "{name}");
    }
    assert_unharmed(&mut network, "b");
}

// §9.6, second point
#[test]
fn messages_of_another_session_say_nothing() {
    let mut network = mixed_session();
    let digest = network.digest("b");
    let messages = [
        Message::from(IAmMaster::new("0-thief")),
        state_of(&[], "a").into(),
        state_of(&[], "b").into(),
        PeerDepart::new("0-thief").into(),
    ];
    for message in messages {
        for name in ["a", "b", "d"] {
            network.receive(name, Envelope::new("another", "0-thief", message.clone()));
        }
    }
    let depart = Envelope::new("another", "b", PeerDepart::new("b"));
    network.receive("a", depart);
    assert_master(&network, "b");
    assert_eq!(network.digest("b"), digest);
    assert_unharmed(&mut network, "b");
}

// §9.6, third point
#[test]
fn a_snapshot_that_nobody_asked_for_wipes_nobody_for_long() {
    let mut network = mixed_session();
    let digest = network.digest("a");
    for source in ["0-thief", "e", "b", "a"] {
        for target in EVERYBODY {
            forge(&mut network, source, state_of(&[], target));
            forge(&mut network, source, state_of(&[timeline("t", &[]), timeline("u", &[])], target));
        }
        run_for_ms(&mut network, 200);
        for name in ["a", "b", "d"] {
            assert_eq!(network.digest(name), digest, "{name}");
        }
    }
    assert_unharmed(&mut network, "b");
}

// §9.6, third point
#[test]
fn a_snapshot_in_place_of_the_one_that_was_asked_for_is_not_taken() {
    let mut network = mixed_session();
    network.join("c");
    for _ in 0..40 {
        forge(&mut network, "0-thief", IAmMaster::new("0-thief"));
        forge(&mut network, "0-thief", state_of(&[timeline("u", &[])], "c"));
        network.run_for_ms(25);
    }
    network.run_until_synced("c");
    assert!(network.state("c").at(&["timelines", "u"]).is_none());
    assert_kept(&network);
    assert_unharmed(&mut network, "b");
}

// §9.6, fourth point
#[test]
fn a_claim_that_names_anybody_hijacks_nothing() {
    for named in EVERYBODY {
        let mut network = mixed_session();
        for _ in 0..5 {
            forge(&mut network, "0-thief", IAmMaster::new(named));
            run_for_ms(&mut network, 300);
        }
        assert_unharmed(&mut network, "b");
    }
}

// §9.6, fourth point: nobody can tell the lie from the truth where no hub does, yet one of ours stays master.
#[test]
fn a_claim_in_the_name_of_any_of_ours_leaves_ours_with_one_master() {
    for source in ["a", "b", "d"] {
        for times in [1, 2, 50] {
            let mut network = mixed_session();
            for _ in 0..times {
                forge(&mut network, source, IAmMaster::new(source));
                network.run_for_ms(20);
            }
            let ms = ms_until(&mut network, 5_000, |network| has_master(network, None));
            run_for_ms(&mut network, 5_000 - ms);
            let master = if source == "a" { "a" } else { "b" };
            assert_kept(&network);
            assert_unharmed(&mut network, master);
        }
    }
}

// §9.6, fourth point
#[test]
fn a_departure_in_the_name_of_the_master_leaves_ours_with_one() {
    for times in [1, 30] {
        let mut network = mixed_session();
        forge(&mut network, "0-thief", PeerDepart::new("b"));
        run_for_ms(&mut network, 500);
        assert_master(&network, "b");
        assert!(network.nodes["a"].peer.participants().any(|(guid, _)| **guid == *"b"));
        for _ in 0..times {
            forge(&mut network, "b", PeerDepart::new("b"));
            network.run_for_ms(50);
        }
        ms_until(&mut network, 5_000, |network| has_master(network, None));
        let master = network.nodes["a"].peer.master().unwrap().to_string();
        assert_kept(&network);
        assert_unharmed(&mut network, &master);
    }
}

/// One of the messages by which a reference peer changes who is master or what everybody holds.
fn any_message(random: &mut Random) -> Message {
    let whom = |random: &mut Random| *random.pick(&EVERYBODY).unwrap();
    match random.below(7) {
        0 => WhoIsMaster::new(whom(random)).into(),
        1 | 2 => IAmMaster::new(whom(random)).into(),
        3 => StateRequest::new(whom(random), whom(random)).into(),
        4 => state_of(&[timeline("t", &["c3"])], whom(random)).into(),
        5 => PeerAnnounce::new(whom(random), "openrv", vec!["visibility".to_owned()]).into(),
        _ => PeerDepart::new(whom(random)).into(),
    }
}

#[test]
fn any_sequence_of_such_messages_in_anybodys_name_is_survived() {
    for seed in 0..12 {
        let mut network = mixed_session();
        network.random = Random::new(seed);
        for number in 0..120 {
            let source = *network.random.clone().pick(&EVERYBODY).unwrap();
            let message = any_message(&mut network.random);
            forge(&mut network, source, message);
            if number % 40 == 0 {
                network.command("d", insert(&format!("x{number}")));
            }
            let pause_ms = network.random.below(120);
            network.run_for_ms(pause_ms);
        }
        for (name, node) in &network.nodes {
            assert_eq!(node.peer.status(), Status::Synced, "{name}");
        }
        ms_until(&mut network, 10_000, |network| has_master(network, None));
        assert_kept(&network);
        let master = network.nodes["a"].peer.master().unwrap().to_string();
        assert!(network.children("a", "t-track").contains(&"x80".to_owned()), "seed {seed}");
        assert_unharmed(&mut network, &master);
    }
}
