//! Annotation clips: one for each clip and frame, with the strokes of everybody.

use lossless_json::Value;
use otio_document::{NodeId, PropertyPath};
use session_wire::ReplaceAnnotationCommands;

use crate::hash::HashMap;
use crate::identity::derived_guid;
use crate::journal::Step;
use crate::limits::{COMMANDS_MAX, UNSEEN_WINDOW_US};
use crate::property::NOTE_FIELDS;
use crate::replica::{Alias, TimelineReplica};
use crate::state::{Applied, SessionState};
use crate::{Action, Guid, NoEffect, Operation, Stamp};

/// What an annotation clip belongs to. The frame is truncated towards zero and knows no rate, as in the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnnotationKey<'a> {
    pub(crate) clip_guid: &'a str,
    pub(crate) frame: i64,
}

impl<'a> AnnotationKey<'a> {
    /// The key of an object that has a command list, empty for a note where nothing is drawn.
    pub(crate) fn of_value(object: &'a Value) -> Option<Self> {
        object.at(&["metadata", "annotation_commands"])?.as_array()?;
        let clip_guid = object.at(&["metadata", "clip_guid"])?.as_str()?;
        let frame = object.at(&["source_range", "start_time", "value"])?.as_f64()?;
        Some(Self { clip_guid, frame: truncated(frame)? })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "truncation is what is asked for, and it saturates")]
fn truncated(frame: f64) -> Option<i64> {
    (!frame.is_nan()).then_some(frame as i64)
}

/// Where an annotation clip keeps its commands.
#[expect(clippy::expect_used, reason = "the path is a constant")]
pub(crate) fn commands_path() -> PropertyPath {
    PropertyPath::parse("metadata/annotation_commands").expect("a constant path is well formed")
}

/// What makes two commands the same one: schema and stroke.
pub(crate) fn stroke(command: &Value) -> Option<(&str, &str)> {
    let uuid = command.get("uuid")?.as_str().filter(|uuid| !uuid.is_empty())?;
    Some((command.get("OTIO_SCHEMA").and_then(Value::as_str).unwrap_or(""), uuid))
}

impl SessionState {
    /// The commands become the given ones, and those stay that the sender cannot have seen.
    pub(crate) fn replace_commands(
        &mut self,
        operation: &Operation,
        body: &ReplaceAnnotationCommands,
    ) -> Result<Applied, NoEffect> {
        let target = &body.annotation_clip_guid;
        let found = self.find(target).ok_or_else(|| NoEffect::UnknownTarget(target.clone()))?;
        let node = found.node;
        let replica = self.replica_mut(&found);
        if replica.document.schema_name(node) != "Clip" {
            return Err(NoEffect::NotAClip(target.clone()));
        }
        let (commands, tags) = replica.replacement(node, operation, body);
        if commands.len() > COMMANDS_MAX {
            return Err(NoEffect::Limit { what: "commands of one annotation clip", max: COMMANDS_MAX });
        }
        let property = replica.set_recorded(node, commands_path(), Value::Array(commands))?;
        let tagged = Step::Tagged { node, old: replica.tags.insert(node, tags) };
        Ok((Action::AnnotationCommandsReplaced, found.undo(vec![property, tagged])))
    }
}

impl TimelineReplica {
    /// The commands of an annotation clip.
    pub(crate) fn commands(&self, node: NodeId) -> Option<&[Value]> {
        self.document.metadata(node)?.get("annotation_commands")?.as_array()
    }

    /// The operation that brought each command; none for what came with the timeline.
    pub(crate) fn command_tags(&self, node: NodeId) -> Vec<Option<Stamp>> {
        let count = self.commands(node).map_or(0, <[_]>::len);
        self.tags.get(&node).filter(|tags| tags.len() == count).cloned().unwrap_or_else(|| vec![None; count])
    }

    /// The standing annotation clip of a clip and frame in a track.
    pub(crate) fn annotation_under(&self, track: NodeId, key: &AnnotationKey<'_>) -> Option<NodeId> {
        if self.document.schema_name(track) != "Track" {
            return None;
        }
        let is_it = |node: &NodeId| {
            let clip_guid = self.document.metadata(*node).and_then(|metadata| metadata.get("clip_guid"));
            clip_guid.and_then(Value::as_str) == Some(key.clip_guid)
                && self.document.schema_name(*node) == "Clip"
                && self.start_frame(*node) == Some(key.frame)
        };
        self.document.children(track).iter().find(is_it)
    }

    pub(crate) fn start_frame(&self, node: NodeId) -> Option<i64> {
        let range = self.document.field(node, "source_range")?;
        truncated(range.at(&["start_time", "value"])?.as_f64()?)
    }

    /// Appends the commands of an annotation clip to the one that is there, keeps its note, and makes its GUID
    /// another name of that one.
    pub(crate) fn merge_annotation(
        &mut self,
        node: NodeId,
        operation: &Operation,
        incoming: &Value,
        alias: &Guid,
        steps: &mut Vec<Step>,
    ) -> Result<(), NoEffect> {
        let commands =
            incoming.at(&["metadata", "annotation_commands"]).and_then(Value::as_array).unwrap_or(&[]);
        if !commands.is_empty() {
            self.append_commands(node, commands, operation.stamp(), steps)?;
        }
        let mut has_note = false;
        for field in NOTE_FIELDS {
            if let Some(value) = incoming.at(&["metadata", field]).filter(|value| !value.is_null()) {
                has_note = true;
                let path = merged_note_path(alias, field)?;
                let name = path.to_string();
                steps.push(self.set_recorded(node, path, value.clone())?);
                steps.push(self.note_by(node, name, operation.stamp()));
            }
        }
        let canonical = self.document.guid(node).map(Guid::from);
        if let Some(canonical) = canonical.filter(|canonical| canonical != alias) {
            let passes = !has_note && !operation.id().is_of_existing_peer();
            let until = passes.then(|| operation.stamp().clone());
            let old = self.aliases.insert(alias.clone(), Alias { of: canonical, until });
            steps.push(Step::Aliased { alias: alias.clone(), old });
        }
        Ok(())
    }

    fn append_commands(
        &mut self,
        node: NodeId,
        commands: &[Value],
        stamp: &Stamp,
        steps: &mut Vec<Step>,
    ) -> Result<(), NoEffect> {
        if self.commands(node).map_or(0, <[_]>::len) + commands.len() > COMMANDS_MAX {
            return Err(NoEffect::Limit { what: "commands of one annotation clip", max: COMMANDS_MAX });
        }
        let tags = vec![Some(stamp.clone()); commands.len()];
        self.append_tagged(node, commands, tags, steps)
    }

    /// Appends commands, each with the operation that brought it.
    pub(crate) fn append_tagged(
        &mut self,
        node: NodeId,
        commands: &[Value],
        tags_of_commands: Vec<Option<Stamp>>,
        steps: &mut Vec<Step>,
    ) -> Result<(), NoEffect> {
        let before = self.commands(node).map(<[_]>::len);
        let mut tags = self.command_tags(node);
        tags.extend(tags_of_commands);
        match before {
            Some(commands_before) => {
                let all = [self.commands(node).unwrap_or(&[]), commands].concat();
                let set = self.document.set_property(node, &commands_path(), Value::Array(all));
                set.map_err(|error| NoEffect::Unreadable(error.to_string()))?;
                steps.push(Step::CommandsAppended { node, commands_before });
            }
            None => steps.push(self.set_recorded(node, commands_path(), Value::Array(commands.to_vec()))?),
        }
        steps.push(Step::Tagged { node, old: self.tags.insert(node, tags) });
        Ok(())
    }

    /// Undoes an appending. The shorter list was accepted as part of the longer one, so it is accepted again.
    pub(crate) fn truncate_commands(&mut self, node: NodeId, count: usize) {
        let first: Vec<Value> = self.commands(node).unwrap_or(&[]).iter().take(count).cloned().collect();
        let _ = self.document.set_property(node, &commands_path(), Value::Array(first));
    }

    /// Whether a replacement takes strokes away that somebody else drew, or that came with the timeline.
    pub(crate) fn takes_from_others(
        &self,
        node: NodeId,
        operation: &Operation,
        body: &ReplaceAnnotationCommands,
    ) -> bool {
        let (after, _) = self.replacement(node, operation, body);
        let old = self.commands(node).unwrap_or(&[]);
        let own =
            |tag: &Option<Stamp>| tag.as_ref().is_some_and(|tag| tag.id.source == operation.id().source);
        let tags = self.command_tags(node);
        let mut others = old.iter().zip(&tags).filter(|(_, tag)| !own(tag));
        others.any(|(command, _)| !after.iter().any(|other| is_same(other, command)))
    }

    /// The commands after a replacement, with their origins: a stroke that was there keeps its own.
    fn replacement(
        &self,
        node: NodeId,
        operation: &Operation,
        body: &ReplaceAnnotationCommands,
    ) -> (Vec<Value>, Vec<Option<Stamp>>) {
        let given = &body.commands;
        let old = self.commands(node).unwrap_or(&[]);
        let old_tags = self.command_tags(node);
        let mut origin: HashMap<(&str, &str), &Option<Stamp>> = HashMap::default();
        for (command, tag) in old.iter().zip(&old_tags) {
            if let Some(stroke) = stroke(command) {
                origin.entry(stroke).or_insert(tag);
            }
        }
        let tag_of = |command| stroke(command).and_then(|stroke| origin.get(&stroke).copied().cloned());
        let kept: Vec<Option<Option<Stamp>>> = given.iter().map(tag_of).collect();
        let by_its_name = self.document.guid(node) == Some(&body.annotation_clip_guid);
        let sight = Sight {
            operation,
            inserted: self.placed.get(&node).filter(|_| by_its_name),
            listed: kept.iter().flatten().flatten().collect(),
            clears: by_its_name && given.is_empty(),
        };
        let unseen = old.iter().zip(&old_tags).filter(|(command, tag)| {
            tag.as_ref().is_some_and(|tag| !sight.covers(tag))
                && !given.iter().any(|other| is_same(other, command))
        });
        let (unseen, unseen_tags): (Vec<Value>, Vec<Option<Stamp>>) =
            unseen.map(|(command, tag)| (command.clone(), tag.clone())).unzip();
        let given_tags = kept.into_iter().map(|tag| tag.unwrap_or_else(|| Some(operation.stamp().clone())));
        let tags = given_tags.chain(unseen_tags).collect();
        (given.iter().cloned().chain(unseen).collect(), tags)
    }
}

pub(crate) fn is_same(a: &Value, b: &Value) -> bool {
    match (stroke(a), stroke(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// What the sender of a replacement had seen.
pub(crate) struct Sight<'a> {
    operation: &'a Operation,
    /// The insertion of the annotation clip, where the replacement calls the clip by its own name: it knew that one.
    inserted: Option<&'a Stamp>,
    /// What brought the strokes that it lists. What their sources made before came before.
    listed: Vec<&'a Stamp>,
    /// Whether it clears the clip, which to an existing peer means that there is nothing on this frame.
    clears: bool,
}

impl<'a> Sight<'a> {
    /// Of who replaced a whole timeline.
    pub(crate) const fn of(operation: &'a Operation) -> Self {
        Self { operation, inserted: None, listed: Vec::new(), clears: false }
    }

    /// Whether the sender may have seen what another operation brought. A peer of ours says what it had seen; of an
    /// existing peer, what others made within the last moment before is taken as unseen, save what it shows to know.
    pub(crate) fn covers(&self, tag: &Stamp) -> bool {
        let operation = self.operation;
        let by_itself = tag.id.source == operation.id().source || operation.undo_of().contains(&tag.id);
        if by_itself {
            return true;
        }
        match operation.seen() {
            Some(seen) if !tag.id.is_of_existing_peer() => seen.covers(tag),
            None if operation.id().is_of_existing_peer() => self.shows_to_know(tag) || self.is_older(tag),
            _ => self.is_older(tag),
        }
    }

    fn shows_to_know(&self, tag: &Stamp) -> bool {
        let same_source = |listed: &&&Stamp| listed.id.source == tag.id.source;
        self.clears
            || self.inserted == Some(tag)
            || self.listed.iter().filter(same_source).any(|&listed| tag <= listed)
    }

    fn is_older(&self, tag: &Stamp) -> bool {
        tag.hlc_us <= self.operation.stamp().hlc_us.saturating_sub(UNSEEN_WINDOW_US)
    }
}

/// The key of metadata under which an annotation clip keeps the notes of those that were merged into it.
pub(crate) const MERGED_NOTES: &str = "merged_notes";

/// Where the note of a merged annotation clip is kept, beside the note of the clip that took it in: two people who
/// write a note on one frame at the same time both keep theirs.
pub(crate) fn merged_note_path(alias: &str, field: &str) -> Result<PropertyPath, NoEffect> {
    let path = format!("metadata/{MERGED_NOTES}/{alias}/{field}");
    PropertyPath::parse(&path).map_err(|error| NoEffect::Property { path, reason: error.to_string() })
}

/// The GUID that an object is inserted with, or the one that every peer derives for it.
pub(crate) fn guid_or_derived(given: Option<&str>, operation: &Operation) -> Guid {
    given.map_or_else(|| derived_guid(operation.id(), 0).into(), Guid::from)
}
