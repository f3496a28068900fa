//! Checkpoints: what stands for the beginning of the log, through crashes, failures and damage.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{
    Account, CHECKPOINT_EVERY, check_standing, crash_at_every_call, fill, fill_with_checkpoints, info,
    payload, reopen, small, standing,
};
use session_store::simulated::{Failure, SimulatedDisk, Tear};
use session_store::{Health, OpenError, Store, StoreError};

const RECORDS: u64 = 200;
const TEARS: [Tear; 5] = [
    Tear::LoseAll,
    Tear::KeepAll,
    Tear::KeepBytes(60),
    Tear::KeepSectors(0x5555_5555_5555_5555),
    Tear::KeepSectors(0xFFFF_0000_FFFF_0000),
];
const NEWEST: &str = "checkpoint-000000000180.jsonl";
const BEFORE: &str = "checkpoint-000000000150.jsonl";

fn run(disk: &SimulatedDisk, batch: u64) -> Option<u64> {
    let mut store = small(Store::create_on(disk.boxed(), info()).ok()?);
    Some(fill_with_checkpoints(&mut store, RECORDS, batch).0)
}

fn filled() -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    assert_eq!(run(&disk, 7), Some(RECORDS));
    disk
}

fn files(disk: &SimulatedDisk, begin: &str) -> Vec<String> {
    let names = disk.boxed().list().unwrap();
    names.into_iter().filter(|name| name.starts_with(begin)).collect()
}

#[test]
fn a_restart_reads_the_newest_checkpoint_and_what_came_after_it() {
    let (mut store, recovered) = reopen(&filled()).unwrap();
    let checkpoint = recovered.checkpoint.as_ref().unwrap();
    assert_eq!((checkpoint.file.as_str(), checkpoint.upto), (NEWEST, 180));
    assert_eq!(recovered.records.len(), 6 + 20);
    assert_eq!(check_standing(&recovered), RECORDS);
    assert_eq!(store.read().unwrap(), recovered.records);
    assert_eq!((store.synced_seq(), store.append("{}", 2000.0)), (RECORDS, Ok(RECORDS + 1)));
}

#[test]
fn a_crash_at_any_call_loses_nothing_that_was_acknowledged_whatever_checkpoint_is_being_made() {
    let mut account = Account::default();
    for batch in [1, 7] {
        crash_at_every_call(&mut account, RECORDS, &TEARS, &|disk| run(disk, batch), check_standing);
    }
    account.close("crash at every call");
}

#[test]
fn after_a_crash_during_a_checkpoint_the_log_goes_on_and_the_next_one_is_made() {
    let calm = SimulatedDisk::new();
    let mut store = small(Store::create_on(calm.boxed(), info()).unwrap());
    fill(&mut store, CHECKPOINT_EVERY, 5).1.unwrap();
    let begins = calm.calls();
    store.checkpoint(&standing(CHECKPOINT_EVERY), 3000.0).unwrap();
    for call in begins..calm.calls() {
        let disk = SimulatedDisk::new();
        disk.fail(call, Failure::Crash);
        assert_eq!(run(&disk, 5), Some(CHECKPOINT_EVERY));
        for tear in TEARS {
            let after = disk.crash(tear);
            let (store, recovered) = reopen(&after).unwrap();
            assert_eq!(check_standing(&recovered), CHECKPOINT_EVERY, "call {call}, {tear:?}");
            fill_with_checkpoints(&mut small(store), RECORDS, 5).1.unwrap();
            let (_, recovered) = reopen(&after.crash(Tear::LoseAll)).unwrap();
            assert_eq!(
                (recovered.checkpoint.as_ref().unwrap().upto, check_standing(&recovered)),
                (180, RECORDS)
            );
            assert!(files(&after, "checkpoint-").iter().all(|name| name.ends_with("0.jsonl")));
        }
    }
}

#[test]
fn a_tear_at_any_byte_behind_a_checkpoint_is_dropped_and_one_before_it_is_damage() {
    let disk = SimulatedDisk::new();
    let mut store = Store::create_on(disk.boxed(), info()).unwrap();
    fill_with_checkpoints(&mut store, 62, 1).1.unwrap();
    store.append(&payload(63), 2000.0).unwrap();
    disk.fail(disk.calls() + 1, Failure::Crash);
    assert!(store.sync().is_err());
    let unsynced = disk.unsynced(common::LOG);
    for kept in 0..=unsynced {
        let (_, recovered) = reopen(&disk.crash(Tear::KeepBytes(kept))).unwrap();
        let whole = if kept + 1 >= unsynced { 63 } else { 62 };
        assert_eq!((check_standing(&recovered), recovered.torn.is_some()), (whole, whole == 62 && kept > 0));
    }
    let log = disk.crash(Tear::LoseAll);
    let lines = log.bytes(common::LOG).unwrap();
    let ends: Vec<usize> = (0..lines.len()).filter(|&at| lines[at] == b'\n').map(|at| at + 1).collect();
    for length in [ends[10], ends[58], ends[58] + 9, ends[59] - 2] {
        let cut = log.copy();
        cut.boxed().truncate(common::LOG, length as u64).unwrap();
        let refused = reopen(&cut).err().unwrap();
        assert!(matches!(refused, OpenError::Corrupt { .. }), "{length}: {refused}");
        let (store, recovered) = Store::open_salvaging_on(cut.boxed()).unwrap();
        assert_eq!(check_standing(&recovered), 60, "the checkpoint has them all");
        fill_with_checkpoints(&mut small(store), RECORDS, 3).1.unwrap();
        assert_eq!(check_standing(&reopen(&cut).unwrap().1), RECORDS);
    }
}

#[test]
fn every_flipped_bit_of_the_newest_checkpoint_is_noticed_and_salvaging_loses_nothing() {
    let disk = filled();
    for bit in 0..disk.bytes(NEWEST).unwrap().len() * 8 {
        let damaged = disk.copy();
        damaged.flip_bit(NEWEST, bit);
        match reopen(&damaged) {
            Err(OpenError::Corrupt { damage, kept, .. }) => {
                assert_eq!((damage.file.as_str(), kept), (NEWEST, 6 + 50), "bit {bit}");
            }
            other => panic!("bit {bit}: {:?}", other.map(|(_, recovered)| recovered.checkpoint)),
        }
        if bit % 13 == 0 {
            let (_, recovered) = Store::open_salvaging_on(damaged.boxed()).unwrap();
            assert_eq!(
                (recovered.checkpoint.as_ref().unwrap().upto, check_standing(&recovered)),
                (150, RECORDS)
            );
            assert_eq!(recovered.salvaged.unwrap().set_aside, [format!("damaged-{NEWEST}")]);
        }
    }
}

#[test]
fn without_any_history_the_checkpoint_before_the_newest_still_has_its_log() {
    let disk = SimulatedDisk::new();
    let mut store = Store::create_on(disk.boxed(), info()).unwrap().close_segments_at(1_000).keep_history(0);
    for upto in [100, 200] {
        fill(&mut store, upto, 9).1.unwrap();
        store.checkpoint(&standing(upto), 3000.0).unwrap();
    }
    fill(&mut store, 220, 9).1.unwrap();
    drop(store);
    assert!(disk.bytes(common::LOG).is_none());
    disk.flip_bit("checkpoint-000000000200.jsonl", 99);
    let (_, recovered) = Store::open_salvaging_on(disk.boxed()).unwrap();
    assert_eq!((recovered.checkpoint.as_ref().unwrap().upto, check_standing(&recovered)), (100, 220));
}

#[test]
fn a_checkpoint_waits_for_the_log_that_it_stands_for() {
    let disk = SimulatedDisk::new();
    let mut store = Store::create_on(disk.boxed(), info()).unwrap();
    fill(&mut store, 20, 9).1.unwrap();
    for seq in 21..=30 {
        store.append(&payload(seq), 2000.0).unwrap();
    }
    store.checkpoint(&standing(30), 3000.0).unwrap();
    assert_eq!((store.synced_seq(), disk.unsynced(common::LOG)), (30, 0));
    drop(store);
    let (store, recovered) = reopen(&disk.crash(Tear::LoseAll)).unwrap();
    assert_eq!((check_standing(&recovered), store.synced_seq()), (30, 30));
}

#[test]
fn what_lies_before_the_newest_checkpoint_may_be_damaged_and_what_is_read_may_not() {
    let disk = filled();
    let unread = disk.copy();
    unread.flip_bit(BEFORE, 700);
    assert_eq!(check_standing(&reopen(&unread).unwrap().1), RECORDS);
    let last = files(&disk, "log-").pop().unwrap();
    let damaged = disk.copy();
    damaged.flip_bit(&last, 8 * 30);
    assert!(matches!(reopen(&damaged), Err(OpenError::Corrupt { .. })));
    let (_, recovered) = Store::open_salvaging_on(damaged.boxed()).unwrap();
    assert!((180..RECORDS).contains(&check_standing(&recovered)));
}

#[test]
fn the_log_after_a_checkpoint_that_is_missing_is_damage() {
    let disk = filled();
    let (_, recovered) = reopen(&disk).unwrap();
    assert_eq!(recovered.checkpoint.unwrap().upto, 180);
    for name in files(&disk, "log-") {
        disk.boxed().remove(&name).unwrap();
    }
    assert!(matches!(reopen(&disk), Err(OpenError::Corrupt { .. })));
    let (store, recovered) = Store::open_salvaging_on(disk.boxed()).unwrap();
    assert_eq!(check_standing(&recovered), 180);
    fill_with_checkpoints(&mut small(store), RECORDS, 3).1.unwrap();
    assert_eq!(check_standing(&reopen(&disk).unwrap().1), RECORDS);
}

#[test]
fn a_failure_at_any_call_of_a_checkpoint_costs_the_checkpoint_and_nothing_else() {
    let calm = SimulatedDisk::new();
    let mut store = small(Store::create_on(calm.boxed(), info()).unwrap());
    fill_with_checkpoints(&mut store, 89, 7).1.unwrap();
    fill(&mut store, 90, 1).1.unwrap();
    let begins = calm.calls();
    store.checkpoint(&standing(90), 3000.0).unwrap();
    for failure in [Failure::NoSpace, Failure::Io, Failure::ShortWrite(40)] {
        for call in begins..calm.calls() {
            let disk = SimulatedDisk::new();
            let mut store = small(Store::create_on(disk.boxed(), info()).unwrap());
            fill_with_checkpoints(&mut store, 89, 7).1.unwrap();
            fill(&mut store, 90, 1).1.unwrap();
            disk.fail(call, failure);
            match store.checkpoint(&standing(90), 3000.0) {
                Err(StoreError::NoCheckpoint { .. }) => {}
                Ok(made) => assert!(made.not_removed.is_some() || failure == Failure::ShortWrite(40)),
                Err(other) => panic!("{failure:?} at {call}: {other}"),
            }
            assert_eq!(store.health(), Health::Working);
            fill_with_checkpoints(&mut store, RECORDS, 7).1.unwrap();
            drop(store);
            let (_, recovered) = reopen(&disk.crash(Tear::LoseAll)).unwrap();
            assert_eq!(
                (recovered.checkpoint.as_ref().unwrap().upto, check_standing(&recovered)),
                (180, RECORDS)
            );
        }
    }
}

#[test]
fn history_is_kept_up_to_its_bound_and_goes_from_its_beginning() {
    let disk = SimulatedDisk::new();
    let mut store = small(Store::create_on(disk.boxed(), info()).unwrap());
    for round in 1..=20 {
        fill_with_checkpoints(&mut store, round * 100, 9).1.unwrap();
        let segments = files(&disk, "log-");
        let bytes: usize = segments.iter().map(|name| disk.bytes(name).unwrap().len()).sum();
        assert!(bytes <= 8_000 + 5 * 4_000, "round {round}: {bytes}");
        assert!(files(&disk, "checkpoint-").len() <= 2);
        let numbers: Vec<u64> = segments.iter().map(|name| name[4..10].parse().unwrap()).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{segments:?}");
    }
    assert!(!files(&disk, "log-").contains(&common::LOG.to_owned()));
    drop(store);
    assert_eq!(check_standing(&reopen(&disk).unwrap().1), 2_000);
}

#[test]
fn a_checkpoint_of_nothing_or_of_no_records_is_refused() {
    let disk = SimulatedDisk::new();
    let mut store = Store::create_on(disk.boxed(), info()).unwrap();
    assert!(store.checkpoint(&["{}".to_owned()], 1.0).is_err());
    fill(&mut store, 40, 9).1.unwrap();
    assert!(store.checkpoint(&[], 1.0).is_err());
    assert_eq!(store.checkpoint(&["[]".to_owned()], 1.0), Err(StoreError::NotARecord));
    store.checkpoint(&standing(40), 1.0).unwrap();
    assert!(store.checkpoint(&standing(40), 1.0).is_err(), "nothing came since");
    assert_eq!(store.log_bytes(), 0);
    assert_eq!(store.health(), Health::Working);
}
