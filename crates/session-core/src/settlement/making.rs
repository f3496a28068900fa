//! When a checkpoint is made, and what it may cover.

use session_log::{Frontier, Operation};

use crate::clock::Now;
use crate::commands::Draft;
use crate::limits::{EXISTING_SETTLED_US, HEARTBEAT_INTERVAL_US};
use crate::peer::Peer;

/// What every peer of ours that takes part holds, as far as it said.
struct Common {
    frontiers: Vec<Frontier>,
    /// The next operation of everybody is stamped above this.
    clock_us: u64,
    /// Whether all hold the very same, beyond gaps too.
    same: bool,
    /// What was made up to here by existing peers, or after a gap, is not waited for any longer.
    patient_until_us: u64,
}

impl Common {
    fn has(&self, operation: &Operation) -> bool {
        let stamp = operation.stamp();
        if stamp.hlc_us > self.clock_us {
            return false;
        }
        let by_number = !stamp.id.is_of_existing_peer()
            && self.frontiers.iter().all(|frontier| frontier.covers(&stamp.id));
        by_number || (stamp.hlc_us <= self.patient_until_us && (stamp.id.is_of_existing_peer() || self.same))
    }
}

impl Peer {
    /// Makes a checkpoint where this peer is master and the log is long, as high as all are known to be.
    pub(crate) fn make_checkpoint_when_due(&mut self, now: Now) {
        let policy = self.config.checkpoints;
        let may = self.mastership.is_own() && self.serves() && self.link_up;
        if !may
            || self.log.len() < policy.after.max(1)
            || !self.settlement.looked.admit(HEARTBEAT_INTERVAL_US, now)
            || !self.exchange.most_are_here(now, policy.patience_us)
        {
            return;
        }
        let Some(common) = self.common(now) else { return };
        // A short step costs as much as a long one: the whole state is written for its id.
        let least = policy.after.saturating_sub(policy.keeps).div_ceil(2);
        if let Some(checkpoint) =
            self.log.checkpoint(policy.keeps, least, policy.remembers, |operation| common.has(operation))
        {
            let _ = self.commit_unasked(Draft::new(checkpoint), now);
        }
    }

    /// None where somebody holds what this peer lacks.
    fn common(&self, now: Now) -> Option<Common> {
        let summary = self.log.holdings().existing_summary();
        let own = self.log.seen();
        let mut common = Common {
            frontiers: vec![own.frontier().clone()],
            clock_us: self.clock.last_us(),
            same: true,
            patient_until_us: now.wall_us.saturating_sub(EXISTING_SETTLED_US),
        };
        for held in self.exchange.held_by_servers(now) {
            let same_base = held.base == self.base_id();
            let stands_before = held.seen.settled() < own.settled();
            // On an earlier state its numbers still tell all that lies above ours.
            if !(same_base || stands_before || held.base.is_none())
                || !self.log.frontier().includes(held.seen.frontier())
            {
                return None;
            }
            common.same &=
                same_base && *held.existing == summary.digest && held.seen.frontier() == own.frontier();
            common.clock_us = common.clock_us.min(held.clock_us);
            common.frontiers.push(held.seen.frontier().clone());
        }
        Some(common)
    }
}
