//! Making a checkpoint.

use session_wire::Checkpoint;

use super::covered::Covered;
use super::writing::{id_of, text_of};
use super::{place_of, wire_place};
use crate::log::SessionLog;
use crate::{Frontier, Operation, Stamp};

impl SessionLog {
    /// A checkpoint as high as it may be: it covers the operations from the lowest on for as long as they are stable,
    /// and leaves at least the last `keeps` above it. None where it would cover fewer than `least`, or none. The state will
    /// remember the latest `remembers` runs. Its `sync_timestamp` is for the peer that sends it to give.
    ///
    /// Stable is what every peer holds and nobody will add to below; [`SessionLog::settle`] finds out where that was
    /// not so.
    pub fn checkpoint(
        &mut self,
        keeps: usize,
        least: usize,
        remembers: u64,
        is_stable: impl Fn(&Operation) -> bool,
    ) -> Option<Checkpoint> {
        let most = self.len().saturating_sub(keeps);
        let covers = |operation: &&Operation| !operation.is_untimed() && is_stable(operation);
        let mut covered = self.operations().take(most).take_while(covers).count();
        // A stamp and what it stamps have one clock, and are let go together.
        let above = self.operations().nth(covered).map(|operation| operation.stamp().hlc_us);
        let below = self.operations().take(covered).rev();
        covered -= below.take_while(|operation| Some(operation.stamp().hlc_us) == above).count();
        if covered < least {
            return None;
        }
        let upto: Stamp = self.operations().take(covered).next_back()?.stamp().clone();
        let mut frontier = Frontier::new();
        let mut existing = Vec::new();
        for id in self.operations().take(covered).map(Operation::id) {
            if id.is_of_existing_peer() {
                existing.push(id.seq);
            } else if id.seq > frontier.get(&id.source, &id.run) {
                frontier.set(id.source.clone(), id.run.clone(), id.seq);
            }
        }
        let gaps = self.holdings().gaps_below(&frontier);
        let mut checkpoint =
            Checkpoint::new(wire_place(&upto), frontier.to_wire(), existing, String::new(), 0.0);
        checkpoint.gaps = gaps;
        checkpoint.remembers = remembers;
        checkpoint.after = self.starts_from().map(str::to_owned);
        checkpoint.sync_timestamp = None;
        let covered = self.covered_after(&checkpoint);
        checkpoint.state = self.rewound(&upto, |log| id_of(&text_of(log.state(), &upto, &covered)));
        Some(checkpoint)
    }

    /// What the state of a checkpoint remembers, where what it covers is held.
    pub(super) fn covered_after(&self, body: &Checkpoint) -> Covered {
        let upto = place_of(&body.upto);
        let stamps = self.operations().map(Operation::stamp).take_while(|stamp| **stamp <= upto);
        let before = self.settled().map_or_else(Covered::default, |settled| settled.covered.clone());
        before.with(body, stamps)
    }
}
