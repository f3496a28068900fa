//! What a replaced timeline hands on to the one that comes for it: strokes and notes that whoever replaced it cannot
//! have seen, where the clip that they belong to is still there.

use lossless_json::Value;
use otio_document::{NodeId, PropertyPath};

use crate::annotation::{AnnotationKey, Sight, is_same, merged_note_path};
use crate::journal::Step;
use crate::property::NOTE_FIELDS;
use crate::replica::{Alias, TimelineReplica};
use crate::{Guid, Operation, Stamp};

/// An annotation clip of the old timeline with what was not seen of it.
struct Unseen {
    guid: Guid,
    clip_guid: String,
    frame: i64,
    /// The track that it stood in.
    track: NodeId,
    commands: Vec<(Value, Stamp)>,
    /// Parts of notes, by their path.
    notes: Vec<(String, Value, Stamp)>,
}

impl TimelineReplica {
    /// What came with the operation that replaced a timeline and stood there before keeps its origin.
    pub(crate) fn inherit_origins(&mut self, old: &Self, operation: &Operation) {
        for node in self.annotation_clips() {
            let Some(before) = self.document.guid(node).and_then(|guid| old.node(guid)) else {
                self.tag_all(node, operation.stamp());
                continue;
            };
            let (commands, tags) = (old.commands(before).unwrap_or(&[]), old.command_tags(before));
            let origin = |command: &Value| {
                let at = commands.iter().position(|other| is_same(other, command));
                at.map_or_else(|| Some(operation.stamp().clone()), |at| tags[at].clone())
            };
            let inherited = self.commands(node).unwrap_or(&[]).iter().map(origin).collect();
            self.tags.insert(node, inherited);
            let noted = old.noted.get(&before).into_iter().flatten();
            let same = noted.filter(|(path, _)| self.value_at(node, path) == old.value_at(before, path));
            let noted = same.map(|(path, stamp)| (path.clone(), stamp.clone())).collect();
            self.noted.insert(node, noted);
        }
    }

    fn tag_all(&mut self, node: NodeId, stamp: &Stamp) {
        let count = self.commands(node).map_or(0, <[_]>::len);
        self.tags.insert(node, vec![Some(stamp.clone()); count]);
    }

    fn annotation_clips(&self) -> Vec<NodeId> {
        let all = self.document.descend(self.root);
        all.filter(|node| self.document.schema_name(*node) == "Clip" && self.commands(*node).is_some())
            .collect()
    }

    /// The operations that brought the strokes and notes that stand.
    pub(crate) fn origins(&self) -> Vec<Stamp> {
        let clips = self.annotation_clips();
        let strokes = clips.iter().flat_map(|&node| self.command_tags(node)).flatten();
        let notes = clips.iter().filter_map(|node| self.noted.get(node)).flat_map(|noted| noted.values());
        strokes.chain(notes.cloned()).collect()
    }

    fn value_at(&self, node: NodeId, path: &str) -> Option<&Value> {
        self.document.property(node, &PropertyPath::parse(path).ok()?)
    }

    /// Takes over what the sender of `operation` cannot have seen of the timeline that stood here.
    pub(crate) fn carry_over(&mut self, old: &Self, operation: &Operation, steps: &mut Vec<Step>) {
        let sight = Sight::of(operation);
        for unseen in old.annotation_clips().into_iter().filter_map(|node| old.unseen(node, &sight)) {
            self.take_over(old, unseen, steps);
        }
    }

    fn unseen(&self, node: NodeId, sight: &Sight<'_>) -> Option<Unseen> {
        let text = |key| self.document.metadata(node)?.get(key)?.as_str().map(str::to_owned);
        let tags = self.command_tags(node);
        let commands = self.commands(node)?.iter().zip(tags).filter_map(|(command, tag)| {
            let tag = tag.filter(|tag| !sight.covers(tag))?;
            Some((command.clone(), tag))
        });
        let written = self.noted.get(&node).into_iter().flatten();
        let written = written.filter(|(_, stamp)| !sight.covers(stamp));
        let notes = written.filter_map(|(path, stamp)| {
            let value = self.value_at(node, path)?.clone();
            Some((path.clone(), value, stamp.clone()))
        });
        let unseen = Unseen {
            guid: self.document.guid(node)?.into(),
            clip_guid: text("clip_guid")?,
            frame: self.start_frame(node)?,
            track: self.document.parent(node)?,
            commands: commands.collect(),
            notes: notes.collect(),
        };
        (!unseen.commands.is_empty() || !unseen.notes.is_empty()).then_some(unseen)
    }

    fn take_over(&mut self, old: &Self, mut unseen: Unseen, steps: &mut Vec<Step>) {
        let clip_stands = self.node(&unseen.clip_guid).is_some_and(|clip| self.stands(clip));
        if !clip_stands {
            return;
        }
        let Some(node) = self.annotation_for(old, &unseen, steps) else { return };
        let there = self.commands(node).unwrap_or(&[]).to_vec();
        unseen.commands.retain(|(command, _)| !there.iter().any(|other| is_same(other, command)));
        let (commands, tags): (Vec<Value>, Vec<Stamp>) = unseen.commands.into_iter().unzip();
        if !commands.is_empty() {
            let tags = tags.into_iter().map(Some).collect();
            // What was in a document before fits into one again.
            let _ = self.append_tagged(node, &commands, tags, steps);
        }
        let own_name = self.document.guid(node) == Some(&unseen.guid);
        for (path, value, stamp) in unseen.notes {
            let Some(path) = carried_path(&unseen.guid, &path, own_name) else { continue };
            let name = path.to_string();
            if let Ok(step) = self.set_recorded(node, path, value) {
                steps.push(step);
                steps.push(self.note_by(node, name, &stamp));
            }
        }
    }

    /// The annotation clip of that name, else of that clip and frame, else an empty one in the track that it stood in.
    fn annotation_for(&mut self, old: &Self, unseen: &Unseen, steps: &mut Vec<Step>) -> Option<NodeId> {
        let named =
            self.node(&unseen.guid).filter(|node| self.stands(*node) && self.commands(*node).is_some());
        if named.is_some() {
            return named;
        }
        let track = self.track_for(old, unseen.track, steps)?;
        let key = AnnotationKey { clip_guid: &unseen.clip_guid, frame: unseen.frame };
        if let Some(node) = self.annotation_under(track, &key) {
            let canonical = self.document.guid(node).map(Guid::from)?;
            let old = self.aliases.insert(unseen.guid.clone(), Alias::kept(canonical));
            steps.push(Step::Aliased { alias: unseen.guid.clone(), old });
            return Some(node);
        }
        let mut clip = old.document.subtree_value(old.node(&unseen.guid)?);
        let metadata = clip.as_object_mut()?.get_mut("metadata")?.as_object_mut()?;
        metadata.insert("annotation_commands", Vec::<Value>::new());
        metadata.remove(crate::annotation::MERGED_NOTES);
        for field in NOTE_FIELDS {
            metadata.remove(field);
        }
        self.adopt_last(track, clip, steps)
    }

    /// The track of that name, else the track for annotations, else the old one, empty.
    pub(crate) fn track_for(&mut self, old: &Self, track: NodeId, steps: &mut Vec<Step>) -> Option<NodeId> {
        let is_track = |replica: &Self, node: &NodeId| replica.document.schema_name(*node) == "Track";
        let guid = old.document.guid(track)?;
        let same = self.node(guid).filter(|node| self.stands(*node) && is_track(self, node));
        let stack = self.document.children(self.root).first()?;
        let tracks = || self.document.children(stack).iter().filter(|node| is_track(self, node));
        let is_annotations = |node: &NodeId| self.document.name(*node).to_lowercase().contains("annotation");
        if let Some(track) = same.or_else(|| tracks().find(is_annotations)) {
            return Some(track);
        }
        if !self.nodes.get(guid).is_empty() {
            return None;
        }
        let mut value = old.document.subtree_value(track);
        value.as_object_mut()?.insert("children", Vec::<Value>::new());
        self.adopt_last(stack, value, steps)
    }

    fn adopt_last(&mut self, parent: NodeId, value: Value, steps: &mut Vec<Step>) -> Option<NodeId> {
        let node = self.document.adopt(value).ok()?;
        steps.push(Step::Adopted { node });
        let guid = Guid::from(self.document.guid(node)?);
        self.nodes.add(guid.clone(), node);
        steps.push(Step::Named { guid });
        let put = self.put(parent, self.places(parent), node).ok()?;
        steps.push(put);
        Some(node)
    }
}

/// Where a note goes: to its place in the annotation clip of its own name, else beside the note of the one that takes
/// it in.
fn carried_path(guid: &str, path: &str, own_name: bool) -> Option<PropertyPath> {
    let field = NOTE_FIELDS.into_iter().find(|field| path == format!("metadata/{field}"));
    match field.filter(|_| !own_name) {
        Some(field) => merged_note_path(guid, field).ok(),
        None => PropertyPath::parse(path).ok(),
    }
}
