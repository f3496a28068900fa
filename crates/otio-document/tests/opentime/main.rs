//! Times against opentimelineio 0.18.1 itself, run by the Python that `OTIO_SYNC_PYTHON` names: the same answer, bit for
//! bit, to every question.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test")]

mod answers;
mod questions;

use std::io::Write;
use std::process::{Command, Stdio};

use lossless_json::{Limits, Style, Value, parse};

/// Questions of one run; `OTIO_SYNC_DOCUMENTS` asks for as many of each operation.
const QUESTIONS: usize = 400;

#[test]
fn every_question_has_opentimelineios_answer() {
    let Ok(python) = std::env::var("OTIO_SYNC_PYTHON") else {
        println!("skipped: OTIO_SYNC_PYTHON names no Python with opentimelineio 0.18.1");
        return;
    };
    let of_each = std::env::var("OTIO_SYNC_DOCUMENTS").ok().and_then(|count| count.parse().ok());
    let questions = questions::questions(of_each.unwrap_or(QUESTIONS));
    let theirs = asked(&python, &questions);
    assert_eq!(theirs.len(), questions.len(), "one answer each");
    let mut wrong = Vec::new();
    for (question, theirs) in questions.iter().zip(&theirs) {
        let ours = answers::answer(question);
        if !is_same(&ours, theirs) && !is_known_to_differ(question, &ours) {
            wrong.push(format!("{}\n  ours   {}\n  theirs {}", shown(question), shown(&ours), shown(theirs)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        questions.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
    println!("{} answers are the same", questions.len());
}

fn is_known_to_differ(question: &Value, ours: &Value) -> bool {
    is_no_number_of_seconds(ours)
        || compares_nan(question)
        || has_slow_rate(question)
        || is_no_time_string(question)
}

/// OTIO's text for it is an accident of its C++.
fn is_no_number_of_seconds(ours: &Value) -> bool {
    ours.as_str().is_some_and(|text| matches!(text, "NaN" | "inf" | "-inf"))
}

/// OTIO finds NaN less than everything, and everything less than NaN; Rust's operators may not.
fn compares_nan(question: &Value) -> bool {
    let parts = question.as_array().unwrap();
    let is_number = |time: &Value| {
        let time = answers::time(time);
        time.is_valid() && !(time.value / time.rate).is_nan()
    };
    matches!(parts[0].as_str(), Some("less" | "less_or_equal")) && !parts[1..].iter().all(is_number)
}

/// OTIO's table of rates has a zero at its end, which it takes for a rate, and for the
/// nearest of slow ones and of those beyond all reckoning.
fn has_slow_rate(question: &Value) -> bool {
    let parts = question.as_array().unwrap();
    let of_rates = [
        "from_timecode",
        "from_time_string",
        "to_timecode",
        "to_nearest_timecode",
        "nearest_rate",
        "is_rate",
    ];
    let slow = |part: &Value| part.as_f64().is_some_and(|rate| !(12.0..1e300).contains(&rate));
    parts[0].as_str().is_some_and(|operation| of_rates.contains(&operation)) && parts.iter().any(slow)
}

/// OTIO does not look at the first character of a time string that begins with an empty field.
fn is_no_time_string(question: &Value) -> bool {
    let parts = question.as_array().unwrap();
    let is_odd = |text: &str| text.contains(|c: char| !matches!(c, '0'..='9' | '.' | ':'));
    parts[0].as_str() == Some("from_time_string") && parts[1].as_str().is_some_and(is_odd)
}

fn asked(python: &str, questions: &[Value]) -> Vec<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/opentime/oracle.py");
    let mut process =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let text: String = questions.iter().map(|question| shown(question) + "\n").collect();
    let mut input = process.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = process.wait_with_output().unwrap();
    writer.join().unwrap();
    let read = |line: &str| parse(line.as_bytes(), &Limits::default()).unwrap().value;
    String::from_utf8(output.stdout).unwrap().lines().map(read).collect()
}

fn shown(value: &Value) -> String {
    value.to_text(Style::Python)
}

/// Both errors, or equal with NaN equal to NaN and 0.0 apart from −0.0.
fn is_same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(_), Value::Object(_)) => true,
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Number(_), Value::Number(_)) => {
            let (a, b) = (ours.as_f64().unwrap(), theirs.as_f64().unwrap());
            a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
        }
        (a, b) => a == b,
    }
}
