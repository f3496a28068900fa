//! Time, handed in by whoever drives a peer.

/// One reading of both clocks of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Now {
    /// Microseconds on a clock that never goes back; timers run on it.
    pub monotonic_us: u64,
    /// Microseconds since the Unix epoch; stamps are made of it.
    pub wall_us: u64,
}

impl Now {
    /// The wall clock in seconds since the epoch, as `sync_timestamp` and `claim_ts` carry it.
    pub(crate) fn wall_seconds(self) -> f64 {
        seconds(self.wall_us)
    }

    /// The monotonic time `delay_us` from now.
    pub(crate) const fn after(self, delay_us: u64) -> u64 {
        self.monotonic_us.saturating_add(delay_us)
    }

    /// Microseconds since a monotonic time.
    pub(crate) const fn since(self, monotonic_us: u64) -> u64 {
        self.monotonic_us.saturating_sub(monotonic_us)
    }
}

/// Microseconds as seconds.
#[expect(clippy::cast_precision_loss, reason = "exact until the year 2255 (convergence.md §4.4)")]
pub(crate) fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

/// Seconds as microseconds; `None` for what is no time (`NaN`, infinite, negative).
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
pub(crate) fn microseconds(seconds: f64) -> Option<u64> {
    let us = (seconds * 1e6).round();
    (us.is_finite() && (0.0..9e18).contains(&us)).then_some(us as u64)
}
