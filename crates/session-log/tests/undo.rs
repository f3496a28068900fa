//! Taking back one's own work, and making it again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is a failed test")]

mod support;

use lossless_json::{Object, Style, Value};
use proptest::prelude::*;
use session_log::{Change, NoEffect, Operation, OperationId, SessionLog};
use session_wire::{
    InsertChild, Message, MoveChild, OperationFields, RemoveChild, RemoveTimeline, RenameTimeline,
    ReplaceAnnotationCommands, ReplaceTimeline, SetPeerRole, SetProperty,
};
use support::plan::{Plan, annotation, base, clip, plan, stroke, timeline, track};
use support::{own, own_with, set};

fn log() -> SessionLog {
    let mut log = SessionLog::new();
    log.adopt_base(base(1.0));
    log
}

/// Authors what takes operations back, as a peer would: stamped above everything, with `undo_of`.
fn undo(log: &mut SessionLog, ids: &[OperationId]) -> Vec<OperationId> {
    let changes = log.inverse_of(ids);
    changes.into_iter().map(|change| author(log, change, ids)).collect()
}

fn author(log: &mut SessionLog, change: Change, ids: &[OperationId]) -> OperationId {
    let seq = log.frontier().get("undoer", "run") + 1;
    let timed = log.operations().filter(|operation| !operation.is_untimed());
    let hlc = timed.map(|operation| operation.stamp().hlc_us).max().unwrap_or(0) + 1;
    let fields = OperationFields {
        hlc: Some(hlc),
        seen: Some(log.frontier().to_wire()),
        after: change.after,
        before: change.before,
        undo_of: ids.iter().map(ToString::to_string).collect(),
        ..OperationFields::new("run", seq)
    };
    let operation = own_with("undoer", change.message, fields);
    let id = operation.id().clone();
    let _ = log.insert(operation);
    id
}

/// Without what an undo cannot take away again: keys that hold nothing, and dictionaries of nothing else.
fn without_nothing(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(without_nothing).collect()),
        Value::Object(object) => {
            let kept = object.into_iter().map(|(key, value)| (key, without_nothing(value)));
            let is_nothing = |value: &Value| match value {
                Value::Object(object) => object.is_empty(),
                value => value.is_null(),
            };
            kept.filter(|(_, value)| !is_nothing(value)).collect::<Object>().into()
        }
        scalar => scalar,
    }
}

fn visible(log: &SessionLog) -> String {
    without_nothing(log.state().to_value()).to_text(Style::Digest)
}

fn does(message: impl Into<Message>, seq: u64) -> Operation {
    own("undoer", seq, message)
}

/// Does, undoes and redoes one thing.
fn there_and_back(message: impl Into<Message>) {
    let mut log = log();
    let before = visible(&log);
    let operation = does(message, 1);
    let id = operation.id().clone();
    log.insert(operation);
    let after = visible(&log);
    assert_ne!(after, before);
    let undone = undo(&mut log, std::slice::from_ref(&id));
    assert_eq!(visible(&log), before, "undo");
    undo(&mut log, &undone);
    assert_eq!(visible(&log), after, "redo");
}

#[test]
fn every_kind_of_work_is_undone_and_redone() {
    there_and_back(SetProperty::new("c0", "name", "x".into(), 0.0));
    there_and_back(SetProperty::new("c0", "metadata/a/b", 7i64.into(), 0.0));
    there_and_back(SetProperty::new("c0", "metadata/q/r/s", "x".into(), 0.0));
    there_and_back(InsertChild::new("t-v", 2, clip("n0"), 0.0));
    there_and_back(InsertChild::new("t-a", -1, annotation("x0", "c0", 3, &["s0"], Some("hm")), 0.0));
    there_and_back(MoveChild::new("t-v", "c0", 2, 0.0));
    there_and_back(MoveChild::new("t-v", "c3", 0, 0.0));
    there_and_back(RemoveChild::new("t-v", "c0", 0.0));
    there_and_back(RemoveChild::new("t-v", "c3", 0.0));
    there_and_back(RemoveChild::new("t-stack", "t-v", 0.0));
    there_and_back(RenameTimeline::new("t", "x", 0.0));
    there_and_back(ReplaceTimeline::new("t", timeline("t", vec![track("t-v", vec![clip("c1")])], None), 0.0));
    there_and_back(RemoveTimeline::new("k1", 0.0));
}

/// No message takes a key away (legacy-protocol §3.3), and existing peers fail on a way through what is no dictionary.
#[test]
fn the_undo_of_a_new_key_leaves_it_without_a_value_and_nothing_is_set_below_it() {
    let mut log = log();
    log.insert(does(SetProperty::new("c0", "metadata/new", 5i64.into(), 0.0), 1));
    let id = log.operations().next().unwrap().id().clone();
    let changes = log.inverse_of(std::slice::from_ref(&id));
    let [Change { message: Message::SetProperty(body), .. }] = changes.as_slice() else {
        panic!("{changes:?}")
    };
    assert_eq!((body.path.as_str(), &body.value), ("metadata/new", &Value::Null));
    undo(&mut log, std::slice::from_ref(&id));
    let below = set("other", 100, "c0", "metadata/new/below", "x");
    log.insert(below.clone());
    assert!(matches!(log.effect(below.id()), Some(Err(NoEffect::Property { .. }))));
    let inside = set("undoer", 101, "c0", "metadata/made/inside", "x");
    log.insert(inside.clone());
    undo(&mut log, &[inside.id().clone()]);
    let beside = set("other", 102, "c0", "metadata/made/beside", "x");
    log.insert(beside.clone());
    assert!(matches!(log.effect(beside.id()), Some(Ok(_))), "what it made on its way is a dictionary still");
}

#[test]
fn a_removed_timeline_comes_back_with_its_clip_timelines() {
    let mut log = log();
    log.insert(does(RemoveTimeline::new("t", 0.0), 1));
    let ids = [log.operations().next().unwrap().id().clone()];
    undo(&mut log, &ids);
    let mut there: Vec<String> = log.state().timelines().map(|(guid, _)| guid.to_string()).collect();
    there.sort();
    assert_eq!(there, ["k1", "t", "u"]);
    assert_eq!(log.state().clip_timelines().len(), 1);
}

#[test]
fn one_action_of_many_operations_is_undone_as_a_whole() {
    let mut log = log();
    let before = visible(&log);
    let operations = [
        does(RemoveChild::new("t-v", "c1", 0.0), 1),
        does(RemoveChild::new("t-v", "c2", 0.0), 2),
        does(InsertChild::new("t-v", 1, clip("n0"), 0.0), 3),
        does(MoveChild::new("t-v", "n0", 0, 0.0), 4),
        does(SetProperty::new("n0", "name", "x".into(), 0.0), 5),
        does(SetProperty::new("c0", "name", "one".into(), 0.0), 6),
        does(SetProperty::new("c0", "name", "two".into(), 0.0), 7),
        does(MoveChild::new("t-v", "c3", 0, 0.0), 8),
        does(MoveChild::new("t-v", "c3", 1, 0.0), 9),
    ];
    let ids: Vec<OperationId> = operations.iter().map(|operation| operation.id().clone()).collect();
    log.insert_batch(operations.to_vec());
    undo(&mut log, &ids);
    assert_eq!(visible(&log), before);
}

#[test]
fn what_others_did_later_is_left_alone() {
    let mut log = log();
    log.insert(does(SetProperty::new("c0", "name", "mine".into(), 0.0), 1));
    log.insert(set("other", 2, "c0", "name", "theirs"));
    log.insert(does(MoveChild::new("t-v", "c0", 3, 0.0), 3));
    log.insert(own("other", 4, MoveChild::new("t-v", "c0", 1, 0.0)));
    let mine: Vec<OperationId> =
        log.operations().filter(|o| &*o.id().source == "undoer").map(|o| o.id().clone()).collect();
    assert_eq!(log.inverse_of(&mine), []);
    assert_eq!(log.inverse_of(&[OperationId { source: "nobody".into(), run: "r".into(), seq: 1 }]), []);
}

#[test]
fn undoing_strokes_leaves_those_of_others() {
    let commands = |log: &SessionLog| {
        let document = log.state().timeline("t").unwrap();
        let list =
            document.metadata(document.find("x0").unwrap()).unwrap().get("annotation_commands").unwrap();
        list.as_array()
            .unwrap()
            .iter()
            .map(|c| c.get("uuid").unwrap().as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let mut log = log();
    log.insert(does(InsertChild::new("t-a", -1, annotation("x0", "c0", 3, &["s0"], None), 0.0), 1));
    log.insert(own("other", 2, InsertChild::new("t-a", -1, annotation("x1", "c0", 3, &["s1"], None), 0.0)));
    log.insert(does(InsertChild::new("t-a", -1, annotation("x2", "c0", 3, &["s2"], None), 0.0), 3));
    let mine = |seq| OperationId { source: "undoer".into(), run: "run".into(), seq };
    undo(&mut log, &[mine(1)]);
    assert_eq!(commands(&log), ["s1", "s2"]);
    undo(&mut log, &[mine(3)]);
    assert_eq!(commands(&log), ["s1"]);
}

#[test]
fn undoing_a_replacement_brings_back_what_it_took_and_keeps_what_came_since() {
    let mut log = log();
    log.insert(own(
        "other",
        1,
        InsertChild::new("t-a", -1, annotation("x0", "c0", 3, &["s0", "s1"], None), 0.0),
    ));
    let before = visible(&log);
    let seen = OperationFields {
        hlc: Some(2_000_000),
        seen: Some(log.frontier().to_wire()),
        ..OperationFields::new("run", 1)
    };
    let clear =
        own_with("undoer", ReplaceAnnotationCommands::new("x0", vec![stroke("s1"), stroke("s9")], 0.0), seen);
    let id = clear.id().clone();
    log.insert(clear);
    undo(&mut log, &[id]);
    assert_eq!(visible(&log), before);
}

#[test]
fn strokes_are_taken_back_where_they_were_drawn_though_the_clips_name_stands_elsewhere_too() {
    let mut log = log();
    log.insert(own("a", 1, InsertChild::new("t-a", 0, annotation("x2", "c1", 1, &["s0"], None), 0.0)));
    log.insert(own("a", 2, InsertChild::new("u-a", 0, annotation("x2", "c0", 0, &["s1"], None), 0.0)));
    log.insert(own("a", 3, InsertChild::new("t-a", 0, annotation("x0", "c1", 1, &[], None), 0.0)));
    let before = visible(&log);
    let replace = does(ReplaceAnnotationCommands::new("x0", vec![stroke("s9")], 0.0), 4);
    let id = replace.id().clone();
    log.insert(replace);
    undo(&mut log, &[id]);
    assert_eq!(visible(&log), before);
}

#[test]
fn a_replacement_of_what_was_no_list_is_taken_back() {
    let mut log = log();
    log.insert(own("a", 1, InsertChild::new("t-a", 0, annotation("x0", "c0", 0, &["s0"], None), 0.0)));
    log.insert(own("a", 2, SetProperty::new("x0", "metadata/annotation_commands", 1i64.into(), 0.0)));
    let before = visible(&log);
    let replace = does(ReplaceAnnotationCommands::new("x0", Vec::new(), 0.0), 3);
    let id = replace.id().clone();
    log.insert(replace);
    undo(&mut log, &[id]);
    assert_eq!(visible(&log), before);
}

#[test]
fn what_was_moved_stays_where_its_old_parent_was_removed_by_somebody_else() {
    let mut log = log();
    let into = |parent: &str, child: &str, seq| {
        let fields = OperationFields {
            hlc: Some(seq * 1_000_000),
            before: Some(session_wire::Anchor::EDGE),
            ..OperationFields::new("run", seq)
        };
        own_with("undoer", MoveChild::new(parent, child, 0, 0.0), fields)
    };
    let moved = into("t-a", "c0", 1);
    let id = moved.id().clone();
    log.insert(moved);
    log.insert(own("other", 2, RemoveChild::new("t-stack", "t-v", 0.0)));
    assert_eq!(log.inverse_of(&[id]), []);
}

#[test]
fn a_role_goes_back_to_the_one_before() {
    let mut log = log();
    log.insert(does(SetPeerRole::new("bob", "viewer"), 1));
    let id = log.operations().next().unwrap().id().clone();
    let undone = undo(&mut log, &[id]);
    assert_eq!(log.state().roles().of("bob").as_str(), "driver");
    undo(&mut log, &undone);
    assert_eq!(log.state().roles().of("bob").as_str(), "viewer");
}

/// Whether an operation brings a timeline whose own GUID is that of another one.
fn is_misnamed(operation: &Operation) -> bool {
    let (guid, timeline) = match operation.message() {
        Message::AddTimeline(body) => (&body.timeline_guid, &body.timeline),
        Message::ReplaceTimeline(body) => (&body.timeline_guid, &body.timeline),
        _ => return false,
    };
    let own = timeline.at(&["metadata", "sync", "guid"]).and_then(Value::as_str);
    own.is_some_and(|own| own != guid)
}

#[test]
fn an_undo_that_would_find_another_timeline_is_none() {
    let mut log = log();
    let copy = timeline("t", vec![track("t-v", vec![clip("c1")]), track("t-a", Vec::new())], None);
    log.insert(own("a", 1, session_wire::AddTimeline::new("copy", copy, 0.0)));
    let fields = |seq| OperationFields {
        hlc: Some(seq * 1_000_000),
        before: Some(session_wire::Anchor::EDGE),
        ..OperationFields::new("run", seq)
    };
    log.insert(does(RemoveChild::new("t-stack", "t-v", 0.0), 2));
    let moved = own_with("undoer", MoveChild::new("t-a", "c1", 0, 0.0), fields(3));
    let id = moved.id().clone();
    assert!(matches!(log.insert(moved).outcome, session_log::Outcome::New { effect: Ok(_), .. }));
    let before = visible(&log);
    undo(&mut log, &[id]);
    assert_eq!(visible(&log), before);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happened, undo and redo are operations like any other: every order gives the same.
    #[test]
    fn undo_converges(plan in plan(25), which in 0usize..25) {
        let mut log = support::fold(&plan);
        let ids: Vec<OperationId> = log.operations().map(|operation| operation.id().clone()).collect();
        let id = ids[which % ids.len()].clone();
        let undone = undo(&mut log, &[id]);
        undo(&mut log, &undone);
        let operations: Vec<Operation> = log.operations().cloned().collect();
        let again = Plan { base: plan.base.clone(), operations: operations.into_iter().rev().collect() };
        let mut reversed = again.empty_log();
        for operation in again.operations.clone() {
            reversed.insert(operation);
        }
        prop_assert_eq!(support::text(&reversed), support::text(&log));
    }

    /// The last thing done, undone at once, is as if it had not been.
    #[test]
    fn the_last_operation_undone_at_once_leaves_nothing(plan in plan(25)) {
        let mut operations = plan.operations.clone();
        operations.sort_by(|a, b| a.stamp().cmp(b.stamp()));
        let last = operations.pop().expect("a plan has an operation");
        // A name that stands several times in one timeline does not say which one is meant.
        let is_track = |operation: &Operation| matches!(operation.message(), Message::InsertChild(body) if body.child_data.get("children").is_some());
        prop_assume!(!plan.operations.iter().any(is_track));
        // Nor does one that stands in two, since a timeline came under another one's name.
        prop_assume!(!plan.operations.iter().any(is_misnamed));
        // Timelines take clip timelines along when they go, and come back as the last.
        prop_assume!(!matches!(last.message(), Message::AddTimeline(_) | Message::RemoveTimeline(_) | Message::ReplaceTimeline(_)));
        let mut log = plan.empty_log();
        log.insert_batch(operations);
        // What a stamp does, its steward cannot take back.
        prop_assume!(last.stamps().is_none() && !last.is_untimed() && !log.contains(last.id()));
        let before = visible(&log);
        // What was moved out of something that is removed is not put back where nobody would see it.
        let is_shown = |guid: &str| before.contains(&format!(r#""guid":"{guid}""#));
        prop_assume!(!matches!(last.message(), Message::MoveChild(body) if !is_shown(&body.child_uuid)));
        let id = last.id().clone();
        log.insert(last);
        undo(&mut log, &[id]);
        prop_assert_eq!(visible(&log), before);
    }
}

#[test]
fn a_tombstone_whose_name_was_merged_into_another_is_no_neighbour_to_come_back_beside() {
    let mut log = log();
    let drawn = |guid: &str, clip: &str| annotation(guid, clip, 0, &["s"], None);
    log.insert(own("a", 1, InsertChild::new("t-a", -1, drawn("x0", "c0"), 0.0)));
    log.insert(own("a", 2, RemoveChild::new("t-a", "x0", 0.0)));
    log.insert(own("a", 3, InsertChild::new("t-a", -1, drawn("x1", "c1"), 0.0)));
    log.insert(own("b", 4, InsertChild::new("t-a", -1, drawn("x0", "c1"), 0.0)));
    let mut put = Change::from(InsertChild::new("t-a", 0, clip("put"), 0.0));
    (put.after, put.before) = (Some(session_wire::Anchor::EDGE), Some(session_wire::Anchor::beside("x1")));
    let put = author(&mut log, put, &[]);
    let before = support::text(&log);
    let undone = undo(&mut log, &[put]);
    undo(&mut log, &undone);
    assert_eq!(support::text(&log), before);
}

#[test]
fn what_somebody_drew_again_in_a_timeline_that_replaced_another_outlasts_the_undo_of_that() {
    let mut log = log();
    let drawn = annotation("x0", "c0", 0, &["s"], None);
    log.insert(own("a", 1, InsertChild::new("t-a", -1, drawn, 0.0)));
    let by = |seq: u64, seconds: u64, change: Change, undo_of: &str| {
        let fields = OperationFields {
            hlc: Some(seconds * 1_000_000),
            after: change.after,
            before: change.before,
            undo_of: vec![undo_of.to_owned()],
            ..OperationFields::new("run", seq)
        };
        own_with("a", change.message, fields)
    };
    let removal = by(2, 2, log.inverse_of(&["a/run/1".parse().unwrap()]).remove(0), "a/run/1");
    let removed = removal.id().clone();
    log.insert(removal);
    let again = by(3, 4, log.inverse_of(&[removed]).remove(0), "a/run/2");
    let whole = timeline("t", vec![track("t-v", vec![clip("c0")])], None);
    let replaced = own("b", 3, ReplaceTimeline::new("t", whole, 0.0));
    let id = replaced.id().clone();
    log.insert(replaced);
    log.insert(again);
    let shows = |log: &SessionLog| support::text(log).contains("\"uuid\":\"s\"");
    assert!(shows(&log));
    undo(&mut log, &[id]);
    assert!(shows(&log));
}

#[test]
fn a_note_that_was_merged_and_that_somebody_changed_since_outlasts_the_undo_of_what_brought_it() {
    let mut log = log();
    let noted = |guid: &str, note: &str| annotation(guid, "c0", 0, &[], Some(note));
    log.insert(own("a", 1, InsertChild::new("t-a", -1, noted("x0", "first"), 0.0)));
    let merged = own("b", 2, InsertChild::new("t-a", -1, noted("x1", "second"), 0.0));
    let id = merged.id().clone();
    log.insert(merged);
    log.insert(set("a", 3, "x1", "metadata/note", "changed"));
    let before = support::text(&log);
    assert!(before.contains("changed"));
    undo(&mut log, &[id]);
    assert_eq!(support::text(&log), before);
}
