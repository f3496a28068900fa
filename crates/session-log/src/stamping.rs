//! Where operations of existing peers stand (convergence §4.4).
//!
//! An operation of an existing peer stands at the lowest clock that a steward's stamp gives it; where there is none, where
//! its author says; where that says nothing, above everything. A stamp brings what it stamps. A stamp above a checkpoint
//! that covers the operation counts for nothing: who follows the checkpoint has let go of it. All this depends on the set of
//! operations alone, never on the order in which they came.

use std::collections::{BTreeMap, BTreeSet};

use session_wire::Message;

use crate::checkpoint::place_of;
use crate::{Operation, OperationId, SessionLog, Stamp};

/// Stamps and checkpoints that are held.
#[derive(Debug, Default)]
pub(crate) struct Stamping {
    given: BTreeMap<OperationId, Given>,
    checkpoints: BTreeMap<OperationId, Held>,
}

/// A checkpoint.
#[derive(Debug)]
struct Held {
    upto: Stamp,
    /// What it covers of existing peers.
    existing: BTreeSet<u64>,
}

/// The stamps of one operation of an existing peer.
#[derive(Debug)]
struct Given {
    /// As the stamps bring it.
    operation: Operation,
    /// Where the stamps themselves stand; their clocks are what they give.
    stamps: BTreeSet<Stamp>,
}

impl SessionLog {
    /// Whether there is a steward's stamp for an operation of an existing peer, or it is settled.
    pub fn is_stamped(&self, id: &OperationId) -> bool {
        self.stamping.given.contains_key(id) || self.settled().is_some_and(|settled| settled.covers(id))
    }

    /// The operations that nobody has timed, in the order of their identities.
    pub fn untimed(&self) -> impl Iterator<Item = &Operation> {
        let last = self.operations().rev().take_while(|operation| operation.stamp().hlc_us == u64::MAX);
        last.filter(|operation| operation.is_untimed())
    }

    /// An operation of an existing peer in its place; none where that is settled.
    pub(crate) fn in_its_place(&self, operation: Operation) -> Option<Operation> {
        let id = operation.id();
        if self.settled().is_some_and(|settled| settled.covers(id)) {
            return None;
        }
        let given = self.stamping.given.get(id);
        let counts = |stamp: &&Stamp| !self.counts_for_nothing(id, stamp);
        if let Some(lowest) = given.and_then(|given| given.stamps.iter().find(counts)) {
            return Some(operation.stamped_at(lowest.hlc_us));
        }
        let unstamped = operation.unstamped();
        self.settled().is_none_or(|settled| *unstamped.stamp() > settled.upto).then_some(unstamped)
    }

    /// Whether a stamp lies above a checkpoint that covers the operation, or that ends at the stamp's clock: what it stamps
    /// might come to stand below then.
    fn counts_for_nothing(&self, id: &OperationId, stamp: &Stamp) -> bool {
        let ends_there = |upto: &Stamp| upto < stamp && upto.hlc_us == stamp.hlc_us;
        let mut below = self.stamping.checkpoints.values().filter(|held| held.upto < *stamp);
        self.settled().is_some_and(|settled| ends_there(&settled.upto))
            || below.any(|held| ends_there(&held.upto) || held.existing.contains(&id.seq))
    }

    /// Whether a stamp that stands at or below a place gives an operation its own.
    pub(crate) fn is_stamped_below(&self, id: &OperationId, upto: &Stamp) -> bool {
        let lowest = self.stamping.given.get(id).and_then(|given| given.stamps.first());
        lowest.is_some_and(|stamp| stamp <= upto)
    }

    /// Notes a stamp or checkpoint; names the operations whose place it may change.
    pub(crate) fn note_stamping(&mut self, operation: &Operation) -> Vec<OperationId> {
        if let Some(stamped) = operation.stamps() {
            let given = self.stamping.given.entry(stamped.id().clone());
            let given =
                given.or_insert_with(|| Given { operation: stamped.clone(), stamps: BTreeSet::new() });
            given.stamps.insert(operation.stamp().clone());
            return vec![stamped.id().clone()];
        }
        let Message::Checkpoint(body) = operation.message() else { return Vec::new() };
        let held = Held { upto: place_of(&body.upto), existing: body.existing.iter().copied().collect() };
        let moved = self.stamped_among(&held);
        self.stamping.checkpoints.insert(operation.id().clone(), held);
        moved
    }

    /// The same of one that is held no longer.
    pub(crate) fn forget_stamping(&mut self, operation: &Operation) -> Vec<OperationId> {
        if let Some(stamped) = operation.stamps() {
            if let Some(given) = self.stamping.given.get_mut(stamped.id()) {
                given.stamps.remove(operation.stamp());
                if given.stamps.is_empty() {
                    self.stamping.given.remove(stamped.id());
                }
            }
            return vec![stamped.id().clone()];
        }
        let held = self.stamping.checkpoints.remove(operation.id());
        held.map_or_else(Vec::new, |held| self.stamped_among(&held))
    }

    /// What a checkpoint covers, or has stamps of the clock at which it ends.
    fn stamped_among(&self, held: &Held) -> Vec<OperationId> {
        let given = self.stamping.given.iter().filter(|(id, given)| {
            held.existing.contains(&id.seq)
                || given.stamps.iter().any(|stamp| stamp.hlc_us == held.upto.hlc_us)
        });
        given.map(|(id, _)| id.clone()).collect()
    }

    /// Brings operations of existing peers to their places; tells how many were done again for it.
    pub(crate) fn put_in_place(&mut self, ids: impl IntoIterator<Item = OperationId>) -> usize {
        ids.into_iter().map(|id| self.put_one_in_place(&id)).sum()
    }

    fn put_one_in_place(&mut self, id: &OperationId) -> usize {
        let held = self.operation(id).cloned();
        let brought = self.stamping.given.get(id).map(|given| &given.operation);
        let Some(known) = held.as_ref().or(brought).cloned() else { return 0 };
        match (held, self.in_its_place(known)) {
            (Some(held), Some(placed)) if held.stands_as(&placed) => 0,
            (Some(held), Some(placed)) => {
                self.follow_again();
                self.exchange(held.stamp(), placed)
            }
            (Some(held), None) => {
                self.follow_again();
                let redone = self.take_out(held.stamp());
                self.forget_id(id);
                redone
            }
            (None, Some(placed)) => {
                self.hold_existing(&placed);
                self.do_at_its_place(placed).1
            }
            (None, None) => 0,
        }
    }

    /// The same for what is about to be done together. What is held already is named: it is put in place afterwards.
    pub(crate) fn put_newcomers_in_place(
        &mut self,
        newcomers: &mut Vec<(Option<usize>, Operation)>,
        ids: BTreeSet<OperationId>,
    ) -> Vec<OperationId> {
        let mut held = Vec::new();
        if ids.is_empty() {
            return held;
        }
        let mut nowhere = Vec::new();
        let at = newcomers.iter().enumerate().map(|(at, (_, operation))| (operation.id().clone(), at));
        let at: BTreeMap<OperationId, usize> = at.collect();
        for id in ids {
            if let Some(newcomer) = at.get(&id).and_then(|&at| newcomers.get_mut(at)) {
                match self.in_its_place(newcomer.1.clone()) {
                    Some(placed) => {
                        self.hold_existing(&placed);
                        newcomer.1 = placed;
                    }
                    None => nowhere.push(id),
                }
            } else if self.operation(&id).is_some() {
                held.push(id);
            } else if let Some(given) = self.stamping.given.get(&id)
                && let Some(placed) = self.in_its_place(given.operation.clone())
            {
                self.hold_existing(&placed);
                newcomers.push((None, placed));
            }
        }
        newcomers.retain(|(_, newcomer)| !nowhere.contains(newcomer.id()));
        for id in &nowhere {
            self.forget_id(id);
        }
        held
    }

    /// Something that checkpoints did not cover stands elsewhere now: they may be followed after all.
    fn follow_again(&mut self) {
        let settled = self.settled().map(|settled| settled.upto.clone());
        let further =
            self.stamping.checkpoints.iter().filter(|(_, held)| Some(&held.upto) > settled.as_ref());
        self.unsettled = further.map(|(id, _)| id.clone()).collect();
    }

    /// All operations that a stamp names.
    pub(crate) fn all_stamped(&self) -> Vec<OperationId> {
        self.stamping.given.keys().cloned().collect()
    }
}
