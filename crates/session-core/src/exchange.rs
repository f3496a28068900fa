//! Anti-entropy among peers of ours: heartbeats say what each holds, requests fetch what is lacking.

mod answering;
mod asking;
mod batches;
mod heartbeats;
mod taking;

use std::collections::{BTreeMap, BTreeSet};

use batches::PackedParts;
use session_log::{Guid, Seen};
use session_wire::Heartbeat;

use crate::clock::Now;
use crate::limits::{
    HEARTBEAT_INTERVAL_US, OPERATIONS_ANSWERS_PER_SECOND, OPERATIONS_ANSWERS_TO_ALL_PER_SECOND,
    OWN_LIVENESS_US, OWN_PEERS_MAX, VANISHED_US,
};
use crate::rate::{Every, PerPeer};

/// Answers to `HELLO` a second and peer.
const HELLO_ANSWERS_PER_SECOND: u32 = 10;
/// How long after a gap differences are acted on at first sight.
const GAP_US: u64 = 3 * HEARTBEAT_INTERVAL_US;

/// A peer of ours as it last described itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnPeer {
    heard_us: u64,
    gives: Gives,
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

/// What a peer gives to who asks it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Gives {
    /// It is joining.
    #[default]
    Nothing,
    /// It only looks on, and may be the last one to hold what those who take part have lost.
    WhatIsLost,
    All,
}

impl Gives {
    const fn said_in(heartbeat: &Heartbeat) -> Self {
        match heartbeat {
            Heartbeat { serves: true, .. } => Self::All,
            Heartbeat { observes: true, .. } => Self::WhatIsLost,
            _ => Self::Nothing,
        }
    }
}

/// What a heartbeat said that its sender holds.
#[derive(Clone, Debug)]
struct Held {
    base: Option<String>,
    seen: Seen,
    existing: String,
    clock_us: u64,
}

/// The same, for a look.
pub(crate) struct HeldBy<'a> {
    /// What its log starts from.
    pub(crate) base: Option<&'a str>,
    pub(crate) seen: &'a Seen,
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
    /// Whose last heartbeat told of something that is lacking here, and who was not asked since.
    unasked: BTreeSet<Guid>,
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
    /// What the next joiner is answered.
    pub(crate) packed: PackedParts,
    /// What is held by whoever has not said it.
    nothing: Seen,
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
            unasked: BTreeSet::new(),
            next_request: 1,
            beat: Every::default(),
            gap_until_us: 0,
            hellos: PerPeer::new(HELLO_ANSWERS_PER_SECOND),
            answers: PerPeer::new(OPERATIONS_ANSWERS_PER_SECOND),
            answers_to_all: PerPeer::new(OPERATIONS_ANSWERS_TO_ALL_PER_SECOND),
            later_bases: BTreeSet::new(),
            resynced: Every::default(),
            packed: PackedParts::default(),
            nothing: Seen::default(),
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
        self.peers.get(guid).is_some_and(|peer| peer.serves() && peer.lives(now))
    }

    /// The lowest GUID among other peers of ours that answer requests.
    pub(crate) fn lowest_server(&self, now: Now) -> Option<&Guid> {
        self.peers.iter().find(|(_, peer)| peer.serves() && peer.lives(now)).map(|(guid, _)| guid)
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
        self.unasked.remove(guid);
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
        if self.later_bases.len() >= OWN_PEERS_MAX {
            self.later_bases.pop_first();
        }
        self.later_bases.insert(id);
    }

    /// Whether a base or settled state is known not to be asked for.
    pub(crate) fn is_later_base(&self, id: &str) -> bool {
        self.later_bases.contains(id)
    }

    /// What the peers of ours that serve hold, as far as they said.
    pub(crate) fn held_by_servers(&self, now: Now) -> impl Iterator<Item = HeldBy<'_>> {
        let servers = self.peers.values().filter(move |peer| peer.serves() && peer.lives(now));
        servers.map(|peer| match &peer.held {
            Some(held) => HeldBy {
                base: held.base.as_deref(),
                seen: &held.seen,
                existing: &held.existing,
                clock_us: held.clock_us,
            },
            None => HeldBy { base: None, seen: &self.nothing, existing: "", clock_us: 0 },
        })
    }

    /// Whether nobody is waited for who fell silent, and this peer and those that it hears are more than those that
    /// vanished lately, who may be together elsewhere: of two parts of a divided session at most one lets go of anything.
    pub(crate) fn most_are_here(&self, now: Now, patience_us: u64) -> bool {
        if self.vanished.values().any(|&when| now.since(when) < patience_us) {
            return false;
        }
        let vanished = self.vanished.values().filter(|&&when| now.since(when) <= VANISHED_US).count();
        let here = 1 + self.peers.values().filter(|peer| peer.serves() && peer.lives(now)).count();
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
    fn serves(&self) -> bool {
        self.gives == Gives::All
    }

    const fn lives(&self, now: Now) -> bool {
        now.since(self.heard_us) <= OWN_LIVENESS_US
    }
}
