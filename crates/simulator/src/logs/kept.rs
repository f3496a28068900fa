//! What somebody drew or wrote, and whether an undo of somebody else's work left it alone.

use std::collections::BTreeSet;

use lossless_json::{Style, Value};
use session_log::{Operation, SessionState};

/// The strokes and notes that a state shows.
pub(super) fn drawn(state: &SessionState) -> BTreeSet<String> {
    let mut drawn = BTreeSet::new();
    for (_, document) in state.timelines() {
        for node in document.root().into_iter().flat_map(|root| document.descend(root)) {
            let Some(metadata) = document.metadata(node).filter(|_| document.schema_name(node) == "Clip")
            else {
                continue;
            };
            let commands = metadata.get("annotation_commands").and_then(Value::as_array).unwrap_or_default();
            drawn.extend(commands.iter().filter_map(|command| command.get("uuid")?.as_str()).map(quoted));
            drawn.extend(metadata.get("note").and_then(Value::as_str).map(quoted));
            let merged = metadata.get("merged_notes").and_then(Value::as_object);
            let notes = merged.into_iter().flat_map(|merged| merged.iter().map(|(_, note)| note));
            drawn.extend(notes.filter_map(|note| note.get("note")?.as_str()).map(quoted));
        }
    }
    drawn
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// What is gone though none of these operations brought it.
pub(super) fn lost<'a>(
    before: &'a BTreeSet<String>,
    after: &'a BTreeSet<String>,
    undone: &[&Operation],
) -> Option<&'a String> {
    let said: Vec<String> =
        undone.iter().map(|operation| operation.message().body().to_text(Style::Digest)).collect();
    before.difference(after).find(|drawn| !said.iter().any(|said| said.contains(drawn.as_str())))
}
