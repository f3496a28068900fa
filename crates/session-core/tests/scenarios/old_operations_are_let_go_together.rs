use session_core::{Checkpoints, Command, CommandError, Compacted, Ignored, Opening, Receipt};
use session_wire::{Envelope, Heartbeat, Message, PeerDepart, SetProperty};

use crate::common::{Existing, Network, clip, timeline};

/// A session whose logs are shortened soon.
fn session(names: &[&str]) -> Network {
    session_of(SOON, names)
}

fn session_of(checkpoints: Checkpoints, names: &[&str]) -> Network {
    let mut network = Network::new(1);
    let mut config = network.config("a", Opening::Host);
    config.checkpoints = checkpoints;
    network.start(config);
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2"]) });
    for name in names {
        join_with(checkpoints, &mut network, name);
    }
    network
}

const SOON: Checkpoints = Checkpoints { after: 40, keeps: 10, patience_us: 0, remembers: 1_000 };

fn join(network: &mut Network, name: &str) {
    join_with(SOON, network, name);
}

fn join_with(checkpoints: Checkpoints, network: &mut Network, name: &str) {
    let mut config = network.config(name, Opening::Join { or_host: false });
    config.checkpoints = checkpoints;
    network.start(config);
    network.run_until_synced(name);
}

/// So many edits, each leaving something to remember: a property, a place, a tombstone.
fn edit(network: &mut Network, names: &[&str], count: usize) {
    for number in 0..count {
        let name = names[number % names.len()];
        let guid = format!("{name}-{}", network.now_us);
        let target = if number % 3 == 0 { "c1" } else { "c2" };
        let value = format!("{guid} {number}").as_str().into();
        network.command(
            name,
            Command::SetProperty { target_uuid: target.into(), path: "metadata/take".into(), value },
        );
        let insert =
            Command::InsertChild { parent_uuid: "t-track".into(), index: 1, child_data: clip(&guid) };
        network.command(name, insert);
        if number % 2 == 0 {
            network.command(name, Command::RemoveChild { parent_uuid: "t-track".into(), child_uuid: guid });
        }
        network.run_for_ms(37);
    }
}

fn len(network: &Network, name: &str) -> usize {
    network.nodes[name].peer.log().len()
}

fn settled(network: &Network, name: &str) -> Option<String> {
    network.nodes[name].peer.log().settled().map(|settled| settled.id().to_owned())
}

fn assert_all_settled_alike(network: &Network) {
    let first = settled(network, "a");
    assert!(first.is_some(), "nothing was let go");
    for name in network.nodes.keys() {
        assert_eq!(settled(network, name), first, "{name}");
        assert!(len(network, name) < 80, "{name} holds {} operations", len(network, name));
    }
    network.assert_equal();
}

fn sent(network: &Network, name: &str, event: &str) -> usize {
    network.nodes[name].sent.iter().filter(|sent| sent.message.event() == event).count()
}

#[test]
fn logs_stay_short_and_all_start_from_the_same_state() {
    let mut network = session(&["b", "c"]);
    edit(&mut network, &["a", "b", "c"], 150);
    network.run_for_ms(4_000);
    assert_all_settled_alike(&network);
    assert!(sent(&network, "a", "CHECKPOINT") >= 3);
    assert_eq!(sent(&network, "b", "CHECKPOINT") + sent(&network, "c", "CHECKPOINT"), 0);
}

#[test]
fn who_joins_late_starts_from_the_settled_state_and_takes_part() {
    let mut network = session(&["b"]);
    edit(&mut network, &["a", "b"], 100);
    network.run_for_ms(3_000);
    join(&mut network, "late");
    assert!(len(&network, "late") < 80);
    network.assert_equal();
    edit(&mut network, &["late", "a"], 60);
    network.run_for_ms(3_000);
    assert_all_settled_alike(&network);
}

#[test]
fn pieces_that_are_lost_are_asked_for_again_and_only_they() {
    let mut network = session(&["b"]);
    // Text that does not pack, so that there are many pieces.
    for number in 0..40u32 {
        let noise: String = (0..6_000u32).map(|at| noise(number * 6_000 + at)).collect();
        let path = format!("metadata/noise{number}");
        network.command(
            "a",
            Command::SetProperty { target_uuid: "c1".into(), path, value: noise.as_str().into() },
        );
    }
    edit(&mut network, &["a", "b"], 40);
    network.run_for_ms(3_000);
    network.loss = 30;
    join(&mut network, "late");
    network.loss = 0;
    network.run_for_ms(2_000);
    network.assert_equal();
    let pieces = sent(&network, "a", "SETTLED_STATE") + sent(&network, "b", "SETTLED_STATE");
    assert!((4..60).contains(&pieces), "{pieces} pieces");
    assert_eq!(settled(&network, "late"), settled(&network, "a"));
}

/// Letters without a pattern.
fn noise(number: u32) -> char {
    let mixed = number.wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(0x85eb_ca6b);
    char::from(b'!' + u8::try_from((mixed >> 16) % 90).unwrap_or(0))
}

#[test]
fn who_was_away_while_the_others_settled_makes_its_own_work_again() {
    let mut network = session(&["b", "c"]);
    edit(&mut network, &["a", "b", "c"], 10);
    network.run_for_ms(1_500);
    network.cut("c");
    let offline = Command::SetProperty {
        target_uuid: "c1".into(),
        path: "metadata/offline".into(),
        value: "kept".into(),
    };
    network.command("c", offline);
    network.run_for_ms(4_000);
    edit(&mut network, &["a", "b"], 60);
    network.run_for_ms(3_000);
    assert!(settled(&network, "a").is_some());
    network.heal("c");
    network.run_for_ms(5_000);
    assert_all_settled_alike(&network);
    let state = network.nodes["a"].peer.log().state();
    let (timeline, node) = state.locate("c1").unwrap();
    let kept = state.timeline(&timeline).unwrap().metadata(node).unwrap().get("offline").cloned();
    assert_eq!(kept, Some("kept".into()), "nothing is lost");
    // It can be taken back as before.
    network.command("c", Command::Undo);
    network.run_for_ms(2_000);
    network.assert_equal();
}

#[test]
fn who_fell_silent_is_waited_for_a_while() {
    let mut network = Network::new(1);
    for (name, opening) in [
        ("a", Opening::Host),
        ("b", Opening::Join { or_host: false }),
        ("c", Opening::Join { or_host: false }),
    ] {
        let mut config = network.config(name, opening);
        config.checkpoints = Checkpoints { patience_us: 20_000_000, ..SOON };
        network.start(config);
        network.run_until_synced(name);
    }
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2"]) });
    network.run_for_ms(1_500);
    network.cut("c");
    let offline = Command::RenameTimeline { timeline_guid: "t".into(), name: "offline".into() };
    network.command("c", offline);
    edit(&mut network, &["a", "b"], 60);
    network.run_for_ms(10_000);
    network.heal("c");
    network.run_for_ms(5_000);
    assert_all_settled_alike(&network);
    let operations = network.nodes["a"].peer.log().operations();
    assert!(
        operations
            .filter(|operation| *operation.id().source == *"c")
            .all(|operation| operation.id().run.starts_with("run")),
        "nothing had to be made anew"
    );
}

#[test]
fn the_smaller_part_of_a_divided_session_lets_go_of_nothing() {
    let mut network = session(&["b", "c"]);
    edit(&mut network, &["a", "b", "c"], 10);
    network.run_for_ms(1_500);
    // Not told to `a`, which goes on as master of itself.
    network.away.insert("a".to_owned());
    let divided_us = network.now("a").wall_us;
    edit(&mut network, &["a"], 150);
    network.run_for_ms(5_000);
    let of_both = network.nodes["a"].peer.log().settled().map_or(0, |settled| settled.upto().hlc_us);
    assert!(of_both < divided_us, "only what the others are known to have");
    assert!(len(&network, "a") > 300);
    edit(&mut network, &["b", "c"], 60);
    network.run_for_ms(5_000);
    assert!(settled(&network, "b").is_some(), "two of three may");
    network.away.clear();
    network.run_for_ms(8_000);
    assert_all_settled_alike(&network);
    let inserted = network.children("c", "t-track").iter().filter(|guid| guid.starts_with("a-")).count();
    assert!(inserted >= 30, "what the smaller part did is there: {inserted}");
}

#[test]
fn of_a_session_whose_parts_both_settled_the_work_of_either_is_there_once_they_meet() {
    let mut network = session(&["c"]);
    // `a` comes back alone, and knows of nobody: `c` has made nothing.
    let config = network.config_of("a");
    let disk = network.kill("a");
    network.away.insert("a".to_owned());
    network.start_restored(config, disk, 0);
    join(&mut network, "b");
    edit(&mut network, &["a"], 60);
    edit(&mut network, &["b", "c"], 80);
    network.run_for_ms(3_000);
    let parts = ["a", "b"].map(|name| settled(&network, name));
    assert!(parts[0].is_some() && parts[1].is_some() && parts[0] != parts[1]);
    let of_a = |network: &Network, name: &str| {
        network
            .children(name, "t-track")
            .into_iter()
            .filter(|guid| guid.starts_with("a-"))
            .collect::<Vec<_>>()
    };
    let before = of_a(&network, "a");
    network.away.clear();
    network.run_for_ms(8_000);
    assert_all_settled_alike(&network);
    let mut after = of_a(&network, "b");
    after.sort();
    let mut before = before;
    before.sort();
    assert_eq!(after, before, "what was settled in one part only is made anew");
}

#[test]
fn what_reached_nobody_before_the_rest_of_its_run_was_settled_is_there_once_its_author_is_back() {
    let mut network = session(&["b", "c"]);
    let lost = Command::InsertChild { parent_uuid: "t-track".into(), index: 0, child_data: clip("lost") };
    network.loss = 100;
    network.command("c", lost);
    network.loss = 0;
    network.command("c", Command::RenameTimeline { timeline_guid: "t".into(), name: "heard".into() });
    network.run_for_ms(10);
    let config = network.config_of("c");
    let disk = network.kill("c");
    edit(&mut network, &["a", "b"], 40);
    network.run_for_ms(35_000);
    edit(&mut network, &["a", "b"], 40);
    network.run_for_ms(3_000);
    let settled = network.nodes["a"].peer.log().settled().expect("something was settled");
    assert_eq!(settled.frontier().get("c", &config.run), 2, "beyond the gap too");
    network.start_restored(config, disk, 0);
    network.run_for_ms(5_000);
    assert_all_settled_alike(&network);
    for name in ["a", "b", "c"] {
        assert!(network.children(name, "t-track").contains(&"lost".to_owned()), "{name}");
        assert!(!network.effects(name).contains(&"warning"), "{name} {:?}", network.nodes[name].effects);
    }
}

#[test]
fn what_is_settled_cannot_be_taken_back_and_what_came_after_can() {
    let mut network = session(&["b"]);
    edit(&mut network, &["b"], 60);
    network.run_for_ms(3_000);
    assert!(settled(&network, "b").is_some());
    let mut undone = 0;
    while undone < 200 {
        match network.try_command("b", Command::Undo) {
            Ok(_) => undone += 1,
            Err(CommandError::NothingTo(_)) => break,
            Err(error) => panic!("{error}"),
        }
    }
    assert!((5..120).contains(&undone), "{undone}");
    network.run_for_ms(2_000);
    network.assert_equal();
}

#[test]
fn a_killed_peer_comes_back_from_a_disk_that_holds_a_settled_state() {
    let mut network = session(&["b"]);
    edit(&mut network, &["a", "b"], 60);
    network.run_for_ms(3_000);
    join(&mut network, "late");
    edit(&mut network, &["a", "late"], 10);
    network.run_for_ms(1_000);
    let config = network.config_of("late");
    let disk = network.kill("late");
    assert!(disk.iter().any(|envelope| matches!(envelope.message, Message::SettledState(_))));
    edit(&mut network, &["a", "b"], 5);
    network.start_restored(config, disk, 0);
    network.run_for_ms(3_000);
    edit(&mut network, &["late"], 5);
    network.run_for_ms(2_000);
    network.assert_equal();
    let config = network.config_of("a");
    let disk = network.kill("a");
    network.start_restored(config, disk, 0);
    network.run_for_ms(3_000);
    assert_all_settled_alike(&network);
}

#[test]
fn what_all_who_take_part_lost_they_get_back_from_one_that_only_looks_on() {
    let mut network = session(&[]);
    let mut config = network.config("r", Opening::Observe);
    config.checkpoints = SOON;
    network.start(config);
    network.run_until_synced("r");
    edit(&mut network, &["a"], 100);
    network.run_for_ms(3_000);
    assert_all_settled_alike(&network);
    let shown = network.digest("a");
    let config = network.config_of("a");
    drop(network.kill("a"));
    network.run_for_ms(5_000);
    network.start_restored(config, Vec::new(), 0);
    network.run_for_ms(5_000);
    assert_all_settled_alike(&network);
    assert_eq!(network.digest("a"), shown);
}

#[test]
fn what_existing_peers_did_is_settled_once_it_is_old() {
    let mut network = session(&["b"]);
    network.existing.insert("e".to_owned(), Existing::joining("e"));
    network.drain_existing("e");
    network.run_for_ms(1_000);
    let mut sets = Vec::new();
    for number in 0..60 {
        let seconds = network.seconds();
        let set = SetProperty::new("c1", "metadata/e", format!("{number}").as_str().into(), seconds);
        sets.push(set.clone());
        network.existing.get_mut("e").unwrap().edit(set);
        network.drain_existing("e");
        network.run_for_ms(50);
    }
    network.run_for_ms(5_000);
    assert_eq!(settled(&network, "a"), None);
    network.run_for_ms(31_000);
    assert_all_settled_alike(&network);
    // Delivered again, as UDP and AMQP may: nobody takes it for something new.
    network.existing.get_mut("e").unwrap().say(sets.swap_remove(0));
    network.drain_existing("e");
    network.run_for_ms(3_000);
    assert_all_settled_alike(&network);
    network.assert_equal_with_existing();
}

fn last_heartbeat<'a>(network: &'a Network, name: &str) -> &'a Heartbeat {
    let heartbeats = network.nodes[name].sent.iter().rev().filter_map(|sent| match &sent.message {
        Message::Heartbeat(heartbeat) => Some(heartbeat),
        _ => None,
    });
    heartbeats.take(1).next().unwrap()
}

#[test]
fn of_those_who_came_and_left_only_the_latest_are_remembered() {
    let few = Checkpoints { remembers: 6, ..SOON };
    let mut network = session_of(few, &["idle"]);
    edit(&mut network, &["idle"], 2);
    let first_run = run_of(&network, "idle");
    for number in 0..20 {
        let visitor = format!("visitor-{number}");
        join_with(few, &mut network, &visitor);
        edit(&mut network, &[&visitor, "a"], 8);
        leave(&mut network, &visitor);
    }
    network.run_for_ms(3_000);
    let log = network.nodes["idle"].peer.log();
    assert!(log.settled().unwrap().frontier().iter().count() <= 6);
    assert!(log.frontier().iter().count() < 20, "{:?}", log.frontier());
    assert!(last_heartbeat(&network, "a").frontier.len() < 16);
    // Who made nothing meanwhile goes on under a run of its own that nobody has forgotten.
    edit(&mut network, &["idle"], 3);
    network.run_for_ms(2_000);
    assert_ne!(last_heartbeat(&network, "idle").run, first_run);
    // What it said under the run before may come back from a fanout exchange.
    let before =
        |sent: &&Envelope| matches!(&sent.message, Message::Heartbeat(said) if said.run == first_run);
    let echo = network.nodes["idle"].sent.iter().find(before).unwrap().clone();
    assert_eq!(network.receive("idle", echo), Receipt::Ignored(Ignored::Echo));
    assert!(!network.nodes["a"].peer.log().holdings().has_gaps());
    // It is the same process: a hub lets it take its own place at once.
    network.cut("idle");
    network.run_for_ms(500);
    network.heal("idle");
    network.run_for_ms(500);
    let hello = network.nodes["idle"].sent.iter().rev().find_map(|sent| match &sent.message {
        Message::Hello(hello) => Some(hello.run.clone()),
        _ => None,
    });
    assert_eq!(hello.as_ref(), Some(&first_run));
    let peer = &network.nodes["idle"].peer;
    assert!(peer.has_run(&first_run) && peer.has_run(&last_heartbeat(&network, "idle").run));
    assert!(!peer.has_run(&run_of(&network, "a")));
    edit(&mut network, &["idle", "a"], 60);
    network.run_for_ms(3_000);
    assert_all_settled_alike(&network);
}

#[test]
fn who_comes_back_after_its_run_was_forgotten_makes_its_late_work_again_and_agrees() {
    let few = Checkpoints { remembers: 2, ..SOON };
    let mut network = session_of(few, &["b", "c"]);
    edit(&mut network, &["c"], 3);
    network.run_for_ms(1_500);
    let run = run_of(&network, "c");
    network.cut("c");
    network.run_for_ms(4_000);
    for number in 0..3 {
        let visitor = format!("visitor-{number}");
        join_with(few, &mut network, &visitor);
        edit(&mut network, &["b", "a", &visitor], 40);
        leave(&mut network, &visitor);
    }
    let offline = Command::SetProperty {
        target_uuid: "c1".into(),
        path: "metadata/offline".into(),
        value: "kept".into(),
    };
    network.command("c", offline);
    network.run_for_ms(100);
    edit(&mut network, &["b", "a"], 60);
    network.run_for_ms(6_000);
    assert_eq!(network.nodes["a"].peer.log().settled().unwrap().frontier().get("c", &run), 0);
    network.heal("c");
    network.run_for_ms(8_000);
    network.assert_equal();
    let state = network.nodes["b"].peer.log().state();
    let (timeline, node) = state.locate("c1").unwrap();
    let kept = state.timeline(&timeline).unwrap().metadata(node).unwrap().get("offline").cloned();
    assert_eq!(kept, Some("kept".into()));
}

#[test]
fn who_comes_back_from_a_shortened_disk_gives_no_number_of_a_forgotten_run_twice() {
    let few = Checkpoints { remembers: 6, ..SOON };
    let mut network = session_of(few, &["idle"]);
    edit(&mut network, &["idle"], 2);
    let first_run = run_of(&network, "idle");
    for number in 0..12 {
        let visitor = format!("visitor-{number}");
        join_with(few, &mut network, &visitor);
        edit(&mut network, &[&visitor, "a"], 8);
        leave(&mut network, &visitor);
    }
    network.run_for_ms(3_000);
    let config = network.config_of("idle");
    let idle = &mut network.nodes.get_mut("idle").unwrap().peer;
    let Compacted { state, operations } = idle.compacted().unwrap();
    let operations = operations.iter().map(|operation| Envelope::clone(operation.envelope()));
    let disk = std::iter::once(state).chain(operations).collect();
    network.kill("idle");
    network.start_restored(config, disk, 0);
    network.run_for_ms(2_000);
    edit(&mut network, &["idle"], 2);
    network.run_for_ms(2_000);
    assert_ne!(run_of(&network, "idle"), first_run);
    network.assert_equal();
}

/// The run of the first operation of a peer.
fn run_of(network: &Network, name: &str) -> String {
    let mut runs = network.nodes[name].sent.iter().filter_map(|sent| sent.operation.as_ref());
    runs.next().unwrap().run.clone()
}

/// Somebody leaves, as one does who closes the program.
fn leave(network: &mut Network, name: &str) {
    let now = network.now(name);
    network.nodes.get_mut(name).unwrap().peer.depart(now);
    network.nodes.remove(name);
    network.broadcast(name, &Envelope::new("dailies", name, PeerDepart::new(name)));
    network.run_for_ms(1_100);
}
