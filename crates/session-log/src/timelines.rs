//! Operations on whole timelines.

use lossless_json::Value;
use otio_document::PropertyPath;
use session_wire::{AddTimeline, RemoveTimeline, RenameTimeline, ReplaceTimeline};

use crate::journal::{SessionStep, Undo};
use crate::limits::TIMELINES_MAX;
use crate::replica::TimelineReplica;
use crate::state::{Applied, SessionState};
use crate::{Action, Guid, NoEffect, Operation};

/// A timeline that an undo kept, else one read from the operation.
fn bring(
    operation: &Operation,
    guid: &str,
    value: &Value,
    kept: Option<Box<TimelineReplica>>,
) -> Result<Box<TimelineReplica>, NoEffect> {
    if let Some(mut kept) = kept {
        kept.aliases.clear();
        return Ok(kept);
    }
    let stamp = operation.stamp().clone();
    TimelineReplica::read(&guid.into(), value.clone(), &stamp.id.to_string(), Some(stamp)).map(Box::new)
}

impl SessionState {
    /// The first one in stamp order stays; another one of that GUID has no effect.
    pub(crate) fn add_timeline(
        &mut self,
        operation: &Operation,
        body: &AddTimeline,
        kept: Option<Box<TimelineReplica>>,
    ) -> Result<Applied, NoEffect> {
        if body.timeline_guid.is_empty() {
            return Err(NoEffect::Malformed("timeline_guid"));
        }
        if self.timelines.contains_key(body.timeline_guid.as_str()) {
            return Err(NoEffect::AlreadyThere(body.timeline_guid.clone()));
        }
        let replica = bring(operation, &body.timeline_guid, &body.timeline, kept)?;
        let action = if replica.clip.is_some() { Action::ClipTimelineAdded } else { Action::TimelineAdded };
        Ok((action, Undo::InSession(self.admit(replica)?)))
    }

    /// A timeline that is not there yet comes last.
    pub(crate) fn admit(&mut self, replica: Box<TimelineReplica>) -> Result<Vec<SessionStep>, NoEffect> {
        if self.timelines.len() >= TIMELINES_MAX {
            return Err(NoEffect::Limit { what: "timelines", max: TIMELINES_MAX });
        }
        let timeline = replica.guid.clone();
        let mut steps = vec![SessionStep::Came { timeline: timeline.clone() }];
        self.hold_all(&replica);
        steps.extend(self.map_clip(&replica));
        self.order.push(timeline.clone());
        self.timelines.insert(timeline, replica);
        Ok(steps)
    }

    fn hold_all(&mut self, replica: &TimelineReplica) {
        self.hold(replica.guid.clone(), &replica.guid);
        for node in replica.document.descend(replica.root) {
            if let Some(guid) = replica.document.guid(node) {
                self.hold(guid.into(), &replica.guid);
            }
        }
    }

    fn map_clip(&mut self, replica: &TimelineReplica) -> Option<SessionStep> {
        let clip = replica.clip.clone()?;
        let old = self.clip_timelines.insert(clip.clone(), replica.guid.clone());
        Some(SessionStep::ClipTimeline { clip, old })
    }

    pub(crate) fn rename_timeline(&mut self, body: &RenameTimeline) -> Result<Applied, NoEffect> {
        if body.name.is_empty() {
            return Err(NoEffect::Malformed("name"));
        }
        let replica = self
            .timelines
            .get_mut(body.timeline_guid.as_str())
            .ok_or_else(|| NoEffect::UnknownTimeline(body.timeline_guid.clone()))?;
        let step = replica.set_recorded(replica.root, name_path(), body.name.as_str().into())?;
        let timeline = replica.guid.clone();
        Ok((Action::TimelineRenamed, Undo::InTimeline { timeline, steps: vec![step] }))
    }

    /// Takes the clip timelines of its clips along, as the reference does.
    pub(crate) fn remove_timeline(&mut self, body: &RemoveTimeline) -> Result<Applied, NoEffect> {
        let replica = self
            .timelines
            .get(body.timeline_guid.as_str())
            .ok_or_else(|| NoEffect::UnknownTimeline(body.timeline_guid.clone()))?;
        let timeline = replica.guid.clone();
        let with = self.clip_timelines_of(replica);
        let mut steps = Vec::new();
        for leaving in with.iter().chain([&timeline]) {
            self.dismiss(leaving, &mut steps);
        }
        Ok((Action::TimelineRemoved { with }, Undo::InSession(steps)))
    }

    fn clip_timelines_of(&self, replica: &TimelineReplica) -> Vec<Guid> {
        let mut found: Vec<Guid> = Vec::new();
        for node in replica.document.descend(replica.root) {
            let clip_timeline = replica.document.guid(node).and_then(|guid| self.clip_timelines.get(guid));
            match clip_timeline {
                Some(guid) if *guid != replica.guid && !found.contains(guid) => found.push(guid.clone()),
                _ => {}
            }
        }
        found.retain(|guid| self.timelines.contains_key(guid));
        found
    }

    fn dismiss(&mut self, timeline: &Guid, steps: &mut Vec<SessionStep>) {
        let Some(replica) = self.timelines.remove(timeline) else { return };
        if let Some(clip) = &replica.clip
            && self.clip_timelines.get(clip) == Some(timeline)
        {
            let old = self.clip_timelines.remove(clip);
            steps.push(SessionStep::ClipTimeline { clip: clip.clone(), old });
        }
        let place = self.order.iter().position(|guid| guid == timeline).unwrap_or(self.order.len());
        self.order.retain(|guid| guid != timeline);
        steps.push(SessionStep::Left { timeline: timeline.clone(), place, replica });
    }

    /// Wholesale: what is stamped before it is gone, what is stamped after it reaches the new timeline where the
    /// object is still there. A timeline that is not known yet comes last.
    pub(crate) fn replace_timeline(
        &mut self,
        operation: &Operation,
        body: &ReplaceTimeline,
        kept: Option<Box<TimelineReplica>>,
    ) -> Result<Applied, NoEffect> {
        if body.timeline_guid.is_empty() {
            return Err(NoEffect::Malformed("timeline_guid"));
        }
        let mut replica = bring(operation, &body.timeline_guid, &body.timeline, kept)?;
        let timeline = replica.guid.clone();
        let Some(old) = self.timelines.get(&timeline) else {
            return Ok((Action::TimelineReplaced, Undo::InSession(self.admit(replica)?)));
        };
        replica.inherit_aliases(old);
        self.hold_all(&replica);
        for alias in replica.aliases.keys().cloned().collect::<Vec<_>>() {
            self.hold(alias, &timeline);
        }
        let clip_step = self.map_clip(&replica);
        let old = self.timelines.insert(timeline.clone(), replica);
        let replaced = old.map(|old| SessionStep::Replaced { timeline, old });
        Ok((Action::TimelineReplaced, Undo::InSession(clip_step.into_iter().chain(replaced).collect())))
    }
}

impl TimelineReplica {
    /// Keeps the other names of annotation clips that are still there.
    fn inherit_aliases(&mut self, old: &Self) {
        self.aliases = old
            .aliases
            .keys()
            .filter(|alias| self.nodes.get(alias).is_empty())
            .filter_map(|alias| {
                let canonical = old.canonical(alias);
                (!self.nodes.get(canonical).is_empty()).then(|| (alias.clone(), canonical.into()))
            })
            .collect();
    }
}

#[expect(clippy::expect_used, reason = "the path is a constant")]
fn name_path() -> PropertyPath {
    PropertyPath::parse("name").expect("a constant path is well formed")
}
