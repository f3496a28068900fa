//! Bundles against opentimelineio 0.18.1 itself, run by the Python that `OTIO_SYNC_PYTHON` names.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod documents;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lossless_json::{Limits, Style, Value, parse};
use otio_bundle::{MediaReferencePolicy, read, write};
use otio_document::{Document, Reading};

const POLICIES: [(&str, MediaReferencePolicy); 3] = [
    ("ErrorIfNotFile", MediaReferencePolicy::ErrorIfNotFile),
    ("MissingIfNotFile", MediaReferencePolicy::MissingIfNotFile),
    ("AllMissing", MediaReferencePolicy::AllMissing),
];

/// Has opentimelineio do jobs in a folder; `None`, and a line that says so, where there is no opentimelineio.
fn ask(folder: &Path, jobs: &[Vec<String>]) -> Option<Vec<Option<String>>> {
    let Ok(python) = std::env::var("OTIO_SYNC_PYTHON") else {
        println!("skipped: OTIO_SYNC_PYTHON names no Python with opentimelineio 0.18.1");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/opentimelineio/oracle.py");
    let version = Command::new(&python).args([script, "version"]).output().expect("that Python runs").stdout;
    assert_eq!(version.trim_ascii(), b"0.18.1", "opentimelineio of another version");
    let mut process = Command::new(python)
        .arg(script)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let jobs = Value::from(jobs.iter().map(|job| Value::from(job.clone())).collect::<Vec<_>>());
    process.stdin.take().unwrap().write_all(jobs.to_text(Style::Python).as_bytes()).unwrap();
    let answers = process.wait_with_output().unwrap().stdout;
    let answers = parse(&answers, &Limits::default()).unwrap().value;
    Some(answers.as_array().unwrap().iter().map(|answer| answer.as_str().map(str::to_owned)).collect())
}

/// One document, to be written in one form under one policy by both.
struct Case {
    document: PathBuf,
    theirs: PathBuf,
    ours: PathBuf,
    policy: (&'static str, MediaReferencePolicy),
}

fn cases(folder: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for (index, text) in documents::all(folder).into_iter().enumerate() {
        let document = folder.join(format!("{index}.otio"));
        fs::write(&document, text).unwrap();
        for policy in POLICIES {
            for form in ["otioz", "otiod"] {
                let bundle = |by: &str| folder.join(format!("{index}-{}-{by}.{form}", policy.0));
                let (theirs, ours) = (bundle("theirs"), bundle("ours"));
                cases.push(Case { document: document.clone(), theirs, ours, policy });
            }
        }
    }
    cases
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Every file of a bundle, by its path in it.
fn files(bundle: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    if bundle.is_dir() {
        for (folder, prefix) in [(bundle.to_owned(), ""), (bundle.join("media"), "media/")] {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.path().is_file() {
                    let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
                    files.insert(name, fs::read(entry.path()).unwrap());
                }
            }
        }
        return files;
    }
    let mut zip = zip::ZipArchive::new(File::open(bundle).unwrap()).unwrap();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).unwrap();
        // Their order and packing are part of the name here, so that they are compared too.
        let name = format!("{index} {:?} {}", file.compression(), file.name().unwrap());
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        files.insert(name, bytes);
    }
    files
}

/// Whether this is Python's error about opentimelineio's own code, and none that it means to raise.
fn is_stumble(error: &str) -> bool {
    error.starts_with("AttributeError: 'opentimelineio._otio.")
        || error.starts_with("IndexError: tuple index")
}

#[test]
fn bundles_hold_the_same_bytes_whoever_writes_them_and_either_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = fs::canonicalize(folder.path()).unwrap();
    let cases = cases(&folder);
    let writes: Vec<_> = cases
        .iter()
        .map(|case| {
            vec!["write".to_owned(), shown(&case.document), shown(&case.theirs), case.policy.0.to_owned()]
        })
        .collect();
    let Some(errors) = ask(&folder, &writes) else { return };
    // Relative paths of media start here, for both.
    std::env::set_current_dir(&folder).unwrap();
    let mut written = Vec::new();
    for (case, error) in cases.iter().zip(errors) {
        let text = fs::read(&case.document).unwrap();
        let document = Document::read(&text, Reading::LikeOpentimelineio).unwrap();
        let ours = write(&document, &case.ours, case.policy.1);
        let name = shown(&case.ours);
        match error {
            // It looks for the target of references that have none, and for a path in URLs that have none.
            Some(error) if case.policy.1 != MediaReferencePolicy::ErrorIfNotFile && is_stumble(&error) => {
                assert!(ours.is_ok(), "{name}: {ours:?}");
            }
            Some(error) => {
                assert!(ours.is_err(), "{name} is written, and opentimelineio says {error}");
                assert!(!case.ours.exists(), "{name} is left behind");
            }
            None => {
                ours.unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!(files(&case.ours), files(&case.theirs), "{name}");
                assert_eq!(read(&case.ours).unwrap(), read(&case.theirs).unwrap(), "{name}");
                written.push(&case.ours);
            }
        }
    }
    assert!(written.len() > 20, "only {} bundles could be compared", written.len());
    let reads: Vec<_> = written.iter().map(|path| vec!["read".to_owned(), shown(path)]).collect();
    for (path, text) in written.iter().zip(ask(&folder, &reads).unwrap()) {
        assert_eq!(text.unwrap().into_bytes(), read(path).unwrap().content, "{}", shown(path));
    }
}
