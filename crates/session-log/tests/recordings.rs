//! Recordings of sessions with existing peers and of our own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is a failed test")]

mod support;

use std::sync::Arc;

use lossless_json::{Object, Style, Value};
use proptest::prelude::*;
use session_log::recording::{Folded, Recording, fold_recording};
use session_log::{Operation, SessionLog, Settling, StatePieces};
use session_wire::{
    AddTimeline, Envelope, Message, OperationFields, Operations, RemoveTimeline, ReplaceTimeline,
    StateSnapshot,
};
use support::json;
use support::plan::{base_snapshot, plan};

const EXISTING_PEERS: &str = include_str!("data/existing-peers.jsonl");
const OWN_SESSION: &str = include_str!("data/own-session.jsonl");

fn fold(text: &str) -> Folded {
    fold_recording(&Recording::read(text.as_bytes()), None)
}

fn names(folded: &Folded, timeline: &str, track: &str) -> Vec<String> {
    let document = folded.log().state().timeline(timeline).unwrap();
    let track = document.find(track).unwrap();
    document.children(track).iter().map(|child| document.name(child).to_owned()).collect()
}

fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    value.at(path).unwrap_or_else(|| panic!("{path:?}"))
}

#[test]
fn a_session_of_existing_peers_leads_to_what_they_show() {
    let folded = fold(EXISTING_PEERS);
    assert_eq!(names(&folded, "seq", "seq-media"), ["c.mov", "d.mov", "a.mov"]);
    let value = folded.to_value("existing-peers");
    let expected = [
        (
            "actions",
            r#"{"add_timeline":1,"annotation_commands_added":1,"annotation_commands_replaced":1,"display_settings":2,"insert_child":2,"move_child":1,"partial_annotation":1,"playback_settings":2,"remove_child":1,"set_property":1,"state_snapshot_received":1,"timeline_renamed":1}"#,
        ),
        ("active_timeline_guid", r#""seq""#),
        ("bad_lines", "[7]"),
        ("clip_timelines", r#"{"shot-a":"clip-a"}"#),
        (
            "display_state",
            r#"{"channel":"R","exposure":1.5,"pan":[0.5,0.0],"sync_timestamp":1790000007.0,"zoom":2.0}"#,
        ),
        ("messages", "21"),
        ("playback_state", r#"{"playing":false,"sync_timestamp":1790000009.0}"#),
        ("recording", r#""existing-peers""#),
        ("selected_clip_guid", "null"),
        ("timeline_order", r#"["seq","clip-a"]"#),
        ("unresolved_patch_count", "1"),
    ];
    for (key, text) in expected {
        assert_eq!(at(&value, &[key]).to_text(Style::Digest), text, "{key}");
    }
    let keys: Vec<&str> = value.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 13);
    assert!(keys.is_sorted());
    assert_eq!(*at(&value, &["timelines", "seq", "name"]), "Reel one".into());
    let settings = at(&value, &["timelines", "seq", "metadata", "display_settings"]);
    assert_eq!(
        settings.to_text(Style::Digest),
        r#"{"channel":"R","exposure":1.5,"pan":[0.5,0.0],"zoom":2.0}"#
    );
    let strokes = value.to_text(Style::Digest);
    assert!(
        strokes.contains(r#""uuid":"s2""#)
            && strokes.contains(r#""uuid":"s3""#)
            && !strokes.contains(r#""uuid":"s1""#)
    );
}

#[test]
fn a_prefix_leads_to_the_state_of_that_moment() {
    let recording = Recording::read(EXISTING_PEERS.as_bytes());
    let early = fold_recording(&recording, Some(1.15));
    assert_eq!(names(&early, "seq", "seq-media"), ["c.mov", "a.mov", "b.mov"]);
    assert_eq!(early.bad_lines().len(), 0, "the bad line comes after the last message in time");
    let later = fold_recording(&recording, Some(1.2));
    assert_eq!((later.bad_lines().len(), names(&later, "seq", "seq-media").len()), (1, 4));
    let value = early.to_value("x");
    let settings = at(&value, &["timelines", "seq", "metadata", "display_settings"]);
    assert_eq!(settings.to_text(Style::Digest), r#"{"pan":null,"zoom":1.0}"#, "as the snapshot had it");
    assert_eq!(fold_recording(&recording, Some(0.0)).log().state().timelines().count(), 0);
}

#[test]
fn a_sessions_log_on_disk_is_folded_in_stamp_order() {
    let folded = fold(OWN_SESSION);
    assert_eq!((folded.bad_lines(), folded.refused()), (&[][..], &[][..]));
    assert_eq!(names(&folded, "seq", "seq-media"), ["a.mov", "x.mov", "y.mov", "b.mov", "late.mov"]);
    let document = folded.log().state().timeline("seq").unwrap();
    let take = document.metadata(document.find("shot-b").unwrap()).unwrap().get("take");
    assert_eq!(take, Some(&7i64.into()), "an edit between removal and restore comes back");
    assert_eq!(folded.log().state().roles().of("eve").as_str(), "viewer");
    assert_eq!(folded.log().len(), 9);
}

fn line(time: f64, envelope: &Envelope) -> String {
    let entries =
        [("time_offset", time.into()), ("absolute_time", 1e-6.into()), ("payload", envelope.to_value())];
    Value::from(entries.into_iter().collect::<Object>()).to_text(Style::Python)
}

fn recorded(envelopes: &[Envelope]) -> Folded {
    let lines: Vec<String> = envelopes.iter().map(|envelope| line(0.0, envelope)).collect();
    fold(&lines.join("\n"))
}

fn our_snapshot(log: &SessionLog, timestamp: f64) -> Envelope {
    let timelines =
        log.state().timelines().map(|(guid, document)| (guid.as_ref(), document.to_value())).collect();
    let fields = OperationFields { seen: Some(log.frontier().to_wire()), ..OperationFields::new("run", 0) };
    Envelope::new("dailies", "hub", StateSnapshot::new("viewer", timelines, None, timestamp))
        .with_operation(fields)
}

#[test]
fn a_snapshot_of_ours_stands_for_the_operations_that_it_holds() {
    let recording = Recording::read(OWN_SESSION.as_bytes());
    let envelopes: Vec<Envelope> =
        recording.messages.iter().map(|recorded| Envelope::clone(&recorded.envelope)).collect();
    let mut log = SessionLog::new();
    for envelope in &envelopes[..6] {
        log.insert(operation(envelope));
    }
    let snapshot = our_snapshot(&log, 1_790_000_001.2);
    let whole = support::text(fold(OWN_SESSION).log());
    // A recorder that came late: the snapshot, a repetition of what it holds, and the rest.
    let mut late = vec![snapshot.clone(), envelopes[1].clone()];
    late.extend_from_slice(&envelopes[6..8]);
    let mut complete = envelopes.clone();
    complete.insert(6, snapshot.clone());
    assert_eq!(support::text(recorded(&complete).log()), whole, "not needed where everything is there");
    assert_eq!(recorded(&complete).log().len(), 9);
    let folded = recorded(&late);
    assert_eq!(folded.log().len(), 2);
    assert_eq!(names(&folded, "seq", "seq-media"), ["a.mov", "x.mov", "y.mov", "b.mov", "late.mov"]);
}

#[test]
fn operations_given_to_another_peer_are_taken_in_once() {
    let recording = Recording::read(OWN_SESSION.as_bytes());
    let envelopes: Vec<Envelope> =
        recording.messages.iter().map(|recorded| Envelope::clone(&recorded.envelope)).collect();
    let values = envelopes.iter().map(Envelope::to_value).chain([json("{}")]).collect();
    let given = Envelope::new("dailies", "hub", Operations::new("late", 1, 0, true, values));
    let folded = recorded(&[vec![given], envelopes].concat());
    assert_eq!(support::text(folded.log()), support::text(fold(OWN_SESSION).log()));
    assert_eq!(folded.refused().len(), 1);
}

#[test]
fn a_settled_state_given_to_a_late_recorder_stands_for_what_led_to_it() {
    let envelopes: Vec<Envelope> = Recording::read(OWN_SESSION.as_bytes())
        .messages
        .iter()
        .map(|recorded| Envelope::clone(&recorded.envelope))
        .collect();
    let mut log = SessionLog::new();
    log.insert_batch(
        envelopes.iter().filter(|envelope| envelope.message.is_durable()).map(operation).collect(),
    );
    let whole = support::text(&log);
    let body = log.checkpoint(3, 1, 1_000, |_| true).unwrap();
    let hlc = Some(log.operations().next_back().unwrap().stamp().hlc_us + 1);
    let fields = OperationFields { hlc, ..OperationFields::new("r", 1) };
    let checkpoint = Envelope::new("dailies", "hub", body).with_operation(fields);
    log.insert(operation(&checkpoint));
    assert!(matches!(log.settle(), Some(Settling::Done { .. })));
    let packed = StatePieces::pack(&log.settled_text().unwrap()).unwrap();
    let id = log.settled().unwrap().id().to_owned();
    let pieces: Vec<Envelope> =
        StatePieces::split(&id, &packed, 0).map(|piece| Envelope::new("dailies", "hub", piece)).collect();
    let above: Vec<Value> = log.operations().map(|operation| operation.envelope().to_value()).collect();
    let given = Envelope::new("dailies", "hub", Operations::new("recorder", 1, 0, true, above));
    // Also where the recorder began with a snapshot, as it does.
    let snapshot = our_snapshot(&log, 1_790_000_001.2);
    for beginning in [vec![], vec![snapshot]] {
        let lines = [beginning, pieces.clone(), vec![given.clone()]].concat();
        let folded = recorded(&lines);
        assert!(folded.refused().is_empty(), "{:?}", folded.refused());
        assert_eq!(support::text(folded.log()), whole);
        let id = |log: &SessionLog| log.settled().map(|settled| settled.id().to_owned());
        assert_eq!(id(folded.log()), id(&log));
    }
}

fn operation(envelope: &Envelope) -> Operation {
    Operation::from_envelope(&Arc::new(envelope.clone()), 1).unwrap().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// What a peer shows is what its recording, and its log on disk, fold to.
    #[test]
    fn a_recording_folds_to_what_the_peers_show(
        (plan, order) in plan(30).prop_flat_map(|plan| {
            let places: Vec<usize> = (0..plan.operations.len()).collect();
            (Just(plan), Just(places).prop_shuffle())
        }),
    ) {
        // Where only existing peers speak, the order of the file counts, as it did for them.
        prop_assume!(plan.operations.iter().any(|operation| !operation.id().is_of_existing_peer()));
        let mut live = plan.empty_log();
        let snapshot = Envelope::new("dailies", "old-master", Message::from(base_snapshot(1_650_000_000.0)));
        let mut envelopes: Vec<Envelope> = plan.base.iter().map(|_| snapshot.clone()).collect();
        for place in order {
            let operation = plan.operations[place].clone();
            envelopes.push(Envelope::clone(operation.envelope()));
            live.insert(operation);
        }
        prop_assert_eq!(support::text(recorded(&envelopes).log()), support::text(&live));
    }
}

#[test]
fn timelines_of_clips_come_last_in_a_snapshot_of_an_existing_peer_and_stay_in_their_place_in_ours() {
    let timeline = |guid: &str, clip: &str| {
        json(&format!(
            r#"{{"OTIO_SCHEMA":"Timeline.1","metadata":{{"sync":{{"guid":"{guid}"}}{clip}}},"name":"{guid}","global_start_time":null,"tracks":{{"OTIO_SCHEMA":"Stack.1","metadata":{{"sync":{{"guid":"{guid}-s"}}}},"name":"tracks","source_range":null,"effects":[],"markers":[],"enabled":true,"color":null,"children":[]}}}}"#
        ))
    };
    let of_clip = timeline("shot", r#","clip_timeline_for":"c""#);
    let timelines = [("a", timeline("a", "")), ("shot", of_clip), ("b", timeline("b", ""))];
    let snapshot = StateSnapshot::new("x", timelines.into_iter().collect(), None, 1_790_000_000.0);
    let existing = Envelope::new("dailies", "x", snapshot);
    let seen = Some([("p/r".to_owned(), 3)].into_iter().collect());
    let own = existing.clone().with_operation(OperationFields { seen, ..OperationFields::new("r", 0) });
    let order = |envelope: Envelope| {
        recorded(&[envelope]).to_value("x").get("timeline_order").unwrap().to_text(Style::Digest)
    };
    assert_eq!(order(existing), r#"["a","b","shot"]"#);
    assert_eq!(order(own), r#"["a","shot","b"]"#);
}

/// Renames of one timeline by one existing peer, with what its clock said at each.
fn renames(clocks: &[Option<f64>]) -> Vec<Envelope> {
    let timelines = [(
        "t",
        json(
            r#"{"OTIO_SCHEMA":"Timeline.1","metadata":{"sync":{"guid":"t"}},"name":"","tracks":{"OTIO_SCHEMA":"Stack.1","metadata":{},"name":"tracks","children":[]}}"#,
        ),
    )];
    let snapshot = StateSnapshot::new("x", timelines.into_iter().collect(), None, 1_790_000_000.0);
    let rename = |(number, clock): (usize, &Option<f64>)| {
        let mut body = session_wire::RenameTimeline::new("t", format!("name {number}"), 0.0);
        body.sync_timestamp = *clock;
        Envelope::new("dailies", "x", body)
    };
    let renames = clocks.iter().enumerate().map(rename);
    std::iter::once(Envelope::new("dailies", "x", snapshot)).chain(renames).collect()
}

#[test]
fn what_one_existing_peer_did_keeps_its_order_whatever_its_clock_said() {
    let clock = 1_790_000_001.0;
    let stood_still = vec![Some(clock); 12];
    let went_back: Vec<_> = (0..12).map(|step| Some(clock - f64::from(step))).collect();
    for clocks in [stood_still, went_back, vec![None; 12]] {
        let mut envelopes = renames(&clocks);
        let name = |envelopes: &[Envelope]| {
            let folded = recorded(envelopes);
            assert_eq!((folded.bad_lines(), folded.refused()), (&[][..], &[][..]));
            let document = folded.log().state().timeline("t").unwrap();
            document.name(document.root().unwrap()).to_owned()
        };
        assert_eq!(name(&envelopes), "name 11");
        // What is written twice counts once, where it was first.
        envelopes.push(envelopes[3].clone());
        assert_eq!(name(&envelopes), "name 11");
    }
}

/// The snapshot does not hold what was removed before, nor what was edited on it since.
#[test]
fn a_recording_with_what_led_to_its_snapshot_is_folded_from_the_beginning() {
    let (mut log, operations) = (SessionLog::new(), own_operations());
    let (before, after) = operations.split_at(operations.len() - 1);
    log.insert_batch(before.to_vec());
    let timelines = log.state().timelines().map(|(guid, timeline)| (&**guid, timeline.to_value()));
    let snapshot = StateSnapshot::new("recorder", timelines.collect(), None, 1_790_000_100.0);
    let seen = Some(log.frontier().to_wire());
    let snapshot = Envelope::new("dailies", "a", snapshot)
        .with_operation(OperationFields { seen, ..OperationFields::new("r", 0) });
    let (first, last) = before.split_at(2);
    let parts = [(0, false, first), (1, true, last)].map(|(number, is_last, part)| {
        let envelopes = part.iter().map(|operation| operation.envelope().to_value()).collect();
        Envelope::new("dailies", "a", Operations::new("recorder", 1, number, is_last, envelopes))
    });
    log.insert_batch(after.to_vec());
    let fold = |lines: &[&Envelope]| {
        let after = after.iter().map(|operation| &**operation.envelope());
        recorded(&lines.iter().copied().chain(after).cloned().collect::<Vec<_>>())
    };
    let exact = fold(&[&snapshot, &parts[0], &parts[1]]);
    assert_eq!((exact.log().digest(), exact.log().len()), (log.digest(), operations.len()));
    let incomplete = fold(&[&snapshot, &parts[1]]);
    assert_eq!(incomplete.log().len(), after.len(), "with a part of it the snapshot stays");
    assert_ne!(incomplete.log().digest(), log.digest(), "an edit of the removed clip is not in it");
}

/// The operations of a session of ours in their order; the last one takes a removal back.
fn own_operations() -> Vec<Operation> {
    let recording = Recording::read(OWN_SESSION.as_bytes());
    let read = recording
        .messages
        .iter()
        .filter_map(|recorded| Operation::from_envelope(&recorded.envelope, 0).unwrap());
    let mut operations: Vec<Operation> = read.collect();
    operations.sort_by(|a, b| a.stamp().cmp(b.stamp()));
    operations
}

/// The recorder gets a snapshot without the timeline, then what was said of it by somebody who was cut off.
#[test]
fn a_replacement_that_comes_late_brings_back_no_timeline_that_was_removed_before_the_snapshot() {
    let timeline = || json(r#"{"OTIO_SCHEMA":"Timeline.1","metadata":{"sync":{"guid":"t"}},"name":"t"}"#);
    let said = |source: &str, seq, message: Message| {
        Envelope::new("dailies", source, message).with_operation(OperationFields::new("run", seq))
    };
    let added = said("a", 1, AddTimeline::new("t", timeline(), 1_790_000_001.0).into());
    let removed = said("a", 2, RemoveTimeline::new("t", 1_790_000_003.0).into());
    let replaced = said("b", 1, ReplaceTimeline::new("t", timeline(), 1_790_000_002.0).into());
    let mut log = SessionLog::new();
    log.insert_batch([&added, &removed].map(operation).to_vec());
    let snapshot = our_snapshot(&log, 1_790_000_004.0);
    let led_to = [&added, &removed].map(Envelope::to_value).to_vec();
    let history = Envelope::new("dailies", "a", Operations::new("viewer", 1, 0, true, led_to));
    log.insert(operation(&replaced));
    assert_eq!(log.state().timelines().count(), 0);
    for lines in [[&snapshot, &replaced, &history], [&snapshot, &history, &replaced]] {
        let folded = recorded(&lines.map(Envelope::clone));
        assert_eq!((folded.log().digest(), folded.log().len()), (log.digest(), 3));
    }
}

#[test]
fn a_snapshot_that_holds_operations_beyond_a_gap_is_folded_from_what_led_to_it() {
    let timeline = |guid: &str| {
        json(&format!(
            r#"{{"OTIO_SCHEMA":"Timeline.1","metadata":{{"sync":{{"guid":"{guid}"}}}},"name":"t"}}"#
        ))
    };
    let adds = |seq, guid: &str, at| {
        Envelope::new("dailies", "a", AddTimeline::new(guid, timeline(guid), at))
            .with_operation(OperationFields::new("run", seq))
    };
    let (first, second) = (adds(1, "t", 1_790_000_001.0), adds(2, "u", 1_790_000_002.0));
    let third = adds(3, "v", 1_790_000_003.0);
    let mut log = SessionLog::new();
    log.insert_batch([&first, &third].map(operation).to_vec());
    let snapshot = our_snapshot(&log, 1_790_000_004.0);
    log.insert(operation(&second));
    let led_to = [&first, &third].map(Envelope::to_value).to_vec();
    let history = Envelope::new("dailies", "a", Operations::new("viewer", 1, 0, true, led_to));
    let folded = recorded(&[snapshot, history, second]);
    assert_eq!((folded.log().digest(), folded.log().len()), (log.digest(), 3));
    let order =
        |log: &SessionLog| log.state().timelines().map(|(guid, _)| guid.to_string()).collect::<Vec<_>>();
    assert_eq!(order(folded.log()), order(&log));
}
