//! Asking for what is lacking, and asking again.

use std::collections::{BTreeMap, BTreeSet};

use session_log::Guid;
use session_wire::OperationsRequest;

use super::{Gives, Held, Request};
use crate::clock::Now;
use crate::discovery::Phase;
use crate::effect::Warning;
use crate::limits::{
    HEARTBEAT_INTERVAL_US, OPERATIONS_REQUEST_INTERVAL_US, OPERATIONS_TIMEOUT_US, OWN_LIVENESS_US,
    RESYNC_INTERVAL_US, UNANSWERED_HOLD_OFF_US,
};
use crate::peer::Peer;

/// Unanswered requests to one peer before another one is asked.
const ATTEMPTS_MAX: u32 = 3;
/// Heartbeats after which a log that starts from another state counts as parted, rather than a step behind.
const PARTED_HEARTBEATS: u32 = 2;

impl Peer {
    /// Asks a peer of ours for what this one lacks, unless a request is under way.
    pub(crate) fn request_operations(&mut self, target: &Guid, now: Now) {
        let Some(peer) = self.exchange.peers.get_mut(target) else { return };
        if self.exchange.outstanding.is_some()
            || now.monotonic_us < peer.held_off_until_us
            || !peer.requested.admit(OPERATIONS_REQUEST_INTERVAL_US, now)
        {
            return;
        }
        self.send_request(target, 1, now);
    }

    /// Asks whoever told of something while another answer was under way, and still has it over this peer.
    pub(super) fn request_what_was_told(&mut self, now: Now) {
        let may = self.phase == Phase::Synced && self.exchange.outstanding.is_none();
        if !may || self.exchange.unasked.is_empty() {
            return;
        }
        let existing = self.log.holdings().existing_summary().digest;
        let has_more =
            |held: &Held| !self.log.frontier().includes(held.seen.frontier()) || held.existing != existing;
        let told = self.exchange.unasked.iter().filter(|guid| {
            let peer =
                self.exchange.peers.get(*guid).filter(|peer| peer.gives != Gives::Nothing && peer.lives(now));
            peer.and_then(|peer| peer.held.as_ref()).is_some_and(has_more)
        });
        let told: Vec<Guid> = told.cloned().collect();
        for guid in told {
            self.request_operations(&guid, now);
        }
    }

    /// Asks for everything: somewhere below, two say different things under the same name. What is held already is passed
    /// over, and of two bodies of one identity all keep the same.
    pub(super) fn resync(&mut self, source: &Guid, now: Now) {
        if self.exchange.outstanding.is_none() && self.exchange.resynced.admit(RESYNC_INTERVAL_US, now) {
            let mut request = OperationsRequest::new(&**source, self.exchange.next_request, BTreeMap::new());
            request.base = self.base_id().map(str::to_owned);
            request.settled = self.log.seen().settled_to_wire();
            self.send_numbered(request, source, 1, now);
        }
    }

    pub(super) fn send_request(&mut self, target: &Guid, attempts: u32, now: Now) {
        let number = self.exchange.next_request;
        let seen = self.log.seen();
        let mut request = OperationsRequest::new(&**target, number, seen.frontier().to_wire());
        request.settled = seen.settled_to_wire();
        request.existing = self.log.holdings().existing().iter().copied().collect();
        request.base = self.base_id().map(str::to_owned);
        let parted =
            self.exchange.peers.get(target).is_some_and(|peer| peer.base_differed >= PARTED_HEARTBEATS);
        request.anew = parted || self.settlement.is_stuck();
        if let Some((state, bytes)) = self.settlement.unfinished() {
            (request.resumes, request.resumes_at) = (Some(state.to_owned()), bytes as u64);
        }
        self.send_numbered(request, target, attempts, now);
    }

    fn send_numbered(&mut self, request: OperationsRequest, target: &Guid, attempts: u32, now: Now) {
        let number = request.request;
        self.exchange.next_request = number + 1;
        self.exchange.unasked.remove(target);
        self.exchange.outstanding = Some(Request {
            number,
            target: Guid::clone(target),
            since_us: now.monotonic_us,
            progress_us: now.monotonic_us,
            attempts,
            parts: BTreeSet::new(),
            last_part: None,
            state: None,
            anew: request.anew,
        });
        self.send(request, Some(target));
    }

    /// When the exchange has something to do next.
    pub(crate) fn exchange_due_us(&self) -> Option<u64> {
        if self.phase == Phase::Idle || !self.link_up {
            return None;
        }
        let answer =
            self.exchange.outstanding.as_ref().map(|request| request.progress_us + OPERATIONS_TIMEOUT_US);
        let beat = (self.phase == Phase::Synced).then(|| self.exchange.beat.due_us(HEARTBEAT_INTERVAL_US));
        let silent = self.exchange.peers.values().map(|peer| peer.heard_us + OWN_LIVENESS_US + 1).min();
        [answer, beat, silent].into_iter().flatten().min()
    }

    /// Beats, asks again, and drops peers of ours that fell silent.
    pub(crate) fn drive_exchange(&mut self, now: Now) {
        if self.phase == Phase::Idle || !self.link_up {
            return;
        }
        self.drop_silent_of_ours(now);
        if self.phase == Phase::Synced && now.monotonic_us >= self.exchange.beat.due_us(HEARTBEAT_INTERVAL_US)
        {
            self.heartbeat(now);
        }
        let late = |request: &mut Request| now.since(request.progress_us) >= OPERATIONS_TIMEOUT_US;
        if let Some(request) = self.exchange.outstanding.take_if(late) {
            self.request_unanswered(&request, now);
        }
    }

    fn request_unanswered(&mut self, request: &Request, now: Now) {
        let progressed = !request.parts.is_empty();
        let attempts = if progressed { 1 } else { request.attempts + 1 };
        if attempts <= ATTEMPTS_MAX && self.exchange.is_serving(&request.target, now) {
            self.send_request(&request.target, attempts, now);
            return;
        }
        let next = self
            .exchange
            .peers
            .iter()
            .find(|(guid, peer)| peer.serves() && peer.lives(now) && **guid != request.target);
        match next.map(|(guid, _)| Guid::clone(guid)) {
            Some(other) if matches!(self.phase, Phase::AskingOperations { .. }) => {
                self.send_request(&other, 1, now);
            }
            _ => {
                // One that is heard all the time and never answers must not keep everybody else from being asked.
                if self.exchange.is_serving(&request.target, now) {
                    self.exchange.hold_off(&request.target, now.after(UNANSWERED_HOLD_OFF_US));
                }
                self.warn(
                    Warning::NoAnswer,
                    format!("{} does not answer requests for operations", request.target),
                );
                self.operations_unanswered(now);
                self.request_what_was_told(now);
            }
        }
    }
}
