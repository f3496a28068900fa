//! Heartbeats: what each peer of ours says that it holds, and what the others make of it.

use session_log::{Frontier, Guid, Seen};
use session_wire::{Heartbeat, Hello};

use super::{Gives, Held};
use crate::clock::Now;
use crate::discovery::Phase;
use crate::effect::Warning;
use crate::limits::OWN_PEERS_MAX;
use crate::output::{Ignored, Receipt};
use crate::peer::Peer;

impl Peer {
    /// Says what this peer holds.
    pub(crate) fn heartbeat(&mut self, now: Now) {
        self.exchange.beat.admit(0, now);
        self.give_up_confirmation(now);
        let heartbeat = self.own_heartbeat();
        self.send(heartbeat, None);
    }

    /// The digest is taken only where nothing changed since the last heartbeat: it costs a whole document.
    fn own_heartbeat(&mut self) -> Heartbeat {
        let quiet = self.exchange.digest_of.replace(self.log.len()) == Some(self.log.len());
        let digest = if quiet { self.log.digest() } else { "" };
        let seen = self.log.seen();
        let frontier = seen.frontier().to_wire();
        let existing = self.log.holdings().existing_summary();
        let mut heartbeat = Heartbeat::new(&*self.run, frontier, existing, digest, self.clock.last_us());
        heartbeat.base = self.base_id().map(str::to_owned);
        heartbeat.settled = seen.settled_to_wire();
        let view = self.view.digest();
        heartbeat.view = (self.exchange.view_of == view).then(|| view.clone());
        self.exchange.view_of = view;
        heartbeat.serves = self.serves();
        heartbeat.observes = self.observes();
        let silent = self.steward.existing.silent(self.now);
        heartbeat.hears = silent.map(|(guid, ago_us)| (guid.to_string(), ago_us)).collect();
        heartbeat
    }

    /// `HELLO`: answered with a heartbeat at once.
    pub(crate) fn receive_hello(&mut self, source: &Guid, hello: &Hello, now: Now) -> Receipt {
        if *hello.source_guid != **source || *source == self.own {
            return Receipt::Ignored(Ignored::Echo);
        }
        let Some(peer) = self.exchange.hear(source, now) else { return Receipt::Ignored(Ignored::TooOften) };
        peer.greeted_us = Some(now.monotonic_us);
        if !self.exchange.hellos.admit(source, now) {
            return Receipt::Ignored(Ignored::TooOften);
        }
        if self.phase != Phase::Idle {
            let heartbeat = self.own_heartbeat();
            self.send(heartbeat, Some(source));
        }
        if self.phase == Phase::Synced && !self.log.frontier().includes(&Frontier::from_wire(&hello.frontier))
        {
            self.request_operations(source, now);
        }
        Receipt::Accepted { durable: None, relay: false }
    }

    /// `HEARTBEAT`: what the other holds and this peer lacks is asked for.
    pub(crate) fn receive_heartbeat(&mut self, source: &Guid, heartbeat: &Heartbeat, now: Now) -> Receipt {
        let Some(peer) = self.exchange.hear(source, now) else { return Receipt::Ignored(Ignored::TooOften) };
        peer.gives = Gives::said_in(heartbeat);
        peer.held = Some(Held {
            base: heartbeat.base.clone(),
            seen: Seen::from_wire(&heartbeat.frontier, heartbeat.settled.as_ref()),
            existing: heartbeat.existing.digest.clone(),
            clock_us: heartbeat.hlc,
        });
        self.roster.seen(source, now);
        self.clock.observe(heartbeat.hlc, now.wall_us);
        self.recall_heard(&heartbeat.hears, now);
        match &self.phase {
            Phase::Discovering(_) if heartbeat.serves => self.found_server(source, now),
            Phase::AskingState { master, .. } if heartbeat.serves && self.exchange.is_known(master) => {
                self.turn_to_ours(source, now);
            }
            Phase::Synced => {
                self.exchange.unasked.remove(source);
                if self.lacks(source, heartbeat, now) {
                    self.exchange.unasked.insert(Guid::clone(source));
                    self.request_operations(source, now);
                }
                self.compare_digests(source, heartbeat, now);
            }
            _ => {}
        }
        Receipt::Accepted { durable: None, relay: false }
    }

    /// Whether a peer that answers holds something that this one lacks. What existing peers sent, what lies beyond a gap
    /// and what is looked at may still be on its way: a difference counts once it stands for two heartbeats, or right after a gap.
    fn lacks(&mut self, source: &Guid, heartbeat: &Heartbeat, now: Now) -> bool {
        let gap = now.monotonic_us < self.exchange.gap_until_us;
        let existing = heartbeat.existing.digest != self.log.holdings().existing_summary().digest;
        let view = self.looks_elsewhere(heartbeat);
        let Some(peer) = self.exchange.peers.get_mut(source) else { return false };
        let existing_stood = std::mem::replace(&mut peer.existing_differed, existing);
        let view_stood = std::mem::replace(&mut peer.view_differed, view);
        let base = self.prefers_base_of(heartbeat);
        if let Some(peer) = self.exchange.peers.get_mut(source) {
            peer.base_differed = if base { peer.base_differed.saturating_add(1) } else { 0 };
        }
        let lacking = (existing && (existing_stood || gap))
            || (view && (view_stood || gap))
            || !self.log.frontier().includes(&Frontier::from_wire(&heartbeat.frontier));
        match Gives::said_in(heartbeat) {
            Gives::Nothing => false,
            Gives::WhatIsLost => {
                (lacking && heartbeat.base.as_deref() == self.base_id()) || self.lost_what_settled(heartbeat)
            }
            Gives::All => lacking || base,
        }
    }

    /// Whether those who take part have lost what was settled, with their disks, and one that looks on holds it.
    fn lost_what_settled(&self, heartbeat: &Heartbeat) -> bool {
        let theirs = heartbeat.base.as_deref().filter(|_| heartbeat.settled.is_some());
        self.base_id().is_none() && theirs.is_some_and(|theirs| !self.exchange.later_bases.contains(theirs))
    }

    /// Whether another peer looks at something else, while neither is changing it.
    fn looks_elsewhere(&self, heartbeat: &Heartbeat) -> bool {
        let Some(theirs) = heartbeat.view.as_deref() else { return false };
        let own = self.view.digest();
        own != theirs && own == self.exchange.view_of
    }

    /// Whether another base or settled state may go before ours. Ids do not tell; one that turned out not to is not asked
    /// for again. Of two settled states the one that ends earlier never does.
    fn prefers_base_of(&self, heartbeat: &Heartbeat) -> bool {
        let Some(theirs) = heartbeat.base.as_deref() else { return false };
        let upto = Seen::from_wire(&heartbeat.frontier, heartbeat.settled.as_ref()).settled().cloned();
        self.base_id() != Some(theirs)
            && !self.exchange.later_bases.contains(theirs)
            && self.log.settled().is_none_or(|own| upto.is_some_and(|upto| *own.upto() <= upto))
    }

    /// The id of what the log starts from.
    pub(crate) fn base_id(&self) -> Option<&str> {
        self.log.starts_from()
    }

    fn compare_digests(&mut self, source: &Guid, heartbeat: &Heartbeat, now: Now) {
        let same_operations = heartbeat.existing.digest == self.log.holdings().existing_summary().digest
            && heartbeat.base.as_deref() == self.base_id()
            && *self.log.seen().frontier() == Frontier::from_wire(&heartbeat.frontier);
        if !same_operations || heartbeat.digest.is_empty() {
            return;
        }
        let same = heartbeat.digest == self.log.digest();
        self.compared_with(source, same, heartbeat.serves);
        if !same {
            let detail = format!(
                "{source} has the same operations and shows another document: compare versions; join again to agree"
            );
            self.warn(Warning::Diverged, detail);
            if heartbeat.serves {
                self.resync(source, now);
            }
        }
    }

    pub(super) fn drop_silent_of_ours(&mut self, now: Now) {
        let silent = self.exchange.peers.iter().filter(|(_, peer)| !peer.lives(now));
        let silent: Vec<Guid> = silent.map(|(guid, _)| Guid::clone(guid)).collect();
        for guid in silent {
            self.exchange.unasked.remove(&guid);
            let served = self.exchange.peers.remove(&guid).is_some_and(|peer| peer.serves());
            if served && self.exchange.vanished.len() < OWN_PEERS_MAX {
                self.exchange.vanished.insert(Guid::clone(&guid), now.monotonic_us);
            }
            self.master_departed(&guid, now);
        }
    }
}
