//! Setting properties of objects.

use lossless_json::Value;
use otio_document::{NodeId, PropertyPath};
use session_wire::SetProperty;

use crate::annotation::{MERGED_NOTES, merged_note_path};
use crate::journal::Step;
use crate::replica::TimelineReplica;
use crate::state::{Applied, SessionState};
use crate::{Action, NoEffect, Operation, Stamp};

/// What a note consists of, in the metadata of an annotation clip.
pub(crate) const NOTE_FIELDS: [&str; 5] = ["note", "note_status", "note_author", "note_range", "note_uuid"];

impl SessionState {
    /// Also reaches objects that were removed, so that a restore brings the edit back.
    pub(crate) fn set_property(
        &mut self,
        operation: &Operation,
        body: &SetProperty,
    ) -> Result<Applied, NoEffect> {
        let target = &body.target_uuid;
        let found = self.find(target).ok_or_else(|| NoEffect::UnknownTarget(target.clone()))?;
        let path = settable(&body.path)?;
        let replica = self.replica_mut(&found);
        let path = replica.path_through_alias(target, path)?;
        let noted = is_note(&path).then(|| path.to_string());
        let mut steps = vec![replica.set_recorded(found.node, path, body.value.clone())?];
        steps.extend(noted.map(|path| replica.note_by(found.node, path, operation.stamp())));
        Ok((Action::PropertySet, found.undo(steps)))
    }
}

/// The path, where it names something that an edit may change: identity stays what it is.
fn settable(text: &str) -> Result<PropertyPath, NoEffect> {
    let refused =
        |reason: &dyn ToString| NoEffect::Property { path: text.to_owned(), reason: reason.to_string() };
    let path = PropertyPath::parse(text).map_err(|error| refused(&error))?;
    if names_identity(&path) { Err(refused(&"an object keeps its GUID")) } else { Ok(path) }
}

fn names_identity(path: &PropertyPath) -> bool {
    let mut below = path.below();
    path.attribute() == "metadata"
        && matches!((below.next(), below.next()), (None, _) | (Some("sync"), None | Some("guid")))
}

/// Whether a path leads to a part of a note, the merged one of another annotation clip included.
fn is_note(path: &PropertyPath) -> bool {
    let mut below = path.below();
    path.attribute() == "metadata"
        && match (below.next(), below.next()) {
            (Some(field), None) => NOTE_FIELDS.contains(&field),
            (Some(parts), Some(_)) => parts == MERGED_NOTES,
            (None, _) => false,
        }
}

impl TimelineReplica {
    /// A note that is addressed to a merged annotation clip is kept beside the note of the clip that took it in.
    fn path_through_alias(&self, target: &str, path: PropertyPath) -> Result<PropertyPath, NoEffect> {
        if !self.aliases.contains_key(target) || path.attribute() != "metadata" || path.below().len() != 1 {
            return Ok(path);
        }
        let field = NOTE_FIELDS.into_iter().find(|field| path.below().next() == Some(field));
        field.map_or(Ok(path), |field| merged_note_path(target, field))
    }

    /// Notes which operation wrote a note.
    pub(crate) fn note_by(&mut self, node: NodeId, path: String, stamp: &Stamp) -> Step {
        let old = self.noted.get(&node).cloned();
        self.noted.entry(node).or_default().insert(path, stamp.clone());
        Step::Noted { node, old }
    }

    /// Sets a property; the step takes back every dictionary that this made.
    pub(crate) fn set_recorded(
        &mut self,
        node: NodeId,
        path: PropertyPath,
        value: Value,
    ) -> Result<Step, NoEffect> {
        match self.document.change_property(node, &path, value) {
            Ok(undo) => Ok(Step::Property { node, path, undo }),
            Err(error) => Err(NoEffect::Property { path: path.to_string(), reason: error.to_string() }),
        }
    }
}
