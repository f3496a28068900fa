//! Compositions against opentimelineio 0.18.1: the same answer to every question about time, bit for bit, or an error
//! where it has one.

pub(crate) mod answers;
pub(crate) mod cases;

use lossless_json::{Object, Value};

use crate::asking;
use crate::asking::{is_same, shown};
use cases::Case;

/// Documents of one run; `OTIO_SYNC_DOCUMENTS` asks for more.
const DOCUMENTS: usize = 2_000;

/// Documents that one process is asked about, so that long runs fit the memory.
const AT_ONCE: usize = 2_000;

#[derive(Default)]
struct Tally {
    documents: usize,
    crashed: usize,
    told: usize,
    refused: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn compare(&mut self, case: &Case, theirs: &[Value]) {
        self.documents += 1;
        self.crashed += usize::from(theirs.is_empty());
        let ours = answers::answers(case);
        for ((question, ours), theirs) in case.questions.iter().zip(&ours).zip(theirs) {
            if matches!(theirs, Value::Object(_)) {
                self.refused += 1;
            } else {
                self.told += 1;
            }
            if !is_same(ours, theirs) && !is_known_to_differ(question, theirs) {
                let [question, ours, theirs] = [question, ours, theirs].map(shown);
                let document = &case.document;
                self.wrong
                    .push(format!("{question}\n  ours   {ours}\n  theirs {theirs}\n  in     {document}"));
            }
        }
    }
}

#[test]
fn every_question_has_opentimelineios_answer() {
    let mut tally = Tally::default();
    let seeds: Vec<u64> = (0..asking::wanted(DOCUMENTS) as u64).collect();
    for seeds in seeds.chunks(AT_ONCE) {
        let cases: Vec<Case> = seeds.iter().map(|seed| cases::case(*seed)).collect();
        let questions: Vec<Value> = cases.iter().map(line).collect();
        let Some(theirs) = asking::answers("compositions.py", &questions) else { return };
        for (case, theirs) in cases.iter().zip(&theirs) {
            tally.compare(case, theirs.as_array().unwrap_or_default());
        }
    }
    let Tally { documents, crashed, told, refused, wrong } = tally;
    let first = wrong.iter().take(6).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {}:\n{first}", wrong.len(), told + refused);
    assert!(crashed * 100 <= documents, "opentimelineio ends on {crashed} of {documents} documents");
    println!("{told} answers and {refused} refusals are the same in {documents} documents, {crashed} end it");
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
