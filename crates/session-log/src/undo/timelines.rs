//! Taking back what was done to whole timelines and to roles.

use session_wire::{AddTimeline, Anchor, RemoveTimeline, ReplaceTimeline, SetPeerRole};

use super::{Change, Inversion};
use crate::Guid;
use crate::journal::{SessionStep, Undo};
use crate::log::Entry;
use crate::roles::Whom;

impl Inversion<'_> {
    pub(super) fn of_add_timeline(&self, steps: &[SessionStep]) -> Vec<Change> {
        self.came(steps).into_iter().collect()
    }

    /// What came goes, if it is the one that stands.
    fn came(&self, steps: &[SessionStep]) -> Option<Change> {
        let (timeline, number) = steps.iter().find_map(|step| match step {
            SessionStep::Came { timeline, number, .. } => Some((timeline, *number)),
            _ => None,
        })?;
        self.standing(timeline, number).map(|_| remove(timeline))
    }

    /// The timeline comes back, and the clip timelines that left with it, each as it is by now and between the
    /// neighbours that it had.
    pub(super) fn of_remove_timeline(&self, place: usize, steps: &[SessionStep]) -> Vec<Change> {
        let state = self.log.state();
        let by = self.log.entries()[place].operation.id();
        let left = steps.iter().rev().filter_map(|step| match step {
            SessionStep::Left { timeline, left, right, .. } if !state.timelines.contains_key(timeline) => {
                let replica = state.buried_by(timeline, std::slice::from_ref(by))?;
                let mut body = AddTimeline::new(timeline.as_ref(), replica.document.to_value(), 0.0);
                body.sync_timestamp = None;
                Some(Change {
                    message: body.into(),
                    after: Some(beside(left.as_ref())),
                    before: Some(beside(right.as_ref())),
                })
            }
            _ => None,
        });
        left.collect()
    }

    /// The timeline becomes the one before, unless somebody else has worked on the new one.
    pub(super) fn of_replace_timeline(&self, place: usize, steps: &[SessionStep]) -> Vec<Change> {
        let state = self.log.state();
        let by = self.log.entries()[place].operation.id();
        let back = steps.iter().find_map(|step| match step {
            SessionStep::Replaced { timeline, number, .. }
                if self.nobody_else_worked_on(timeline, *number, place) =>
            {
                let old = state.buried_by(timeline, std::slice::from_ref(by))?;
                let mut body = ReplaceTimeline::new(timeline.as_ref(), old.document.to_value(), 0.0);
                body.sync_timestamp = None;
                Some(Change::from(body))
            }
            _ => None,
        });
        back.or_else(|| self.came(steps)).into_iter().collect()
    }

    fn nobody_else_worked_on(&self, timeline: &str, number: u64, place: usize) -> bool {
        self.standing(timeline, number).is_some()
            && !self.is_changed_since(place, &|entry| !entry.steps_in(number).is_empty())
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

/// A timeline as a neighbour; the edge where there is none.
fn beside(timeline: Option<&Guid>) -> Anchor {
    timeline.map_or(Anchor::EDGE, |guid| Anchor::beside(guid.as_ref()))
}

fn remove(timeline: &str) -> Change {
    let mut body = RemoveTimeline::new(timeline, 0.0);
    body.sync_timestamp = None;
    body.into()
}
