//! Why a bundle is not read or not written.
//!
//! ```
//! use std::path::Path;
//!
//! use otio_bundle::{ReadError, read};
//!
//! let error = read(Path::new("cut.zip")).map(|_| ());
//! assert!(matches!(error, Err(ReadError::NoBundle)));
//! ```

use std::io;
use std::path::PathBuf;

/// Why a bundle is not read. OTIO checks nothing of the kind, and has the errors of Python's `zipfile` and of its files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The operating system does not let it be read, or it is damaged.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Neither form by its extension.
    #[error("its name ends in neither .otioz nor .otiod")]
    NoBundle,
    /// Not a zip archive, or a damaged one. What is wrong.
    #[error("it is not a sound zip archive: {0}")]
    NotAnArchive(String),
    /// There is no document in it.
    #[error("it holds no content.otio")]
    NoContent,
    /// More entries than [`Limits::entries`](crate::Limits::entries).
    #[error("it holds more than {limit} entries")]
    TooManyEntries {
        /// The most entries that are allowed.
        limit: usize,
    },
    /// An entry that is refused.
    #[error("its entry {name:?} {reason}")]
    Entry {
        /// The entry, as the bundle names it; a very long name only in part.
        name: String,
        /// What is wrong with it.
        reason: EntryError,
    },
    /// All entries together are longer than [`Limits::total_bytes`](crate::Limits::total_bytes).
    #[error("its entries have more than {limit} bytes together")]
    TooLong {
        /// The most bytes that are allowed.
        limit: u64,
    },
    /// The entries declare more packed bytes than the archive has, so some share their bytes.
    #[error("its entries overlap: they claim more bytes than the archive has")]
    Overlap,
}

/// What is wrong with an entry, an archive's or a directory's. OTIO refuses none of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// A name that leads out of the bundle.
    #[error("leads out of the bundle")]
    Outside,
    /// A name from the root of a file system or drive.
    #[error("has an absolute name")]
    Absolute,
    /// A name that systems understand differently: control characters, backslashes, empty or `.` parts, not UTF-8.
    #[error("has a name that is no plain path of `/` and UTF-8")]
    NotPlain,
    /// A name longer than [`Limits::name_bytes`](crate::Limits::name_bytes).
    #[error("has a name of more than {limit} bytes")]
    LongName {
        /// The most bytes that are allowed.
        limit: usize,
    },
    /// Directories inside each other beyond [`Limits::depth`](crate::Limits::depth).
    #[error("its name has more than {limit} parts")]
    Deep {
        /// The most parts that a name may have.
        limit: usize,
    },
    /// A second entry of that name.
    #[error("stands twice")]
    Twice,
    /// A symbolic link.
    #[error("is a link, and a bundle holds files only")]
    Link,
    /// A device, a pipe, a socket; or a directory where a file belongs.
    #[error("is no file")]
    NoFile,
    /// An encrypted entry.
    #[error("is encrypted")]
    Encrypted,
    /// A method of packing other than storing and deflating.
    #[error("is packed by a method other than stored or deflated")]
    Method,
    /// Longer than [`Limits::content_bytes`](crate::Limits::content_bytes).
    #[error("has more than {limit} bytes")]
    Long {
        /// The most bytes that are allowed.
        limit: u64,
    },
    /// A length other than what the archive declares.
    #[error("has another length than the archive says")]
    OtherLength,
    /// Packed beyond [`Limits::ratio`](crate::Limits::ratio).
    #[error("is more than {limit} times as long unpacked as packed")]
    Ratio {
        /// How many times as long as packed it may be.
        limit: u64,
    },
    /// Its bytes cannot be read: damage, or the operating system. What is wrong.
    #[error("cannot be read: {0}")]
    Unreadable(String),
}

impl EntryError {
    /// As the error of the entry of that name.
    pub(crate) fn at(self, name: &str) -> ReadError {
        const SHOWN_CHARACTERS: usize = 200;
        ReadError::Entry { name: name.chars().take(SHOWN_CHARACTERS).collect(), reason: self }
    }
}

/// Why a bundle is not written. Nothing of it is left at its path then. OTIO has an `OTIOError` for what is there already and
/// for equal names, and a `NotAFileOnDisk` for media.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The path has no extension of a bundle.
    #[error("the name of a bundle ends in .otioz or .otiod")]
    NoBundle,
    /// There is something already at that path.
    #[error("{} exists, and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// A media reference with a URL that is not of a file, under a policy that wants files. The URL.
    #[error("the media reference {0:?} is not the URL of a file")]
    NotAFileUrl(String),
    /// A media reference to a file that is not there, under a policy that wants files. The file.
    #[error("the media file {} does not exist or is no file", .0.display())]
    NotAFile(PathBuf),
    /// Two media files of one name, which would be the same file in the bundle.
    #[error("the media files {} and {} have the same name; give one of them another", .first.display(), .second.display())]
    SameName {
        /// The first file.
        first: PathBuf,
        /// Another.
        second: PathBuf,
    },
    /// A media file whose name is not UTF-8. The file.
    #[error("the name of the media file {} is not UTF-8", .0.display())]
    NotUtf8(PathBuf),
    /// The operating system does not let it be written, or a media file be read.
    #[error("{}: {error}", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}
