//! Stamps for operations of existing peers whose own time is of no use (convergence §4.4).
//!
//! The steward gives them a place, in the order in which it receives them. Everybody else keeps them in mind until a stamp
//! is there: should the steward vanish before, the next one has them. Only operations that come, and time, make stamps;
//! a stamp that comes never does.

use std::collections::VecDeque;

use session_log::{Operation, OperationId};
use session_wire::families;

use crate::clock::Now;
use crate::commands::Draft;
use crate::discovery::Phase;
use crate::effect::Warning;
use crate::join::rough_bytes;
use crate::limits::{
    EXISTING_CLOCK_AWAY_MAX_US, HEARTBEAT_INTERVAL_US, UNSTAMPED_AT_ONCE, UNSTAMPED_BYTES_MAX,
    UNSTAMPED_KEPT_US, UNSTAMPED_MAX,
};
use crate::peer::Peer;
use crate::rate::Every;

/// What waits for a stamp.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stamping {
    /// In the order of receipt.
    waiting: VecDeque<Waiting>,
    bytes: usize,
    looked: Every,
}

#[derive(Clone, Debug)]
struct Waiting {
    operation: Operation,
    bytes: usize,
    since_us: u64,
}

impl Stamping {
    /// Keeps one in mind; beyond the bounds it is not.
    fn keep(&mut self, operation: &Operation, now: Now) -> bool {
        let bytes = rough_bytes(operation.message());
        let full = self.waiting.len() >= UNSTAMPED_MAX || self.bytes + bytes > UNSTAMPED_BYTES_MAX;
        if !full {
            self.bytes += bytes;
            self.waiting.push_back(Waiting {
                operation: operation.clone(),
                bytes,
                since_us: now.monotonic_us,
            });
        }
        !full
    }

    fn take_first(&mut self) -> Option<Waiting> {
        let first = self.waiting.pop_front()?;
        self.bytes -= first.bytes;
        Some(first)
    }

    fn retain(&mut self, is_kept: impl Fn(&Waiting) -> bool) {
        self.waiting.retain(is_kept);
        self.bytes = self.waiting.iter().map(|waiting| waiting.bytes).sum();
    }
}

/// How an operation stood before a stamp came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoodAt {
    hlc_us: u64,
    had_effect: bool,
}

impl Peer {
    /// A live operation whose own time is of no use comes in by its stamp where this peer is the steward: what was done
    /// since its own time is never undone for it. Tells whether it did.
    pub(crate) fn take_in_stamped(&mut self, operation: &Operation, now: Now) -> bool {
        if self.is_time_of_use(operation, now) || self.log.is_stamped(operation.id()) || !self.stamps(now) {
            return false;
        }
        let stamped = !self.log.contains(operation.id()) && self.stamp(operation, now);
        if stamped {
            self.tell_placed(operation);
        }
        stamped
    }

    fn is_time_of_use(&self, operation: &Operation, now: Now) -> bool {
        let away_us = operation.stamp().hlc_us.abs_diff(now.wall_us);
        let is_late = self.log.settled().is_some_and(|settled| operation.stamp() <= settled.upto());
        !may_be_stamped(operation)
            || !(operation.is_untimed() || is_late || away_us > EXISTING_CLOCK_AWAY_MAX_US)
    }

    /// A live operation came in, or came too late for what is settled here. Where its own time is of no use it waits for a
    /// stamp; tells whether it does.
    pub(crate) fn hear_time_of(&mut self, operation: &Operation, now: Now) -> bool {
        if self.is_time_of_use(operation, now) {
            return false;
        }
        if !self.stamping.keep(operation, now) {
            let source = &operation.id().source;
            self.warn(
                Warning::Flood,
                format!("{source} sends more operations without a usable time than can be stamped"),
            );
            return false;
        }
        self.stamp_waiting(now);
        true
    }

    /// The same where another peer hands over what came too late. What may be settled and forgotten is left alone: stamped,
    /// it would be done once more.
    pub(crate) fn hear_late(&mut self, operation: &Operation, now: Now) -> bool {
        let may_be_in = self.log.settled().is_some_and(|settled| settled.may_hold(operation.stamp()));
        !may_be_in && self.hear_time_of(operation, now)
    }

    /// Stamps what waits, where this peer is the steward.
    fn stamp_waiting(&mut self, now: Now) {
        if !self.stamps(now) {
            return;
        }
        for _ in 0..UNSTAMPED_AT_ONCE {
            let Some(Waiting { operation, .. }) = self.stamping.take_first() else { return };
            self.stamp_and_tell(&operation, now);
        }
    }

    /// Once in a while: forgets what was stamped meanwhile, and stamps what a steward before left.
    pub(crate) fn stamp_when_due(&mut self, now: Now) {
        if self.phase != Phase::Synced || !self.stamping.looked.admit(HEARTBEAT_INTERVAL_US, now) {
            return;
        }
        let log = &self.log;
        self.stamping.retain(|waiting| {
            !log.is_stamped(waiting.operation.id()) && now.since(waiting.since_us) < UNSTAMPED_KEPT_US
        });
        if !self.stamps(now) {
            return;
        }
        self.stamp_waiting(now);
        let latest_us = now.wall_us.saturating_add(EXISTING_CLOCK_AWAY_MAX_US);
        let ahead = self.log.operations().rev().take_while(|operation| operation.stamp().hlc_us > latest_us);
        // One that a checkpoint names stays where it is, whatever the stamp: never a second one.
        let left = ahead.filter(|held| may_be_stamped(held) && !self.log.is_stamped(held.id()));
        let mut left: Vec<Operation> = left.take(UNSTAMPED_AT_ONCE).cloned().collect();
        left.reverse();
        for operation in left {
            self.stamp_and_tell(&operation, now);
        }
    }

    fn stamps(&self, now: Now) -> bool {
        self.link_up && self.is_steward(now)
    }

    /// One stamp, unless there is one.
    fn stamp_and_tell(&mut self, operation: &Operation, now: Now) {
        let before = self.stood_at(operation.id());
        if !self.log.is_stamped(operation.id()) && self.stamp(operation, now) {
            self.tell_stamped(operation.id(), before);
        }
    }

    /// What cannot be told in a stamp keeps the place that it has.
    fn stamp(&mut self, operation: &Operation, now: Now) -> bool {
        let error = match operation.stamp_for(&self.config.session) {
            Some(stamp) => match self.commit_unasked(Draft::new(stamp), now) {
                Ok(_) => return true,
                Err(error) => error.to_string(),
            },
            None => "it would not be read".to_owned(),
        };
        self.warn(Warning::TooLarge, format!("{} cannot be stamped: {error}", operation.id()));
        false
    }

    /// How what an operation stamps stands now.
    pub(crate) fn stood_at(&self, id: &OperationId) -> Option<StoodAt> {
        let hlc_us = self.log.operation(id)?.stamp().hlc_us;
        let had_effect = self.log.effect(id).is_some_and(|effect| effect.is_ok());
        Some(StoodAt { hlc_us, had_effect })
    }

    /// Tells what a stamp made of the operation that it stamps.
    pub(crate) fn tell_stamped(&mut self, stamped: &OperationId, before: Option<StoodAt>) {
        let Some(operation) = self.log.operation(stamped).cloned() else { return };
        let hlc_us = operation.stamp().hlc_us;
        match before {
            Some(before) if before.hlc_us == hlc_us => {}
            Some(before) if before.had_effect => {
                self.tell_resequenced(before.hlc_us.min(hlc_us));
                self.tell_overruled(&operation);
            }
            _ => {
                self.steward_fetched(&operation, self.now);
                self.tell_placed(&operation);
            }
        }
    }

    /// Tells what an operation did that came in by its stamp.
    fn tell_placed(&mut self, operation: &Operation) {
        if let Some(action) = self.log.effect(operation.id()).and_then(Result::ok).cloned() {
            self.tell_change(operation, &action);
        }
        self.tell_overruled(operation);
    }
}

/// Whether an operation is one that stewards stamp.
fn may_be_stamped(operation: &Operation) -> bool {
    operation.id().is_of_existing_peer() && operation.message().family() != families::SESSION_LOG
}
