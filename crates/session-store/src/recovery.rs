//! Reading the segments back: what is whole, what a crash cut off, what is damaged.

use std::io;

use crate::checkpoint::Checkpoint;
use crate::disk::Disk;
use crate::error::{Damage, DamageReason, OpenError};
use crate::line::{Head, Line, LineFault, Record};
use crate::salvage::Salvaged;
use crate::session::SessionInfo;

/// What a session on disk held when it was opened.
#[derive(Debug)]
pub struct Recovered {
    /// What the session is.
    pub info: SessionInfo,
    /// Every whole record, in order: those of the newest checkpoint, then those of the log after it.
    pub records: Vec<Record>,
    /// The newest checkpoint, where there is one.
    pub checkpoint: Option<Checkpoint>,
    /// What a crash had cut off, where it had.
    pub torn: Option<TornTail>,
    /// What [`crate::Store::open_salvaging`] gave up, where it did.
    pub salvaged: Option<Salvaged>,
}

/// The end of the last write before a crash, never acknowledged and now dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The segment's file name.
    pub file: String,
    /// The line in it, from 1.
    pub line: u64,
    /// How many bytes were dropped.
    pub bytes: u64,
}

/// Where the log is read from: its beginning, or what a checkpoint says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) segment: u64,
    /// The number of the first record of that segment.
    first: u64,
    /// Records up to this one stand in a checkpoint, and were on the disk before it was.
    pub(crate) upto: u64,
}

impl Start {
    /// The beginning of the log.
    pub(crate) const BEGINNING: Self = Self { segment: 1, first: 1, upto: 0 };

    pub(crate) const fn after(head: &Head) -> Self {
        Self { segment: head.segment, first: head.first, upto: head.upto }
    }
}

/// What the segments hold, up to the first thing that is not whole.
#[derive(Debug)]
pub(crate) struct Scan {
    start: Start,
    /// The number of the record that comes next.
    pub(crate) next_seq: u64,
    /// Those after the checkpoint.
    pub(crate) records: Vec<Record>,
    /// How many bytes these have.
    pub(crate) bytes: u64,
    /// Every segment from the start on, in order.
    pub(crate) segments: Vec<Segment>,
    pub(crate) fault: Option<Fault>,
}

/// One segment and how much of it is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) number: u64,
    /// The number of its first record, or of that which will be.
    pub(crate) first: u64,
    /// Bytes of whole records.
    pub(crate) whole_bytes: u64,
    /// The last whole record only lacks its line end.
    pub(crate) line_end_missing: bool,
}

/// Where a scan stopped.
#[derive(Debug)]
pub(crate) enum Fault {
    Torn(TornTail),
    Damaged(Damage),
}

const PREFIX: &str = "log-";
const SUFFIX: &str = ".jsonl";
/// What was never written reads as zeros in units of this size after a power cut.
const SECTOR_BYTES: usize = 512;

/// The file name of a segment.
pub(crate) fn segment_name(number: u64) -> String {
    format!("{PREFIX}{number:06}{SUFFIX}")
}

/// The number of the segment that a file is.
pub(crate) fn segment_number(name: &str) -> Option<u64> {
    let digits = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let number = digits.parse().ok()?;
    (segment_name(number) == name).then_some(number)
}

/// Reads all segments from a place on, up to the first fault.
pub(crate) fn scan(disk: &mut dyn Disk, start: Start) -> Result<Scan, OpenError> {
    let failed = |disk: &dyn Disk, action: String| {
        let place = disk.place();
        move |source: io::Error| OpenError::Io { place, action, source }
    };
    let names = disk.list().map_err(failed(disk, "list the files".to_owned()))?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| segment_number(name)).collect();
    numbers.retain(|&number| number >= start.segment);
    numbers.sort_unstable();
    let mut scan = Scan::at(start);
    for (expected, &number) in (start.segment..).zip(&numbers) {
        if number != expected {
            break;
        }
        let name = segment_name(number);
        let bytes = disk.read(&name).map_err(failed(disk, format!("read {name}")))?;
        scan.read_segment(number, &bytes, numbers.last() == Some(&number));
        if scan.fault.is_some() {
            break;
        }
    }
    scan.finish(&numbers);
    Ok(scan)
}

impl Scan {
    /// Nothing read yet.
    pub(crate) const fn at(start: Start) -> Self {
        Self {
            start,
            next_seq: start.first,
            records: Vec::new(),
            bytes: 0,
            segments: Vec::new(),
            fault: None,
        }
    }

    /// Notes what is missing and what was not read.
    fn finish(&mut self, numbers: &[u64]) {
        let read = self.segments.len();
        let stands_for_something = self.start.upto > 0;
        if self.fault.is_none() && (read < numbers.len() || (read == 0 && stands_for_something)) {
            let file = segment_name(self.start.segment + read as u64);
            let damage = Damage { file, line: 0, offset: 0, reason: DamageReason::Missing };
            self.fault = Some(Fault::Damaged(damage));
        }
        let unread = numbers.iter().skip(read);
        let unread =
            unread.map(|&number| Segment { number, first: 0, whole_bytes: 0, line_end_missing: false });
        self.segments.extend(unread);
    }

    /// Whether a record is the next one. Where the segment that a checkpoint names was set aside, that after the
    /// checkpoint comes first.
    fn takes(&self, seq: u64) -> bool {
        seq == self.next_seq || (self.next_seq == self.start.first && seq == self.start.upto + 1)
    }

    fn take(&mut self, record: Record, bytes: u64) {
        self.next_seq = record.seq + 1;
        if record.seq > self.start.upto {
            self.bytes += bytes;
            self.records.push(record);
        }
    }

    fn read_segment(&mut self, number: u64, bytes: &[u8], is_last: bool) {
        let mut segment = Segment { number, first: self.next_seq, whole_bytes: 0, line_end_missing: false };
        let mut lines = 0;
        let mut rest = bytes;
        while !rest.is_empty() {
            let end = rest.iter().position(|&byte| byte == b'\n');
            let text = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            lines += 1;
            let reason = match Line::decode(text) {
                Ok(line) if self.takes(line.record.seq) => {
                    if segment.whole_bytes == 0 {
                        segment.first = line.record.seq;
                    }
                    let bytes = text.len() as u64 + u64::from(end.is_some());
                    self.take(line.record, bytes);
                    segment.whole_bytes += bytes;
                    segment.line_end_missing = end.is_none();
                    rest = rest.get(text.len() + 1..).unwrap_or_default();
                    continue;
                }
                Ok(line) => DamageReason::Sequence { expected: self.next_seq, found: line.record.seq },
                Err(LineFault::Checksum) => DamageReason::Checksum,
                Err(LineFault::Shape) => DamageReason::NotARecord,
            };
            let (file, offset) = (segment_name(number), segment.whole_bytes);
            let damage = Damage { file, line: lines, offset, reason };
            self.fault = Some(self.judge(damage, bytes, rest, is_last));
            break;
        }
        if is_last && self.fault.is_none() && self.next_seq <= self.start.upto {
            self.end_before_checkpoint(&mut segment, lines);
        }
        self.segments.push(segment);
    }

    /// The log ends before what the checkpoint stands for: it begins behind it, where nothing is left of it, and has lost
    /// something otherwise.
    fn end_before_checkpoint(&mut self, segment: &mut Segment, lines: u64) {
        if segment.whole_bytes == 0 && segment.number == self.start.segment {
            self.next_seq = self.start.upto + 1;
            segment.first = self.next_seq;
            return;
        }
        let (file, offset) = (segment_name(segment.number), segment.whole_bytes);
        self.fault =
            Some(Fault::Damaged(Damage { file, line: lines + 1, offset, reason: DamageReason::CutOff }));
    }

    /// Whether a crash explains what is wrong: it can only have cut off what was never synced, which is the end of
    /// the last segment, and left there either the beginning of a line or sectors of zeros.
    fn judge(&self, mut damage: Damage, bytes: &[u8], rest: &[u8], is_last: bool) -> Fault {
        let cut = !rest.contains(&b'\n') && !is_whole_but_for_its_end(rest);
        if !is_last {
            if cut {
                damage.reason = DamageReason::CutOff;
            }
            return Fault::Damaged(damage);
        }
        let known_synced = synced_later(rest).max(Some(self.start.upto));
        let was_synced = known_synced.is_some_and(|synced| synced >= self.next_seq);
        if was_synced || !(cut || has_empty_sector(bytes, damage.offset)) {
            return Fault::Damaged(damage);
        }
        Fault::Torn(TornTail { file: damage.file, line: damage.line, bytes: rest.len() as u64 })
    }
}

/// A whole record whose line end has become another byte: no crash does that.
fn is_whole_but_for_its_end(line: &[u8]) -> bool {
    line.split_last().is_some_and(|(_, text)| Line::decode(text).is_ok())
}

/// The highest sync mark after the fault.
fn synced_later(rest: &[u8]) -> Option<u64> {
    let lines = rest.split(|&byte| byte == b'\n').filter_map(|line| Line::decode(line).ok());
    lines.filter_map(|line| line.synced).max()
}

/// Whether a sector that is (but for its part before `offset`) all zeros lies behind `offset`.
fn has_empty_sector(bytes: &[u8], offset: u64) -> bool {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let sectors = bytes.chunks(SECTOR_BYTES).enumerate();
    let unwritten = sectors.filter_map(|(at, sector)| {
        let before = offset.saturating_sub(at * SECTOR_BYTES);
        sector.get(before..).filter(|part| !part.is_empty())
    });
    unwritten.into_iter().any(|part| part.iter().all(|&byte| byte == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seqs: impl IntoIterator<Item = (u64, Option<u64>)>) -> Vec<u8> {
        let lines = seqs.into_iter().map(|(seq, synced)| {
            let record = Record { seq, time_offset: 0.0, absolute_time: 1.0, payload: "{}".to_owned() };
            Line { record, synced, head: None }.encode() + "\n"
        });
        lines.collect::<String>().into_bytes()
    }

    fn scan_one(bytes: &[u8]) -> Scan {
        let mut scan = Scan::at(Start::BEGINNING);
        scan.read_segment(1, bytes, true);
        scan
    }

    #[test]
    fn a_hole_of_zeros_in_what_was_never_synced_is_a_torn_tail() {
        let mut bytes = text((1..=40).map(|seq| (seq, (seq == 11).then_some(10))));
        let sector = bytes.len() / SECTOR_BYTES - 2;
        bytes[sector * SECTOR_BYTES..(sector + 1) * SECTOR_BYTES].fill(0);
        assert!(matches!(scan_one(&bytes).fault, Some(Fault::Torn(_))));
    }

    #[test]
    fn a_hole_of_zeros_in_what_had_been_synced_is_damage() {
        let mut bytes = text((1..=40).map(|seq| (seq, (seq == 40).then_some(39))));
        bytes[SECTOR_BYTES..2 * SECTOR_BYTES].fill(0);
        let fault = scan_one(&bytes).fault;
        assert!(matches!(&fault, Some(Fault::Damaged(damage)) if damage.line > 1), "{fault:?}");
    }

    #[test]
    fn a_record_out_of_its_turn_is_damage() {
        let Some(Fault::Damaged(damage)) = scan_one(&text([(1, None), (3, None)])).fault else {
            panic!("a gap went unnoticed");
        };
        assert_eq!(damage.reason, DamageReason::Sequence { expected: 2, found: 3 });
    }

    #[test]
    fn names_of_segments_are_read_back() {
        assert_eq!(segment_number(&segment_name(1)), Some(1));
        assert_eq!(segment_number(&segment_name(1_234_567)), Some(1_234_567));
        assert_eq!(segment_number("log-1.jsonl"), None);
        assert_eq!(segment_number("log-000001.jsonl.tmp"), None);
    }
}
