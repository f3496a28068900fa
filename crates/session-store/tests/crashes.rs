//! What survives a power cut.

mod common;

use common::{Account, LOG, check_prefix, count_whole, crash_at_every_call, fill, info, payload, reopen};
use session_store::Store;
use session_store::simulated::{Failure, SimulatedDisk, Tear};

const RECORDS: u64 = 200;
const TEARS: [Tear; 6] = [
    Tear::LoseAll,
    Tear::KeepAll,
    Tear::KeepSectors(0),
    Tear::KeepSectors(0x5555_5555_5555_5555),
    Tear::KeepSectors(0xAAAA_AAAA_AAAA_AAAA),
    Tear::KeepSectors(0xFFFF_0000_FFFF_0000),
];

/// Makes the session and fills it until the disk stops; says how many records were acknowledged.
fn run(disk: &SimulatedDisk, batch: u64) -> Option<u64> {
    let mut store = Store::create_on(disk.boxed(), info()).ok()?;
    Some(fill(&mut store, RECORDS, batch).0)
}

#[test]
fn a_crash_at_any_call_loses_nothing_that_was_acknowledged() {
    let mut account = Account::default();
    for batch in [1, 3, 40] {
        crash_at_every_call(&mut account, RECORDS, &TEARS, &|disk| run(disk, batch), check_prefix);
    }
    account.close("crash at every call");
}

#[test]
fn a_tear_at_any_byte_of_the_last_record_is_dropped_and_reported_and_the_log_goes_on() {
    let disk = SimulatedDisk::new();
    let mut store = Store::create_on(disk.boxed(), info()).unwrap();
    fill(&mut store, RECORDS - 1, 10).1.unwrap();
    store.append(&payload(RECORDS), 2000.0).unwrap();
    disk.fail(disk.calls() + 1, Failure::Crash);
    assert!(store.sync().is_err());
    let unsynced = disk.unsynced(LOG);
    assert!(unsynced > 60);
    for kept in 0..=unsynced {
        let after = disk.crash(Tear::KeepBytes(kept));
        let (mut store, recovered) = reopen(&after).unwrap();
        let is_whole = kept + 1 >= unsynced;
        assert_eq!(recovered.records.len() as u64, RECORDS - u64::from(!is_whole), "{kept} bytes");
        let torn = recovered.torn.as_ref().map(|torn| (torn.line, torn.bytes));
        let expected = (kept > 0 && !is_whole).then_some((RECORDS, kept as u64));
        assert_eq!(torn, expected);
        fill(&mut store, RECORDS + 20, 7).1.unwrap();
        drop(store);
        assert_eq!(count_whole(&after), RECORDS + 20);
    }
}

#[test]
fn a_batch_whose_sectors_reached_the_disk_out_of_order_is_dropped_from_its_first_hole_on() {
    for sectors in 0..1 << 12 {
        let disk = SimulatedDisk::new();
        let mut store = Store::create_on(disk.boxed(), info()).unwrap();
        fill(&mut store, 10, 5).1.unwrap();
        disk.fail(disk.calls() + 1, Failure::Crash);
        assert_eq!(fill(&mut store, 30, 100).0, 10);
        let after = disk.crash(Tear::KeepSectors(sectors));
        assert!(count_whole(&after) >= 10, "sectors {sectors:b}");
    }
}

#[test]
fn a_crash_while_the_end_is_mended_does_no_harm() {
    let disk = SimulatedDisk::new();
    let mut store = Store::create_on(disk.boxed(), info()).unwrap();
    disk.fail(disk.calls() + 3, Failure::Crash);
    assert_eq!(fill(&mut store, 6, 3).0, 3);
    let torn = disk.crash(Tear::KeepBytes(100));
    for call in 0..20 {
        let mending = torn.copy();
        mending.fail(call, Failure::Crash);
        let opened = reopen(&mending);
        for tear in TEARS {
            assert!(count_whole(&mending.crash(tear)) >= 3, "call {call}: {:?}", opened.as_ref().err());
        }
    }
}
