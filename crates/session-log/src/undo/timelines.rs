//! Taking back what was done to whole timelines and to roles.

use session_wire::{AddTimeline, Message, RemoveTimeline, ReplaceTimeline, SetPeerRole};

use super::{Change, Inversion};
use crate::journal::{SessionStep, Undo};
use crate::log::Entry;
use crate::roles::Whom;

impl Inversion<'_> {
    pub(super) fn of_add_timeline(&self, place: usize) -> Vec<Change> {
        let Message::AddTimeline(body) = self.log.entries()[place].operation.message() else {
            return Vec::new();
        };
        let there = self.same_replica(place, &body.timeline_guid).is_some();
        there.then(|| remove(&body.timeline_guid)).into_iter().collect()
    }

    /// The timeline comes back with the clip timelines that left with it, each as it was then.
    pub(super) fn of_remove_timeline(&self, steps: &[SessionStep]) -> Vec<Change> {
        let timelines = &self.log.state().timelines;
        let left = steps.iter().rev().filter_map(|step| match step {
            SessionStep::Left { timeline, replica, .. } if !timelines.contains_key(timeline) => {
                let mut body = AddTimeline::new(timeline.as_ref(), replica.document.to_value(), 0.0);
                body.sync_timestamp = None;
                Some(body.into())
            }
            _ => None,
        });
        left.collect()
    }

    /// The timeline becomes the one before, unless somebody else has worked on the new one.
    pub(super) fn of_replace_timeline(&self, place: usize, steps: &[SessionStep]) -> Vec<Change> {
        let change = steps.iter().find_map(|step| match step {
            SessionStep::Came { timeline } => self.same_replica(place, timeline).map(|_| remove(timeline)),
            SessionStep::Replaced { timeline, old } if self.nobody_else_worked_on(timeline, place) => {
                let mut body = ReplaceTimeline::new(timeline.as_ref(), old.document.to_value(), 0.0);
                body.sync_timestamp = None;
                Some(body.into())
            }
            _ => None,
        });
        change.into_iter().collect()
    }

    fn nobody_else_worked_on(&self, timeline: &str, place: usize) -> bool {
        self.same_replica(place, timeline).is_some()
            && !self.is_changed_since(place, &|entry| !entry.steps_in(timeline).is_empty())
    }

    /// The role before, or the session's default.
    pub(super) fn of_role(&self, place: usize, steps: &[SessionStep]) -> Vec<Change> {
        let Some(SessionStep::Role { whom, .. }) = steps.first() else { return Vec::new() };
        let sets = |entry: &Entry| role_step(entry, whom).is_some();
        let Some(first) = self.own_run(place, &sets, &sets) else { return Vec::new() };
        let Some(SessionStep::Role { old, .. }) = role_step(&self.log.entries()[first], whom) else {
            return Vec::new();
        };
        let role = old.shown.unwrap_or_else(|| self.log.state().roles().default_role()).as_str();
        vec![match whom {
            Whom::User(user) => SetPeerRole::new(user.as_str(), role).into(),
            Whom::Peer(guid) => SetPeerRole::of_peer(guid.as_str(), role).into(),
        }]
    }
}

/// The step of an entry that gave somebody another role.
fn role_step<'a>(entry: &'a Entry, whom: &Whom) -> Option<&'a SessionStep> {
    match &entry.done {
        Ok((_, Undo::InSession(steps))) => {
            steps.iter().find(|step| matches!(step, SessionStep::Role { whom: other, .. } if other == whom))
        }
        _ => None,
    }
}

fn remove(timeline: &str) -> Change {
    let mut body = RemoveTimeline::new(timeline, 0.0);
    body.sync_timestamp = None;
    body.into()
}
