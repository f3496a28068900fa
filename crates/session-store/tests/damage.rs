//! Damage to what had been stored is noticed, and salvaged only on request.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{LOG, check_prefix, fill, info, payload, reopen};
use session_store::simulated::{Failure, SimulatedDisk, Tear};
use session_store::{DamageReason, OpenError, Store};

fn filled(records: u64) -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    let mut store = Store::create_on(disk.boxed(), info()).unwrap();
    fill(&mut store, records, 4).1.unwrap();
    drop(store);
    disk
}

#[test]
fn every_flipped_bit_of_a_log_is_noticed_and_nothing_is_half_applied() {
    let disk = filled(12);
    let log = disk.bytes(LOG).unwrap();
    for bit in 0..log.len() * 8 {
        let damaged = disk.copy();
        damaged.flip_bit(LOG, bit);
        let line = log[..bit / 8].split(|&byte| byte == b'\n').count() as u64;
        match reopen(&damaged) {
            Err(OpenError::Corrupt { damage, kept, .. }) => {
                assert_eq!((damage.file.as_str(), damage.line, kept), (LOG, line, line - 1), "bit {bit}");
            }
            other => panic!("bit {bit}: {:?}", other.map(|(_, recovered)| recovered.torn)),
        }
        assert_ne!(damaged.bytes(LOG), disk.bytes(LOG), "opening changed the log");
    }
}

#[test]
fn a_flipped_bit_in_any_byte_of_a_long_log_is_noticed_where_it_is() {
    let disk = filled(200);
    let log = disk.bytes(LOG).unwrap();
    for at in (0..log.len()).step_by(7) {
        let damaged = disk.copy();
        damaged.flip_bit(LOG, at * 8 + at % 8);
        let line = log[..at].split(|&byte| byte == b'\n').count() as u64;
        let Err(OpenError::Corrupt { damage, kept, .. }) = reopen(&damaged) else {
            panic!("byte {at} went unnoticed")
        };
        assert_eq!((damage.line, kept), (line, line - 1), "byte {at}");
    }
}

#[test]
fn every_flipped_bit_of_the_description_is_noticed() {
    let disk = filled(1);
    let length = disk.bytes("session.json").unwrap().len();
    for bit in 0..length * 8 {
        let damaged = disk.copy();
        damaged.flip_bit("session.json", bit);
        assert!(matches!(reopen(&damaged), Err(OpenError::Info { .. })), "bit {bit}");
    }
}

#[test]
fn a_log_whose_description_is_missing_is_told_as_that_and_kept() {
    let disk = filled(3);
    disk.boxed().remove("session.json").unwrap();
    let log = disk.bytes(LOG);
    let refused = Store::create_on(disk.boxed(), info()).err().unwrap();
    assert!(matches!(refused, OpenError::NoInfo { .. }), "{refused}");
    assert_eq!(disk.bytes(LOG), log);
}

#[test]
fn salvaging_keeps_what_stands_before_the_damage_and_sets_the_rest_aside() {
    let disk = filled(12);
    disk.flip_bit(LOG, disk.bytes(LOG).unwrap().len() * 4);
    let before = disk.bytes(LOG);
    let message = reopen(&disk).err().unwrap().to_string();
    assert!(
        message.contains(LOG) && message.contains("line 7") && message.contains("salvaging"),
        "{message}"
    );

    let (mut store, recovered) = Store::open_salvaging_on(disk.boxed()).unwrap();
    assert_eq!(check_prefix(&recovered), 6);
    let salvaged = recovered.salvaged.unwrap();
    assert_eq!(salvaged.damage.line, 7);
    assert_eq!(salvaged.set_aside, [format!("damaged-{LOG}")]);
    assert_eq!(disk.bytes(&salvaged.set_aside[0]), before);
    fill(&mut store, 20, 3).1.unwrap();
    drop(store);
    assert_eq!(check_prefix(&reopen(&disk).unwrap().1), 20);
}

#[test]
fn a_crash_during_salvage_leaves_the_damage_or_the_salvaged_log() {
    let disk = filled(12);
    disk.flip_bit(LOG, disk.bytes(LOG).unwrap().len() * 4);
    for call in 0..40 {
        let salvaging = disk.copy();
        salvaging.fail(call, Failure::Crash);
        let _ = Store::open_salvaging_on(salvaging.boxed());
        for tear in [Tear::LoseAll, Tear::KeepAll, Tear::KeepBytes(30)] {
            let after = salvaging.crash(tear);
            let (_, recovered) = Store::open_salvaging_on(after.boxed()).unwrap();
            assert_eq!(check_prefix(&recovered), 6, "call {call}, {tear:?}");
        }
    }
}

/// Payloads so long that a segment holds three.
fn filled_segments(records: u64) -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    let mut store = Store::create_on(disk.boxed(), info()).unwrap();
    for seq in 1..=records {
        let payload = format!(r#"{{"n": {seq}, "filler": "{}"}}"#, "x".repeat(5 * 1024 * 1024));
        store.append(&payload, 2000.0).unwrap();
    }
    store.sync().unwrap();
    disk
}

#[test]
fn a_long_log_goes_over_several_segments_and_comes_back_whole() {
    let disk = filled_segments(8);
    assert!(disk.bytes("log-000003.jsonl").is_some() && disk.bytes("log-000004.jsonl").is_none());
    let (_, recovered) = reopen(&disk.crash(Tear::LoseAll)).unwrap();
    let seqs: Vec<u64> = recovered.records.iter().map(|record| record.seq).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn damage_in_an_early_segment_takes_the_later_ones_aside_too() {
    let disk = filled_segments(8);
    disk.flip_bit("log-000002.jsonl", 8 * 6 * 1024 * 1024);
    let (_, recovered) = Store::open_salvaging_on(disk.boxed()).unwrap();
    assert_eq!(recovered.records.len(), 4);
    let aside = recovered.salvaged.unwrap().set_aside;
    assert_eq!(aside, ["damaged-log-000002.jsonl", "damaged-log-000003.jsonl"]);
    assert_eq!(disk.bytes("log-000003.jsonl"), None);
}

#[test]
fn a_segment_that_is_cut_off_or_missing_is_damage() {
    let disk = filled(3);
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(place.path().join(name), bytes).unwrap();
    let log = disk.bytes(LOG).unwrap();
    write("session.json", &disk.bytes("session.json").unwrap());
    write(LOG, &log[..log.len() - 10]);
    write("log-000002.jsonl", b"");
    let reason = |result: Result<_, OpenError>| match result {
        Err(OpenError::Corrupt { damage, .. }) => damage.reason,
        _ => panic!("opened"),
    };
    assert_eq!(reason(Store::open(place.path()).map(drop)), DamageReason::CutOff);
    std::fs::remove_file(place.path().join(LOG)).unwrap();
    assert_eq!(reason(Store::open(place.path()).map(drop)), DamageReason::Missing);
}

#[test]
fn what_is_no_record_is_refused_and_costs_nothing() {
    let disk = SimulatedDisk::new();
    let mut store = Store::create_on(disk.boxed(), info()).unwrap();
    for bad in ["", "[]", "{\n}", "{\"a\": 1", "{\u{0}}"] {
        assert!(store.append(bad, 1.0).is_err(), "{bad:?}");
    }
    assert!(store.append("{}", f64::NAN).is_err());
    fill(&mut store, 1, 1).1.unwrap();
    assert_eq!(store.read().unwrap()[0].payload, payload(1));
}
