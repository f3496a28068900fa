//! Limits on how often something is done for one peer.

use std::collections::BTreeMap;

use session_log::Guid;

use crate::clock::Now;
use crate::limits::{OWN_PEERS_MAX, SECOND_US};

/// At most so many a second for each peer.
#[derive(Clone, Debug)]
pub(crate) struct PerPeer {
    per_second: u32,
    since_us: u64,
    counts: BTreeMap<Guid, u32>,
}

impl PerPeer {
    pub(crate) const fn new(per_second: u32) -> Self {
        Self { per_second, since_us: 0, counts: BTreeMap::new() }
    }

    /// Whether one more may be done for a peer now; counts it.
    pub(crate) fn admit(&mut self, peer: &Guid, now: Now) -> bool {
        if now.since(self.since_us) >= SECOND_US {
            self.since_us = now.monotonic_us;
            self.counts.clear();
        }
        if self.counts.len() >= OWN_PEERS_MAX && !self.counts.contains_key(peer) {
            return false;
        }
        let count = self.counts.entry(Guid::clone(peer)).or_default();
        *count += 1;
        *count <= self.per_second
    }
}

/// At most once in an interval.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Every {
    last_us: Option<u64>,
}

impl Every {
    /// Whether the interval is over; starts the next one.
    pub(crate) fn admit(&mut self, interval_us: u64, now: Now) -> bool {
        if self.last_us.is_some_and(|last| now.since(last) < interval_us) {
            return false;
        }
        self.last_us = Some(now.monotonic_us);
        true
    }

    /// When the interval is over.
    pub(crate) fn due_us(self, interval_us: u64) -> u64 {
        self.last_us.map_or(0, |last| last + interval_us)
    }
}

#[cfg(test)]
mod tests {
    use session_log::Guid;

    use super::{Every, PerPeer};
    use crate::clock::Now;

    fn at(ms: u64) -> Now {
        Now { monotonic_us: ms * 1000, wall_us: 0 }
    }

    #[test]
    fn each_peer_has_its_own_share_of_a_second() {
        let (a, b) = (Guid::from("a"), Guid::from("b"));
        let mut rate = PerPeer::new(2);
        assert_eq!([1, 2, 3].map(|ms| rate.admit(&a, at(1000 + ms))), [true, true, false]);
        assert!(rate.admit(&b, at(1004)));
        assert!(rate.admit(&a, at(2100)));
    }

    #[test]
    fn once_in_an_interval() {
        let mut every = Every::default();
        assert!(every.admit(1000, at(0)));
        assert!(!every.admit(1000, at(0)));
        assert!(every.admit(1000, at(1)));
    }
}
