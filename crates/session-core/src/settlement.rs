//! Letting go of old operations, together: a master of ours makes checkpoints, everybody follows them, and who lacks
//! what they cover is given the settled state in pieces (convergence §4.6).

mod giving;
mod making;
mod storing;
mod taking;

pub use storing::Compacted;

use std::sync::Arc;

use session_log::{Settled, Settling, StatePieces};

use crate::effect::Warning;
use crate::peer::Peer;
use crate::rate::Every;

/// What one peer knows of settled states.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settlement {
    /// When a checkpoint was last thought of.
    looked: Every,
    /// The settled state that the log starts from.
    current: Option<String>,
    /// That state, packed for others.
    packed: Option<(String, Arc<[u8]>)>,
    /// A state that comes in pieces.
    incoming: Option<StatePieces>,
    /// A checkpoint cannot be followed: this replica comes to another state, or holds what it does not cover. Whoever
    /// followed it gives its state then.
    stuck: bool,
}

impl Settlement {
    /// What there is of a state that did not come whole: its id, and how many bytes.
    pub(crate) fn unfinished(&self) -> Option<(&str, usize)> {
        self.incoming.as_ref().map(|pieces| (pieces.id(), pieces.packed().len()))
    }

    /// Whether the state of another is taken whatever is here.
    pub(crate) const fn is_stuck(&self) -> bool {
        self.stuck
    }
}

impl Peer {
    /// Follows the checkpoints that came.
    pub(crate) fn follow_checkpoints(&mut self) {
        match self.log.settle() {
            Some(Settling::Differs { checkpoint }) => {
                let detail =
                    format!("the operations up to the checkpoint {checkpoint} fold to another state here");
                self.warn(Warning::Diverged, detail);
                self.settlement.stuck = checkpoint.source != self.own;
            }
            Some(Settling::Uncovered { checkpoint, .. }) => {
                self.settlement.stuck = checkpoint.source != self.own;
            }
            _ => {}
        }
        self.note_settled();
    }

    /// Where the log starts from another state than before: what it was is not asked for again, and what is settled can
    /// no longer be taken back.
    fn note_settled(&mut self) {
        let Some(id) = self.log.settled().map(Settled::id) else { return };
        if self.settlement.current.as_deref() == Some(id) {
            return;
        }
        self.settlement.stuck = false;
        self.exchange.packed.clear();
        if let Some(before) = self.settlement.current.replace(id.to_owned()) {
            self.exchange.note_later_base(before);
        }
        let log = &self.log;
        self.undo.keep_only(|id| log.operation(id).is_some());
        if self.is_run_old() {
            self.begin_run();
        }
    }

    /// Whether the run of this peer is about to be forgotten, or has been: half of as many as are remembered are later.
    fn is_run_old(&self) -> bool {
        let Some(settled) = self.log.settled() else { return false };
        if settled.frontier().get(&self.own, &self.run) == 0 {
            // All that it made is above, or some of it below and forgotten.
            return self.seq > 0 && self.log.frontier().get(&self.own, &self.run) == 0;
        }
        2 * settled.later_runs(&self.own, &self.run) as u64 >= self.config.checkpoints.remembers
    }

    /// Whether a settled state is as good as here: the log starts from it, or from one that reaches further.
    pub(crate) fn has_state(&self, id: &str) -> bool {
        self.base_id() == Some(id) || self.exchange.is_later_base(id)
    }
}
