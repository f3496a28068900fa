//! Branches of the fold that every long run is to reach, told from what a step of it shows.

use lossless_json::Value;
use session_log::{Action, NoEffect, Operation, SessionState};
use session_wire::Message;

/// What the latest operation of a fold came upon, beyond its effect.
pub(crate) fn of_fold(
    state: &SessionState,
    operation: &Operation,
    effect: &Result<Action, NoEffect>,
) -> Vec<&'static str> {
    let Ok(action) = effect else { return Vec::new() };
    let undoes = !operation.undo_of().is_empty();
    let mark = match (operation.message(), action) {
        (Message::InsertChild(_), Action::ChildInserted) if undoes => Some("fold.removed_child_restored"),
        (Message::InsertChild(_), Action::AnnotationCommandsAdded { .. }) => Some("fold.alias_made"),
        (Message::AddTimeline(_), _) if undoes => Some("fold.removed_timeline_restored"),
        (Message::ReplaceTimeline(_), _) if undoes => Some("fold.replaced_timeline_restored"),
        (Message::ReplaceAnnotationCommands(body), _) => {
            let shown = commands(state, &body.annotation_clip_guid).unwrap_or_default();
            (shown > body.commands.len()).then_some("fold.unseen_stroke_kept")
        }
        (Message::MoveChild(_), _) => Some("fold.moved"),
        _ => None,
    };
    mark.into_iter().collect()
}

fn commands(state: &SessionState, guid: &str) -> Option<usize> {
    let (timeline, node) = state.locate(guid)?;
    let metadata = state.timeline(&timeline)?.metadata(node)?;
    Some(metadata.get("annotation_commands").and_then(Value::as_array)?.len())
}
