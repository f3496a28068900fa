//! A directory of the operating system, and a process that is killed while it writes to one.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{LOG, check_prefix, fill, info, payload};
use session_store::{OpenError, Store};

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
const ROUNDS: u64 = 25;

/// Not a test of its own: the process that the next one kills.
#[test]
fn child_that_appends_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD_DIRECTORY) else { return };
    let (mut store, _) = Store::open(path).unwrap();
    let mut out = std::io::stdout();
    loop {
        let first = store.synced_seq() + 1;
        for seq in first..first + 1 + first % 5 {
            store.append(&payload(seq), 2000.0).unwrap();
        }
        let synced = store.sync().unwrap();
        writeln!(out, "\nacknowledged {synced}").unwrap();
    }
}

#[test]
fn a_process_killed_while_it_appends_loses_nothing_that_it_acknowledged() {
    let place = tempfile::tempdir().unwrap();
    drop(Store::create(place.path(), info()).unwrap());
    let mut acknowledged = 0;
    let mut present = 0;
    for round in 0..ROUNDS {
        acknowledged = acknowledged.max(run_and_kill(place.path(), Duration::from_micros(round * 1_700)));
        let (_, recovered) = Store::open(place.path()).unwrap();
        present = check_prefix(&recovered);
        assert!(present >= acknowledged, "round {round}: {present} of {acknowledged}");
    }
    assert!(acknowledged > ROUNDS, "the child hardly ran");
    println!("{ROUNDS} rounds: acknowledged {acknowledged}, present {present}");
}

/// Lets a child append, kills it a while after its first acknowledgement, and returns the last one it gave.
fn run_and_kill(place: &std::path::Path, after: Duration) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_appends_until_it_is_killed", "--nocapture"])
        .env(CHILD_DIRECTORY, place)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut last = 0;
    let mut killed = false;
    for line in lines {
        let Some(number) = line.unwrap().strip_prefix("acknowledged ").and_then(|text| text.parse().ok())
        else {
            continue;
        };
        last = number;
        if !killed {
            killed = true;
            std::thread::sleep(after);
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    last
}
