//! Compositions against opentimelineio 0.18.1: the same answer to every question about time, bit for bit, or an error
//! where it has one.

pub(crate) mod answers;
pub(crate) mod cases;

use lossless_json::{Object, Value};

use crate::asking;
use crate::asking::{is_same, shown};
use cases::Case;

/// Documents of one run; `OTIO_SYNC_DOCUMENTS` asks for more.
const DOCUMENTS: usize = 1_000;

#[test]
fn every_question_has_opentimelineios_answer() {
    let cases: Vec<Case> = (0..asking::wanted(DOCUMENTS) as u64).map(cases::case).collect();
    let questions: Vec<Value> = cases.iter().map(line).collect();
    let Some(theirs) = asking::answers("compositions.py", &questions) else { return };
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

pub(crate) fn line(case: &Case) -> Value {
    let mut line = Object::new();
    line.insert("document", case.document.as_str());
    line.insert("questions", case.questions.clone());
    Value::Object(line)
}
