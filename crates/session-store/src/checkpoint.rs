//! Checkpoints: a file that stands for the beginning of the log.
//!
//! `checkpoint-<upto>.jsonl` holds records as a segment does, of which the first says what the file is ([`Head`]): it
//! stands for all records up to `upto`, and has so many lines. It gets its name when all of it is on the disk, so one
//! that is not whole is damaged. The newest two are kept, with the log that follows the older one: where the newest
//! is damaged, nothing is lost.

use std::io;

use crate::disk::{BESIDE, Disk, append_all, replace_by};
use crate::error::{Damage, DamageReason, OpenError};
use crate::limits::BUFFER_BYTES_MAX;
use crate::line::{Head, Line, LineFault, Record};
use crate::recovery::{segment_name, segment_number};

const PREFIX: &str = "checkpoint-";
const SUFFIX: &str = ".jsonl";

/// A file that stands for the beginning of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its name.
    pub file: String,
    /// The last record that it stands for.
    pub upto: u64,
    /// How many records stand in it instead.
    pub records: u64,
}

/// What came of making a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compaction {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Files that were removed, because they are older than the history that is kept.
    pub removed: Vec<String>,
    /// Why others that could go are still there; the next checkpoint tries it again.
    pub not_removed: Option<String>,
}

/// A checkpoint that was read.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) head: Head,
    pub(crate) records: Vec<Record>,
}

impl Checkpoint {
    pub(crate) fn of(head: &Head) -> Self {
        Self { file: name(head.upto), upto: head.upto, records: head.records }
    }
}

/// The file name of the checkpoint that stands for the records up to `upto`.
pub(crate) fn name(upto: u64) -> String {
    format!("{PREFIX}{upto:012}{SUFFIX}")
}

fn number(file: &str) -> Option<u64> {
    let number = file.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()?;
    (name(number) == file).then_some(number)
}

/// Whether a file of this name is a checkpoint.
pub(crate) fn is_name(file: &str) -> bool {
    number(file).is_some()
}

/// What the checkpoints among these files stand for, the newest last.
pub(crate) fn numbers(names: &[String]) -> Vec<u64> {
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| number(name)).collect();
    numbers.sort_unstable();
    numbers
}

/// Writes a checkpoint; it is there whole or not at all.
pub(crate) fn write(
    disk: &mut dyn Disk,
    head: Head,
    payloads: &[String],
    times: (f64, f64),
) -> io::Result<()> {
    let (time_offset, absolute_time) = times;
    replace_by(disk, &name(head.upto), |disk, beside| {
        let mut text = String::new();
        for (seq, payload) in (1..).zip(payloads) {
            let record = Record { seq, time_offset, absolute_time, payload: payload.clone() };
            let line = Line { record, synced: None, head: (seq == 1).then_some(head) };
            text.push_str(&line.encode());
            text.push('\n');
            if text.len() >= BUFFER_BYTES_MAX {
                append_all(disk, beside, text.as_bytes())?;
                text.clear();
            }
        }
        append_all(disk, beside, text.as_bytes())
    })
}

/// Reads the checkpoint that stands for the records up to `upto`, or tells how it is damaged.
pub(crate) fn read(disk: &mut dyn Disk, upto: u64) -> Result<Result<Found, Damage>, OpenError> {
    let file = name(upto);
    let bytes = disk.read(&file).map_err(|source| OpenError::Io {
        place: disk.place(),
        action: format!("read {file}"),
        source,
    })?;
    Ok(parse(&bytes, upto).map_err(|(line, offset, reason)| Damage { file, line, offset, reason }))
}

/// The checkpoint, or line, offset and nature of what is wrong with it.
fn parse(bytes: &[u8], upto: u64) -> Result<Found, (u64, u64, DamageReason)> {
    let mut found: Option<Found> = None;
    let (mut lines, mut offset) = (0, 0);
    for text in bytes.split_inclusive(|&byte| byte == b'\n') {
        lines += 1;
        let wrong = |reason| (lines, offset, reason);
        let line = text.strip_suffix(b"\n").ok_or_else(|| wrong(DamageReason::CutOff))?;
        let line = Line::decode(line).map_err(|fault| match fault {
            LineFault::Checksum => wrong(DamageReason::Checksum),
            LineFault::Shape => wrong(DamageReason::NotARecord),
        })?;
        if line.record.seq != lines {
            return Err(wrong(DamageReason::Sequence { expected: lines, found: line.record.seq }));
        }
        match (&mut found, line.head) {
            (None, Some(head)) if head.upto == upto => {
                found = Some(Found { head, records: vec![line.record] });
            }
            (Some(found), None) => found.records.push(line.record),
            _ => return Err(wrong(DamageReason::NotARecord)),
        }
        offset += text.len() as u64;
    }
    let whole = found.filter(|found| found.records.len() as u64 == found.head.records);
    whole.ok_or((lines + 1, offset, DamageReason::CutOff))
}

/// Removes what nobody needs: checkpoints before `kept`, what a crash left of one that was being written, and segments
/// before the one that `kept` goes on in, the oldest first, as far as those left have more than `history_bytes_max`
/// together. `removed` tells how far it came.
pub(crate) fn tidy(
    disk: &mut dyn Disk,
    kept: Head,
    history_bytes_max: u64,
    removed: &mut Vec<String>,
) -> io::Result<()> {
    let names = disk.list()?;
    let mut history: Vec<u64> = names.iter().filter_map(|name| segment_number(name)).collect();
    history.retain(|&number| number < kept.segment);
    history.sort_unstable();
    let mut bytes = 0;
    let mut unneeded: Vec<String> = names.into_iter().filter(|name| is_superseded(name, kept)).collect();
    while let Some(number) = history.pop() {
        bytes += disk.length(&segment_name(number))?;
        if bytes > history_bytes_max {
            history.push(number);
            break;
        }
    }
    unneeded.extend(history.into_iter().map(segment_name));
    for name in unneeded {
        disk.remove(&name)?;
        // One by one, so that of the history no later segment goes before an earlier one.
        disk.sync_directory()?;
        removed.push(name);
    }
    Ok(())
}

fn is_superseded(name: &str, kept: Head) -> bool {
    let left_by_crash = name.starts_with(PREFIX) && name.ends_with(BESIDE);
    left_by_crash || number(name).is_some_and(|upto| upto < kept.upto)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulated::SimulatedDisk;

    fn written(records: u64) -> Vec<u8> {
        let disk = SimulatedDisk::new();
        let head = Head { upto: 90, records, segment: 2, first: 40 };
        let payloads: Vec<String> = (0..records).map(|at| format!(r#"{{"n": {at}}}"#)).collect();
        write(disk.boxed().as_mut(), head, &payloads, (1.0, 2.0)).unwrap();
        disk.bytes(&name(90)).unwrap()
    }

    #[test]
    fn a_checkpoint_is_read_as_it_was_written() {
        let found = parse(&written(3), 90).unwrap();
        assert_eq!(found.head, Head { upto: 90, records: 3, segment: 2, first: 40 });
        let payloads: Vec<&str> = found.records.iter().map(|record| record.payload.as_str()).collect();
        assert_eq!(payloads, [r#"{"n": 0}"#, r#"{"n": 1}"#, r#"{"n": 2}"#]);
    }

    #[test]
    fn one_that_is_cut_off_anywhere_or_has_a_flipped_bit_is_damaged() {
        let bytes = written(4);
        for length in 0..bytes.len() {
            assert!(parse(&bytes[..length], 90).is_err(), "{length} bytes");
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(parse(&flipped, 90).is_err(), "bit {bit}");
        }
        assert!(parse(&bytes, 91).is_err(), "a file of another name");
    }
}
