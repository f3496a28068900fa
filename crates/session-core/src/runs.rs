//! The runs of this process: where the numbers of one would have a gap, or are about to be forgotten, another begins.

use std::sync::Arc;

use crate::limits::RUNS_BEFORE_MAX;
use crate::peer::Peer;

impl Peer {
    /// From now on own operations count from 1 under another run.
    pub(crate) fn begin_run(&mut self) {
        let begun = Arc::from(self.mint.word());
        let before = std::mem::replace(&mut self.run, begun);
        if self.runs_before.len() >= RUNS_BEFORE_MAX {
            // The first one stays: it says which process this is.
            self.runs_before.remove(1);
        }
        self.runs_before.push(before);
        (self.seq, self.sent_seq) = (0, 0);
    }

    /// The run that was drawn when the process started.
    pub(crate) fn first_run(&self) -> &Arc<str> {
        self.runs_before.first().unwrap_or(&self.run)
    }

    /// Whether a run is one of this process: that of its next operation, its first, or one of the latest.
    pub fn has_run(&self, run: &str) -> bool {
        *self.run == *run || self.runs_before.iter().any(|before| **before == *run)
    }
}
