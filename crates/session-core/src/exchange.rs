//! Anti-entropy among peers of ours: heartbeats say what each holds, requests fetch what is lacking.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lossless_json::{Style, Value};
use session_log::{Frontier, Guid, Operation, Settled};
use session_wire::{Envelope, Heartbeat, Hello, Operations, OperationsRequest};

use crate::clock::Now;
use crate::discovery::Phase;
use crate::durable::as_operation;
use crate::effect::Warning;
use crate::limits::{
    CLOCK_HOLD_OFF_US, HEARTBEAT_INTERVAL_US, OPERATIONS_ANSWER_TIME_MAX_US, OPERATIONS_ANSWERS_PER_SECOND,
    OPERATIONS_ANSWERS_TO_ALL_PER_SECOND, OPERATIONS_PART_BYTES_MAX, OPERATIONS_PARTS_MAX,
    OPERATIONS_REQUEST_INTERVAL_US, OPERATIONS_TIMEOUT_US, OWN_LIVENESS_US, OWN_PEERS_MAX,
    RESYNC_INTERVAL_US, STAMP_AHEAD_MAX_US, UNANSWERED_HOLD_OFF_US, VANISHED_US,
};
use crate::output::{Ignored, Receipt, Refusal, RefusalReason};
use crate::peer::Peer;
use crate::rate::{Every, PerPeer};

/// Unanswered requests to one peer before another one is asked.
const ATTEMPTS_MAX: u32 = 3;
/// Heartbeats after which a log that starts from another state counts as parted, rather than a step behind.
const PARTED_HEARTBEATS: u32 = 2;
/// Answers to `HELLO` a second and peer.
const HELLO_ANSWERS_PER_SECOND: u32 = 10;
/// How long after a gap differences are acted on at first sight.
const GAP_US: u64 = 3 * HEARTBEAT_INTERVAL_US;

/// A peer of ours as it last described itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnPeer {
    heard_us: u64,
    serves: bool,
    requested: Every,
    /// It held other operations of existing peers, or others beyond a gap, when last heard.
    existing_differed: bool,
    /// It looked at something else when last heard.
    view_differed: bool,
    /// Until when it is not asked for operations: what it hands over is more than its share, or not due yet.
    held_off_until_us: u64,
    /// When it said HELLO, until it has been seen to hold everything since.
    greeted_us: Option<u64>,
    /// In how many heartbeats, in turn, its log started from something else than this one's.
    base_differed: u32,
    /// What it said to hold, and the clock that its next operation is above; none before its first heartbeat.
    held: Option<Held>,
}

/// What a heartbeat said that its sender holds.
#[derive(Clone, Debug)]
struct Held {
    frontier: Frontier,
    existing: String,
    clock_us: u64,
}

/// The same, for a look.
pub(crate) struct HeldBy<'a> {
    pub(crate) frontier: &'a Frontier,
    /// Digest of what the frontier does not tell.
    pub(crate) existing: &'a str,
    pub(crate) clock_us: u64,
}

/// A request that waits for its answer.
#[derive(Clone, Debug)]
struct Request {
    number: u64,
    target: Guid,
    since_us: u64,
    progress_us: u64,
    attempts: u32,
    parts: BTreeSet<u64>,
    last_part: Option<u64>,
    /// The settled state that the answer lies on.
    state: Option<String>,
    /// Whether the state was asked for whatever is here.
    anew: bool,
}

/// What one peer knows of the others of ours.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    peers: BTreeMap<Guid, OwnPeer>,
    outstanding: Option<Request>,
    next_request: u64,
    beat: Every,
    gap_until_us: u64,
    hellos: PerPeer,
    answers: PerPeer,
    /// The answers to all whose GUID is only what they say: names cost nothing, and an answer is the whole log.
    answers_to_all: PerPeer,
    /// When everything that is held was last compared.
    resynced: Every,
    /// Bases and settled states of others that are not to be asked for: ours goes before, or reaches further.
    later_bases: BTreeSet<String>,
    /// Peers of ours that fell silent without leaving, and when.
    vanished: BTreeMap<Guid, u64>,
    /// The log's length at the last heartbeat.
    digest_of: Option<usize>,
    /// The digest of the view at the last heartbeat.
    view_of: String,
}

impl Default for Exchange {
    fn default() -> Self {
        Self {
            peers: BTreeMap::new(),
            outstanding: None,
            next_request: 1,
            beat: Every::default(),
            gap_until_us: 0,
            hellos: PerPeer::new(HELLO_ANSWERS_PER_SECOND),
            answers: PerPeer::new(OPERATIONS_ANSWERS_PER_SECOND),
            answers_to_all: PerPeer::new(OPERATIONS_ANSWERS_TO_ALL_PER_SECOND),
            later_bases: BTreeSet::new(),
            resynced: Every::default(),
            vanished: BTreeMap::new(),
            digest_of: None,
            view_of: String::new(),
        }
    }
}

impl Exchange {
    /// Whether a peer is known to be one of ours.
    pub(crate) fn is_known(&self, guid: &str) -> bool {
        self.peers.contains_key(guid)
    }

    /// Whether a peer of ours was heard lately and answers requests.
    pub(crate) fn is_serving(&self, guid: &str, now: Now) -> bool {
        self.peers.get(guid).is_some_and(|peer| peer.serves && peer.lives(now))
    }

    /// The lowest GUID among other peers of ours that answer requests.
    pub(crate) fn lowest_server(&self, now: Now) -> Option<&Guid> {
        self.peers.iter().find(|(_, peer)| peer.serves && peer.lives(now)).map(|(guid, _)| guid)
    }

    /// Whether a request for operations is open.
    pub(crate) const fn waits_for_answer(&self) -> bool {
        self.outstanding.is_some()
    }

    pub(crate) fn forget_request(&mut self) {
        self.outstanding = None;
    }

    pub(crate) fn forget_peer(&mut self, guid: &str) {
        self.vanished.remove(guid);
        self.peers.remove(guid);
        self.outstanding.take_if(|request| *request.target == *guid);
    }

    /// After a gap, differences are acted on at first sight.
    pub(crate) fn mark_gap(&mut self, now: Now) {
        self.gap_until_us = now.after(GAP_US);
    }

    /// Whether a peer was waited for since it said HELLO; from now on it is not.
    pub(crate) fn was_awaited(&mut self, guid: &str) -> bool {
        self.peers.get_mut(guid).is_some_and(|peer| peer.greeted_us.take().is_some())
    }

    fn hold_off(&mut self, guid: &str, until_us: u64) {
        if let Some(peer) = self.peers.get_mut(guid) {
            peer.held_off_until_us = peer.held_off_until_us.max(until_us);
        }
    }

    /// Remembers a base that does not go before ours.
    pub(crate) fn note_later_base(&mut self, id: String) {
        if self.later_bases.len() < OWN_PEERS_MAX {
            self.later_bases.insert(id);
        }
    }

    /// Whether a base or settled state is known not to be asked for.
    pub(crate) fn is_later_base(&self, id: &str) -> bool {
        self.later_bases.contains(id)
    }

    /// What the peers of ours that serve hold, as far as they said.
    pub(crate) fn held_by_servers(&self, now: Now) -> impl Iterator<Item = HeldBy<'_>> {
        const NOTHING: &Frontier = &Frontier::new();
        let servers = self.peers.values().filter(move |peer| peer.serves && peer.lives(now));
        servers.map(|peer| match &peer.held {
            Some(held) => {
                HeldBy { frontier: &held.frontier, existing: &held.existing, clock_us: held.clock_us }
            }
            None => HeldBy { frontier: NOTHING, existing: "", clock_us: 0 },
        })
    }

    /// Whether nobody is waited for who fell silent, and this peer and those that it hears are more than those that vanished lately, who may be together elsewhere:
    /// of two parts of a divided session at most one lets go of anything.
    pub(crate) fn most_are_here(&self, now: Now, patience_us: u64) -> bool {
        if self.vanished.values().any(|&when| now.since(when) < patience_us) {
            return false;
        }
        let vanished = self.vanished.values().filter(|&&when| now.since(when) <= VANISHED_US).count();
        let here = 1 + self.peers.values().filter(|peer| peer.serves && peer.lives(now)).count();
        here > vanished
    }

    /// Whether a piece belongs to the answer that is waited for; it goes on then.
    pub(crate) fn progresses(&mut self, source: &Guid, number: u64, now: Now) -> bool {
        match &mut self.outstanding {
            Some(request) if request.number == number && request.target == *source => {
                request.progress_us = now.monotonic_us;
                true
            }
            _ => false,
        }
    }

    /// Somebody made operations lately and was not heard since this peer started: it may be elsewhere, with others.
    pub(crate) fn miss(&mut self, guid: &Guid, now: Now) {
        if self.vanished.len() < OWN_PEERS_MAX {
            self.vanished.insert(Guid::clone(guid), now.monotonic_us);
        }
    }

    /// A message of a peer of ours arrived.
    pub(crate) fn hear(&mut self, guid: &Guid, now: Now) -> Option<&mut OwnPeer> {
        self.vanished.remove(guid);
        if !self.peers.contains_key(guid) && self.peers.len() >= OWN_PEERS_MAX {
            return None;
        }
        let peer = self.peers.entry(Guid::clone(guid)).or_default();
        peer.heard_us = now.monotonic_us;
        Some(peer)
    }
}

impl OwnPeer {
    const fn lives(&self, now: Now) -> bool {
        now.since(self.heard_us) <= OWN_LIVENESS_US
    }
}

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
        let frontier = self.log.frontier().to_wire();
        let existing = self.log.holdings().existing_summary();
        let mut heartbeat = Heartbeat::new(&*self.run, frontier, existing, digest, self.clock.last_us());
        heartbeat.base = self.base_id().map(str::to_owned);
        let view = self.view.digest();
        heartbeat.view = (self.exchange.view_of == view).then(|| view.clone());
        self.exchange.view_of = view;
        heartbeat.serves = self.serves();
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
        peer.serves = heartbeat.serves;
        peer.held = Some(Held {
            frontier: Frontier::from_wire(&heartbeat.frontier),
            existing: heartbeat.existing.digest.clone(),
            clock_us: heartbeat.hlc,
        });
        self.roster.seen(source, now);
        self.clock.observe(heartbeat.hlc, now.wall_us);
        match &self.phase {
            Phase::Discovering(_) if heartbeat.serves => self.found_server(source, now),
            Phase::AskingState { master, .. }
                if heartbeat.serves && !self.observes() && self.exchange.is_known(master) =>
            {
                self.turn_to_ours(source, now);
            }
            Phase::Synced => {
                if self.lacks(source, heartbeat, now) {
                    self.request_operations(source, now);
                }
                self.compare_digests(source, heartbeat, now);
            }
            _ => {}
        }
        Receipt::Accepted { durable: None, relay: false }
    }

    /// Whether a peer that serves holds something that this one lacks. What existing peers sent, what lies beyond a gap
    /// and what is looked at may still be on its way: a difference counts once it stands for two heartbeats, or right after a gap.
    fn lacks(&mut self, source: &Guid, heartbeat: &Heartbeat, now: Now) -> bool {
        let gap = now.monotonic_us < self.exchange.gap_until_us;
        let existing = heartbeat.existing.digest != self.log.holdings().existing_summary().digest;
        let view = self.looks_elsewhere(heartbeat);
        let Some(peer) = self.exchange.peers.get_mut(source) else { return false };
        let existing_stood = std::mem::replace(&mut peer.existing_differed, existing);
        let view_stood = std::mem::replace(&mut peer.view_differed, view);
        let base = heartbeat.base.as_deref().is_some_and(|theirs| self.prefers_base(theirs));
        if let Some(peer) = self.exchange.peers.get_mut(source) {
            peer.base_differed = if base { peer.base_differed.saturating_add(1) } else { 0 };
        }
        heartbeat.serves
            && (base
                || (existing && (existing_stood || gap))
                || (view && (view_stood || gap))
                || !self.log.frontier().includes(&Frontier::from_wire(&heartbeat.frontier)))
    }

    /// Whether another peer looks at something else, while neither is changing it.
    fn looks_elsewhere(&self, heartbeat: &Heartbeat) -> bool {
        let Some(theirs) = heartbeat.view.as_deref() else { return false };
        let own = self.view.digest();
        own != theirs && own == self.exchange.view_of
    }

    /// Whether another base may go before ours. Ids do not tell; one that turned out not to is not asked for again.
    fn prefers_base(&self, theirs: &str) -> bool {
        !self.observes() && self.base_id() != Some(theirs) && !self.exchange.later_bases.contains(theirs)
    }

    /// The id of what the log starts from.
    pub(crate) fn base_id(&self) -> Option<&str> {
        let settled = self.log.settled().map(Settled::id);
        settled.or_else(|| self.log.base().map(|base| base.id()))
    }

    fn compare_digests(&mut self, source: &Guid, heartbeat: &Heartbeat, now: Now) {
        let same_operations = heartbeat.existing.digest == self.log.holdings().existing_summary().digest
            && heartbeat.base.as_deref() == self.base_id()
            && *self.log.frontier() == Frontier::from_wire(&heartbeat.frontier);
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

    /// Asks for everything: somewhere below, two say different things under the same name. What is held already is passed
    /// over, and of two bodies of one identity all keep the same.
    fn resync(&mut self, source: &Guid, now: Now) {
        if self.exchange.outstanding.is_none() && self.exchange.resynced.admit(RESYNC_INTERVAL_US, now) {
            let base = self.base_id().map(str::to_owned);
            let request = OperationsRequest::new(&**source, self.exchange.next_request, BTreeMap::new());
            self.send_numbered(OperationsRequest { base, ..request }, source, 1, now);
        }
    }

    fn send_request(&mut self, target: &Guid, attempts: u32, now: Now) {
        let number = self.exchange.next_request;
        let mut request = OperationsRequest::new(&**target, number, self.log.frontier().to_wire());
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

    /// `OPERATIONS_REQUEST` for this peer: answered in parts.
    pub(crate) fn receive_operations_request(
        &mut self,
        source: &Guid,
        request: &OperationsRequest,
        bound: bool,
        now: Now,
    ) -> Receipt {
        if *request.target_guid != *self.own {
            return Receipt::Ignored(Ignored::ForAnother);
        }
        let own_share = self.exchange.answers.admit(source, now);
        if !own_share || !(bound || self.exchange.answers_to_all.admit(&self.own, now)) {
            return Receipt::Ignored(Ignored::TooOften);
        }
        if self.serves() {
            let state = self.give_state(source, request);
            let mut parts = self.answer(source, request, now);
            parts[0].state = state;
            for part in parts {
                self.send(part, Some(source));
            }
        }
        Receipt::Accepted { durable: None, relay: false }
    }

    fn answer(&self, source: &Guid, request: &OperationsRequest, now: Now) -> Vec<Operations> {
        let base = self.log.base().filter(|ours| request.base.as_deref() != Some(ours.id()));
        let known: BTreeSet<u64> = request.existing.iter().copied().collect();
        let theirs = Frontier::from_wire(&request.frontier);
        let batches = in_batches(self.log.since(&theirs, &known));
        let last = batches.len() - 1;
        let parts = batches.into_iter().enumerate().map(|(part, envelopes)| {
            Operations::new(&**source, request.request, part as u64, part == last, envelopes)
        });
        let mut parts: Vec<Operations> = parts.collect();
        parts[0].base = base.map(|base| base.to_wire());
        parts[0].view = Some(self.wire_view(now));
        parts
    }

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
        if !request.parts.insert(answer.part) {
            return Receipt::Ignored(Ignored::Duplicate);
        }
        request.progress_us = now.monotonic_us;
        if answer.last {
            request.last_part = Some(answer.part);
        }
        request.state = request.state.take().or_else(|| answer.state.clone());
        self.take_in_part(source, answer, bound, now);
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
        }
    }

    fn take_in_part(&mut self, source: &Guid, answer: &Operations, bound: bool, now: Now) {
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
        for value in &answer.envelopes {
            let envelope =
                Envelope::from_value(value.clone()).ok().filter(|envelope| self.is_of_this_session(envelope));
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
            .find(|(guid, peer)| peer.serves && peer.lives(now) && **guid != request.target);
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
            }
        }
    }

    fn drop_silent_of_ours(&mut self, now: Now) {
        let silent = self.exchange.peers.iter().filter(|(_, peer)| !peer.lives(now));
        let silent: Vec<Guid> = silent.map(|(guid, _)| Guid::clone(guid)).collect();
        for guid in silent {
            let served = self.exchange.peers.remove(&guid).is_some_and(|peer| peer.serves);
            if served && self.exchange.vanished.len() < OWN_PEERS_MAX {
                self.exchange.vanished.insert(Guid::clone(&guid), now.monotonic_us);
            }
            self.master_departed(&guid, now);
        }
    }
}

/// Envelopes in batches of bounded size; at least one batch.
fn in_batches<'a>(operations: impl Iterator<Item = &'a Operation>) -> Vec<Vec<Value>> {
    let mut batches = vec![Vec::new()];
    let mut bytes = 0;
    for operation in operations {
        let value = operation.envelope().to_value();
        let size = value.to_text(Style::Python).len();
        if bytes > 0 && bytes + size > OPERATIONS_PART_BYTES_MAX {
            batches.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(batch) = batches.last_mut() {
            batch.push(value);
        }
    }
    batches
}
