//! Who of the session's peers speaks only the reference protocol, as far as they can be told.

use std::collections::BTreeMap;

use session_log::Guid;

use crate::clock::Now;
use crate::limits::{
    ANNOUNCE_GAP_US, EXISTING_SILENCE_US, ROSTER_LIVENESS_US, ROSTER_MAX, STRANGER_PATIENCE_US,
};

/// Where an existing peer's state comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nobody knows: it may be in a session of its own.
    #[default]
    Stranger,
    /// The same, and it was asked.
    Tried,
    /// From here, or ours from where its did.
    Belongs,
    /// The same, and it said to be master: what it has open then, and had not before, nobody else has.
    Master,
}

/// An existing peer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ExistingPeer {
    since_us: u64,
    heard_us: u64,
    /// A peer of the seed's generation announces nothing, and may be silent for long.
    announces: bool,
    pub(super) standing: Standing,
}

impl ExistingPeer {
    /// It has the state of the session now.
    pub(super) fn belongs(&mut self) {
        if self.standing != Standing::Master {
            self.standing = Standing::Belongs;
        }
    }

    /// When it is tried whether it is in a session of its own: a joiner asks for the state before.
    pub(super) const fn tried_from_us(self) -> u64 {
        self.since_us + STRANGER_PATIENCE_US
    }
}

/// The existing peers that were heard lately.
#[derive(Debug, Default)]
pub(crate) struct ExistingPeers {
    peers: BTreeMap<Guid, ExistingPeer>,
}

impl ExistingPeers {
    /// A message of one arrived. Gives for how long it was silent, where that is longer than it is while it is connected.
    pub(crate) fn hear(&mut self, guid: &Guid, announces: bool, now: Now) -> Option<u64> {
        if self.peers.len() >= ROSTER_MAX && !self.peers.contains_key(guid) {
            return None;
        }
        let first = ExistingPeer { since_us: now.monotonic_us, ..ExistingPeer::default() };
        let peer = self.peers.entry(Guid::clone(guid)).or_insert(first);
        let silent_us = now.since(peer.heard_us);
        let is_gap = peer.announces && peer.heard_us > 0 && silent_us > ANNOUNCE_GAP_US;
        peer.heard_us = now.monotonic_us;
        peer.announces |= announces;
        is_gap.then_some(silent_us)
    }

    pub(super) fn get_mut(&mut self, guid: &str) -> Option<&mut ExistingPeer> {
        self.peers.get_mut(guid)
    }

    /// Everybody who is here belongs to the session; that one is its master.
    pub(crate) fn all_belong(&mut self, master: Option<&str>) {
        for (guid, peer) in &mut self.peers {
            peer.standing = if Some(&**guid) == master { Standing::Master } else { Standing::Belongs };
        }
    }

    /// Who may be in a session of its own and is to be tried now.
    pub(super) fn take_strangers(&mut self, now: Now) -> Vec<Guid> {
        let due = self.peers.iter_mut().filter(|(_, peer)| {
            peer.standing == Standing::Stranger && now.monotonic_us >= peer.tried_from_us()
        });
        due.map(|(guid, peer)| {
            peer.standing = Standing::Tried;
            Guid::clone(guid)
        })
        .collect()
    }

    /// It departed, or turned out to be one of ours.
    pub(crate) fn forget(&mut self, guid: &str) {
        self.peers.remove(guid);
    }

    pub(crate) fn drop_silent(&mut self, now: Now) {
        self.peers.retain(|_, peer| {
            let patience_us = if peer.announces { ROSTER_LIVENESS_US } else { EXISTING_SILENCE_US };
            now.since(peer.heard_us) <= patience_us
        });
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

    /// By GUID, with whether it announces itself, as those of the latest generation do.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Guid, bool)> {
        self.peers.iter().map(|(guid, peer)| (guid, peer.announces))
    }

    /// Whether all of them take `REPLACE_TIMELINE`, which those of the seed's generation ignore.
    pub(crate) fn take_replacements(&self) -> bool {
        self.peers.values().all(|peer| peer.announces)
    }
}
