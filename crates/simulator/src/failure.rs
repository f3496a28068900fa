//! What can go wrong.

use std::fmt;

use session_core::Restored;

/// A broken law, and who broke it how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The law, in a word: a shorter plan must break the same.
    pub law: &'static str,
    /// What was seen.
    pub detail: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.law, self.detail)
    }
}

impl Failure {
    pub(crate) fn new(law: &'static str, detail: impl Into<String>) -> Self {
        Self { law, detail: detail.into() }
    }

    pub(crate) fn restored(name: &str, restored: &Restored) -> Self {
        let detail = format!("{name} restored another state than it had; refused: {:?}", restored.refused);
        Self::new("a restored log is what it was", detail)
    }

    pub(crate) fn circles(now_us: u64) -> Self {
        Self::new("time passes", format!("at {now_us} µs somebody goes around in circles"))
    }

    pub(crate) fn alarm(name: &str, detail: &str) -> Self {
        Self::new("nobody sounds the alarm", format!("{name}: {detail}"))
    }

    pub(crate) fn unreadable(name: &str, text: &str, error: &str) -> Self {
        Self::new("what is sent can be read", format!("{name} sent what cannot be read ({error}): {text}"))
    }
}
