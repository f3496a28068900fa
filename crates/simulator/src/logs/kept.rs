//! What somebody drew or wrote, and whether an undo of somebody else's work left it alone.

use std::collections::BTreeMap;

use lossless_json::{Style, Value};
use session_log::{Operation, SessionState};

/// The strokes and notes that a state shows, each with the clip that it belongs to.
pub(super) fn drawn(state: &SessionState) -> BTreeMap<String, String> {
    let mut drawn = BTreeMap::new();
    for (_, document) in state.timelines() {
        for node in document.root().into_iter().flat_map(|root| document.descend(root)) {
            let Some(metadata) = document.metadata(node).filter(|_| document.schema_name(node) == "Clip")
            else {
                continue;
            };
            let clip = metadata.get("clip_guid").and_then(Value::as_str).unwrap_or_default();
            let commands = metadata.get("annotation_commands").and_then(Value::as_array).unwrap_or_default();
            let strokes = commands.iter().filter_map(|command| command.get("uuid")?.as_str());
            let merged = metadata.get("merged_notes").and_then(Value::as_object);
            let merged = merged.into_iter().flat_map(|merged| merged.iter().map(|(_, note)| note));
            let merged = merged.filter_map(|note| note.get("note")?.as_str());
            let note = metadata.get("note").and_then(Value::as_str);
            let all = strokes.chain(note).chain(merged);
            drawn.extend(all.map(|drawn| (format!("\"{drawn}\""), clip.to_owned())));
        }
    }
    drawn
}

/// What is gone though its clip is there and none of these operations brought it.
pub(super) fn lost<'a>(
    before: &'a BTreeMap<String, String>,
    after: &SessionState,
    undone: &[&Operation],
) -> Option<&'a String> {
    let still_drawn = drawn(after);
    let said: Vec<String> =
        undone.iter().map(|operation| operation.message().body().to_text(Style::Digest)).collect();
    let stands =
        |clip: &str| after.locate(clip).is_some_and(|(timeline, node)| after.stands(&timeline, node));
    let gone = before.iter().filter(|(drawn, _)| !still_drawn.contains_key(*drawn));
    let of_others = gone.filter(|(drawn, _)| !said.iter().any(|said| said.contains(drawn.as_str())));
    of_others.filter(|(_, clip)| stands(clip)).map(|(drawn, _)| drawn).next()
}
