//! Bundles as opentimelineio 0.18.1 writes them: the same files of the same bytes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use lossless_json::Style;
use otio_document::Document;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::error::WriteError;
use crate::media::{self, Manifest, MediaReferencePolicy};
use crate::{CONTENT, Form, MEDIA, VERSION, VERSION_FILE};

/// Files from this length on need the long form of a zip entry.
const LONG_FILE_BYTES: u64 = u32::MAX as u64;

/// Writes a bundle, of the form that its extension names, with the media files of the document's clips. URLs of media
/// that are relative paths start at the current directory, as in opentimelineio. Nothing is overwritten, and nothing is
/// left behind where it fails (OTIO `adapters.write_to_file` with its `media_policy`).
///
/// # Errors
/// [`WriteError`]: what is there already, a media reference that the policy does not allow, two media files of one
/// name, or what the operating system says of which file.
pub fn write(document: &Document, path: &Path, policy: MediaReferencePolicy) -> Result<(), WriteError> {
    write_telling(document, path, policy, &mut |_| ())
}

/// How far the writing of a bundle has come, in media files: they are what takes time. OTIO does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Media files that are in the bundle.
    pub files: usize,
    /// Media files that there will be.
    pub files_in_all: usize,
}

/// As [`write()`], telling after each media file how far it has come.
///
/// ```
/// use otio_bundle::{MediaReferencePolicy, Written, write_telling};
/// use otio_document::{Document, Reading};
///
/// let folder = tempfile::tempdir()?;
/// let shot = folder.path().join("shot.mov");
/// std::fs::write(&shot, "frames")?;
/// let text = format!(r#"{{"OTIO_SCHEMA":"Clip.2","active_media_reference_key":"DEFAULT_MEDIA","media_references":
///     {{"DEFAULT_MEDIA":{{"OTIO_SCHEMA":"ExternalReference.1","target_url":"file://{}"}}}}}}"#, shot.display());
/// let clip = Document::read(text.as_bytes(), Reading::Exact)?;
/// let mut told = Vec::new();
/// let path = folder.path().join("clip.otiod");
/// write_telling(&clip, &path, MediaReferencePolicy::ErrorIfNotFile, &mut |written| told.push(written))?;
/// assert_eq!(told, [Written { files: 1, files_in_all: 1 }]);
/// assert!(path.join("media/shot.mov").is_file());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`write()`].
pub fn write_telling(
    document: &Document,
    path: &Path,
    policy: MediaReferencePolicy,
    tell: &mut dyn FnMut(Written),
) -> Result<(), WriteError> {
    let form = Form::of(path).ok_or(WriteError::NoBundle)?;
    if fs::symlink_metadata(path).is_ok() {
        return Err(WriteError::Exists(path.to_owned()));
    }
    let base = std::env::current_dir().map_err(|error| at(Path::new("."), error))?;
    let mut value = document.to_value();
    let manifest = media::relink(&mut value, &base, policy)?;
    let content = value.to_text(Style::OtioPretty);
    match form {
        Form::Archive => write_archive(&content, &manifest, path, tell),
        Form::Directory => write_folder(&content, &manifest, path, tell),
    }
}

fn write_archive(
    content: &str,
    manifest: &Manifest,
    path: &Path,
    tell: &mut dyn FnMut(Written),
) -> Result<(), WriteError> {
    let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| at(path, error))?;
    let written = fill_archive(content, manifest, &file, path, tell);
    if written.is_err() {
        // What is half written helps nobody, and the first error says why.
        let _ = fs::remove_file(path);
    }
    written
}

fn fill_archive(
    content: &str,
    manifest: &Manifest,
    file: &File,
    path: &Path,
    tell: &mut dyn FnMut(Written),
) -> Result<(), WriteError> {
    let mut zip = ZipWriter::new(io::BufWriter::new(file));
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in [(VERSION_FILE, VERSION), (CONTENT, content)] {
        let options = packed.large_file(text.len() as u64 >= LONG_FILE_BYTES);
        zip.start_file(name, options).map_err(|error| zip_at(path, error))?;
        zip.write_all(text.as_bytes()).map_err(|error| at(path, error))?;
    }
    for (index, (name, source)) in manifest.iter().enumerate() {
        let mut media = File::open(source).map_err(|error| at(source, error))?;
        let length = media.metadata().map_err(|error| at(source, error))?.len();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(length >= LONG_FILE_BYTES);
        zip.start_file(format!("{MEDIA}/{name}"), options).map_err(|error| zip_at(path, error))?;
        io::copy(&mut media, &mut zip).map_err(|error| at(source, error))?;
        tell(Written { files: index + 1, files_in_all: manifest.len() });
    }
    let mut buffer = zip.finish().map_err(|error| zip_at(path, error))?;
    buffer.flush().map_err(|error| at(path, error))
}

fn write_folder(
    content: &str,
    manifest: &Manifest,
    path: &Path,
    tell: &mut dyn FnMut(Written),
) -> Result<(), WriteError> {
    fs::create_dir(path).map_err(|error| at(path, error))?;
    let written = fill_folder(content, manifest, path, tell);
    if written.is_err() {
        // As above: the directory is ours, made a moment ago.
        let _ = fs::remove_dir_all(path);
    }
    written
}

fn fill_folder(
    content: &str,
    manifest: &Manifest,
    path: &Path,
    tell: &mut dyn FnMut(Written),
) -> Result<(), WriteError> {
    let (content_path, media) = (path.join(CONTENT), path.join(MEDIA));
    fs::write(&content_path, content).map_err(|error| at(&content_path, error))?;
    fs::create_dir(&media).map_err(|error| at(&media, error))?;
    for (index, (name, source)) in manifest.iter().enumerate() {
        fs::copy(source, media.join(name)).map_err(|error| at(source, error))?;
        tell(Written { files: index + 1, files_in_all: manifest.len() });
    }
    Ok(())
}

fn at(path: &Path, error: io::Error) -> WriteError {
    WriteError::Io { path: PathBuf::from(path), error }
}

fn zip_at(path: &Path, error: ZipError) -> WriteError {
    at(path, io::Error::from(error))
}
