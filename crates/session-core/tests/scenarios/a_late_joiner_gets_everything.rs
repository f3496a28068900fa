use session_core::{Command, Receipt, Status};
use session_wire::{Envelope, Message, Operations};

use crate::common::{Network, clip, gap, timeline};

fn insert(parent: &str, index: i64, child: lossless_json::Value) -> Command {
    Command::InsertChild { parent_uuid: parent.into(), index, child_data: child }
}

#[test]
fn a_peer_joins_while_edits_flow() {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2"]) });
    network.join("b");
    for number in 0..40 {
        network.command("a", insert("t-track", 0, clip(&format!("x{number}"))));
        network.run_for_ms(7);
    }
    network.run_until_synced("b");
    network.run_for_ms(2_000);
    network.assert_equal();
    assert_eq!(network.children("b", "t-track").len(), 42);
    assert_eq!(network.effects("b").iter().filter(|name| **name == "replaced").count(), 1);
}

#[test]
fn a_late_joiner_gets_a_long_session_in_parts() {
    let mut network = Network::new(2);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &[]) });
    let big = "n".repeat(20_000);
    for number in 0..150 {
        let mut child = clip(&format!("x{number}"));
        child.as_object_mut().unwrap().insert("name", big.as_str());
        network.command("a", insert("t-track", -1, child));
    }
    network.join_now("b");
    network.assert_equal();
    let parts = network.nodes["a"].sent.iter().filter(|sent| sent.message.event() == "OPERATIONS").count();
    assert!(parts >= 3, "{parts}");
}

#[test]
fn a_peer_without_timelines_is_joined_all_the_same() {
    let mut network = Network::new(3);
    network.host("a");
    network.join_now("b");
    network.command("b", Command::AddTimeline { timeline: timeline("t", &["c1"]) });
    network.run_for_ms(100);
    network.assert_equal();
    assert!(network.nodes["a"].peer.is_master());
    assert!(!network.nodes["b"].peer.is_master());
}

#[test]
fn a_peer_that_finds_nobody_hosts_where_it_may_and_says_so_where_not() {
    let mut network = Network::new(4);
    let config = network.config("a", session_core::Opening::Join { or_host: true });
    network.start(config);
    network.run_for_ms(1_900);
    assert_eq!(network.nodes["a"].peer.status(), Status::Discovering);
    network.run_for_ms(200);
    assert!(network.nodes["a"].peer.is_master());

    let mut network = Network::new(5);
    network.join("b");
    network.run_for_ms(2_100);
    assert!(network.effects("b").contains(&"no_session"));
    network.host("a");
    network.run_until_synced("b");
}

#[test]
fn guids_that_are_missing_are_minted_at_every_level() {
    let mut network = Network::new(6);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1"]) });
    network.join_now("b");
    let guid = network.command("b", insert("t-track", 0, gap())).guid.unwrap();
    network.run_for_ms(100);
    assert_eq!(network.children("a", "t-track"), [guid.as_str(), "c1"]);
    network.assert_equal();
}

fn move_last_to_front() -> Command {
    Command::MoveChild { parent_uuid: "t-track".into(), child_uuid: "c3".into(), to_index: 0 }
}

#[test]
fn an_observer_starts_with_the_operations_and_stays_equal_after_it_missed_some() {
    let mut network = Network::new(7);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2", "c3"]) });
    network.command("a", move_last_to_front());
    let config = network.config("r", session_core::Opening::Observe);
    network.start(config);
    network.run_until_synced("r");
    network.command("a", insert("t-track", 0, clip("x")));
    network.run_for_ms(1_500);
    network.cut("r");
    network.command("a", move_last_to_front());
    network.run_for_ms(1_500);
    network.heal("r");
    network.run_for_ms(3_000);
    network.assert_equal();
    let confirmed = Some(session_core::Confirmation::Confirmed);
    assert_eq!(network.nodes["r"].peer.join_confirmation(), confirmed);
    assert!(network.nodes["r"].sent.iter().all(|sent| sent.message.event() != "PEER_ANNOUNCE"));
    assert_eq!(network.nodes["a"].peer.participants().count(), 1);
}

#[test]
fn what_only_an_observer_still_holds_it_gives_to_those_who_take_part() {
    let mut network = Network::new(8);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1"]) });
    network.join_now("b");
    let config = network.config("r", session_core::Opening::Observe);
    network.start(config);
    network.run_until_synced("r");
    network.cut("b");
    network.command("a", insert("t-track", 0, clip("x")));
    network.command("a", Command::Seek { frame: 7.0, rate: None });
    network.run_for_ms(100);
    network.kill("a");
    network.heal("b");
    network.run_for_ms(4_000);
    assert_eq!(network.children("b", "t-track"), ["x", "c1"]);
    network.assert_equal();
    assert!(network.nodes["b"].peer.is_master());
}

#[test]
fn large_answers_are_packed_and_the_next_joiner_is_given_the_same() {
    let mut network = Network::new(2);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &[]) });
    for number in 0..3_000 {
        network.command("a", insert("t-track", -1, clip(&format!("x{number}"))));
        if number % 400 == 0 {
            network.run_for_ms(1_000);
        }
    }
    let mut answers: Vec<Vec<String>> = Vec::new();
    for name in ["b", "c"] {
        network.join_now(name);
        let packed = network.nodes["a"].sent.iter().filter_map(|sent| match &sent.message {
            Message::Operations(answer) if *answer.target_guid == *name => answer.packed.clone(),
            _ => None,
        });
        answers.push(packed.collect());
    }
    network.assert_equal();
    assert!(answers[0].len() >= 2, "{} parts", answers[0].len());
    assert!(answers[0].iter().map(String::len).sum::<usize>() < 300_000);
    // Full parts are the same; the last one has more by now.
    assert_eq!(answers[0][0], answers[1][0]);
}

#[test]
fn a_packed_answer_that_cannot_be_unpacked_is_refused_and_asked_for_again() {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1"]) });
    network.join("b");
    let asked = |network: &Network| {
        network.nodes["b"].sent.iter().rev().find_map(|sent| match &sent.message {
            Message::OperationsRequest(request) => Some(request.request),
            _ => None,
        })
    };
    while asked(&network).is_none() {
        network.run_for_ms(1);
    }
    // The answer is lost.
    network.away.insert("a".to_owned());
    network.run_for_ms(200);
    let asked = asked(&network);
    for packed in ["no Base64", "AAAA"] {
        let mut answer = Operations::new("b", asked.unwrap(), 0, true, Vec::new());
        answer.packed = Some(packed.to_owned());
        let receipt = network.receive("b", Envelope::new("dailies", "a", answer));
        assert!(matches!(receipt, Receipt::Refused(_)), "{receipt:?}");
    }
    network.away.clear();
    network.run_until_synced("b");
    network.run_for_ms(2_000);
    network.assert_equal();
}
