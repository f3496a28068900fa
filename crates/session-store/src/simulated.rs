//! A disk in memory that fails and crashes on demand, for tests of this crate and of those above it.
//!
//! Contents count as durable after [`Disk::sync`] of their file, names after [`Disk::sync_directory`]. A crash keeps
//! what is durable and, of the rest, what the [`Tear`] says. All randomness is the caller's.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Disk;

/// A handle on a simulated disk; clones show the same one.
#[derive(Clone, Debug, Default)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

/// What a crash does to the bytes that had been written behind the last synced one of each file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tear {
    /// None of them survives, and no name that was not synced.
    LoseAll,
    /// All of them survive, and all names.
    KeepAll,
    /// As many as this survive, and all names.
    KeepBytes(usize),
    /// The files keep their lengths, but of their unsynced sectors of 512 bytes only those survive whose bit is set
    /// here (sector number modulo 64); the others read as zeros. All names survive.
    KeepSectors(u64),
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No space is left (a write takes nothing).
    NoSpace,
    /// A write takes only this many bytes and says so, and a store then writes the rest; other calls fail with an I/O error.
    ShortWrite(usize),
    /// An I/O error.
    Io,
    /// The machine stops: this call and every later one fails. A write that it interrupts may survive, as any other.
    Crash,
}

#[derive(Debug, Default)]
struct State {
    files: Vec<File>,
    names: BTreeMap<String, usize>,
    synced_names: BTreeMap<String, usize>,
    calls: u64,
    planned: BTreeMap<u64, Failure>,
    stopped: bool,
    locked: bool,
}

#[derive(Clone, Debug, Default)]
struct File {
    bytes: Vec<u8>,
    synced: Vec<u8>,
}

impl SimulatedDisk {
    /// An empty disk without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the call number `call` (from 0, as [`Self::calls`] counts) fail.
    pub fn fail(&self, call: u64, failure: Failure) {
        self.state().planned.insert(call, failure);
    }

    /// How many calls a store has made so far; taking the lock is not counted.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// The disk as the machine finds it after a crash, without planned failures.
    #[must_use]
    pub fn crash(&self, tear: Tear) -> Self {
        let state = self.state();
        let names = if tear == Tear::LoseAll { &state.synced_names } else { &state.names };
        let files = state.files.iter().map(|file| file.survivor(tear)).collect();
        let names = names.clone();
        let after = State { files, synced_names: names.clone(), names, ..State::default() };
        Self { state: Arc::new(Mutex::new(after)) }
    }

    /// Another disk with the same contents, without planned failures.
    #[must_use]
    pub fn copy(&self) -> Self {
        self.crash(Tear::KeepAll)
    }

    /// The bytes of a file, where it is there.
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        state.names.get(name).and_then(|&at| state.files.get(at)).map(|file| file.bytes.clone())
    }

    /// Bytes of a file that have not been synced; 0 where there is no such file.
    pub fn unsynced(&self, name: &str) -> usize {
        let state = self.state();
        let file = state.names.get(name).and_then(|&at| state.files.get(at));
        file.map_or(0, |file| file.bytes.len().saturating_sub(file.synced.len()))
    }

    /// Turns one bit of a file over, on the disk too.
    pub fn flip_bit(&self, name: &str, bit: usize) {
        let mut state = self.state();
        let Some(&at) = state.names.get(name) else { return };
        if let Some(file) = state.files.get_mut(at) {
            for bytes in [&mut file.bytes, &mut file.synced] {
                if let Some(byte) = bytes.get_mut(bit / 8) {
                    *byte ^= 1 << (bit % 8);
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl File {
    fn survivor(&self, tear: Tear) -> Self {
        let grown = self.bytes.starts_with(&self.synced);
        let bytes = match tear {
            Tear::LoseAll => self.synced.clone(),
            _ if !grown => self.bytes.clone(),
            Tear::KeepAll => self.bytes.clone(),
            Tear::KeepBytes(kept) => {
                let end = self.synced.len().saturating_add(kept).min(self.bytes.len());
                self.bytes.get(..end).unwrap_or_default().to_vec()
            }
            Tear::KeepSectors(sectors) => self.with_holes(sectors),
        };
        Self { synced: bytes.clone(), bytes }
    }

    fn with_holes(&self, sectors: u64) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        for (at, byte) in bytes.iter_mut().enumerate().skip(self.synced.len()) {
            if sectors & (1 << (at / 512 % 64)) == 0 {
                *byte = 0;
            }
        }
        bytes
    }
}

impl State {
    /// Counts a call and fails it where that is planned; a short write is the caller's to make.
    fn call(&mut self) -> io::Result<Option<Failure>> {
        let failure = self.planned.get(&self.calls).copied();
        self.calls += 1;
        self.stopped |= failure == Some(Failure::Crash);
        if self.stopped {
            return Err(io::Error::other("the simulated machine has stopped"));
        }
        match failure {
            Some(Failure::NoSpace) => Err(io::ErrorKind::StorageFull.into()),
            Some(Failure::Io | Failure::Crash) => Err(io::Error::other("simulated I/O error")),
            Some(failure @ Failure::ShortWrite(_)) => Ok(Some(failure)),
            None => Ok(None),
        }
    }

    /// As [`Self::call`] where nothing is written.
    fn call_other(&mut self) -> io::Result<()> {
        match self.call()? {
            None => Ok(()),
            Some(_) => Err(io::Error::other("simulated I/O error")),
        }
    }

    fn file(&mut self, name: &str) -> io::Result<&mut File> {
        let at = *self.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        self.files.get_mut(at).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// A disk that a store holds: the lock goes with it.
#[derive(Debug)]
struct Held {
    disk: SimulatedDisk,
    holds_lock: bool,
}

impl SimulatedDisk {
    /// The disk as a store takes it.
    pub fn boxed(&self) -> Box<dyn Disk> {
        Box::new(Held { disk: self.clone(), holds_lock: false })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.holds_lock {
            self.disk.state().locked = false;
        }
    }
}

impl Disk for Held {
    fn place(&self) -> String {
        "simulated disk".to_owned()
    }

    fn lock(&mut self) -> io::Result<()> {
        if self.disk.state().locked {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.disk.state().locked = true;
        self.holds_lock = true;
        Ok(())
    }

    fn list(&mut self) -> io::Result<Vec<String>> {
        let mut state = self.disk.state();
        state.call_other()?;
        Ok(state.names.keys().cloned().collect())
    }

    fn read(&mut self, name: &str) -> io::Result<Vec<u8>> {
        let mut state = self.disk.state();
        state.call_other()?;
        Ok(state.file(name)?.bytes.clone())
    }

    fn length(&mut self, name: &str) -> io::Result<u64> {
        let mut state = self.disk.state();
        state.call_other()?;
        Ok(state.file(name)?.bytes.len() as u64)
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.disk.state();
        state.call_other()?;
        if state.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let at = state.files.len();
        state.files.push(File::default());
        state.names.insert(name.to_owned(), at);
        Ok(())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.state();
        let was_running = !state.stopped;
        let call = state.call();
        let taken = match call {
            Ok(Some(Failure::ShortWrite(taken))) => taken.min(bytes.len()),
            // A machine that stops during a write may have written all of it: the tear decides.
            Err(_) if !(state.stopped && was_running) => 0,
            _ => bytes.len(),
        };
        let file = state.file(name)?;
        file.bytes.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        call.map(|_| taken)
    }

    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.call_other()?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        state.file(name)?.bytes.resize(length, 0);
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.disk.state();
        state.call_other()?;
        let file = state.file(name)?;
        file.synced.clone_from(&file.bytes);
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.disk.state();
        state.call_other()?;
        let at = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), at);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.disk.state();
        state.call_other()?;
        state.names.remove(name).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync_directory(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.call_other()?;
        let names = state.names.clone();
        state.synced_names = names;
        Ok(())
    }
}
