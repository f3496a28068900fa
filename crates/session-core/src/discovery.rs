//! Looking for the session (legacy-protocol §2.2), peers of ours first.

use session_log::Guid;
use session_wire::WhoIsMaster;

use crate::clock::Now;
use crate::config::Opening;
use crate::effect::{Effect, Warning};
use crate::limits::{
    DISCOVERY_INTERVAL_US, DISCOVERY_TIMEOUT_US, EXISTING_MASTER_GRACE_US, OWN_LIVENESS_US,
    STATE_REQUEST_TIMEOUT_US,
};
use crate::peer::Peer;
use crate::rate::Every;
use crate::status::Status;

/// Unanswered requests for state after which a peer that may host does so.
const STATE_REQUESTS_MAX: u32 = 2;

/// Where a peer stands, with what it waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not started, or departed.
    #[default]
    Idle,
    /// Looking for somebody who has the state.
    Discovering(Search),
    /// An existing master was asked for the state.
    AskingState {
        /// Who was asked; nobody else's answer is taken.
        master: Guid,
        /// When, on the monotonic clock.
        since_us: u64,
        /// How many times nobody answered, this search included.
        search: Search,
    },
    /// A peer of ours was asked for its operations.
    AskingOperations {
        /// What to go back to when nothing comes.
        search: Search,
    },
    /// Taking part.
    Synced,
}

impl Phase {
    pub(crate) const fn status(&self) -> Status {
        match self {
            Self::Idle => Status::None,
            Self::Discovering(_) => Status::Discovering,
            Self::AskingState { .. } | Self::AskingOperations { .. } => Status::Joining,
            Self::Synced => Status::Synced,
        }
    }
}

/// What a search has found so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Search {
    /// When it began, on the monotonic clock.
    pub(crate) since_us: u64,
    /// When its questions are due again.
    pub(crate) ask_us: u64,
    /// A master that none of ours is known to be, and when it was first heard.
    pub(crate) master: Option<(Guid, u64)>,
    /// Requests for state that nobody answered.
    pub(crate) unanswered: u32,
    /// Whether it was told that there is no session.
    pub(crate) told: bool,
    /// Whether a state is there already and this closes a gap in it.
    pub(crate) recovering: bool,
}

impl Search {
    fn new(now: Now) -> Self {
        let since_us = now.monotonic_us;
        Self {
            since_us,
            ask_us: now.after(DISCOVERY_INTERVAL_US),
            master: None,
            unanswered: 0,
            told: false,
            recovering: false,
        }
    }

    fn gives_up_us(&self) -> u64 {
        self.since_us + DISCOVERY_TIMEOUT_US
    }
}

impl Peer {
    /// Begins to look for the session.
    pub(crate) fn discover(&mut self, now: Now) {
        self.enter(Phase::Discovering(Search::new(now)));
        self.ask_around();
        self.announce(now);
    }

    fn ask_around(&mut self) {
        // A hub wants to be greeted before anything else.
        self.say_hello();
        self.send(WhoIsMaster::new(&*self.own), None);
    }

    /// A peer of ours that serves was heard of.
    pub(crate) fn found_server(&mut self, server: &Guid, now: Now) {
        if let Phase::Discovering(search) = &self.phase {
            let search = search.clone();
            self.request_operations(server, now);
            // It may have been asked a moment ago, before a gap; the next heartbeat asks again.
            if self.exchange.waits_for_answer() {
                self.enter(Phase::AskingOperations { search });
            }
        }
    }

    /// Somebody says to be master.
    pub(crate) fn found_master(&mut self, master: &Guid, now: Now) {
        if let Phase::Discovering(search) = &mut self.phase
            && search.master.as_ref().is_none_or(|(known, _)| known != master)
        {
            search.master = Some((Guid::clone(master), now.monotonic_us));
        }
    }

    /// When discovery or a join has something to do next.
    pub(crate) fn discovery_due_us(&self) -> Option<u64> {
        match &self.phase {
            Phase::Synced => self.recover_us,
            Phase::Idle | Phase::AskingOperations { .. } => None,
            Phase::AskingState { since_us, .. } => Some(since_us + STATE_REQUEST_TIMEOUT_US + 1),
            Phase::Discovering(search) => {
                let grace =
                    search.master.as_ref().map(|(master, heard_us)| heard_us + self.patience_us(master));
                let gives_up = (!search.told && search.master.is_none()).then(|| search.gives_up_us());
                [Some(search.ask_us), grace, gives_up].into_iter().flatten().min()
            }
        }
    }

    /// Does what is due while looking for the session or waiting for its state.
    pub(crate) fn drive_discovery(&mut self, now: Now) {
        match &self.phase {
            Phase::Synced => self.recover_when_due(now),
            Phase::Idle | Phase::AskingOperations { .. } => {}
            Phase::AskingState { since_us, .. } => {
                if now.since(*since_us) > STATE_REQUEST_TIMEOUT_US {
                    self.state_request_unanswered(now);
                }
            }
            Phase::Discovering(_) => {
                self.ask_state_when_due(now);
                self.give_up_when_due(now);
                self.ask_again_when_due(now);
            }
        }
    }

    /// Asks the master that was heard, once no peer of ours has come forward in time.
    fn ask_state_when_due(&mut self, now: Now) {
        let Phase::Discovering(search) = &self.phase else { return };
        let Some((master, heard_us)) = search.master.clone() else { return };
        if now.since(heard_us) >= self.patience_us(&master) {
            let search = search.clone();
            self.ask_state(master, search, now);
        }
    }

    /// How long a master waits to be asked for the state: peers of ours are joined by their operations if they serve
    /// at all.
    fn patience_us(&self, master: &str) -> u64 {
        if self.exchange.is_known(master) {
            EXISTING_MASTER_GRACE_US + OWN_LIVENESS_US
        } else {
            EXISTING_MASTER_GRACE_US
        }
    }

    /// Nobody answered in time: hosts where it may, tells so otherwise and goes on.
    fn give_up_when_due(&mut self, now: Now) {
        let Phase::Discovering(search) = &mut self.phase else { return };
        if search.told || search.master.is_some() || now.monotonic_us < search.gives_up_us() {
            return;
        }
        search.told = true;
        if self.config.opening == (Opening::Join { or_host: true }) {
            self.host_instead(now);
        } else {
            self.effect(Effect::NoSession);
        }
    }

    fn host_instead(&mut self, now: Now) {
        self.take_in_held_back(None, now);
        self.elect_self();
        self.become_synced(now);
    }

    /// After a gap that no peer of ours can close, an existing master is asked for its state again.
    fn recover_when_due(&mut self, now: Now) {
        if self.recover_us.take_if(|due| now.monotonic_us >= *due).is_none() {
            return;
        }
        let ours = self.exchange.lowest_server(now).is_some();
        if let Some(master) = self.master_to_recover_from().filter(|_| !ours) {
            self.ask_state(master, Search { recovering: true, ..Search::new(now) }, now);
        }
    }

    /// The master does not answer: goes on with the state as it is.
    fn stay_as_it_is(&mut self, now: Now) {
        let missing =
            "the master did not send its state after a gap; changes of existing peers may be missing";
        self.warn(Warning::NoAnswer, missing.to_owned());
        self.enter(Phase::Synced);
        self.take_in_held_back(None, now);
    }

    fn ask_again_when_due(&mut self, now: Now) {
        let Phase::Discovering(search) = &mut self.phase else { return };
        if now.monotonic_us >= search.ask_us {
            search.ask_us = now.after(DISCOVERY_INTERVAL_US);
            self.ask_around();
        }
    }

    /// A master of the reference with an empty session never answers; its own hosts take over then, and so do we
    /// where we may.
    fn state_request_unanswered(&mut self, now: Now) {
        let Phase::AskingState { search, master, .. } = &self.phase else { return };
        if search.recovering {
            self.stay_as_it_is(now);
            return;
        }
        let unanswered = search.unanswered + 1;
        let may_host = self.config.opening == (Opening::Join { or_host: true });
        if may_host && unanswered >= STATE_REQUESTS_MAX {
            let master = Guid::clone(master);
            self.steward_gives(&master, now);
            self.host_instead(now);
            return;
        }
        let told = search.told;
        self.mastership.forget();
        self.enter(Phase::Discovering(Search { unanswered, told, ..Search::new(now) }));
        self.ask_around();
    }

    /// The peer of ours that was asked does not answer: looks around again.
    pub(crate) fn operations_unanswered(&mut self, now: Now) {
        if let Phase::AskingOperations { search } = &self.phase {
            let (unanswered, told) = (search.unanswered, search.told);
            self.enter(Phase::Discovering(Search { unanswered, told, ..Search::new(now) }));
            self.ask_around();
        }
    }

    /// From now on this peer takes part.
    pub(crate) fn become_synced(&mut self, now: Now) {
        self.enter(Phase::Synced);
        self.steward_joined(now);
        // What came meanwhile may have been missed, or is held by others than the one who was asked.
        self.exchange.mark_gap(now);
        self.await_confirmation(now);
        let timelines = self.timeline_guids();
        self.effect(Effect::Replaced { timelines });
        self.after_change(now);
        self.elect_host();
        self.announced = Every::default();
        self.announce(now);
        self.heartbeat(now);
    }
}
