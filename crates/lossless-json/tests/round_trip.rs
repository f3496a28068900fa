//! Values survive every form that keeps them.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test")]

use lossless_json::{Limits, Number, Object, ParseReason, Style, Value, parse, parse_like_opentimelineio};
use proptest::prelude::*;

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::Int),
        (-1000i64..1000).prop_map(Number::Int),
        (u64::MAX / 2 + 1..=u64::MAX).prop_map(Number::UInt),
        any::<u64>().prop_map(f64::from_bits).prop_map(|value| Number::Float(if value.is_nan() {
            f64::NAN
        } else {
            value
        })),
        (-1000.0..1000.0f64).prop_map(Number::Float),
        "[1-9][0-9]{20,40}".prop_map(|text| Number::Literal(text.into())),
        "-[1-9][0-9]{20,40}".prop_map(|text| Number::Literal(text.into())),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let scalars = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        numbers().prop_map(Value::Number),
        any::<String>().prop_map(Value::String),
        "[a-z\"\\\\/\u{0}-\u{1f}\u{7f}é☃😀\u{2028}]{0,20}".prop_map(Value::String),
    ];
    scalars.prop_recursive(6, 60, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::Array),
            prop::collection::vec((any::<String>(), inner), 0..20)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Object>())),
        ]
    })
}

fn read(text: &str) -> Value {
    let parsed = parse(text.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert!(parsed.duplicate_keys.is_empty(), "{:?}: {text}", parsed.duplicate_keys);
    parsed.value
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Object(object) => {
            let mut object: Object = object.iter().map(|(key, value)| (key, sorted(value))).collect();
            object.sort_keys();
            Value::Object(object)
        }
        scalar => scalar.clone(),
    }
}

proptest! {
    #[test]
    fn every_value_survives_the_forms_that_keep_it(value in values()) {
        for style in [Style::OtioPretty, Style::OtioCompact, Style::Python] {
            prop_assert_eq!(&read(&value.to_text(style)), &value, "{:?}", style);
        }
        prop_assert_eq!(read(&value.to_text(Style::Digest)), sorted(&value));
    }

    #[test]
    fn python_text_is_ascii(value in values()) {
        prop_assert!(value.to_text(Style::Python).bytes().all(|byte| (b' '..0x7f).contains(&byte)));
    }

    #[test]
    fn strict_text_holds_no_token_that_json_lacks(value in values()) {
        fn has_token(value: &Value) -> bool {
            match value {
                Value::Array(items) => items.iter().any(has_token),
                Value::Object(object) => object.iter().any(|(_, value)| has_token(value)),
                value => value.as_f64().is_some_and(|value| !value.is_finite()),
            }
        }
        for style in [Style::Strict, Style::StrictPretty] {
            prop_assert!(!has_token(&read(&value.to_text(style))));
        }
    }

    #[test]
    fn equal_values_have_equal_digest_forms_and_others_have_not(a in values(), b in values()) {
        let equal = sorted(&a) == sorted(&b);
        prop_assert_eq!(a.to_text(Style::Digest) == b.to_text(Style::Digest), equal);
        prop_assert_eq!(a.to_text(Style::Digest), sorted(&a).to_text(Style::Digest));
    }

    #[test]
    fn no_bytes_make_the_readers_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes, &Limits::default());
        let _ = parse_like_opentimelineio(&bytes, &Limits::default());
    }

    #[test]
    fn no_damage_to_a_text_makes_the_readers_panic(value in values(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = value.to_text(Style::OtioCompact).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = parse(&bytes, &Limits::default());
        let _ = parse(&bytes[..at], &Limits::default());
        let _ = parse_like_opentimelineio(&bytes, &Limits::default());
    }

    #[test]
    fn number_literals_are_kept(whole in "-?(0|[1-9][0-9]{0,30})", fraction in "(\\.[0-9]{1,30})?", exponent in "([eE][+-]?[0-9]{1,3})?") {
        let literal = format!("{whole}{fraction}{exponent}");
        let value = read(&literal);
        let number = value.as_number().unwrap();
        match number {
            Number::Float(value) => prop_assert_eq!(value.to_bits(), literal.parse::<f64>().unwrap().to_bits()),
            Number::Literal(text) => prop_assert_eq!(&**text, literal.as_str()),
            number => prop_assert_eq!(Value::Number(number.clone()).to_text(Style::Digest), literal.replace("-0", "0")),
        }
    }
}

#[test]
fn the_forms_look_as_their_programs_write_them() {
    let value = read(
        r#"{"é":"☃😀\u007f\u001f/","f":1e22,"g":24.0,"n":NaN,"e":[],"o":{},"l":[1,{"a":-Infinity}],"i":-7}"#,
    );
    assert_eq!(
        value.to_text(Style::Python),
        r#"{"\u00e9": "\u2603\ud83d\ude00\u007f\u001f/", "f": 1e+22, "g": 24.0, "n": NaN, "e": [], "o": {}, "l": [1, {"a": -Infinity}], "i": -7}"#
    );
    assert_eq!(
        value.to_text(Style::OtioCompact),
        "{\"é\":\"☃😀\u{7f}\\u001F/\",\"f\":1e22,\"g\":24.0,\"n\":NaN,\"e\":[],\"o\":{},\"l\":[1,{\"a\":-Infinity}],\"i\":-7}"
    );
    let nested = read(r#"{"b":[1,{"a":null}],"a":{}}"#);
    assert_eq!(
        nested.to_text(Style::OtioPretty),
        "{\n    \"b\": [\n        1,\n        {\n            \"a\": null\n        }\n    ],\n    \"a\": {}\n}"
    );
    assert_eq!(nested.to_text(Style::Digest), r#"{"a":{},"b":[1,{"a":null}]}"#);
    let tokens = read("[NaN,Infinity,-Inf,-0.0,0,1.0,1]");
    assert_eq!(tokens.to_text(Style::Strict), r#"["NaN","Infinity","-Infinity",-0.0,0,1.0,1]"#);
    assert_eq!(
        nested.to_text(Style::StrictPretty),
        "{\n  \"b\": [\n    1,\n    {\n      \"a\": null\n    }\n  ],\n  \"a\": {}\n}"
    );
}

fn reason(text: &str) -> ParseReason {
    parse(text.as_bytes(), &Limits::default()).unwrap_err().reason
}

#[test]
fn an_error_says_where_and_why() {
    let error = parse("{\n  \"é\": [1,\n    ☃]}".as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!((error.line, error.column, error.offset), (3, 5, 18));
    assert_eq!(error.to_string(), "line 3, column 5, $[\"é\"][1]: found '☃', expected a value");
    assert_eq!(reason(""), ParseReason::Empty);
    assert_eq!(reason("[1, 2"), ParseReason::UnexpectedEnd("`,` or `]`"));
    assert_eq!(reason("1 2"), ParseReason::TrailingText('2'));
    assert_eq!(reason("01"), ParseReason::TrailingText('1'));
    assert_eq!(reason("\"a\tb\""), ParseReason::ControlCharacter(9));
    assert_eq!(reason(r#""\x""#), ParseReason::InvalidEscape('x'));
    assert_eq!(reason(r#""\u12""#), ParseReason::InvalidUnicodeEscape);
    for lone in [r#""\ud800""#, r#""\udc00\ud800""#, r#""\ud800A""#, r#""\ud800\n""#] {
        assert!(matches!(reason(lone), ParseReason::LoneSurrogate(_)), "{lone}");
    }
    for wrong in [
        "{a:1}",
        "[1,]",
        "{\"a\" 1}",
        "tru",
        "nul",
        "-",
        "1.",
        "1e",
        ".5",
        "+1",
        "-I",
        "Infinit",
        "\"",
        "\"\\",
    ] {
        assert!(
            matches!(reason(wrong), ParseReason::UnexpectedCharacter { .. } | ParseReason::UnexpectedEnd(_)),
            "{wrong}"
        );
    }
    let error = parse(b"[\"a\xff\"]", &Limits::default()).unwrap_err();
    assert_eq!((error.reason, error.offset), (ParseReason::InvalidUtf8, 3));
}

#[test]
fn limits_are_kept() {
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(deep(512).as_bytes(), &Limits::default()).is_ok());
    assert_eq!(reason(&deep(513)), ParseReason::TooDeep(512));
    assert_eq!(reason(&"[{\"a\":".repeat(1_000_000)), ParseReason::TooDeep(512));
    let limits = Limits { depth_max: usize::MAX, bytes_max: 10_000 };
    let reasons =
        [deep(2000), " ".repeat(10_001)].map(|text| parse(text.as_bytes(), &limits).unwrap_err().reason);
    assert_eq!(
        reasons,
        [ParseReason::TooDeep(1024), ParseReason::TooLong { bytes: 10_001, bytes_max: 10_000 }]
    );
    let value = parse(deep(1024).as_bytes(), &limits).unwrap().value;
    assert_eq!(value.clone().to_text(Style::Digest), deep(1024));
}

#[test]
fn the_first_of_duplicate_keys_is_kept_and_the_others_are_reported() {
    let text = r#"{"a":1,"b":[0,{"x y":{"c":1,"c":2}}],"a":2}"#;
    let parsed = parse(text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(parsed.value.to_text(Style::Digest), r#"{"a":1,"b":[0,{"x y":{"c":1}}]}"#);
    assert_eq!(parsed.duplicate_keys, [r#"$.b[1]["x y"].c"#, "$.a"]);
}

#[test]
fn an_object_of_many_keys_is_read_in_good_time() {
    let entries: Vec<String> = (0..200_000).rev().map(|at| format!("\"k{}\":{at}", at % 150_000)).collect();
    let parsed = parse(format!("{{{}}}", entries.join(",")).as_bytes(), &Limits::default()).unwrap();
    assert_eq!(parsed.value.as_object().unwrap().len(), 150_000);
    assert_eq!(parsed.duplicate_keys.len(), 100);
    assert_eq!(parsed.value.as_object().unwrap().iter().next().unwrap().0, "k49999");
}

#[test]
fn a_byte_order_mark_is_skipped_unless_opentimelineio_is_followed() {
    assert_eq!(read("\u{feff}[1]").to_text(Style::Digest), "[1]");
    let error = parse_like_opentimelineio("\u{feff}1".as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!(error.reason, ParseReason::ByteOrderMark);
}

#[test]
fn a_nul_ends_a_text_only_where_opentimelineio_is_followed() {
    let like = |text: &str| {
        parse_like_opentimelineio(text.as_bytes(), &Limits::default()).map(|parsed| parsed.value)
    };
    assert_eq!(like("[1]\0garbage"), Ok(read("[1]")));
    assert_eq!(like(r#"{"a\u0000b":1,"a":2}"#), Ok(read(r#"{"a\u0000b":1,"a":2}"#)));
    assert!(like("\"a\0b\"").is_err());
    assert_eq!(read(r#""a\u0000b""#), Value::from("a\0b"));
    assert_eq!(reason("\"a\0b\""), ParseReason::ControlCharacter(0));
}
