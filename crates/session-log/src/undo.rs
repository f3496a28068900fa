//! Taking back one's own work.
//!
//! Undo never takes an operation out of the log. It makes new operations that turn what one's own did around, as far
//! as that still stands: what others did later is left as it is. Undoing those again is redo.

mod annotation;
mod property;
mod structure;
mod timelines;

use std::collections::BTreeSet;

use otio_document::NodeId;
use session_wire::{Anchor, Message};

use crate::journal::{Step, Undo};
use crate::log::Entry;
use crate::replica::TimelineReplica;
use crate::{Action, OperationId, SessionLog, SessionState};

/// A change that is not stamped yet: its message has no `sync_timestamp`, and it is for the peer that makes it to
/// give it one, a number, and `undo_of`.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What is to be sent.
    pub message: Message,
    /// The neighbour before the place meant, of inserts and moves.
    pub after: Option<Anchor>,
    /// The neighbour after the place meant, of inserts and moves.
    pub before: Option<Anchor>,
}

impl<M: Into<Message>> From<M> for Change {
    fn from(message: M) -> Self {
        Self { message: message.into(), after: None, before: None }
    }
}

impl SessionLog {
    /// The changes that take these operations back, in the order in which they are to be made. Empty where nothing of
    /// what they did still stands.
    ///
    /// All of them must be operations of the one who undoes. They are to be authored with these ids in `undo_of`:
    /// a removed object then comes back as the very same one, with the edits that it got meanwhile.
    pub fn inverse_of(&self, ids: &[OperationId]) -> Vec<Change> {
        let places: BTreeSet<usize> = ids.iter().filter_map(|id| self.place_of(id)).collect();
        let settled = self.settled_above(places.first().copied().unwrap_or(self.len()));
        let mut inversion =
            Inversion { log: self, mine: &places, settled, restored: Vec::new(), back: Vec::new() };
        places.iter().rev().flat_map(|&place| inversion.of(place)).collect()
    }

    /// The places from one on of what was taken back, and of what took it back: together they change nothing.
    /// Of an operation whose undo was undone in turn the latter two do not count, and it does. What takes back something
    /// from before the lowest place changes what stood there.
    fn settled_above(&self, lowest: usize) -> BTreeSet<usize> {
        let mut settled = BTreeSet::new();
        for place in (lowest..self.len()).rev() {
            let operation = &self.entries()[place].operation;
            let own = operation.undo_of().iter().filter(|id| id.source == operation.id().source);
            let undone: Vec<usize> = own.filter_map(|id| self.place_of(id)).collect();
            let all_above = undone.iter().all(|undone| *undone >= lowest);
            if !undone.is_empty() && all_above && !settled.contains(&place) {
                settled.extend(undone);
                settled.insert(place);
            }
        }
        settled
    }
}

/// The making of one undo.
struct Inversion<'a> {
    log: &'a SessionLog,
    /// Places in the log of what is undone.
    mine: &'a BTreeSet<usize>,
    /// Places of what was taken back before, and of what did so.
    settled: BTreeSet<usize>,
    /// Tombstones that come back by this undo.
    restored: Vec<(NodeId, usize)>,
    /// The objects that come back with them.
    back: Vec<NodeId>,
}

impl<'a> Inversion<'a> {
    fn of(&mut self, place: usize) -> Vec<Change> {
        let Entry { operation, done: Ok((action, undo)) } = &self.log.entries()[place] else {
            return Vec::new();
        };
        match (action, undo) {
            (Action::TimelineAdded | Action::ClipTimelineAdded, Undo::InSession(steps)) => {
                self.of_add_timeline(steps)
            }
            (Action::TimelineRemoved { .. }, Undo::InSession(steps)) => self.of_remove_timeline(place, steps),
            (Action::TimelineReplaced, Undo::InSession(steps)) => self.of_replace_timeline(place, steps),
            (Action::PeerRoleSet, Undo::InSession(steps)) => self.of_role(place, steps),
            (_, Undo::InSession(_) | Undo::Purge(_)) => Vec::new(),
            (action, Undo::InTimeline { timeline, number, steps }) => {
                let Some(replica) = self.standing(timeline, *number) else { return Vec::new() };
                let part = Part { state: self.log.state(), place, operation, replica, steps };
                let mut changes = match action {
                    Action::PropertySet | Action::TimelineRenamed => self.of_property(&part),
                    Action::ChildInserted => self.of_insert(&part),
                    Action::AnnotationCommandsAdded { .. } => self.of_appended_commands(&part),
                    Action::ChildMoved => self.of_move(&part),
                    Action::ChildRemoved => self.of_remove(&part),
                    Action::AnnotationCommandsReplaced => self.of_replaced_commands(&part),
                    _ => Vec::new(),
                };
                changes.retain(|change| part.is_reached_by(change));
                changes
            }
        }
    }

    /// The timeline as it is now, if that one stands.
    fn standing(&self, timeline: &str, number: u64) -> Option<&'a TimelineReplica> {
        let replica = self.log.state().timelines.get(timeline)?;
        (replica.number == number).then_some(replica.as_ref())
    }

    /// Where one's own changes of one thing begin, counted back from a place as long as nobody else changed it in
    /// between. None if somebody else changed it later, or if one's own later change of the same is undone instead.
    /// `changes` tells what touches the thing, `same` what sets it as a whole.
    fn own_run(
        &self,
        place: usize,
        changes: &dyn Fn(&Entry) -> bool,
        same: &dyn Fn(&Entry) -> bool,
    ) -> Option<usize> {
        let entries = self.log.entries();
        let outdone = |later: usize| {
            let entry = &entries[later];
            changes(entry) && !self.settled.contains(&later) && (!self.mine.contains(&later) || same(entry))
        };
        if (place + 1..entries.len()).any(outdone) {
            return None;
        }
        let below = (0..place).rev().filter(|&earlier| changes(&entries[earlier]));
        let own = below.take_while(|earlier| self.mine.contains(earlier));
        Some(own.filter(|&earlier| same(&entries[earlier])).last().unwrap_or(place))
    }

    /// Whether something else than what is undone here has changed a thing after a place.
    fn is_changed_since(&self, place: usize, changes: &dyn Fn(&Entry) -> bool) -> bool {
        let entries = self.log.entries();
        (place + 1..entries.len()).any(|later| {
            !self.mine.contains(&later) && !self.settled.contains(&later) && changes(&entries[later])
        })
    }

    fn is_mine(&self, id: &OperationId) -> bool {
        self.log.place_of(id).is_some_and(|place| self.mine.contains(&place))
    }
}

/// One operation inside a timeline that is being taken back.
struct Part<'a> {
    state: &'a SessionState,
    place: usize,
    operation: &'a crate::Operation,
    replica: &'a TimelineReplica,
    steps: &'a [Step],
}

impl Part<'_> {
    /// A name by which the session finds an annotation clip of this timeline. Its GUID may stand in another timeline
    /// too, and the session look there; then one of those that were merged into it leads to it.
    fn name_of_annotation(&self, node: NodeId) -> Option<&str> {
        let own = self.replica.document.guid(node)?;
        let mut names = std::iter::once(own).chain(self.replica.aliases.keys().map(AsRef::as_ref));
        let leads_here = |name: &&str| {
            let found = self.state.locate(name);
            found.is_some_and(|(timeline, found)| timeline == self.replica.guid && found == node)
        };
        names.find(leads_here).or(Some(own))
    }

    /// Whether a change finds this timeline. Where what it names stands in another timeline too it may find that one,
    /// which has nothing to do with what is taken back.
    fn is_reached_by(&self, change: &Change) -> bool {
        let name = match &change.message {
            Message::SetProperty(body) => &body.target_uuid,
            Message::InsertChild(body) => &body.parent_uuid,
            Message::MoveChild(body) => &body.parent_uuid,
            Message::RemoveChild(body) => &body.parent_uuid,
            Message::ReplaceAnnotationCommands(body) => &body.annotation_clip_guid,
            _ => return true,
        };
        self.state.locate(name).is_some_and(|(timeline, _)| timeline == self.replica.guid)
    }

    /// A neighbour under a parent as an anchor; the edge where there is none, nothing where its GUID leads elsewhere: two
    /// may bear one, or it is the name of an annotation clip that was merged into another by now.
    fn anchor(&self, parent: NodeId, node: Option<NodeId>) -> Option<Anchor> {
        let Some(node) = node else { return Some(Anchor::EDGE) };
        let guid = self.replica.document.guid(node)?;
        let leads_here = self.replica.neighbour(parent, guid).is_some_and(|(_, found)| found == node);
        leads_here.then(|| Anchor::beside(guid))
    }
}

impl Entry {
    /// What it changed inside the timeline of that number.
    fn steps_in(&self, timeline: u64) -> &[Step] {
        match &self.done {
            Ok((_, Undo::InTimeline { number, steps, .. })) if *number == timeline => steps,
            _ => &[],
        }
    }
}
