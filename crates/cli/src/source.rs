//! Files and standard input, and what they are.

use crate::failure::Failure;
use crate::terminal::warn;
use lossless_json::{Limits, Sought, Value, locate, parse};
use otio_document::{Document, ReadError, Reading};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The longest text that is read: a bound against endless input, far above any cut.
const BYTES_MAX: u64 = 1 << 30;

/// The most GUIDs that stand twice that are named one by one.
const WARNED_OF_MAX: usize = 5;

/// A text and where it came from.
#[derive(Debug)]
pub(crate) struct Source {
    /// For messages: the path, or "standard input".
    pub(crate) name: String,
    /// The text.
    pub(crate) bytes: Vec<u8>,
    /// Whether lines of the text are lines of what the user named.
    pub(crate) has_lines: bool,
}

/// A place for a message, as editors and terminals know it: `FILE:LINE:COLUMN: PATH`.
pub(crate) fn place(file: &str, position: Option<(usize, Option<usize>)>, path: &str) -> String {
    match position {
        Some((line, Some(column))) => format!("{file}:{line}:{column}: {path}"),
        Some((line, None)) => format!("{file}:{line}: {path}"),
        None => format!("{file}: {path}"),
    }
}

impl Source {
    /// Reads what may hold a document: a file, standard input where `path` is `-`, or a bundle, whose document it is.
    pub(crate) fn of_document(path: &Path) -> Result<Self, Failure> {
        if otio_bundle::Form::of(path).is_none() {
            return Self::read(path);
        }
        let name = path.display().to_string();
        match otio_bundle::read(path) {
            Ok(bundle) => Ok(Self { name, bytes: bundle.content, has_lines: true }),
            Err(otio_bundle::ReadError::Io(error)) => Err(Failure::reading(&name, error)),
            Err(error) => Err(Failure::BadBundle { path: name, reason: error.to_string() }),
        }
    }

    /// Reads a file, or standard input where `path` is `-`.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        if path == Path::new("-") {
            let name = "standard input".to_owned();
            let bytes = read_bounded(io::stdin().lock()).map_err(|error| Failure::reading(&name, error))?;
            return Ok(Self { name, bytes, has_lines: true });
        }
        let name = path.display().to_string();
        let bytes =
            File::open(path).and_then(read_bounded).map_err(|error| Failure::reading(&name, error))?;
        Ok(Self { name, bytes, has_lines: true })
    }

    /// The document in it; says what was repaired or kept.
    pub(crate) fn document(&self, reading: Reading) -> Result<Document, Failure> {
        let document = Document::read(&self.bytes, reading).map_err(|error| self.not_otio(&error))?;
        for warning in document.warnings() {
            let place = self.place(warning.position.map(|at| (at.line, at.column)), &warning.path);
            warn(&format!("{place}: {}", warning.reason));
        }
        Ok(document)
    }

    /// Says which objects have the GUID of another one in the same timeline.
    pub(crate) fn warn_of_duplicate_guids(&self, document: &Document) {
        let duplicates = document.duplicate_guids();
        let paths: Vec<String> = duplicates
            .iter()
            .take(WARNED_OF_MAX)
            .map(|twice| format!("{}.metadata.sync.guid", document.json_path(twice.node)))
            .collect();
        let sought: Vec<Sought<'_>> = paths.iter().map(|path| Sought::Value(path)).collect();
        for ((twice, path), at) in duplicates.iter().zip(&paths).zip(locate(&self.bytes, &sought)) {
            let first = document.json_path(twice.first);
            let place = self.place(Some((at.line, at.column)), path);
            warn(&format!(
                "{place}: the GUID {} is also that of {first}; a session gives this one another",
                twice.guid
            ));
        }
        if duplicates.len() > WARNED_OF_MAX {
            warn(&format!("{}: {} more GUIDs stand twice", self.name, duplicates.len() - WARNED_OF_MAX));
        }
    }

    fn place(&self, position: Option<(usize, usize)>, path: &str) -> String {
        let position = position.filter(|_| self.has_lines).map(|(line, column)| (line, Some(column)));
        place(&self.name, position, path)
    }

    /// Why it holds no document.
    fn not_otio(&self, error: &ReadError) -> Failure {
        let (place, reason) = match error {
            ReadError::Json(error) => {
                (self.place(Some((error.line, error.column)), &error.path), error.reason.to_string())
            }
            ReadError::Refused { path, position, reason } => (
                self.place(position.map(|at| (at.line, at.column)), path),
                format!("opentimelineio refuses it: {reason}"),
            ),
            other => (self.name.clone(), other.to_string()),
        };
        Failure::NotOtio { place, reason }
    }

    /// Whether this is a recording: JSON Lines whose first line has a time and a payload.
    pub(crate) fn is_recording(&self) -> bool {
        Path::new(&self.name).extension().is_some_and(|extension| extension == "jsonl")
            || self.bytes.split(|byte| *byte == b'\n').find_map(first_line).unwrap_or(false)
    }
}

/// Whether a line is a recorded message; `None` for a blank line.
fn first_line(line: &[u8]) -> Option<bool> {
    let line = line.trim_ascii();
    if line.is_empty() {
        return None;
    }
    let parsed = parse(line, &Limits::default()).map_or(Value::Null, |parsed| parsed.value);
    Some(
        parsed.get("payload").is_some()
            && (parsed.get("time_offset").is_some() || parsed.get("seq").is_some()),
    )
}

fn read_bounded(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 GiB"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, text: &str) -> Source {
        Source { name: name.to_owned(), bytes: text.as_bytes().to_vec(), has_lines: true }
    }

    #[test]
    fn recordings_are_known_by_their_name_or_their_first_line() {
        assert!(source("review.jsonl", "").is_recording());
        assert!(source("standard input", "\n {\"time_offset\": 0.0, \"payload\": {}}\n").is_recording());
        assert!(!source("cut.otio", "{\"OTIO_SCHEMA\": \"Timeline.1\"}").is_recording());
        assert!(!source("cut.otio", "{\n    \"OTIO_SCHEMA\": \"Timeline.1\"\n}").is_recording());
        assert!(!source("cut.otio", "").is_recording());
    }
}
