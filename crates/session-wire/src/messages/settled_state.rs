//! `SESSION_LOG_1.0 / SETTLED_STATE`

message! {
    /// A piece of the state at a checkpoint, for a peer whose log reaches less far back.
    pub struct SettledState = SESSION_LOG / "SETTLED_STATE" is Control {
        sent: "before `OPERATIONS`, in answer to an `OPERATIONS_REQUEST` that cannot be answered by operations \
            alone. A store keeps one, whole, where a log starts from the state of another peer, and at the head of its checkpoints, where \
            `op.seen` names what the disk has.",
        received: "the named peer puts the pieces together and starts from the state; others ignore it.",
        specified: "convergence §4.6",
    }
    {
        /// GUID of the peer that asked.
        target_guid: String = OrDefault,
        /// Number of the request.
        request: u64 = OrDefault,
        /// Id of the state.
        state: String = Required,
        /// The length of the whole, in bytes.
        bytes: u64 = Required,
        /// Where this piece begins in it, in bytes.
        offset: u64 = OrDefault,
        /// The piece, in Base64. The whole is JSON text, packed as zlib does.
        piece: String = Required,
    }
}

impl SettledState {
    /// A piece of the state of that id, in Base64; all of it is so many bytes long, and the piece begins at `offset`.
    pub fn new(state: impl Into<String>, bytes: u64, offset: u64, piece: impl Into<String>) -> Self {
        Self { state: state.into(), bytes, offset, piece: piece.into(), ..Self::default() }
    }
}
