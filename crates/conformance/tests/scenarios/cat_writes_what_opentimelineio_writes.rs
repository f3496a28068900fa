//! `cat --like-opentimelineio` = opentimelineio 0.18.1, byte for byte, refusals too; plain `cat` reads everything.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use session_log::recording::{Recording, fold_recording};

use crate::common::compare::json;
use crate::common::material::{checkout, files, python, shared};
use crate::common::program::run;

/// One thing to print: a file, and which timeline of it.
struct Case {
    name: String,
    file: PathBuf,
    timeline: Option<String>,
}

#[test]
fn of_every_sample_file() {
    let (Some(shared), Some(python)) = (shared(), python()) else { return };
    let samples = files(&shared, "otio-samples", "otio");
    let cases: Vec<Case> =
        samples.into_iter().map(|file| Case { name: name_of(&file), file, timeline: None }).collect();
    let folder = tempfile::tempdir().unwrap();
    let expected = opentimelineio(
        &python,
        folder.path(),
        &cases.iter().map(|case| case.file.clone()).collect::<Vec<_>>(),
    );
    assert_same_as(&cases, &expected);
    let refused = expected.iter().filter(|answer| matches!(answer, Answer::Refused)).count();
    assert_eq!(refused, 2, "opentimelineio refuses the two samples with Marker.3");
}

#[test]
fn of_every_timeline_in_the_recordings() {
    let (Some(shared), Some(python)) = (shared(), python()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (mut cases, mut inputs) = (Vec::new(), Vec::new());
    for file in files(&shared, "recordings", "jsonl") {
        let fold = fold_recording(&Recording::read(&fs::read(&file).unwrap()), None);
        let state = fold.to_value("recording");
        for (guid, _) in state.get("timelines").unwrap().as_object().unwrap().iter() {
            let plain = run(["cat".as_ref(), file.as_os_str(), "--timeline".as_ref(), guid.as_ref()]);
            assert!(plain.status.success(), "cat reads {guid} of {}", file.display());
            let input = folder.path().join(format!("{}.otio", inputs.len()));
            fs::write(&input, &plain.stdout).unwrap();
            inputs.push(input);
            cases.push(Case {
                name: format!("{guid} of {}", name_of(&file)),
                file: file.clone(),
                timeline: Some(guid.to_owned()),
            });
        }
    }
    assert!(cases.len() > 11, "the recordings hold timelines");
    let expected = opentimelineio(&python, folder.path(), &inputs);
    assert_same_as(&cases, &expected);
}

/// What opentimelineio makes of a file.
enum Answer {
    Text { pretty: Vec<u8>, compact: Vec<u8> },
    Refused,
}

/// Asks opentimelineio about all files in one process.
fn opentimelineio(python: &Path, folder: &Path, inputs: &[PathBuf]) -> Vec<Answer> {
    let list: Vec<String> = inputs.iter().map(|input| input.display().to_string()).collect();
    fs::write(folder.join("list"), list.join("\n")).unwrap();
    let script = checkout("tests/python/rewrite_otio.py");
    let status =
        Command::new(python).arg(script).arg(folder.join("list")).arg(folder).stdin(Stdio::null()).status();
    assert!(status.unwrap().success(), "opentimelineio runs");
    (0..inputs.len())
        .map(|index| match fs::read(folder.join(format!("{index}.pretty"))) {
            Ok(pretty) => {
                Answer::Text { pretty, compact: fs::read(folder.join(format!("{index}.compact"))).unwrap() }
            }
            Err(_) => Answer::Refused,
        })
        .collect()
}

fn assert_same_as(cases: &[Case], expected: &[Answer]) {
    for (case, expected) in cases.iter().zip(expected) {
        let plain = cat(case, &[]);
        assert!(plain.status.success(), "plain cat reads {}", case.name);
        json(&plain.stdout);
        let pretty = cat(case, &["--like-opentimelineio"]);
        let compact = cat(case, &["--like-opentimelineio", "--compact"]);
        match expected {
            Answer::Text { pretty: text, compact: short } => {
                assert_same_bytes(&case.name, &pretty, text);
                assert_same_bytes(&format!("{} compact", case.name), &compact, short);
            }
            Answer::Refused => {
                assert_eq!(pretty.status.code(), Some(1), "{} is refused", case.name);
                assert!(pretty.stdout.is_empty(), "a refused file prints nothing");
                assert!(!pretty.stderr.is_empty(), "a refusal says why");
            }
        }
    }
}

fn cat(case: &Case, flags: &[&str]) -> Output {
    let mut arguments = vec!["cat".into(), case.file.clone().into_os_string()];
    arguments.extend(flags.iter().map(Into::into));
    if let Some(timeline) = &case.timeline {
        arguments.extend(["--timeline".into(), timeline.into()]);
    }
    run(arguments)
}

fn assert_same_bytes(name: &str, ours: &Output, theirs: &[u8]) {
    assert!(ours.status.success(), "{name}: {}", String::from_utf8_lossy(&ours.stderr));
    let at = ours.stdout.iter().zip(theirs).take_while(|(ours, theirs)| ours == theirs).count();
    let around = |bytes: &[u8]| {
        String::from_utf8_lossy(&bytes[at.saturating_sub(60)..bytes.len().min(at + 60)]).into_owned()
    };
    assert!(
        ours.stdout == theirs,
        "{name} differs at byte {at}\nours:   {}\ntheirs: {}",
        around(&ours.stdout),
        around(theirs)
    );
}

fn name_of(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().into_owned()
}
