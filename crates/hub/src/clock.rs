//! The machine's clocks, as a peer is told of them.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use session_core::Now;

/// Reads both clocks of the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { origin: Instant::now() }
    }

    /// Both clocks now.
    pub(crate) fn now(&self) -> Now {
        let monotonic_us = u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX);
        Now { monotonic_us, wall_us: wall_us() }
    }

    /// The instant of a monotonic time of this clock.
    pub(crate) fn instant(&self, monotonic_us: u64) -> tokio::time::Instant {
        (self.origin + std::time::Duration::from_micros(monotonic_us)).into()
    }
}

fn wall_us() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX)
}
