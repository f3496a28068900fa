use session_store::simulated::SimulatedDisk;
use session_store::{Record, SessionInfo, Store};

const SEGMENT: &str = "log-000001.jsonl";
const HONEST: &[&str] = &[r#"{"session":"s","source_guid":"a"}"#, r#"{"payload":{"\u00e9":[1,2.5,null]}}"#];
const EPOCH_SECONDS: f64 = 1_795_251_807.5;

/// A session's log on disk, behind records that were synced. Where the first byte is even the others stand in the
/// segment as they are; where it is odd, a store wrote them and one bit was turned over later, so that the damage
/// comes in whole, well-formed lines. Whatever is there: what was synced before it is kept, and a log that opens
/// opens again with the same records.
pub fn store_record(input: &[u8]) {
    let disk = SimulatedDisk::new();
    let Some(honest) = write_honest(&disk) else { return };
    match input.split_first() {
        Some((first, rest)) if first % 2 == 1 => write_damaged(&disk, rest),
        Some((_, rest)) => write_raw(&disk, rest),
        None => {}
    }
    let Ok((store, recovered)) = Store::open_on(disk.boxed()) else { return };
    drop(store);
    let records = recovered.records;
    assert!(records.iter().map(|record| record.seq).eq(1..=records.len() as u64), "numbered without gaps");
    assert_eq!(records.get(..honest.len()), Some(honest.as_slice()), "what was synced is kept");
    let again = Store::open_on(disk.boxed()).map(|(_, recovered)| recovered.records);
    assert_eq!(again.ok(), Some(records), "a recovered log opens again as it is");
}

fn write_honest(disk: &SimulatedDisk) -> Option<Vec<Record>> {
    let info = SessionInfo {
        session: "s".to_owned(),
        created: EPOCH_SECONDS,
        source_guid: "a".to_owned(),
        hosted_files: Vec::new(),
    };
    let mut store = Store::create_on(disk.boxed(), info).ok()?;
    for payload in HONEST {
        store.append(payload, EPOCH_SECONDS + 1.25).ok()?;
    }
    store.sync().ok()?;
    store.read().ok()
}

fn write_raw(disk: &SimulatedDisk, bytes: &[u8]) {
    let mut raw = disk.boxed();
    // A simulated disk without planned failures takes everything.
    drop(raw.append(SEGMENT, bytes));
    drop(raw.sync(SEGMENT));
}

fn write_damaged(disk: &SimulatedDisk, input: &[u8]) {
    let honest_bytes = disk.bytes(SEGMENT).map_or(0, |bytes| bytes.len());
    let Some((place, payloads)) = input.split_first_chunk::<3>() else { return };
    let Ok((mut store, _)) = Store::open_on(disk.boxed()) else { return };
    for payload in payloads.split(|byte| *byte == b'\n') {
        // A payload that a store refuses is not there, which is its law and not this one's.
        drop(std::str::from_utf8(payload).map(|payload| store.append(payload, EPOCH_SECONDS + 2.0)));
    }
    drop(store.sync());
    drop(store);
    let bit = usize::from(place[0]) << 16 | usize::from(place[1]) << 8 | usize::from(place[2]);
    disk.flip_bit(SEGMENT, honest_bytes * 8 + bit);
}
