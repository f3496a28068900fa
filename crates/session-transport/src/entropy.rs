//! Where the crate's randomness comes from.

use std::fmt;
use std::sync::Arc;

/// A source of random numbers; the operating system's unless a test injects its own.
#[derive(Clone)]
pub struct Entropy(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Entropy {
    /// A source of one's own, for tests.
    pub fn from_fn(draw: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(draw))
    }

    /// The next number.
    pub fn draw(&self) -> u64 {
        (self.0)()
    }
}

impl Default for Entropy {
    /// The operating system's. Should it fail, the middle of the range: a delay is then not jittered, nothing worse.
    fn default() -> Self {
        Self::from_fn(|| getrandom::u64().unwrap_or(u64::MAX / 2))
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}
