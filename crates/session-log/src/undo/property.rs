//! Taking back properties and names.

use lossless_json::Value;
use otio_document::{NodeId, PropertyPath, PropertyUndo};
use session_wire::{Message, RenameTimeline, SetProperty};

use super::{Change, Inversion, Part};
use crate::journal::Step;
use crate::log::Entry;

impl Inversion<'_> {
    /// The value before one's own, if one's own is the one that stands. There is no message that takes a property
    /// away: one that was not there becomes null.
    pub(super) fn of_property(&self, part: &Part<'_>) -> Vec<Change> {
        let Some(Step::Property { node, path, .. }) = part.steps.first() else { return Vec::new() };
        let timeline = part.replica.number;
        let changes = |entry: &Entry| entry.steps_in(timeline).iter().any(|step| overlaps(step, *node, path));
        let same =
            |entry: &Entry| entry.steps_in(timeline).iter().any(|step| undo_at(step, *node, path).is_some());
        let Some(first) = self.own_run(part.place, &changes, &same) else { return Vec::new() };
        let undo =
            self.log.entries()[first].steps_in(timeline).iter().find_map(|step| undo_at(step, *node, path));
        let Some(undo) = undo else { return Vec::new() };
        let old = undo.old().cloned().unwrap_or_default();
        let change = match part.operation.message() {
            Message::SetProperty(body) => set(&body.target_uuid, &body.path, old),
            _ => rename(&part.replica.guid, &old),
        };
        vec![change]
    }
}

/// Whether a step writes what a path leads to, something inside it, or something around it.
pub(super) fn overlaps(step: &Step, node: NodeId, path: &PropertyPath) -> bool {
    match step {
        Step::Property { node: other, path: written, .. } if *other == node => {
            let shared = written.below().zip(path.below()).all(|(a, b)| a == b);
            shared && written.attribute() == path.attribute()
        }
        _ => false,
    }
}

/// The undo of a step that writes exactly that path.
fn undo_at<'a>(step: &'a Step, node: NodeId, path: &PropertyPath) -> Option<&'a PropertyUndo> {
    match step {
        Step::Property { node: other, path: written, undo } if *other == node && written == path => {
            Some(undo)
        }
        _ => None,
    }
}

pub(super) fn set(target: &str, path: &str, value: Value) -> Change {
    let mut body = SetProperty::new(target, path, value, 0.0);
    body.sync_timestamp = None;
    body.into()
}

/// A timeline cannot be renamed to nothing, but its name can be set to it.
fn rename(timeline: &str, old: &Value) -> Change {
    match old.as_str() {
        Some(name) if !name.is_empty() => {
            let mut body = RenameTimeline::new(timeline, name, 0.0);
            body.sync_timestamp = None;
            body.into()
        }
        _ => set(timeline, "name", "".into()),
    }
}
