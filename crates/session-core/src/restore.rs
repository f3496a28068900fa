//! Taking up a session from a store.

use std::collections::BTreeSet;
use std::sync::Arc;

use session_log::{
    Adopted, Guid, HybridClock, LogRefusal, Operation, OperationId, Outcome, SessionLog, Stamp,
};
use session_wire::{Envelope, Message};

use crate::durable::as_operation;
use crate::join::base_of;
use crate::limits::VANISHED_US;
use crate::output::RefusalReason;
use crate::peer::Peer;

/// What came of restoring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// Operations that were taken in.
    pub operations: usize,
    /// Snapshots that the log started from.
    pub bases: usize,
    /// Envelopes that could not be taken in: their number from 0, and why.
    pub refused: Vec<(usize, String)>,
}

/// Operations that are folded at once, so that what a checkpoint covers is let go soon.
const RESTORED_AT_ONCE: usize = 50_000;

impl Peer {
    /// Takes in what an earlier run persisted, in any order, before the start. Nothing of it is told or persisted
    /// again; where the run is still the same, its numbers go on.
    pub fn restore(&mut self, envelopes: impl IntoIterator<Item = Envelope>) -> Restored {
        let mut restored = Restored::default();
        let mut operations = Vec::new();
        for (number, envelope) in envelopes.into_iter().enumerate() {
            let envelope = Arc::new(envelope);
            match &envelope.message {
                Message::StateSnapshot(snapshot) => {
                    // A later snapshot than the one before was asked for to start anew from it.
                    if self.log.adopt_base(base_of(&envelope, snapshot)) == Adopted::KeptOwn {
                        self.log = SessionLog::of_author(Guid::clone(&self.own));
                        self.log.adopt_base(base_of(&envelope, snapshot));
                        operations.clear();
                    }
                    restored.bases += 1;
                }
                Message::SettledState(whole) => {
                    self.insert_restored(std::mem::take(&mut operations), &mut restored);
                    match self.adopt_restored_state(whole) {
                        Ok(()) => restored.bases += 1,
                        Err(error) => restored.refused.push((number, error.to_string())),
                    }
                }
                message if message.is_durable() => match as_operation(&envelope, self.now) {
                    Ok(operation) => operations.push((number, operation)),
                    Err(refusal) => restored.refused.push((number, refusal.detail)),
                },
                _ => {}
            }
            if operations.len() >= RESTORED_AT_ONCE {
                self.insert_restored(std::mem::take(&mut operations), &mut restored);
            }
        }
        self.insert_restored(operations, &mut restored);
        self.after_restore();
        restored
    }

    fn insert_restored(&mut self, operations: Vec<(usize, Operation)>, restored: &mut Restored) {
        let (numbers, operations): (Vec<usize>, Vec<Operation>) = operations.into_iter().unzip();
        for operation in &operations {
            self.remember_clock(operation);
        }
        for (number, inserted) in numbers.into_iter().zip(self.log.insert_batch(operations)) {
            match inserted.outcome {
                Outcome::New { .. } => restored.operations += 1,
                // Somebody said two things under one identity; both were kept, and one of them stands.
                Outcome::Refused(LogRefusal::Equivocation) | Outcome::Replaced { .. } => {}
                Outcome::Refused(why) => {
                    self.count_refusal(RefusalReason::Operation);
                    restored.refused.push((number, why.to_string()));
                }
                _ => {}
            }
        }
        while self.log.settle().is_some() {}
    }

    /// Own stamps are never given twice or gone below; those of others count within the usual bound.
    fn remember_clock(&mut self, operation: &Operation) {
        let stamp_us = operation.stamp().hlc_us;
        if operation.id().source != self.own {
            self.clock.observe(stamp_us, self.now.wall_us);
            return;
        }
        self.clock = HybridClock::after(self.clock.last_us().max(stamp_us));
        if operation.id().run == self.run {
            self.seq = self.seq.max(operation.id().seq);
            self.sent_seq = self.seq;
        }
    }

    /// Peers of ours whose latest work is in the log: until they are heard they may be taking part elsewhere.
    fn miss_recent_authors(&mut self) {
        let since_us = self.now.wall_us.saturating_sub(VANISHED_US);
        let recent = self.log.operations().rev().take_while(|operation| operation.stamp().hlc_us >= since_us);
        let authors =
            recent.map(Operation::id).filter(|id| !id.is_of_existing_peer() && id.source != self.own);
        let authors: BTreeSet<Guid> = authors.map(|id| Guid::clone(&id.source)).collect();
        for author in authors {
            self.exchange.miss(&author, self.now);
        }
    }

    /// Whether the state may hold something of this run, and has forgotten the run: its numbers would be given twice.
    fn may_repeat_numbers(&self) -> bool {
        let id = OperationId { source: Guid::clone(&self.own), run: Arc::clone(&self.run), seq: 1 };
        let first = Stamp { hlc_us: 1, id };
        self.seq == 0 && self.log.settled().is_some_and(|settled| settled.may_hold(&first))
    }

    fn after_restore(&mut self) {
        if self.may_repeat_numbers() {
            self.begin_run();
        }
        self.miss_recent_authors();
        self.recall_existing();
        let active = self.log.base().and_then(|base| base.active_timeline_guid().map(str::to_owned));
        self.view.adopt_active(active.as_deref());
        self.after_change(self.now);
    }
}
