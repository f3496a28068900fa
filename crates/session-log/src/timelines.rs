//! Operations on whole timelines.

use lossless_json::Value;
use otio_document::PropertyPath;
use session_wire::{AddTimeline, Anchor, RemoveTimeline, RenameTimeline, ReplaceTimeline};

use crate::graves::FromGrave;
use crate::journal::{SessionStep, Undo};
use crate::limits::TIMELINES_MAX;
use crate::replica::{Alias, TimelineReplica};
use crate::state::{Applied, Found, SessionState};
use crate::{Action, Guid, NoEffect, Operation};

/// A timeline that a revert kept, else one read from the operation.
fn bring(
    operation: &Operation,
    guid: &str,
    value: &Value,
    kept: Option<Box<TimelineReplica>>,
) -> Result<Box<TimelineReplica>, NoEffect> {
    if let Some(mut kept) = kept {
        kept.aliases.clear();
        kept.tags.clear();
        kept.noted.clear();
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
        let mut coming = self.coming(operation, &body.timeline_guid, &body.timeline, kept, true)?;
        coming.place = self.place_between(operation);
        let is_of_clip = coming.replica.clip.is_some();
        let action = if is_of_clip { Action::ClipTimelineAdded } else { Action::TimelineAdded };
        Ok((action, Undo::InSession(self.admit(coming))))
    }

    /// The timeline that an operation brings. One that undoes a removal brings that very timeline back, with every
    /// edit that it got meanwhile.
    fn coming(
        &mut self,
        operation: &Operation,
        guid: &str,
        value: &Value,
        kept: Option<Box<TimelineReplica>>,
        any: bool,
    ) -> Result<Coming, NoEffect> {
        if self.timelines.len() >= TIMELINES_MAX && !self.timelines.contains_key(guid) {
            return Err(NoEffect::Limit { what: "timelines", max: TIMELINES_MAX });
        }
        let place = self.order.len();
        if let Some((replica, out_of)) = self.revive_timeline(guid, operation.undo_of(), any) {
            return Ok(Coming { replica, out_of: Some(out_of), place });
        }
        let is_new = kept.is_none();
        let mut replica = bring(operation, guid, value, kept)?;
        if is_new {
            replica.number = self.next_number();
        }
        Ok(Coming { replica, out_of: None, place })
    }

    pub(crate) fn next_number(&mut self) -> u64 {
        self.read += 1;
        self.read
    }

    /// Between its neighbours of before, as far as they stand; last where none is named.
    fn place_between(&self, operation: &Operation) -> usize {
        let find = |anchor: Option<&Anchor>| {
            let guid = anchor?.guid()?;
            self.order.iter().position(|timeline| **timeline == *guid)
        };
        match (find(operation.after()), find(operation.before())) {
            (Some(after), _) => after + 1,
            (None, Some(before)) => before,
            (None, None) if operation.after().is_some_and(|anchor| anchor.guid().is_none()) => 0,
            (None, None) => self.order.len(),
        }
    }

    /// Takes in a timeline of the base, as the last one.
    pub(crate) fn admit_last(&mut self, mut replica: Box<TimelineReplica>) -> Result<(), NoEffect> {
        if self.timelines.len() >= TIMELINES_MAX {
            return Err(NoEffect::Limit { what: "timelines", max: TIMELINES_MAX });
        }
        replica.number = self.next_number();
        self.admit(Coming { replica, out_of: None, place: self.order.len() });
        Ok(())
    }

    fn admit(&mut self, coming: Coming) -> Vec<SessionStep> {
        let Coming { replica, out_of, place } = coming;
        let (timeline, number) = (replica.guid.clone(), replica.number);
        let mut steps = vec![SessionStep::Came { timeline: timeline.clone(), number, out_of }];
        self.hold_all(&replica);
        steps.extend(self.map_clip(&replica));
        self.order.insert(place, timeline.clone());
        self.timelines.insert(timeline, replica);
        steps
    }

    fn hold_all(&mut self, replica: &TimelineReplica) {
        self.hold(replica.guid.clone(), &replica.guid);
        for node in replica.document.descend(replica.root) {
            if let Some(guid) = replica.document.guid(node) {
                self.hold(replica.nodes.name(guid), &replica.guid);
            }
        }
    }

    fn map_clip(&mut self, replica: &TimelineReplica) -> Option<SessionStep> {
        let clip = replica.clip.clone()?;
        let old = self.clip_timelines.insert(clip.clone(), replica.guid.clone());
        Some(SessionStep::ClipTimeline { clip, old })
    }

    /// Also reaches a timeline that was removed, so that an undo of that brings it back under its new name.
    pub(crate) fn rename_timeline(&mut self, body: &RenameTimeline) -> Result<Applied, NoEffect> {
        if body.name.is_empty() {
            return Err(NoEffect::Malformed("name"));
        }
        let guid = body.timeline_guid.as_str();
        let lying = self.graves.get_mut(guid).and_then(|graves| graves.last_mut());
        let replica = match self.timelines.get_mut(guid) {
            Some(replica) => replica,
            None => lying
                .map(|grave| &mut grave.replica)
                .ok_or_else(|| NoEffect::UnknownTimeline(body.timeline_guid.clone()))?,
        };
        let step = replica.set_recorded(replica.root, name_path(), body.name.as_str().into())?;
        let found = Found { timeline: replica.guid.clone(), number: replica.number, node: replica.root };
        Ok((Action::TimelineRenamed, found.undo(vec![step])))
    }

    /// Takes the clip timelines of its clips along, as the reference does.
    pub(crate) fn remove_timeline(
        &mut self,
        operation: &Operation,
        body: &RemoveTimeline,
    ) -> Result<Applied, NoEffect> {
        let replica = self
            .timelines
            .get(body.timeline_guid.as_str())
            .ok_or_else(|| NoEffect::UnknownTimeline(body.timeline_guid.clone()))?;
        let timeline = replica.guid.clone();
        let with = self.clip_timelines_of(replica);
        let mut steps = Vec::new();
        for leaving in with.iter().chain([&timeline]) {
            self.dismiss(leaving, operation, &mut steps);
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

    fn dismiss(&mut self, timeline: &Guid, operation: &Operation, steps: &mut Vec<SessionStep>) {
        let Some(replica) = self.timelines.remove(timeline) else { return };
        if let Some(clip) = &replica.clip
            && self.clip_timelines.get(clip) == Some(timeline)
        {
            let old = self.clip_timelines.remove(clip);
            steps.push(SessionStep::ClipTimeline { clip: clip.clone(), old });
        }
        let place = self.order.iter().position(|guid| guid == timeline).unwrap_or(self.order.len());
        let beside = |place: Option<usize>| place.and_then(|place| self.order.get(place)).cloned();
        let (left, right) = (beside(place.checked_sub(1)), beside(Some(place + 1)));
        self.order.retain(|guid| guid != timeline);
        self.bury_timeline(replica, operation.stamp());
        steps.push(SessionStep::Left { timeline: timeline.clone(), place, left, right });
    }

    /// Wholesale: what is stamped before it is gone, save the strokes and notes that its sender cannot have seen; what
    /// is stamped after it reaches the new timeline where the object is still there, else the old one, in its grave. A
    /// timeline that is not known yet comes last.
    pub(crate) fn replace_timeline(
        &mut self,
        operation: &Operation,
        body: &ReplaceTimeline,
        kept: Option<Box<TimelineReplica>>,
    ) -> Result<Applied, NoEffect> {
        if body.timeline_guid.is_empty() {
            return Err(NoEffect::Malformed("timeline_guid"));
        }
        let mut coming = self.coming(operation, &body.timeline_guid, &body.timeline, kept, false)?;
        let timeline = coming.replica.guid.clone();
        let Some(old) = self.timelines.remove(&timeline) else {
            return Ok((Action::TimelineReplaced, Undo::InSession(self.admit(coming))));
        };
        let mut carried = Vec::new();
        if coming.out_of.is_none() {
            coming.replica.inherit_origins(&old, operation);
        }
        coming.replica.carry_over(&old, operation, &mut carried);
        if coming.out_of.is_none() {
            coming.replica.inherit_aliases(&old);
        }
        self.bury_timeline(old, operation.stamp());
        let Coming { replica, out_of, .. } = coming;
        self.hold_all(&replica);
        for alias in replica.aliases.keys().cloned().collect::<Vec<_>>() {
            self.hold(alias, &timeline);
        }
        let clip_step = self.map_clip(&replica);
        let number = replica.number;
        self.timelines.insert(timeline.clone(), replica);
        let replaced = SessionStep::Replaced { timeline, number, out_of, carried };
        Ok((Action::TimelineReplaced, Undo::InSession(clip_step.into_iter().chain([replaced]).collect())))
    }
}

/// A timeline on its way into the session.
struct Coming {
    replica: Box<TimelineReplica>,
    /// The grave that it lay in.
    out_of: Option<FromGrave>,
    /// Its place among the timelines.
    place: usize,
}

impl TimelineReplica {
    /// Keeps the other names of annotation clips that are still there.
    fn inherit_aliases(&mut self, old: &Self) {
        let others = old.aliases.iter().filter(|(alias, _)| self.nodes.get(alias).is_empty());
        let inherited = others.filter_map(|(alias, known)| {
            let canonical = self.canonical(old.canonical(alias));
            let kept = Alias { of: canonical.into(), until: known.until.clone() };
            (!self.nodes.get(canonical).is_empty()).then(|| (alias.clone(), kept))
        });
        let inherited: Vec<(Guid, Alias)> = inherited.collect();
        self.aliases.extend(inherited);
    }
}

#[expect(clippy::expect_used, reason = "the path is a constant")]
fn name_path() -> PropertyPath {
    PropertyPath::parse("name").expect("a constant path is well formed")
}
