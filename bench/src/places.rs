//! Numbers that look drawn, the same in every run.

/// A linear congruential generator, by its state.
pub(crate) struct Places(pub(crate) u64);

impl Places {
    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = (self.0 >> 33) % u64::from(end);
        u32::try_from(place).unwrap_or_default()
    }
}
