//! Who serves snapshots to existing peers (legacy-protocol §2.2, §9.1).
//!
//! Among peers of ours there is one master: of two, the one with the lower GUID. A claim of an existing peer never
//! takes mastership from a serving master of ours. When a master is gone, the serving peer of ours with the lowest
//! GUID takes over, and only with something to serve.

use session_log::Guid;
use session_wire::{IAmMaster, WhoIsMaster};

use crate::clock::Now;
use crate::discovery::Phase;
use crate::effect::{Effect, Warning};
use crate::limits::{DISCOVERY_TIMEOUT_US, MASTERSHIP_ANSWERS_PER_SECOND, SECOND_US};
use crate::output::{Ignored, Receipt, Refusal, RefusalReason};
use crate::peer::Peer;
use crate::rate::{Every, PerPeer};

/// What one peer knows of mastership.
#[derive(Clone, Debug)]
pub(crate) struct Mastership {
    own: bool,
    master: Option<Guid>,
    /// The first question for the master that nobody answered, on the monotonic clock. Later ones do not move it.
    asked_us: Option<u64>,
    /// Whether this peer asked that question itself: then no answer can have come before it.
    asked_itself: bool,
    /// Each that asks is answered, but not every time it does.
    answered: PerPeer,
    reasserted: Every,
}

impl Default for Mastership {
    fn default() -> Self {
        let answered = PerPeer::new(MASTERSHIP_ANSWERS_PER_SECOND);
        Self {
            own: false,
            master: None,
            asked_us: None,
            asked_itself: false,
            answered,
            reasserted: Every::default(),
        }
    }
}

impl Mastership {
    pub(crate) const fn is_own(&self) -> bool {
        self.own
    }

    pub(crate) const fn guid(&self) -> Option<&Guid> {
        self.master.as_ref()
    }

    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

impl Peer {
    /// Takes mastership and says so.
    pub(crate) fn elect_self(&mut self) {
        let own = Guid::clone(&self.own);
        self.mastership.asked_us = None;
        self.send(IAmMaster::new(&*own), None);
        self.set_master(Some(own));
    }

    fn set_master(&mut self, master: Option<Guid>) {
        self.mastership.own = master.as_ref() == Some(&self.own);
        if self.mastership.master != master {
            self.mastership.master.clone_from(&master);
            self.effect(Effect::Master { guid: master, own: self.mastership.own });
            self.elect_host();
        }
    }

    /// After a gap, a master says again that it is.
    pub(crate) fn reassert_mastership(&mut self) {
        if self.mastership.own {
            self.send(IAmMaster::new(&*self.own), None);
        }
    }

    /// `WHO_IS_MASTER`.
    pub(crate) fn receive_who_is_master(&mut self, source: &Guid, now: Now) -> Receipt {
        if self.mastership.own {
            if self.mastership.answered.admit(source, now) {
                self.send(IAmMaster::new(&*self.own), None);
                self.steward.reassert_us.get_or_insert(now.after(DISCOVERY_TIMEOUT_US / 2));
            }
            return Receipt::Accepted { durable: None, relay: false };
        }
        if self.phase == Phase::Synced && self.mastership.asked_us.is_none() {
            self.mastership.asked_us = Some(now.monotonic_us);
            self.mastership.asked_itself = false;
        }
        Receipt::Accepted { durable: None, relay: true }
    }

    /// `I_AM_MASTER` of `claimant`.
    pub(crate) fn receive_i_am_master(&mut self, source: &Guid, claimant: &str, now: Now) -> Receipt {
        if claimant.is_empty() || *claimant == *self.own {
            return Receipt::Ignored(Ignored::Echo);
        }
        if *claimant != **source {
            let detail = format!("{source} names {claimant:?} master: only the master itself may");
            return Receipt::Refused(Refusal { reason: RefusalReason::MastershipTaken, detail });
        }
        let ours = self.exchange.is_known(source);
        if !ours {
            self.steward.existing_master = Some(Guid::clone(source));
            self.steward_hears_master(source, now);
        }
        if self.mastership.own && !(ours && *source < self.own) {
            return self.keep_mastership(source, now);
        }
        if !ours && !self.mastership.own && self.master_of_ours_lives(source, now) {
            let detail = format!("{source} claims mastership, which a serving peer of ours has");
            return Receipt::Refused(Refusal { reason: RefusalReason::MastershipTaken, detail });
        }
        let yields = self.mastership.own;
        self.mastership.asked_us = None;
        self.set_master(Some(Guid::clone(source)));
        if yields {
            self.ask_who_is_master(now);
        }
        self.found_master(source, now);
        Receipt::Accepted { durable: None, relay: true }
    }

    fn keep_mastership(&mut self, claimant: &Guid, now: Now) -> Receipt {
        if self.mastership.reasserted.admit(SECOND_US, now) {
            self.reassert_mastership();
            // The last word is this one's, however many claims follow in this second.
            self.steward.reassert_us.get_or_insert(now.after(SECOND_US));
        }
        let detail = format!("{claimant} claims mastership, which this peer has and keeps");
        self.warn(Warning::MastershipContested, detail.clone());
        Receipt::Refused(Refusal { reason: RefusalReason::MastershipTaken, detail })
    }

    /// Whether the known master is another peer of ours that is alive.
    fn master_of_ours_lives(&self, claimant: &Guid, now: Now) -> bool {
        let master = self.mastership.master.as_ref().filter(|master| *master != claimant);
        master.is_some_and(|master| self.exchange.is_serving(master, now))
    }

    /// A participant is gone: a master among them leaves mastership open.
    pub(crate) fn master_departed(&mut self, guid: &str, now: Now) {
        if self.mastership.master.as_deref() == Some(guid) && !self.mastership.own {
            self.set_master(None);
            self.mastership.asked_us = None;
            self.take_over_when_due(now, true);
        }
    }

    /// When nobody may be left to answer for the master.
    pub(crate) fn mastership_due_us(&self) -> Option<u64> {
        let waiting = self.serves() && !self.mastership.own && self.mastership.asked_us.is_some();
        waiting.then(|| self.mastership.asked_us.unwrap_or_default() + DISCOVERY_TIMEOUT_US + 1)
    }

    /// Takes mastership over where the master has left a question unanswered for two seconds. One of ours that is alive
    /// is asked once more, since its answer may have come before the question; if it is silent, it is no master: somebody
    /// claimed in its name.
    pub(crate) fn drive_mastership(&mut self, now: Now) {
        let Some(asked_us) = self.mastership.asked_us.filter(|_| !self.mastership.own) else { return };
        if now.since(asked_us) <= DISCOVERY_TIMEOUT_US {
            return;
        }
        self.mastership.asked_us = None;
        if !self.mastership.asked_itself && self.master_of_ours_lives(&Guid::clone(&self.own), now) {
            self.ask_who_is_master(now);
        } else {
            self.take_over_when_due(now, true);
        }
    }

    /// The lowest of ours that serves takes over, with something to serve; the others ask who did.
    pub(crate) fn take_over_when_due(&mut self, now: Now, ask: bool) {
        if !self.serves() || self.mastership.own {
            return;
        }
        let lowest = self.exchange.lowest_server(now).is_none_or(|other| self.own < *other);
        if lowest && self.has_something_to_serve() {
            self.elect_self();
        } else if ask {
            self.ask_who_is_master(now);
        }
    }

    /// Whoever yields asks as well: a claim may be somebody's in another's name, and then nobody answers.
    fn ask_who_is_master(&mut self, now: Now) {
        self.mastership.asked_us = Some(now.monotonic_us);
        self.mastership.asked_itself = true;
        self.send(WhoIsMaster::new(&*self.own), None);
    }

    fn has_something_to_serve(&self) -> bool {
        self.log.state().timelines().next().is_some()
    }
}
