//! A failing disk: nothing unsaved is acknowledged, and what is there stays readable.

mod common;

use common::{Account, LOG, check_prefix, count_whole, fill, info, reopen};
use session_store::simulated::{Failure, SimulatedDisk, Tear};
use session_store::{Health, OpenError, Store, StoreError};

#[test]
fn a_failure_at_any_call_is_an_error_and_no_later_sync_succeeds() {
    let calm = SimulatedDisk::new();
    let mut store = Store::create_on(calm.boxed(), info()).unwrap();
    let made_by = calm.calls();
    fill(&mut store, 200, 7).1.unwrap();
    let mut account = Account::default();
    for failure in [Failure::NoSpace, Failure::Io] {
        for call in made_by..calm.calls() {
            let disk = SimulatedDisk::new();
            disk.fail(call, failure);
            let mut store = Store::create_on(disk.boxed(), info()).unwrap();
            let (acknowledged, result) = fill(&mut store, 200, 7);
            assert!(matches!(result, Err(StoreError::Poisoned { .. })), "call {call}");
            assert!(matches!(store.health(), Health::Failed { .. }));
            assert!(store.append("{}", 1.0).is_err() && store.sync().is_err());
            assert_eq!(store.synced_seq(), acknowledged);
            assert!(store.read().unwrap().len() as u64 >= acknowledged, "no longer readable");
            drop(store);
            for tear in [Tear::LoseAll, Tear::KeepAll, Tear::KeepBytes(50)] {
                account.count(200, acknowledged, count_whole(&disk.crash(tear)));
            }
        }
    }
    account.close("failure at every call");
}

#[test]
fn a_failure_while_a_session_is_made_or_opened_is_an_error() {
    let disk = SimulatedDisk::new();
    drop(Store::create_on(disk.boxed(), info()).unwrap());
    let made_by = disk.calls();
    for call in 0..made_by {
        let disk = SimulatedDisk::new();
        disk.fail(call, Failure::NoSpace);
        assert!(matches!(Store::create_on(disk.boxed(), info()), Err(OpenError::Io { .. })), "call {call}");
        let goes_on = match Store::create_on(disk.boxed(), info()) {
            Err(OpenError::Exists { .. }) => reopen(&disk).is_ok(),
            other => other.is_ok(),
        };
        assert!(goes_on, "call {call} left something in the way");
    }
    drop(reopen(&disk).unwrap());
    for call in made_by..disk.calls() {
        let disk = disk.copy();
        disk.fail(call - made_by, Failure::Io);
        assert!(matches!(reopen(&disk), Err(OpenError::Io { .. })), "call {call}");
        assert!(reopen(&disk).is_ok());
    }
}

#[test]
fn short_writes_are_completed() {
    let disk = SimulatedDisk::new();
    let mut store = Store::create_on(disk.boxed(), info()).unwrap();
    for (at, taken) in [1, 17, 80].into_iter().enumerate() {
        disk.fail(disk.calls() + at as u64, Failure::ShortWrite(taken));
    }
    fill(&mut store, 3, 3).1.unwrap();
    drop(store);
    assert_eq!(count_whole(&disk.crash(Tear::LoseAll)), 3);
}

#[test]
fn a_write_that_stops_half_way_leaves_a_torn_tail() {
    let disk = SimulatedDisk::new();
    let mut store = Store::create_on(disk.boxed(), info()).unwrap();
    fill(&mut store, 5, 5).1.unwrap();
    disk.fail(disk.calls(), Failure::ShortWrite(40));
    disk.fail(disk.calls() + 1, Failure::NoSpace);
    let (acknowledged, result) = fill(&mut store, 10, 5);
    assert_eq!(acknowledged, 5);
    let message = result.unwrap_err().to_string();
    assert!(message.contains("no storage space") && message.contains(LOG), "{message}");
    drop(store);
    let (_, recovered) = reopen(&disk).unwrap();
    assert_eq!(check_prefix(&recovered), 5);
    assert_eq!(recovered.torn.unwrap().bytes, 40);
}

#[test]
fn a_session_is_open_only_once() {
    let disk = SimulatedDisk::new();
    let store = Store::create_on(disk.boxed(), info()).unwrap();
    assert!(matches!(reopen(&disk), Err(OpenError::Locked { .. })));
    drop(store);
    assert!(reopen(&disk).is_ok());
}
