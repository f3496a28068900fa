//! Operations on whole timelines against edits inside them: the table of docs/decisions/0006.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is a failed test")]

mod support;

use lossless_json::Value;
use session_log::{Operation, OperationId, SessionLog};
use session_wire::{
    AddTimeline, InsertChild, Message, OperationFields, RemoveChild, RemoveTimeline, RenameTimeline,
    ReplaceTimeline, SetProperty,
};
use support::plan::{annotation, base, clip, timeline, track};
use support::{own, own_with, set};

fn log() -> SessionLog {
    let mut log = SessionLog::new();
    log.adopt_base(base(1.0));
    log
}

/// An operation at a second, of who had seen that many operations of `b`.
fn seeing(source: &str, second: u64, seen_of_b: u64, message: impl Into<Message>) -> Operation {
    let fields = OperationFields {
        hlc: Some(second * 1_000_000),
        seen: Some([("b/run".to_owned(), seen_of_b)].into()),
        ..OperationFields::new("run", second)
    };
    own_with(source, message, fields)
}

/// An operation of `b`, its number given.
fn by_b(seq: u64, second: u64, message: impl Into<Message>) -> Operation {
    let fields = OperationFields { hlc: Some(second * 1_000_000), ..OperationFields::new("run", seq) };
    own_with("b", message, fields)
}

/// Both orders of arrival give the same; one of the logs.
fn folded(operations: &[Operation]) -> SessionLog {
    let (mut one, mut other) = (log(), log());
    for (forwards, backwards) in operations.iter().zip(operations.iter().rev()) {
        one.insert(forwards.clone());
        other.insert(backwards.clone());
    }
    assert_eq!(support::text(&one), support::text(&other));
    one
}

/// Takes operations back at the end of the log.
fn undo(log: &mut SessionLog, ids: &[OperationId]) -> Vec<OperationId> {
    let changes = log.inverse_of(ids);
    let author = |(change, number): (session_log::Change, u64)| {
        let seq = log.frontier().get("undoer", "run") + number;
        let last = log.operations().last().map_or(0, |last| last.stamp().hlc_us);
        let fields = OperationFields {
            hlc: Some(last + number),
            seen: Some(log.frontier().to_wire()),
            after: change.after,
            before: change.before,
            undo_of: ids.iter().map(ToString::to_string).collect(),
            ..OperationFields::new("run", seq)
        };
        own_with("undoer", change.message, fields)
    };
    let operations: Vec<Operation> = changes.into_iter().zip(1..).map(author).collect();
    let ids = operations.iter().map(|operation| operation.id().clone()).collect();
    log.insert_batch(operations);
    ids
}

fn order(log: &SessionLog) -> Vec<String> {
    log.state().timelines().map(|(guid, _)| guid.to_string()).collect()
}

fn value(log: &SessionLog, guid: &str, path: &str) -> Option<Value> {
    let (timeline, node) = log.state().locate(guid)?;
    let path = otio_document::PropertyPath::parse(path).unwrap();
    log.state().timeline(&timeline)?.property(node, &path).cloned()
}

fn strokes(log: &SessionLog, guid: &str) -> Vec<String> {
    let commands = value(log, guid, "metadata/annotation_commands").unwrap_or_default();
    let uuid = |command: &Value| command.get("uuid").and_then(Value::as_str).unwrap().to_owned();
    commands.as_array().unwrap_or(&[]).iter().map(uuid).collect()
}

fn draw(guid: &str, strokes: &[&str], note: Option<&str>) -> InsertChild {
    InsertChild::new("t-a", -1, annotation(guid, "c0", 7, strokes, note), 0.0)
}

/// The timeline `t` with these clips and this annotation track, or none.
fn version(clips: &[&str], annotations: Option<Vec<Value>>) -> ReplaceTimeline {
    let clips = track("t-v", clips.iter().map(|guid| clip(guid)).collect());
    let annotations = annotations.map(|clips| track("t-a", clips));
    ReplaceTimeline::new("t", timeline("t", [clips].into_iter().chain(annotations).collect(), None), 0.0)
}

#[test]
fn of_two_timelines_of_one_guid_the_first_stays_and_edits_of_both_reach_it() {
    let new = |clips: &[&str]| {
        let clips = clips.iter().map(|guid| clip(guid)).collect();
        AddTimeline::new("new", timeline("new", vec![track("new-v", clips)], None), 0.0)
    };
    let log = folded(&[
        own("a", 1, new(&["a0", "both"])),
        own("b", 2, new(&["b0", "both"])),
        set("b", 3, "both", "name", "edited"),
        set("b", 4, "b0", "name", "nowhere"),
    ]);
    assert_eq!(value(&log, "both", "name"), Some("edited".into()));
    assert_eq!((value(&log, "a0", "name"), value(&log, "b0", "name")), (Some("a0".into()), None));
}

#[test]
fn edits_that_meet_the_removal_of_their_timeline_come_back_with_it() {
    let remove = own("a", 1, RemoveTimeline::new("t", 0.0));
    let mut log = folded(&[
        remove.clone(),
        set("b", 2, "c0", "name", "edited"),
        by_b(3, 3, InsertChild::new("t-v", 0, clip("n0"), 0.0)),
        by_b(4, 4, RemoveChild::new("t-v", "c3", 0.0)),
        by_b(5, 5, RenameTimeline::new("t", "renamed", 0.0)),
        by_b(6, 6, draw("x0", &["s0"], Some("too dark"))),
    ]);
    assert_eq!(order(&log), ["u"], "removal wins");
    let undone = undo(&mut log, &[remove.id().clone()]);
    assert_eq!(order(&log), ["t", "u", "k1"], "each in its place");
    assert_eq!(value(&log, "c0", "name"), Some("edited".into()));
    assert_eq!(value(&log, "t", "name"), Some("renamed".into()));
    assert_eq!(
        (strokes(&log, "x0"), value(&log, "x0", "metadata/note")),
        (vec!["s0".to_owned()], Some("too dark".into()))
    );
    let document = log.state().timeline("t").unwrap();
    let children = document.children(document.find("t-v").unwrap()).iter();
    let children: Vec<&str> = children.filter_map(|child| document.guid(child)).collect();
    assert_eq!(children, ["n0", "c0", "c1", "c2"]);
    undo(&mut log, &undone);
    assert_eq!(order(&log), ["u"]);
}

#[test]
fn an_edit_that_nobody_had_seen_at_the_undo_of_the_removal_comes_back_too() {
    let remove = own("a", 1, RemoveTimeline::new("t", 0.0));
    let mut log = folded(std::slice::from_ref(&remove));
    undo(&mut log, &[remove.id().clone()]);
    let late = OperationFields { hlc: Some(1_000_000), ..OperationFields::new("run", 1) };
    log.insert(own_with("z", SetProperty::new("c0", "name", "late".into(), 0.0), late));
    assert_eq!(value(&log, "c0", "name"), Some("late".into()));
}

#[test]
fn a_timeline_that_two_remove_comes_back_by_whose_removal_was_first() {
    let (first, second) =
        (own("a", 1, RemoveTimeline::new("t", 0.0)), own("b", 2, RemoveTimeline::new("t", 0.0)));
    let mut log = folded(&[first.clone(), second.clone()]);
    assert_eq!(log.inverse_of(&[second.id().clone()]), []);
    undo(&mut log, &[first.id().clone()]);
    assert_eq!(order(&log), ["t", "u", "k1"]);
}

#[test]
fn a_timeline_added_anew_where_one_was_removed_is_the_new_one() {
    let again = AddTimeline::new("t", timeline("t", vec![track("t-v", vec![clip("c9")])], None), 0.0);
    let log = folded(&[
        own("a", 1, RemoveTimeline::new("t", 0.0)),
        set("b", 2, "c9", "name", "nowhere yet"),
        own("a", 3, again),
        set("b", 4, "c9", "name", "edited"),
        set("b", 5, "c3", "name", "of the one that was removed"),
    ]);
    assert_eq!(order(&log), ["u", "t"]);
    assert_eq!((value(&log, "c9", "name"), value(&log, "c3", "name")), (Some("edited".into()), None));
}

#[test]
fn of_a_renaming_and_a_replacement_the_later_gives_the_name() {
    let renamed = |second| by_b(1, second, RenameTimeline::new("t", "renamed", 0.0));
    for (second, name) in [(1, "t"), (3, "renamed")] {
        let log = folded(&[own("a", 2, version(&["c0"], None)), renamed(second)]);
        assert_eq!(value(&log, "t", "name"), Some(name.into()), "{second}");
    }
}

#[test]
fn of_a_removal_and_a_replacement_the_later_stands() {
    let replaced = |second| by_b(1, second, version(&["c9"], None));
    let log = folded(&[own("a", 2, RemoveTimeline::new("t", 0.0)), replaced(1)]);
    assert_eq!(
        order(&log),
        ["u", "k1"],
        "c1 is gone, and with it what ties its clip timeline to the timeline"
    );
    let log = folded(&[own("a", 2, RemoveTimeline::new("t", 0.0)), replaced(3)]);
    assert_eq!(
        (order(&log), value(&log, "c9", "name")),
        (vec!["u".to_owned(), "t".to_owned()], Some("c9".into()))
    );
}

#[test]
fn strokes_that_whoever_replaced_the_timeline_had_not_seen_survive_where_their_clip_is_still_there() {
    let drawn = [by_b(1, 1, draw("x0", &["s0"], None)), by_b(2, 2, draw("x1", &["s1"], None))];
    let annotations = || Some(vec![annotation("x0", "c0", 7, &["s0"], None)]);
    let replace = |seen, clips: &[&str], annotations| seeing("a", 3, seen, version(clips, annotations));
    let of = |replace: Operation| folded(&[drawn[0].clone(), drawn[1].clone(), replace]);
    let log = of(replace(1, &["c0"], annotations()));
    assert_eq!(strokes(&log, "x0"), ["s0", "s1"], "one was not seen");
    assert_eq!(strokes(&log, "x1"), ["s0", "s1"], "and its other name still leads there");
    assert_eq!(strokes(&of(replace(2, &["c0"], annotations())), "x0"), ["s0"], "both were seen");
    let log = of(replace(1, &["c0"], Some(Vec::new())));
    assert_eq!(strokes(&log, "x0"), ["s1"], "what was seen and left out is gone");
    let log = of(replace(0, &["c0"], None));
    assert_eq!(strokes(&log, "x0"), ["s0", "s1"], "the track for annotations is carried over with them");
    assert_eq!(value(&of(replace(0, &["c1"], annotations())), "x0", "metadata/clip_guid"), Some("c0".into()));
    assert_eq!(strokes(&of(replace(0, &["c1"], Some(Vec::new()))), "x0"), [""; 0], "the clip is gone");
}

#[test]
fn notes_that_whoever_replaced_the_timeline_had_not_seen_survive() {
    let note = |guid: &str, text: &str| draw(guid, &[], Some(text));
    let seen = by_b(1, 1, note("x0", "too dark"));
    let changed = by_b(2, 2, SetProperty::new("x0", "metadata/note", "much too dark".into(), 0.0));
    let second = by_b(3, 3, note("x1", "too loud"));
    let kept = Some(vec![annotation("x0", "c0", 7, &[], Some("too dark"))]);
    let log = folded(&[seen, changed, second, seeing("a", 4, 1, version(&["c0"], kept))]);
    assert_eq!(value(&log, "x0", "metadata/note"), Some("much too dark".into()));
    assert_eq!(value(&log, "x0", "metadata/merged_notes/x1/note"), Some("too loud".into()));
}

#[test]
fn a_stroke_that_one_of_two_replacements_had_not_seen_survives_both() {
    let drawn = by_b(1, 1, draw("x0", &["s0"], None));
    let kept = Some(vec![annotation("x0", "c0", 7, &["s0"], None)]);
    let log = folded(&[
        drawn,
        seeing("a", 2, 1, version(&["c0", "c1"], kept)),
        seeing("c", 3, 0, version(&["c0"], Some(Vec::new()))),
    ]);
    assert_eq!(strokes(&log, "x0"), ["s0"]);
}

#[test]
fn strokes_drawn_after_a_replacement_go_into_the_new_timeline() {
    let log = folded(&[
        seeing("a", 1, 0, version(&["c0"], Some(Vec::new()))),
        by_b(1, 2, draw("x0", &["s0"], Some("hm"))),
    ]);
    assert_eq!(
        (strokes(&log, "x0"), value(&log, "x0", "metadata/note")),
        (vec!["s0".to_owned()], Some("hm".into()))
    );
}

#[test]
fn strokes_drawn_after_a_replacement_that_has_no_track_for_them_survive_where_their_clip_is() {
    let log =
        folded(&[seeing("a", 1, 0, version(&["c0"], None)), by_b(1, 2, draw("x0", &["s0"], Some("hm")))]);
    assert_eq!(strokes(&log, "x0"), ["s0"]);
    let log =
        folded(&[seeing("a", 1, 0, version(&["c1"], None)), by_b(1, 2, draw("x0", &["s0"], Some("hm")))]);
    assert_eq!(strokes(&log, "x0"), [""; 0], "the clip is gone");
}

#[test]
fn edits_to_what_a_replacement_left_out_come_back_with_its_undo() {
    let replace = seeing("a", 1, 0, version(&["c0"], None));
    let mut log = folded(&[replace.clone(), set("b", 2, "c3", "metadata/x", "kept")]);
    assert_eq!(value(&log, "c3", "metadata/x"), None);
    undo(&mut log, &[replace.id().clone()]);
    assert_eq!(value(&log, "c3", "metadata/x"), Some("kept".into()));
}

#[test]
fn two_replacements_are_undone_one_after_the_other() {
    let mut log = log();
    let texts = [support::text(&log)];
    let (first, second) =
        (seeing("a", 1, 0, version(&["c0", "c1"], None)), seeing("a", 2, 0, version(&["c0"], None)));
    log.insert(first.clone());
    let between = support::text(&log);
    log.insert(second.clone());
    let after = support::text(&log);
    let undone_second = undo(&mut log, &[second.id().clone()]);
    assert_eq!(support::text(&log), between);
    let undone_first = undo(&mut log, &[first.id().clone()]);
    assert_eq!(support::text(&log), texts[0]);
    undo(&mut log, &undone_first);
    assert_eq!(support::text(&log), between);
    undo(&mut log, &undone_second);
    assert_eq!(support::text(&log), after);
}

#[test]
fn the_undo_of_a_replacement_keeps_strokes_that_its_author_had_not_seen() {
    let replace = seeing("a", 1, 0, version(&["c0"], Some(Vec::new())));
    let mut log = folded(std::slice::from_ref(&replace));
    undo(&mut log, &[replace.id().clone()]);
    let unseen = OperationFields { hlc: Some(1_000_000), ..OperationFields::new("run", 1) };
    log.insert(own_with("z", draw("x0", &["s0"], None), unseen));
    assert_eq!(strokes(&log, "x0"), ["s0"]);
    assert!(value(&log, "c3", "name").is_some(), "and the timeline is the one of before");
}

#[test]
fn work_before_a_removal_is_still_undone_after_the_timeline_came_back() {
    let (named, remove) = (set("a", 1, "c0", "name", "mine"), own("a", 2, RemoveTimeline::new("t", 0.0)));
    let mut log = folded(&[named.clone(), remove.clone()]);
    undo(&mut log, &[remove.id().clone()]);
    undo(&mut log, &[named.id().clone()]);
    assert_eq!(value(&log, "c0", "name"), Some("c0".into()));
}

#[test]
fn a_clip_timeline_added_while_its_sequence_is_removed_stays_with_its_notes() {
    let of_clip =
        timeline("k0", vec![track("k0-v", vec![clip("c0")]), track("k0-a", Vec::new())], Some("c0"));
    let note = InsertChild::new("k0-a", -1, annotation("x0", "c0", 7, &["s0"], Some("hm")), 0.0);
    let remove = own("a", 1, RemoveTimeline::new("t", 0.0));
    let mut log =
        folded(&[remove.clone(), by_b(1, 2, AddTimeline::new("k0", of_clip, 0.0)), by_b(2, 3, note)]);
    assert_eq!(
        (order(&log), value(&log, "x0", "metadata/note")),
        (vec!["u".to_owned(), "k0".to_owned()], Some("hm".into()))
    );
    undo(&mut log, &[remove.id().clone()]);
    assert_eq!(order(&log), ["t", "u", "k1", "k0"]);
}

#[test]
fn notes_written_in_a_clip_timeline_that_left_with_its_sequence_come_back_with_it() {
    let remove = own("a", 1, RemoveTimeline::new("t", 0.0));
    let note = InsertChild::new("k1-a", -1, annotation("x0", "c1", 7, &[], Some("hm")), 0.0);
    let mut log = folded(&[remove.clone(), by_b(1, 2, note)]);
    assert_eq!(value(&log, "x0", "metadata/note"), None);
    undo(&mut log, &[remove.id().clone()]);
    assert_eq!(value(&log, "x0", "metadata/note"), Some("hm".into()));
}
