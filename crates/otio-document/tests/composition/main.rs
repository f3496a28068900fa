//! Compositions against opentimelineio 0.18.1 itself, run by the Python that `OTIO_SYNC_PYTHON` names: the same answer to
//! every question about time, bit for bit, or an error where it has one.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test")]

mod answers;
mod cases;

use std::io::Write;
use std::process::{Command, Stdio};

use lossless_json::{Limits, Object, Style, Value, parse};

use cases::Case;

/// Documents of one run; `OTIO_SYNC_DOCUMENTS` asks for more.
const DOCUMENTS: u64 = 1_000;

#[test]
fn every_question_has_opentimelineios_answer() {
    let Ok(python) = std::env::var("OTIO_SYNC_PYTHON") else {
        println!("skipped: OTIO_SYNC_PYTHON names no Python with opentimelineio 0.18.1");
        return;
    };
    let count = std::env::var("OTIO_SYNC_DOCUMENTS").ok().and_then(|count| count.parse().ok());
    let cases: Vec<Case> = (0..count.unwrap_or(DOCUMENTS)).map(cases::case).collect();
    let theirs = asked(&python, &cases);
    assert_eq!(theirs.len(), cases.len(), "a line of answers for each document");
    let (mut wrong, mut told, mut refused) = (Vec::new(), 0, 0);
    for (case, theirs) in cases.iter().zip(&theirs) {
        let ours = answers::answers(case);
        for ((question, ours), theirs) in case.questions.iter().zip(&ours).zip(theirs.as_array().unwrap()) {
            if matches!(theirs, Value::Object(_)) {
                refused += 1;
            } else {
                told += 1;
            }
            if !is_same(ours, theirs) && !is_known_to_differ(question, theirs) {
                let [question, ours, theirs] = [question, ours, theirs].map(shown);
                wrong.push(format!(
                    "{question}\n  ours   {ours}\n  theirs {theirs}\n  in     {}",
                    case.document
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        told + refused,
        wrong[..wrong.len().min(6)].join("\n")
    );
    let crashed = theirs.iter().filter(|answers| answers.as_array().is_some_and(<[Value]>::is_empty)).count();
    assert!(crashed * 100 <= cases.len(), "opentimelineio ends on {crashed} of {} documents", cases.len());
    println!(
        "{told} answers and {refused} refusals are the same in {} documents, {crashed} end it",
        cases.len()
    );
    assert!(told > refused, "most questions are refused; the test says little");
}

/// opentimelineio looks for a grandchild among the children of every composition on the way, and does not find it.
fn is_known_to_differ(question: &Value, theirs: &Value) -> bool {
    let operation = question.as_array().unwrap()[0].as_str().unwrap();
    let error = theirs.get("error").and_then(Value::as_str).unwrap_or_default();
    operation == "trimmed_range_of_child" && error.starts_with("NotAChildError")
}

fn asked(python: &str, cases: &[Case]) -> Vec<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/composition/oracle.py");
    let mut process =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let text: String = cases.iter().map(|case| line(case) + "\n").collect();
    let mut input = process.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = process.wait_with_output().unwrap();
    writer.join().unwrap();
    let read = |line: &str| parse(line.as_bytes(), &Limits::default()).unwrap().value;
    String::from_utf8(output.stdout).unwrap().lines().map(read).collect()
}

fn line(case: &Case) -> String {
    let mut line = Object::new();
    line.insert("document", case.document.as_str());
    line.insert("questions", case.questions.clone());
    shown(&Value::Object(line))
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
