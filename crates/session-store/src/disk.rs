//! What the store asks of a disk.

use std::io;

/// One directory of files, as the store uses it. Names are plain file names inside that directory.
///
/// Nothing is durable before [`Disk::sync`] (contents) or [`Disk::sync_directory`] (names) returned `Ok`; after
/// one of them failed nothing is known about what it covered, and the store asks no more of the disk.
pub trait Disk: Send {
    /// Where this is, for messages to people.
    fn place(&self) -> String;

    /// Takes the directory for this process until the disk is dropped; [`io::ErrorKind::WouldBlock`] where
    /// another one has it.
    fn lock(&mut self) -> io::Result<()>;

    /// The names of the files, in any order.
    fn list(&mut self) -> io::Result<Vec<String>>;

    /// A whole file.
    fn read(&mut self, name: &str) -> io::Result<Vec<u8>>;

    /// How long a file is, in bytes.
    fn length(&mut self, name: &str) -> io::Result<u64>;

    /// Makes an empty file; [`io::ErrorKind::AlreadyExists`] where the name is taken.
    fn create(&mut self, name: &str) -> io::Result<()>;

    /// Writes at the end of a file and returns how many bytes were taken, which may be fewer than were given.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<usize>;

    /// Cuts a file to a length.
    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()>;

    /// Waits until the contents of a file are on the disk (`fdatasync`).
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Gives a file another name, replacing what had it, at once or not at all.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&mut self, name: &str) -> io::Result<()>;

    /// Waits until the names of the directory are on the disk.
    fn sync_directory(&mut self) -> io::Result<()>;
}

/// How the name of a file ends that is being written, and is not yet what it will be.
pub(crate) const BESIDE: &str = ".tmp";

/// Writes all of `bytes` at the end of a file, however short the single writes are.
pub(crate) fn append_all(disk: &mut dyn Disk, name: &str, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match disk.append(name, bytes) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::WriteZero, "the disk took no bytes")),
            Ok(taken) => bytes = bytes.get(taken..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Replaces a file whole: written beside it, synced, renamed over it, and the name synced.
pub(crate) fn replace(disk: &mut dyn Disk, name: &str, bytes: &[u8]) -> io::Result<()> {
    replace_by(disk, name, |disk, beside| append_all(disk, beside, bytes))
}

/// As [`replace`], by what `write` appends to the file whose name it is given.
pub(crate) fn replace_by(
    disk: &mut dyn Disk,
    name: &str,
    write: impl FnOnce(&mut dyn Disk, &str) -> io::Result<()>,
) -> io::Result<()> {
    let beside = format!("{name}{BESIDE}");
    if disk.list()?.contains(&beside) {
        disk.remove(&beside)?;
    }
    disk.create(&beside)?;
    write(disk, &beside)?;
    disk.sync(&beside)?;
    disk.rename(&beside, name)?;
    disk.sync_directory()
}
