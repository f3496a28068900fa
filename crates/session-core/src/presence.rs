//! Announcements, departures, silence, and the host that follows from them (legacy-protocol §2.7, §2.9).

use std::sync::Arc;

use session_log::Guid;
use session_wire::{Envelope, OperationFields, PeerAnnounce, PeerEntry};

use crate::clock::Now;
use crate::discovery::Phase;
use crate::effect::Effect;
use crate::identity::Identity;
use crate::limits::ANNOUNCE_INTERVAL_US;
use crate::output::{Ignored, Receipt, Refusal, RefusalReason};
use crate::peer::Peer;
use crate::rate::Every;
use crate::roster::{Change, Participant};

impl Peer {
    /// Sets this participant's own roster entry.
    pub(crate) fn enter_own_roster(&mut self, now: Now) {
        let own = Guid::clone(&self.own);
        let entry = Participant {
            app: self.config.app.clone(),
            capabilities: self.config.capabilities.clone(),
            role: Some(self.own_role),
            identity: self.own_identity(),
            ..Participant::default()
        };
        self.roster.announce(&own, entry, now);
    }

    /// The identity to announce: a display name without an identity is one.
    fn own_identity(&self) -> Option<Identity> {
        let named = |name: &str| {
            let (first, last) = name.trim().split_once(char::is_whitespace).unwrap_or((name.trim(), ""));
            (first.to_owned(), last.trim().to_owned())
        };
        let Some(name) = self.config.name.as_deref().filter(|name| !name.trim().is_empty()) else {
            return self.config.identity.clone();
        };
        let (first_name, last_name) = named(name);
        let known = self.config.identity.clone().unwrap_or_default();
        Some(Identity { first_name, last_name, source: "override".to_owned(), ..known })
    }

    /// The name that others see.
    pub(crate) fn own_name(&self) -> String {
        self.roster.get(&self.own).map_or_else(|| self.config.app.clone(), Participant::display_name)
    }

    /// Announces this participant; an observer does not. `op` tells that it is one of ours to those who hear it through a
    /// hub, which passes no heartbeats on.
    pub(crate) fn announce(&mut self, now: Now) {
        if self.observes() {
            return;
        }
        self.announced.admit(0, now);
        let mut announce =
            PeerAnnounce::new(&*self.own, self.config.app.as_str(), self.config.capabilities.clone());
        announce.role = Some(self.own_role.as_str().to_owned());
        announce.identity = self.own_identity().as_ref().map(Identity::to_wire);
        announce.version = Some(env!("CARGO_PKG_VERSION").to_owned());
        let envelope = Envelope::new(self.config.session.as_str(), &*self.own, announce);
        self.send_envelope(Arc::new(envelope.with_operation(OperationFields::new(&*self.run, 0))), None);
    }

    /// When presence has something to do next.
    pub(crate) fn presence_due_us(&self) -> Option<u64> {
        if self.phase == Phase::Idle {
            return None;
        }
        let announce = (!self.observes()).then(|| Every::due_us(self.announced, ANNOUNCE_INTERVAL_US));
        announce.into_iter().chain(self.roster.next_silence_us(&self.own)).min()
    }

    /// Announces and drops the silent when it is time.
    pub(crate) fn drive_presence(&mut self, now: Now) {
        if self.phase == Phase::Idle {
            return;
        }
        if !self.observes() && now.monotonic_us >= Every::due_us(self.announced, ANNOUNCE_INTERVAL_US) {
            self.announce(now);
        }
        for guid in self.roster.silent(&self.own, now) {
            self.drop_participant(&guid, now);
        }
    }

    /// `PEER_ANNOUNCE`.
    pub(crate) fn receive_announce(&mut self, source: &Guid, announce: &PeerAnnounce, now: Now) -> Receipt {
        let guid = named_or(&announce.peer_guid, source);
        if guid == self.own {
            return Receipt::Ignored(Ignored::Echo);
        }
        let entry = Participant::from_wire(&PeerEntry {
            app: announce.app.clone(),
            capabilities: announce.capabilities.clone(),
            role: announce.role.clone(),
            identity: announce.identity.clone(),
            ..PeerEntry::default()
        });
        match self.roster.announce(&guid, entry, now) {
            Change::Full => {
                let detail = format!("the roster is full; {guid} is not in it");
                return Receipt::Refused(Refusal { reason: RefusalReason::Limit, detail });
            }
            change @ (Change::Joined | Change::Changed) => {
                self.tell_participant(&guid, change == Change::Joined);
            }
            Change::Nothing => {}
        }
        self.follow_role_of(&guid);
        self.elect_host();
        Receipt::Accepted { durable: None, relay: true }
    }

    pub(crate) fn tell_participant(&mut self, guid: &Guid, joined: bool) {
        let Some(participant) = self.roster.get(guid).cloned() else { return };
        let guid = Guid::clone(guid);
        self.effect(if joined {
            Effect::Joined { guid, participant }
        } else {
            Effect::Changed { guid, participant }
        });
    }

    /// `PEER_DEPART`.
    pub(crate) fn receive_depart(&mut self, source: &Guid, named: &str, now: Now) -> Receipt {
        if !named.is_empty() && *named != **source {
            let detail = format!("{source} says that {named:?} departs: only a peer itself may");
            return Receipt::Refused(Refusal { reason: RefusalReason::ForeignIdentity, detail });
        }
        self.exchange.forget_peer(source);
        if !self.exchange.waits_for_answer() {
            self.operations_unanswered(now);
        }
        self.drop_participant(source, now);
        Receipt::Accepted { durable: None, relay: true }
    }

    fn drop_participant(&mut self, guid: &Guid, now: Now) {
        if self.roster.remove(guid).is_some() {
            self.effect(Effect::Left { guid: Guid::clone(guid) });
        }
        self.leases.drop_peer(guid, now);
        self.master_departed(guid, now);
        self.elect_host();
    }

    /// Elects the host anew.
    pub(crate) fn elect_host(&mut self) {
        let master = self.mastership.guid().map(|guid| &**guid);
        let host = self.roster.elect_host(master, self.log.state().roles().default_role());
        self.set_host(host);
    }

    pub(crate) fn set_host(&mut self, host: Option<Guid>) {
        if self.host != host {
            self.host.clone_from(&host);
            let own = host.as_ref() == Some(&self.own);
            self.effect(Effect::Host { guid: host, own });
        }
    }

    /// Brings the roster in line with the roles of the session, and with it who may be host. What a participant announces
    /// counts where the session gave it none.
    pub(crate) fn follow_roles(&mut self) {
        if *self.log.state().roles() == self.followed {
            return;
        }
        self.followed = self.log.state().roles().clone();
        let everybody: Vec<Guid> = self.roster.iter().map(|(guid, _)| Guid::clone(guid)).collect();
        for guid in everybody {
            self.follow_role_of(&guid);
        }
        self.elect_host();
    }

    fn follow_role_of(&mut self, guid: &Guid) {
        let Some(known) = self.roster.get(guid) else { return };
        let user = known.identity.as_ref().map(|identity| identity.user.as_str());
        let Some(given) = self.log.state().roles().given(guid, user) else { return };
        if self.roster.set_role(guid, given) && *guid != self.own {
            self.tell_participant(guid, false);
        }
    }

    /// Resolves this participant's own role anew: what the session remembers for its user, else the narrower of
    /// what it asked for and what everybody has.
    pub(crate) fn resolve_own_role(&mut self, now: Now) {
        let roles = self.log.state().roles();
        let given = roles.given(&self.own, self.own_user());
        let role = given.unwrap_or_else(|| self.config.role.max(roles.default_role()));
        if role == self.own_role {
            return;
        }
        self.own_role = role;
        if !self.observes() {
            self.enter_own_roster(now);
        }
        self.effect(Effect::OwnRole(role));
        if self.phase == Phase::Synced {
            self.announce(now);
        }
        self.elect_host();
    }
}

/// The GUID that a message names, else its source's.
fn named_or(named: &str, source: &Guid) -> Guid {
    if named.is_empty() { Guid::clone(source) } else { Guid::from(named) }
}
