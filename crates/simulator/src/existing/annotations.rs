//! What is drawn on frames, and where it is kept (legacy-protocol §2.17, §3.3, §3.4).

use std::collections::BTreeSet;

use lossless_json::Value;

use super::patching::Patched;
use super::quirks::Quirk;
use super::raised::Raised;
use super::replica::{Replica, is_falsy};
use super::tree::ThingId;

/// Whether an inserted clip went into another one.
pub(super) enum Merge {
    /// Its strokes did.
    Merged,
    /// It goes to this place, whatever its message says.
    At(i64),
    Not,
}

const START: &[&str] = &["start_time", "value"];

impl Replica {
    /// The strokes of an annotation clip go to the clip of the same medium and frame in the same track.
    pub(super) fn merge(&mut self, parent: ThingId, child: ThingId) -> Merge {
        let Some((clip_guid, frame)) = self.annotates(child) else { return Merge::Not };
        if self.tree.schema(parent) != "Track" || self.commands(child).is_empty() {
            return Merge::Not;
        }
        let Some(existing) = self.annotation_at(parent, &clip_guid, frame) else {
            if self.quirks.has(Quirk::LaysOutByArrival) {
                return Merge::Not;
            }
            return Merge::At(self.place_by_frame(parent, frame));
        };
        let commands = self.commands(child);
        self.append_commands(existing, commands);
        let guid = self.ensure_guid(child);
        let mapped = if self.quirks.has(Quirk::MapsMergedClips) { child } else { existing };
        self.objects.insert(guid, mapped);
        Merge::Merged
    }

    /// The clip and frame that a clip is drawn on.
    pub(super) fn annotates(&self, id: ThingId) -> Option<(String, i64)> {
        let clip = self.tree.metadata(id)?.get("clip_guid")?.as_str().filter(|guid| !guid.is_empty())?;
        Some((clip.to_owned(), truncated(self.tree.number(id, "source_range", START)?)))
    }

    pub(super) fn annotation_at(&self, track: ThingId, clip_guid: &str, frame: i64) -> Option<ThingId> {
        let mut children = self.tree.children(track).iter().copied();
        children.find(|other| {
            self.tree.schema(*other) == "Clip"
                && self.annotates(*other).is_some_and(|(clip, at)| clip == clip_guid && at == frame)
        })
    }

    pub(super) fn commands(&self, id: ThingId) -> Vec<Value> {
        let metadata = self.tree.metadata(id);
        let commands = metadata.and_then(|metadata| metadata.get("annotation_commands")?.as_array());
        commands.map(<[Value]>::to_vec).unwrap_or_default()
    }

    pub(super) fn append_commands(&mut self, id: ThingId, commands: Vec<Value>) {
        let mut all = self.commands(id);
        let held: BTreeSet<String> = all.iter().map(identity).collect();
        let doubles = self.quirks.has(Quirk::DoublesStrokes);
        all.extend(commands.into_iter().filter(|command| doubles || !held.contains(&identity(command))));
        self.tree.metadata_mut(id).insert_sorted("annotation_commands", all);
    }

    pub(super) fn replace_commands(&mut self, guid: &str, commands: &Value) -> Result<Patched, Raised> {
        let Some(clip) = self.find(guid) else { return Ok(Patched::Nothing) };
        let commands = self.read_events(commands)?;
        self.tree.metadata_mut(clip).insert_sorted("annotation_commands", commands);
        Ok(Patched::Done)
    }

    fn place_by_frame(&self, track: ThingId, frame: i64) -> i64 {
        let children = self.tree.children(track).iter();
        let before =
            children.take_while(|child| self.annotates(**child).is_none_or(|(_, at)| at <= frame)).count();
        i64::try_from(before).unwrap_or(i64::MAX)
    }

    /// Where a track ends, as the reference counts.
    pub(super) fn end_of(&self, track: ThingId) -> i64 {
        let duration = |id: &ThingId| self.tree.number(*id, "source_range", &["duration", "value"]);
        self.tree.children(track).iter().filter_map(duration).map(truncated).fold(0, i64::saturating_add)
    }

    /// The first annotation track of a timeline that holds the clip itself on another track.
    pub(super) fn annotation_track(&self, clip: &str) -> Option<ThingId> {
        let preferred = self.active.as_deref().and_then(|guid| self.timeline(guid));
        let all = self.timelines.iter().map(|(_, id)| *id);
        preferred.into_iter().chain(all).find_map(|timeline| {
            let tracks = self.tree.children(*self.tree.children(timeline).first()?);
            let is_drawn = |track: &&ThingId| self.tree.name(**track).to_lowercase().contains("annotation");
            let tracks = tracks.iter().filter(|track| self.tree.schema(**track) == "Track");
            let (drawn, others): (Vec<&ThingId>, Vec<&ThingId>) = tracks.partition(is_drawn);
            let holds = others.iter().any(|track| self.tree.position(**track, clip).is_some());
            drawn.first().filter(|_| holds).map(|track| **track)
        })
    }
}

/// What tells one event of a stroke from another: its schema and the stroke's id.
fn identity(event: &Value) -> String {
    let field = |key| event.get(key).filter(|value| !is_falsy(value)).and_then(Value::as_str);
    match (field("OTIO_SCHEMA"), field("uuid")) {
        (Some(schema), Some(uuid)) => format!("{schema} {uuid}"),
        _ => event.to_text(lossless_json::Style::Digest),
    }
}

/// Python's `int`.
#[expect(clippy::cast_possible_truncation, reason = "truncation is what is asked for")]
fn truncated(value: f64) -> i64 {
    value as i64
}
