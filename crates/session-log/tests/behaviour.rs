//! What concurrent and late operations come to: the table of convergence.md §4.6, and the reference's rules where
//! nothing is concurrent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is a failed test")]

mod support;

use lossless_json::Value;
use session_log::{Action, NoEffect, Operation, Outcome, SessionLog};
use session_wire::{
    AddTimeline, Anchor, InsertChild, Message, MoveChild, OperationFields, RemoveChild, RemoveTimeline,
    ReplaceAnnotationCommands, ReplaceTimeline, SetPeerRole, SetProperty,
};
use support::plan::{annotation, base, clip, stroke, timeline, track};
use support::{existing, own, own_with, set};

fn log() -> SessionLog {
    let mut log = SessionLog::new();
    log.adopt_base(base(1.0));
    log
}

/// Inserts in every order that two operations can have, and gives one of the equal logs.
fn both_orders(first: &[Operation], second: &[Operation]) -> SessionLog {
    let (mut one, mut other) = (log(), log());
    for operation in first.iter().chain(second) {
        one.insert(operation.clone());
    }
    for operation in second.iter().chain(first) {
        other.insert(operation.clone());
    }
    assert_eq!(support::text(&one), support::text(&other));
    one
}

fn children(log: &SessionLog, parent: &str) -> Vec<String> {
    let (timeline, node) = log.state().locate(parent).unwrap();
    let document = log.state().timeline(&timeline).unwrap();
    document.children(node).iter().map(|child| document.guid(child).unwrap_or("?").to_owned()).collect()
}

fn value(log: &SessionLog, guid: &str, path: &str) -> Option<Value> {
    let (timeline, node) = log.state().locate(guid)?;
    let path = otio_document::PropertyPath::parse(path).unwrap();
    log.state().timeline(&timeline)?.property(node, &path).cloned()
}

fn strokes(log: &SessionLog, guid: &str) -> Vec<String> {
    let commands = value(log, guid, "metadata/annotation_commands").unwrap();
    let uuid = |command: &Value| command.get("uuid").and_then(Value::as_str).unwrap().to_owned();
    commands.as_array().unwrap().iter().map(uuid).collect()
}

fn beside(
    source: &str,
    seq: u64,
    message: impl Into<Message>,
    after: Option<&str>,
    before: Option<&str>,
) -> Operation {
    let anchor = |guid: Option<&str>| Some(guid.map_or(Anchor::EDGE, Anchor::beside));
    let fields = OperationFields {
        hlc: Some(seq * 1_000_000),
        after: anchor(after),
        before: anchor(before),
        ..OperationFields::new("run", seq)
    };
    own_with(source, message, fields)
}

fn effect(log: &mut SessionLog, operation: Operation) -> Result<Action, NoEffect> {
    match log.insert(operation).outcome {
        Outcome::New { effect, .. } => effect,
        other => panic!("{other:?}"),
    }
}

fn insert(parent: &str, index: i64, child: Value) -> InsertChild {
    InsertChild::new(parent, index, child, 0.0)
}

#[test]
fn a_late_property_undoes_only_what_it_has_to_do_with() {
    let redone = |later: &[Operation], late: Operation| {
        let mut log = log();
        log.insert_batch(later.to_vec());
        match log.insert(late).outcome {
            Outcome::New { redone, effect: Ok(Action::PropertySet) } => redone,
            other => panic!("{other:?}"),
        }
    };
    let late = || set("b", 1, "c0", "metadata/a", "late");
    let moved = own("a", 2, MoveChild::new("t-v", "c0", 2, 0.0));
    let removed = own("a", 3, RemoveChild::new("t-v", "c0", 0.0));
    let other = set("a", 4, "c1", "metadata/a", "other");
    assert_eq!(redone(&[moved.clone(), removed, other.clone()], late()), 0);
    assert_eq!(redone(&[set("a", 2, "c0", "name", "same clip"), other.clone()], late()), 2);
    let annotated = own("a", 2, insert("t-v", -1, annotation("n0", "c0", 1, &["s"], None)));
    assert_eq!(redone(&[annotated, other], late()), 2);
    assert_eq!(redone(&[own("a", 5, SetPeerRole::new("bob", "viewer")), moved], late()), 2);
}

#[test]
fn indices_count_as_in_the_reference() {
    for (index, expected) in [
        (0, ["n0", "c0", "c1", "c2", "c3"]),
        (2, ["c0", "c1", "n0", "c2", "c3"]),
        (99, ["c0", "c1", "c2", "c3", "n0"]),
        (-1, ["c0", "c1", "c2", "c3", "n0"]),
        (-2, ["c0", "c1", "n0", "c2", "c3"]),
        (-4, ["n0", "c0", "c1", "c2", "c3"]),
        (-5, ["c0", "c1", "c2", "n0", "c3"]), // opentimelineio counts from the end twice
        (-8, ["n0", "c0", "c1", "c2", "c3"]),
        (-10, ["n0", "c0", "c1", "c2", "c3"]),
    ] {
        let mut log = log();
        log.insert(own("a", 1, insert("t-v", index, clip("n0"))));
        assert_eq!(children(&log, "t-v"), expected, "insert at {index}");
    }
    for (index, expected) in [
        (0, ["c1", "c0", "c2", "c3"]),
        (1, ["c0", "c1", "c2", "c3"]),
        (3, ["c0", "c2", "c3", "c1"]),
        (-1, ["c0", "c2", "c1", "c3"]),
        (-4, ["c0", "c2", "c1", "c3"]), // among the three others, twice
        (-9, ["c1", "c0", "c2", "c3"]),
    ] {
        let mut log = log();
        log.insert(existing("a", MoveChild::new("t-v", "c1", index, 2.0)));
        assert_eq!(children(&log, "t-v"), expected, "move to {index}");
    }
}

#[test]
fn of_two_values_the_later_stamp_stands_and_deeper_newer_values_survive_an_older_parent() {
    let log = both_orders(&[set("a", 5, "c0", "name", "later")], &[set("b", 4, "c0", "name", "earlier")]);
    assert_eq!(value(&log, "c0", "name"), Some("later".into()));
    let parent = own("b", 1, SetProperty::new("c0", "metadata/a", support::json("{\"z\":0}"), 0.0));
    let log = both_orders(&[set("a", 2, "c0", "metadata/a/b/c", "deep")], &[parent]);
    assert_eq!(
        value(&log, "c0", "metadata/a"),
        None.or_else(|| Some(support::json(r#"{"b":{"c":"deep"},"z":0}"#)))
    );
}

#[test]
fn removal_wins_over_moves_and_edits_and_a_restore_brings_the_edit_back() {
    let remove = own("a", 1, RemoveChild::new("t-v", "c1", 0.0));
    let others = [set("b", 2, "c1", "name", "edited"), own("b", 3, MoveChild::new("t-v", "c1", 0, 0.0))];
    let mut log = both_orders(std::slice::from_ref(&remove), &others);
    assert_eq!(children(&log, "t-v"), ["c0", "c2", "c3"]);
    let restore = log.inverse_of(&[remove.id().clone()]).remove(0);
    let fields = OperationFields {
        hlc: Some(4_000_000),
        after: restore.after,
        before: restore.before,
        undo_of: vec![remove.id().to_string()],
        ..OperationFields::new("run", 2)
    };
    log.insert(own_with("a", restore.message, fields));
    assert_eq!(children(&log, "t-v"), ["c0", "c1", "c2", "c3"]);
    assert_eq!(value(&log, "c1", "name"), Some("edited".into()));
    log.insert(set("b", 5, "c1", "metadata/x", "1"));
    let late = own_with(
        "c",
        SetProperty::new("c1", "metadata/late", "y".into(), 0.0),
        OperationFields { hlc: Some(3_500_000), ..OperationFields::new("run", 1) },
    );
    log.insert(late);
    assert_eq!(
        value(&log, "c1", "metadata/late"),
        Some("y".into()),
        "an edit unseen by whoever restores survives"
    );
}

#[test]
fn an_existing_peers_insert_of_a_removed_object_brings_its_own_payload() {
    let mut log = log();
    log.insert(existing("a", RemoveChild::new("t-v", "c1", 2.0)));
    log.insert(existing("a", SetProperty::new("c1", "name", "lost".into(), 3.0)));
    assert_eq!(
        effect(&mut log, existing("a", InsertChild::new("t-v", 0, clip("c1"), 4.0))),
        Ok(Action::ChildInserted)
    );
    assert_eq!(children(&log, "t-v"), ["c1", "c0", "c2", "c3"]);
    assert_eq!(value(&log, "c1", "name"), Some("c1".into()));
}

#[test]
fn of_two_moves_the_later_gives_the_place_and_there_is_one_copy() {
    let log = both_orders(
        &[own("a", 1, MoveChild::new("t-v", "c0", 3, 0.0))],
        &[own("b", 2, MoveChild::new("t-v", "c0", 1, 0.0))],
    );
    assert_eq!(children(&log, "t-v"), ["c1", "c0", "c2", "c3"]);
}

#[test]
fn runs_typed_at_one_place_stay_whole_forwards_and_backwards() {
    let forwards = |source: &str, start, prefix: &str| {
        (0..3u64)
            .map(|i| {
                let left = if i == 0 { "c0".to_owned() } else { format!("{prefix}{}", i - 1) };
                beside(
                    source,
                    start + 2 * i,
                    insert("t-v", 1, clip(&format!("{prefix}{i}"))),
                    Some(&left),
                    Some("c1"),
                )
            })
            .collect::<Vec<_>>()
    };
    let log = both_orders(&forwards("a", 1, "x"), &forwards("b", 2, "y"));
    assert_eq!(children(&log, "t-v"), ["c0", "y0", "y1", "y2", "x0", "x1", "x2", "c1", "c2", "c3"]);
    let backwards = |source: &str, start, prefix: &str| {
        (0..3u64)
            .map(|i| {
                let right = if i == 0 { "c1".to_owned() } else { format!("{prefix}{}", i - 1) };
                beside(
                    source,
                    start + 2 * i,
                    insert("t-v", 1, clip(&format!("{prefix}{i}"))),
                    Some("c0"),
                    Some(&right),
                )
            })
            .collect::<Vec<_>>()
    };
    let log = both_orders(&backwards("a", 1, "x"), &backwards("b", 2, "y"));
    let order = children(&log, "t-v");
    let places: Vec<usize> =
        ["x2", "x1", "x0"].iter().map(|guid| order.iter().position(|o| o == guid).unwrap()).collect();
    assert!(places.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{order:?}");
}

#[test]
fn a_neighbour_that_was_removed_still_marks_its_place() {
    let remove = own("b", 1, RemoveChild::new("t-v", "c1", 0.0));
    let place = beside("a", 2, insert("t-v", 0, clip("n0")), Some("c1"), None);
    let log = both_orders(&[remove], &[place]);
    assert_eq!(children(&log, "t-v"), ["c0", "n0", "c2", "c3"]);
}

#[test]
fn moves_between_parents_need_neighbours_and_make_no_cycle() {
    let mut log = log();
    log.insert(own("a", 1, insert("t-stack", -1, track("outer", vec![track("inner", Vec::new())]))));
    let plain = own("a", 2, MoveChild::new("inner", "c0", 0, 0.0));
    assert_eq!(effect(&mut log, plain), Err(NoEffect::OtherParent("c0".into())));
    let anchored = beside("a", 3, MoveChild::new("inner", "c0", 0, 0.0), None, None);
    assert_eq!(effect(&mut log, anchored), Ok(Action::ChildMoved));
    assert_eq!(children(&log, "inner"), ["c0"]);
    let cycle = beside("a", 4, MoveChild::new("inner", "outer", 0, 0.0), None, None);
    assert_eq!(effect(&mut log, cycle), Err(NoEffect::Cycle("outer".into())));
    let itself = beside("a", 5, MoveChild::new("inner", "inner", 0, 0.0), None, None);
    assert_eq!(effect(&mut log, itself), Err(NoEffect::Cycle("inner".into())));
}

#[test]
fn the_same_object_is_inserted_once() {
    let log = both_orders(
        &[own("a", 1, insert("t-v", 0, clip("n0")))],
        &[own("b", 2, insert("t-v", -1, clip("n0")))],
    );
    assert_eq!(children(&log, "t-v"), ["n0", "c0", "c1", "c2", "c3"]);
}

#[test]
fn an_operation_whose_target_comes_later_takes_effect_by_itself() {
    let mut log = log();
    assert_eq!(
        effect(&mut log, set("b", 3, "n0", "name", "found")),
        Err(NoEffect::UnknownTarget("n0".into()))
    );
    log.insert(own("a", 1, insert("t-v", 0, clip("n0"))));
    assert_eq!(value(&log, "n0", "name"), Some("found".into()));
    assert_eq!(log.effect(set("b", 3, "n0", "name", "found").id()), Some(Ok(&Action::PropertySet)));
}

#[test]
fn strokes_of_all_on_one_frame_stand_in_one_clip_in_stamp_order() {
    let log = both_orders(
        &[own("a", 1, insert("t-a", -1, annotation("x0", "c0", 7, &["s0"], None)))],
        &[
            own("b", 2, insert("t-a", -1, annotation("x1", "c0", 7, &["s1"], None))),
            own("b", 3, insert("t-a", -1, annotation("x2", "c0", 8, &["s2"], None))),
        ],
    );
    assert_eq!(children(&log, "t-a"), ["x0", "x2"]);
    assert_eq!(strokes(&log, "x0"), ["s0", "s1"]);
    assert_eq!(strokes(&log, "x1"), ["s0", "s1"], "the other name leads to the same clip");
    assert_eq!(log.state().canonical_annotation("t", "x1"), "x0");
}

#[test]
fn a_replacement_keeps_the_strokes_that_its_sender_had_not_seen() {
    let draw = |source: &str, seq, guid: &str, uuid: &str| {
        own(source, seq, insert("t-a", -1, annotation(guid, "c0", 7, &[uuid], None)))
    };
    let seen = OperationFields {
        hlc: Some(3_000_000),
        seen: Some([("a/run".to_owned(), 1)].into()),
        ..OperationFields::new("run", 1)
    };
    let replace = |guid: &str| ReplaceAnnotationCommands::new(guid, vec![stroke("s9")], 0.0);
    let log = both_orders(
        &[draw("a", 1, "x0", "s0"), own_with("c", replace("x0"), seen)],
        &[draw("b", 2, "x1", "s1")],
    );
    assert_eq!(strokes(&log, "x0"), ["s9", "s1"]);
}

#[test]
fn a_replacement_by_an_existing_peer_keeps_what_others_drew_a_moment_before() {
    for (replaced_at, expected) in [(2.05, ["s9", "s1"].as_slice()), (2.2, &["s9"])] {
        let log = drawn_and_replaced(&["s9"], replaced_at);
        assert_eq!(strokes(&log, "x0"), expected, "{replaced_at}");
    }
}

#[test]
fn what_an_existing_peer_shows_to_know_is_replaced_at_once() {
    assert_eq!(strokes(&drawn_and_replaced(&[], 2.05), "x0"), [""; 0], "it clears the frame");
    let mut log = log();
    log.insert(existing("b", InsertChild::new("t-a", -1, annotation("x0", "c0", 7, &["s0"], None), 2.0)));
    log.insert(existing("a", ReplaceAnnotationCommands::new("x0", vec![stroke("s9")], 2.05)));
    assert_eq!(strokes(&log, "x0"), ["s9"], "it names the clip that was just inserted");
    for (seq, uuid) in [(1, "s1"), (2, "s2")] {
        let at = OperationFields { hlc: Some(3_000_000 + seq), ..OperationFields::new("run", seq) };
        let drawn = insert("t-a", -1, annotation(&format!("x{seq}"), "c0", 7, &[uuid], None));
        log.insert(own_with("b", drawn, at));
    }
    log.insert(existing("a", ReplaceAnnotationCommands::new("x0", vec![stroke("s2")], 3.05)));
    assert_eq!(strokes(&log, "x0"), ["s2"], "it lists what was drawn after the other");
}

/// Existing peers draw `s0` at 1.5 and `s1` at 2.0 on one frame, and the first replaces them.
fn drawn_and_replaced(by: &[&str], at: f64) -> SessionLog {
    let mut log = log();
    log.insert(existing("a", InsertChild::new("t-a", -1, annotation("x0", "c0", 7, &["s0"], None), 1.5)));
    log.insert(existing("b", InsertChild::new("t-a", -1, annotation("x1", "c0", 7, &["s1"], None), 2.0)));
    let commands = by.iter().map(|uuid| stroke(uuid)).collect();
    log.insert(existing("a", ReplaceAnnotationCommands::new("x0", commands, at)));
    log
}

#[test]
fn a_replacement_takes_away_what_existing_peers_drew_where_it_names_it() {
    for (names, expected) in [(true, ["s9"].as_slice()), (false, &["s9", "s1"])] {
        let mut log = log();
        let drawn = existing("e", InsertChild::new("t-a", -1, annotation("x0", "c0", 7, &["s1"], None), 2.0));
        let undo_of = names.then(|| drawn.id().to_string()).into_iter().collect();
        log.insert(drawn);
        let fields = OperationFields {
            hlc: Some(2_050_000),
            seen: Some([("z/run".to_owned(), 1)].into()),
            undo_of,
            ..OperationFields::new("run", 1)
        };
        let replace = ReplaceAnnotationCommands::new("x0", vec![stroke("s9")], 0.0);
        log.insert(own_with("c", replace, fields));
        assert_eq!(strokes(&log, "x0"), expected);
    }
}

#[test]
fn every_note_on_one_frame_is_kept() {
    let note = |source: &str, seq, guid: &str, text: &str| {
        own(source, seq, insert("t-a", -1, annotation(guid, "c0", 7, &[], Some(text))))
    };
    let log = both_orders(
        &[note("a", 1, "x0", "too dark"), set("a", 2, "x0", "metadata/note_status", "open")],
        &[note("b", 3, "x1", "too loud"), set("b", 4, "x1", "metadata/note_status", "done")],
    );
    assert_eq!(children(&log, "t-a"), ["x0"]);
    assert_eq!(value(&log, "x0", "metadata/note"), Some("too dark".into()));
    assert_eq!(value(&log, "x0", "metadata/note_status"), Some("open".into()));
    let merged = support::json(r#"{"x1":{"note":"too loud","note_status":"done"}}"#);
    assert_eq!(value(&log, "x0", "metadata/merged_notes"), Some(merged));
}

#[test]
fn a_note_and_a_drawing_on_one_frame_share_their_clip_whichever_came_first() {
    let note = own("a", 1, insert("t-a", -1, annotation("x0", "c0", 7, &[], Some("hm"))));
    let drawing = |seq| own("b", seq, insert("t-a", -1, annotation("x1", "c0", 7, &["s0"], None)));
    let log = both_orders(std::slice::from_ref(&note), &[drawing(2)]);
    assert_eq!((children(&log, "t-a"), strokes(&log, "x0")), (vec!["x0".to_owned()], vec!["s0".to_owned()]));
    assert_eq!(value(&log, "x0", "metadata/note"), Some("hm".into()));
}

#[test]
fn an_annotation_clip_that_was_merged_comes_as_its_own_once_the_other_is_removed() {
    let mut log = log();
    log.insert(own("a", 1, insert("t-a", -1, annotation("x0", "c0", 7, &["s0"], None))));
    log.insert(own("b", 2, insert("t-a", -1, annotation("x1", "c0", 7, &["s1"], None))));
    log.insert(own("a", 3, RemoveChild::new("t-a", "x0", 0.0)));
    log.insert(own("b", 4, insert("t-a", -1, annotation("x1", "c0", 7, &["s1"], None))));
    assert_eq!((children(&log, "t-a"), strokes(&log, "x1")), (vec!["x1".to_owned()], vec!["s1".to_owned()]));
}

#[test]
fn what_cannot_be_set_changes_nothing_and_says_why() {
    let mut log = log();
    let before = support::text(&log);
    for (path, value) in [
        ("metadata/a/b/c", "1"),
        ("source_range", "3"),
        ("nothing", "1"),
        ("enabled", "\"x\""),
        ("children", "[]"),
        ("metadata/sync/guid", "\"other\""),
        ("metadata/sync", "{}"),
        ("metadata", "{}"),
        ("", "1"),
    ] {
        let operation = own("a", 1, SetProperty::new("c0", path, support::json(value), 0.0));
        let mut log = self::log();
        assert!(matches!(effect(&mut log, operation), Err(NoEffect::Property { .. })), "{path}");
        assert_eq!(support::text(&log), before, "{path}");
    }
    let operation = own("a", 1, SetProperty::new("c0", "metadata/x/y/z", "made".into(), 0.0));
    assert_eq!(effect(&mut log, operation), Ok(Action::PropertySet));
    assert_eq!(value(&log, "c0", "metadata/x"), Some(support::json(r#"{"y":{"z":"made"}}"#)));
}

#[test]
fn an_edit_to_a_clip_reaches_its_sequence_and_the_copy_in_its_clip_timeline_stays() {
    let mut log = log();
    log.insert(set("a", 1, "c1", "name", "renamed"));
    let clip_timeline = log.state().timeline("k1").unwrap();
    let copy = clip_timeline.find("c1").unwrap();
    assert_eq!(clip_timeline.name(copy), "c1");
    assert_eq!(value(&log, "c1", "name"), Some("renamed".into()));
    log.insert(own("a", 2, MoveChild::new("k1-v", "c1", 0, 0.0)));
    assert_eq!(children(&log, "k1-v"), ["c1"]);
}

#[test]
fn of_two_sequences_that_hold_a_clip_the_one_that_came_last_is_edited() {
    let mut log = log();
    log.insert(set("a", 1, "c2", "name", "in u"));
    let name = |log: &SessionLog, timeline: &str| {
        let document = log.state().timeline(timeline).unwrap();
        document.name(document.find("c2").unwrap()).to_owned()
    };
    assert_eq!((name(&log, "t"), name(&log, "u")), ("c2".to_owned(), "in u".to_owned()));
    log.insert(own("a", 2, RemoveTimeline::new("u", 0.0)));
    log.insert(set("a", 3, "c2", "name", "in t"));
    assert_eq!(name(&log, "t"), "in t");
}

#[test]
fn a_timeline_takes_the_clip_timelines_of_its_clips_along_and_the_first_of_a_name_stays() {
    let mut log = log();
    let again = own("a", 1, AddTimeline::new("t", timeline("t", Vec::new(), None), 0.0));
    assert_eq!(effect(&mut log, again), Err(NoEffect::AlreadyThere("t".into())));
    let removed = effect(&mut log, own("a", 2, RemoveTimeline::new("t", 0.0)));
    assert_eq!(removed, Ok(Action::TimelineRemoved { with: vec!["k1".into()] }));
    assert!(log.state().clip_timelines().is_empty());
    assert_eq!(log.state().timelines().map(|(guid, _)| guid.to_string()).collect::<Vec<_>>(), ["u"]);
}

#[test]
fn a_replaced_timeline_loses_what_is_stamped_before_and_takes_what_is_stamped_after() {
    let new = timeline("t", vec![track("t-v", vec![clip("c9"), clip("c0")])], None);
    let replace = own("a", 2, ReplaceTimeline::new("t", new, 0.0));
    let log = both_orders(
        &[replace],
        &[
            set("b", 1, "c0", "name", "gone"),
            set("b", 3, "c0", "metadata/x", "kept"),
            set("b", 4, "c1", "name", "nowhere"),
        ],
    );
    assert_eq!(children(&log, "t-v"), ["c9", "c0"]);
    assert_eq!(
        (value(&log, "c0", "name"), value(&log, "c0", "metadata/x")),
        (Some("c0".into()), Some("kept".into()))
    );
}

#[test]
fn roles_are_registers_and_what_is_no_role_is_a_driver() {
    let log = both_orders(
        &[own("a", 2, SetPeerRole::new("bob", " Viewer ")), own("a", 3, SetPeerRole::new("eve", "boss"))],
        &[own("b", 1, SetPeerRole::new("bob", "reviewer"))],
    );
    assert_eq!(
        (
            log.state().roles().of("bob").as_str(),
            log.state().roles().of("eve").as_str(),
            log.state().roles().of("ann").as_str()
        ),
        ("viewer", "driver", "driver")
    );
}

#[test]
fn display_settings_are_no_part_of_a_document() {
    assert!(!support::text(&log()).contains("display_settings"));
}

#[test]
fn objects_without_a_guid_get_the_same_one_on_every_peer() {
    let nameless = support::json(r#"{"OTIO_SCHEMA":"Gap.1","metadata":{}}"#);
    let mut log = log();
    log.insert(own("a", 1, insert("t-v", 0, track("n-t", vec![nameless]))));
    let expected = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, b"a/run/1:1").to_string();
    assert_eq!(children(&log, "n-t"), [expected]);
}

#[test]
fn of_two_bases_the_earlier_one_is_taken_by_everybody() {
    let (early, late) = (base(1.0), base(2.0));
    assert!(early.goes_before(&late));
    let mut one = SessionLog::new();
    one.adopt_base(late.clone());
    assert!(matches!(one.adopt_base(early.clone()), session_log::Adopted::Now { .. }));
    assert_eq!(one.adopt_base(late), session_log::Adopted::KeptOwn);
    assert_eq!(one.adopt_base(early.clone()), session_log::Adopted::Already);
    assert_eq!(session_log::Base::from_wire(&early.to_wire()), early);
}

#[test]
fn a_digest_changes_with_the_state_and_only_with_it() {
    let mut log = log();
    let first = log.digest().to_owned();
    log.insert(set("a", 2, "nobody", "name", "x"));
    assert_eq!(log.digest(), first);
    log.insert(own("a", 3, SetProperty::new("c0", "metadata/n", support::json("NaN"), 0.0)));
    assert_ne!(log.digest(), first);
}

#[test]
fn an_object_without_a_guid_that_a_replacement_holds_by_its_derived_one_is_not_inserted_again() {
    let gap = || own("a", 2, insert("t-v", 1, support::json(r#"{"OTIO_SCHEMA":"Gap.1","metadata":{}}"#)));
    let mut seen = log();
    seen.insert(gap());
    let value = seen.state().timeline("t").unwrap().to_value();
    let earlier = existing("old", ReplaceTimeline::new("t", value, 1.0));
    let log = both_orders(&[gap()], &[earlier]);
    let guids = children(&log, "t-v");
    assert_eq!(guids.iter().filter(|guid| **guid == guids[1]).count(), 1, "{guids:?}");
}

#[test]
fn a_tombstone_is_found_as_a_neighbour_though_a_copy_stands_elsewhere() {
    let copies = own("a", 1, insert("t-stack", -1, track("w", vec![clip("c3")])));
    let removal = own("a", 2, RemoveChild::new("t-v", "c3", 0.0));
    let last = beside("b", 3, insert("t-v", -1, clip("later")), Some("c3"), None);
    let meant = beside("c", 4, insert("t-v", -1, clip("meant")), Some("c3"), None);
    let log = both_orders(&[copies, removal, last], &[meant]);
    assert_eq!(children(&log, "t-v")[3..], ["meant", "later"]);
}
