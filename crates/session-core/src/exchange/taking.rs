//! Taking in the answer that was asked for.

use std::sync::Arc;

use session_log::{Guid, Operation, unpack_operations};
use session_wire::{Envelope, Operations};

use crate::clock::Now;
use crate::discovery::Phase;
use crate::durable::as_operation;
use crate::limits::{
    CLOCK_HOLD_OFF_US, OPERATIONS_ANSWER_TIME_MAX_US, OPERATIONS_PARTS_MAX, STAMP_AHEAD_MAX_US,
};
use crate::output::{Ignored, Receipt, Refusal, RefusalReason};
use crate::peer::Peer;

impl Peer {
    /// `OPERATIONS` that this peer asked for.
    pub(crate) fn receive_operations(
        &mut self,
        source: &Guid,
        answer: &Operations,
        bound: bool,
        now: Now,
    ) -> Receipt {
        if *answer.target_guid != *self.own {
            return Receipt::Ignored(Ignored::ForAnother);
        }
        let Some(request) = self.exchange.outstanding.as_mut() else {
            return Receipt::Ignored(Ignored::NotAskedFor);
        };
        if request.number != answer.request || request.target != *source {
            return Receipt::Ignored(Ignored::NotAskedFor);
        }
        let endless =
            self.phase == Phase::Synced && now.since(request.since_us) > OPERATIONS_ANSWER_TIME_MAX_US;
        if endless || answer.part >= OPERATIONS_PARTS_MAX {
            self.exchange.outstanding = None;
            self.exchange.hold_off(source, now.after(OPERATIONS_ANSWER_TIME_MAX_US));
            let detail = format!("the answer of {source} does not end; others are asked");
            return Receipt::Refused(Refusal { reason: RefusalReason::Limit, detail });
        }
        let packed = match answer.packed.as_deref().map(unpack_operations).transpose() {
            Ok(packed) => packed.unwrap_or_default(),
            Err(error) => {
                let detail = format!("{source}: {error}");
                return Receipt::Refused(Refusal { reason: RefusalReason::Malformed, detail });
            }
        };
        if !request.parts.insert(answer.part) {
            return Receipt::Ignored(Ignored::Duplicate);
        }
        request.progress_us = now.monotonic_us;
        if answer.last {
            request.last_part = Some(answer.part);
        }
        request.state = request.state.take().or_else(|| answer.state.clone());
        self.take_in_part(source, answer, &packed, bound, now);
        self.complete_request(now);
        Receipt::Accepted { durable: None, relay: false }
    }

    /// Goes on where the answer is there, with the state that it lies on.
    pub(crate) fn complete_request(&mut self, now: Now) {
        let Some(request) = &self.exchange.outstanding else { return };
        let whole = request.last_part.is_some_and(|last| request.parts.len() as u64 == last + 1);
        if whole && request.state.as_deref().is_none_or(|state| self.has_state(state)) {
            let (target, anew) = (Guid::clone(&request.target), request.anew);
            self.exchange.outstanding = None;
            self.operations_complete(now);
            // It brought a checkpoint that cannot be followed: the state follows at once.
            if self.settlement.is_stuck() && !anew {
                self.send_request(&target, 1, now);
            }
            self.request_what_was_told(now);
        }
    }

    fn take_in_part(&mut self, source: &Guid, answer: &Operations, packed: &str, bound: bool, now: Now) {
        let joining = self.phase != Phase::Synced;
        match &answer.base {
            // Whoever is let in by a hub brings operations, which are judged one by one; a whole state is not theirs to bring.
            Some(base) if bound && !joining => self.exchange.note_later_base(base.id.clone()),
            Some(base) => self.adopt_base_of(source, base, now),
            None => {}
        }
        if let Some(view) = &answer.view {
            self.adopt_view(source, view, joining, now);
        }
        let mut operations = Vec::with_capacity(answer.envelopes.len());
        let given = answer.envelopes.iter().map(|value| Envelope::from_value(value.clone()));
        for envelope in given.chain(packed.lines().map(|line| Envelope::decode(line.as_bytes()))) {
            let envelope = envelope.ok().filter(|envelope| self.is_of_this_session(envelope));
            operations.extend(envelope.and_then(|envelope| as_operation(&Arc::new(envelope), now).ok()));
        }
        if bound {
            self.leave_out_what_is_ahead(source, &mut operations, now);
        }
        self.charge_for_fetched(source, &operations, now);
        self.take_in_batch(&operations, now);
    }

    /// What a connection was refused for its stamp does not come in by the back door; it is asked for again when its time
    /// may have come.
    fn leave_out_what_is_ahead(&mut self, source: &Guid, operations: &mut Vec<Operation>, now: Now) {
        let offered = operations.len();
        let latest_us = now.wall_us.saturating_add(STAMP_AHEAD_MAX_US);
        operations
            .retain(|operation| operation.id().source != *source || operation.stamp().hlc_us <= latest_us);
        if operations.len() < offered {
            self.exchange.hold_off(source, now.after(CLOCK_HOLD_OFF_US));
        }
    }

    /// A participant takes what it is given; a joiner starts with it, so that costs nothing.
    fn charge_for_fetched(&mut self, source: &Guid, operations: &[Operation], now: Now) {
        if self.phase != Phase::Synced {
            return;
        }
        let own = operations.iter().filter(|operation| operation.id().source == *source);
        let new = own.filter(|operation| !self.log.contains(operation.id())).count();
        let pause_us = self.fetched.charge(source, new, now);
        if pause_us > 0 {
            self.exchange.hold_off(source, now.after(pause_us));
        }
    }

    fn operations_complete(&mut self, now: Now) {
        if matches!(self.phase, Phase::AskingOperations { .. }) {
            self.take_in_held_back(None, now);
            self.become_synced(now);
        }
    }
}
