//! `.otiod`: a directory. Links in it are refused, since what they lead to is not in the bundle.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::error::{EntryError, ReadError};
use crate::{Bundle, CONTENT, Limits, MEDIA, MediaFile, name};

/// Reads a directory, whatever its name (OTIO's adapter `otiod`).
///
/// ```
/// use otio_bundle::{Limits, read_folder};
///
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("content.otio"), "{}")?;
/// std::fs::create_dir(folder.path().join("media"))?;
/// std::fs::write(folder.path().join("media/a.mov"), "frames")?;
/// let bundle = read_folder(folder.path(), &Limits::default())?;
/// assert_eq!(bundle.content, b"{}");
/// assert_eq!(bundle.media.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ReadError`]: it cannot be read or is no directory, holds no `content.otio`, or is beyond the limits; or an entry is
/// refused, which the error names.
pub fn read_folder(folder: &Path, limits: &Limits) -> Result<Bundle, ReadError> {
    if !fs::metadata(folder)?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::NotADirectory).into());
    }
    let content = read_content(folder, limits)?;
    let mut listing = Listing { limits, entries: 0, media: Vec::new() };
    match fs::symlink_metadata(folder.join(MEDIA)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
        Ok(found) if found.is_symlink() => return Err(EntryError::Link.at(MEDIA)),
        Ok(found) if !found.is_dir() => return Err(EntryError::NoFile.at(MEDIA)),
        Ok(_) => listing.list(folder)?,
    }
    listing.media.sort_unstable_by(|left, right| left.name.cmp(&right.name));
    Ok(Bundle { content, media: listing.media })
}

fn read_content(folder: &Path, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let path = folder.join(CONTENT);
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(ReadError::NoContent),
        Err(error) => return Err(error.into()),
        Ok(found) => is_file(&found).map_err(|reason| reason.at(CONTENT))?,
    }
    let mut content = Vec::new();
    File::open(&path)?.take(limits.content_bytes.saturating_add(1)).read_to_end(&mut content)?;
    if content.len() as u64 > limits.content_bytes {
        return Err(EntryError::Long { limit: limits.content_bytes }.at(CONTENT));
    }
    Ok(content)
}

fn is_file(found: &fs::Metadata) -> Result<(), EntryError> {
    if found.is_symlink() {
        return Err(EntryError::Link);
    }
    if found.is_file() { Ok(()) } else { Err(EntryError::NoFile) }
}

/// The files below `media/`, so far.
struct Listing<'a> {
    limits: &'a Limits,
    entries: usize,
    media: Vec<MediaFile>,
}

impl Listing<'_> {
    fn list(&mut self, folder: &Path) -> Result<(), ReadError> {
        let mut directories = vec![MEDIA.to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(folder.join(&directory))? {
                let entry = entry?;
                let file_name = entry.file_name().into_string().map_err(|name| {
                    EntryError::NotPlain.at(&format!("{directory}/{}", name.to_string_lossy()))
                })?;
                let name = format!("{directory}/{file_name}");
                if self.take(&name, &entry.metadata()?)? {
                    directories.push(name);
                }
            }
        }
        Ok(())
    }

    /// Notes an entry; whether it is a directory.
    fn take(&mut self, name: &str, found: &fs::Metadata) -> Result<bool, ReadError> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(ReadError::TooManyEntries { limit: self.limits.entries });
        }
        name::check(name, self.limits).map_err(|reason| reason.at(name))?;
        if found.is_dir() {
            return Ok(true);
        }
        is_file(found).map_err(|reason| reason.at(name))?;
        self.media.push(MediaFile { name: name.to_owned(), bytes: found.len() });
        Ok(false)
    }
}
