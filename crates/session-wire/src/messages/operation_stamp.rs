//! `SESSION_LOG_1.0 / OPERATION_STAMP`

use lossless_json::Value;

use crate::Envelope;

message! {
    /// Gives an operation of an existing peer the place of this one in the order.
    ///
    /// An operation like any other; its clock, `op.hlc`, is the clock that the other one has from now on. It carries
    /// that one whole, so that whoever never got it, or has let go of its place, has it by this.
    pub struct OperationStamp = SESSION_LOG / "OPERATION_STAMP" is Durable {
        sent: "by the steward, for an operation of an existing peer whose own time is missing, lies more than 5 s from \
            the time of receipt, or is settled already.",
        received: "the operation inside stands at the lowest clock that any stamp gives it; a stamp above a checkpoint \
            that covers it counts for nothing.",
        specified: "convergence §4.4, §4.6",
    }
    {
        /// The envelope of the existing peer; it has no `op`.
        envelope: Value = Required,
    }
}

impl OperationStamp {
    /// A stamp for the operation that an envelope of an existing peer carries.
    pub fn new(envelope: &Envelope) -> Self {
        Self { envelope: envelope.to_value(), ..Self::default() }
    }
}
