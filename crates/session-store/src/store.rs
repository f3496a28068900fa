//! The open log of a session.

use std::io;
use std::path::Path;

use crate::disk::{Disk, append_all};
use crate::error::{Damage, OpenError, StoreError};
use crate::limits::{BUFFER_BYTES_MAX, PAYLOAD_BYTES_MAX, SEGMENT_BYTES_MAX};
use crate::line::{Line, Record};
use crate::recovery::{Fault, Recovered, Scan, TornTail, scan, segment_name};
use crate::salvage::{Salvaged, cut_off};
use crate::session::{FILE, SessionInfo};
use crate::{RealDisk, recovery};

/// The open log of a session. See the crate's documentation.
pub struct Store {
    disk: Box<dyn Disk>,
    info: SessionInfo,
    segment: u64,
    segment_bytes: u64,
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum OnDamage {
    Refuse,
    CutOff,
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
        Ok(Self::over(disk, info, &Scan::default()))
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

    fn over(disk: Box<dyn Disk>, info: SessionInfo, scan: &Scan) -> Self {
        let last = scan.segments.last();
        let next_seq = scan.next_seq();
        Self {
            disk,
            info,
            segment: last.map_or(1, |segment| segment.number),
            segment_bytes: last.map_or(0, |segment| segment.whole_bytes),
            buffer: String::new(),
            next_seq,
            synced: next_seq - 1,
            mark_due: next_seq > 1,
            failure: None,
        }
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

    /// Takes one envelope (a JSON object on one line) into the buffer and returns its number. It may be acknowledged
    /// after the next [`Self::sync`]. `absolute_time` is in seconds since 1970 UTC.
    pub fn append(&mut self, payload: &str, absolute_time: f64) -> Result<u64, StoreError> {
        self.check()?;
        check_payload(payload, absolute_time)?;
        let seq = self.next_seq;
        let time_offset = ((absolute_time - self.info.created) * 1e6).round() / 1e6;
        let record = Record { seq, time_offset, absolute_time, payload: payload.to_owned() };
        let line = Line { record, synced: self.mark_due.then_some(self.synced) }.encode();
        self.make_room(line.len() as u64 + 1)?;
        self.buffer.push_str(&line);
        self.buffer.push('\n');
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

    /// Every record that the disk shows, whether or not it still takes any.
    pub fn read(&mut self) -> Result<Vec<Record>, OpenError> {
        let scan = scan(self.disk.as_mut())?;
        match scan.fault {
            Some(Fault::Damaged(damage)) => Err(corrupt(self.disk.as_ref(), damage, &scan.records)),
            _ => Ok(scan.records),
        }
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
        if length == 0 || length + bytes <= SEGMENT_BYTES_MAX {
            return Ok(());
        }
        self.sync()?;
        let name = segment_name(self.segment + 1);
        let result = self.disk.create(&name).and_then(|()| self.disk.sync_directory());
        self.note(result, &format!("begin {name}"))?;
        self.segment += 1;
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

fn open(mut disk: Box<dyn Disk>, on_damage: OnDamage) -> Result<(Store, Recovered), OpenError> {
    lock(disk.as_mut())?;
    let names = disk.list().map_err(failed(disk.as_ref(), "list the files"))?;
    if !names.iter().any(|name| name == FILE) {
        return Err(OpenError::NoSession { place: disk.place() });
    }
    let info = SessionInfo::read(disk.as_mut())?;
    let mut scan = scan(disk.as_mut())?;
    let mut torn = None;
    let mut salvaged = None;
    match scan.fault.take() {
        None => {}
        Some(Fault::Torn(tail)) => torn = Some(tail),
        Some(Fault::Damaged(damage)) if on_damage == OnDamage::CutOff => {
            salvaged = Some(salvage(disk.as_mut(), &mut scan, damage)?);
        }
        Some(Fault::Damaged(damage)) => return Err(corrupt(disk.as_ref(), damage, &scan.records)),
    }
    mend(disk.as_mut(), &mut scan, torn.as_ref())?;
    let store = Store::over(disk, info.clone(), &scan);
    Ok((store, Recovered { info, records: scan.records, torn, salvaged }))
}

fn salvage(disk: &mut dyn Disk, scan: &mut Scan, damage: Damage) -> Result<Salvaged, OpenError> {
    let place = disk.place();
    let salvaged = cut_off(disk, &scan.segments, damage).map_err(|source| OpenError::Io {
        place,
        action: "set the damage aside".to_owned(),
        source,
    })?;
    *scan = recovery::scan(disk)?;
    Ok(salvaged)
}

/// Leaves the last segment ready for the next record: without a torn tail, with its last line end, and synced, since
/// what was just read back counts as stored from now on.
fn mend(disk: &mut dyn Disk, scan: &mut Scan, torn: Option<&TornTail>) -> Result<(), OpenError> {
    let place = disk.place();
    let result = match scan.segments.last_mut() {
        Some(last) => {
            let name = segment_name(last.number);
            let cut = match torn {
                Some(_) => disk.truncate(&name, last.whole_bytes),
                None => Ok(()),
            };
            let missing: &[u8] = if last.line_end_missing { b"\n" } else { b"" };
            last.whole_bytes += missing.len() as u64;
            let end = cut.and_then(|()| append_all(disk, &name, missing));
            end.and_then(|()| disk.sync(&name))
        }
        None => disk.create(&segment_name(1)).and_then(|()| disk.sync_directory()),
    };
    result.map_err(|source| OpenError::Io { place, action: "mend the end of the log".to_owned(), source })
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

fn lock(disk: &mut dyn Disk) -> Result<(), OpenError> {
    disk.lock().map_err(|source| match source.kind() {
        io::ErrorKind::WouldBlock => OpenError::Locked { place: disk.place() },
        _ => OpenError::Io { place: disk.place(), action: "lock the directory".to_owned(), source },
    })
}

fn failed(disk: &dyn Disk, action: &str) -> impl FnOnce(io::Error) -> OpenError {
    let (place, action) = (disk.place(), action.to_owned());
    |source| OpenError::Io { place, action, source }
}

fn corrupt(disk: &dyn Disk, damage: Damage, before: &[Record]) -> OpenError {
    OpenError::Corrupt { place: disk.place(), damage, kept: before.len() as u64 }
}
