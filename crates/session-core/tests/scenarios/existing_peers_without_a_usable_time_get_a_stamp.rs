//! Operations of existing peers whose own time is of no use stand where the steward puts them, for everybody.

use session_core::{Checkpoints, Command, Identity, Ignored, Opening, Receipt, RefusalReason, Role};
use session_wire::{Envelope, InsertChild, Message, SetPeerRole, SetProperty};

use crate::common::{Existing, Network, clip, timeline};

const HOUR: f64 = 3_600.0;

/// Master `a`, members `b` and `c`, and an existing peer `e`.
fn session() -> Network {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2", "c3"]) });
    network.join_now("b");
    network.join_now("c");
    network.existing.insert("e".to_owned(), Existing::joining("e"));
    network.drain_existing("e");
    network.run_for_ms(2_500);
    network
}

fn does(network: &mut Network, message: impl Into<Message>) {
    network.existing.get_mut("e").unwrap().edit(message);
    network.drain_existing("e");
}

fn calls_c1(name: &str, seconds: f64) -> SetProperty {
    SetProperty::new("c1", "name", name.into(), seconds)
}

fn call_c1(network: &mut Network, who: &str, name: &str) {
    let (target_uuid, path) = ("c1".to_owned(), "name".to_owned());
    network.command(who, Command::SetProperty { target_uuid, path, value: name.into() });
}

fn name_of_c1(network: &Network, who: &str) -> String {
    let state = network.nodes[who].peer.log().state();
    let (timeline, node) = state.locate("c1").unwrap();
    state.timeline(&timeline).unwrap().name(node).to_owned()
}

fn assert_called(network: &Network, name: &str) {
    network.assert_equal();
    for who in network.nodes.keys() {
        assert_eq!(name_of_c1(network, who), name, "{who}");
    }
}

fn stamps_of(network: &Network, who: &str) -> usize {
    network.nodes[who].sent.iter().filter(|sent| sent.message.event() == "OPERATION_STAMP").count()
}

fn stamps(network: &Network) -> usize {
    network.nodes.keys().map(|who| stamps_of(network, who)).sum()
}

#[test]
fn one_whose_clock_is_right_needs_none() {
    let mut network = session();
    let seconds = network.seconds();
    does(&mut network, calls_c1("timely", seconds - 1.0));
    network.run_for_ms(2_000);
    assert_called(&network, "timely");
    assert_eq!(stamps(&network), 0);
}

#[test]
fn of_one_an_hour_ahead_what_comes_after_it_counts() {
    let mut network = session();
    let seconds = network.seconds();
    does(&mut network, calls_c1("from the future", seconds + HOUR));
    network.run_for_ms(200);
    assert_called(&network, "from the future");
    call_c1(&mut network, "b", "ours");
    network.run_for_ms(200);
    assert_called(&network, "ours");
    assert_eq!((stamps_of(&network, "a"), stamps(&network)), (1, 1), "the steward stamps, and nobody else");
}

#[test]
fn of_one_an_hour_behind_it_counts_over_what_was_before() {
    let mut network = session();
    call_c1(&mut network, "b", "ours");
    network.run_for_ms(200);
    let seconds = network.seconds();
    does(&mut network, calls_c1("from the past", seconds - HOUR));
    network.run_for_ms(200);
    assert_called(&network, "from the past");
    assert_eq!((stamps_of(&network, "a"), stamps(&network)), (1, 1));
}

#[test]
fn clocks_that_are_years_off_are_put_right() {
    const YEAR: f64 = 365.0 * 24.0 * HOUR;
    let mut network = session();
    for (name, away) in [("of 2100", 80.0 * YEAR), ("of 1970", -56.0 * YEAR), ("of 9999", 8_000.0 * YEAR)] {
        call_c1(&mut network, "b", "ours");
        network.run_for_ms(200);
        let seconds = (network.seconds() + away).max(0.0);
        does(&mut network, calls_c1(name, seconds));
        network.run_for_ms(200);
        assert_called(&network, name);
    }
    call_c1(&mut network, "b", "ours");
    network.run_for_ms(2_000);
    assert_called(&network, "ours");
    assert_eq!(stamps(&network), 3);
}

#[test]
fn one_an_hour_behind_is_not_slowed_down_for_what_was_done_since() {
    let mut network = session();
    for number in 0..600 {
        call_c1(&mut network, "b", &format!("take {number}"));
        network.run_for_ms(5);
    }
    let sent_late: Vec<String> = (0..20).map(|number| format!("late {number}")).collect();
    for name in &sent_late {
        let seconds = network.seconds();
        does(&mut network, calls_c1(name, seconds - HOUR));
        network.run_for_ms(5);
    }
    network.run_for_ms(1_000);
    assert_called(&network, "late 19");
    assert_eq!(stamps(&network), 20);
    let told = network.effects("a").into_iter().filter(|name| *name == "resequenced").count();
    assert_eq!(told, 0, "nothing is done again where the steward is");
}

#[test]
fn what_comes_by_two_ways_is_stamped_and_told_once() {
    let mut network = session();
    let future = network.seconds() + HOUR;
    let mut untimed = calls_c1("untimed", 0.0);
    untimed.sync_timestamp = None;
    for message in [calls_c1("from the future", future), untimed] {
        let envelope = Envelope::new("dailies", "e", message);
        for _ in 0..2 {
            for who in ["c", "a", "b"] {
                network.receive(who, envelope.clone());
            }
            network.run_for_ms(300);
        }
    }
    assert_called(&network, "untimed");
    assert_eq!(stamps(&network), 2);
    for who in ["a", "b", "c"] {
        let told = network.effects(who).into_iter().filter(|name| *name == "set_property").count();
        assert_eq!(told, 2, "{who}");
    }
}

#[test]
fn what_comes_back_to_its_author_is_never_stamped() {
    let mut network = session();
    does(&mut network, SetPeerRole::new("eve", "viewer"));
    call_c1(&mut network, "a", "ours");
    network.run_for_ms(300);
    for sent in network.nodes["a"].sent.clone() {
        let receipt = network.receive("a", sent.clone());
        assert_eq!(receipt, Receipt::Ignored(Ignored::Echo), "{}", sent.message.event());
    }
    // As a relay might hand it on that knows nothing of `op`.
    let bare = Envelope::new("dailies", "a", SetPeerRole::new("eve", "driver"));
    assert_eq!(network.receive("a", bare), Receipt::Ignored(Ignored::Echo));
    network.run_for_ms(2_000);
    assert_eq!(stamps(&network), 1);
    network.assert_equal();
}

#[test]
fn what_no_stamp_could_carry_is_no_operation() {
    let mut network = session();
    let nested = |depth: usize| {
        let value = "[".repeat(depth) + &"]".repeat(depth);
        let text = format!(
            r#"{{"session":"dailies","source_guid":"e","payload":{{"command_schema":"OTIO_SESSION_1.0","command":{{"event":"SET_PROPERTY","payload":{{"target_uuid":"c1","path":"metadata/deep","value":{value}}}}}}},"x":1}}"#
        );
        Envelope::decode(text.as_bytes())
    };
    assert!(nested(477).is_err());
    network.receive("a", nested(476).unwrap());
    network.run_for_ms(2_000);
    network.assert_equal();
    assert_eq!(stamps(&network), 1);
    // A joiner gets it with all else.
    network.join_now("d");
    network.run_for_ms(2_000);
    network.assert_equal();
}

#[test]
fn who_joins_from_a_snapshot_waits_for_no_clock_of_the_future() {
    let mut network = session();
    let future = network.seconds() + HOUR;
    does(&mut network, calls_c1("from the future", future));
    network.run_for_ms(300);
    network.existing.insert("f".to_owned(), Existing::joining("f"));
    network.drain_existing("f");
    network.run_for_ms(3_000);
    let mut snapshots = network.nodes["a"].sent.iter().filter_map(|sent| match &sent.message {
        Message::StateSnapshot(body) => Some(body.snapshot_timestamp),
        _ => None,
    });
    assert!(snapshots.next_back().unwrap() < future - HOUR + 10.0);
}

#[test]
fn what_has_no_time_at_all_is_stamped_in_the_order_of_receipt() {
    let mut network = session();
    for name in ["one", "two", "three", "four", "five"] {
        let mut message = calls_c1(name, 0.0);
        message.sync_timestamp = None;
        does(&mut network, message);
        network.run_for_ms(30);
    }
    network.run_for_ms(200);
    assert_called(&network, "five");
    assert_eq!(stamps(&network), 5);
    assert_eq!(network.nodes["c"].peer.log().untimed().count(), 0);
    let told: Vec<&str> = network.effects("c").into_iter().filter(|name| *name == "set_property").collect();
    assert_eq!(told.len(), 5, "each is told once");
}

#[test]
fn a_role_that_an_existing_peer_gives_binds_everybody_from_one_place_on() {
    let mut network = session();
    let mut config = network.config("bob", Opening::Join { or_host: false });
    config.identity = Some(Identity { user: "bob".to_owned(), ..Default::default() });
    network.start(config);
    network.run_until_synced("bob");
    call_c1(&mut network, "bob", "before");
    network.run_for_ms(200);
    does(&mut network, SetPeerRole::new("bob", "viewer"));
    network.run_for_ms(200);
    assert_called(&network, "before");
    assert_eq!(network.nodes["bob"].peer.role(), Role::Viewer);
    // One that does not hear of it: everybody gives its edit no effect, wherever it comes first.
    let seconds = network.seconds();
    let fields = session_wire::OperationFields {
        user: Some("bob".to_owned()),
        ..session_wire::OperationFields::new("deaf", 1)
    };
    let deaf = Envelope::new("dailies", "bob", calls_c1("after", seconds)).with_operation(fields);
    network.receive("c", deaf);
    network.run_for_ms(3_000);
    assert_called(&network, "before");
    does(&mut network, SetPeerRole::new("bob", "driver"));
    network.run_for_ms(200);
    does(&mut network, SetPeerRole::new("bob", "viewer"));
    network.run_for_ms(200);
    for who in ["a", "b", "c", "bob"] {
        assert_eq!(network.nodes[who].peer.log().state().roles().of("bob"), Role::Viewer, "{who}");
        assert_eq!(network.nodes[who].peer.log().untimed().count(), 0);
    }
    assert_eq!(stamps(&network), 3);
}

#[test]
fn two_stewards_of_a_divided_session_agree_once_it_heals() {
    let mut network = session();
    network.away.extend(["b".to_owned(), "c".to_owned()]);
    network.run_for_ms(4_000);
    let (now, future) = (network.seconds(), network.seconds() + HOUR);
    let envelope = Envelope::new("dailies", "e", calls_c1("from the future", future));
    network.receive("a", envelope.clone());
    network.run_for_ms(300);
    network.receive("b", envelope);
    let timeless = Envelope::new("dailies", "e", SetPeerRole::new("eve", "viewer"));
    network.receive("b", timeless.clone());
    network.run_for_ms(300);
    network.receive("a", timeless);
    assert_eq!((stamps_of(&network, "a"), stamps_of(&network, "b")), (2, 2), "each half has its steward");
    network.away.clear();
    network.run_for_ms(4_000);
    assert_called(&network, "from the future");
    let places = |who: &str| -> Vec<u64> {
        let held = network.nodes[who].peer.log().operations();
        held.map(|operation| operation.stamp().hlc_us).collect()
    };
    assert_eq!(places("a"), places("b"));
    assert_eq!(places("a"), places("c"));
    let latest = places("a").pop().unwrap();
    #[expect(clippy::cast_precision_loss, reason = "exact until 2255")]
    let latest = latest as f64 / 1e6;
    assert!(latest < now + 10.0, "nothing stands in the future");
}

#[test]
fn a_steward_that_is_gone_before_it_stamped_leaves_it_to_the_next() {
    let mut network = session();
    network.away.insert("a".to_owned());
    let future = network.seconds() + HOUR;
    does(&mut network, SetPeerRole::new("eve", "viewer"));
    does(&mut network, calls_c1("from the future", future));
    network.run_for_ms(500);
    assert_eq!(stamps(&network), 0);
    network.kill("a");
    network.run_for_ms(5_000);
    assert_eq!((stamps_of(&network, "b"), stamps_of(&network, "c")), (2, 0));
    call_c1(&mut network, "c", "ours");
    network.run_for_ms(200);
    assert_called(&network, "ours");
    for who in ["b", "c"] {
        assert_eq!(network.nodes[who].peer.log().untimed().count(), 0);
    }
}

#[test]
fn a_steward_that_starts_again_stamps_what_it_finds() {
    let mut network = session();
    network.away.extend(["a".to_owned(), "b".to_owned()]);
    network.receive("c", Envelope::new("dailies", "e", SetPeerRole::new("eve", "viewer")));
    let future = network.seconds() + HOUR;
    network.receive("c", Envelope::new("dailies", "e", calls_c1("from the future", future)));
    let config = network.config_of("c");
    let kept = network.kill("c");
    for who in ["a", "b"] {
        network.kill(who);
    }
    let config = session_core::PeerConfig { opening: Opening::Host, run: "again".into(), ..config };
    network.start_restored(config, kept, 0);
    network.run_for_ms(2_500);
    assert_eq!(stamps(&network), 2);
    assert_eq!(network.nodes["c"].peer.log().untimed().count(), 0);
    call_c1(&mut network, "c", "ours");
    assert_called(&network, "ours");
}

/// The same with logs that are shortened soon, and that are.
fn settled_session() -> Network {
    let soon = Checkpoints { after: 40, keeps: 10, patience_us: 0, ..Checkpoints::default() };
    let mut network = Network::new(1);
    let mut config = network.config("a", Opening::Host);
    config.checkpoints = soon;
    network.start(config);
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2", "c3"]) });
    let mut config = network.config("b", Opening::Join { or_host: false });
    config.checkpoints = soon;
    network.start(config);
    network.run_until_synced("b");
    network.existing.insert("e".to_owned(), Existing::joining("e"));
    network.drain_existing("e");
    for number in 0..80 {
        call_c1(&mut network, ["a", "b"][number % 2], &format!("take {number}"));
        network.run_for_ms(100);
    }
    network.run_for_ms(3_000);
    assert!(network.nodes["b"].peer.log().settled().is_some());
    network
}

#[test]
fn what_comes_late_below_a_checkpoint_is_held_and_stamped() {
    let mut network = settled_session();
    let settled_us = network.nodes["a"].peer.log().settled().unwrap().upto().hlc_us;
    #[expect(clippy::cast_precision_loss, reason = "exact until 2255")]
    let below = settled_us as f64 / 1e6 - 1.0;
    let insert = InsertChild::new("t-track", 0, clip("late"), below);
    let late = Envelope::new("dailies", "e", insert);
    // Whoever gets it, also where the steward is not.
    let receipt = network.receive("b", late.clone());
    assert_eq!(receipt, Receipt::Accepted { durable: None, relay: true });
    let receipt = network.receive("a", late.clone());
    assert!(matches!(receipt, Receipt::Accepted { durable: Some(_), relay: true }), "{receipt:?}");
    network.run_for_ms(500);
    network.assert_equal();
    assert_eq!(network.children("b", "t-track")[0], "late");
    assert_eq!(network.receive("a", late), Receipt::Ignored(Ignored::Duplicate));
    network.run_for_ms(3_000);
    assert_eq!(stamps(&network), 1);
    assert_eq!(network.children("a", "t-track").len(), 4);
}

#[test]
fn what_is_settled_and_comes_again_is_known() {
    let mut network = Network::new(1);
    let mut config = network.config("a", Opening::Host);
    config.checkpoints = Checkpoints { after: 40, keeps: 5, patience_us: 0, ..Checkpoints::default() };
    network.start(config);
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2", "c3"]) });
    let seconds = network.seconds();
    let insert = Envelope::new("dailies", "e", InsertChild::new("t-track", 0, clip("x"), seconds));
    network.receive("a", insert.clone());
    network.command("a", Command::RemoveChild { parent_uuid: "t-track".into(), child_uuid: "x".into() });
    for number in 0..400 {
        call_c1(&mut network, "a", &format!("take {number}"));
        network.run_for_ms(500);
    }
    let checkpoints = network.nodes["a"].sent.iter().filter(|sent| sent.message.event() == "CHECKPOINT");
    assert!(checkpoints.count() > 2);
    assert_eq!(network.receive("a", insert), Receipt::Ignored(Ignored::Duplicate));
    assert_eq!(network.children("a", "t-track"), ["c1", "c2", "c3"]);
    assert_eq!(stamps(&network), 0);
}

#[test]
fn a_flood_without_a_time_costs_its_source_and_nobody_else() {
    let mut network = session();
    let seconds = network.seconds();
    for number in 0..6_000 {
        let message = calls_c1(&format!("flood {number}"), seconds + HOUR + f64::from(number));
        network.receive("a", Envelope::new("dailies", "flood", message));
    }
    let stamped = stamps_of(&network, "a");
    assert!((4_000..=5_100).contains(&stamped), "{stamped}");
    network.run_for_ms(200);
    let before = stamps(&network);
    does(&mut network, SetPeerRole::new("eve", "viewer"));
    network.run_for_ms(3_000);
    assert_eq!(stamps(&network), before + 1);
    assert_eq!(network.nodes["a"].peer.log().state().roles().of("eve"), Role::Viewer);
}

#[test]
fn a_hub_that_is_the_steward_takes_no_stamps_of_its_connections() {
    let mut network = session();
    network.guard = Some("a".to_owned());
    network.connect("d", None, None);
    let existing = Envelope::new("dailies", "e", calls_c1("smuggled", network.seconds()));
    let fields = session_wire::OperationFields {
        hlc: Some(network.now("a").wall_us),
        ..session_wire::OperationFields::new("run-of-d", 1)
    };
    let stamp = Envelope::new("dailies", "d", session_wire::OperationStamp::new(&existing));
    let Receipt::Refused(refusal) = network.receive("a", stamp.with_operation(fields)) else {
        panic!("it is refused")
    };
    assert_eq!(refusal.reason, RefusalReason::MastershipTaken);
}
