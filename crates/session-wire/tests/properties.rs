//! What holds for every message there could be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod samples;

use lossless_json::{Limits, Object, Style, Value, parse};
use proptest::prelude::*;
use session_wire::{DecodeError, Envelope, FieldInfo, MESSAGES, Message, limits};

/// Any JSON, small.
fn any_json() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        ".{0,8}".prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            object_of("[a-z_]{0,6}", inner).prop_map(Value::Object),
        ]
    })
}

fn object_of(key: &'static str, value: impl Strategy<Value = Value>) -> impl Strategy<Value = Object> {
    prop::collection::btree_map(key, value, 0..4).prop_map(|entries| entries.into_iter().collect())
}

/// Keys that no version knows.
fn unknown_entries() -> impl Strategy<Value = Object> {
    object_of("x-[a-z]{1,4}", any_json())
}

/// A value for a field: mostly of its kind, sometimes of any other, sometimes missing.
fn field_value(field: &FieldInfo) -> BoxedStrategy<Option<Value>> {
    let identifiers = || prop::collection::vec("[a-z0-9/-]{1,12}".prop_map(Value::from), 0..4);
    let counts = || any::<u64>().prop_map(Value::from);
    let fitting = match field.type_name.as_str() {
        "string" => ".{0,12}".prop_map(Value::from).boxed(),
        "string or null" => prop_oneof![Just(Value::Null), "[a-z]{1,6}".prop_map(Value::from)].boxed(),
        "bool" => any::<bool>().prop_map(Value::from).boxed(),
        "number" => any::<f64>().prop_map(Value::from).boxed(),
        "integer" => any::<i64>().prop_map(Value::from).boxed(),
        "integer from 0" => counts().boxed(),
        "list" => prop::collection::vec(any_json(), 0..4).prop_map(Value::Array).boxed(),
        "list of strings" => identifiers().prop_map(Value::Array).boxed(),
        "list of integers" => prop::collection::vec(counts(), 0..4).prop_map(Value::Array).boxed(),
        "list of 2 numbers" => any::<[f64; 2]>().prop_map(|pair| Value::from(pair.to_vec())).boxed(),
        "object of integer from 0" => {
            object_of("[a-z]{1,4}/[a-z]{1,4}", counts()).prop_map(Value::Object).boxed()
        }
        "RationalTime" => any::<(f64, f64)>().prop_map(time).boxed(),
        "object (Base)" => unknown_entries().prop_map(base).boxed(),
        name if name.starts_with("object (") => unknown_entries().prop_map(Value::Object).boxed(),
        name if name.starts_with("object of object") => {
            object_of("[a-z]{1,6}", unknown_entries().prop_map(Value::Object)).prop_map(Value::Object).boxed()
        }
        name if name.starts_with("object") => {
            object_of("[a-z]{1,6}", ".{0,4}".prop_map(Value::from)).prop_map(Value::Object).boxed()
        }
        _ => any_json().boxed(),
    };
    prop_oneof![40 => fitting.prop_map(Some), 1 => any_json().prop_map(Some), 1 => Just(None)].boxed()
}

fn time((value, rate): (f64, f64)) -> Value {
    let entries =
        [("OTIO_SCHEMA", Value::from("RationalTime.1")), ("value", value.into()), ("rate", rate.into())];
    Value::Object(entries.into_iter().collect())
}

fn base(mut entries: Object) -> Value {
    entries.insert("id", "b");
    entries.insert("timelines", Object::new());
    Value::Object(entries)
}

/// A body of known fields with unknown ones among them.
fn body(fields: &[FieldInfo]) -> impl Strategy<Value = Object> + use<> {
    let names: Vec<_> = fields.iter().map(|field| field.name).collect();
    let values: Vec<_> = fields.iter().map(field_value).collect();
    (values, unknown_entries()).prop_map(move |(values, mut body)| {
        for (name, value) in names.iter().zip(values) {
            if let Some(value) = value {
                body.insert(*name, value);
            }
        }
        body
    })
}

/// A whole envelope of a family and event, with unknown keys at every level.
fn envelope() -> impl Strategy<Value = Value> {
    envelope_with(|| unknown_entries().boxed())
}

/// The same with such keys around the body.
fn envelope_with(around: fn() -> BoxedStrategy<Object>) -> impl Strategy<Value = Value> {
    let known = (0..MESSAGES.len()).prop_flat_map(|at| {
        let info = &MESSAGES[at];
        let names = Just((info.family.to_owned(), info.event.to_owned()));
        (names, body(&(info.fields)()).prop_map(Value::Object))
    });
    let unknown = (("[A-Z]{1,8}\\.9", "[A-Z]{1,8}"), any_json());
    let operation = prop::option::weighted(0.5, body(&session_wire::operation_field_table()));
    let message = prop_oneof![9 => known.boxed(), 1 => unknown.boxed()];
    (message, operation, [around(), around(), around()]).prop_map(
        |(((family, event), body), operation, [mut outer, mut payload, mut command])| {
            command.insert("event", event);
            command.insert("payload", body);
            payload.insert("command_schema", family);
            payload.insert("command", command);
            outer.insert("session", "dailies");
            outer.insert("source_guid", "A");
            outer.insert("payload", payload);
            if let Some(operation) = operation {
                outer.insert("op", operation);
            }
            Value::Object(outer)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1_000), ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_between_decode_and_encode(received in envelope()) {
        let decoded = match Envelope::from_value(received.clone()) {
            Ok(decoded) => decoded,
            Err(DecodeError::Body { .. } | DecodeError::Operation { .. }) => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        prop_assert_eq!(decoded.to_value().to_text(Style::Digest), received.to_text(Style::Digest));
        prop_assert_eq!(decoded.encode(), decoded.to_value().to_text(Style::Python));
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same(received in envelope()) {
        let Ok(decoded) = Envelope::from_value(received) else { return Ok(()) };
        let again = Envelope::decode(decoded.encode().as_bytes());
        prop_assert_eq!(again.map(|again| again.to_value()), Ok(decoded.to_value()));
    }

    #[test]
    fn what_is_packed_comes_back(received in envelope_with(|| Just(Object::new()).boxed())) {
        let Ok(decoded) = Envelope::from_value(received) else { return Ok(()) };
        if let Some(packed) = decoded.pack() {
            prop_assert_eq!(packed.unpack(&decoded.source_guid), Some(decoded));
        }
    }

    #[test]
    fn the_short_way_from_bytes_reads_what_the_long_one_reads(
        received in envelope_with(|| Just(Object::new()).boxed()), style in 0usize..3,
        (from, upto) in any::<(prop::sample::Index, prop::sample::Index)>(), again in 0usize..4,
    ) {
        let styles = [Style::Python, Style::OtioPretty, Style::OtioCompact];
        let text = received.to_text(styles[style]).into_bytes();
        prop_assert_eq!(both_ways(&text).0, both_ways(&text).1);
        let (from, upto) = (from.index(text.len()), upto.index(text.len()));
        let part = &text[from.min(upto)..from.max(upto)];
        let spoilt = [&text[..from.min(upto)], &part.repeat(again), &text[from.max(upto)..]].concat();
        prop_assert_eq!(both_ways(&spoilt).0, both_ways(&spoilt).1);
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = Envelope::decode(&bytes);
    }

    #[test]
    fn any_json_is_a_message_or_an_error(json in any_json()) {
        let _ = Envelope::from_value(json);
    }

    #[test]
    fn a_message_with_a_value_exchanged_is_a_message_or_an_error(
        at in any::<prop::sample::Index>(), way in any::<[prop::sample::Index; 4]>(), value in any_json(),
    ) {
        let samples = samples::all();
        let mut sample = samples[at.index(samples.len())].to_value();
        exchange(&mut sample, &way, value);
        if let Ok(decoded) = Envelope::from_value(sample) {
            prop_assert!(Envelope::decode(decoded.encode().as_bytes()).is_ok());
        }
    }
}

proptest! {
    // One large sample: the share of a small one strays far.
    #![proptest_config(ProptestConfig { cases: 1, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn more_than_a_third_of_these_envelopes_are_typed(received in prop::collection::vec(envelope(), 2_048)) {
        let typed = received.into_iter().filter_map(|received| Envelope::from_value(received).ok());
        let typed = typed.filter(|envelope| !matches!(envelope.message, Message::Unknown(_))).count();
        prop_assert!(typed > 2_048 / 3, "only {} of 2048", typed);
    }
}

/// A key and its value.
type Field = (&'static str, &'static str);

/// Families and events of the page that have a counterpart, with a body that has the fields it takes.
const PAGE: &[(&str, &str, &[Field])] = &[
    ("OtioSession.1", "Get", &[]),
    ("LiveSession.1", "NewParticipants", &[]),
    ("PlaybackSettings.1", "Set", &[]),
    ("PlaybackSettings.1", "Get", &[]),
    ("PlaybackSettings.1", "Play", &[("value", "word")]),
    ("PlaybackSettings.1", "Loop", &[("value", "word")]),
    ("Annotation.1", "Clear", &[]),
];

/// An envelope of an older dialect, the unknown keys of its envelope, and those of its body.
fn other_dialect() -> impl Strategy<Value = (Value, Object, Object)> {
    (0..=PAGE.len(), unknown_entries(), unknown_entries()).prop_map(|(at, outer, inner)| {
        let mut envelope = outer.clone();
        let mut body = inner.clone();
        if let Some((family, event, fields)) = PAGE.get(at) {
            body = fields
                .iter()
                .map(|(key, value)| ((*key).to_owned(), Value::from(*value)))
                .chain(body)
                .collect();
            let command: Object =
                [("event", Value::from(*event)), ("payload", body.into())].into_iter().collect();
            let payload: Object =
                [("command_schema", Value::from(*family)), ("command", command.into())].into_iter().collect();
            envelope.insert("live_schema", "SyncReview.1");
            envelope.insert("live_payload", payload);
        } else {
            envelope.insert("command", "DISPLAY_SETTINGS");
            envelope.insert("event", "SET");
            envelope.insert("payload", body);
        }
        (Value::Object(envelope), outer, inner)
    })
}

proptest! {
    #[test]
    fn unknown_keys_survive_the_change_of_dialect((received, outer, inner) in other_dialect()) {
        let written = Envelope::from_value(received).unwrap().to_value();
        let body = written.at(&["payload", "command", "payload"]).unwrap();
        for (key, value) in outer.iter() {
            prop_assert_eq!(written.get(key), Some(value));
        }
        for (key, value) in inner.iter() {
            prop_assert_eq!(body.get(key), Some(value));
        }
    }
}

/// What bytes are, and what the tree of their values is.
fn both_ways(bytes: &[u8]) -> (Result<Envelope, DecodeError>, Result<Envelope, DecodeError>) {
    let limits = Limits { depth_max: limits::MESSAGE_DEPTH_MAX, bytes_max: limits::MESSAGE_BYTES_MAX };
    let tree = parse(bytes, &limits).map_err(DecodeError::from);
    (Envelope::decode(bytes), tree.and_then(|tree| Envelope::from_value(tree.value)))
}

/// Keys that stand twice, keys with escapes, keys in another order, values of another kind.
#[test]
fn what_is_spelled_otherwise_is_read_alike_both_ways() {
    let plain = include_str!("golden/ours/SetProperty.json");
    let exchanges = [
        ("\"session\"", "\"sess\\u0069on\""),
        ("\"session\": \"dailies\"", "\"session\": null"),
        ("\"session\": \"dailies\"", "\"session\": \"a\", \"session\": \"b\""),
        ("\"session\": \"dailies\"", "\"schema\": 1, \"session\": \"d\\u00e4\""),
        ("\"event\": \"SET_PROPERTY\", ", ""),
        ("\"path\": \"metadata/color\"", "\"path\": \"name\", \"path\": \"kind\""),
        ("\"path\": \"metadata/color\"", "\"path\": 1"),
        ("\"path\"", "\"pa\\u0074h\""),
        ("\"op\": {", "\"op\": {\"seq\": 1, "),
        ("\"op\": ", "\"op\": null, \"op\": "),
        ("\"op\": {", "\"op\": {\"txn\": null, \"hlc\": null, "),
        ("\"run\": ", "\"run\":"),
        ("\"run\": ", "\"run\":  "),
        (", \"seq\": ", ",\"seq\": "),
        ("\"run\": ", "\"run\": \"a\", \"run\": "),
        ("1795251807.662459", "1795251807"),
        ("\"payload\": {\"command_schema\"", "\"payload\" : { \"x\": {}, \"command_schema\""),
        ("}}}", "}}}, "),
        ("{", "\u{feff}{"),
    ];
    for (from, to) in exchanges {
        let text = plain.replacen(from, to, 1);
        assert_ne!(text, plain, "{from}");
        let (short, long) = both_ways(text.as_bytes());
        assert_eq!(short, long, "{text}");
    }
}

/// Puts a value somewhere into a message.
fn exchange(target: &mut Value, way: &[prop::sample::Index], value: Value) {
    let Some((first, rest)) = way.split_first() else { return *target = value };
    match target {
        Value::Object(object) if !object.is_empty() => {
            let at = first.index(object.len());
            if let Some((_, inner)) = object.iter_mut().nth(at) {
                exchange(inner, rest, value);
            }
        }
        _ => *target = value,
    }
}
