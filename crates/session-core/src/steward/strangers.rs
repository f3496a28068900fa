//! Existing peers that were away, or alone, and made a session of their own: a reference peer never stops being master.
//! What it opened there is added to the session, and then it is given that.

use std::sync::Arc;

use otio_document::{Document, Reading};
use session_log::Guid;
use session_wire::{AddTimeline, Envelope, IAmMaster, StateRequest, StateSnapshot, WhoIsMaster};

use super::existing::Standing;
use crate::clock::Now;
use crate::commands::Draft;
use crate::limits::STRANGER_PATIENCE_US;
use crate::peer::Peer;
use crate::roles::Group;

impl Peer {
    /// Finds out whether somebody who came without asking for the state is a master: only a question makes it say so. The
    /// others hear at once that there is one. Whoever is none has its state from somebody who is not here any more.
    pub(super) fn try_strangers(&mut self, now: Now) {
        if !self.mastership.is_own() {
            return;
        }
        for guid in self.steward.existing.take_silent_strangers(now) {
            self.steward_gives(&guid, now);
        }
        if self.steward.existing.take_strangers(now).is_empty() {
            return;
        }
        self.send(WhoIsMaster::new(&*self.own), None);
        self.send(IAmMaster::new(&*self.own), None);
    }

    /// An existing peer says to be master of what did not come from here.
    pub(crate) fn steward_hears_master(&mut self, source: &Guid, now: Now) {
        if !self.mastership.is_own() || !self.looks_after_existing(now) || self.steward.stranger.is_some() {
            return;
        }
        let Some(peer) = self.steward.existing.get_mut(source) else { return };
        if std::mem::replace(&mut peer.standing, Standing::Master) != Standing::Master {
            // It did not hear that there is a master here, or was not heard.
            self.steward_sees_loss(now);
            self.steward.stranger = Some((Guid::clone(source), now.monotonic_us));
            self.send(StateRequest::new(&**source, &*self.own), None);
        }
    }

    /// Whether a snapshot is the state of a stranger that was asked for it; takes it in then.
    pub(crate) fn takes_in_stranger(
        &mut self,
        envelope: &Arc<Envelope>,
        snapshot: &StateSnapshot,
        now: Now,
    ) -> bool {
        let Some((stranger, _)) =
            self.steward.stranger.take_if(|(stranger, _)| **stranger == *envelope.source_guid)
        else {
            return false;
        };
        for (guid, timeline) in snapshot.timelines.iter() {
            let is_new = self.log.state().timeline(guid).is_none() && self.own_role.permits(Group::Structure);
            let document = Document::from_value(timeline.clone(), Reading::Exact);
            if is_new && document.is_ok_and(|document| self.check_guids_free(&document).is_ok()) {
                let added = AddTimeline::new(guid, timeline.clone(), 0.0);
                let _ = self.commit_unasked(Draft::new(added), now);
            }
        }
        self.serve_snapshot(&stranger, now);
        true
    }

    /// A master without anything never answers; it is given the state all the same.
    pub(super) fn give_up_on_stranger(&mut self, now: Now) {
        let silent =
            self.steward.stranger.take_if(|(_, since_us)| now.since(*since_us) > STRANGER_PATIENCE_US);
        if let Some((stranger, _)) = silent.filter(|_| self.looks_after_existing(now)) {
            self.serve_snapshot(&stranger, now);
        }
    }
}
