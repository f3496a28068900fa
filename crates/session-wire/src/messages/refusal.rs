//! `SESSION_LOG_1.0 / REFUSAL`

message! {
    /// Says that a message was not accepted, and why.
    pub struct Refusal = SESSION_LOG / "REFUSAL" is Control {
        sent: "by a hub or peer of ours, to the sender of the refused message.",
        received: "shown to the user, who sees what was refused and what to do.",
        specified: "DESIGN §6",
    }
    {
        /// GUID of the sender of the refused message.
        target_guid: String = OrDefault,
        /// One word for programs, as in `role`, `malformed`, `source_guid`.
        reason: String = Required,
        /// A sentence for people.
        detail: String = OrDefault,
        /// `op.run` of the refused message.
        run: Option<String> = Optional,
        /// `op.seq` of the refused message.
        seq: Option<u64> = Optional,
        /// Its event.
        event: Option<String> = Optional,
    }
}

impl Refusal {
    /// `reason` for programs, `detail` for people.
    pub fn new(target_guid: impl Into<String>, reason: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            target_guid: target_guid.into(),
            reason: reason.into(),
            detail: detail.into(),
            ..Self::default()
        }
    }
}
