//! Who of the session's peers speaks only the reference protocol, as far as they can be told.

use std::collections::BTreeMap;

use session_log::Guid;

use crate::clock::Now;
use crate::limits::{EXISTING_SILENCE_US, ROSTER_LIVENESS_US, ROSTER_MAX};

/// An existing peer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ExistingPeer {
    since_us: u64,
    heard_us: u64,
    /// A peer of the seed's generation announces nothing, and may be silent for long.
    announces: bool,
}

/// The existing peers that were heard lately.
#[derive(Debug, Default)]
pub(crate) struct ExistingPeers {
    peers: BTreeMap<Guid, ExistingPeer>,
}

impl ExistingPeers {
    /// A message of one arrived.
    pub(crate) fn hear(&mut self, guid: &Guid, announces: bool, now: Now) {
        if self.peers.len() >= ROSTER_MAX && !self.peers.contains_key(guid) {
            return;
        }
        let first = ExistingPeer { since_us: now.monotonic_us, ..ExistingPeer::default() };
        let peer = self.peers.entry(Guid::clone(guid)).or_insert(first);
        peer.heard_us = now.monotonic_us;
        peer.announces |= announces;
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
