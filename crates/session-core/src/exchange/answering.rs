//! Answering whoever lacks something.

use std::collections::BTreeSet;

use lossless_json::{Style, Value};
use session_log::{Frontier, Guid, Operation};
use session_wire::{Operations, OperationsRequest};

use crate::clock::Now;
use crate::limits::OPERATIONS_PART_BYTES_MAX;
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
        }
        Receipt::Accepted { durable: None, relay: false }
    }

    fn answer(&self, source: &Guid, request: &OperationsRequest, now: Now) -> Vec<Operations> {
        let base = self.log.base().filter(|ours| request.base.as_deref() != Some(ours.id()));
        let known: BTreeSet<u64> = request.existing.iter().copied().collect();
        let theirs = Frontier::from_wire(&request.frontier);
        let batches = in_batches(self.log.since(&theirs, &known));
        let last = batches.len() - 1;
        let parts = batches.into_iter().enumerate().map(|(part, envelopes)| {
            Operations::new(&**source, request.request, part as u64, part == last, envelopes)
        });
        let mut parts: Vec<Operations> = parts.collect();
        parts[0].base = base.map(|base| base.to_wire());
        parts[0].view = Some(self.wire_view(now));
        parts
    }
}

/// Envelopes in batches of bounded size; at least one batch.
fn in_batches<'a>(operations: impl Iterator<Item = &'a Operation>) -> Vec<Vec<Value>> {
    let mut batches = vec![Vec::new()];
    let mut bytes = 0;
    for operation in operations {
        let value = operation.envelope().to_value();
        let size = value.to_text(Style::Python).len();
        if bytes > 0 && bytes + size > OPERATIONS_PART_BYTES_MAX {
            batches.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(batch) = batches.last_mut() {
            batch.push(value);
        }
    }
    batches
}
