//! Answering whoever lacks something.

use std::collections::BTreeSet;

use session_log::{Guid, Operation, Seen};
use session_wire::{Operations, OperationsRequest};

use crate::clock::Now;
use crate::discovery::Phase;
use crate::output::{Ignored, Receipt};
use crate::peer::Peer;

impl Peer {
    /// `OPERATIONS_REQUEST` for this peer: answered in parts.
    pub(crate) fn receive_operations_request(
        &mut self,
        source: &Guid,
        request: &OperationsRequest,
        bound: bool,
        now: Now,
    ) -> Receipt {
        if *request.target_guid != *self.own {
            return Receipt::Ignored(Ignored::ForAnother);
        }
        let own_share = self.exchange.answers.admit(source, now);
        if !own_share || !(bound || self.exchange.answers_to_all.admit(&self.own, now)) {
            return Receipt::Ignored(Ignored::TooOften);
        }
        if self.serves() {
            let state = self.give_state(source, request);
            let mut parts = self.answer(source, request, now);
            parts[0].state = state;
            for part in parts {
                self.send(part, Some(source));
            }
        } else if self.observes() && self.phase == Phase::Synced {
            // What the log starts from is for those to say who take part, where they can.
            let state = request.base.is_none().then(|| self.give_state(source, request)).flatten();
            let mut parts = self.operations_for(source, request, now);
            parts[0].state = state;
            for part in parts {
                self.send(part, Some(source));
            }
        }
        Receipt::Accepted { durable: None, relay: false }
    }

    fn answer(&mut self, source: &Guid, request: &OperationsRequest, now: Now) -> Vec<Operations> {
        let mut parts = self.operations_for(source, request, now);
        let base = self.log.base().filter(|ours| request.base.as_deref() != Some(ours.id()));
        parts[0].base = base.map(|base| base.to_wire());
        parts
    }

    /// What the other lacks, and what is looked at; at least one part.
    fn operations_for(&mut self, source: &Guid, request: &OperationsRequest, now: Now) -> Vec<Operations> {
        let known: BTreeSet<u64> = request.existing.iter().copied().collect();
        let theirs = Seen::from_wire(&request.frontier, request.settled.as_ref());
        let whole = known.is_empty() && theirs == Seen::default();
        let operations: Vec<&Operation> = self.log.since(&theirs, &known).collect();
        let mut parts = self.exchange.packed.parts_of(&operations, whole);
        let last = parts.len() - 1;
        for (number, part) in parts.iter_mut().enumerate() {
            part.target_guid = source.to_string();
            (part.request, part.part, part.last) = (request.request, number as u64, number == last);
        }
        parts[0].view = Some(self.wire_view(now));
        parts
    }
}
