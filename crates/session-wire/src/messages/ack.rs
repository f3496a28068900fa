//! `SESSION_LOG_1.0 / ACK`

use crate::frontier::WireFrontier;

message! {
    /// Names what survives a crash of the sender.
    pub struct Ack = SESSION_LOG / "ACK" is Control {
        sent: "by a hub after it synced its log to disk, to the peer whose operations are in it.",
        received: "the peer knows that these operations are durable.",
        specified: "DESIGN §7, §9",
    }
    {
        /// GUID of the peer that it is for.
        target_guid: String = OrDefault,
        /// What the disk has: `<source_guid>/<run>` → highest contiguous `seq`.
        frontier: WireFrontier = OrDefault,
    }
}

impl Ack {
    /// The disk has what `frontier` says.
    pub fn new(target_guid: impl Into<String>, frontier: WireFrontier) -> Self {
        Self { target_guid: target_guid.into(), frontier, ..Self::default() }
    }
}
