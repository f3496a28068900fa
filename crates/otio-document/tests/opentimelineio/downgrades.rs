//! Older versions, written as opentimelineio writes them.

use lossless_json::{Object, Style, Value};
use otio_document::{Document, Reading, TargetVersions, downgraded};

use crate::asking::{answers, wanted};
use crate::draw::Draw;
use crate::odd;
use crate::random::RandomDocuments;
use crate::shared;

/// Documents of one run; `OTIO_SYNC_DOCUMENTS` asks for more.
const RANDOM_DOCUMENTS: usize = 2_400;

/// Targets that most documents can be brought to.
const USUAL: &[&str] =
    &["0.14.0", "0.14.0", "Clip=1", "Clip=1,RationalTime=0,Foo=1", "0.18.1", "Clip=2", "Clip=3"];

/// Targets to which opentimelineio knows no way back, from one schema or another.
const UNUSUAL: &[&str] = &[
    "Clip=0",
    "Clip=-1,Track=1",
    "Marker=1,Clip=1",
    "ExternalReference=0,Clip=1",
    "MissingReference=0",
    "Gap=0,Clip=1",
    "Filler=0,Sequence=0,Clip=1",
    "UnknownSchema=0,PaintStart=0,Clip=1",
    "LinearTimeWarp=0,Clip=1",
    "Test=0",
    "SerializableObject=0",
];

/// Clips with references under odd keys, or with a field in the place of the one that they get.
const ODD_CLIPS: &[&str] = &[
    r#"{"OTIO_SCHEMA":"Clip.2","media_references":{},"active_media_reference_key":"","media_reference":"own"}"#,
    r#"{"OTIO_SCHEMA":"Clip.2","media_references":{"":{"OTIO_SCHEMA":"MissingReference.1","zeta":1,"B":2}},"active_media_reference_key":"","media_reference":5}"#,
    r#"{"OTIO_SCHEMA":"Clip.2","media_references":{"a":{"OTIO_SCHEMA":"MissingReference.1"},"b":{"OTIO_SCHEMA":"MissingReference.1","name":"b"}},"active_media_reference_key":"b","media_references_":1,"A":1,"Z":2,"OTIO":3,"OTIO_T":4}"#,
    r#"{"OTIO_SCHEMA":"Clip.2","media_references":{"b\u0000c":{"OTIO_SCHEMA":"MissingReference.1"},"b":{"OTIO_SCHEMA":"MissingReference.1","name":"b"}},"active_media_reference_key":"b\u0000c","name\u0000":1,"x":"y\u0000z"}"#,
];

fn targets(text: &str) -> TargetVersions {
    text.parse().unwrap()
}

fn question(document: &str, targets: &TargetVersions) -> Value {
    let versions: Object = targets.iter().map(|(schema, version)| (schema, i64::from(version))).collect();
    let question = [("document", Value::from(document)), ("targets", versions.into())];
    Value::Object(question.into_iter().collect())
}

/// The texts where there are any, else nothing.
fn ours(document: &str, targets: &TargetVersions) -> Option<(String, String)> {
    let document = Document::read(document.as_bytes(), Reading::LikeOpentimelineio).ok()?;
    let pretty = document.to_text_for(targets, Style::OtioPretty).ok()?;
    Some((pretty, document.to_text_for(targets, Style::OtioCompact).ok()?))
}

fn theirs(answer: &Value) -> Option<(String, String)> {
    let part = |key| answer.get(key)?.as_str().map(str::to_owned);
    Some((part("pretty")?, part("compact")?))
}

/// How many of the documents were written, refused for their versions, and written otherwise than without targets.
fn compare(cases: &[(String, TargetVersions)]) -> Option<[usize; 3]> {
    let questions: Vec<Value> = cases.iter().map(|(document, targets)| question(document, targets)).collect();
    let answers = answers("downgrades.py", &questions)?;
    let mut counts = [0; 3];
    for ((document, targets), answer) in cases.iter().zip(&answers) {
        if answer.get("crash").is_some() {
            continue;
        }
        let (ours, theirs) = (ours(document, targets), theirs(answer));
        assert_eq!(ours, theirs, "{targets:?}: {document}");
        let changed = ours.is_some() && ours != self::ours(document, &TargetVersions::default());
        counts[0] += usize::from(ours.is_some());
        counts[1] += usize::from(answer.get("error").is_some());
        counts[2] += usize::from(changed);
    }
    let [written, refused, changed] = counts;
    println!(
        "of {} documents {written} were written, {changed} of them with older versions, {refused} refused for their versions",
        cases.len()
    );
    Some(counts)
}

#[test]
fn random_documents_are_brought_to_older_versions_as_opentimelineio_does() {
    let mut draw = Draw(14);
    let drawn = (0..wanted(RANDOM_DOCUMENTS)).map(|seed| {
        let choices = if draw.below(4) == 0 { UNUSUAL } else { USUAL };
        (RandomDocuments::new(seed as u64).document(), targets(draw.of(choices)))
    });
    let Some([written, refused, changed]) = compare(&drawn.collect::<Vec<_>>()) else { return };
    assert!(written > 500 && refused > 50 && changed > 300, "the test says little");
}

#[test]
fn clips_with_odd_references_are_brought_to_older_versions_as_opentimelineio_does() {
    let all = ODD_CLIPS.iter().chain(odd::NULS).map(|text| ((*text).to_owned(), targets("Clip=1")));
    let Some([written, ..]) = compare(&all.collect::<Vec<_>>()) else { return };
    assert_eq!(written, ODD_CLIPS.len() + odd::NULS.len());
}

#[test]
fn samples_and_recorded_timelines_are_brought_to_the_versions_of_an_older_release() {
    let samples = shared::documents().into_iter().map(|(_, text)| (text, targets("0.14.0")));
    let samples: Vec<_> = samples.collect();
    if !samples.is_empty() {
        compare(&samples);
    }
}

#[test]
fn the_releases_have_the_versions_that_opentimelineio_says() {
    let releases: Vec<&str> = TargetVersions::releases().collect();
    let questions =
        releases.iter().map(|release| Value::Object([("release", *release)].into_iter().collect()));
    let Some(answers) = answers("downgrades.py", &questions.collect::<Vec<_>>()) else { return };
    for (release, answer) in releases.iter().zip(&answers) {
        let theirs = answer.as_object().unwrap().iter();
        let theirs: TargetVersions =
            theirs.map(|(schema, version)| (schema, version.as_i64().unwrap().try_into().unwrap())).collect();
        assert_eq!(TargetVersions::of_release(release), Some(theirs), "{release}");
    }
}

#[test]
fn bringing_documents_to_older_versions_twice_is_as_once_and_to_the_newest_is_nothing() {
    let (newest, older) = (targets("0.18.1"), targets("0.14.0"));
    for seed in 0..600 {
        let text = RandomDocuments::new(seed).document();
        let value = Document::read(text.as_bytes(), Reading::Exact).unwrap().to_value();
        if let Ok(once) = downgraded(value.clone(), &older) {
            assert!(
                !once.to_text(Style::Digest).contains(r#""OTIO_SCHEMA":"Clip.2""#),
                "seed {seed}: {once:?}"
            );
            assert_eq!(downgraded(once.clone(), &older), Ok(once), "seed {seed}");
        }
        if let Ok(kept) = downgraded(value.clone(), &newest) {
            assert_eq!(kept, value, "seed {seed}");
        }
    }
}
