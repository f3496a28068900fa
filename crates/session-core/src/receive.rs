//! What comes from the session: checked, counted where refused, and handed to whom it concerns.

use std::sync::Arc;

use session_log::{Frontier, Guid};
use session_wire::{Ack, Envelope, Message, Refusal as WireRefusal};

use crate::clock::Now;
use crate::discovery::Phase;
use crate::effect::Warning;
use crate::gate::Sender;
use crate::output::{Ignored, Receipt, Refusal, RefusalReason};
use crate::peer::Peer;

impl Peer {
    /// Takes in one envelope. What it says is told by [`Output`](crate::Output)s; the receipt is for whoever relays.
    pub fn receive(&mut self, now: Now, envelope: impl Into<Arc<Envelope>>) -> Receipt {
        self.now = now;
        let receipt = self.receive_checked(&envelope.into(), None, now);
        self.counted(receipt)
    }

    /// Counts a refusal under its reason.
    pub(crate) fn counted(&mut self, receipt: Receipt) -> Receipt {
        if let Receipt::Refused(refusal) = &receipt {
            self.count_refusal(refusal.reason);
        }
        receipt
    }

    /// `sender` is given where it is known whose connection the envelope came by.
    pub(crate) fn receive_checked(
        &mut self,
        envelope: &Arc<Envelope>,
        sender: Option<&Sender>,
        now: Now,
    ) -> Receipt {
        if self.phase == Phase::Idle {
            return Receipt::Ignored(Ignored::NotTakingPart);
        }
        if !self.is_of_this_session(envelope) {
            return Receipt::Ignored(Ignored::OtherSession);
        }
        if *envelope.source_guid == *self.own {
            return self.receive_own(envelope, now);
        }
        self.note_generation(envelope, now);
        self.steward_sees(envelope, now);
        if is_repair(envelope) {
            return Receipt::Accepted { durable: None, relay: true };
        }
        if envelope.message.is_durable() {
            return self.receive_durable(envelope, sender, now);
        }
        let source = Guid::from(envelope.source_guid.as_str());
        self.dispatch(&source, envelope, sender.is_some(), now)
    }

    /// An envelope without a session is of this one: transports keep sessions apart, and no reference peer checks.
    pub(crate) fn is_of_this_session(&self, envelope: &Envelope) -> bool {
        envelope.session.is_empty() || envelope.session == self.config.session
    }

    /// An echo, what another run of this peer's process did, or somebody else under this peer's GUID.
    fn receive_own(&mut self, envelope: &Arc<Envelope>, now: Now) -> Receipt {
        let run = match &envelope.message {
            Message::Hello(hello) => Some(hello.run.as_str()),
            Message::Heartbeat(heartbeat) => Some(heartbeat.run.as_str()),
            _ => envelope.operation.as_ref().map(|operation| operation.run.as_str()),
        };
        if let (None, Message::StateSnapshot(body)) = (run, &envelope.message) {
            self.steward_sees_snapshot(envelope, &Guid::from(body.target_guid.as_str()), now);
        }
        if run.is_none_or(|run| *run == *self.run) {
            return Receipt::Ignored(Ignored::Echo);
        }
        if run.is_some_and(|run| self.has_run(run)) {
            // A log that was begun anew may lack what this peer itself made before.
            let durable = envelope.message.is_durable();
            return if durable {
                self.receive_durable(envelope, None, now)
            } else {
                Receipt::Ignored(Ignored::Echo)
            };
        }
        let detail = format!("another process uses the GUID {}: give each participant its own", self.own);
        self.warn(Warning::ForeignIdentity, detail.clone());
        if envelope.message.is_durable() {
            return self.receive_durable(envelope, None, now);
        }
        Receipt::Refused(Refusal { reason: RefusalReason::ForeignIdentity, detail })
    }

    fn dispatch(&mut self, source: &Guid, envelope: &Arc<Envelope>, bound: bool, now: Now) -> Receipt {
        match &envelope.message {
            Message::WhoIsMaster(_) => self.receive_who_is_master(source, now),
            Message::IAmMaster(body) => self.receive_i_am_master(source, &body.master_guid, now),
            Message::StateRequest(body) => self.receive_state_request(source, body, now),
            Message::StateSnapshot(body) => self.receive_snapshot(envelope, body, now),
            Message::PeerAnnounce(body) => self.receive_announce(source, body, now),
            Message::PeerDepart(body) => self.receive_depart(source, &body.peer_guid, now),
            Message::PlaybackSettings(_)
            | Message::DisplaySettings(_)
            | Message::Selection(_)
            | Message::PartialAnnotation(_)
            | Message::ClaimOwnership(_)
            | Message::ReleaseOwnership(_) => self.receive_ephemeral(source, envelope, now),
            Message::Hello(body) => self.receive_hello(source, body, now),
            Message::Heartbeat(body) => self.receive_heartbeat(source, body, now),
            Message::OperationsRequest(body) => self.receive_operations_request(source, body, bound, now),
            Message::Operations(body) => self.receive_operations(source, body, bound, now),
            Message::SettledState(body) => self.receive_state_piece(source, body, bound, now),
            Message::Ack(body) => self.receive_ack(body),
            Message::Refusal(body) => self.receive_refusal(body),
            _ => Receipt::Ignored(Ignored::Unknown),
        }
    }

    fn receive_ack(&mut self, ack: &Ack) -> Receipt {
        if *ack.target_guid != *self.own {
            return Receipt::Ignored(Ignored::ForAnother);
        }
        self.acknowledged.merge(&Frontier::from_wire(&ack.frontier));
        Receipt::Accepted { durable: None, relay: false }
    }

    fn receive_refusal(&mut self, refusal: &WireRefusal) -> Receipt {
        if *refusal.target_guid != *self.own {
            return Receipt::Ignored(Ignored::ForAnother);
        }
        if refusal.reason == RefusalReason::Settled.as_str() {
            // Made anew as soon as the settled state is here.
            return Receipt::Accepted { durable: None, relay: false };
        }
        self.warn(Warning::Refused, format!("{}: {}", refusal.reason, refusal.detail));
        Receipt::Accepted { durable: None, relay: false }
    }
}

/// Whether an envelope is for existing peers alone: it says again what peers of ours have.
pub(crate) fn is_repair(envelope: &Envelope) -> bool {
    envelope.operation.as_ref().is_some_and(|operation| operation.repair && operation.seq == 0)
}
