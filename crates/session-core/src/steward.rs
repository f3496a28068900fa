//! The steward: the one peer of ours that looks after existing peers (convergence §4.7).
//!
//! It keeps what an existing peer holds that only looks on, by applying every message as it comes, as the reference does
//! (`onlooker`). Once nobody has touched an object for a while, that is compared with the fold, and what differs is sent as
//! the smallest message that puts it right. Where two sources touched the same within a settle window, their authors may
//! hold it otherwise than an onlooker: that is put right whatever the comparison says (`touch`, `doubts`).

mod compare;
mod doubts;
mod existing;
mod giving;
mod losses;
mod onlooker;
mod order;
mod recalling;
mod repairing;
mod strangers;
mod touch;

use std::collections::BTreeMap;
use std::sync::Arc;

use session_log::{Guid, Operation};
use session_wire::{Envelope, Message};

use self::doubts::Doubts;
pub use self::existing::Generation;
pub(crate) use self::existing::{ExistingPeer, ExistingPeers, Source};
use self::losses::Losses;
use self::onlooker::Onlooker;
use self::repairing::Repaired;
use self::touch::{Touch, Traces, touches};
use crate::clock::Now;
use crate::commands::newer_schema_in;
use crate::limits::{LOOKED_AT_AGAIN_MAX, MASTERSHIP_CLAIM_INTERVAL_US, SETTLE_WINDOW_US, UNATTENDED_US};
use crate::peer::Peer;
use crate::rate::Every;
use crate::roles::Role;

/// What the steward knows of existing peers.
#[derive(Debug, Default)]
pub(crate) struct Steward {
    pub(crate) existing: ExistingPeers,
    onlooker: Option<Onlooker>,
    doubts: Doubts,
    traces: Traces,
    repaired: Repaired,
    losses: Losses,
    /// Until then an existing peer may be between two states: whatever is touched may be otherwise at it.
    doubtful_until_us: u64,
    /// Until then this peer may lack what others did, and gives nobody the state unasked.
    lacks_until_us: u64,
    /// Since when nobody of ours may have heard what existing peers did, though they were here.
    pub(crate) unheard_us: Option<u64>,
    /// When this peer joined others of ours: until then another looked after existing peers.
    joined_us: Option<u64>,
    claimed: Every,
    /// Existing peers that are given the state, and when.
    to_serve: BTreeMap<Guid, u64>,
    /// When existing peers hear once more that there is a master: to some, the answer may have come before the question.
    pub(crate) reassert_us: Option<u64>,
    /// An existing master that was asked for the state of its own session, and when.
    stranger: Option<(Guid, u64)>,
    /// The existing peer that said last to be master: it goes on answering, whoever else is.
    pub(crate) existing_master: Option<Guid>,
}

impl Steward {
    /// Nothing is put right before: what this peer holds may lack something itself.
    pub(crate) fn wait_until(&mut self, until_us: u64) {
        self.doubtful_until_us = self.doubtful_until_us.max(until_us);
    }

    /// This peer may lack something itself until then.
    pub(crate) fn lacks_until(&mut self, until_us: u64) {
        self.lacks_until_us = until_us;
    }

    /// The largest timestamp of a repair, by this peer or another.
    pub(crate) fn repaired_upto(&self) -> Option<f64> {
        self.repaired.upto
    }

    /// Nothing is known of what existing peers hold.
    pub(crate) fn stop(&mut self) {
        self.onlooker = None;
        self.doubts = Doubts::default();
        self.traces = Traces::default();
    }
}

impl Peer {
    /// Whether this peer is the steward: the master where that is one of ours, else the one with the lowest GUID among
    /// those that serve. Where two hold themselves for it for a while, both push towards the same state.
    pub fn is_steward(&self, now: Now) -> bool {
        let serves = |master| self.exchange.is_serving(master, now);
        self.serves()
            && match self.mastership.guid() {
                Some(master) if *master == self.own => true,
                Some(master) if serves(master) => false,
                _ => self.exchange.lowest_server(now).is_none_or(|other| self.own < *other),
            }
    }

    /// The peers that speak only the reference protocol, by GUID, and whether each announces itself.
    pub fn existing_peers(&self) -> impl Iterator<Item = (&Guid, bool)> {
        self.steward.existing.iter()
    }

    /// Notes who speaks only the reference protocol.
    pub(crate) fn note_generation(&mut self, envelope: &Envelope, now: Now) {
        let source = Guid::from(envelope.source_guid.as_str());
        let ours =
            envelope.operation.is_some() || envelope.message.is_of_ours() || self.exchange.is_known(&source);
        if ours || matches!(envelope.message, Message::PeerDepart(_)) {
            self.steward.existing.forget(&source);
        } else {
            let silent_us = self.steward.existing.hear(&source, &envelope.message, now);
            let looks_after = self.looks_after_existing(now);
            if let Some(silent_us) = silent_us.filter(|_| looks_after) {
                self.steward_sees_return(&source, silent_us, now);
            }
        }
    }

    /// This peer takes part from now on, beside others of ours or alone.
    pub(crate) fn steward_joined(&mut self, now: Now) {
        self.steward.joined_us = self.exchange.lowest_server(now).map(|_| now.monotonic_us);
    }

    /// A message is on its way to everybody, or came from somebody: existing peers apply it as it comes.
    pub(crate) fn steward_sees(&mut self, envelope: &Envelope, now: Now) {
        if !envelope.message.is_durable() || !self.looks_after_existing(now) {
            return;
        }
        let repair = envelope.operation.as_ref().is_some_and(|operation| operation.repair);
        if repair {
            self.steward.repaired.note_timestamp(&envelope.message);
        }
        let source = Guid::from(envelope.source_guid.as_str());
        self.note_touches(&envelope.message, &source, repair, now);
        let raised =
            self.steward.onlooker.as_mut().is_some_and(|held| held.apply(&envelope.message).is_err());
        if raised || self.raises_at_some(&envelope.message) {
            // Whatever came in the same batch is lost at existing peers.
            self.steward.wait_until(now.after(SETTLE_WINDOW_US));
            let touched = self.steward.traces.all(now);
            self.doubt_touched(touched, now);
        }
    }

    /// Whether an existing peer fails on it that read a state after the others did: its map leads to another of the
    /// sequences that hold the child.
    fn raises_at_some(&self, message: &Message) -> bool {
        let Message::MoveChild(body) = message else { return false };
        self.log.state().places(&body.child_uuid).len() > 1
    }

    /// Whether this peer is steward and there is somebody to look after. From then on it keeps what they hold.
    fn looks_after_existing(&mut self, now: Now) -> bool {
        self.steward.existing.drop_silent(now);
        if self.steward.existing.is_empty() || !self.is_steward(now) {
            self.steward.stop();
            return false;
        }
        if self.steward.onlooker.is_none() {
            self.steward.onlooker = Some(Onlooker::of(self.log.state()));
            let joined = self.steward.joined_us.is_some_and(|joined| now.since(joined) < UNATTENDED_US);
            if joined || self.steward.existing.are_here_since(SETTLE_WINDOW_US, now) {
                // Another looked after them, or nobody.
                self.doubt_since(UNATTENDED_US, now);
                self.steward.wait_until(now.after(SETTLE_WINDOW_US));
            }
        }
        true
    }

    /// What was done lately may be otherwise at existing peers.
    fn doubt_since(&mut self, ago_us: u64, now: Now) {
        let since = now.wall_us.saturating_sub(ago_us);
        let lately = self.log.operations().rev().take_while(|operation| operation.stamp().hlc_us >= since);
        let lately: Vec<Arc<Envelope>> =
            lately.take(LOOKED_AT_AGAIN_MAX).map(|operation| Arc::clone(operation.envelope())).collect();
        for envelope in lately {
            self.doubt_all_of(&envelope.message, now);
        }
    }

    fn note_touches(&mut self, message: &Message, source: &Guid, repair: bool, now: Now) {
        if matches!(message, Message::RemoveTimeline(_) | Message::ReplaceTimeline(_)) {
            self.give_to_oldest_generation(now);
        }
        if let Message::RemoveTimeline(body) = message {
            let held = self.steward.onlooker.as_ref();
            for gone in held.map(|held| held.clip_timelines_of(&body.timeline_guid)).unwrap_or_default() {
                self.steward.doubts.doubt(&gone, &Touch::Whole, now);
            }
        }
        let unsure = self.loses_messages(now) || now.monotonic_us < self.steward.doubtful_until_us;
        let doubtful = !repair && unsure;
        if !repair {
            self.steward.losses.put_off(now);
        }
        for (object, touch) in touches(message, self.log.state()) {
            let steward = &mut self.steward;
            let collided = steward.traces.note(&object, &touch, source, repair, now);
            steward.doubts.look_at(&object, &touch, now);
            if !repair {
                steward.doubts.doubt_copies(&object, &touch, self.log.state(), now);
            }
            if doubtful || !collided.is_empty() {
                steward.doubts.doubt(&object, &touch, now);
            }
            for other in collided {
                steward.doubts.doubt(&object, &other, now);
            }
        }
    }

    /// Nobody can tell who has this operation. With a timeline its clip timelines may have gone.
    pub(crate) fn doubt_all_of(&mut self, message: &Message, now: Now) {
        if matches!(message, Message::RemoveTimeline(_) | Message::ReplaceTimeline(_)) {
            self.look_at_all_timelines(now);
        }
        for (object, touch) in touches(message, self.log.state()) {
            self.steward.doubts.doubt(&object, &touch, now);
        }
    }

    /// An operation that came by another way than the session's traffic: existing peers may lack it.
    pub(crate) fn steward_fetched(&mut self, operation: &Operation, now: Now) {
        if newer_schema_in(operation.message()).is_some() {
            // No loss: it was withheld from them.
            self.recall_author(operation, now);
            return;
        }
        self.steward_sees_loss(now);
        if self.looks_after_existing(now) {
            self.doubt_all_of(operation.message(), now);
        }
        self.recall_author(operation, now);
        self.looks_after_existing(now);
    }

    /// Operations from a time on were done again, and may mean something else now.
    pub(crate) fn steward_looks_again(&mut self, earliest_us: u64, now: Now) {
        if !self.looks_after_existing(now) {
            return;
        }
        let again =
            self.log.operations().rev().take_while(|operation| operation.stamp().hlc_us >= earliest_us);
        let again: Vec<Arc<Envelope>> =
            again.take(LOOKED_AT_AGAIN_MAX).map(|operation| Arc::clone(operation.envelope())).collect();
        if again.len() == LOOKED_AT_AGAIN_MAX {
            self.steward_looks_at_everything(now);
        }
        for envelope in again {
            for (object, touch) in touches(&envelope.message, self.log.state()) {
                self.steward.doubts.look_at(&object, &touch, now);
            }
        }
    }

    /// Another state is here than before: existing peers still show that one.
    pub(crate) fn steward_looks_at_everything(&mut self, now: Now) {
        if self.looks_after_existing(now) {
            self.look_at_all_timelines(now);
        }
    }

    fn look_at_all_timelines(&mut self, now: Now) {
        let held = self.steward.onlooker.iter().flat_map(Onlooker::guids);
        let gone: Vec<Guid> =
            held.filter(|guid| self.log.state().timeline(guid).is_none()).cloned().collect();
        for guid in self.timeline_guids().into_iter().chain(gone) {
            self.steward.doubts.look_at(&guid, &Touch::Whole, now);
        }
    }

    fn doubt_touched(&mut self, touched: Vec<(Guid, Touch)>, now: Now) {
        for (object, touch) in touched {
            self.steward.doubts.doubt(&object, &touch, now);
        }
    }

    /// Existing peers ask the steward for the state, which no existing master has as it is here. A master of the reference
    /// goes on answering; a driver among them would not yield to anybody else.
    pub(crate) fn claim_mastership_when_due(&mut self, now: Now) {
        let due = !self.mastership.is_own()
            && self.own_role == Role::Driver
            && !self.steward.existing.is_empty()
            && self.is_steward(now)
            && self.log.state().timelines().next().is_some();
        if due && self.steward.claimed.admit(MASTERSHIP_CLAIM_INTERVAL_US, now) {
            self.elect_self();
        }
    }

    /// Who has what this peer missed in a gap, where no peer of ours has: another master, or the existing one whose
    /// mastership this peer took.
    pub(crate) fn master_to_recover_from(&self) -> Option<Guid> {
        let existing = self.steward.existing_master.as_ref();
        let existing = existing.filter(|master| self.steward.existing.is_known(master));
        self.mastership.guid().filter(|master| **master != self.own).or(existing).cloned()
    }
}
