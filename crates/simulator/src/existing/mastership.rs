//! Who is master, as each peer believes (legacy-protocol §1.5.1, §1.5.2, §2.2, §9.1).

use lossless_json::{Object, Value};

use super::peer::{Action, App, ExistingPeer, Status};
use super::quirks::Quirk;

/// How long a question for the master may go unanswered, in microseconds.
const FAILOVER_US: u64 = 2_000_000;

/// What a peer believes of mastership.
#[derive(Clone, Debug, Default)]
pub(super) struct Mastership {
    pub(super) own: bool,
    pub(super) master: Option<String>,
    /// When somebody asked for the master, on the wall clock.
    asked_us: Option<u64>,
}

impl ExistingPeer {
    pub(crate) const fn is_master(&self) -> bool {
        self.mastership.own
    }

    pub(super) fn ask_for_master(&mut self) {
        let body: Object = [("requester_guid", self.guid())].into_iter().collect();
        self.send("LiveSession.1", "WHO_IS_MASTER", body);
    }

    /// Nothing ever takes this back.
    pub(crate) fn elect_self(&mut self) {
        self.mastership.own = true;
        self.mastership.master = Some(self.guid().to_owned());
        self.open_own();
        self.say_i_am_master();
        self.become_synced();
    }

    /// What the application has open is shared by who becomes master with nothing else.
    fn open_own(&mut self) {
        if self.replica.timelines.is_empty()
            && let Some(timeline) = self.config.opens.clone()
            && let Ok(id) = self.replica.read(&timeline)
        {
            self.replica.register(id);
        }
    }

    fn say_i_am_master(&mut self) {
        let body: Object = [("master_guid", self.guid())].into_iter().collect();
        let mut envelope = self.envelope("LiveSession.1", "I_AM_MASTER", body);
        envelope.insert("schema", "SYNC_REVIEW_1.0");
        self.say(envelope);
    }

    pub(super) fn on_who_is_master(&mut self) {
        if self.mastership.own {
            self.say_i_am_master();
        } else if self.status == Status::Synced {
            self.arm_failover();
        }
    }

    fn arm_failover(&mut self) {
        if self.has(Quirk::EveryQuestionRearms) || self.mastership.asked_us.is_none() {
            self.mastership.asked_us = Some(self.now.wall_us);
        }
    }

    pub(super) fn on_i_am_master(&mut self, body: &Object) {
        let claimant = body.get("master_guid").and_then(Value::as_str).unwrap_or_default().to_owned();
        let contested = self.mastership.own && !claimant.is_empty() && claimant != self.guid();
        let ranks = !self.has(Quirk::NeverAnnounces);
        if contested && ranks && self.master_rank(self.guid()) < self.master_rank(&claimant) {
            return self.say_i_am_master();
        }
        if contested && !self.has(Quirk::MasterForGood) {
            self.mastership.own = false;
        }
        self.mastership.asked_us = None;
        if self.mastership.master.as_ref() != Some(&claimant) {
            self.mastership.master = Some(claimant);
            self.elect_host();
        }
        if self.status == Status::Discovering {
            self.actions.push(Action::MasterFound);
        }
    }

    /// Drivers before others.
    fn master_rank(&self, guid: &str) -> u8 {
        u8::from(self.role_of_peer(guid) != "driver")
    }

    pub(super) fn master_departed(&mut self, guid: &str) {
        if self.mastership.master.as_deref() == Some(guid) && !self.has(Quirk::KeepsDepartedMaster) {
            self.mastership.asked_us = Some(self.now.wall_us);
        }
    }

    pub(super) fn failover_us(&self) -> Option<u64> {
        let waits = self.status == Status::Synced && !self.mastership.own;
        self.mastership.asked_us.filter(|_| waits).map(|asked_us| asked_us + FAILOVER_US + 1)
    }

    /// A master that left a question unanswered is replaced, by everybody who saw it.
    pub(super) fn drive_mastership(&mut self) {
        if self.failover_us().is_none_or(|due_us| self.now.wall_us < due_us) {
            return;
        }
        self.mastership.asked_us = None;
        let looks_on = self.config.app == App::Viewer && !self.has(Quirk::ViewersTakeOver);
        let lowest = self.peers.keys().all(|other| other.as_str() >= self.guid());
        if !looks_on && (lowest || self.has(Quirk::EverybodyTakesOver)) {
            self.elect_self();
        }
    }
}
