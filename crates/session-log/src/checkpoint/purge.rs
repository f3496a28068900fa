//! What a checkpoint does in the fold: what was removed up to its place is gone for good.

use otio_document::NodeId;

use crate::graves::Grave;
use crate::journal::{Step, Undo};
use crate::replica::{Alias, TimelineReplica};
use crate::state::{Applied, SessionState};
use crate::{Action, Guid, NoEffect, Operation, Stamp};

/// What a checkpoint put out of reach.
#[derive(Debug)]
pub(crate) struct Purge {
    /// Whole timelines, with the places of their graves among those of their GUID, in the order in which they went.
    pub(super) graves: Vec<(Guid, usize, Grave)>,
    /// Inside timelines that are still in reach: GUID, number and what was done.
    pub(super) inside: Vec<(Guid, u64, Vec<Step>)>,
}

impl SessionState {
    pub(crate) fn purge(&mut self, operation: &Operation, upto: &Stamp) -> Result<Applied, NoEffect> {
        if operation.stamp() <= upto {
            return Err(NoEffect::Malformed("upto"));
        }
        let graves = self.purge_graves(upto);
        let lying = self.graves.values_mut().flatten().map(|grave| &mut grave.replica);
        let inside = self.timelines.values_mut().chain(lying);
        let inside = inside.map(|replica| (replica.guid.clone(), replica.number, replica.purge(upto)));
        let inside = inside.filter(|(_, _, steps)| !steps.is_empty()).collect();
        Ok((Action::Settled, Undo::Purge(Purge { graves, inside })))
    }

    fn purge_graves(&mut self, upto: &Stamp) -> Vec<(Guid, usize, Grave)> {
        let mut purged = Vec::new();
        for (timeline, graves) in &mut self.graves {
            while let Some(at) = graves.iter().position(|grave| grave.by <= *upto) {
                purged.push((timeline.clone(), at, graves.remove(at)));
            }
        }
        self.graves.retain(|_, graves| !graves.is_empty());
        purged
    }

    /// Undoes [`SessionState::purge`].
    pub(crate) fn revert_purge(&mut self, purge: Purge) {
        for (timeline, number, steps) in purge.inside {
            drop(self.revert_in(&timeline, number, steps));
        }
        for (timeline, at, grave) in purge.graves.into_iter().rev() {
            let graves = self.graves.entry(timeline).or_default();
            graves.insert(at.min(graves.len()), grave);
        }
    }
}

impl TimelineReplica {
    fn purge(&mut self, upto: &Stamp) -> Vec<Step> {
        let gone = self.gone.iter().filter(|(_, stamp)| *stamp <= upto);
        let mut tops: Vec<(Stamp, NodeId)> = gone.map(|(&node, stamp)| (stamp.clone(), node)).collect();
        tops.sort();
        let mut steps = Vec::new();
        for (_, top) in tops {
            self.purge_below(top, &mut steps);
        }
        self.purge_aliases(upto, &mut steps);
        steps
    }

    /// Forgets a removed node and what it took along. What was removed from inside it after that place lies nowhere from
    /// now on, and a later checkpoint forgets it.
    fn purge_below(&mut self, top: NodeId, steps: &mut Vec<Step>) {
        steps.push(Step::Gone { node: top, old: self.gone.remove(&top) });
        if let Some(&parent) = self.graves.get(&top) {
            let place = self.place_of(parent, top);
            steps.extend(place.and_then(|place| self.take(parent, place)));
        }
        for node in self.document.descend(top).collect::<Vec<_>>() {
            self.empty_graves(node, steps);
            self.forget(node, steps);
        }
        steps.push(Step::Purged { node: top });
    }

    fn empty_graves(&mut self, parent: NodeId, steps: &mut Vec<Step>) {
        for place in (0..self.places(parent)).rev() {
            let slot = self.slots.get(&parent).and_then(|slots| slots.at(place));
            if slot.is_some_and(|slot| slot.buried) {
                steps.extend(self.take(parent, place));
            }
        }
    }

    fn forget(&mut self, node: NodeId, steps: &mut Vec<Step>) {
        if let Some(guid) = self.document.guid(node).map(Guid::from)
            && let Some(at) = self.nodes.remove(&guid, node)
        {
            steps.push(Step::Unnamed { guid, node, at });
        }
        if let Some(old) = self.placed.remove(&node) {
            steps.push(Step::Placed { node, old: Some(old) });
        }
        if let Some(old) = self.tags.remove(&node) {
            steps.push(Step::Tagged { node, old: Some(old) });
        }
        if let Some(old) = self.noted.remove(&node) {
            steps.push(Step::Noted { node, old: Some(old) });
        }
    }

    /// The other names of annotation clips that are gone for good, and those that strokes brought that everybody has.
    fn purge_aliases(&mut self, upto: &Stamp, steps: &mut Vec<Step>) {
        let passed = |alias: &Alias| alias.until.as_ref().is_some_and(|until| until <= upto);
        let empty = |name: &Guid| self.nodes.get(self.canonical(name)).is_empty();
        let useless = self.aliases.iter().filter(|(name, alias)| passed(alias) || empty(name));
        for alias in useless.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            let old = self.aliases.remove(&alias);
            steps.push(Step::Aliased { alias, old });
        }
    }
}
