//! Who emits one channel now, as each peer sees it (legacy-protocol §2.9).

use std::collections::BTreeMap;

use lossless_json::{Object, Value};

use super::raised::Raised;

/// What leases are for, with how long one lasts in microseconds.
const CHANNELS: &[(&str, u64)] =
    &[("display", 500_000), ("position", 1_000_000), ("structure", 2_000_000), ("visibility", 3_000_000)];
/// How long nobody else may claim the visibility after a claim, in seconds.
const VISIBILITY_HOLD_OFF: f64 = 1.5;

/// When by the claimant's clock, and who. A time that is no number stays until it is compared.
type Claim = (Option<f64>, String);

#[derive(Clone, Debug, Default)]
struct Lease {
    owner: Option<String>,
    /// The owner's claim; unknown where a snapshot told of it.
    claimed: Option<Claim>,
    deadline_us: Option<u64>,
    confirmed: bool,
    pending: Option<Claim>,
}

/// The leases of all channels.
#[derive(Clone, Debug)]
pub(super) struct Leases(BTreeMap<&'static str, Lease>);

impl Default for Leases {
    fn default() -> Self {
        Self(CHANNELS.iter().map(|(channel, _)| (*channel, Lease::default())).collect())
    }
}

fn lasts_us(channel: &str) -> u64 {
    CHANNELS.iter().find(|(known, _)| *known == channel).map_or(0, |(_, lasts)| *lasts)
}

/// The earlier claim, or for the visibility the later; of two at once the lower GUID.
///
/// # Errors
/// A time that is no number cannot be compared.
fn better(channel: &str, one: Option<Claim>, other: Option<Claim>) -> Result<Option<Claim>, Raised> {
    let (Some(one), Some(other)) = (one.clone(), other.clone()) else { return Ok(one.or(other)) };
    let (Some(one_at), Some(other_at)) = (one.0, other.0) else {
        return Err(Raised::shape(&"claim_ts is no number"));
    };
    let order = one_at.total_cmp(&other_at);
    let order = if channel == "visibility" { order.reverse() } else { order };
    Ok(Some(if order.then_with(|| one.1.cmp(&other.1)).is_gt() { other } else { one }))
}

impl Lease {
    fn give(&mut self, channel: &str, claim: Claim, now_us: u64) {
        self.owner = Some(claim.1.clone());
        self.claimed = Some(claim);
        self.deadline_us = Some(now_us + lasts_us(channel));
    }

    fn settle(&mut self, channel: &str, now_us: u64) {
        if self.deadline_us.is_some_and(|deadline| now_us >= deadline) {
            let pending = self.pending.take();
            *self = Self::default();
            if let Some(claim) = pending {
                self.give(channel, claim, now_us);
            }
        }
    }
}

impl Leases {
    /// # Errors
    /// A claim whose time is no number was taken before, or is compared with another one.
    pub(super) fn claim(
        &mut self,
        channel: &str,
        at: Option<f64>,
        guid: &str,
        now_us: u64,
    ) -> Result<(), Raised> {
        let Some(lease) = self.0.get_mut(channel) else { return Ok(()) };
        lease.settle(channel, now_us);
        let claim = (at, guid.to_owned());
        if lease.owner.as_deref() == Some(guid) {
            lease.give(channel, claim, now_us);
            return Ok(());
        }
        if channel != "visibility" && lease.owner.is_some() && lease.confirmed {
            lease.pending = better(channel, lease.pending.clone(), Some(claim))?;
            return Ok(());
        }
        let current = lease.claimed.clone();
        let best = better(channel, current.clone(), Some(claim))?;
        let best = better(channel, best, lease.pending.clone())?;
        lease.pending = None;
        if let Some(best) = best.filter(|best| current.as_ref() != Some(best)) {
            lease.give(channel, best, now_us);
        }
        Ok(())
    }

    pub(super) fn release(&mut self, channel: &str, guid: &str, now_us: u64) {
        let Some(lease) = self.0.get_mut(channel) else { return };
        if lease.owner.as_deref() == Some(guid) {
            lease.deadline_us = Some(0);
            lease.settle(channel, now_us);
        }
    }

    pub(super) fn drop_peer(&mut self, guid: &str, now_us: u64) {
        for (channel, lease) in &mut self.0 {
            lease.pending.take_if(|(_, claimant)| claimant == guid);
            if lease.owner.as_deref() == Some(guid) {
                lease.deadline_us = Some(0);
                lease.settle(channel, now_us);
            }
        }
    }

    pub(super) fn owner(&mut self, channel: &str, now_us: u64) -> Option<&str> {
        let lease = self.0.get_mut(channel)?;
        lease.settle(channel, now_us);
        lease.owner.as_deref()
    }

    /// Whether another peer's claim of the visibility is too fresh to be answered by one's own.
    pub(super) fn holds_off(&self, guid: &str, wall: f64) -> bool {
        let lease = self.0.get("visibility");
        lease.is_some_and(|lease| {
            lease.owner.as_deref().is_some_and(|owner| owner != guid)
                && lease
                    .claimed
                    .as_ref()
                    .and_then(|(at, _)| *at)
                    .is_some_and(|at| wall < at + VISIBILITY_HOLD_OFF)
        })
    }

    /// Its owner uses it.
    pub(super) fn confirm(&mut self, channel: &str, now_us: u64) {
        if let Some(lease) = self.0.get_mut(channel).filter(|_| channel != "visibility") {
            lease.deadline_us = Some(now_us + lasts_us(channel));
            lease.confirmed = true;
        }
    }

    /// What a snapshot says of them.
    pub(super) fn adopt(&mut self, section: &Object, own: &str, now_us: u64) {
        for (channel, told) in section.iter() {
            let Some(lease) = self.0.get_mut(channel) else { continue };
            lease.settle(channel, now_us);
            if lease.owner.as_deref() == Some(own) {
                continue;
            }
            let owner = told.get("owner_guid").and_then(Value::as_str).map(str::to_owned);
            let remaining = told.get("remaining_ms").and_then(Value::as_f64).unwrap_or_default();
            let deadline_us = Some(now_us + microseconds(remaining / 1e3));
            *lease = Lease { owner, claimed: None, deadline_us, confirmed: true, pending: None };
        }
    }

    /// The section of a snapshot.
    pub(super) fn wire(&mut self, now_us: u64) -> Object {
        let mut section = Object::new();
        for (channel, lease) in &mut self.0 {
            lease.settle(channel, now_us);
            let Some(owner) = &lease.owner else { continue };
            let left_us = lease.deadline_us.unwrap_or(now_us).saturating_sub(now_us);
            let mut told: Object = [("owner_guid", owner.as_str())].into_iter().collect();
            told.insert("remaining_ms", seconds(left_us) * 1e3);
            section.insert(*channel, told);
        }
        section
    }
}

#[expect(clippy::cast_precision_loss, reason = "as in the reference, times are floats")]
pub(super) fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
pub(super) fn microseconds(seconds: f64) -> u64 {
    (seconds.max(0.0) * 1e6) as u64
}
