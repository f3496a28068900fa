//! Numbers against opentimelineio 0.18.1 and Python 3.
//!
//! `golden/opentimelineio_reads.tsv` holds random literals and what opentimelineio makes of them (`ERR` where it
//! refuses); `golden/floats.tsv` holds the bits of floats, opentimelineio's text and Python's.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test")]

use lossless_json::{Limits, Style, Value, parse, parse_like_opentimelineio};

fn like_opentimelineio(literal: &str) -> String {
    match parse_like_opentimelineio(literal.as_bytes(), &Limits::default()) {
        Ok(parsed) => parsed.value.to_text(Style::OtioCompact),
        Err(_) => "ERR".to_owned(),
    }
}

/// The table of that name, or the one that the environment names, for runs over millions.
fn table(variable: &str, committed: &'static str) -> String {
    std::env::var(variable)
        .ok()
        .and_then(|path| std::fs::read_to_string(path).ok())
        .unwrap_or(committed.to_owned())
}

#[test]
fn number_literals_are_read_as_opentimelineio_reads_them() {
    let table = table("LOSSLESS_JSON_READS", include_str!("golden/opentimelineio_reads.tsv"));
    for line in table.lines() {
        let (literal, expected) = line.split_once('\t').unwrap();
        assert_eq!(like_opentimelineio(literal), expected, "{literal}");
    }
}

#[test]
fn floats_are_written_as_opentimelineio_and_python_write_them() {
    let table = table("LOSSLESS_JSON_FLOATS", include_str!("golden/floats.tsv"));
    for line in table.lines() {
        let [bits, otio, python] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let value = Value::from(f64::from_bits(u64::from_str_radix(bits, 16).unwrap()));
        assert_eq!(value.to_text(Style::OtioCompact), otio, "{bits}");
        assert_eq!(value.to_text(Style::Python), python, "{bits}");
        for style in [Style::Python, Style::Digest] {
            let back = parse(value.to_text(style).as_bytes(), &Limits::default()).unwrap().value;
            assert_eq!(back, value, "{bits}");
        }
    }
}

#[test]
fn edges_are_read_as_opentimelineio_reads_them() {
    for (literal, expected) in [
        ("0", "0"),
        ("-0", "0"),
        ("-0.0", "-0.0"),
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "0"),
        ("18446744073709551615", "9223372036854775807"),
        ("18446744073709551616", "18446744073709552000.0"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("-9223372036854775809", "-9223372036854776000.0"),
        ("1e22", "1e22"),
        ("1E+5", "100000.0"),
        ("1e-400", "0.0"),
        ("1e-99999999999", "0.0"),
        ("0.000000000000000000000000000001e320", "1e290"),
        ("NaN", "NaN"),
        ("-NaN", "NaN"),
        ("Inf", "Infinity"),
        ("-Infinity", "-Infinity"),
        ("5e-324", "5e-324"),
    ] {
        assert_eq!(like_opentimelineio(literal), expected, "{literal}");
    }
}

#[test]
fn what_opentimelineio_refuses_is_refused() {
    for literal in [
        "1e400",
        "-1e400",
        "1e309",
        "0e400",
        "1.7976931348623158e308",
        "01",
        "1.",
        ".5",
        "1e",
        "+1",
        "Infinit",
    ] {
        assert_eq!(like_opentimelineio(literal), "ERR", "{literal}");
    }
    assert_eq!(like_opentimelineio(&"1".repeat(400)), "ERR");
}
