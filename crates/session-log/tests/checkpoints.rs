//! A log that lets go of what is settled shows what one shows that keeps everything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is a failed test")]

mod support;

use proptest::prelude::*;
use session_log::{
    AdoptedState, LogRefusal, Operation, OperationId, Outcome, SessionLog, SettledState, Settling, StateError,
};
use session_wire::{Envelope, InsertChild, Message, OperationFields, RemoveChild, SetProperty};
use support::plan::{Plan, annotation, clip, plan_in_time};
use support::{existing, operation, own, set, text};

/// How many runs a settled state remembers: fewer than take part in most plans.
const REMEMBERS: u64 = 3;

/// All that an operation to come may meet, as text: the state with its memory.
fn everything(log: &mut SessionLog) -> (String, Option<String>) {
    (text(log), log.settled_text())
}

/// A checkpoint of what a log holds, as an operation of the peer `master`.
fn checkpoint(log: &mut SessionLog, keeps: usize, seq: u64, hlc_us: u64) -> Option<Operation> {
    checkpoint_below(log, keeps, seq, hlc_us, u64::MAX)
}

/// The same where the next operation is made at a clock.
fn checkpoint_below(
    log: &mut SessionLog,
    keeps: usize,
    seq: u64,
    hlc_us: u64,
    next_us: u64,
) -> Option<Operation> {
    let body = log.checkpoint(keeps, 1, REMEMBERS, |operation| operation.stamp().hlc_us < next_us)?;
    let fields = OperationFields { hlc: Some(hlc_us), ..OperationFields::new("run", seq) };
    Some(operation(Envelope::new("dailies", "master", body).with_operation(fields)))
}

/// A plan with checkpoints in it: the first covers a part, later ones more. Everything in stamp order.
fn with_checkpoints(plan: &Plan, parts: &[usize]) -> Vec<Operation> {
    let mut operations = plan.operations.clone();
    operations.sort_by(|a, b| a.stamp().cmp(b.stamp()));
    let mut log = plan.empty_log();
    let (mut all, mut seq) = (Vec::new(), 0);
    let length = operations.len();
    let clocks: Vec<u64> = operations.iter().map(|operation| operation.stamp().hlc_us).collect();
    for (number, operation) in operations.into_iter().enumerate() {
        log.insert(operation.clone());
        all.push(operation);
        let Some(at) = parts.iter().position(|part| number == part * length / 8) else { continue };
        let hlc_us = all.last().unwrap().stamp().hlc_us + 1;
        let next_us = clocks.get(number + 1).copied().unwrap_or(u64::MAX);
        if let Some(made) = checkpoint_below(&mut log, 1 + at % 3, seq + 1, hlc_us, next_us) {
            seq += 1;
            log.insert(made.clone());
            all.push(made);
            assert!(matches!(log.settle(), Some(Settling::Done { .. })), "its maker follows it");
        }
    }
    all
}

fn keeping_all(plan: &Plan, operations: &[Operation]) -> SessionLog {
    let mut log = plan.empty_log();
    let mut operations = operations.to_vec();
    operations.sort_by(|a, b| a.stamp().cmp(b.stamp()));
    log.insert_batch(operations);
    log
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whoever_lets_go_shows_what_those_show_that_keep_everything(
        plan in plan_in_time(40),
        parts in prop::collection::vec(1usize..8, 1..4),
        shuffle in prop::collection::vec(any::<u32>(), 60),
        chunk in 1usize..7,
    ) {
        let operations = with_checkpoints(&plan, &parts);
        let has_stamps = operations.iter().any(|operation| operation.stamps().is_some());
        let kept = keeping_all(&plan, &operations);
        let mut arrival: Vec<(u32, Operation)> = operations.iter().cloned().enumerate()
            .map(|(at, operation)| (shuffle[at % shuffle.len()], operation)).collect();
        arrival.sort_by_key(|(key, _)| *key);
        let arrival: Vec<Operation> = arrival.into_iter().map(|(_, operation)| operation).collect();
        let mut log = plan.empty_log();
        for part in arrival.chunks(chunk) {
            log.insert_batch(part.to_vec());
            let settling = log.settle();
            prop_assert!(!matches!(settling, Some(Settling::Differs { .. })), "{settling:?}");
            // Until its stamp is there, an operation may lie where a checkpoint does not cover it.
            let early = matches!(settling, Some(Settling::Uncovered { .. }));
            prop_assert!(!early || has_stamps, "{settling:?}");
        }
        prop_assert_eq!(text(&log), text(&kept));
        prop_assert_eq!(log.state().roles(), kept.state().roles());
        if operations.iter().any(|operation| operation.message().event() == "CHECKPOINT") {
            prop_assert!(log.settled().is_some());
            prop_assert!(log.len() < kept.len());
        }
    }

    #[test]
    fn a_settled_state_and_what_comes_after_it_give_the_same_as_everything(
        plan in plan_in_time(40),
        parts in prop::collection::vec(1usize..8, 1..4),
        later in plan_in_time(30),
        chunk in 1usize..7,
    ) {
        let operations = with_checkpoints(&plan, &parts);
        let mut log = plan.empty_log();
        for operation in &operations {
            log.insert(operation.clone());
            log.settle();
        }
        if let Some(state) = log.settled_text() {
            let id = log.settled().unwrap().id().to_owned();
            let mut joined = SessionLog::new();
            let adopted = joined.adopt_state(SettledState::read(&id, &state).unwrap(), false);
            let complete = matches!(adopted, AdoptedState::Now { left_behind, uncertain } if left_behind.is_empty() && uncertain.is_empty());
            prop_assert!(complete);
            let above: Vec<Operation> = log.operations().cloned().collect();
            above.chunks(chunk).for_each(|part| drop(joined.insert_batch(part.to_vec())));
            prop_assert_eq!(joined.frontier(), log.frontier());
            prop_assert_eq!(everything(&mut joined), everything(&mut log));
            // Whatever comes later finds the same in both.
            let later: Vec<Operation> = later.operations.iter().map(|operation| from_another_run(operation, &log)).collect();
            for operation in later {
                let (one, other) = (log.insert(operation.clone()).outcome, joined.insert(operation).outcome);
                prop_assert_eq!(without_cost(one), without_cost(other));
            }
            let next = checkpoint(&mut log, 0, 99, 1_900_000_000_000_000);
            if let Some(next) = next {
                for log in [&mut log, &mut joined] {
                    log.insert(next.clone());
                    let done = matches!(log.settle(), Some(Settling::Done { .. }));
                    prop_assert!(done);
                }
            }
            prop_assert_eq!(everything(&mut joined), everything(&mut log));
        }
    }
}

/// What became of an operation, whatever had to be done again for it: a replica that keeps more may redo more.
fn without_cost(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::New { effect, .. } => Outcome::New { effect, redone: 0 },
        Outcome::Replaced { .. } => Outcome::Replaced { redone: 0 },
        other => other,
    }
}

/// The same under an identity and at a time of its own, above what is settled.
fn from_another_run(like: &Operation, log: &SessionLog) -> Operation {
    let envelope = Envelope::clone(like.envelope());
    let upto = log.settled().map_or(0, |settled| settled.upto().hlc_us);
    let hlc = Some(upto + 1 + like.stamp().hlc_us % 10_000_000);
    let fields = envelope.operation.clone().unwrap_or_default();
    let seq = like.id().seq % 1_000_000;
    let fields = OperationFields { hlc, run: "later".to_owned(), seq: seq + 1, ..*fields };
    operation(envelope.with_operation(fields))
}

/// A log with a timeline of two clips, and a checkpoint of all but the last `keeps` of these operations.
fn settled(operations: Vec<Operation>, keeps: usize) -> (SessionLog, Operation) {
    let mut log = SessionLog::new();
    log.adopt_base(support::plan::base(1.0));
    log.insert_batch(operations);
    let checkpoint = checkpoint(&mut log, keeps, 1, 900_000_000).unwrap();
    log.insert(checkpoint.clone());
    assert!(matches!(log.settle(), Some(Settling::Done { .. })));
    (log, checkpoint)
}

fn own_with_clock(source: &str, seq: u64, hlc_us: u64) -> Operation {
    let fields = OperationFields { hlc: Some(hlc_us), ..OperationFields::new("other", seq) };
    let message = SetProperty::new("c2", "name", "mine".into(), 0.0);
    operation(Envelope::new("dailies", source, message).with_operation(fields))
}

fn remove(source: &str, seq: u64, parent: &str, child: &str) -> Operation {
    own(source, seq, RemoveChild::new(parent, child, 0.0))
}

#[test]
fn what_was_removed_below_a_checkpoint_is_gone_for_good() {
    let (mut log, _) = settled(vec![remove("a", 1, "t-v", "c0"), set("a", 2, "c1", "name", "x")], 1);
    assert!(log.state().locate("c0").is_none());
    let edit = operation_at("b", 1, 950, SetProperty::new("c0", "name", "late".into(), 0.0));
    assert!(matches!(log.insert(edit).outcome, Outcome::New { effect: Err(_), .. }));
}

fn operation_at(source: &str, seq: u64, seconds: u64, message: impl Into<Message>) -> Operation {
    let fields = OperationFields { hlc: Some(seconds * 1_000_000), ..OperationFields::new("other", seq) };
    operation(Envelope::new("dailies", source, message).with_operation(fields))
}

#[test]
fn between_its_place_and_the_checkpoint_a_removed_object_is_still_there() {
    let (mut log, _) = settled(vec![remove("a", 1, "t-v", "c0"), set("a", 2, "c1", "name", "x")], 1);
    // Stamped above what is settled and below the checkpoint itself: the object can come back.
    let undo_of = vec!["a/run/1".to_owned()];
    let fields = OperationFields { hlc: Some(1_500_000), undo_of, ..OperationFields::new("other", 1) };
    let back = InsertChild::new("t-v", 0, clip("c0"), 0.0);
    log.insert(operation(Envelope::new("dailies", "b", back).with_operation(fields)));
    let (timeline, node) = log.state().locate("c0").unwrap();
    assert!(log.state().stands(&timeline, node));
}

#[test]
fn what_is_settled_is_a_duplicate_and_what_came_too_late_is_refused() {
    let first = set("a", 1, "c1", "name", "x");
    let (mut log, checkpoint) = settled(vec![first.clone(), set("a", 2, "c1", "name", "y")], 1);
    assert_eq!(log.len(), 2);
    assert!(log.contains(first.id()));
    assert_eq!(log.insert(first).outcome, Outcome::Duplicate);
    assert_eq!(log.insert(checkpoint).outcome, Outcome::Duplicate);
    let late = own_with_clock("b", 1, 500_000);
    assert_eq!(log.insert(late.clone()).outcome, Outcome::Refused(LogRefusal::Settled));
    assert!(!log.contains(late.id()));
}

#[test]
fn a_checkpoint_waits_for_what_it_covers() {
    let operations =
        vec![set("a", 1, "c1", "name", "x"), set("a", 2, "c1", "name", "y"), set("a", 3, "c1", "name", "z")];
    let (log, checkpoint) = settled(operations.clone(), 1);
    let mut late = SessionLog::new();
    late.adopt_base(support::plan::base(1.0));
    late.insert_batch(vec![operations[0].clone(), operations[2].clone(), checkpoint]);
    assert_eq!(late.settle(), None);
    late.insert(operations[1].clone());
    assert_eq!(late.settle(), Some(Settling::Done { operations: 2 }));
    assert_eq!(late.settled(), log.settled());
    assert_eq!(text(&late), text(&log));
}

#[test]
fn nothing_is_let_go_that_a_checkpoint_does_not_cover() {
    let operations = vec![set("a", 1, "c1", "name", "x"), set("a", 2, "c1", "name", "y")];
    let (_, checkpoint) = settled(operations.clone(), 1);
    let mut other = SessionLog::new();
    other.adopt_base(support::plan::base(1.0));
    other.insert_batch(operations);
    other.insert(own_with_clock("b", 1, 500_000));
    other.insert(checkpoint.clone());
    let expected = Settling::Uncovered { checkpoint: checkpoint.id().clone(), operations: 1 };
    assert_eq!(other.settle(), Some(expected));
    assert_eq!(other.settle(), None, "told once");
    assert_eq!(other.len(), 4);
}

#[test]
fn who_starts_from_a_settled_state_is_told_what_it_leaves_behind() {
    let operations = vec![set("a", 1, "c1", "name", "x"), set("a", 2, "c1", "name", "y")];
    let (mut log, _) = settled(operations.clone(), 1);
    let mine = own_with_clock("b", 1, 500_000);
    let kept = operation_at("b", 2, 50, SetProperty::new("c2", "metadata/take", "2".into(), 0.0));
    let mut other = SessionLog::new();
    other.adopt_base(support::plan::base(1.0));
    other.insert_batch(vec![operations[0].clone(), mine.clone(), kept.clone()]);
    let id = log.settled().unwrap().id().to_owned();
    let state = SettledState::read(&id, &log.settled_text().unwrap()).unwrap();
    let AdoptedState::Now { left_behind, .. } = other.adopt_state(state, false) else {
        panic!("it is adopted")
    };
    assert_eq!(left_behind.iter().map(Operation::id).collect::<Vec<_>>(), [mine.id()]);
    assert!(other.contains(kept.id()) && other.contains(operations[0].id()) && !other.contains(mine.id()));
    assert_eq!(other.len(), 1);
}

#[test]
fn what_its_author_settled_and_another_state_does_not_hold_is_handed_back_to_be_made_anew() {
    let mine: Vec<Operation> = (1..=3).map(|seq| own_with_clock("b", seq, 500_000 + seq)).collect();
    let mut author = SessionLog::of_author("b".into());
    author.adopt_base(support::plan::base(1.0));
    author.insert_batch(mine.clone());
    let checkpoint = checkpoint(&mut author, 1, 7, 600_000).unwrap();
    author.insert(checkpoint);
    assert_eq!(author.settle(), Some(Settling::Done { operations: 2 }));
    let theirs = vec![mine[0].clone(), set("a", 1, "c1", "name", "x"), set("a", 2, "c1", "name", "y")];
    let (mut other, _) = settled(theirs, 1);
    let adopt = |author: &mut SessionLog, other: &mut SessionLog| {
        let id = other.settled().unwrap().id().to_owned();
        let state = SettledState::read(&id, &other.settled_text().unwrap()).unwrap();
        let adopted = author.adopt_state(state, false);
        let AdoptedState::Now { left_behind, .. } = adopted else { panic!("it is adopted") };
        let mine = left_behind.into_iter().filter(|operation| *operation.id().source == *"b");
        mine.map(|operation| operation.id().seq).collect::<Vec<u64>>()
    };
    assert_eq!(adopt(&mut author, &mut other), [2, 3], "in their order, the settled one first");
    // What that state holds is kept on, and handed back by one without it; the others were handed back already.
    let (mut third, _) = settled(vec![set("c", 1, "c1", "name", "z"), operation_at("c", 1, 9, rename())], 0);
    assert_eq!(adopt(&mut author, &mut third), [1]);
}

#[test]
fn what_lies_in_a_gap_of_a_checkpoint_is_not_settled_and_its_author_makes_it_anew() {
    let mine: Vec<Operation> = (1..=3).map(|seq| own_with_clock("b", seq, 500_000 + seq)).collect();
    // The second of them reached nobody, and its author was away.
    let known = vec![mine[0].clone(), mine[2].clone(), set("a", 1, "c1", "name", "x")];
    let (mut log, checkpoint) = settled(known, 1);
    assert_eq!(log.settled().unwrap().frontier().get("b", "other"), 3);
    assert!(log.contains(mine[0].id()) && log.contains(mine[2].id()) && !log.contains(mine[1].id()));
    assert_eq!(log.insert(mine[1].clone()).outcome, Outcome::Refused(LogRefusal::Settled));
    // A later checkpoint does not forget it.
    log.insert(set("a", 2, "c1", "name", "y"));
    let next = self::checkpoint(&mut log, 1, 2, 1_900_000_000_000_000).unwrap();
    log.insert(next);
    assert!(matches!(log.settle(), Some(Settling::Done { .. })));
    let mut author = SessionLog::of_author("b".into());
    author.adopt_base(support::plan::base(1.0));
    author.insert_batch([&mine[..], &[set("a", 1, "c1", "name", "x"), checkpoint.clone()]].concat());
    let uncovered = Settling::Uncovered { checkpoint: checkpoint.id().clone(), operations: 1 };
    assert_eq!(author.settle(), Some(uncovered), "no alarm: it is not the same that was folded");
    let id = log.settled().unwrap().id().to_owned();
    let state = SettledState::read(&id, &log.settled_text().unwrap()).unwrap();
    let AdoptedState::Now { left_behind, .. } = author.adopt_state(state, true) else {
        panic!("it is adopted")
    };
    assert_eq!(left_behind.iter().map(Operation::id).collect::<Vec<_>>(), [mine[1].id()]);
}

#[test]
fn who_holds_a_part_of_a_gap_is_not_kept_waiting_for_the_rest_of_it() {
    let mine: Vec<Operation> = (1..=4).map(|seq| own_with_clock("b", seq, 500_000 + seq)).collect();
    let known = vec![mine[0].clone(), mine[3].clone(), set("a", 1, "c1", "name", "x")];
    let (_, checkpoint) = settled(known.clone(), 1);
    let mut other = SessionLog::new();
    other.adopt_base(support::plan::base(1.0));
    other.insert_batch(known);
    other.insert_batch(vec![mine[1].clone(), checkpoint.clone()]);
    let uncovered = Settling::Uncovered { checkpoint: checkpoint.id().clone(), operations: 1 };
    assert_eq!(other.settle(), Some(uncovered));
}

fn rename() -> SetProperty {
    SetProperty::new("c1", "name", "later".into(), 0.0)
}

#[test]
fn a_replica_that_came_to_something_else_notices_at_a_checkpoint() {
    let (_, checkpoint) = settled(vec![set("a", 1, "c1", "name", "x"), set("a", 2, "c1", "name", "y")], 1);
    let mut wrong = SessionLog::new();
    wrong.adopt_base(support::plan::base(1.0));
    wrong.insert_batch(vec![
        set("a", 1, "c1", "name", "other"),
        set("a", 2, "c1", "name", "y"),
        checkpoint.clone(),
    ]);
    assert_eq!(wrong.settle(), Some(Settling::Differs { checkpoint: checkpoint.id().clone() }));
    assert_eq!(wrong.len(), 3);
}

#[test]
fn a_checkpoint_of_a_place_above_itself_is_nothing_to_follow_and_no_alarm() {
    let mut log = SessionLog::new();
    log.adopt_base(support::plan::base(1.0));
    log.insert_batch(vec![set("a", 1, "c1", "name", "x"), set("a", 2, "c1", "name", "y")]);
    let body = log.checkpoint(0, 1, REMEMBERS, |_| true).unwrap();
    let fields = OperationFields { hlc: Some(1), ..OperationFields::new("run", 1) };
    log.insert(operation(Envelope::new("dailies", "liar", body).with_operation(fields)));
    assert_eq!(log.settle(), Some(Settling::Done { operations: 0 }));
    assert_eq!((log.len(), log.settled()), (3, None));
}

#[test]
fn text_that_is_not_the_state_it_says_to_be_is_refused() {
    let (mut log, _) = settled(vec![set("a", 1, "c1", "name", "x"), set("a", 2, "c1", "name", "y")], 1);
    let id = log.settled().unwrap().id().to_owned();
    let text = log.settled_text().unwrap();
    let refused = |text: &str| SettledState::read(&id, text).map(|_| ()).unwrap_err();
    assert!(matches!(
        refused(&text.replace("\"name\":\"x\"", "\"name\":\"z\"")),
        StateError::OtherState { .. }
    ));
    assert!(matches!(refused("{"), StateError::Json(_)));
    assert!(matches!(refused("{}"), StateError::Malformed("origins")));
    assert!(matches!(
        refused(&text.replace("\"guid\":\"t\"", "\"guid\":7")),
        StateError::Malformed(_) | StateError::OtherState { .. }
    ));
}

#[test]
fn own_work_that_is_settled_cannot_be_taken_back() {
    let first = set("a", 1, "c1", "name", "x");
    let (log, _) = settled(vec![first.clone(), set("a", 2, "c2", "name", "y")], 1);
    assert!(log.inverse_of(&[first.id().clone()]).is_empty());
    let unknown = OperationId { source: "a".into(), run: "run".into(), seq: 77 };
    assert!(log.inverse_of(&[unknown]).is_empty());
}

#[test]
fn names_that_strokes_of_ours_brought_go_with_them_and_those_of_existing_peers_and_notes_stay() {
    let draw = |name: &str, note| InsertChild::new("t-v", -1, annotation(name, "c1", 3, &[name], note), 0.0);
    let timed = |name: &str| InsertChild { sync_timestamp: Some(3.5), ..draw(name, None) };
    let (mut log, _) = settled(
        vec![
            own("a", 2, draw("drawn", None)),
            own("a", 3, draw("by-ours", None)),
            existing("x", timed("by-existing")),
            own("a", 4, draw("with-note", Some("look"))),
            set("a", 5, "c2", "name", "x"),
        ],
        1,
    );
    let stands_for = |log: &SessionLog, name: &str| log.state().locate(name).map(|(_, node)| node);
    let clip = stands_for(&log, "drawn");
    assert!(clip.is_some());
    assert_eq!(stands_for(&log, "by-existing"), clip);
    assert_eq!(stands_for(&log, "with-note"), clip);
    assert_eq!(stands_for(&log, "by-ours"), None);
    // What goes by the next checkpoint is in the text of this one, for who starts from it.
    let joiner = log.settled_text().unwrap();
    assert!(joiner.contains("by-ours"));
}

/// So many runs, each with one operation, a second apart.
fn of_runs(count: u64) -> Vec<Operation> {
    (1..=count).map(|number| of_run(number, 1, number)).collect()
}

fn of_run(run: u64, seq: u64, seconds: u64) -> Operation {
    let fields =
        OperationFields { hlc: Some(seconds * 1_000_000), ..OperationFields::new(format!("run-{run}"), seq) };
    let message = SetProperty::new("c1", "name", format!("{run} {seq}").as_str().into(), 0.0);
    operation(Envelope::new("dailies", format!("peer-{run}"), message).with_operation(fields))
}

#[test]
fn only_the_latest_runs_are_remembered_and_their_names_go_nowhere_else() {
    let (mut log, checkpoint) = settled(of_runs(9), 1);
    assert_eq!(log.settled().unwrap().frontier().iter().count(), 3);
    assert_eq!(log.seen().frontier().iter().count(), 2, "run 9 and the master's");
    assert!(!log.settled_text().unwrap().contains("peer-1"));
    let Message::Checkpoint(body) = checkpoint.message() else { panic!("{checkpoint:?}") };
    assert_eq!(body.frontier.len(), 8);
    let outcome = |log: &mut SessionLog, operation: Operation| log.insert(operation).outcome;
    assert_eq!(outcome(&mut log, of_run(8, 1, 8)), Outcome::Duplicate);
    assert_eq!(outcome(&mut log, of_run(1, 1, 1)), Outcome::Refused(LogRefusal::Settled));
}

#[test]
fn whose_run_is_forgotten_knows_what_of_its_work_was_certainly_left_out() {
    let (mut log, _) = settled(of_runs(9), 1);
    let mut returning = SessionLog::new();
    returning.adopt_base(support::plan::base(1.0));
    // Of these the session has the first.
    let (first, second, third) = (of_run(1, 1, 1), of_run(1, 2, 2), of_run(1, 3, 7));
    returning.insert_batch(vec![first.clone(), second.clone(), third.clone(), of_run(1, 4, 950)]);
    let id = log.settled().unwrap().id().to_owned();
    let state = SettledState::read(&id, &log.settled_text().unwrap()).unwrap();
    let AdoptedState::Now { left_behind, uncertain } = returning.adopt_state(state, false) else { panic!() };
    let ids = |operations: &[Operation]| operations.iter().map(|one| one.id().clone()).collect::<Vec<_>>();
    assert_eq!(ids(&uncertain), [first.id().clone(), second.id().clone()]);
    assert_eq!(ids(&left_behind), [third.id().clone()]);
    assert_eq!(returning.len(), 1);
}

#[test]
fn what_a_forgotten_run_does_later_is_counted_alike_by_who_remembered_it_and_who_did_not() {
    let late = of_run(1, 2, 950);
    let operations = of_runs(9);
    let (mut log, checkpoint) = settled(operations.clone(), 1);
    log.insert(late.clone());
    // It came here before the checkpoint, and had no gap below it.
    let mut other = SessionLog::new();
    other.adopt_base(support::plan::base(1.0));
    other.insert_batch(operations);
    other.insert(late);
    assert!(!other.holdings().has_gaps());
    other.insert(checkpoint);
    assert!(matches!(other.settle(), Some(Settling::Done { .. })));
    assert_eq!(other.frontier(), log.frontier());
    assert_eq!(other.holdings().existing_summary(), log.holdings().existing_summary());
    assert!(other.holdings().has_gaps());
    // The next checkpoint names what nobody has, and both follow.
    let next = checkpoint_of(&mut log);
    for log in [&mut log, &mut other] {
        log.insert(next.clone());
        assert!(matches!(log.settle(), Some(Settling::Done { .. })));
        assert!(!log.holdings().has_gaps());
    }
    assert_eq!(everything(&mut log), everything(&mut other));
}

fn checkpoint_of(log: &mut SessionLog) -> Operation {
    checkpoint(log, 0, 2, 2_000_000_000).unwrap()
}

#[test]
fn of_two_states_that_reach_as_far_one_stays_for_both() {
    let (shared, last) = (set("a", 1, "c1", "name", "a"), set("a", 2, "c2", "name", "b"));
    let missed = own_with_clock("c", 1, shared.stamp().hlc_us + 1);
    let part = |operations: &[&Operation]| {
        let mut log = SessionLog::new();
        log.adopt_base(support::plan::base(1.0));
        log.insert_batch(operations.iter().map(|&operation| operation.clone()).collect());
        let checkpoint = checkpoint(&mut log, 0, 1, 900_000_000).unwrap();
        log.insert(checkpoint);
        assert!(matches!(log.settle(), Some(Settling::Done { .. })));
        log
    };
    let (mut one, mut other) = (part(&[&shared, &last]), part(&[&shared, &missed, &last]));
    let (ours, theirs) = (one.settled().unwrap().clone(), other.settled().unwrap().clone());
    assert!(ours.upto() == theirs.upto() && ours.id() != theirs.id());
    let read = |log: &mut SessionLog| {
        let id = log.settled().unwrap().id().to_owned();
        SettledState::read(&id, &log.settled_text().unwrap()).unwrap()
    };
    let (given, taken) = (read(&mut one), read(&mut other));
    let (first, second) = (one.adopt_state(taken, false), other.adopt_state(given, false));
    let kept = |adopted: &AdoptedState| matches!(adopted, AdoptedState::KeptOwn);
    assert_ne!(kept(&first), kept(&second));
    assert_eq!(one.settled().unwrap().id(), other.settled().unwrap().id());
}

#[test]
fn a_checkpoint_of_a_log_with_another_base_is_not_followed_and_no_alarm() {
    let operations = vec![set("a", 1, "c1", "name", "x"), set("a", 2, "c1", "name", "y")];
    let (log, checkpoint) = settled(operations.clone(), 0);
    let mut other = SessionLog::new();
    other.adopt_base(support::plan::base(0.5));
    assert_ne!(Some(other.starts_from().unwrap().to_owned()), log.settled().unwrap().step().unwrap().after);
    other.insert_batch(operations);
    other.insert(checkpoint);
    assert_eq!(other.settle(), None);
}
