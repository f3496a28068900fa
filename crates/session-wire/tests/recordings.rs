//! Every message of the recorded sessions is typed and comes out as it went in.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::PathBuf;

use lossless_json::{Limits, Style, Value, parse};
use session_wire::{Envelope, Message};

/// The recordings, where the shared material is there.
fn recordings() -> Option<Vec<PathBuf>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("OTIO_SYNC_SHARED").map_or(beside, PathBuf::from);
    let mut files: Vec<_> =
        fs::read_dir(shared.join("recordings")).ok()?.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    Some(files)
}

/// The envelopes of a recording; blank and corrupt lines are no messages.
fn envelopes(text: &[u8]) -> Vec<Value> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let parsed = lines.filter_map(|line| parse(line, &Limits::default()).ok());
    parsed.filter_map(|parsed| parsed.value.get("payload").cloned()).collect()
}

#[test]
fn recorded_messages_are_typed_and_come_out_as_they_went_in() {
    let Some(files) = recordings() else { return println!("skipped: no shared material") };
    assert!(!files.is_empty());
    for file in files {
        for received in envelopes(&fs::read(&file).unwrap()) {
            let envelope = Envelope::from_value(received.clone()).unwrap();
            assert!(!matches!(envelope.message, Message::Unknown(_)), "{}: {envelope:?}", file.display());
            assert_eq!(envelope.to_value().to_text(Style::Digest), received.to_text(Style::Digest));
            let again = Envelope::decode(envelope.encode().as_bytes()).unwrap();
            assert_eq!(again, envelope, "{}", file.display());
        }
    }
}
