//! How much one connection may do.

use std::time::Duration;

use tokio::time::Instant;

/// A token bucket: `burst` at once, `per_second` for long.
#[derive(Debug)]
pub(crate) struct Bucket {
    per_second: f64,
    burst: f64,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    pub(crate) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let (per_second, burst) = (f64::from(per_second.max(1)), f64::from(burst.max(1)));
        Self { per_second, burst, tokens: burst, at: now }
    }

    /// Takes `cost` tokens, going into debt where they are not there; returns how long it takes to pay that back.
    pub(crate) fn take(&mut self, cost: u32, now: Instant) -> Option<Duration> {
        let earned = now.saturating_duration_since(self.at).as_secs_f64() * self.per_second;
        self.at = now;
        self.tokens = (self.tokens + earned).min(self.burst) - f64::from(cost);
        (self.tokens < 0.0).then(|| Duration::from_secs_f64(-self.tokens / self.per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_what_is_more_takes_its_time() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, 5, start);
        for _ in 0..5 {
            assert_eq!(bucket.take(1, start), None);
        }
        assert_eq!(bucket.take(1, start), Some(Duration::from_millis(100)));
        assert_eq!(bucket.take(2, start), Some(Duration::from_millis(300)));
        assert_eq!(bucket.take(1, start + Duration::from_mins(1)), None, "the debt is paid");
        assert_eq!(bucket.take(5, start + Duration::from_mins(1)), Some(Duration::from_millis(100)));
    }
}
