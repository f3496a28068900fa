//! What becomes of a document's media references in a bundle, as opentimelineio's bundle adapters decide it.

mod url;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use lossless_json::{Object, Value};

use crate::MEDIA;
use crate::error::WriteError;

/// What to do about media references that lead to no file, by opentimelineio's names
/// (`adapters.file_bundle_utils.MediaReferencePolicy`; there, `ErrorIfNotFile` is the default).
///
/// ```
/// use otio_bundle::{MediaReferencePolicy, WriteError, write};
/// use otio_document::{Document, Reading};
///
/// let text = br#"{"OTIO_SCHEMA":"Clip.2","active_media_reference_key":"DEFAULT_MEDIA","media_references":
///     {"DEFAULT_MEDIA":{"OTIO_SCHEMA":"ExternalReference.1","target_url":"file:///no/such/shot.mov"}}}"#;
/// let clip = Document::read(text, Reading::Exact)?;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("clip.otioz");
/// let refused = write(&clip, &path, MediaReferencePolicy::ErrorIfNotFile);
/// assert!(matches!(refused, Err(WriteError::NotAFile(_))));
/// write(&clip, &path, MediaReferencePolicy::MissingIfNotFile)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaReferencePolicy {
    /// The bundle is not written.
    ErrorIfNotFile,
    /// A missing reference takes their place, with what they were in its metadata.
    /// (opentimelineio 0.18.1 stops with an error at a URL without a path, which leads to no file either.)
    MissingIfNotFile,
    /// Missing references take the place of all that have a `target_url`, and the bundle holds no media.
    /// (opentimelineio 0.18.1 stops with an error at the first reference that has none.)
    AllMissing,
}

const NO_FILE_URL: &str = "target_url is not a file scheme url (start with url:)";
const NO_FILE: &str = "target_url target is not a file or does not exist";
const ALL_MISSING: &str = "AllMissing specified as the MediaReferencePolicy";

/// The media files of a bundle: the name below `media/` and where each lies now, in the order of the document.
pub(crate) type Manifest = Vec<(String, PathBuf)>;

/// Points the media references of every clip in `document` into the bundle, relative paths starting at `base`.
pub(crate) fn relink(
    document: &mut Value,
    base: &Path,
    policy: MediaReferencePolicy,
) -> Result<Manifest, WriteError> {
    let mut relinking = Relinking { base, policy, manifest: Vec::new(), by_name: BTreeMap::new() };
    relinking.object(document)?;
    Ok(relinking.manifest)
}

struct Relinking<'a> {
    base: &'a Path,
    policy: MediaReferencePolicy,
    manifest: Manifest,
    by_name: BTreeMap<String, PathBuf>,
}

impl Relinking<'_> {
    /// Every clip that opentimelineio's `find_clips` finds at or below an object, in its order.
    fn object(&mut self, value: &mut Value) -> Result<(), WriteError> {
        let schema = value.get("OTIO_SCHEMA").and_then(Value::as_str).unwrap_or_default();
        let name = schema.rsplit_once('.').map_or(schema, |(name, _)| name).to_owned();
        let Some(object) = value.as_object_mut() else { return Ok(()) };
        match name.as_str() {
            "Timeline" => object.get_mut("tracks").map_or(Ok(()), |tracks| self.object(tracks)),
            "Stack" | "Track" | "SerializableCollection" => match object.get_mut("children") {
                Some(Value::Array(children)) => children.iter_mut().try_for_each(|child| self.object(child)),
                _ => Ok(()),
            },
            "Clip" => active_reference(object).map_or(Ok(()), |reference| self.reference(reference)),
            _ => Ok(()),
        }
    }

    fn reference(&mut self, reference: &mut Value) -> Result<(), WriteError> {
        let Some(target) = reference.get("target_url").and_then(Value::as_str).map(str::to_owned) else {
            return Ok(());
        };
        if self.policy == MediaReferencePolicy::AllMissing {
            *reference = missing(&target, ALL_MISSING);
            return Ok(());
        }
        match self.file_of(&target) {
            Ok(file) => {
                let name = self.enlist(file)?;
                if let Some(object) = reference.as_object_mut() {
                    object.insert("target_url", format!("{MEDIA}/{name}"));
                }
            }
            Err(error) if self.policy == MediaReferencePolicy::ErrorIfNotFile => return Err(error),
            Err(WriteError::NotAFileUrl(_)) => *reference = missing(&target, NO_FILE_URL),
            Err(_) => *reference = missing(&target, NO_FILE),
        }
        Ok(())
    }

    /// The file that a URL names, where there is one.
    fn file_of(&self, target: &str) -> Result<PathBuf, WriteError> {
        let path = url::path_of(target).ok_or_else(|| WriteError::NotAFileUrl(target.to_owned()))?;
        let path = without_dots(&self.base.join(path));
        if fs::metadata(&path).is_ok_and(|found| found.is_file()) {
            Ok(path)
        } else {
            Err(WriteError::NotAFile(path))
        }
    }

    /// Puts a file on the list, once; its name below `media/`.
    fn enlist(&mut self, file: PathBuf) -> Result<String, WriteError> {
        let Some(name) = file.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
            return Err(WriteError::NotUtf8(file));
        };
        match self.by_name.get(&name) {
            Some(known) if *known == file => {}
            Some(known) => return Err(WriteError::SameName { first: known.clone(), second: file }),
            None => {
                self.by_name.insert(name.clone(), file.clone());
                self.manifest.push((name.clone(), file));
            }
        }
        Ok(name)
    }
}

fn active_reference(clip: &mut Object) -> Option<&mut Value> {
    let key = clip.get("active_media_reference_key").and_then(Value::as_str)?.to_owned();
    clip.get_mut("media_references")?.as_object_mut()?.get_mut(&key)
}

/// The reference that opentimelineio puts in the place of one to `target`: it keeps nothing else of it.
fn missing(target: &str, reason: &str) -> Value {
    let metadata: Object =
        [("missing_reference_because", reason), ("original_target_url", target)].into_iter().collect();
    let mut reference = Object::new();
    reference.insert("OTIO_SCHEMA", "MissingReference.1");
    reference.insert("metadata", metadata);
    reference.insert("name", "");
    reference.insert("available_range", Value::Null);
    reference.insert("available_image_bounds", Value::Null);
    reference.into()
}

/// The path without `.` and `..`, which are taken by their letters, as Python's `abspath` does.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}
