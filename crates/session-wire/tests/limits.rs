//! Every limit of the wire is hit: the largest value is read, one more is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use lossless_json::{Object, Value};
use session_wire::limits::*;
use session_wire::{DecodeError, Envelope, FieldProblem, OperationStamp, Operations, frontier_key};

fn envelope(family: &str, event: &str, body: Object) -> Value {
    let mut command = Object::new();
    command.insert("event", event);
    command.insert("payload", body);
    let mut payload = Object::new();
    payload.insert("command_schema", family);
    payload.insert("command", command);
    let mut outer = Object::new();
    outer.insert("session", "s");
    outer.insert("source_guid", "A");
    outer.insert("payload", payload);
    Value::Object(outer)
}

fn text(bytes: usize) -> Value {
    Value::from("x".repeat(bytes))
}

fn list(count: usize) -> Value {
    Value::Array(vec![Value::from(""); count])
}

fn numbers(count: usize) -> Value {
    Value::Array(vec![Value::from(1_i64); count])
}

fn entries(count: usize, value: impl Fn() -> Value) -> Value {
    Value::Object(Object::from_distinct((0..count).map(|key| (key.to_string(), value())).collect()))
}

/// Reads a body in which `make(size)` stands in `field`; the fields that must be there are filled in.
fn read(family: &str, event: &str, field: &str, value: Value) -> Result<Envelope, DecodeError> {
    let mut body = Object::new();
    for required in ["target_uuid", "path", "parent_uuid", "child_uuid", "target_guid", "run", "source_guid"]
    {
        body.insert(required, "x");
    }
    body.insert("annotation_clip_guid", "x");
    for required in ["request", "to_index"] {
        body.insert(required, 0_i64);
    }
    body.insert("timelines", Object::new());
    body.insert(field, value);
    Envelope::from_value(envelope(family, event, body))
}

/// The largest is read; one more is refused as too long or too many.
fn holds(family: &str, event: &str, field: &str, max: usize, make: impl Fn(usize) -> Value) {
    assert!(read(family, event, field, make(max)).is_ok(), "{event}.{field} at its limit");
    let problem = match read(family, event, field, make(max + 1)) {
        Err(DecodeError::Body { error, .. }) => error.problem,
        other => panic!("{event}.{field} beyond its limit: {other:?}"),
    };
    let expected =
        [FieldProblem::TooLong { bytes: max + 1, max }, FieldProblem::TooMany { count: max + 1, max }];
    assert!(expected.contains(&problem), "{event}.{field}: {problem:?}");
}

#[test]
fn texts_have_limits() {
    holds("OTIO_SESSION_1.0", "SET_PROPERTY", "target_uuid", IDENTIFIER_BYTES_MAX, text);
    holds("OTIO_SESSION_1.0", "SET_PROPERTY", "path", PATH_BYTES_MAX, text);
    holds("SESSION_LOG_1.0", "HELLO", "name", TEXT_BYTES_MAX, text);
    let long_value = read("OTIO_SESSION_1.0", "SET_PROPERTY", "value", text(TEXT_BYTES_MAX + 1));
    assert!(long_value.is_ok(), "only the message limits a value");
}

#[test]
fn lists_and_objects_have_limits() {
    let log = "SESSION_LOG_1.0";
    holds(log, "ACK", "frontier", FRONTIER_ENTRIES_MAX, |count| entries(count, || Value::from(1_i64)));
    holds("LiveSession.1", "STATE_SNAPSHOT", "timelines", TIMELINES_MAX, |count| {
        entries(count, Value::default)
    });
    holds("LiveSession.1", "STATE_SNAPSHOT", "peers", ROSTER_ENTRIES_MAX, |count| {
        entries(count, || Value::Object(Object::new()))
    });
    let lease = || Value::Object(Object::new());
    holds("LiveSession.1", "STATE_SNAPSHOT", "broadcast_ownership", ENTRIES_MAX, |count| {
        entries(count, lease)
    });
    holds(log, "OPERATIONS_REQUEST", "existing", EXISTING_ENTRIES_MAX, numbers);
    holds(log, "OPERATIONS", "envelopes", ENVELOPES_MAX, list);
    holds("OTIO_SESSION_1.0", "REPLACE_ANNOTATION_COMMANDS", "commands", ANNOTATION_COMMANDS_MAX, list);
    holds("LiveSession.1", "PEER_ANNOUNCE", "capabilities", ENTRIES_MAX, list);
}

/// A frontier with one key of that length.
fn keyed(bytes: usize) -> Value {
    Value::Object(Object::from_distinct(vec![("k".repeat(bytes), Value::from(1_i64))]))
}

#[test]
fn keys_and_ids_have_limits_that_hold_a_guid_and_a_run() {
    holds("SESSION_LOG_1.0", "ACK", "frontier", KEY_BYTES_MAX, keyed);
    let longest = "x".repeat(IDENTIFIER_BYTES_MAX);
    assert_eq!(frontier_key(&longest, &longest).len(), KEY_BYTES_MAX);
    assert_eq!(format!("{}/{}", frontier_key(&longest, &longest), u64::MAX).len(), OPERATION_ID_BYTES_MAX);
    let undo = |bytes| {
        let op = format!(r#"{{"run": "r", "seq": 1, "undo_of": ["{}"]}}"#, "x".repeat(bytes));
        let text =
            format!(r#"{{"payload": {{"command_schema": "X", "command": {{"event": "Y"}}}}, "op": {op}}}"#);
        Envelope::decode(text.as_bytes())
    };
    assert!(undo(OPERATION_ID_BYTES_MAX).is_ok());
    assert!(undo(OPERATION_ID_BYTES_MAX + 1).is_err());
}

#[test]
fn envelopes_have_limits() {
    for key in ["session", "source_guid"] {
        let with = |bytes| {
            let mut value = envelope("X", "Y", Object::new());
            value.as_object_mut().unwrap().insert(key, text(bytes));
            Envelope::from_value(value)
        };
        assert!(with(IDENTIFIER_BYTES_MAX).is_ok());
        let problem = FieldProblem::TooLong { bytes: IDENTIFIER_BYTES_MAX + 1, max: IDENTIFIER_BYTES_MAX };
        assert_eq!(with(IDENTIFIER_BYTES_MAX + 1), Err(DecodeError::EnvelopeKey { key, problem }));
    }
    let long = "x".repeat(IDENTIFIER_BYTES_MAX + 1);
    assert!(Envelope::from_value(envelope(&long, "Y", Object::new())).is_err());
    assert!(Envelope::from_value(envelope("X", &long, Object::new())).is_err());
}

#[test]
fn messages_have_a_length_and_a_depth() {
    let padded = |bytes: usize| {
        let mut text = r#"{"payload":{"command_schema":"X","command":{"event":"Y"}}}"#.to_owned();
        text.push_str(&" ".repeat(bytes - text.len()));
        Envelope::decode(text.as_bytes())
    };
    assert!(padded(MESSAGE_BYTES_MAX).is_ok());
    let too_large = DecodeError::TooLarge { bytes: MESSAGE_BYTES_MAX + 1, max: MESSAGE_BYTES_MAX };
    assert_eq!(padded(MESSAGE_BYTES_MAX + 1), Err(too_large));
    let nested = |depth: usize| {
        let inner = depth - 3;
        let body = "[".repeat(inner) + &"]".repeat(inner);
        let text =
            format!(r#"{{"payload":{{"command_schema":"X","command":{{"event":"Y","payload":{body}}}}}}}"#);
        Envelope::decode(text.as_bytes())
    };
    assert!(nested(MESSAGE_DEPTH_MAX).is_ok());
    assert!(matches!(nested(MESSAGE_DEPTH_MAX + 1), Err(DecodeError::Json(_))));
}

#[test]
fn what_logs_hold_is_never_too_deep_to_be_handed_on() {
    let of_depth = |depth: usize| {
        let inner = depth - 4;
        let value = "[".repeat(inner) + &"]".repeat(inner);
        let text = format!(
            r#"{{"source_guid":"e","payload":{{"command_schema":"OTIO_SESSION_1.0","command":{{"event":"SET_PROPERTY","payload":{{"target_uuid":"c","path":"name","value":{value}}}}}}}}}"#
        );
        Envelope::decode(text.as_bytes())
    };
    let refused = of_depth(OPERATION_DEPTH_MAX + 1).unwrap_err();
    let depth = OPERATION_DEPTH_MAX + 1;
    let (event, max) = ("SET_PROPERTY".to_owned(), OPERATION_DEPTH_MAX);
    assert_eq!(refused, DecodeError::TooDeep { event, depth, max });
    let deepest = of_depth(OPERATION_DEPTH_MAX).unwrap();
    let stamp = Envelope::new("s", "a", OperationStamp::new(&deepest));
    let stamp = Envelope::decode(stamp.encode().as_bytes()).unwrap();
    let handed_on = vec![deepest.to_value(), stamp.to_value()];
    let handed_on = Envelope::new("s", "a", Operations::new("b", 1, 0, true, handed_on));
    assert_eq!(Envelope::decode(handed_on.encode().as_bytes()), Ok(handed_on));
}

#[test]
fn the_table_names_every_limit() {
    let named: Vec<usize> = LIMITS.iter().map(|limit| limit.max).collect();
    for max in [
        MESSAGE_BYTES_MAX,
        MESSAGE_DEPTH_MAX,
        OPERATION_DEPTH_MAX,
        CARRYING_DEPTH_MAX,
        IDENTIFIER_BYTES_MAX,
        KEY_BYTES_MAX,
        OPERATION_ID_BYTES_MAX,
        PATH_BYTES_MAX,
        TEXT_BYTES_MAX,
        FRONTIER_ENTRIES_MAX,
        EXISTING_ENTRIES_MAX,
        ENVELOPES_MAX,
        TIMELINES_MAX,
        ANNOTATION_COMMANDS_MAX,
        ROSTER_ENTRIES_MAX,
        ENTRIES_MAX,
    ] {
        assert!(named.contains(&max), "{max}");
    }
}
