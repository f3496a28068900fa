//! Timelines that were removed or replaced.
//!
//! They are kept as they were and still take in what is stamped after, so that an undo brings them back with every edit
//! that others made meanwhile: the same that a tombstone is to a child.

use crate::replica::TimelineReplica;
use crate::state::SessionState;
use crate::{Guid, OperationId, Stamp};

/// A timeline that does not stand.
#[derive(Debug)]
pub(crate) struct Grave {
    pub(crate) replica: Box<TimelineReplica>,
    /// The operation that removed or replaced it.
    pub(crate) by: Stamp,
}

/// Where a timeline lay before it came back.
#[derive(Debug)]
pub(crate) struct FromGrave {
    at: usize,
    by: Stamp,
}

impl SessionState {
    pub(crate) fn bury_timeline(&mut self, replica: Box<TimelineReplica>, by: &Stamp) {
        let graves = self.graves.entry(replica.guid.clone()).or_default();
        graves.push(Grave { replica, by: by.clone() });
    }

    /// Takes the youngest one out. Undo runs backwards: it is the one that was buried last.
    pub(crate) fn unbury_timeline(&mut self, timeline: &Guid) -> Option<Box<TimelineReplica>> {
        let graves = self.graves.get_mut(timeline)?;
        let grave = graves.pop();
        if graves.is_empty() {
            self.graves.remove(timeline);
        }
        grave.map(|grave| grave.replica)
    }

    /// The timeline that one of these operations removed or replaced.
    pub(crate) fn buried_by(&self, timeline: &str, by: &[OperationId]) -> Option<&TimelineReplica> {
        let grave = self.graves.get(timeline)?.iter().rev().find(|grave| by.contains(&grave.by.id))?;
        Some(&grave.replica)
    }

    /// The timeline of that number that lies in a grave.
    pub(crate) fn buried(&self, timeline: &str, number: u64) -> Option<&TimelineReplica> {
        let grave = self.graves.get(timeline)?.iter().find(|grave| grave.replica.number == number)?;
        Some(&grave.replica)
    }

    /// Brings back what an undo means: what one of these operations took away, else, where `any`, what went last.
    pub(crate) fn revive_timeline(
        &mut self,
        timeline: &str,
        undone: &[OperationId],
        any: bool,
    ) -> Option<(Box<TimelineReplica>, FromGrave)> {
        let graves = self.graves.get_mut(timeline).filter(|_| !undone.is_empty())?;
        let named = graves.iter().rposition(|grave| undone.contains(&grave.by.id));
        let at = named.or_else(|| graves.len().checked_sub(1).filter(|_| any))?;
        let Grave { replica, by } = graves.remove(at);
        if graves.is_empty() {
            self.graves.remove(timeline);
        }
        Some((replica, FromGrave { at, by }))
    }

    /// Undoes [`SessionState::revive_timeline`]. Gives back a timeline that lay in no grave before.
    pub(crate) fn put_back_into_grave(
        &mut self,
        replica: Option<Box<TimelineReplica>>,
        out_of: Option<FromGrave>,
    ) -> Option<Box<TimelineReplica>> {
        match (replica, out_of) {
            (Some(replica), Some(FromGrave { at, by })) => {
                let graves = self.graves.entry(replica.guid.clone()).or_default();
                graves.insert(at.min(graves.len()), Grave { replica, by });
                None
            }
            (replica, _) => replica,
        }
    }
}
