//! How long to wait before the next attempt to connect.

use std::time::Duration;

use crate::{Entropy, Reconnect};

/// Exponential back-off with full jitter: the n-th wait is uniform in `0 ..= min(cap, base · 2ⁿ)`, so that a thousand
/// peers that lost one broker do not come back in step.
#[derive(Clone, Debug)]
pub struct Backoff {
    reconnect: Reconnect,
    entropy: Entropy,
    attempt: u32,
}

impl Backoff {
    /// Starts at the first attempt.
    pub fn new(reconnect: Reconnect, entropy: Entropy) -> Self {
        Self { reconnect, entropy, attempt: 0 }
    }

    /// The wait before the next attempt; every call makes the next one's upper end longer.
    pub fn next_delay(&mut self) -> Duration {
        let upper = self.reconnect.base.saturating_mul(1 << self.attempt.min(20)).min(self.reconnect.cap);
        self.attempt = self.attempt.saturating_add(1);
        let upper_us = u64::try_from(upper.as_micros()).unwrap_or(u64::MAX);
        let share = (u128::from(self.entropy.draw()) * u128::from(upper_us)) >> 64;
        Duration::from_micros(u64::try_from(share).unwrap_or(upper_us))
    }

    /// Attempts since the last [`Backoff::reset`].
    pub fn attempts(&self) -> u32 {
        self.attempt
    }

    /// Back to the first attempt, for a connection that held.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn waits(draw: u64) -> Vec<u128> {
        let reconnect = Reconnect {
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            ..Reconnect::default()
        };
        let mut backoff = Backoff::new(reconnect, Entropy::from_fn(move || draw));
        (0..9).map(|_| backoff.next_delay().as_millis()).collect()
    }

    #[test]
    fn the_upper_end_doubles_up_to_the_cap() {
        assert_eq!(waits(u64::MAX), [499, 999, 1999, 3999, 7999, 15999, 29999, 29999, 29999]);
        assert_eq!(waits(0), [0; 9]);
    }

    proptest! {
        #[test]
        fn no_wait_exceeds_the_cap_however_long_the_outage(draw: u64, attempt: u32) {
            let entropy = Entropy::from_fn(move || draw);
            let mut backoff = Backoff { reconnect: Reconnect::default(), entropy, attempt };
            prop_assert!(backoff.next_delay() <= Reconnect::default().cap);
        }
    }
}
