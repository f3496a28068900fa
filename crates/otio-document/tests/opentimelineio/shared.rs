//! The sample files and recordings that the project was given.

use std::path::{Path, PathBuf};

use lossless_json::{Limits, Value, parse};

/// Every text of an OTIO document in the shared material, with a name for it; none where there is no material.
pub(crate) fn documents() -> Vec<(String, String)> {
    let Some(root) = root() else { return Vec::new() };
    let mut documents = Vec::new();
    for path in files(&root.join("otio-samples"), "otio") {
        documents.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
    }
    for (place, message) in recorded() {
        let mut timelines = Vec::new();
        collect_timelines(&message, &mut timelines);
        for timeline in timelines {
            documents.push((place.clone(), timeline.to_text(lossless_json::Style::Python)));
        }
    }
    documents
}

/// Every recorded message that is JSON, with its file and line; none where there is no material.
pub(crate) fn recorded() -> Vec<(String, Value)> {
    let Some(root) = root() else { return Vec::new() };
    let mut messages = Vec::new();
    for path in files(&root.join("recordings"), "jsonl") {
        for (number, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            if let Ok(parsed) = parse(line.as_bytes(), &Limits::default()) {
                messages.push((format!("{}:{}", path.display(), number + 1), parsed.value));
            }
        }
    }
    messages
}

/// The folder of the shared material, or nothing and a line that says so.
fn root() -> Option<PathBuf> {
    let root = std::env::var_os("OTIO_SYNC_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    if root.is_dir() {
        return Some(root);
    }
    println!("skipped: no shared material");
    None
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|end| end == extension)).collect();
    files.sort();
    files
}

/// Every OTIO object at the top of a message: timelines and the children that are inserted.
fn collect_timelines<'value>(value: &'value Value, found: &mut Vec<&'value Value>) {
    match value {
        Value::Object(object) if object.contains_key("OTIO_SCHEMA") => found.push(value),
        Value::Object(object) => object.iter().for_each(|(_, value)| collect_timelines(value, found)),
        Value::Array(items) => items.iter().for_each(|value| collect_timelines(value, found)),
        _ => {}
    }
}
