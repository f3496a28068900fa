//! OTIO bundles: a document together with its media, as a zip archive (`.otioz`) or a directory (`.otiod`).
//!
//! Both hold `content.otio`, whose media references lead to files below `media/`; an archive also holds `version.txt`.
//! [`read`] hands out the document's text and a list of the media, and unpacks no media. [`write()`] makes either as
//! opentimelineio 0.18.1 does. A bundle comes from strangers: whatever is odd about its names, sizes or kinds of entries
//! is refused, within [`Limits`].
//!
//! In Python that is `otio.adapters.read_from_file("cut.otioz")` and `write_to_file(timeline, "cut.otioz", media_policy=…)`.
//! Its options `extract_to_directory`, `absolute_media_reference_paths` and `dryrun` have no counterpart here.
//!
//! ```
//! use otio_bundle::{MediaReferencePolicy, read, write};
//! use otio_document::{Document, Reading};
//!
//! let folder = tempfile::tempdir()?;
//! let cut = Document::read(br#"{"OTIO_SCHEMA": "Timeline.1", "name": "cut"}"#, Reading::Exact)?;
//! let path = folder.path().join("cut.otioz");
//! write(&cut, &path, MediaReferencePolicy::ErrorIfNotFile)?;
//! let bundle = read(&path)?;
//! assert!(bundle.content.starts_with(b"{\n    \"OTIO_SCHEMA\": \"Timeline.1\""));
//! assert!(bundle.media.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod archive;
mod error;
mod folder;
mod limits;
mod media;
mod name;
mod writing;

use std::fs::File;
use std::path::Path;

pub use archive::read_archive;
pub use error::{EntryError, ReadError, WriteError};
pub use folder::read_folder;
pub use limits::Limits;
pub use media::MediaReferencePolicy;
pub use writing::{Written, write, write_telling};

/// The document's place in a bundle.
const CONTENT: &str = "content.otio";
/// The place of an archive's version.
const VERSION_FILE: &str = "version.txt";
/// The version of the layout that opentimelineio 0.18.1 writes.
const VERSION: &str = "1.0.0";
/// The directory of the media.
const MEDIA: &str = "media";

/// What a bundle holds. OTIO has no such object: its adapters answer with the document's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The text of `content.otio`, for [`Document::read`](otio_document::Document::read).
    pub content: Vec<u8>,
    /// The files below `media/`: in the order of an archive, or by name in a directory.
    pub media: Vec<MediaFile>,
}

/// A file below `media/`, of which nothing was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaFile {
    /// Its path in the bundle, as media references name it: `media/shot.mov`.
    pub name: String,
    /// Its length unpacked, in bytes; an archive's own word for it.
    pub bytes: u64,
}

/// The two forms of a bundle: those of OTIO's adapters `otioz` and `otiod`.
///
/// ```
/// use std::path::Path;
///
/// use otio_bundle::Form;
///
/// assert_eq!(Form::of(Path::new("show/CUT.OTIOZ")), Some(Form::Archive));
/// assert_eq!(Form::of(Path::new("cut.otio")), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A zip archive, `.otioz`.
    Archive,
    /// A directory, `.otiod`.
    Directory,
}

impl Form {
    /// The form that a path's extension names, in capitals or not; `None` where it names no bundle.
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        if extension.eq_ignore_ascii_case("otioz") {
            Some(Self::Archive)
        } else {
            extension.eq_ignore_ascii_case("otiod").then_some(Self::Directory)
        }
    }
}

/// Reads a bundle, of the form that its extension names, within the usual [`Limits`] (OTIO `adapters.read_from_file`).
///
/// # Errors
/// [`ReadError`]: the path has another extension, the operating system does not let it be read, it holds no document, or
/// an entry is refused.
pub fn read(path: &Path) -> Result<Bundle, ReadError> {
    match Form::of(path) {
        Some(Form::Archive) => read_archive(File::open(path)?, &Limits::default()),
        Some(Form::Directory) => read_folder(path, &Limits::default()),
        None => Err(ReadError::NoBundle),
    }
}
