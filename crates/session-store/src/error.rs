//! What can go wrong, by reason.

use std::fmt;
use std::io;

/// Why a session on disk cannot be opened or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has it open.
    #[error("{place} is open in another process; stop that one, or give another data directory")]
    Locked {
        /// The directory.
        place: String,
    },
    /// There is no `session.json`.
    #[error("{place} holds no session (there is no session.json in it)")]
    NoSession {
        /// The directory.
        place: String,
    },
    /// There is one already.
    #[error("{place} holds a session already; open it, or give an empty directory")]
    Exists {
        /// The directory.
        place: String,
    },
    /// There is a log, but nothing says of which session.
    #[error(
        "{place} holds the log of a session whose session.json is missing; restore it from a copy, or give an empty \
             directory"
    )]
    NoInfo {
        /// The directory.
        place: String,
    },
    /// `session.json` is not what this program writes.
    #[error(
        "{place}/session.json cannot be read: {reason}; restore it from a copy, or host into another directory"
    )]
    Info {
        /// The directory.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A later program wrote the directory.
    #[error(
        "{place} has format version {found}, and this program knows version {known}; use a newer program"
    )]
    Version {
        /// The directory.
        place: String,
        /// The version that stands in `session.json`.
        found: u64,
        /// The version that this program writes.
        known: u64,
    },
    /// Something that had been written whole is damaged. Nothing was changed on disk.
    #[error(
        "{place}/{damage}; nothing was loaded. Restore the file from a copy, or open with salvaging: \
             that keeps {kept} records and sets the damaged file aside"
    )]
    Corrupt {
        /// The directory.
        place: String,
        /// Where and what.
        damage: Damage,
        /// How many whole records can be kept: those before it, or those that an earlier checkpoint and the log after
        /// that hold.
        kept: u64,
    },
    /// The disk failed.
    #[error("{place}: cannot {action}: {source}")]
    Io {
        /// The directory.
        place: String,
        /// What was tried.
        action: String,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Why a record was not stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The disk failed, now or earlier: nothing more is stored or acknowledged until the session is reopened.
    #[error(
        "the log at {place} takes no more operations since the disk failed: {reason}; \
             free or repair the disk, then restart: all that was acknowledged is there"
    )]
    Poisoned {
        /// The directory.
        place: String,
        /// What failed, in words.
        reason: String,
    },
    /// The payload is longer than [`crate::limits::PAYLOAD_BYTES_MAX`].
    #[error("a record of {bytes} bytes is longer than the limit of {limit}")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A checkpoint could not be written. The log goes on as it was.
    #[error("no checkpoint was made at {place}: {reason}; the log goes on as it was")]
    NoCheckpoint {
        /// The directory.
        place: String,
        /// What failed, in words.
        reason: String,
    },
    /// The payload is not a JSON object on one line, or its time is not a finite number.
    #[error("a record is a JSON object on one line with a finite time")]
    NotARecord,
}

/// Where a log is damaged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The segment's file name.
    pub file: String,
    /// The line in it, from 1.
    pub line: u64,
    /// Where that line begins, in bytes from the start of the file.
    pub offset: u64,
    /// What is wrong there.
    pub reason: DamageReason,
}

/// What is wrong with a line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DamageReason {
    /// The line is no record.
    NotARecord,
    /// The line's checksum is not that of its text.
    Checksum,
    /// The record's number is not the next one.
    Sequence {
        /// The number that belongs here.
        expected: u64,
        /// The number that stands here.
        found: u64,
    },
    /// The segment is not there, though a later one is.
    Missing,
    /// The file ends inside a record, though a later segment is there.
    CutOff,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, offset, reason } = self;
        match reason {
            DamageReason::Missing => write!(f, "{file} is missing, though later segments are there"),
            _ => write!(f, "{file}, line {line} (byte {offset}): {reason}"),
        }
    }
}

impl fmt::Display for DamageReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotARecord => write!(f, "this is no record of the log"),
            Self::Checksum => write!(f, "the checksum does not fit the record"),
            Self::Sequence { expected, found } => write!(f, "record {found} stands where {expected} belongs"),
            Self::Missing => write!(f, "the segment is missing"),
            Self::CutOff => write!(f, "the segment ends inside a record"),
        }
    }
}
