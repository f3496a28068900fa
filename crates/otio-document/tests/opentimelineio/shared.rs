//! The sample files and recordings that the project was given.

use std::path::{Path, PathBuf};

use lossless_json::{Limits, Value, parse};

/// Every text of an OTIO document in the shared material, with a name for it; none where there is no material.
pub(crate) fn documents() -> Vec<(String, String)> {
    let root = std::env::var_os("OTIO_SYNC_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    if !root.is_dir() {
        println!("skipped: no shared material");
        return Vec::new();
    }
    let mut documents = Vec::new();
    for path in files(&root.join("otio-samples"), "otio") {
        documents.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
    }
    for path in files(&root.join("recordings"), "jsonl") {
        for (number, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            let Ok(parsed) = parse(line.as_bytes(), &Limits::default()) else { continue };
            let mut timelines = Vec::new();
            collect_timelines(&parsed.value, &mut timelines);
            for timeline in timelines {
                let text = timeline.to_text(lossless_json::Style::Python);
                documents.push((format!("{}:{}", path.display(), number + 1), text));
            }
        }
    }
    documents
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
