//! Recordings: files of JSON Lines, and the directories of hosted sessions, which hold the same lines.

use crate::failure::Failure;
use crate::source::{self, Source};
use crate::terminal::warn;
use session_log::recording::{BadLine, Folded, Recording as Messages, fold_recording};
use session_store::recording_in;
use std::path::Path;

/// Bad lines that are told one by one.
const TOLD_MAX: usize = 20;

/// A recording and where it came from.
#[derive(Debug)]
pub(crate) struct Recording {
    /// For messages: the path, or "standard input".
    pub(crate) name: String,
    /// The name without directory and extension, as a fold shows it.
    pub(crate) stem: String,
    /// Its lines.
    pub(crate) messages: Messages,
    /// Where each file of it begins, where there are several: its name and the number of lines before it.
    files: Vec<(String, usize)>,
}

/// Opens a file, standard input (`-`) or the directory of a session.
pub(crate) fn open(path: &Path) -> Result<Recording, Failure> {
    if path.is_dir() { open_directory(path) } else { of_source(&Source::read(path)?) }
}

/// Reads what a source holds.
pub(crate) fn of_source(source: &Source) -> Result<Recording, Failure> {
    let stem = Path::new(&source.name)
        .file_stem()
        .map_or_else(|| source.name.clone(), |stem| stem.to_string_lossy().into());
    checked(Recording {
        name: source.name.clone(),
        stem,
        messages: Messages::read(&source.bytes),
        files: Vec::new(),
    })
}

/// The log of a session, or its newest checkpoint and the log after that. A session that is being hosted can be read too.
fn open_directory(path: &Path) -> Result<Recording, Failure> {
    let name = path.display().to_string();
    let mut text = Vec::new();
    let mut files = Vec::new();
    let unreadable = |error: session_store::OpenError| Failure::NotARecording {
        place: name.clone(),
        reason: error.to_string(),
    };
    for file in recording_in(path).map_err(unreadable)? {
        let source = Source::read(&file.path)?;
        files.push((source.name.clone(), text.split(|byte: &u8| *byte == b'\n').count() - 1));
        // Lines that are left out stay as empty ones, which count and say nothing.
        let left_out = usize::try_from(file.left_out).unwrap_or(usize::MAX);
        let lines = source.bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
        for (number, line) in lines {
            text.extend_from_slice(if number < left_out { b"\n" } else { line });
        }
        if !text.ends_with(b"\n") {
            text.push(b'\n');
        }
    }
    if files.is_empty() {
        let reason = "the directory holds no log-000001.jsonl".to_owned();
        return Err(Failure::NotARecording { place: name, reason });
    }
    let stem = path.file_name().map_or_else(|| name.clone(), |stem| stem.to_string_lossy().into());
    checked(Recording { name, stem, messages: Messages::read(&text), files })
}

/// Something with lines of which none is a message is no recording; an empty one is an empty session.
fn checked(recording: Recording) -> Result<Recording, Failure> {
    match recording.messages.bad_lines.first() {
        Some(bad) if recording.messages.messages.is_empty() => {
            Err(Failure::NotARecording { place: recording.place(bad), reason: bad.reason.to_string() })
        }
        _ => Ok(recording),
    }
}

impl Recording {
    /// The state after `at` seconds, or at the end; lines that cannot be read are told and skipped.
    pub(crate) fn fold(&self, at: Option<f64>) -> Folded {
        let folded = fold_recording(&self.messages, at);
        self.warn(folded.bad_lines(), "skipped");
        self.warn(folded.refused(), "not taken in");
        folded
    }

    /// Tells which lines cannot be read.
    pub(crate) fn warn_of_bad_lines(&self) {
        self.warn(&self.messages.bad_lines, "skipped");
    }

    fn warn(&self, lines: &[BadLine], done: &str) {
        for bad in lines.iter().take(TOLD_MAX) {
            warn(&format!("{}: {}; {done}", self.place(bad), bad.reason));
        }
        if lines.len() > TOLD_MAX {
            warn(&format!("{}: {} more lines were {done}", self.name, lines.len() - TOLD_MAX));
        }
    }

    /// The place of a line: file, line in it, column and JSON path.
    fn place(&self, bad: &BadLine) -> String {
        let file = self.files.iter().rev().find(|(_, before)| *before < bad.line);
        let (file, line) = file.map_or((&self.name, bad.line), |(name, before)| (name, bad.line - before));
        source::place(file, Some((line, bad.column)), &bad.path)
    }
}
