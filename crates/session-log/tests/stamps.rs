//! Operations of existing peers stand where stewards' stamps put them, whatever comes first.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is a failed test")]

mod support;

use std::collections::BTreeMap;

use proptest::prelude::*;
use session_log::{
    Action, AdoptedState, LogRefusal, NoEffect, Operation, OperationId, Outcome, Role, SessionLog, Settling,
};
use session_wire::{
    Envelope, InsertChild, Message, OperationFields, OperationStamp, SetPeerRole, SetProperty,
};
use support::plan::{Plan, base, clip, plan};
use support::{existing, fold, operation, own, own_with, set, stamp, text};

/// An existing peer calls the clip `c1` something, at so many seconds by its clock; at none where that is 0.
fn named(name: &str, seconds: f64) -> Operation {
    existing("old", SetProperty::new("c1", "name", name.into(), seconds))
}

fn role(user: &str, role: &str) -> Operation {
    existing("old", SetPeerRole::new(user, role))
}

fn log_of(operations: &[Operation]) -> SessionLog {
    let mut log = SessionLog::new();
    log.adopt_base(base(1.0));
    for operation in operations {
        log.insert(operation.clone());
    }
    log
}

fn name_of_c1(log: &SessionLog) -> String {
    let (timeline, node) = log.state().locate("c1").unwrap();
    log.state().timeline(&timeline).unwrap().name(node).to_owned()
}

fn clock_of(log: &SessionLog, operation: &Operation) -> Option<u64> {
    log.operation(operation.id()).map(|held| held.stamp().hlc_us / 1_000_000)
}

/// All orders of a few, one by one and together: the logs show the same, which is returned.
fn in_any_order(operations: &[Operation]) -> SessionLog {
    let expected = log_of(operations);
    let mut orders = vec![operations.to_vec()];
    for _ in 0..operations.len() {
        let turned = orders.iter().map(|order| [&order[1..], &order[..1]].concat());
        let swapped = orders.iter().map(|order| {
            let mut order = order.clone();
            order.reverse();
            order
        });
        let more: Vec<Vec<Operation>> = turned.chain(swapped).collect();
        orders.extend(more);
        orders.truncate(200);
    }
    for order in orders {
        let mut together = log_of(&[]);
        together.insert_batch(order.clone());
        let twice = log_of(&[order.clone(), order].concat());
        for log in [together, twice] {
            assert_eq!(places(&log), places(&expected));
            assert_eq!(text(&log), text(&expected));
            assert_eq!(log.state().roles(), expected.state().roles());
            assert_eq!(log.holdings().existing_summary(), expected.holdings().existing_summary());
        }
    }
    expected
}

fn places(log: &SessionLog) -> Vec<(u64, OperationId)> {
    log.operations().map(|operation| (operation.stamp().hlc_us, operation.id().clone())).collect()
}

#[test]
fn a_clock_an_hour_ahead_wins_no_longer_than_until_it_is_stamped() {
    let ahead = named("from the future", 3_700.0);
    let ours = own("own-a", 101, SetProperty::new("c1", "name", "ours".into(), 0.0));
    let log = in_any_order(&[ahead.clone(), stamp("own-b", 1, 100, &ahead), ours]);
    assert_eq!(clock_of(&log, &ahead), Some(100));
    assert_eq!(name_of_c1(&log), "ours");
}

#[test]
fn a_clock_an_hour_behind_loses_no_longer_than_until_it_is_stamped() {
    let behind = named("from the past", 2.0);
    let ours = own("own-a", 99, SetProperty::new("c1", "name", "ours".into(), 0.0));
    let log = in_any_order(&[behind.clone(), stamp("own-b", 1, 100, &behind), ours]);
    assert_eq!(name_of_c1(&log), "from the past");
}

#[test]
fn of_two_stewards_the_lower_stamp_counts() {
    let behind = named("x", 2.0);
    let log = in_any_order(&[
        behind.clone(),
        stamp("own-b", 1, 100, &behind),
        stamp("own-a", 1, 90, &behind),
        stamp("own-c", 1, 95, &behind),
    ]);
    assert_eq!(clock_of(&log, &behind), Some(90));
}

#[test]
fn a_stamp_brings_what_it_stamps() {
    let lost = named("never came", 2.0);
    let log = in_any_order(&[stamp("own-a", 1, 90, &lost), stamp("own-b", 1, 100, &lost)]);
    assert_eq!(name_of_c1(&log), "never came");
    assert!(log.contains(lost.id()) && log.holdings().existing().contains(&lost.id().seq));
    assert_eq!(log.len(), 3);
}

#[test]
fn what_says_no_time_does_nothing_until_it_is_stamped() {
    let untimed = named("untimed", 0.0);
    let not_a_time = named("not a time", f64::NAN);
    let log = in_any_order(&[untimed.clone(), not_a_time.clone()]);
    assert_eq!(name_of_c1(&log), "c1");
    assert_eq!(log.effect(untimed.id()), Some(Err(&NoEffect::Untimed)));
    assert_eq!(log.untimed().count(), 2);
    let log = in_any_order(&[untimed.clone(), not_a_time, stamp("own-a", 1, 100, &untimed)]);
    assert_eq!(name_of_c1(&log), "untimed");
    assert_eq!(log.untimed().count(), 1);
    assert!(log.is_stamped(untimed.id()));
}

#[test]
fn a_role_without_a_time_is_shown_and_binds_nothing_until_it_is_stamped() {
    let given = role("bob", "viewer");
    let fields = OperationFields {
        hlc: Some(200_000_000),
        user: Some("bob".to_owned()),
        ..OperationFields::new("run", 1)
    };
    let edit = own_with("own-b", SetProperty::new("c1", "name", "bobs".into(), 0.0), fields);
    let log = in_any_order(&[given.clone(), edit.clone()]);
    assert_eq!(log.state().roles().of("bob"), Role::Viewer);
    assert_eq!(name_of_c1(&log), "bobs");
    let log = in_any_order(&[given.clone(), edit.clone(), stamp("own-a", 1, 100, &given)]);
    assert!(matches!(log.effect(edit.id()), Some(Err(NoEffect::Role { .. }))));
    let later = in_any_order(&[given.clone(), edit.clone(), stamp("own-a", 1, 300, &given)]);
    assert_eq!(later.effect(edit.id()), Some(Ok(&Action::PropertySet)));
    assert_eq!(later.state().roles().of("bob"), Role::Viewer);
}

#[test]
fn what_is_no_stamp_of_an_existing_peers_operation_has_no_effect() {
    let stamps = [
        OperationStamp::default(),
        OperationStamp::new(set("own-b", 1, "c1", "name", "ours").envelope()),
        OperationStamp::new(&Envelope::new("dailies", "old", session_wire::PlaybackSettings::new(1.0))),
        OperationStamp::new(&Envelope::new("other", "old", SetProperty::new("c1", "name", "x".into(), 2.0))),
        OperationStamp::new(stamp("own-b", 1, 5, &named("x", 2.0)).envelope()),
    ];
    for (seq, body) in (1..).zip(stamps) {
        let held = own("own-a", seq, body);
        let log = log_of(std::slice::from_ref(&held));
        assert_eq!(log.effect(held.id()), Some(Err(&NoEffect::Malformed("envelope"))));
        assert_eq!(log.len(), 1);
    }
    let of_existing = Envelope::new("s", "old", OperationStamp::new(named("x", 2.0).envelope()));
    assert!(Operation::from_envelope(&of_existing.into(), 1).is_err());
}

#[test]
fn a_stamp_names_what_it_stamps_as_if_that_had_come_by_itself() {
    let body = r#"{"target_uuid":"c1","path":"metadata/a","value":{"b":1,"b":2,"c":1e400,"d":123456789012345678901,"e":-0.0,"f":"\ud83d\ude00"},"sync_timestamp":NaN,"of a host":[[{}]]}"#;
    let texts = [
        format!(
            r#"{{"session":"dailies","source_guid":"old","payload":{{"command_schema":"OTIO_SESSION_1.0","command":{{"event":"SET_PROPERTY","payload":{body}}}}},"sg":{{"x":1}}}}"#
        ),
        format!(
            r#"{{"live_schema":"SyncReview.1","source_guid":"old","live_payload":{{"command_schema":"OTIO_SESSION_1.0","command":{{"event":"SET_PROPERTY","payload":{body}}}}}}}"#
        ),
        format!(r#"{{"source_guid":"old","command":"OTIO_SESSION_1.0.SET_PROPERTY","payload":{body}}}"#),
        r#"{"payload":{"command_schema":"LiveSession.1","command":{"event":"SET_PEER_ROLE","payload":{"user":"bob","role":"Viewer","occurrence":2}}}}"#
            .to_owned(),
    ];
    let mut stamped = 0;
    for text in texts {
        let Ok(envelope) = Envelope::decode(text.as_bytes()) else { continue };
        let Ok(Some(by_itself)) = Operation::from_envelope(&envelope.into(), 7) else { continue };
        let stamp = by_itself.stamp_for("dailies").unwrap();
        let stamp = own("own-a", 100, stamp);
        let read = operation(Envelope::decode(stamp.envelope().encode().as_bytes()).unwrap());
        assert_eq!(read.stamps().map(Operation::id), Some(by_itself.id()), "{text}");
        assert_eq!(read.stamps().unwrap().encode(), by_itself.encode(), "{text}");
        stamped += 1;
    }
    assert!(stamped >= 3, "{stamped}");
}

#[test]
fn of_two_stamps_under_one_identity_everybody_keeps_the_same() {
    let (one, other) = (named("one", 2.0), named("other", 3.0));
    let (first, second) = (stamp("own-a", 1, 100, &one), stamp("own-a", 1, 100, &other));
    let logs = [[&first, &second], [&second, &first]]
        .map(|order| log_of(&[one.clone(), other.clone(), order[0].clone(), order[1].clone()]));
    assert_eq!(places(&logs[0]), places(&logs[1]));
    assert_eq!(text(&logs[0]), text(&logs[1]));
}

/// A log that has let go of all but the last of these, and the checkpoint.
fn settled(operations: &[Operation]) -> (SessionLog, Operation) {
    let mut log = log_of(operations);
    let body = log.checkpoint(1, 1, 9, |_| true).unwrap();
    let fields = OperationFields { hlc: Some(900_000_000), ..OperationFields::new("run", 1) };
    let checkpoint = own_with("master", body, fields);
    log.insert(checkpoint.clone());
    assert!(matches!(log.settle(), Some(Settling::Done { .. })));
    (log, checkpoint)
}

#[test]
fn what_came_too_late_for_a_checkpoint_comes_in_by_its_stamp() {
    let ours = [set("own-a", 5, "c1", "name", "x"), set("own-a", 6, "c2", "name", "y")];
    let (mut log, checkpoint) = settled(&ours);
    let late = named("late", 2.0);
    assert_eq!(log.insert(late.clone()).outcome, Outcome::Refused(LogRefusal::Settled));
    log.insert(stamp("own-b", 1, 100, &late));
    assert_eq!(name_of_c1(&log), "late");
    assert_eq!(log.insert(late.clone()).outcome, Outcome::Duplicate);
    // Who had it before, and could not follow the checkpoint for it, can now.
    let mut had_it = log_of(&[ours.to_vec(), vec![late.clone(), checkpoint]].concat());
    assert!(matches!(had_it.settle(), Some(Settling::Uncovered { .. })));
    had_it.insert(stamp("own-b", 1, 100, &late));
    assert_eq!(had_it.settle(), Some(Settling::Done { operations: 1 }));
    assert_eq!(places(&had_it), places(&log));
    assert_eq!(text(&had_it), text(&log));
}

#[test]
fn a_stamp_below_what_is_settled_is_refused_and_moves_nothing() {
    let ours = [set("own-a", 5, "c1", "name", "x"), set("own-a", 6, "c2", "name", "y")];
    let (mut log, _) = settled(&ours);
    let behind = named("behind", 1_000.0);
    log.insert(behind.clone());
    let low = stamp("own-b", 1, 4, &behind);
    assert_eq!(log.insert(low.clone()).outcome, Outcome::Refused(LogRefusal::Settled));
    assert_eq!(clock_of(&log, &behind), Some(1_000));
    let mut together = log_of(&ours[..1]);
    together.insert_batch(vec![low, behind.clone()]);
    assert_eq!(clock_of(&together, &behind), Some(4), "nothing is settled there yet");
}

/// Another replica's settled state, which covers nothing of existing peers.
fn state_of_others(least: u64) -> session_log::SettledState {
    let ours = [set("own-a", least, "c1", "name", "x"), set("own-a", least + 1, "c2", "name", "y")];
    let (mut log, _) = settled(&ours);
    let id = log.settled().unwrap().id().to_owned();
    session_log::SettledState::read(&id, &log.settled_text().unwrap()).unwrap()
}

#[test]
fn without_a_stamp_that_another_state_leaves_behind_its_operation_stands_where_its_author_says() {
    let (ahead, behind) = (named("ahead", 1_000.0), named("behind", 2.0));
    let mut log = log_of(&[ahead.clone(), behind.clone()]);
    log.insert_batch(vec![stamp("own-b", 1, 4, &ahead), stamp("own-b", 2, 5, &behind)]);
    assert_eq!(clock_of(&log, &ahead), Some(4));
    let AdoptedState::Now { left_behind, uncertain } = log.adopt_state(state_of_others(10), false) else {
        panic!("it starts from it")
    };
    assert_eq!(clock_of(&log, &ahead), Some(1_000));
    let left: Vec<&OperationId> = left_behind.iter().map(Operation::id).collect();
    assert!(left.contains(&behind.id()) && !left.contains(&ahead.id()), "{left:?}");
    assert_eq!((left.len(), uncertain.len()), (3, 0), "with the two stamps");
    // As for whoever starts there and gets it then.
    let mut other = SessionLog::new();
    other.adopt_state(state_of_others(10), false);
    other.insert(ahead);
    assert_eq!(places(&other), places(&log));
}

#[test]
fn who_starts_from_a_state_knows_what_it_covers_of_existing_peers() {
    let first = named("first", 2.0);
    let (mut log, _) = settled(&[first.clone(), named("second", 3.0), set("own-a", 6, "c2", "name", "y")]);
    let (id, state) = (log.settled().unwrap().id().to_owned(), log.settled_text().unwrap());
    let mut joiner = SessionLog::new();
    joiner.adopt_state(session_log::SettledState::read(&id, &state).unwrap(), false);
    assert_eq!(joiner.insert(first.clone()).outcome, Outcome::Duplicate);
    joiner.insert(stamp("own-b", 1, 100, &first));
    assert_eq!(name_of_c1(&joiner), "second");
    assert_eq!(joiner.settled_text(), Some(state));
}

#[test]
fn what_is_settled_is_stamped_by_nobody_any_more() {
    let first = named("first", 2.0);
    let operations = [first.clone(), named("second", 3.0), set("own-a", 6, "c2", "name", "y")];
    let (mut log, checkpoint) = settled(&operations);
    let mut keeps_all = log_of(&[operations.to_vec(), vec![checkpoint]].concat());
    let again = stamp("own-b", 1, 100, &first);
    for log in [&mut log, &mut keeps_all] {
        log.insert(again.clone());
        assert_eq!(name_of_c1(log), "second");
    }
    // Also once that checkpoint itself is settled.
    let more = (1..=3).map(|seq| set("own-c", 1_000 + seq, "c2", "name", "z"));
    log.insert_batch(more.collect());
    let body = log.checkpoint(0, 1, 9, |_| true).unwrap();
    log.insert(own_with(
        "master",
        body,
        OperationFields { hlc: Some(2_000_000_000), ..OperationFields::new("run", 2) },
    ));
    assert!(matches!(log.settle(), Some(Settling::Done { .. })));
    log.insert(stamp("own-b", 2, 2_100, &first));
    assert_eq!(name_of_c1(&log), "second");
    assert_eq!(log.insert(first).outcome, Outcome::Duplicate);
}

#[test]
fn what_nobody_has_timed_is_never_settled() {
    let operations =
        [role("bob", "viewer"), set("own-a", 5, "c1", "name", "x"), set("own-a", 6, "c2", "name", "y")];
    let (mut log, _) = settled(&operations);
    assert_eq!(log.untimed().count(), 1);
    let body = log.checkpoint(0, 1, 9, |_| true).unwrap();
    assert!(body.existing.is_empty());
}

#[test]
fn a_clip_that_existing_peers_insert_late_is_there_once() {
    let insert = existing("old", InsertChild::new("t-v", 0, clip("new"), 2.0));
    let log =
        in_any_order(&[insert.clone(), stamp("own-a", 1, 100, &insert), set("own-a", 2, "new", "name", "x")]);
    let holds = log.state().timelines().filter(|(_, document)| document.find("new").is_some()).count();
    assert_eq!(holds, 1);
    let (timeline, node) = log.state().locate("new").unwrap();
    assert_eq!(log.state().timeline(&timeline).unwrap().name(node), "new", "the edit came before it");
}

/// Where each operation is to stand, by a rule that knows nothing of logs.
fn expected_places(plan: &Plan) -> Vec<(u64, OperationId)> {
    let mut clocks: BTreeMap<OperationId, u64> = BTreeMap::new();
    let mut stamped: BTreeMap<OperationId, u64> = BTreeMap::new();
    for operation in &plan.operations {
        let untimed = operation.is_untimed();
        clocks.insert(operation.id().clone(), if untimed { u64::MAX } else { operation.stamp().hlc_us });
        if let Message::OperationStamp(body) = operation.message() {
            let inner = Envelope::from_value(body.envelope.clone()).unwrap();
            let clock = stamped.entry(support::operation(inner).id().clone()).or_insert(u64::MAX);
            *clock = (*clock).min(operation.stamp().hlc_us);
        }
    }
    clocks.extend(stamped);
    let mut places: Vec<_> = clocks.into_iter().map(|(id, clock)| (clock, id)).collect();
    places.sort();
    places
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_operation_stands_at_its_lowest_stamp_else_at_its_own_time_else_last(
        (plan, order) in plan(30).prop_flat_map(|plan| {
            let places: Vec<usize> = (0..plan.operations.len()).collect();
            (Just(plan), Just(places).prop_shuffle())
        }),
        chunk in 1usize..9,
    ) {
        let mut log = plan.empty_log();
        for chunk in order.chunks(chunk) {
            log.insert_batch(chunk.iter().map(|&place| plan.operations[place].clone()).collect());
        }
        prop_assert_eq!(places(&log), expected_places(&plan));
        prop_assert_eq!(places(&fold(&plan)), expected_places(&plan));
    }

    #[test]
    fn a_log_is_read_back_from_what_came_by_itself_and_from_what_it_gives(plan in plan(30)) {
        let log = fold(&plan);
        let mut read = plan.empty_log();
        read.insert_batch(log.operations().rev().map(|held| operation(Envelope::clone(held.envelope()))).collect());
        prop_assert_eq!(places(&read), places(&log));
        prop_assert_eq!(text(&read), text(&log));
    }
}
