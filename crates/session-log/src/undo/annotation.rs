//! Taking back strokes.

use lossless_json::Value;
use otio_document::NodeId;
use session_wire::{Message, ReplaceAnnotationCommands};

use super::property::{overlaps, set};
use super::{Change, Inversion, Part};
use crate::annotation::{commands_path, is_same};
use crate::journal::Step;
use crate::log::Entry;

impl Inversion<'_> {
    /// The commands of an annotation clip without those that came by what is undone.
    pub(super) fn without_own_commands(&self, part: &Part<'_>, node: NodeId) -> Option<Change> {
        let commands = part.replica.commands(node)?;
        let tags = part.replica.command_tags(node);
        let is_own = |tag: &Option<crate::Stamp>| tag.as_ref().is_some_and(|tag| self.is_mine(&tag.id));
        if !tags.iter().any(is_own) {
            return None;
        }
        let others =
            commands.iter().zip(&tags).filter(|(_, tag)| !is_own(tag)).map(|(command, _)| command.clone());
        replace(part, node, others.collect())
    }

    /// Strokes and note that went into an annotation clip that was there.
    pub(super) fn of_appended_commands(&self, part: &Part<'_>) -> Vec<Change> {
        let appended = part.steps.iter().find_map(|step| match step {
            Step::Tagged { node, .. } => Some(*node),
            _ => None,
        });
        let strokes = appended.and_then(|node| self.without_own_commands(part, node));
        strokes.into_iter().chain(self.own_note(part)).collect()
    }

    /// The note that an annotation clip brought when it was merged goes from where it is kept, unless somebody has
    /// changed it since.
    fn own_note(&self, part: &Part<'_>) -> Vec<Change> {
        let timeline = part.replica.number;
        let written = part.steps.iter().filter_map(|step| match step {
            Step::Property { node, path, undo } if *path != commands_path() => Some((*node, path, undo)),
            _ => None,
        });
        let written: Vec<_> = written.collect();
        let touches = |step: &Step| written.iter().any(|(node, path, _)| overlaps(step, *node, path));
        if self.is_changed_since(part.place, &|entry| entry.steps_in(timeline).iter().any(touches)) {
            return Vec::new();
        }
        let cleared = written.iter().filter_map(|(node, path, undo)| {
            let name = part.name_of_annotation(*node)?;
            Some(set(name, &path.to_string(), undo.old().cloned().unwrap_or_default()))
        });
        cleared.collect()
    }

    /// The commands as they were before, with what others did to them since.
    pub(super) fn of_replaced_commands(&self, part: &Part<'_>) -> Vec<Change> {
        let Some(Step::Property { node, .. }) = part.steps.first() else { return Vec::new() };
        let timeline = part.replica.number;
        let replaces =
            |entry: &Entry| entry.steps_in(timeline).iter().any(|step| replaces_commands(step, *node));
        let Some(first) = self.own_run(part.place, &replaces, &replaces) else { return Vec::new() };
        let before = self.log.entries()[first].steps_in(timeline).first();
        let (Some(Step::Property { undo, .. }), Message::ReplaceAnnotationCommands(given)) =
            (before, part.operation.message())
        else {
            return Vec::new();
        };
        // Somebody had put something else than a list there.
        if let Some(old) = undo.old().filter(|old| old.as_array().is_none()) {
            let name = part.name_of_annotation(*node);
            let back = name.map(|name| set(name, &commands_path().to_string(), old.clone()));
            return back.into_iter().collect();
        }
        let old = undo.old().and_then(Value::as_array).unwrap_or(&[]);
        let commands = self.before_replacement(part, *node, old, &given.commands);
        let unchanged = part.replica.commands(*node) == Some(commands.as_slice());
        replace(part, *node, commands).filter(|_| !unchanged).into_iter().collect()
    }

    fn before_replacement(
        &self,
        part: &Part<'_>,
        node: NodeId,
        old: &[Value],
        given: &[Value],
    ) -> Vec<Value> {
        let now = part.replica.commands(node).unwrap_or(&[]);
        let tags = part.replica.command_tags(node);
        let find = |list: &[Value], command: &Value| list.iter().position(|other| is_same(other, command));
        let mut commands = Vec::new();
        for command in old {
            match (find(now, command), find(given, command)) {
                (Some(at), Some(own)) if now[at] == given[own] => commands.push(command.clone()),
                (Some(at), _) => commands.push(now[at].clone()),
                (None, None) => commands.push(command.clone()),
                (None, Some(_)) => {}
            }
        }
        for (command, tag) in now.iter().zip(&tags) {
            let own = tag.as_ref().is_some_and(|tag| self.is_mine(&tag.id));
            if !own && find(old, command).is_none() {
                commands.push(command.clone());
            }
        }
        commands
    }
}

fn replaces_commands(step: &Step, node: NodeId) -> bool {
    matches!(step, Step::Property { node: other, path, .. } if *other == node && *path == commands_path())
}

fn replace(part: &Part<'_>, node: NodeId, commands: Vec<Value>) -> Option<Change> {
    let mut body = ReplaceAnnotationCommands::new(part.name_of_annotation(node)?, commands, 0.0);
    body.sync_timestamp = None;
    Some(body.into())
}
