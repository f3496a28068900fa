//! Making a checkpoint.

use std::collections::BTreeMap;

use session_wire::Checkpoint;

use super::runs::Runs;
use super::wire_place;
use super::writing::{id_of, text_of};
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
        let covered = self.operations().take(most).take_while(|operation| is_stable(operation)).count();
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
        let runs = self.runs_after(&upto, &frontier, &gaps, remembers);
        let state = self.rewound(&upto, |log| id_of(&text_of(log.state(), &upto, &runs)));
        let mut checkpoint = Checkpoint::new(wire_place(&upto), frontier.to_wire(), existing, state, 0.0);
        checkpoint.gaps = gaps;
        checkpoint.remembers = remembers;
        checkpoint.after = self.settled().map(|settled| settled.id.clone());
        checkpoint.sync_timestamp = None;
        Some(checkpoint)
    }

    /// The runs that the state at a place remembers, where a checkpoint adds so much to the one that is settled.
    pub(super) fn runs_after(
        &self,
        upto: &Stamp,
        added: &Frontier,
        gaps: &BTreeMap<String, Vec<u64>>,
        remembers: u64,
    ) -> Runs {
        let covered = self.operations().map(Operation::stamp).take_while(|stamp| *stamp <= upto);
        let before = self.settled().map_or_else(Runs::default, |settled| settled.runs.clone());
        before.with(added, gaps, covered, remembers)
    }
}
