//! A small session to break.

#![allow(dead_code, reason = "each test program uses its part of this")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use session_store::simulated::{Failure, SimulatedDisk, Tear};
use session_store::{HostedFile, OpenError, Recovered, SessionInfo, Store, StoreError};

pub(crate) const LOG: &str = "log-000001.jsonl";

pub(crate) fn info() -> SessionInfo {
    let hosted_files = vec![HostedFile { path: "cut é.otio".to_owned(), fingerprint: "abc".to_owned() }];
    SessionInfo {
        session: "dailies".to_owned(),
        created: 1000.5,
        source_guid: "hub-1".to_owned(),
        hosted_files,
    }
}

pub(crate) fn payload(seq: u64) -> String {
    let filler = "x".repeat(usize::try_from(seq * 37 % 90).unwrap());
    format!(r#"{{"session": "dailies", "n": {seq}, "filler": "{filler}"}}"#)
}

/// Appends records up to `last`, syncing after every `batch`, and says how many were acknowledged.
pub(crate) fn fill(store: &mut Store, last: u64, batch: u64) -> (u64, Result<(), StoreError>) {
    let mut acknowledged = store.synced_seq();
    for seq in acknowledged + 1..=last {
        if let Err(error) = store.append(&payload(seq), 2000.0) {
            return (acknowledged, Err(error));
        }
        if seq % batch == 0 || seq == last {
            match store.sync() {
                Ok(synced) => acknowledged = synced,
                Err(error) => return (acknowledged, Err(error)),
            }
        }
    }
    (acknowledged, Ok(()))
}

pub(crate) fn reopen(disk: &SimulatedDisk) -> Result<(Store, Recovered), OpenError> {
    Store::open_on(disk.boxed())
}

/// Opens, checks that the records are the first ones of the session, whole and in order, and says how many.
pub(crate) fn count_whole(disk: &SimulatedDisk) -> u64 {
    let (_, recovered) = reopen(disk).unwrap();
    assert_eq!(recovered.info, info());
    check_prefix(&recovered)
}

pub(crate) fn check_prefix(recovered: &Recovered) -> u64 {
    for (at, record) in recovered.records.iter().enumerate() {
        let seq = at as u64 + 1;
        assert_eq!((record.seq, record.payload.as_str()), (seq, payload(seq).as_str()));
    }
    recovered.records.len() as u64
}

/// Every how many records a session with checkpoints makes one.
pub(crate) const CHECKPOINT_EVERY: u64 = 30;
/// The latest records that stand in a checkpoint one by one.
const STANDING: u64 = 5;

/// Segments of some twenty records, and history of two.
pub(crate) fn small(store: Store) -> Store {
    store.close_segments_at(4_000).keep_history(8_000)
}

/// What stands for the records up to `upto`.
pub(crate) fn standing(upto: u64) -> Vec<String> {
    let state = format!(r#"{{"session": "dailies", "state_of": {upto}}}"#);
    std::iter::once(state).chain((upto - STANDING + 1..=upto).map(payload)).collect()
}

/// As [`fill`], with a checkpoint whenever so many records have been acknowledged. One that fails costs nothing.
pub(crate) fn fill_with_checkpoints(
    store: &mut Store,
    last: u64,
    batch: u64,
) -> (u64, Result<(), StoreError>) {
    let mut acknowledged = store.synced_seq();
    while acknowledged < last {
        let next = (acknowledged / CHECKPOINT_EVERY + 1) * CHECKPOINT_EVERY;
        let (upto, filled) = fill(store, next.min(last), batch);
        acknowledged = upto;
        if filled.is_err() {
            return (acknowledged, filled);
        }
        if upto == next {
            let _ = store.checkpoint(&standing(upto), 3000.0);
        }
    }
    (acknowledged, Ok(()))
}

/// Checks that what was recovered is a session with checkpoints up to some record, and says which.
pub(crate) fn check_standing(recovered: &Recovered) -> u64 {
    let Some(checkpoint) = &recovered.checkpoint else { return check_prefix(recovered) };
    let standing = standing(checkpoint.upto);
    assert_eq!(checkpoint.records, standing.len() as u64);
    let (stands, after) = recovered.records.split_at(standing.len());
    assert!(stands.iter().map(|record| &record.payload).eq(&standing));
    for (seq, record) in (checkpoint.upto + 1..).zip(after) {
        assert_eq!((record.seq, record.payload.as_str()), (seq, payload(seq).as_str()));
    }
    checkpoint.upto + after.len() as u64
}

/// What was sent, promised and found again, over all rounds of a test.
#[derive(Debug, Default)]
pub(crate) struct Account {
    rounds: u64,
    sent: u64,
    acknowledged: u64,
    present: u64,
    lost: u64,
}

impl Account {
    pub(crate) fn count(&mut self, sent: u64, acknowledged: u64, present: u64) {
        self.rounds += 1;
        self.sent += sent;
        self.acknowledged += acknowledged;
        self.present += present;
        self.lost += acknowledged.saturating_sub(present);
    }

    /// Prints the account; nothing that was acknowledged may be lost.
    pub(crate) fn close(&self, what: &str) {
        let Self { rounds, sent, acknowledged, present, lost } = self;
        println!(
            "{what}: {rounds} rounds, sent {sent}, acknowledged {acknowledged}, present {present}, lost but acknowledged {lost}"
        );
        assert_eq!(*lost, 0, "{what}");
    }
}

/// Crashes a run at each of its calls, tears what was not synced in each way, and counts what a restart finds. `run` tells
/// how many records were acknowledged, none where there was no session yet; `check` what stands.
pub(crate) fn crash_at_every_call(
    account: &mut Account,
    records: u64,
    tears: &[Tear],
    run: &dyn Fn(&SimulatedDisk) -> Option<u64>,
    check: fn(&Recovered) -> u64,
) {
    let calm = SimulatedDisk::new();
    assert_eq!(run(&calm), Some(records));
    for call in 0..calm.calls() {
        let disk = SimulatedDisk::new();
        disk.fail(call, Failure::Crash);
        let acknowledged = run(&disk);
        for tear in tears {
            let present = match (reopen(&disk.crash(*tear)), acknowledged) {
                (Ok((_, recovered)), _) => check(&recovered),
                (Err(OpenError::NoSession { .. }), None) => 0,
                (Err(error), _) => panic!("call {call}, {tear:?}: {error}"),
            };
            account.count(records, acknowledged.unwrap_or(0), present);
        }
    }
}
