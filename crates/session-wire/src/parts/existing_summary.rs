//! Operations of existing peers in short.

use crate::body::wire_object;

wire_object! {
    /// Which operations of existing peers somebody holds: they carry no `seq`, so a frontier cannot say it.
    pub struct ExistingSummary {
        /// How many.
        count: u64 = OrDefault,
        /// Digest of their ids.
        digest: String = OrDefault,
    }
}

impl ExistingSummary {
    /// `count` operations whose ids have that digest.
    pub fn new(count: u64, digest: impl Into<String>) -> Self {
        Self { count, digest: digest.into(), ..Self::default() }
    }
}
