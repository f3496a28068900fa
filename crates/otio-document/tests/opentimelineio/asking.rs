//! Asking a Python script with opentimelineio: a line of JSON in, a line out.

use std::io::Write;
use std::process::{Command, Stdio};

use lossless_json::{Limits, Style, Value, parse};

/// The answers of a script to questions, in order; none, and a line that says so, where there is no Python.
pub(crate) fn answers(script: &str, questions: &[Value]) -> Option<Vec<Value>> {
    let Ok(python) = std::env::var("OTIO_SYNC_PYTHON") else {
        println!("skipped: OTIO_SYNC_PYTHON names no Python with opentimelineio 0.18.1");
        return None;
    };
    let script = format!("{}/tests/opentimelineio/{script}", env!("CARGO_MANIFEST_DIR"));
    let mut process =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let text: String = questions.iter().map(|question| shown(question) + "\n").collect();
    let mut input = process.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = process.wait_with_output().unwrap();
    writer.join().unwrap();
    let read = |line: &str| parse(line.as_bytes(), &Limits::default()).unwrap().value;
    let answers: Vec<Value> = String::from_utf8(output.stdout).unwrap().lines().map(read).collect();
    assert_eq!(answers.len(), questions.len(), "one answer each");
    Some(answers)
}

/// How many are wanted of what a run draws: `OTIO_SYNC_DOCUMENTS`, else as many as usual.
pub(crate) fn wanted(usually: usize) -> usize {
    let wanted = std::env::var("OTIO_SYNC_DOCUMENTS").ok().and_then(|count| count.parse().ok());
    wanted.unwrap_or(usually)
}

pub(crate) fn shown(value: &Value) -> String {
    value.to_text(Style::Python)
}

/// Both errors, or equal with NaN equal to NaN and 0.0 apart from −0.0.
pub(crate) fn is_same(ours: &Value, theirs: &Value) -> bool {
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
