//! Which existing peers are given the state, and when.

use session_log::{Frontier, Guid};
use session_wire::Envelope;

use crate::clock::Now;
use crate::config::Delivery;
use crate::limits::{ANNOUNCE_INTERVAL_US, REPAIR_QUIET_US, SECOND_US, SETTLE_WINDOW_US};
use crate::peer::Peer;

impl Peer {
    /// An existing peer was away for longer than it is while it is connected. What was sent meanwhile is lost for it, and
    /// what it did for everybody: it starts from the state again.
    pub(super) fn steward_sees_return(&mut self, source: &Guid, silent_us: u64, now: Now) {
        self.steward_sees_loss(now);
        if self.config.delivery == Delivery::Lossy {
            self.doubt_since(silent_us + ANNOUNCE_INTERVAL_US, now);
        }
        self.steward_gives(source, now);
    }

    /// An existing peer was given the state: until it has replayed what came meanwhile, it may hold anything of that.
    pub(crate) fn steward_served(&mut self, target: &Guid, now: Now) {
        if let Some(peer) = self.steward.existing.get_mut(target) {
            peer.belongs();
        }
        if self.looks_after_existing(now) {
            self.steward.wait_until(now.after(2 * SETTLE_WINDOW_US));
            // It may have what is on its way to it twice: in the state, and on its own.
            let touched = self.steward.traces.of_others([&self.own, target], now);
            self.doubt_touched(touched, now);
        }
    }

    /// Another master gave an existing peer the state: it gets ours after that, and after those of still others. What comes
    /// in the name of one of ours and says nothing of its run is of somebody else.
    pub(crate) fn steward_sees_snapshot(&mut self, envelope: &Envelope, target: &Guid, now: Now) {
        let of_existing =
            envelope.operation.is_none() || self.steward.existing.is_known(&envelope.source_guid);
        let to_existing = *target != self.own && self.steward.existing.is_known(target);
        if (of_existing || self.lacks_of_ours(envelope)) && to_existing && self.looks_after_existing(now) {
            self.steward_gives(target, now);
        }
    }

    /// Whether the state of another of ours does not hold what is here: it was cut off, and takes itself for the steward.
    fn lacks_of_ours(&self, envelope: &Envelope) -> bool {
        let seen = envelope.operation.as_ref().and_then(|operation| operation.seen.as_ref());
        seen.is_some_and(|seen| !Frontier::from_wire(seen).includes(self.log.frontier()))
    }

    /// An existing peer asks another for the state, which may never answer: one with nothing, or that only looks on.
    pub(crate) fn steward_sees_request(&mut self, requester: &Guid, asked: &Guid, now: Now) {
        let of_existing = self.steward.existing.is_known(asked) && self.steward.existing.is_known(requester);
        if of_existing && self.looks_after_existing(now) {
            self.steward_gives(requester, now);
        }
    }

    /// An existing peer that asks again too soon asks for another process of it: it is answered once that is not too often.
    pub(crate) fn steward_answers_late(&mut self, requester: &Guid, now: Now) {
        if self.steward.existing.is_known(requester) {
            self.steward.to_serve.entry(Guid::clone(requester)).or_insert(now.after(SECOND_US));
        }
    }

    /// Peers of the seed's generation know neither of these messages (legacy-protocol §8.1): a state says the same.
    pub(super) fn give_to_oldest_generation(&mut self, now: Now) {
        for guid in self.steward.existing.of_oldest_generation() {
            self.steward_gives(&guid, now);
        }
    }

    /// What existing peers did while nobody of ours was connected only some of them have: all start from the state again.
    pub(crate) fn give_what_nobody_heard(&mut self, now: Now) {
        let unheard_us = self.steward.unheard_us.take();
        if unheard_us.is_some_and(|since_us| now.since(since_us) > SETTLE_WINDOW_US) {
            self.give_to_all(now);
        }
    }

    /// All existing peers are given the state soon.
    pub(crate) fn give_to_all(&mut self, now: Now) {
        let existing: Vec<Guid> = self.existing_peers().map(|(guid, _)| Guid::clone(guid)).collect();
        for guid in existing {
            self.steward_gives(&guid, now);
        }
    }

    /// An existing peer is given the state soon.
    pub(crate) fn steward_gives(&mut self, target: &Guid, now: Now) {
        self.steward.to_serve.insert(Guid::clone(target), now.after(REPAIR_QUIET_US));
        if let Some(peer) = self.steward.existing.get_mut(target) {
            peer.belongs();
        }
    }

    /// Gives the state to those whose time has come.
    pub(crate) fn give_due_states(&mut self, now: Now) {
        if now.monotonic_us < self.steward.lacks_until_us {
            return;
        }
        let due: Vec<Guid> = self
            .steward
            .to_serve
            .extract_if(.., |_, due| now.monotonic_us >= *due)
            .map(|(guid, _)| guid)
            .collect();
        for target in due {
            if self.looks_after_existing(now) && !self.serve_snapshot(&target, now) {
                self.steward.to_serve.insert(target, now.after(SECOND_US));
            }
        }
    }
}
