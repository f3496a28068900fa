//! How many operations a source may bring, so that a flood costs its receivers a bounded rate of work and memory.
//!
//! What is beyond the budget is *not taken now*; it is never refused for good, or peers that had other budgets left would
//! hold other sets for ever. Of live operations everybody may leave out different ones: each of ours asks for what it lacks
//! once a heartbeat says that somebody has it, and what several of ours took they give each other. Only what an existing
//! peer sent and all of ours left out is gone, alike for all. Asking the author itself has a budget of its own, which is paid by
//! asking later: an answer that was asked for is taken whole, so that nobody is left with half of it.

use std::collections::BTreeMap;

use session_log::Guid;

use crate::clock::Now;
use crate::limits::BUDGETS_MAX;

/// Operations are counted in millionths, so that a microsecond earns a whole number.
const ONE: i64 = 1_000_000;

/// Budgets of the same size, one for each source; those beyond [`BUDGETS_MAX`] share one.
#[derive(Clone, Debug)]
pub(crate) struct Budgets {
    per_second: u32,
    burst: u32,
    of_source: BTreeMap<Guid, Budget>,
    of_others: Budget,
}

#[derive(Clone, Copy, Debug)]
struct Budget {
    left: i64,
    at_us: u64,
}

impl Budgets {
    pub(crate) const fn new(per_second: u32, burst: u32) -> Self {
        let of_others = Budget { left: burst as i64 * ONE, at_us: 0 };
        Self { per_second, burst, of_source: BTreeMap::new(), of_others }
    }

    /// Whether a source may bring more.
    pub(crate) fn is_left(&mut self, source: &Guid, now: Now) -> bool {
        self.of(source, now).left > 0
    }

    /// Charges a source, which may go into debt by as much as a burst; how long it takes to pay that back, in microseconds.
    pub(crate) fn charge(&mut self, source: &Guid, operations: usize, now: Now) -> u64 {
        let (most, per_second) = (i64::from(self.burst) * ONE, u64::from(self.per_second.max(1)));
        let budget = self.of(source, now);
        let cost = i64::try_from(operations).unwrap_or(i64::MAX).saturating_mul(ONE);
        budget.left = budget.left.saturating_sub(cost).max(-most);
        u64::try_from(-budget.left).unwrap_or(0).div_ceil(per_second)
    }

    fn of(&mut self, source: &Guid, now: Now) -> &mut Budget {
        let (per_second, most) = (i64::from(self.per_second), i64::from(self.burst) * ONE);
        let earn = |budget: &mut Budget| {
            let passed = i64::try_from(now.since(budget.at_us)).unwrap_or(i64::MAX);
            budget.left = budget.left.saturating_add(passed.saturating_mul(per_second)).min(most);
            budget.at_us = now.monotonic_us;
        };
        if self.of_source.len() >= BUDGETS_MAX && !self.of_source.contains_key(source) {
            self.of_source.values_mut().for_each(earn);
            self.of_source.retain(|_, budget| budget.left < most);
        }
        let budget = if self.of_source.len() < BUDGETS_MAX || self.of_source.contains_key(source) {
            let full = Budget { left: most, at_us: now.monotonic_us };
            self.of_source.entry(Guid::clone(source)).or_insert(full)
        } else {
            &mut self.of_others
        };
        earn(budget);
        budget
    }
}

#[cfg(test)]
mod tests {
    use session_log::Guid;

    use super::Budgets;
    use crate::clock::Now;
    use crate::limits::{BUDGETS_MAX, SECOND_US};

    fn at(us: u64) -> Now {
        Now { monotonic_us: us, wall_us: 0 }
    }

    #[test]
    fn a_burst_is_free_and_what_is_more_is_paid_back_in_time() {
        let (a, b) = (Guid::from("a"), Guid::from("b"));
        let mut budgets = Budgets::new(10, 5);
        assert_eq!(budgets.charge(&a, 5, at(0)), 0);
        assert!(!budgets.is_left(&a, at(0)) && budgets.is_left(&b, at(0)));
        assert_eq!(budgets.charge(&a, 2, at(0)), SECOND_US / 5);
        assert!(!budgets.is_left(&a, at(SECOND_US / 5)));
        assert!(budgets.is_left(&a, at(SECOND_US / 5 + 1)));
        assert_eq!(budgets.charge(&a, usize::MAX, at(SECOND_US)), SECOND_US / 2, "no debt is above a burst");
    }

    #[test]
    fn many_sources_take_no_more_room_and_leave_the_others_theirs() {
        let mut budgets = Budgets::new(10, 5);
        for number in 0..BUDGETS_MAX * 3 {
            budgets.charge(&Guid::from(format!("flood-{number}")), 50, at(1));
        }
        assert_eq!(budgets.of_source.len(), BUDGETS_MAX);
        assert!(!budgets.is_left(&Guid::from("one-more"), at(2)));
        assert!(budgets.is_left(&Guid::from("one-more"), at(60 * SECOND_US)), "who is quiet makes room");
        assert_eq!(budgets.of_source.len(), 1);
    }
}
