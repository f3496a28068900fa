//! `.otioz`: a zip archive, whose directory is walked once before anything of it is believed.

use std::collections::HashSet;
use std::io::{Read, Seek, SeekFrom};

use zip::read::{Config, ZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipReadOptions};

use crate::error::{EntryError, ReadError};
use crate::{Bundle, CONTENT, Limits, MEDIA, MediaFile, name};

/// The bits of a Unix mode that say what kind of file it is.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;

/// Reads an archive, whatever its name (OTIO's adapter `otioz`).
///
/// ```
/// use std::io::Cursor;
///
/// use otio_bundle::{Limits, read_archive};
///
/// let error = read_archive(Cursor::new(b"no archive"), &Limits::default()).map(|_| ());
/// assert!(error.is_err_and(|error| !error.to_string().is_empty()));
/// ```
///
/// # Errors
/// [`ReadError`]: it cannot be read or is no sound zip archive, holds no `content.otio`, or is beyond the limits; or an entry
/// is refused, which the error names.
pub fn read_archive(mut archive: impl Read + Seek, limits: &Limits) -> Result<Bundle, ReadError> {
    let archive_bytes = archive.seek(SeekFrom::End(0))?;
    let zip = ZipIterable::try_new(&mut archive, Config::default()).map_err(damaged)?;
    if zip.len() > limits.entries {
        return Err(ReadError::TooManyEntries { limit: limits.entries });
    }
    // A reader of the front of the archive sees what a reader of its directory sees, or nobody does.
    let mut zip = zip.enforce_header_consistency(true);
    let mut walk = Walk::default();
    for entry in zip.files().map_err(damaged)? {
        walk.take(entry.map_err(damaged)?, limits)?;
    }
    if walk.packed > archive_bytes {
        return Err(ReadError::Overlap);
    }
    let content = unpack(walk.content.ok_or(ReadError::NoContent)?, &mut archive, limits)?;
    Ok(Bundle { content, media: walk.media })
}

/// What the entries so far amount to.
#[derive(Default)]
struct Walk {
    names: HashSet<String>,
    content: Option<ZipFileEntry<'static>>,
    media: Vec<MediaFile>,
    packed: u64,
    unpacked: u64,
}

impl Walk {
    fn take(&mut self, entry: ZipFileEntry<'static>, limits: &Limits) -> Result<(), ReadError> {
        let name = String::from_utf8(entry.name_raw().to_vec())
            .map_err(|error| EntryError::NotPlain.at(&String::from_utf8_lossy(error.as_bytes())))?;
        name::check(&name, limits).and_then(|()| check(&entry, limits)).map_err(|reason| reason.at(&name))?;
        // `media` beside `media/` would be a file and a directory in one place.
        if !self.names.insert(name.trim_end_matches('/').to_owned()) {
            return Err(EntryError::Twice.at(&name));
        }
        self.packed = self.packed.saturating_add(entry.compressed_size());
        self.unpacked = self.unpacked.saturating_add(entry.size());
        if self.unpacked > limits.total_bytes {
            return Err(ReadError::TooLong { limit: limits.total_bytes });
        }
        self.keep(name, entry);
        Ok(())
    }

    fn keep(&mut self, name: String, entry: ZipFileEntry<'static>) {
        let is_media = name.strip_prefix(MEDIA).is_some_and(|rest| rest.starts_with('/'));
        if name == CONTENT {
            self.content = Some(entry);
        } else if is_media && !entry.is_dir() {
            self.media.push(MediaFile { bytes: entry.size(), name });
        }
    }
}

/// Refuses what is neither a file nor a directory, and what would unpack to far more than it is.
fn check(entry: &ZipFileEntry<'_>, limits: &Limits) -> Result<(), EntryError> {
    let kind = entry.unix_mode().unwrap_or_default() & KIND;
    if entry.is_symlink() {
        return Err(EntryError::Link);
    }
    if !matches!(kind, 0 | REGULAR | DIRECTORY) || (kind == DIRECTORY && !entry.is_dir()) {
        return Err(EntryError::NoFile);
    }
    if entry.encrypted() {
        return Err(EntryError::Encrypted);
    }
    if entry.compression() == CompressionMethod::Stored && entry.size() != entry.compressed_size() {
        return Err(EntryError::OtherLength);
    }
    let may_unpack_to = entry.compressed_size().saturating_mul(limits.ratio).max(limits.ratio_free_bytes);
    if entry.size() > may_unpack_to {
        return Err(EntryError::Ratio { limit: limits.ratio });
    }
    Ok(())
}

/// The document's bytes, no more than were declared.
fn unpack(
    entry: ZipFileEntry<'_>,
    archive: &mut (impl Read + Seek),
    limits: &Limits,
) -> Result<Vec<u8>, ReadError> {
    let declared = entry.size();
    if declared > limits.content_bytes {
        return Err(EntryError::Long { limit: limits.content_bytes }.at(CONTENT));
    }
    if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
        return Err(EntryError::Method.at(CONTENT));
    }
    let unreadable = |error: String| EntryError::Unreadable(error).at(CONTENT);
    let file =
        entry.with_reader(archive, ZipReadOptions::new()).map_err(|error| unreadable(error.to_string()))?;
    let mut content = Vec::new();
    file.take(declared.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(|error| unreadable(error.to_string()))?;
    if content.len() as u64 != declared {
        return Err(EntryError::OtherLength.at(CONTENT));
    }
    Ok(content)
}

fn damaged(error: ZipError) -> ReadError {
    match error {
        ZipError::Io(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => ReadError::Io(error),
        other => ReadError::NotAnArchive(other.to_string()),
    }
}
