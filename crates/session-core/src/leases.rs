//! Who is emitting a channel now (legacy-protocol §2.9), kept for existing peers.
//!
//! View messages of ours converge by their stamps alone; existing peers go by these leases, so we claim before
//! we send, and keep their records as they would.

use std::collections::BTreeMap;
use std::sync::Arc;

use session_wire::LeaseEntry;

use crate::clock::Now;

/// A leased channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// The playhead.
    Position,
    /// Pan, zoom, exposure, channel.
    Display,
    /// Timelines and their children.
    Structure,
    /// Which timeline and clip everybody sees.
    Visibility,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 4] = [Self::Position, Self::Display, Self::Structure, Self::Visibility];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Position => "position",
            Self::Display => "display",
            Self::Structure => "structure",
            Self::Visibility => "visibility",
        }
    }

    /// A channel by its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }

    const fn duration_us(self) -> u64 {
        match self {
            Self::Display => 500_000,
            Self::Position => 1_000_000,
            Self::Structure => 2_000_000,
            Self::Visibility => 3_000_000,
        }
    }

    const fn earlier_wins(self) -> bool {
        !matches!(self, Self::Visibility)
    }

    /// The better of two claims.
    fn resolve(self, a: Claim, b: Claim) -> Claim {
        let by_time = a.ts.total_cmp(&b.ts);
        let by_time = if self.earlier_wins() { by_time } else { by_time.reverse() };
        if by_time.then_with(|| a.guid.cmp(&b.guid)).is_le() { a } else { b }
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Claim {
    ts: f64,
    guid: Arc<str>,
}

#[derive(Clone, Debug, Default)]
struct Lease {
    owner: Option<Arc<str>>,
    claim_ts: Option<f64>,
    deadline_us: u64,
    confirmed: bool,
    pending: Option<Claim>,
}

impl Lease {
    /// Lets a lease that has run out go, to whoever waits for it.
    fn settle(&mut self, channel: Channel, now: Now) {
        if self.owner.is_none() || now.monotonic_us < self.deadline_us {
            return;
        }
        match self.pending.take() {
            Some(claim) => self.give(claim, channel, now, false),
            None => *self = Self::default(),
        }
    }

    fn give(&mut self, claim: Claim, channel: Channel, now: Now, confirmed: bool) {
        self.owner = Some(claim.guid);
        self.claim_ts = Some(claim.ts);
        self.deadline_us = now.after(channel.duration_us());
        self.confirmed = confirmed;
    }

    fn current(&self) -> Option<Claim> {
        let guid = self.owner.clone()?;
        // A lease adopted from a snapshot has no time of claim: nobody is earlier, nobody is older.
        Some(Claim { ts: self.claim_ts.unwrap_or(f64::NEG_INFINITY), guid })
    }
}

/// The leases of a session as one peer sees them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leases {
    leases: [Lease; 4],
}

impl Leases {
    /// Takes in a claim, own or received.
    pub(crate) fn claim(&mut self, channel: Channel, guid: &Arc<str>, ts: f64, now: Now) {
        let lease = &mut self.leases[channel as usize];
        lease.settle(channel, now);
        let claim = Claim { ts, guid: Arc::clone(guid) };
        if lease.owner.as_ref() == Some(guid) {
            lease.claim_ts = Some(ts);
            lease.deadline_us = now.after(channel.duration_us());
            return;
        }
        let pending = lease.pending.take();
        if channel.earlier_wins() && lease.owner.is_some() && lease.confirmed {
            lease.pending = Some(pending.into_iter().fold(claim, |a, b| channel.resolve(b, a)));
            return;
        }
        let current = lease.current();
        let others = current.clone().into_iter().chain(pending);
        let best = others.fold(claim, |a, b| channel.resolve(b, a));
        if current.as_ref() != Some(&best) {
            let confirmed = lease.confirmed;
            lease.give(best, channel, now, confirmed);
        }
    }

    /// After sending on a channel that is ours: holds it for its whole duration again.
    pub(crate) fn refresh(&mut self, channel: Channel, guid: &Arc<str>, now: Now) {
        let lease = &mut self.leases[channel as usize];
        if channel.earlier_wins() && lease.owner.as_ref() == Some(guid) {
            lease.deadline_us = now.after(channel.duration_us());
            lease.confirmed = true;
        }
    }

    /// Whether a peer has a lease for at least half of its duration.
    pub(crate) fn is_held(&self, channel: Channel, guid: &str, now: Now) -> bool {
        let lease = &self.leases[channel as usize];
        let half_us = channel.duration_us() / 2;
        lease.owner.as_deref() == Some(guid) && lease.deadline_us >= now.after(half_us)
    }

    /// Takes in a release; only the owner can.
    pub(crate) fn release(&mut self, channel: Channel, guid: &str, now: Now) {
        let lease = &mut self.leases[channel as usize];
        if lease.owner.as_deref() == Some(guid) {
            lease.deadline_us = 0;
            lease.settle(channel, now);
        }
    }

    /// A peer is gone: what it held goes on to whoever waits.
    pub(crate) fn drop_peer(&mut self, guid: &str, now: Now) {
        for channel in Channel::ALL {
            let lease = &mut self.leases[channel as usize];
            lease.pending.take_if(|claim| &*claim.guid == guid);
            self.release(channel, guid, now);
        }
    }

    /// Who holds a channel at `now`.
    pub(crate) fn owner(&self, channel: Channel, now: Now) -> Option<Arc<str>> {
        let mut lease = self.leases[channel as usize].clone();
        lease.settle(channel, now);
        lease.owner
    }

    /// A snapshot's `broadcast_ownership`; nothing where nothing is held.
    pub(crate) fn section(&self, now: Now) -> Option<BTreeMap<String, LeaseEntry>> {
        let mut section = BTreeMap::new();
        for channel in Channel::ALL {
            let mut lease = self.leases[channel as usize].clone();
            lease.settle(channel, now);
            if let Some(owner) = &lease.owner {
                let remaining_ms = milliseconds(lease.deadline_us.saturating_sub(now.monotonic_us));
                section.insert(channel.as_str().to_owned(), LeaseEntry::new(&**owner, remaining_ms));
            }
        }
        (!section.is_empty()).then_some(section)
    }

    /// Takes in a snapshot's `broadcast_ownership`, save what this peer holds itself.
    pub(crate) fn adopt(&mut self, section: &BTreeMap<String, LeaseEntry>, own: &str, now: Now) {
        for channel in Channel::ALL {
            let entry = section.get(channel.as_str()).filter(|entry| !entry.owner_guid.is_empty());
            let Some(entry) = entry.filter(|_| self.owner(channel, now).as_deref() != Some(own)) else {
                continue;
            };
            self.leases[channel as usize] = Lease {
                owner: Some(Arc::from(entry.owner_guid.as_str())),
                claim_ts: None,
                deadline_us: now.after(bounded_us(entry.remaining_ms, channel)),
                confirmed: true,
                pending: None,
            };
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few seconds in microseconds are exact")]
fn milliseconds(us: u64) -> f64 {
    us as f64 / 1e3
}

/// A remaining time from the wire, never longer than a fresh lease.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range; NaN becomes 0"
)]
fn bounded_us(remaining_ms: f64, channel: Channel) -> u64 {
    ((remaining_ms * 1e3).clamp(0.0, 1e9) as u64).min(channel.duration_us())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Channel, Leases};
    use crate::clock::Now;

    fn at(ms: u64) -> Now {
        Now { monotonic_us: ms * 1000, wall_us: ms * 1000 }
    }

    fn guid(text: &str) -> Arc<str> {
        Arc::from(text)
    }

    #[test]
    fn the_earlier_claim_holds_a_channel_until_it_runs_out() {
        let mut leases = Leases::default();
        leases.claim(Channel::Position, &guid("b"), 10.0, at(0));
        leases.claim(Channel::Position, &guid("c"), 11.0, at(100));
        assert_eq!(leases.owner(Channel::Position, at(100)).as_deref(), Some("b"));
        leases.claim(Channel::Position, &guid("a"), 9.0, at(200));
        assert_eq!(leases.owner(Channel::Position, at(200)).as_deref(), Some("a"));
        assert_eq!(leases.owner(Channel::Position, at(1300)), None);
    }

    #[test]
    fn a_confirmed_owner_is_waited_for() {
        let mut leases = Leases::default();
        leases.claim(Channel::Display, &guid("b"), 10.0, at(0));
        leases.refresh(Channel::Display, &guid("b"), at(0));
        leases.claim(Channel::Display, &guid("a"), 1.0, at(100));
        assert_eq!(leases.owner(Channel::Display, at(100)).as_deref(), Some("b"));
        assert_eq!(leases.owner(Channel::Display, at(600)).as_deref(), Some("a"));
    }

    #[test]
    fn visibility_goes_to_the_later_claim() {
        let mut leases = Leases::default();
        leases.claim(Channel::Visibility, &guid("b"), 10.0, at(0));
        leases.claim(Channel::Visibility, &guid("c"), 11.0, at(1));
        assert_eq!(leases.owner(Channel::Visibility, at(2)).as_deref(), Some("c"));
        leases.release(Channel::Visibility, "b", at(3));
        assert_eq!(leases.owner(Channel::Visibility, at(3)).as_deref(), Some("c"));
        leases.drop_peer("c", at(4));
        assert_eq!(leases.owner(Channel::Visibility, at(4)), None);
    }

    #[test]
    fn leases_travel_in_snapshots() {
        let mut leases = Leases::default();
        leases.claim(Channel::Position, &guid("b"), 10.0, at(0));
        let section = leases.section(at(400)).unwrap();
        let mut other = Leases::default();
        other.adopt(&section, "x", at(5000));
        assert_eq!(other.owner(Channel::Position, at(5599)).as_deref(), Some("b"));
        assert_eq!(other.owner(Channel::Position, at(5600)), None);
    }
}
