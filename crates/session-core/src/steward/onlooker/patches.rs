//! Edits inside timelines as the reference's patcher makes them (legacy-protocol §3.3).

use lossless_json::Value;
use otio_document::{Document, NodeId, PropertyPath};
use session_log::{Guid, opentimelineio_index};
use session_wire::{InsertChild, MoveChild, RemoveChild, ReplaceAnnotationCommands, SetProperty};

use super::{Onlooker, Place, Raised};

const TAKEN: Raised = Raised("child already has a parent");

impl Onlooker {
    pub(super) fn set_property(&mut self, body: &SetProperty) -> Result<(), Raised> {
        let Some(place) = self.mapped(&body.target_uuid).cloned() else { return Ok(()) };
        let Ok(path) = PropertyPath::parse(&body.path) else { return Ok(()) };
        let Some(document) = self.document_mut(&place) else { return Ok(()) };
        let set = document.set_property(place.node, &path, body.value.clone());
        set.map(drop).map_err(|_| Raised("a property that cannot be set"))
    }

    /// An annotation clip for a clip and frame that has one is merged into it. Only the object itself enters the map, not
    /// what stands inside it.
    pub(super) fn insert_child(&mut self, body: &InsertChild) -> Result<(), Raised> {
        let Some(parent) = self.mapped(&body.parent_uuid).cloned() else { return Ok(()) };
        let Some(document) = self.document_mut(&parent) else { return Ok(()) };
        let child = document.adopt(body.child_data.clone());
        let child = child.map_err(|_| Raised("a child that cannot be read"))?;
        let name = document.guid(child).map(Guid::from);
        if let Some(standing) = annotation_of_same_frame(document, parent.node, child) {
            append_commands(document, standing, child);
        } else {
            let len = document.children(parent.node).len();
            let index = if body.index == -1 { len } else { opentimelineio_index(body.index, len) };
            let inserted = document.insert_child(parent.node, index, child);
            inserted.map_err(|_| Raised("a parent that takes no children"))?;
        }
        if let Some(name) = name {
            self.map.insert(name, Place { node: child, ..parent });
        }
        Ok(())
    }

    /// Out by the GUID in the parent, in by the map: where these are two objects it fails, and the first is lost.
    pub(super) fn move_child(&mut self, body: &MoveChild) -> Result<(), Raised> {
        let parent = self.mapped(&body.parent_uuid).cloned();
        let Some((parent, child)) = parent.zip(self.mapped(&body.child_uuid).cloned()) else { return Ok(()) };
        let Some(document) = self.document_mut(&parent) else { return Ok(()) };
        let Some(at) = index_of(document, parent.node, &body.child_uuid) else { return Ok(()) };
        let _ = document.detach_child(parent.node, at);
        if child.timeline != parent.timeline || document.parent(child.node).is_some() {
            return Err(TAKEN);
        }
        let index = opentimelineio_index(body.to_index, document.children(parent.node).len());
        document.insert_child(parent.node, index, child.node).map_err(|_| TAKEN)
    }

    pub(super) fn remove_child(&mut self, body: &RemoveChild) {
        let Some(parent) = self.mapped(&body.parent_uuid).cloned() else { return };
        let Some(document) = self.document_mut(&parent) else { return };
        let Some(at) = index_of(document, parent.node, &body.child_uuid) else { return };
        let _ = document.detach_child(parent.node, at);
        self.map.remove(body.child_uuid.as_str());
    }

    pub(super) fn replace_commands(&mut self, body: &ReplaceAnnotationCommands) {
        let Some(place) = self.mapped(&body.annotation_clip_guid).cloned() else { return };
        if let Some(document) = self.document_mut(&place) {
            set_commands(document, place.node, body.commands.clone());
        }
    }
}

fn index_of(document: &Document, parent: NodeId, guid: &str) -> Option<usize> {
    document.children(parent).iter().position(|child| document.guid(child) == Some(guid))
}

fn commands(document: &Document, node: NodeId) -> Option<&[Value]> {
    document.metadata(node)?.get("annotation_commands")?.as_array()
}

fn annotated_clip(document: &Document, node: NodeId) -> Option<&str> {
    document.metadata(node)?.get("clip_guid")?.as_str()
}

#[expect(clippy::cast_possible_truncation, reason = "the reference truncates: int(start_time.value)")]
fn frame(document: &Document, node: NodeId) -> Option<i64> {
    let start = document.field(node, "source_range")?.at(&["start_time", "value"])?.as_f64()?;
    Some(start as i64)
}

/// The clip of a track that an annotation clip is merged into.
fn annotation_of_same_frame(document: &Document, track: NodeId, incoming: NodeId) -> Option<NodeId> {
    commands(document, incoming).filter(|commands| !commands.is_empty())?;
    let key = (annotated_clip(document, incoming)?, frame(document, incoming)?);
    let is_it = |node: &NodeId| {
        document.schema_name(*node) == "Clip"
            && annotated_clip(document, *node).zip(frame(document, *node)) == Some(key)
    };
    if document.schema_name(track) != "Track" {
        return None;
    }
    document.children(track).iter().find(is_it)
}

fn append_commands(document: &mut Document, standing: NodeId, incoming: NodeId) {
    let both = [standing, incoming].into_iter().filter_map(|node| commands(document, node));
    let both = both.flatten().cloned().collect();
    set_commands(document, standing, both);
}

fn set_commands(document: &mut Document, node: NodeId, commands: Vec<Value>) {
    if let Ok(path) = PropertyPath::parse("metadata/annotation_commands") {
        let _ = document.set_property(node, &path, Value::Array(commands));
    }
}
