//! Whatever the order in which operations come, the state is the fold in stamp order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is a failed test")]

mod support;

use std::collections::BTreeSet;

use proptest::prelude::*;
use session_log::{Inserted, Operation, OperationId, Outcome, Seen, SessionLog};
use session_wire::Message;
use support::plan::{Plan, plan};
use support::{fold, text};

/// Everything that a log shows: the state, what each operation did, and what it holds.
fn shown(log: &SessionLog) -> (String, String, Vec<String>) {
    let effects = log
        .operations()
        .map(|operation| format!("{} {:?}", operation.stamp().hlc_us, log.effect(operation.id())));
    let state = text(log);
    assert_eq!(
        log.digest(),
        blake3::hash(state.as_bytes()).to_hex().as_str(),
        "the digest is that of the state"
    );
    (state, format!("{:?} {}", log.state().roles(), log.digest()), effects.collect())
}

fn arrive(plan: &Plan, operations: &[Operation], chunk: usize) -> SessionLog {
    let mut log = plan.empty_log();
    for chunk in operations.chunks(chunk) {
        match chunk {
            [one] => drop(log.insert(one.clone())),
            many => drop(log.insert_batch(many.to_vec())),
        }
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_any_repetition_and_any_batching_give_the_fold_in_stamp_order(
        (plan, order) in plan(40).prop_flat_map(|plan| {
            let mut places: Vec<usize> = (0..plan.operations.len()).collect();
            places.extend(0..plan.operations.len() / 4);
            (Just(plan), Just(places).prop_shuffle())
        }),
        chunk in 1usize..12,
    ) {
        let arrival: Vec<Operation> = order.iter().map(|&place| plan.operations[place].clone()).collect();
        let expected = shown(&fold(&plan));
        prop_assert_eq!(&shown(&arrive(&plan, &arrival, 1)), &expected);
        prop_assert_eq!(&shown(&arrive(&plan, &arrival, chunk)), &expected);
    }

    #[test]
    fn properties_that_come_last_of_all_give_the_fold_in_stamp_order(
        (plan, order) in plan(40).prop_flat_map(|plan| {
            let places: Vec<usize> = (0..plan.operations.len()).collect();
            (Just(plan), Just(places).prop_shuffle())
        }),
    ) {
        let shuffled = order.iter().map(|&place| plan.operations[place].clone());
        let (late, mut arrival): (Vec<Operation>, Vec<Operation>) =
            shuffled.partition(|operation| matches!(operation.message(), Message::SetProperty(_)));
        arrival.extend(late);
        prop_assert_eq!(shown(&arrive(&plan, &arrival, 1)), shown(&fold(&plan)));
    }

    #[test]
    fn a_base_that_comes_after_the_operations_lies_below_them(plan in plan(20)) {
        let mut log = SessionLog::new();
        for operation in &plan.operations {
            log.insert(operation.clone());
        }
        if let Some(base) = plan.base.clone() {
            log.adopt_base(base);
        }
        prop_assert_eq!(shown(&log), shown(&fold(&plan)));
    }

    #[test]
    fn what_one_log_lacks_another_one_gives(plan in plan(30), split in 0usize..30) {
        let split = split.min(plan.operations.len());
        let (mut left, mut right) = (plan.empty_log(), plan.empty_log());
        left.insert_batch(plan.operations[..split].to_vec());
        right.insert_batch(plan.operations[split / 2..].to_vec());
        let lacking = |from: &SessionLog, to: &SessionLog| -> Vec<Operation> {
            from.since(&to.seen(), to.holdings().existing()).cloned().collect()
        };
        let (to_right, to_left) = (lacking(&left, &right), lacking(&right, &left));
        right.insert_batch(to_right);
        left.insert_batch(to_left);
        prop_assert_eq!(shown(&left), shown(&right));
        prop_assert_eq!(left.frontier(), right.frontier());
        prop_assert_eq!(left.holdings().existing_summary(), right.holdings().existing_summary());
        let nothing = left.since(&right.seen(), right.holdings().existing()).count();
        prop_assert!(nothing == 0 || right.holdings().has_gaps());
    }

    #[test]
    fn every_object_stands_once(plan in plan(40)) {
        let log = fold(&plan);
        for (guid, document) in log.state().timelines() {
            let root = document.root().unwrap();
            let mut seen = BTreeSet::new();
            let unnested = Plan::nested_guids();
            for node in document.descend(root) {
                let name = document.guid(node).unwrap_or_default().to_owned();
                prop_assert!(unnested.contains(&name) || seen.insert(name.clone()), "{name} twice in {guid}");
            }
        }
    }
}

#[test]
fn the_same_operation_again_is_a_duplicate_and_of_two_of_one_name_one_stands() {
    let mut log = SessionLog::new();
    let operation = support::set("a", 1, "x", "name", "one");
    assert!(matches!(log.insert(operation.clone()).outcome, Outcome::New { .. }));
    assert_eq!(log.insert(operation).outcome, Outcome::Duplicate);
    let liar = support::set("a", 1, "x", "name", "two");
    assert!(matches!(log.insert(liar.clone()).outcome, Outcome::Refused(_) | Outcome::Replaced { .. }));
    let answers = SessionLog::new().insert_batch(vec![support::set("a", 1, "x", "name", "one"), liar]);
    assert!(matches!(
        answers[..],
        [
            Inserted { outcome: Outcome::New { .. }, .. },
            Inserted { outcome: Outcome::Refused(_) | Outcome::Replaced { .. }, .. }
        ]
    ));
    assert_eq!(log.len(), 1);
}

#[test]
fn a_log_gives_nothing_to_one_that_has_everything() {
    let mut log = SessionLog::new();
    log.insert_batch((1..=3).map(|seq| support::set("a", seq, "x", "name", "n")).collect());
    assert_eq!(log.since(&Seen::default(), &BTreeSet::new()).count(), 3);
    let two = Seen::from_wire(&[("a/run".to_owned(), 2)].into(), None);
    let rest: Vec<OperationId> = log.since(&two, &BTreeSet::new()).map(|o| o.id().clone()).collect();
    assert_eq!(rest, [OperationId { source: "a".into(), run: "run".into(), seq: 3 }]);
}
