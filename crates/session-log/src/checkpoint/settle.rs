//! Letting go: keeping a state in the place of the operations that lead to it.

use super::Purge;
use super::writing::{id_of, text_of};
use super::{AdoptedState, Gaps, Settled, SettledState, SettledStep, Settling, place_of};
use crate::graves::Grave;
use crate::journal::{Step, Undo};
use crate::log::{Entry, SessionLog};
use crate::state::SessionState;
use crate::{Frontier, Guid, Operation, OperationId, Stamp};
use session_wire::{Checkpoint, Message};

impl SessionLog {
    /// The place up to which this log keeps a state instead of operations, where there is one.
    pub const fn settled(&self) -> Option<&Settled> {
        self.settled.as_ref()
    }

    /// Follows the checkpoints that it holds, as far as it can: lets go of what they cover. None where there is none to
    /// follow, or where something that it covers is still missing.
    pub fn settle(&mut self) -> Option<Settling> {
        let mut latest = None;
        while let Some((checkpoint, body)) = self.next_to_follow() {
            let Some(settling) = self.follow(&checkpoint, &body) else { break };
            self.unsettled.retain(|other| *other != checkpoint);
            latest = Some(settling);
        }
        latest
    }

    /// A checkpoint that builds on what this log starts from. On another base the same operations fold to another state.
    fn next_to_follow(&self) -> Option<(OperationId, Checkpoint)> {
        let own = self.starts_from();
        let held = self.unsettled.iter().filter_map(|id| match self.operation(id)?.message() {
            Message::Checkpoint(body) => Some((id, body)),
            _ => None,
        });
        let mut fitting = held.filter(|(_, body)| body.after.as_deref() == own);
        fitting.next().map(|(id, body)| (id.clone(), Checkpoint::clone(body)))
    }

    fn follow(&mut self, checkpoint: &OperationId, body: &Checkpoint) -> Option<Settling> {
        let upto = place_of(&body.upto);
        let is_below_itself = self.operation(checkpoint).is_some_and(|operation| *operation.stamp() > upto);
        let reaches_further = self.settled.as_ref().is_none_or(|settled| settled.upto < upto);
        // Nothing to follow, and no reason to doubt this replica: the fold gives it no effect, or it is behind.
        if !is_below_itself || !reaches_further {
            return Some(Settling::Done { operations: 0 });
        }
        if self.parts_a_stamp(&upto) {
            return Some(Settling::Done { operations: 0 });
        }
        let added = Frontier::from_wire(&body.frontier);
        if !self.holds_all_of(&added, body) {
            return None;
        }
        let covered = self.covered_after(body);
        let step = SettledStep {
            after: body.after.clone(),
            frontier: added,
            existing: body.existing.clone(),
            gaps: Gaps::default().with(&body.gaps),
        };
        let below =
            self.entries().iter().map(|entry| &entry.operation).take_while(|below| *below.stamp() <= upto);
        let uncovered = below.filter(|operation| !step.covers(operation.id())).count();
        if uncovered > 0 {
            return Some(Settling::Uncovered { checkpoint: checkpoint.clone(), operations: uncovered });
        }
        let coming = Settled { id: body.state.clone(), upto: upto.clone(), covered, step: Some(step) };
        let operations = self.rewound(&upto, |log| log.let_go(coming));
        Some(match operations {
            Some(operations) => {
                self.count_anew();
                // What a checkpoint that nobody follows said of stamps counts no more, if it was let go of.
                self.put_in_place(self.all_stamped());
                Settling::Done { operations }
            }
            None => Settling::Differs { checkpoint: checkpoint.clone() },
        })
    }

    /// Whether an operation stands right above a place that the stamp which put it there lies below.
    fn parts_a_stamp(&self, upto: &Stamp) -> bool {
        let above = self.entries().partition_point(|entry| entry.operation.stamp() <= upto);
        let same_clock = |entry: &&Entry| entry.operation.stamp().hlc_us == upto.hlc_us;
        let mut same_clock = self.entries()[above..].iter().take_while(same_clock);
        same_clock.any(|entry| self.is_stamped_below(entry.operation.id(), upto))
    }

    fn holds_all_of(&self, added: &Frontier, body: &Checkpoint) -> bool {
        let existing = self.holdings().existing();
        self.holdings().holds(added, &body.gaps)
            && body.existing.iter().all(|number| existing.contains(number))
    }

    /// Does something while the log ends at a place: what is stamped above is undone before and done again after.
    pub(crate) fn rewound<T>(&mut self, upto: &Stamp, act: impl FnOnce(&mut Self) -> T) -> T {
        let undone = self.undo_above(upto);
        let result = act(self);
        undone.into_iter().rev().for_each(|next| self.redo(next));
        result
    }

    /// Drops all entries, if they fold to the state that is named; tells how many. The log ends at that place.
    fn let_go(&mut self, settled: Settled) -> Option<usize> {
        if id_of(&text_of(self.state(), &settled.upto, &settled.covered)) != settled.id {
            return None;
        }
        let entries = self.take_entries();
        let count = entries.len();
        for Entry { operation, done } in entries {
            self.forget_id(operation.id());
            self.forget_stamping(&operation);
            if let Ok((_, undo)) = done {
                self.state_mut().release(undo);
            }
            self.kept.keep(operation);
        }
        self.start_above(settled);
        Some(count)
    }

    /// The text of the state at the place that is settled, for other replicas to start from: see [`SettledState::read`].
    pub fn settled_text(&mut self) -> Option<String> {
        let settled = self.settled.clone()?;
        Some(self.rewound(&settled.upto, |log| text_of(log.state(), &settled.upto, &settled.covered)))
    }

    /// Starts from the settled state of another replica, unless its own reaches further; `anew` even then. Of two that reach
    /// as far, which only parts of a divided session come to, that of the greater id stays. Operations that lie above are
    /// folded on top of it.
    pub fn adopt_state(&mut self, state: SettledState, anew: bool) -> AdoptedState {
        if let Some(own) = &self.settled {
            if own.id == state.id {
                return AdoptedState::Already;
            }
            if (&own.upto, &own.id) > (&state.upto, &state.id) && !anew {
                return AdoptedState::KeptOwn;
            }
        }
        let SettledState { id, upto, covered, state } = state;
        let settled = Settled { id, upto, covered, step: None };
        let was_settled = self.settled.as_ref().map(|own| own.upto.clone());
        // What was kept lies below all entries.
        let held =
            self.kept.take().into_iter().chain(self.take_entries().into_iter().map(|entry| entry.operation));
        let (below, above): (Vec<Operation>, Vec<Operation>) =
            held.partition(|operation| *operation.stamp() <= settled.upto);
        let (may_be_in, mut left_behind): (Vec<Operation>, Vec<Operation>) =
            below.into_iter().partition(|operation| {
                settled.covers(operation.id()) || settled.covered.may_have_covered(operation.stamp())
            });
        // What was settled here before was held by everybody once.
        let is_uncertain = |operation: &&Operation| {
            !settled.covers(operation.id()) && Some(operation.stamp()) > was_settled.as_ref()
        };
        let mut uncertain: Vec<Operation> = may_be_in.iter().filter(is_uncertain).cloned().collect();
        *self = Self::from_state(state, std::mem::take(&mut self.kept));
        for operation in may_be_in {
            self.kept.keep(operation);
        }
        self.start_above(settled);
        // Where a stamp lies below, what it stamped stands elsewhere without it, and that may be above.
        let below = left_behind.iter().chain(&uncertain);
        let again = below.filter(|operation| operation.id().is_of_existing_peer()).cloned();
        self.insert_batch(above.into_iter().chain(again).collect());
        left_behind.retain(|left| !self.contains(left.id()));
        uncertain.retain(|left| !self.contains(left.id()));
        AdoptedState::Now { left_behind, uncertain }
    }
}

impl SessionState {
    /// Lets go of what is kept for an operation that will never be undone again.
    fn release(&mut self, undo: Undo) {
        let Undo::Purge(Purge { graves, inside }) = undo else { return };
        for (timeline, number, steps) in inside {
            for step in steps {
                match step {
                    Step::Purged { node } => {
                        if let Some(replica) = self.replica_of(&timeline, number) {
                            replica.document.discard(node);
                        }
                    }
                    Step::Unnamed { guid, .. } | Step::Aliased { alias: guid, .. } => {
                        self.unhold(&guid, &timeline);
                    }
                    _ => {}
                }
            }
        }
        for (timeline, _, Grave { replica, .. }) in graves {
            let tops: Vec<_> = std::iter::once(replica.root).chain(replica.gone.keys().copied()).collect();
            let nodes = tops.into_iter().flat_map(|top| replica.document.descend(top));
            for guid in nodes.filter_map(|node| replica.document.guid(node)) {
                self.unhold(guid, &timeline);
            }
            for alias in replica.aliases.keys() {
                self.unhold(alias, &timeline);
            }
            self.unhold(&timeline, &timeline);
        }
    }

    /// Notes that a timeline holds an object no longer, where that is so.
    fn unhold(&mut self, guid: &str, timeline: &Guid) {
        let lying = self.graves.get(timeline).into_iter().flatten().map(|grave| &grave.replica);
        let mut replicas = self.timelines.get(timeline).into_iter().chain(lying);
        let still_held =
            replicas.any(|replica| !replica.nodes.get(guid).is_empty() || replica.aliases.contains_key(guid));
        if still_held {
            return;
        }
        if let Some(holders) = self.holders.get_mut(guid) {
            holders.retain(|holder| holder != timeline);
            if holders.is_empty() {
                self.holders.remove(guid);
            }
        }
    }
}
