//! The same bytes and the same refusals.

use lossless_json::Style;
use otio_document::{Document, Reading};

use crate::asking::wanted;
use crate::odd;
use crate::oracle::{Answer, Oracle};
use crate::random::RandomDocuments;
use crate::shared;

/// Documents of one run; `OTIO_SYNC_DOCUMENTS` asks for more.
const RANDOM_DOCUMENTS: usize = 2_000;

fn ours(text: &str) -> Answer {
    match Document::read(text.as_bytes(), Reading::LikeOpentimelineio) {
        Ok(document) => Answer::Text {
            pretty: document.to_text(Style::OtioPretty),
            compact: document.to_text(Style::OtioCompact),
        },
        Err(error) => Answer::Refusal(error.to_string()),
    }
}

fn assert_same(oracle: &mut Oracle, name: &str, text: &str) -> bool {
    match (oracle.ask(text), ours(text)) {
        (Answer::Refusal(_), Answer::Refusal(_)) | (Answer::Crash, _) => false,
        (theirs, ours) => {
            assert_eq!(theirs, ours, "{name}: {text}");
            true
        }
    }
}

#[test]
fn samples_and_recorded_timelines_are_written_as_opentimelineio_writes_them() {
    let Some(mut oracle) = Oracle::start() else { return };
    let documents = shared::documents();
    let read = documents.iter().filter(|(name, text)| assert_same(&mut oracle, name, text)).count();
    println!("{read} of {} documents read, the others refused", documents.len());
}

#[test]
fn random_documents_are_written_or_refused_as_opentimelineio_does() {
    let Some(mut oracle) = Oracle::start() else { return };
    let mut read = 0;
    for seed in 0..wanted(RANDOM_DOCUMENTS) as u64 {
        let text = RandomDocuments::new(seed).document();
        read += u32::from(assert_same(&mut oracle, &format!("seed {seed}"), &text));
    }
    println!("{read} documents read, the others refused");
    assert!(read > 100, "most documents are refused; the test says little");
}

#[test]
fn references_by_id_are_followed_as_opentimelineio_follows_them() {
    let Some(mut oracle) = Oracle::start() else { return };
    let read = odd::REFERENCES.iter().filter(|text| assert_same(&mut oracle, "a reference", text)).count();
    assert_eq!((read, odd::REFERENCES.len()), (7, 16));
}

#[test]
fn keys_and_texts_with_a_nul_are_compared_in_full_and_written_up_to_it() {
    let Some(mut oracle) = Oracle::start() else { return };
    assert!(odd::NULS.iter().all(|text| assert_same(&mut oracle, "a NUL", text)));
}

#[test]
fn the_class_of_opentimelineios_own_tests_is_known() {
    let Some(mut oracle) = Oracle::start() else { return };
    let read = odd::TEST_CLASS.iter().filter(|text| assert_same(&mut oracle, "Test", text)).count();
    assert_eq!(read, 1);
}

#[test]
fn samples_are_read_exactly_without_losing_a_value() {
    for (name, text) in shared::documents() {
        let document = Document::read(text.as_bytes(), Reading::Exact).unwrap();
        let again = document.to_text(Style::OtioPretty);
        let second = Document::read(again.as_bytes(), Reading::Exact).unwrap();
        assert_eq!(second.to_value(), document.to_value(), "{name}");
        assert_eq!(second.to_text(Style::OtioPretty), again, "{name}");
    }
}
