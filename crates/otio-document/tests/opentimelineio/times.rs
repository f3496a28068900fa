//! Times against opentimelineio 0.18.1: the same answer, bit for bit, to every question.

mod answers;
mod questions;

use lossless_json::Value;

use crate::asking;
use crate::asking::{is_same, shown};

/// Questions of one run; `OTIO_SYNC_DOCUMENTS` asks for as many of each operation.
const QUESTIONS: usize = 400;

#[test]
fn every_question_has_opentimelineios_answer() {
    let questions = questions::questions(asking::wanted(QUESTIONS));
    let Some(theirs) = asking::answers("times.py", &questions) else { return };
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
