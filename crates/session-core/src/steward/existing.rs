//! Who of the session's peers speaks only the reference protocol, as far as they can be told.

use std::collections::BTreeMap;

use session_log::Guid;
use session_wire::Message;

use crate::clock::Now;
use crate::limits::{
    ANNOUNCE_GAP_US, EXISTING_SILENCE_US, HEARD_MAX, ROSTER_LIVENESS_US, ROSTER_MAX, STRANGER_PATIENCE_US,
};

/// How old the reference is that an existing peer runs, as far as what it said tells (legacy-protocol §8.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// Nothing that it said is younger than June 2026; it is treated as one that knows no more.
    Seed,
    /// It said what a peer of the seed's generation does not know.
    Latest,
}

impl Generation {
    /// A word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Latest => "latest",
        }
    }
}

/// Where an existing peer's state comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nobody knows: it may be in a session of its own.
    #[default]
    Stranger,
    /// The same, and it was asked whether it is a master.
    Tried,
    /// From here, or ours from where its did.
    Belongs,
    /// The same, and it said to be master: what it has open then, and had not before, nobody else has.
    Master,
}

/// How this peer knows of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Source {
    #[default]
    Heard,
    /// Another peer of ours hears it, or was told.
    Told,
    /// It made an operation.
    Log,
}

/// An existing peer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ExistingPeer {
    since_us: u64,
    heard_us: u64,
    /// When it is taken for gone.
    gone_us: u64,
    source: Source,
    /// A peer of the seed's generation announces nothing, and may be silent for long.
    announces: bool,
    /// It said something that peers of the seed's generation know as little as `REPLACE_TIMELINE`.
    knows_replacements: bool,
    /// It said to be master itself.
    claims: bool,
    pub(super) standing: Standing,
}

impl ExistingPeer {
    /// What it understands.
    pub(crate) const fn generation(&self) -> Generation {
        if self.knows_replacements { Generation::Latest } else { Generation::Seed }
    }

    /// Whether it said to be master.
    pub(crate) const fn claims(&self) -> bool {
        self.claims
    }

    /// For how long it has said nothing, to this peer or to who told of it, in microseconds.
    pub(crate) fn silent_us(&self, now: Now) -> u64 {
        let silence = if self.announces { ROSTER_LIVENESS_US } else { EXISTING_SILENCE_US };
        silence.saturating_sub(self.gone_us.saturating_sub(now.monotonic_us))
    }

    /// It has the state of the session now.
    pub(super) fn belongs(&mut self) {
        if self.standing != Standing::Master {
            self.standing = Standing::Belongs;
        }
    }
}

/// The existing peers that were heard lately.
#[derive(Debug, Default)]
pub(crate) struct ExistingPeers {
    peers: BTreeMap<Guid, ExistingPeer>,
}

impl ExistingPeers {
    /// A message of one arrived. Gives for how long it was silent, where that is longer than it is while it is connected.
    pub(crate) fn hear(&mut self, guid: &Guid, message: &Message, now: Now) -> Option<u64> {
        if self.peers.len() >= ROSTER_MAX && !self.peers.contains_key(guid) {
            return None;
        }
        let first = ExistingPeer { since_us: now.monotonic_us, ..ExistingPeer::default() };
        let peer = self.peers.entry(Guid::clone(guid)).or_insert(first);
        if peer.source != Source::Heard {
            *peer = first;
        }
        let silent_us = now.since(peer.heard_us);
        let is_gap = peer.announces && peer.heard_us > 0 && silent_us > ANNOUNCE_GAP_US;
        peer.heard_us = now.monotonic_us;
        if matches!(message, Message::WhoIsMaster(_) | Message::StateRequest(_))
            && peer.standing == Standing::Master
        {
            // Another process of it, that is no master: what it says later it is asked for again.
            (peer.standing, peer.claims) = (Standing::Belongs, false);
        }
        peer.announces |= matches!(message, Message::PeerAnnounce(_));
        peer.claims |= matches!(message, Message::IAmMaster(body) if *body.master_guid == **guid);
        peer.knows_replacements |= is_of_latest_generation(message);
        peer.gone_us = now.after(if peer.announces { ROSTER_LIVENESS_US } else { EXISTING_SILENCE_US });
        is_gap.then_some(silent_us)
    }

    /// One that said something a while ago: it may be here, without a word, for as long as any other. Whoever is known
    /// already is gone when it was to be, however many tell of it.
    pub(crate) fn recall(&mut self, guid: &Guid, source: Source, ago_us: u64, now: Now) {
        let Some(left_us) = EXISTING_SILENCE_US.checked_sub(ago_us) else { return };
        if self.peers.len() < ROSTER_MAX {
            let (since_us, gone_us) = (now.monotonic_us, now.after(left_us));
            let recalled = ExistingPeer { since_us, gone_us, source, ..ExistingPeer::default() };
            self.peers.entry(Guid::clone(guid)).or_insert(recalled);
        }
    }

    /// Those that announce nothing, and how long ago each was heard, by this peer or who told it.
    pub(crate) fn silent(&self, now: Now) -> impl Iterator<Item = (&Guid, u64)> {
        let silent = self.peers.iter().filter(|(_, peer)| !peer.announces && peer.source != Source::Log);
        silent.map(move |(guid, peer)| (guid, peer.silent_us(now))).take(HEARD_MAX)
    }

    /// One of them.
    pub(crate) fn get(&self, guid: &str) -> Option<&ExistingPeer> {
        self.peers.get(guid)
    }

    pub(super) fn get_mut(&mut self, guid: &str) -> Option<&mut ExistingPeer> {
        self.peers.get_mut(guid)
    }

    /// Everybody who is here belongs to the session; that one is its master. Others that claim to be may have another
    /// state: two masters of the reference never agree.
    pub(crate) fn all_belong(&mut self, master: Option<&str>) {
        for (guid, peer) in &mut self.peers {
            peer.standing = match peer.claims {
                _ if Some(&**guid) == master => Standing::Master,
                true => Standing::Stranger,
                false => Standing::Belongs,
            };
        }
    }

    /// Who has been of a standing for long enough, and becomes another: a joiner asks for the state, and a master answers,
    /// before.
    fn take(&mut self, from: Standing, to: Standing, patience_us: u64, now: Now) -> Vec<Guid> {
        let due = self
            .peers
            .iter_mut()
            .filter(|(_, peer)| peer.standing == from && now.since(peer.since_us) >= patience_us);
        due.map(|(guid, peer)| {
            peer.standing = to;
            Guid::clone(guid)
        })
        .collect()
    }

    /// Who may be in a session of its own and is to be asked now whether it is its master.
    pub(super) fn take_strangers(&mut self, now: Now) -> Vec<Guid> {
        self.take(Standing::Stranger, Standing::Tried, STRANGER_PATIENCE_US, now)
    }

    /// Who was asked and is no master.
    pub(super) fn take_silent_strangers(&mut self, now: Now) -> Vec<Guid> {
        self.take(Standing::Tried, Standing::Belongs, 2 * STRANGER_PATIENCE_US, now)
    }

    /// It departed, or turned out to be one of ours.
    pub(crate) fn forget(&mut self, guid: &str) {
        self.peers.remove(guid);
    }

    pub(crate) fn drop_silent(&mut self, now: Now) {
        self.peers.retain(|_, peer| now.monotonic_us <= peer.gone_us);
    }

    pub(crate) fn is_known(&self, guid: &str) -> bool {
        self.peers.contains_key(guid)
    }

    /// Whether somebody was here for longer than that.
    pub(crate) fn are_here_since(&self, window_us: u64, now: Now) -> bool {
        self.peers.values().any(|peer| now.since(peer.since_us) > window_us)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }

    /// Those that may ignore `REMOVE_TIMELINE` and `REPLACE_TIMELINE`, as peers of the seed's generation do.
    pub(super) fn of_oldest_generation(&self) -> Vec<Guid> {
        let may_ignore = self.peers.iter().filter(|(_, peer)| peer.generation() == Generation::Seed);
        may_ignore.map(|(guid, _)| Guid::clone(guid)).collect()
    }

    /// By GUID, with whether it announces itself, as those of the latest generation do.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Guid, bool)> {
        self.peers.iter().map(|(guid, peer)| (guid, peer.announces))
    }
}

/// What came after the seed's generation (legacy-protocol §8.1).
const fn is_of_latest_generation(message: &Message) -> bool {
    matches!(
        message,
        Message::PeerAnnounce(_)
            | Message::RemoveTimeline(_)
            | Message::ReplaceTimeline(_)
            | Message::ClaimOwnership(_)
            | Message::ReleaseOwnership(_)
            | Message::SetPeerRole(_)
    )
}
