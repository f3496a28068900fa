//! Where messages get lost (UDP): what an existing peer said and nobody got, only it holds, and nobody can name it. So once
//! losses were seen and the session has been left alone for a while, existing peers are given the whole state.

use crate::clock::Now;
use crate::config::Delivery;
use crate::limits::{LOSSES_REMEMBERED_US, STATE_AGAIN_PASSES, STATE_AGAIN_US};
use crate::peer::Peer;

/// What was seen of lost messages, and when existing peers get the state for it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Losses {
    seen_until_us: u64,
    /// When the state is given next, and how many times it was since anything changed.
    due: Option<(u64, u32)>,
}

impl Losses {
    const fn are_seen(&self, now: Now) -> bool {
        now.monotonic_us < self.seen_until_us
    }

    /// Somebody changed something: what was given before may be lost on it.
    pub(super) const fn put_off(&mut self, now: Now) {
        self.due = Some((now.after(STATE_AGAIN_US), 0));
    }

    pub(super) fn due_us(&self) -> Option<u64> {
        self.due.map(|(due_us, _)| due_us)
    }

    /// Whether the state is to be given now. Each time the next one is twice as far.
    fn take_due(&mut self, now: Now) -> bool {
        let Some((_, passes)) = self.due.take_if(|(due_us, _)| now.monotonic_us >= *due_us) else {
            return false;
        };
        if !self.are_seen(now) {
            return false;
        }
        if passes + 1 < STATE_AGAIN_PASSES {
            self.due = Some((now.after(STATE_AGAIN_US << passes), passes + 1));
        }
        true
    }
}

impl Peer {
    /// Whether what is sent to existing peers must be taken for lost.
    pub(super) fn loses_messages(&self, now: Now) -> bool {
        self.config.delivery == Delivery::Lossy && self.steward.losses.are_seen(now)
    }

    /// A message did not arrive somewhere: others may not have either.
    pub(crate) fn steward_sees_loss(&mut self, now: Now) {
        if self.config.delivery == Delivery::Reliable {
            return;
        }
        let first = !self.steward.losses.are_seen(now);
        self.steward.losses.seen_until_us = now.after(LOSSES_REMEMBERED_US);
        if first && self.looks_after_existing(now) {
            self.doubt_since(LOSSES_REMEMBERED_US, now);
            self.steward.losses.put_off(now);
        }
    }

    pub(super) fn give_state_after_losses(&mut self, now: Now) {
        if !self.steward.losses.take_due(now) {
            return;
        }
        self.give_to_all(now);
    }
}
