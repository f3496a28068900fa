//! Existing peers that this peer has not heard: from the log, or from others of ours.

use std::collections::BTreeMap;

use session_log::{Guid, Operation};

use super::existing::Source;
use crate::clock::Now;
use crate::limits::{EXISTING_SILENCE_US, HEARD_MAX};
use crate::peer::Peer;

impl Peer {
    pub(super) fn recall_author(&mut self, operation: &Operation, now: Now) {
        if operation.id().is_of_existing_peer() {
            let ago_us = now.wall_us.saturating_sub(operation.stamp().hlc_us);
            self.steward.existing.recall(&operation.id().source, Source::Log, ago_us, now);
        }
    }

    /// Another peer of ours knows of them, and when each was heard last.
    pub(crate) fn recall_heard(&mut self, heard: &BTreeMap<String, u64>, now: Now) {
        for (guid, ago_us) in heard.iter().take(HEARD_MAX) {
            let guid = Guid::from(guid.as_str());
            if guid != self.own && !self.exchange.is_known(&guid) {
                self.steward.existing.recall(&guid, Source::Told, *ago_us, now);
            }
        }
        self.looks_after_existing(now);
    }

    /// Existing peers say nothing to a peer that comes back: those whose work it finds in its log may be here.
    pub(crate) fn recall_existing(&mut self) {
        let (now, since_us) = (self.now, self.now.wall_us.saturating_sub(EXISTING_SILENCE_US));
        let lately = self.log.operations().rev().take_while(|operation| operation.stamp().hlc_us >= since_us);
        let theirs = lately.filter(|operation| operation.id().is_of_existing_peer());
        let theirs: Vec<Operation> = theirs.cloned().collect();
        for operation in theirs {
            self.recall_author(&operation, now);
        }
    }
}
