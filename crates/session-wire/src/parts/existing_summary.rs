//! What a frontier does not tell, in short.

use crate::body::wire_object;

wire_object! {
    /// Which operations somebody holds that a frontier cannot tell: those of existing peers, which carry no `seq`, and
    /// those beyond a gap.
    pub struct ExistingSummary {
        /// How many of existing peers.
        count: u64 = OrDefault,
        /// Digest of the ids of both.
        digest: String = OrDefault,
    }
}

impl ExistingSummary {
    /// `count` operations whose ids have that digest.
    pub fn new(count: u64, digest: impl Into<String>) -> Self {
        Self { count, digest: digest.into(), ..Self::default() }
    }
}
