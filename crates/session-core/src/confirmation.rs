//! Join confirmation (legacy-protocol §2.12): whether a joiner really came to hold what the session holds.
//!
//! The reference compares what an application displays with the snapshot that it joined by, and reports. Among peers of ours
//! the engine itself can tell: the joiner is told when a peer that serves, quiet like itself, has the same operations
//! and the same digest, and so is the peer that it joined by. Nothing is sent for it, and nothing repaired: a mismatch raises the
//! alarm of divergence, which has its own ways.

use session_log::Guid;

use crate::clock::Now;
use crate::effect::Effect;
use crate::limits::JOIN_CONFIRMATION_US;
use crate::peer::Peer;

/// How a join turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// The joiner holds and shows what another peer of ours holds and shows.
    Confirmed,
    /// It holds the same operations and shows something else; a later comparison may still confirm it.
    Mismatched,
    /// Nobody could be compared with in time: the session never stood still, or there are existing peers only.
    NotConfirmed,
}

impl Confirmation {
    /// The word for programs, as in the reference.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Mismatched => "mismatched",
            Self::NotConfirmed => "not_confirmed",
        }
    }
}

/// What became of this peer's own latest join.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OwnJoin {
    /// When it ended, on the monotonic clock, while its outcome may still change.
    since_us: Option<u64>,
    outcome: Option<Confirmation>,
}

impl Peer {
    /// What became of this peer's latest join; none before anybody could be compared with, and for who opened the session.
    pub fn join_confirmation(&self) -> Option<Confirmation> {
        self.own_join.outcome
    }

    /// From now on a comparison tells whether everything came.
    pub(crate) fn await_confirmation(&mut self, now: Now) {
        let joined = !self.mastership.is_own();
        self.own_join = OwnJoin { since_us: joined.then_some(now.monotonic_us), outcome: None };
    }

    /// Another peer of ours has the same operations; `same` is whether it shows the same.
    pub(crate) fn compared_with(&mut self, other: &Guid, same: bool, serves: bool) {
        if self.own_join.since_us.is_some() && serves {
            self.conclude(if same { Confirmation::Confirmed } else { Confirmation::Mismatched });
        }
        if same && self.exchange.was_awaited(other) {
            let (guid, outcome) = (Guid::clone(other), Confirmation::Confirmed);
            self.effect(Effect::JoinConfirmation { guid, own: false, outcome });
        }
    }

    /// A join that nobody could be compared with is told as such.
    pub(crate) fn give_up_confirmation(&mut self, now: Now) {
        let late = self.own_join.since_us.is_some_and(|since| now.since(since) >= JOIN_CONFIRMATION_US);
        if late && self.own_join.outcome.is_none() {
            self.conclude(Confirmation::NotConfirmed);
        }
    }

    fn conclude(&mut self, outcome: Confirmation) {
        if outcome == Confirmation::Confirmed {
            self.own_join.since_us = None;
        }
        if self.own_join.outcome.replace(outcome) != Some(outcome) {
            self.effect(Effect::JoinConfirmation { guid: Guid::clone(&self.own), own: true, outcome });
        }
    }
}
