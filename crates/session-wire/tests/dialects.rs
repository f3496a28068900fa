//! Every dialect ever spoken reads as the message it means.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use lossless_json::{Value, parse};
use session_wire::{
    DecodeError, Dialect, DisplaySettings, Envelope, FieldProblem, Message, PlaybackMode, PlaybackSettings,
    RationalTime, families,
};

fn decode(text: &str) -> Envelope {
    Envelope::decode(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn nested(family: &str, event: &str, body: &str) -> Envelope {
    decode(&format!(
        r#"{{"session":"s","source_guid":"A","payload":{{"command_schema":"{family}","command":{{"event":"{event}","payload":{body}}}}}}}"#
    ))
}

fn wiki(family: &str, event: &str, body: &str) -> Envelope {
    decode(&format!(
        r#"{{"live_schema":"SyncReview.1","live_payload":{{"command_schema":"{family}","command":{{"event":"{event}","payload":{body}}}}}}}"#
    ))
}

fn playback(envelope: &Envelope) -> &PlaybackSettings {
    match &envelope.message {
        Message::PlaybackSettings(settings) => settings,
        other => panic!("{other:?}"),
    }
}

fn value(text: &str) -> Value {
    parse(text.as_bytes(), &lossless_json::Limits::default()).unwrap().value
}

#[test]
fn flat_messages_become_nested_ones() {
    for (command, event, family, nested_event, body) in [
        (
            "SESSION",
            Some("WHO_IS_MASTER"),
            families::LIVE_SESSION,
            "WHO_IS_MASTER",
            r#"{"requester_guid":"A"}"#,
        ),
        ("PLAYBACK_SETTINGS", Some("SET"), families::PLAYBACK_SETTINGS, "SET", r#"{"looping":true}"#),
        ("DISPLAY_SETTINGS", Some("SET"), families::DISPLAY_SETTINGS, "SET", r#"{"zoom":1.0}"#),
        ("SELECTION", Some("SET"), families::SELECTION, "SET", r#"{"clip_guid":"c"}"#),
        ("ADD_TIMELINE", None, families::TIMELINE, "ADD_TIMELINE", r#"{"timeline_guid":"t","timeline":{}}"#),
        (
            "RENAME_TIMELINE",
            None,
            families::TIMELINE,
            "RENAME_TIMELINE",
            r#"{"timeline_guid":"t","name":"n"}"#,
        ),
        (
            "PARTIAL_ANNOTATION",
            None,
            families::ANNOTATION,
            "PARTIAL",
            r#"{"clip_guid":"c","frame":1.0,"fps":24.0,"events":[]}"#,
        ),
        (
            "OTIO_SESSION",
            Some("MOVE_CHILD"),
            families::OTIO_SESSION,
            "MOVE_CHILD",
            r#"{"parent_uuid":"p","child_uuid":"c","to_index":1}"#,
        ),
        ("SOMETHING_ELSE", Some("X"), "SOMETHING_ELSE", "X", "[1]"),
    ] {
        let event_key = event.map(|event| format!(r#""event":"{event}","#)).unwrap_or_default();
        let flat = format!(
            r#"{{"command":"{command}",{event_key}"session_id":"s","source_guid":"A","payload":{body}}}"#
        );
        let envelope = decode(&flat);
        assert_eq!((envelope.message.family(), envelope.message.event()), (family, nested_event));
        assert_eq!((envelope.session.as_str(), envelope.dialect), ("s", Dialect::Flat));
        assert_eq!(decode(&envelope.encode()).message, envelope.message);
        assert_eq!(decode(&envelope.encode()).dialect, Dialect::Nested);
    }
}

#[test]
fn a_flat_claim_of_the_master_gets_its_schema() {
    let envelope = decode(
        r#"{"command":"SESSION","event":"I_AM_MASTER","session_id":"s","source_guid":"A","payload":{"master_guid":"A"}}"#,
    );
    assert!(envelope.encode().ends_with(r#", "schema": "SYNC_REVIEW_1.0"}"#));
}

#[test]
fn both_spellings_of_the_playback_mode_are_kept_as_received() {
    let old = nested(
        "PLAYBACK_SETTINGS_1.0",
        "SET",
        r#"{"playing":true,"looping":false,"muted":false,"scrubbing":true}"#,
    );
    assert_eq!(playback(&old).playback_mode, None);
    assert_eq!(playback(&old).effective_playback_mode(), Some(PlaybackMode::PlayOnce));
    assert!(!old.encode().contains("playback_mode"));
    let new = nested("PLAYBACK_SETTINGS_1.0", "SET", r#"{"playback_mode":"ping-pong"}"#);
    assert_eq!(playback(&new).effective_playback_mode(), Some(PlaybackMode::PingPong));
    assert!(!new.encode().contains("looping"));
    assert!(!new.merges_playback());
}

#[test]
fn page_playback_sets_only_what_it_names() {
    let start = r#"{"timestamp":"2025-01-31T16:14:00Z","start_time":{"OTIO_SCHEMA":"RationalTime.1","value":7.0,"rate":30.0}}"#;
    let seek = wiki("PlaybackSettings.1", "SetCurrentFrame", start);
    assert!(seek.merges_playback());
    assert_eq!(playback(&seek).current_time, Some(RationalTime::new(7.0, 30.0)));
    assert_eq!(playback(&seek).sync_timestamp, Some(1_738_340_040.0));
    assert_eq!(playback(&seek).playing, None);
    let play = wiki("PlaybackSettings.1", "Play", r#"{"value":true}"#);
    assert_eq!(playback(&play).playing, Some(true));
    let looping = wiki("PlaybackSettings.1", "Loop", r#"{"value":false}"#);
    assert_eq!(playback(&looping).effective_playback_mode(), Some(PlaybackMode::PlayOnce));
    let full = wiki(
        "PlaybackSettings.1",
        "Set",
        r#"{"muted":true,"output_bounds":{"OTIO_SCHEMA":"Box2d.1"},"source_index":0}"#,
    );
    assert_eq!(playback(&full).muted, Some(true));
    assert_eq!(playback(&full).extra.keys().collect::<Vec<_>>(), ["output_bounds", "source_index"]);
    let old_draft = wiki("PLAYBACK_SETTINGS_1.0", "SET", r#"{"looping":true}"#);
    assert!(old_draft.merges_playback());
}

#[test]
fn the_mark_of_the_page_survives_a_relay() {
    for envelope in [
        wiki("PlaybackSettings.1", "Play", r#"{"value":true}"#),
        nested("PlaybackSettings.1", "Play", r#"{"value":true}"#),
        decode(
            r#"{"live_review_schema":"SyncReview.1","live_review_payload":{"command_schema":"PlaybackSettings.1","command":{"event":"Play","payload":{"value":true}}}}"#,
        ),
    ] {
        let relayed = decode(&envelope.encode());
        assert!(relayed.merges_playback());
        assert_eq!(relayed, envelope);
        assert_eq!(envelope.message.family(), families::PLAYBACK_SETTINGS);
    }
}

#[test]
fn page_sessions_become_requests_and_snapshots() {
    let get = wiki("OtioSession.1", "Get", r#"{"user":"d344","app":"rv"}"#);
    let Message::StateRequest(request) = &get.message else { panic!("{get:?}") };
    assert_eq!(request.extra.get("app").and_then(Value::as_str), Some("rv"));

    let body = r#"{"timestamp":"2025-01-31T16:14:00Z","otio":{"OTIO_SCHEMA":"Timeline.1","metadata":{"sync":{"guid":"t1"}}},"rv":{"a":1},"xstudio":{},"sg":{"scope":"full"}}"#;
    let set = decode(&format!(
        r#"{{"live_schema":"SyncReview.1","live_payload":{{"command_schema":"OtioSession.1","command":{{"events":"Set","payload":{body}}}}}}}"#
    ));
    let Message::StateSnapshot(snapshot) = &set.message else { panic!("{set:?}") };
    assert_eq!(snapshot.timelines.keys().collect::<Vec<_>>(), ["t1"]);
    assert_eq!(snapshot.active_timeline_guid.as_deref(), Some("t1"));
    assert_eq!(snapshot.snapshot_timestamp.to_bits(), 1_738_340_040.0_f64.to_bits());
    assert_eq!(snapshot.extra.keys().collect::<Vec<_>>(), ["timestamp", "rv", "xstudio", "sg"]);
    assert_eq!(decode(&set.encode()), set);
}

#[test]
fn page_words_become_fields() {
    for (family, event) in [("LiveSession.1", "NewPresenter"), ("LIVE_SESSION_1.0", "NEW_PRESENTER")] {
        let envelope = wiki(family, event, r#""d3447b""#);
        let Message::NewPresenter(message) = &envelope.message else { panic!("{envelope:?}") };
        assert_eq!(message.presenter_hash.as_deref(), Some("d3447b"));
    }
    for (family, event) in [("LiveSession.1", "NewParticipants"), ("LIVE_SESSION_1.0", "NEW_PARTICIPANTS")] {
        assert!(matches!(wiki(family, event, "null").message, Message::NewParticipant(_)));
    }
    for (family, get, set) in [("SharedKey.1", "Get", "Set"), ("SHAREDKEY_1.0", "GET", "SET")] {
        assert!(matches!(wiki(family, get, r#""pub""#).message, Message::SharedKeyRequest(_)));
        assert!(matches!(wiki(family, set, r#""key""#).message, Message::SharedKeyResponse(_)));
    }
}

#[test]
fn page_annotations_and_what_has_no_counterpart_stay_as_they_are() {
    for (family, event, body) in [
        (
            "Annotation.1",
            "PaintStart",
            r#"{"timestamp":"2025-01-31T16:14:00Z","source_index":0,"paint":{"OTIO_SCHEMA":"Paint.1","uuid":"u"}}"#,
        ),
        (
            "Annotation.1",
            "PaintPoint",
            r#"{"point":{"OTIO_SCHEMA":"Point.1","x":5.67,"y":2.02,"size":0.05}}"#,
        ),
        ("Annotation.1", "PaintEnd", r#"{"uuid":"u"}"#),
        ("Annotation.1", "Clear", r#"{"clear_all":false,"clear_target":{"source_index":0}}"#),
        ("PlaybackSettings.1", "Get", "null"),
        ("OtioSession.1", "Set", r#"{"otio":"not an object"}"#),
        ("PlaybackSettings.1", "Play", "true"),
    ] {
        let envelope = wiki(family, event, body);
        let Message::Unknown(message) = &envelope.message else { panic!("{envelope:?}") };
        assert_eq!(
            (message.family.as_str(), message.event.as_str(), &message.body),
            (family, event, &value(body))
        );
        assert_eq!(decode(&envelope.encode()).message, envelope.message);
    }
}

#[test]
fn a_sender_that_does_not_name_itself_is_unknown() {
    let envelope = wiki("PlaybackSettings.1", "Play", r#"{"value":true}"#);
    assert_eq!((envelope.session.as_str(), envelope.source_guid.as_str()), ("", "unknown"));
}

#[test]
fn what_the_reference_tolerates_is_read_and_kept() {
    for (family, event, body) in [
        ("LiveSession.1", "PEER_ANNOUNCE", r#"{"peer_guid":"A","app":null,"capabilities":null}"#),
        (
            "LiveSession.1",
            "PEER_ANNOUNCE",
            r#"{"peer_guid":"A","app":"x","capabilities":"visibility","role":null,"reply_requested":true}"#,
        ),
        ("LiveSession.1", "STATE_REQUEST", "{}"),
        ("DISPLAY_SETTINGS_1.0", "SET", r#"{"pan":null,"zoom":null,"exposure":1}"#),
        (
            "PLAYBACK_SETTINGS_1.0",
            "SET",
            r#"{"playing":1,"current_time":{"value":3,"rate":24},"clip_guid":null}"#,
        ),
        (
            "OTIO_SESSION_1.0",
            "SET_PROPERTY",
            r#"{"target_uuid":"t","path":"name","sync_timestamp":1780000000}"#,
        ),
        ("OTIO_SESSION_1.0", "INSERT_CHILD", r#"{"parent_uuid":"p","child_data":{}}"#),
        ("Annotation.1", "PARTIAL", r#"{"clip_guid":"c","frame":89956,"fps":24,"events":[]}"#),
        (
            "BROADCAST_OWNERSHIP_1.0",
            "CLAIM_OWNERSHIP",
            r#"{"category":"position","peer_guid":"A","claim_ts":null}"#,
        ),
    ] {
        let envelope = nested(family, event, body);
        let written = envelope.message.body();
        assert_eq!(
            written.to_text(lossless_json::Style::Digest),
            value(body).to_text(lossless_json::Style::Digest)
        );
    }
}

#[test]
fn not_a_number_costs_nothing() {
    let text =
        nested("DISPLAY_SETTINGS_1.0", "SET", r#"{"zoom":NaN,"exposure":-Infinity,"sync_timestamp":NaN}"#)
            .encode();
    assert!(text.contains(r#"{"zoom": NaN, "exposure": -Infinity, "sync_timestamp": NaN}"#), "{text}");
}

#[test]
fn a_changed_field_is_written_as_it_is_now() {
    let mut envelope = nested("DISPLAY_SETTINGS_1.0", "SET", r#"{"zoom":1,"exposure":2,"pan":null}"#);
    let Message::DisplaySettings(settings) = &mut envelope.message else { panic!() };
    settings.zoom = Some(3.0);
    settings.pan = Some([0.0, 1.0]);
    assert!(
        envelope.encode().contains(r#"{"pan": [0.0, 1.0], "zoom": 3.0, "exposure": 2}"#),
        "{}",
        envelope.encode()
    );
    assert_eq!(DisplaySettings::default().pan, None);
}

#[test]
fn malformed_messages_are_refused_with_the_field() {
    let refused = |text: &str| Envelope::decode(text.as_bytes()).unwrap_err().to_string();
    let body = |family: &str, event: &str, body: &str| {
        refused(&format!(
            r#"{{"session":"s","source_guid":"A","payload":{{"command_schema":"{family}","command":{{"event":"{event}","payload":{body}}}}}}}"#
        ))
    };
    assert_eq!(
        refused("[]"),
        r#"the message is a list, where an object with "session", "source_guid" and "payload" belongs"#
    );
    assert!(refused("{").starts_with("the message is not JSON: line 1"));
    assert_eq!(refused("{}"), r#"the envelope has no "payload""#);
    assert_eq!(
        refused(r#"{"payload":"x"}"#),
        r#""payload" of the envelope is a string, where an object belongs"#
    );
    assert_eq!(refused(r#"{"payload":{}}"#), r#"the envelope has no "payload.command_schema""#);
    assert_eq!(
        refused(r#"{"payload":{"command_schema":"X","command":[]}}"#),
        r#""payload.command" of the envelope is a list, where an object belongs"#
    );
    assert_eq!(
        refused(r#"{"source_guid":null,"payload":{"command_schema":"X","command":{"event":"Y"}}}"#),
        r#""source_guid" of the envelope is null, where a string belongs"#
    );
    assert_eq!(
        body("OTIO_SESSION_1.0", "INSERT_CHILD", r#"{"parent_uuid":"p","index":"0","child_data":{}}"#),
        r#"OTIO_SESSION_1.0 INSERT_CHILD: "index" is a string, where an integer belongs"#
    );
    assert_eq!(
        body("OTIO_SESSION_1.0", "INSERT_CHILD", r#"{"parent_uuid":"p","index":0,"child_data":null}"#),
        r#"OTIO_SESSION_1.0 INSERT_CHILD: "child_data" is null, where an object belongs"#
    );
    assert_eq!(
        body("PLAYBACK_SETTINGS_1.0", "SET", "[]"),
        "PLAYBACK_SETTINGS_1.0 SET: the body is a list, where an object belongs"
    );
    assert_eq!(
        body(
            "BROADCAST_OWNERSHIP_1.0",
            "CLAIM_OWNERSHIP",
            r#"{"category":"position","peer_guid":"A","claim_ts":"now"}"#
        ),
        r#"BROADCAST_OWNERSHIP_1.0 CLAIM_OWNERSHIP: "claim_ts" is a string, where a number belongs"#
    );
    assert_eq!(
        body("LiveSession.1", "STATE_SNAPSHOT", r#"{"target_guid":"A","timelines":[]}"#),
        r#"LiveSession.1 STATE_SNAPSHOT: "timelines" is a list, where an object belongs"#
    );
    assert_eq!(
        body(
            "LiveSession.1",
            "STATE_SNAPSHOT",
            r#"{"timelines":{},"broadcast_ownership":{"display":{"remaining_ms":"x"}}}"#
        ),
        r#"LiveSession.1 STATE_SNAPSHOT: "broadcast_ownership.display.remaining_ms" is a string, where a number belongs"#
    );
}

#[test]
fn a_malformed_op_is_refused_with_the_field() {
    let text = r#"{"source_guid":"A","payload":{"command_schema":"X","command":{"event":"Y"}},"op":{"run":"r","seq":-1}}"#;
    let Err(DecodeError::Operation { error, .. }) = Envelope::decode(text.as_bytes()) else { panic!() };
    assert_eq!(error.path, "seq");
    assert!(matches!(error.problem, FieldProblem::WrongType { expected: "an integer from 0", .. }));
}

#[test]
fn anchors_tell_the_edge_from_no_anchor() {
    let op = |op: &str| {
        let text = format!(
            r#"{{"source_guid":"A","payload":{{"command_schema":"X","command":{{"event":"Y"}}}},"op":{op}}}"#
        );
        let envelope = decode(&text);
        assert_eq!(decode(&envelope.encode()), envelope);
        envelope.operation.unwrap()
    };
    let fields = op(r#"{"run":"r","seq":3,"after":null,"later":[1]}"#);
    assert_eq!(fields.after, Some(session_wire::Anchor::EDGE));
    assert_eq!(fields.before, None);
    assert_eq!(fields.extra.keys().collect::<Vec<_>>(), ["later"]);
}
