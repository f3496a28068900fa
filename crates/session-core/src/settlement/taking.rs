//! Starting from the settled state of another peer.

use std::sync::Arc;

use session_log::{AdoptedState, Guid, Operation, Settled, StateError, StatePieces};
use session_wire::{Envelope, Message, SettledState};

use crate::clock::Now;
use crate::discovery::Phase;
use crate::effect::Warning;
use crate::output::{Ignored, Output, Receipt, Refusal, RefusalReason};
use crate::peer::Peer;

impl Peer {
    /// `SETTLED_STATE`: a piece that this peer asked for.
    pub(crate) fn receive_state_piece(
        &mut self,
        source: &Guid,
        piece: &SettledState,
        bound: bool,
        now: Now,
    ) -> Receipt {
        if *piece.target_guid != *self.own {
            return Receipt::Ignored(Ignored::ForAnother);
        }
        // Whoever is let in by a hub brings operations, which are judged one by one; a whole state is not theirs to bring.
        if bound && self.phase == Phase::Synced {
            self.exchange.note_later_base(piece.state.clone());
            return Receipt::Ignored(Ignored::NotAskedFor);
        }
        if !self.exchange.progresses(source, piece.request, now) {
            return Receipt::Ignored(Ignored::NotAskedFor);
        }
        match self.gather(piece) {
            Err(error @ StateError::TooLarge { .. }) => return refused(RefusalReason::Limit, &error),
            Err(error) => return refused(RefusalReason::Malformed, &error),
            Ok(()) => {}
        }
        let Some(whole) = self.settlement.incoming.take_if(|pieces| pieces.is_whole()) else {
            return Receipt::Accepted { durable: None, relay: false };
        };
        if let Err(error) = self.start_from_state(source, &whole, now) {
            self.exchange.forget_request();
            return refused(RefusalReason::Document, &error);
        }
        self.complete_request(now);
        Receipt::Accepted { durable: None, relay: false }
    }

    fn gather(&mut self, piece: &SettledState) -> Result<(), StateError> {
        let begun = self.settlement.incoming.take().filter(|pieces| pieces.fits(piece));
        let mut pieces = begun.map_or_else(|| StatePieces::begin(piece), Ok)?;
        let added = pieces.add(piece);
        self.settlement.incoming = Some(pieces);
        added
    }

    /// Starts from a state. Own operations that came too late for it are made anew.
    fn start_from_state(&mut self, source: &Guid, whole: &StatePieces, now: Now) -> Result<(), StateError> {
        let state = whole.state()?;
        self.clock.observe(state.upto().hlc_us, now.wall_us);
        let had = self.log.settled().cloned();
        match self.log.adopt_state(state, self.settlement.is_stuck()) {
            AdoptedState::Now { left_behind, uncertain } => {
                // Nobody but the steward can bring in again what existing peers did.
                let steward = self.is_steward(now);
                let (to_stamp, left_behind): (Vec<Operation>, Vec<Operation>) =
                    left_behind.into_iter().partition(|left| steward && left.id().is_of_existing_peer());
                self.tell_left_behind(source, had.as_ref(), &left_behind);
                self.tell_uncertain(source, &uncertain);
                self.settlement.packed = Some((whole.id().to_owned(), Arc::from(whole.packed())));
                self.make_left_behind_anew(left_behind, now);
                for late in to_stamp {
                    self.hear_late(&late, now);
                }
                // What is made anew is on the disk first: of a disk that is cut off in between nothing is lost.
                let to_disk = StatePieces::whole(whole.id(), whole.packed());
                let to_disk = Envelope::new(self.config.session.as_str(), &*self.own, to_disk);
                self.output(Output::Persist(Arc::new(to_disk)));
                self.note_settled();
                if self.phase == Phase::Synced {
                    self.tell_replaced(now);
                }
            }
            AdoptedState::KeptOwn => self.exchange.note_later_base(whole.id().to_owned()),
            AdoptedState::Already => {}
        }
        Ok(())
    }

    /// Work of this participant that the state may hold or not: made again it might come twice.
    fn tell_uncertain(&mut self, source: &Guid, uncertain: &[Operation]) {
        let own = uncertain.iter().filter(|operation| operation.id().source == self.own).count();
        if own > 0 {
            let detail = format!(
                "{own} of your changes are older than the state that {source} gave remembers who made what; look whether they are there"
            );
            self.warn(Warning::LeftBehind, detail);
        }
    }

    /// Tells of what a state does not hold that was here, what was settled before included, and that is not for this
    /// peer to make again.
    fn tell_left_behind(&mut self, source: &Guid, had: Option<&Settled>, left_behind: &[Operation]) {
        let had_it = |left: &&Operation| had.is_some_and(|had| had.frontier().covers(left.id()));
        let others = left_behind.iter().filter(|left| left.id().source != self.own && !had_it(left));
        let let_go = self.log.settled().zip(had).map_or(0, |(now, had)| now.lacks(had));
        let kept = left_behind.iter().filter(had_it).count() as u64;
        let count = others.count() as u64 + let_go.saturating_sub(kept);
        if count > 0 {
            let detail = format!(
                "{count} changes came too late for the state that {source} gave; who made them makes them again"
            );
            self.warn(Warning::LeftBehind, detail);
        }
    }

    /// What this participant made and the state does not cover it makes again, now; numbers of a run go without gaps,
    /// so a new one begins. What others made is theirs to make again.
    fn make_left_behind_anew(&mut self, left_behind: Vec<Operation>, now: Now) {
        // A checkpoint of a state that the session did not go on from says nothing any more.
        let changes =
            left_behind.into_iter().filter(|left| !matches!(left.message(), Message::Checkpoint(_)));
        let own: Vec<Operation> = changes.filter(|operation| operation.id().source == self.own).collect();
        if self.log.frontier().get(&self.own, &self.run) < self.seq {
            self.begin_run();
        }
        let renamed = self.make_anew(&own, now);
        self.undo.rename(&renamed);
        let numbered = self.log.frontier().get(&self.own, &self.run);
        self.seq = self.seq.max(numbered);
        self.sent_seq = self.seq;
    }

    /// The state that a store kept.
    pub(crate) fn adopt_restored_state(&mut self, whole: &SettledState) -> Result<(), StateError> {
        let mut pieces = StatePieces::begin(whole)?;
        pieces.add(whole)?;
        let state = pieces.state()?;
        self.clock.observe(state.upto().hlc_us, self.now.wall_us);
        self.log.adopt_state(state, true);
        self.note_settled();
        self.seq = self.seq.max(self.log.frontier().get(&self.own, &self.run));
        self.sent_seq = self.seq;
        Ok(())
    }
}

fn refused(reason: RefusalReason, error: &StateError) -> Receipt {
    Receipt::Refused(Refusal { reason, detail: error.to_string() })
}
