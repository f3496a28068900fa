use lossless_json::{Object, Value};
use session_core::{Command, Output, Receipt, RefusalReason};
use session_wire::{
    Envelope, IAmMaster, Message, MoveChild, OperationFields, Operations, OperationsRequest, PeerAnnounce,
    SetProperty, StateRequest, StateSnapshot, UnknownMessage, WhoIsMaster,
};

use crate::common::{Network, clip, timeline};

fn session() -> Network {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2"]) });
    network.join_now("b");
    network
}

fn from(source: &str, message: impl Into<Message>) -> Envelope {
    Envelope::new("dailies", source, message)
}

fn reason(receipt: &Receipt) -> Option<RefusalReason> {
    match receipt {
        Receipt::Refused(refusal) => Some(refusal.reason),
        _ => None,
    }
}

#[test]
fn a_snapshot_that_nobody_asked_for_changes_nothing() {
    let mut network = session();
    let digest = network.digest("b");
    let wipe = StateSnapshot::new("b", Object::new(), None, 9e9);
    for source in ["e", "a"] {
        let receipt = network.receive("b", from(source, wipe.clone()));
        assert_eq!(reason(&receipt), Some(RefusalReason::UnsolicitedSnapshot));
    }
    assert_eq!(network.digest("b"), digest);
    assert_eq!(network.nodes["b"].peer.refused()[&RefusalReason::UnsolicitedSnapshot], 2);
}

#[test]
fn a_snapshot_of_somebody_else_than_the_master_that_was_asked_is_not_taken() {
    let mut network = Network::new(1);
    network.join("b");
    network.receive("b", from("e", IAmMaster::new("e")));
    network.run_for_ms(310);
    let timelines: Object = [("x", timeline("x", &[]))].into_iter().collect();
    let lie = StateSnapshot::new("b", timelines.clone(), None, 1.0);
    let receipt = network.receive("b", from("liar", lie.clone()));
    assert_eq!(reason(&receipt), Some(RefusalReason::UnsolicitedSnapshot));
    assert!(matches!(network.receive("b", from("e", lie)), Receipt::Accepted { .. }));
    assert_eq!(network.nodes["b"].peer.log().state().timelines().count(), 1);
}

#[test]
fn mastership_cannot_be_taken_from_a_serving_master_of_ours() {
    let mut network = session();
    for number in 0..1000 {
        let receipt = network.receive("a", from("0-thief", IAmMaster::new("0-thief")));
        assert_eq!(reason(&receipt), Some(RefusalReason::MastershipTaken), "{number}");
        network.receive("b", from("0-thief", IAmMaster::new("0-thief")));
        network.receive("b", from("0-thief", IAmMaster::new("a")));
    }
    assert!(network.nodes["a"].peer.is_master());
    assert_eq!(network.nodes["b"].peer.master().map(|guid| &**guid), Some("a"));
    let asserted =
        network.nodes["a"].sent.iter().filter(|sent| sent.message.event() == "I_AM_MASTER").count();
    assert!(asserted < 10, "{asserted}");
}

#[test]
fn questions_every_33_ms_are_answered_and_move_no_timer() {
    let mut network = session();
    network.kill("a");
    for _ in 0..120 {
        network.receive("b", from("e", WhoIsMaster::new("e")));
        network.run_for_ms(33);
    }
    assert!(network.nodes["b"].peer.is_master());
}

#[test]
fn wrong_types_and_nonsense_are_counted_or_have_no_effect() {
    let mut network = session();
    let digest = network.digest("b");
    let now = network.seconds();
    let mut no_run = from("e", SetProperty::new("c1", "name", "x".into(), now));
    no_run.operation = Some(Box::new(OperationFields::new("", 1)));
    assert_eq!(reason(&network.receive("b", no_run)), Some(RefusalReason::Malformed));
    for message in [
        Message::from(SetProperty::new("c1", "source_range", 5_i64.into(), now)),
        SetProperty::new("c1", "metadata/sync/guid", "stolen".into(), now).into(),
        SetProperty::new("c1", "metadata", Value::Null, now).into(),
        SetProperty::new("nobody", "name", "x".into(), now).into(),
        MoveChild::new("c1", "c2", 7, now).into(),
        MoveChild::new("t-track", "t-track", 0, now).into(),
        UnknownMessage { family: "X".into(), event: "Y".into(), body: Value::Null }.into(),
        SetProperty::new("c1", "", "x".into(), f64::NAN).into(),
    ] {
        network.receive("b", from("e", message));
    }
    assert_eq!(network.digest("b"), digest);
}

#[test]
fn one_identity_with_two_bodies_is_refused() {
    let mut network = session();
    let now = network.seconds();
    let forged = |value: &str| {
        from("x", SetProperty::new("c1", "name", value.into(), now))
            .with_operation(OperationFields::new("r", 1))
    };
    assert!(matches!(network.receive("b", forged("one")), Receipt::Accepted { .. }));
    assert!(matches!(network.receive("b", forged("one")), Receipt::Ignored(_)));
    assert_eq!(reason(&network.receive("b", forged("two"))), Some(RefusalReason::Equivocation));
}

#[test]
fn another_process_under_ones_guid_is_noticed() {
    let mut network = session();
    let mut hello = session_wire::Hello::new("b", "other-run", std::collections::BTreeMap::new());
    hello.app = Some("x".into());
    let receipt = network.receive("b", from("b", hello));
    assert_eq!(reason(&receipt), Some(RefusalReason::ForeignIdentity));
    assert!(network.effects("b").contains(&"warning"));
    assert!(matches!(network.receive("b", from("b", WhoIsMaster::new("b"))), Receipt::Ignored(_)));
}

#[test]
fn floods_are_bounded() {
    let mut network = session();
    for number in 0..6_000 {
        let name = format!("flood-{number}");
        let now = network.now("b");
        let peer = &mut network.nodes.get_mut("b").unwrap().peer;
        peer.receive(now, from(&name, PeerAnnounce::new(name.as_str(), "x", vec![])));
        peer.receive(
            now,
            from(&name, session_wire::Hello::new(name.as_str(), "r", std::collections::BTreeMap::new())),
        );
        while peer.poll_output().is_some() {}
    }
    let peer = &network.nodes["b"].peer;
    assert!(peer.participants().count() <= session_core::limits::ROSTER_MAX);
    assert!(peer.refused()[&RefusalReason::Limit] > 0);
}

#[test]
fn requests_are_answered_only_so_often() {
    let mut network = session();
    let now = network.now("a");
    let peer = &mut network.nodes.get_mut("a").unwrap().peer;
    for number in 0..500 {
        peer.receive(now, from("e", StateRequest::new("a", "e")));
        peer.receive(now, from("e", OperationsRequest::new("a", number, std::collections::BTreeMap::new())));
    }
    let mut sent = 0;
    while let Some(output) = peer.poll_output() {
        sent += usize::from(matches!(output, Output::Send { .. }));
    }
    assert!(sent <= 12, "{sent}");
}

#[test]
fn answers_that_nobody_asked_for_are_not_taken_in() {
    let mut network = session();
    let digest = network.digest("b");
    let now = network.seconds();
    let insert = session_wire::InsertChild::new("t-track", 0, clip("x"), now);
    let forged = from("victim", insert).with_operation(OperationFields::new("r", 1)).to_value();
    let receipt = network.receive("b", from("e", Operations::new("b", 1, 0, true, vec![forged])));
    assert!(matches!(receipt, Receipt::Ignored(_)));
    assert_eq!(network.digest("b"), digest);
}

#[test]
fn only_a_peer_itself_departs_and_claims() {
    let mut network = session();
    let receipt = network.receive("b", from("e", session_wire::PeerDepart::new("a")));
    assert_eq!(reason(&receipt), Some(RefusalReason::ForeignIdentity));
    let receipt = network.receive("b", from("e", session_wire::ClaimOwnership::new("position", "a", 1.0)));
    assert_eq!(reason(&receipt), Some(RefusalReason::ForeignIdentity));
    assert_eq!(network.nodes["b"].peer.participants().count(), 2);
}
