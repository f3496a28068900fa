//! A directory of the operating system, and a process that is killed while it writes to one.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{
    Account, CHECKPOINT_EVERY, LOG, check_prefix, check_standing, fill, fill_with_checkpoints, info, payload,
    small, standing,
};
use session_store::{OpenError, RecordingFile, Store, recording_in};

#[test]
fn a_session_in_a_directory_is_made_filled_and_reopened() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("sessions").join("dailies");
    assert!(matches!(Store::open(&path), Err(OpenError::NoSession { .. })));
    assert!(!path.exists(), "opening made a directory");
    let mut store = Store::create(&path, info()).unwrap();
    fill(&mut store, 25, 4).1.unwrap();
    assert!(matches!(Store::open(&path), Err(OpenError::Locked { .. })));
    drop(store);
    assert!(matches!(Store::create(&path, info()), Err(OpenError::Exists { .. })));

    let (mut store, recovered) = Store::open(&path).unwrap();
    assert_eq!((check_prefix(&recovered), recovered.torn), (25, None));
    assert_eq!(recovered.info, info());
    fill(&mut store, 30, 4).1.unwrap();
    drop(store);
    let text = std::fs::read_to_string(path.join(LOG)).unwrap();
    assert_eq!(text.lines().count(), 30);
    assert!(text.lines().all(|line| line.starts_with(r#"{"time_offset": "#)));
}

#[test]
fn a_log_that_lost_its_last_line_end_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let mut store = Store::create(place.path(), info()).unwrap();
    fill(&mut store, 3, 1).1.unwrap();
    drop(store);
    let text = std::fs::read_to_string(place.path().join(LOG)).unwrap();
    std::fs::write(place.path().join(LOG), text.trim_end()).unwrap();
    let (mut store, recovered) = Store::open(place.path()).unwrap();
    assert_eq!((check_prefix(&recovered), recovered.torn), (3, None));
    fill(&mut store, 6, 1).1.unwrap();
    drop(store);
    assert_eq!(check_prefix(&Store::open(place.path()).unwrap().1), 6);
}

#[test]
fn a_directory_of_format_0_is_opened() {
    let fixture = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/version-0");
    let place = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(fixture).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), place.path().join(entry.file_name())).unwrap();
    }
    let (store, recovered) = Store::open(place.path()).unwrap();
    assert_eq!((recovered.info.clone(), check_standing(&recovered)), (info(), 70));
    assert_eq!(store.synced_seq(), 70);
    for checkpoint in ["checkpoint-000000000030.jsonl", "checkpoint-000000000060.jsonl"] {
        std::fs::remove_file(place.path().join(checkpoint)).unwrap();
    }
    drop(store);
    assert_eq!(check_prefix(&Store::open(place.path()).unwrap().1), 70, "all of the log is there as well");
}

#[test]
fn a_session_is_one_recording_from_its_beginning_or_from_its_newest_checkpoint() {
    let place = tempfile::tempdir().unwrap();
    let mut store = small(Store::create(place.path(), info()).unwrap());
    let lines = |files: Vec<RecordingFile>| -> Vec<String> {
        let kept = files.into_iter().flat_map(|file| {
            let text = std::fs::read_to_string(&file.path).unwrap();
            let left_out = usize::try_from(file.left_out).unwrap();
            text.lines().skip(left_out).map(str::to_owned).collect::<Vec<_>>()
        });
        kept.collect()
    };
    fill_with_checkpoints(&mut store, 40, 7).1.unwrap();
    assert_eq!(lines(recording_in(place.path()).unwrap()).len(), 40, "the log is there from its beginning");
    fill_with_checkpoints(&mut store, 400, 7).1.unwrap();
    assert!(!place.path().join(LOG).exists());
    let lines = lines(recording_in(place.path()).unwrap());
    let wanted: Vec<String> = standing(390).into_iter().chain((391..=400).map(payload)).collect();
    assert_eq!(lines.len(), wanted.len());
    assert!(lines.iter().zip(wanted).all(|(line, payload)| line.contains(&payload)));
}

#[test]
fn a_later_format_is_refused_with_its_version() {
    let place = tempfile::tempdir().unwrap();
    let version = r#"{"format_version": 7"#;
    let crc = crc32fast::hash(format!("{version}}}").as_bytes());
    std::fs::write(place.path().join("session.json"), format!("{version}, \"crc\": \"{crc:08x}\"}}\n"))
        .unwrap();
    let error = Store::open(place.path()).err().unwrap();
    assert!(matches!(error, OpenError::Version { found: 7, known: 0, .. }), "{error}");
}

const CHILD_DIRECTORY: &str = "SESSION_STORE_TEST_DIRECTORY";

/// How often the process is killed; `OTIO_SYNC_ROUNDS=2000` for a long run by hand.
fn rounds() -> u64 {
    std::env::var("OTIO_SYNC_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(50)
}

/// Not a test of its own: the process that the next one kills.
#[test]
fn child_that_appends_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD_DIRECTORY) else { return };
    let (store, recovered) = Store::open(path).unwrap();
    let mut store = small(store);
    let mut out = std::io::stdout();
    let mut stands_for = recovered.checkpoint.map_or(0, |checkpoint| checkpoint.upto);
    loop {
        let first = store.synced_seq() + 1;
        for seq in first..first + 1 + first % 5 {
            store.append(&payload(seq), 2000.0).unwrap();
            writeln!(out, "\nsent {seq}").unwrap();
        }
        let synced = store.sync().unwrap();
        writeln!(out, "\nacknowledged {synced}").unwrap();
        if synced >= stands_for + CHECKPOINT_EVERY {
            stands_for = store.checkpoint(&standing(synced), 3000.0).unwrap().checkpoint.upto;
        }
    }
}

#[test]
fn a_process_killed_while_it_appends_loses_nothing_that_it_acknowledged() {
    let place = tempfile::tempdir().unwrap();
    drop(Store::create(place.path(), info()).unwrap());
    let mut account = Account::default();
    let (mut torn, mut checkpoints) = (0, std::collections::BTreeSet::new());
    for round in 0..rounds() {
        let before = Store::open(place.path()).unwrap().0.synced_seq();
        let (sent, acknowledged) = run_and_kill(place.path(), Duration::from_micros(round * 1_700 % 40_000));
        let (_, recovered) = Store::open(place.path()).unwrap();
        let present = check_standing(&recovered);
        assert!(present <= sent.max(before), "round {round}: {present} of {sent}");
        account.count(sent.max(before) - before, acknowledged.max(before) - before, present - before);
        torn += u64::from(recovered.torn.is_some());
        checkpoints.extend(recovered.checkpoint.map(|checkpoint| checkpoint.upto));
    }
    println!("{torn} torn tails dropped, {} checkpoints restarted from", checkpoints.len());
    account.close("kill -9 while appending");
    assert!(checkpoints.len() > 1, "hardly any checkpoint was made");
}

/// Lets a child append, kills it a while after its first acknowledgement, and returns the last record that it sent to
/// the store and the last one that it acknowledged.
fn run_and_kill(place: &std::path::Path, after: Duration) -> (u64, u64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_appends_until_it_is_killed", "--nocapture"])
        .env(CHILD_DIRECTORY, place)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut sent, mut acknowledged) = (0, 0);
    let mut killed = false;
    for line in lines.map_while(Result::ok) {
        let number = |word: &str| line.strip_prefix(word).and_then(|text| text.parse().ok());
        sent = number("sent ").unwrap_or(sent);
        let Some(promised) = number("acknowledged ") else { continue };
        acknowledged = promised;
        if !killed {
            killed = true;
            std::thread::sleep(after);
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    (sent, acknowledged)
}
