//! A settled state for a peer that cannot be answered by operations alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use session_log::{Guid, Seen, Settled, StatePieces};
use session_wire::OperationsRequest;

use crate::effect::Warning;
use crate::peer::Peer;

impl Peer {
    /// Sends the settled state in pieces, from where the other left off, if it needs it; gives its id then.
    pub(crate) fn give_state(&mut self, to: &Guid, request: &OperationsRequest) -> Option<String> {
        let settled = self.log.settled().filter(|settled| request.base.as_deref() != Some(settled.id()))?;
        if !request.anew && needs_none(request, settled) {
            return None;
        }
        let (id, packed) = self.packed_state()?;
        let resumed = request.resumes.as_deref() == Some(&id);
        let from = if resumed { usize::try_from(request.resumes_at).unwrap_or(0) } else { 0 };
        for mut piece in StatePieces::split(&id, &packed, from) {
            piece.target_guid = to.to_string();
            piece.request = request.request;
            self.send(piece, Some(to));
        }
        Some(id)
    }

    /// The settled state, packed; kept for the next one who asks.
    pub(super) fn packed_state(&mut self) -> Option<(String, Arc<[u8]>)> {
        let id = self.log.settled()?.id().to_owned();
        if let Some(kept) = self.settlement.packed.as_ref().filter(|(kept, _)| *kept == id) {
            return Some(kept.clone());
        }
        match StatePieces::pack(&self.log.settled_text()?) {
            Ok(packed) => Some(self.settlement.packed.insert((id, Arc::from(packed))).clone()),
            Err(error) => {
                self.warn(Warning::TooLarge, format!("{error}: nobody can join; split the session"));
                None
            }
        }
    }
}

/// Whether operations are enough for a peer: its own state reaches further, or it stands on the state or base before and
/// holds what came after that.
fn needs_none(request: &OperationsRequest, settled: &Settled) -> bool {
    let theirs = Seen::from_wire(&request.frontier, request.settled.as_ref());
    if theirs.settled() > Some(settled.upto()) {
        return true;
    }
    let known: BTreeSet<u64> = request.existing.iter().copied().collect();
    settled.step().is_some_and(|step| {
        request.base == step.after
            && theirs.frontier().includes(&step.frontier)
            && step.existing.iter().all(|number| known.contains(number))
    })
}
