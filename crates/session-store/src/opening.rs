//! Opening a session: finding what to read, refusing or salvaging what is damaged, mending the end.

use std::collections::VecDeque;
use std::io;

use crate::checkpoint::{self, Checkpoint, Found};
use crate::disk::{Disk, append_all};
use crate::error::{Damage, OpenError};
use crate::line::Record;
use crate::recovery::{Fault, Recovered, Scan, Start, TornTail, scan, segment_name};
use crate::salvage::{Salvaged, cut_off, set_aside};
use crate::session::{FILE, SessionInfo};
use crate::store::Store;

/// What to do about damage.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDamage {
    Refuse,
    CutOff,
}

/// What a directory holds: the newest whole checkpoint, and the log after it.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// Newer checkpoints that are damaged.
    damaged: VecDeque<Damage>,
    checkpoint: Option<Found>,
    scan: Scan,
}

impl Loaded {
    /// Reads it; changes nothing.
    pub(crate) fn read(disk: &mut dyn Disk) -> Result<Self, OpenError> {
        let names = disk.list().map_err(failed(disk, "list the files"))?;
        let mut damaged = VecDeque::new();
        let mut checkpoint = None;
        for upto in checkpoint::numbers(&names).into_iter().rev() {
            match checkpoint::read(disk, upto)? {
                Ok(found) => {
                    checkpoint = Some(found);
                    break;
                }
                Err(damage) => damaged.push_back(damage),
            }
        }
        let start = checkpoint.as_ref().map_or(Start::BEGINNING, |found| Start::after(&found.head));
        Ok(Self { damaged, checkpoint, scan: scan(disk, start)? })
    }

    /// The first damage that was found.
    pub(crate) fn take_damage(&mut self) -> Option<Damage> {
        self.damaged.pop_front().or_else(|| match self.scan.fault.take() {
            Some(Fault::Damaged(damage)) => Some(damage),
            other => {
                self.scan.fault = other;
                None
            }
        })
    }

    fn start(&self) -> Start {
        self.checkpoint.as_ref().map_or(Start::BEGINNING, |found| Start::after(&found.head))
    }

    fn count(&self) -> u64 {
        let stored = self.checkpoint.as_ref().map_or(0, |found| found.records.len());
        (stored + self.scan.records.len()) as u64
    }

    /// Every record, in order.
    pub(crate) fn into_records(self) -> Vec<Record> {
        let mut records = self.checkpoint.map_or_else(Vec::new, |found| found.records);
        records.extend(self.scan.records);
        records
    }
}

/// Opens the session on a disk.
pub(crate) fn open(mut disk: Box<dyn Disk>, on_damage: OnDamage) -> Result<(Store, Recovered), OpenError> {
    lock(disk.as_mut())?;
    let names = disk.list().map_err(failed(disk.as_ref(), "list the files"))?;
    if !names.iter().any(|name| name == FILE) {
        return Err(OpenError::NoSession { place: disk.place() });
    }
    let info = SessionInfo::read(disk.as_mut())?;
    let mut loaded = Loaded::read(disk.as_mut())?;
    let mut salvaged = None;
    if let Some(damage) = loaded.take_damage() {
        if on_damage == OnDamage::Refuse {
            return Err(corrupt(disk.as_ref(), damage, &loaded));
        }
        salvaged = Some(salvage(disk.as_mut(), &mut loaded, damage)?);
    }
    let torn = match loaded.scan.fault.take() {
        Some(Fault::Torn(tail)) => Some(tail),
        _ => None,
    };
    mend(disk.as_mut(), &mut loaded, torn.as_ref())?;
    let head = loaded.checkpoint.as_ref().map(|found| found.head);
    let store = Store::over(disk, info.clone(), head, &loaded.scan);
    let checkpoint = head.as_ref().map(Checkpoint::of);
    Ok((store, Recovered { info, records: loaded.into_records(), checkpoint, torn, salvaged }))
}

/// Sets aside what is damaged, and reads what is left; `first` is the first damage.
fn salvage(disk: &mut dyn Disk, loaded: &mut Loaded, first: Damage) -> Result<Salvaged, OpenError> {
    let mut salvaged = Salvaged { damage: first.clone(), set_aside: Vec::new() };
    let mut next = Some(first);
    while let Some(damage) = next.take() {
        let start = loaded.start();
        let place = disk.place();
        let files = clear(disk, loaded, &damage, start).map_err(|source| OpenError::Io {
            place,
            action: "set the damage aside".to_owned(),
            source,
        })?;
        salvaged.set_aside.extend(files);
        next = loaded.take_damage();
    }
    loaded.scan = scan(disk, loaded.start())?;
    match loaded.take_damage() {
        Some(damage) => Err(corrupt(disk, damage, loaded)),
        None => Ok(salvaged),
    }
}

fn clear(disk: &mut dyn Disk, loaded: &mut Loaded, damage: &Damage, start: Start) -> io::Result<Vec<String>> {
    if checkpoint::is_name(&damage.file) {
        return Ok(vec![set_aside(disk, &damage.file)?]);
    }
    if loaded.scan.next_seq <= start.upto {
        // Nothing of it is needed, and what comes after the checkpoint begins a segment.
        loaded.scan.segments.iter_mut().for_each(|segment| segment.whole_bytes = 0);
    }
    let files = cut_off(disk, &loaded.scan.segments, damage)?;
    let first = segment_name(start.segment);
    if !disk.list()?.contains(&first) {
        disk.create(&first)?;
        disk.sync_directory()?;
    }
    Ok(files)
}

/// Leaves the last segment ready for the next record: without a torn tail, with its last line end, and synced, since
/// what was just read back counts as stored from now on.
fn mend(disk: &mut dyn Disk, loaded: &mut Loaded, torn: Option<&TornTail>) -> Result<(), OpenError> {
    let place = disk.place();
    let first = segment_name(loaded.start().segment);
    let result = match loaded.scan.segments.last_mut() {
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
        None => disk.create(&first).and_then(|()| disk.sync_directory()),
    };
    result.map_err(|source| OpenError::Io { place, action: "mend the end of the log".to_owned(), source })
}

/// Takes the directory for this process.
pub(crate) fn lock(disk: &mut dyn Disk) -> Result<(), OpenError> {
    disk.lock().map_err(|source| match source.kind() {
        io::ErrorKind::WouldBlock => OpenError::Locked { place: disk.place() },
        _ => OpenError::Io { place: disk.place(), action: "lock the directory".to_owned(), source },
    })
}

/// Says what failed, where.
pub(crate) fn failed(disk: &dyn Disk, action: &str) -> impl FnOnce(io::Error) -> OpenError + use<> {
    let (place, action) = (disk.place(), action.to_owned());
    |source| OpenError::Io { place, action, source }
}

/// What is left beside a damage, in words.
pub(crate) fn corrupt(disk: &dyn Disk, damage: Damage, loaded: &Loaded) -> OpenError {
    OpenError::Corrupt { place: disk.place(), damage, kept: loaded.count() }
}
