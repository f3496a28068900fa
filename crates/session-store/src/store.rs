//! The open log of a session.

use std::io;
use std::path::Path;

use crate::RealDisk;
use crate::checkpoint::{self, Checkpoint, Compaction};
use crate::disk::{Disk, append_all};
use crate::error::{OpenError, StoreError};
use crate::limits::{BUFFER_BYTES_MAX, HISTORY_BYTES_MAX, PAYLOAD_BYTES_MAX, SEGMENT_BYTES_MAX};
use crate::line::{Head, Line, Record};
use crate::opening::{Loaded, OnDamage, corrupt, failed, lock, open};
use crate::recovery::{Recovered, Scan, Start, segment_name};
use crate::session::{FILE, SessionInfo};

/// The open log of a session. See the crate's documentation.
pub struct Store {
    disk: Box<dyn Disk>,
    info: SessionInfo,
    segment: u64,
    /// The number of its first record.
    segment_first: u64,
    segment_bytes: u64,
    /// The newest checkpoint.
    checkpoint: Option<Head>,
    /// Bytes of the records after it.
    log_bytes: u64,
    segment_bytes_max: u64,
    history_bytes_max: u64,
    buffer: String,
    next_seq: u64,
    synced: u64,
    /// The next record says what the disk is known to hold.
    mark_due: bool,
    failure: Option<String>,
}

/// Whether a store takes operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Working,
    /// It does not: the disk failed.
    Failed {
        /// What failed, in words.
        reason: String,
    },
}

impl Store {
    /// Makes the session in the directory at `path`.
    pub fn create(path: impl AsRef<Path>, info: SessionInfo) -> Result<Self, OpenError> {
        Self::create_on(real(path.as_ref())?, info)
    }

    /// Makes the session on a disk.
    pub fn create_on(mut disk: Box<dyn Disk>, info: SessionInfo) -> Result<Self, OpenError> {
        lock(disk.as_mut())?;
        let names = disk.list().map_err(failed(disk.as_ref(), "list the files"))?;
        if names.iter().any(|name| name == FILE) {
            return Err(OpenError::Exists { place: disk.place() });
        }
        let first = segment_name(1);
        // A crash between the two left an empty segment without a session; one with records is somebody's data.
        if names.contains(&first) {
            let bytes = disk.read(&first).map_err(failed(disk.as_ref(), "read the log"))?;
            if !bytes.is_empty() {
                return Err(OpenError::NoInfo { place: disk.place() });
            }
        } else {
            disk.create(&first).map_err(failed(disk.as_ref(), "make the log"))?;
        }
        info.write(disk.as_mut())?;
        Ok(Self::over(disk, info, None, &Scan::at(Start::BEGINNING)))
    }

    /// Opens the session in the directory at `path`.
    pub fn open(path: impl AsRef<Path>) -> Result<(Self, Recovered), OpenError> {
        Self::open_on(existing(path.as_ref())?)
    }

    /// Opens the session on a disk.
    pub fn open_on(disk: Box<dyn Disk>) -> Result<(Self, Recovered), OpenError> {
        open(disk, OnDamage::Refuse)
    }

    /// Opens a damaged session in the directory at `path`, giving up everything from the damage on.
    pub fn open_salvaging(path: impl AsRef<Path>) -> Result<(Self, Recovered), OpenError> {
        Self::open_salvaging_on(existing(path.as_ref())?)
    }

    /// As [`Self::open_salvaging`], on a disk.
    pub fn open_salvaging_on(disk: Box<dyn Disk>) -> Result<(Self, Recovered), OpenError> {
        open(disk, OnDamage::CutOff)
    }

    /// Whether the directory at `path` holds a session.
    pub fn is_at(path: impl AsRef<Path>) -> bool {
        path.as_ref().join(FILE).is_file()
    }

    /// Over what was read from a disk.
    pub(crate) fn over(
        disk: Box<dyn Disk>,
        info: SessionInfo,
        checkpoint: Option<Head>,
        scan: &Scan,
    ) -> Self {
        let last = scan.segments.last();
        let next_seq = scan.next_seq;
        Self {
            disk,
            info,
            segment: last.map_or(1, |segment| segment.number),
            segment_first: last.map_or(1, |segment| segment.first),
            segment_bytes: last.map_or(0, |segment| segment.whole_bytes),
            checkpoint,
            log_bytes: scan.bytes,
            segment_bytes_max: SEGMENT_BYTES_MAX,
            history_bytes_max: HISTORY_BYTES_MAX,
            buffer: String::new(),
            next_seq,
            synced: next_seq - 1,
            mark_due: next_seq > 1,
            failure: None,
        }
    }

    /// Keeps so many bytes of segments that checkpoints stand for, in place of [`HISTORY_BYTES_MAX`].
    #[must_use]
    pub fn keep_history(mut self, bytes_max: u64) -> Self {
        self.history_bytes_max = bytes_max;
        self
    }

    /// Closes segments at so many bytes, in place of [`SEGMENT_BYTES_MAX`].
    #[must_use]
    pub fn close_segments_at(mut self, bytes_max: u64) -> Self {
        self.segment_bytes_max = bytes_max;
        self
    }

    /// What the session is.
    pub fn info(&self) -> &SessionInfo {
        &self.info
    }

    /// Where it is, for messages to people.
    pub fn place(&self) -> String {
        self.disk.place()
    }

    /// Whether it takes operations.
    pub fn health(&self) -> Health {
        match &self.failure {
            None => Health::Working,
            Some(reason) => Health::Failed { reason: reason.clone() },
        }
    }

    /// The number of the last record that the disk holds; 0 before the first.
    pub fn synced_seq(&self) -> u64 {
        self.synced
    }

    /// How many bytes the records after the newest checkpoint have: what a restart reads beside it.
    pub fn log_bytes(&self) -> u64 {
        self.log_bytes
    }

    /// Takes one envelope (a JSON object on one line) into the buffer and returns its number. It may be acknowledged
    /// after the next [`Self::sync`]. `absolute_time` is in seconds since 1970 UTC.
    pub fn append(&mut self, payload: &str, absolute_time: f64) -> Result<u64, StoreError> {
        self.check()?;
        check_payload(payload, absolute_time)?;
        let seq = self.next_seq;
        let time_offset = self.time_offset(absolute_time);
        let record = Record { seq, time_offset, absolute_time, payload: payload.to_owned() };
        let line = Line { record, synced: self.mark_due.then_some(self.synced), head: None }.encode();
        self.make_room(line.len() as u64 + 1)?;
        self.buffer.push_str(&line);
        self.buffer.push('\n');
        self.log_bytes += line.len() as u64 + 1;
        self.next_seq += 1;
        self.mark_due = false;
        if self.buffer.len() >= BUFFER_BYTES_MAX {
            self.write_out()?;
        }
        Ok(seq)
    }

    /// Writes what was appended and waits until the disk has it; returns the number of the last record it holds.
    pub fn sync(&mut self) -> Result<u64, StoreError> {
        self.check()?;
        if self.synced + 1 < self.next_seq {
            self.write_out()?;
            let name = segment_name(self.segment);
            let result = self.disk.sync(&name);
            self.note(result, &format!("sync {name}"))?;
            self.synced = self.next_seq - 1;
            self.mark_due = true;
        }
        Ok(self.synced)
    }

    /// Lets `payloads` (each as for [`Self::append`]) stand for all records so far: a restart reads them, and what is
    /// appended from now on. What the log held before is kept as history, see [`Self::keep_history`].
    ///
    /// Syncs first. Where it fails after that, the log goes on as it was, and another attempt may be made.
    ///
    /// # Errors
    /// [`StoreError::NoCheckpoint`], or why the log itself takes no more.
    pub fn checkpoint(&mut self, payloads: &[String], absolute_time: f64) -> Result<Compaction, StoreError> {
        let upto = self.sync()?;
        payloads.iter().try_for_each(|payload| check_payload(payload, absolute_time))?;
        let no_checkpoint = |place, reason| StoreError::NoCheckpoint { place, reason };
        if payloads.is_empty() || self.checkpoint.is_some_and(|head| head.upto == upto) || upto == 0 {
            let reason = "there is nothing that it would stand for".to_owned();
            return Err(no_checkpoint(self.place(), reason));
        }
        let records = payloads.len() as u64;
        let head = Head { upto, records, segment: self.segment, first: self.segment_first };
        let times = (self.time_offset(absolute_time), absolute_time);
        checkpoint::write(self.disk.as_mut(), head, payloads, times)
            .map_err(|error| no_checkpoint(self.place(), error.to_string()))?;
        self.log_bytes = 0;
        let previous = self.checkpoint.replace(head);
        Ok(self.compact(Checkpoint::of(&head), previous))
    }

    /// Removes what neither the newest checkpoint nor the one before it needs, as far as it is no history to keep.
    fn compact(&mut self, checkpoint: Checkpoint, previous: Option<Head>) -> Compaction {
        let mut removed = Vec::new();
        let tidied = previous.map_or(Ok(()), |previous| {
            checkpoint::tidy(self.disk.as_mut(), previous, self.history_bytes_max, &mut removed)
        });
        let not_removed = tidied.err().map(|error| error.to_string());
        Compaction { checkpoint, removed, not_removed }
    }

    /// Every record that the disk shows of the newest checkpoint and of the log after it, whether or not it still takes
    /// any.
    pub fn read(&mut self) -> Result<Vec<Record>, OpenError> {
        let mut loaded = Loaded::read(self.disk.as_mut())?;
        match loaded.take_damage() {
            Some(damage) => Err(corrupt(self.disk.as_ref(), damage, &loaded)),
            None => Ok(loaded.into_records()),
        }
    }

    fn time_offset(&self, absolute_time: f64) -> f64 {
        ((absolute_time - self.info.created) * 1e6).round() / 1e6
    }

    fn check(&self) -> Result<(), StoreError> {
        match &self.failure {
            None => Ok(()),
            Some(reason) => Err(StoreError::Poisoned { place: self.place(), reason: reason.clone() }),
        }
    }

    /// Closes the segment where `bytes` more would make it too long.
    fn make_room(&mut self, bytes: u64) -> Result<(), StoreError> {
        let length = self.segment_bytes + self.buffer.len() as u64;
        if length == 0 || length + bytes <= self.segment_bytes_max {
            return Ok(());
        }
        self.sync()?;
        let name = segment_name(self.segment + 1);
        let result = self.disk.create(&name).and_then(|()| self.disk.sync_directory());
        self.note(result, &format!("begin {name}"))?;
        self.segment += 1;
        self.segment_first = self.next_seq;
        self.segment_bytes = 0;
        Ok(())
    }

    fn write_out(&mut self) -> Result<(), StoreError> {
        let name = segment_name(self.segment);
        let result = append_all(self.disk.as_mut(), &name, self.buffer.as_bytes());
        self.note(result, &format!("write {name}"))?;
        self.segment_bytes += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// After a failed write or sync nobody knows what the disk holds, so that nothing may be promised any more.
    fn note(&mut self, result: io::Result<()>, action: &str) -> Result<(), StoreError> {
        if let Err(error) = result {
            self.failure = Some(format!("cannot {action}: {error}"));
        }
        self.check()
    }
}

fn check_payload(payload: &str, absolute_time: f64) -> Result<(), StoreError> {
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(StoreError::TooLarge { bytes: payload.len(), limit: PAYLOAD_BYTES_MAX });
    }
    let is_object = payload.starts_with('{') && payload.ends_with('}');
    let is_line = !payload.bytes().any(|byte| byte < 0x20);
    if is_object && is_line && absolute_time.is_finite() { Ok(()) } else { Err(StoreError::NotARecord) }
}

fn real(path: &Path) -> Result<Box<dyn Disk>, OpenError> {
    let disk = RealDisk::new(path).map_err(|source| OpenError::Io {
        place: path.display().to_string(),
        action: "make the directory".to_owned(),
        source,
    })?;
    Ok(Box::new(disk))
}

/// The disk at `path`, without making a directory where a mistyped path names none.
fn existing(path: &Path) -> Result<Box<dyn Disk>, OpenError> {
    if Store::is_at(path) {
        real(path)
    } else {
        Err(OpenError::NoSession { place: path.display().to_string() })
    }
}
