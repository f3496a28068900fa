//! What a store needs of a session, where its log has been shortened.

use session_log::{Operation, StatePieces};
use session_wire::Envelope;

use crate::peer::Peer;

/// What stands for everything that a peer persisted so far.
#[derive(Clone, Debug)]
pub struct Compacted {
    /// The settled state that its log starts from, whole; to be restored first.
    pub state: Envelope,
    /// The operations above it, in the order of their stamps.
    pub operations: Vec<Operation>,
}

impl Peer {
    /// What [`Peer::restore`] needs to come to where this peer is, in place of all that it persisted so far; none where
    /// its log starts from no settled state. Writes the state, as for one who joins, who then needs not wait for it.
    pub fn compacted(&mut self) -> Option<Compacted> {
        let (id, packed) = self.packed_state()?;
        let whole = StatePieces::whole(&id, &packed);
        let state = Envelope::new(self.config.session.as_str(), &*self.own, whole);
        Some(Compacted { state, operations: self.log.operations().cloned().collect() })
    }
}
