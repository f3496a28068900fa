//! The hybrid logical clock of one peer.

use crate::limits::CLOCK_LEAD_MAX_US;

/// Microseconds that never go back, stay at or above the wall clock, and are above every stamp that was seen.
///
/// The wall clock is handed in. A new process starts from the largest stamp in its store, so that a run never
/// stamps below what an earlier run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HybridClock {
    last_us: u64,
}

/// What a received stamp did to the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// The clock is at or above it now.
    Followed,
    /// It lies further ahead of the wall clock than [`CLOCK_LEAD_MAX_US`]: its sender's clock is wrong, and ours
    /// did not follow it.
    TooFarAhead {
        /// How far it lies ahead of our wall clock, in microseconds.
        lead_us: u64,
    },
}

impl HybridClock {
    /// A clock whose next stamp is above `last_us`.
    pub const fn after(last_us: u64) -> Self {
        Self { last_us }
    }

    /// The largest stamp given or followed.
    pub const fn last_us(&self) -> u64 {
        self.last_us
    }

    /// The stamp of an operation made now.
    pub fn tick(&mut self, wall_us: u64) -> u64 {
        self.last_us = self.last_us.saturating_add(1).max(wall_us);
        self.last_us
    }

    /// Takes note of a received stamp.
    pub fn observe(&mut self, stamp_us: u64, wall_us: u64) -> Observed {
        let lead_us = stamp_us.saturating_sub(wall_us);
        if lead_us > CLOCK_LEAD_MAX_US {
            return Observed::TooFarAhead { lead_us };
        }
        self.last_us = self.last_us.max(stamp_us);
        Observed::Followed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_rise_even_when_the_wall_clock_stands_or_goes_back() {
        let mut clock = HybridClock::default();
        let stamps: Vec<u64> = [100, 100, 50, 200].into_iter().map(|wall| clock.tick(wall)).collect();
        assert_eq!(stamps, [100, 101, 102, 200]);
    }

    #[test]
    fn the_next_stamp_is_above_a_received_one() {
        let mut clock = HybridClock::default();
        assert_eq!(clock.observe(1_000, 10), Observed::Followed);
        assert_eq!(clock.tick(10), 1_001);
    }

    #[test]
    fn a_stamp_from_too_far_ahead_is_not_followed() {
        let mut clock = HybridClock::after(7);
        assert_eq!(
            clock.observe(CLOCK_LEAD_MAX_US + 11, 10),
            Observed::TooFarAhead { lead_us: CLOCK_LEAD_MAX_US + 1 }
        );
        assert_eq!(clock.observe(CLOCK_LEAD_MAX_US + 10, 10), Observed::Followed);
    }

    #[test]
    fn the_end_of_time_does_not_overflow() {
        let mut clock = HybridClock::after(u64::MAX);
        assert_eq!(clock.tick(0), u64::MAX);
    }
}
