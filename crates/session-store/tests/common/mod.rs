//! A small session to break.

#![allow(dead_code, reason = "each test program uses its part of this")]
#![allow(clippy::unwrap_used, reason = "tests")]

use session_store::simulated::SimulatedDisk;
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
