//! Joining an existing master (legacy-protocol §2.4): ask, hold back what comes meanwhile, start from the snapshot,
//! replay what it does not hold.

use std::sync::Arc;

use session_log::{Adopted, Base, Guid, Operation, SessionLog};
use session_wire::{Envelope, Message, StateRequest, StateSnapshot};

use crate::clock::Now;
use crate::discovery::{Phase, Search};
use crate::effect::Warning;
use crate::ephemeral::{OfSnapshot as _, SharedView};
use crate::limits::{JOIN_BUFFER_BYTES_MAX, JOIN_BUFFER_MESSAGES_MAX};
use crate::output::{Ignored, Output, Receipt, Refusal, RefusalReason};
use crate::peer::Peer;
use crate::undo_stack::UndoStack;

/// Durable messages that came while the state is not there yet.
#[derive(Debug, Default)]
pub(crate) struct JoinBuffer {
    held: Vec<Operation>,
    bytes: usize,
    overflowed: bool,
}

impl JoinBuffer {
    /// Holds one back. Beyond the bound nothing more is: the state is asked for again.
    pub(crate) fn hold(&mut self, operation: Operation, bytes: usize) -> bool {
        let full = self.held.len() >= JOIN_BUFFER_MESSAGES_MAX || self.bytes + bytes > JOIN_BUFFER_BYTES_MAX;
        if full {
            self.overflowed = true;
            return false;
        }
        self.bytes += bytes;
        self.held.push(operation);
        true
    }

    /// What was held back, and whether something is missing.
    fn take(&mut self) -> (Vec<Operation>, bool) {
        let taken = std::mem::take(self);
        (taken.held, taken.overflowed)
    }
}

/// What a snapshot holds already, so that it is not applied again.
pub(crate) struct Folded {
    snapshot_timestamp: f64,
}

impl Folded {
    /// As the reference filters: by the sender's timestamp, strictly greater.
    fn holds(&self, operation: &Operation) -> bool {
        let timestamp = operation.envelope().message.sync_timestamp().unwrap_or(0.0);
        // Written so that NaN counts as held, as it does for the reference.
        !matches!(timestamp.partial_cmp(&self.snapshot_timestamp), Some(std::cmp::Ordering::Greater))
    }
}

impl Peer {
    /// Asks a master for the state.
    pub(crate) fn ask_state(&mut self, master: Guid, search: Search, now: Now) {
        self.send(StateRequest::new(&*master, &*self.own), None);
        self.enter(Phase::AskingState { master, since_us: now.monotonic_us, search });
    }

    /// `STATE_SNAPSHOT`: taken only from the master that was asked, and only while waiting for it.
    pub(crate) fn receive_snapshot(
        &mut self,
        envelope: &Arc<Envelope>,
        snapshot: &StateSnapshot,
        now: Now,
    ) -> Receipt {
        if *snapshot.target_guid != *self.own {
            self.steward_sees_snapshot(envelope, &Guid::from(snapshot.target_guid.as_str()), now);
            return Receipt::Ignored(Ignored::ForAnother);
        }
        let asked =
            matches!(&self.phase, Phase::AskingState { master, .. } if **master == *envelope.source_guid);
        if !asked && self.takes_in_stranger(envelope, snapshot, now) {
            return Receipt::Accepted { durable: None, relay: false };
        }
        if !asked {
            let detail =
                format!("{} sent a snapshot that this peer did not ask it for", envelope.source_guid);
            return Receipt::Refused(Refusal { reason: RefusalReason::UnsolicitedSnapshot, detail });
        }
        if is_of_ours(envelope) {
            self.turn_to_ours(&Guid::from(envelope.source_guid.as_str()), now);
        } else {
            self.start_from(envelope, snapshot, now);
        }
        Receipt::Accepted { durable: None, relay: false }
    }

    /// The master that was asked for its state is one of ours, whose heartbeats were held up: it, or another of ours, gives
    /// its operations.
    /// A log that starts from its snapshot would apply what is in there a second time, and so would everybody after
    /// it, since a base goes before none.
    pub(crate) fn turn_to_ours(&mut self, server: &Guid, now: Now) {
        let Phase::AskingState { search, .. } = &self.phase else { return };
        let search = search.clone();
        self.exchange.hear(server, now);
        if search.recovering {
            self.enter(Phase::Synced);
            self.take_in_held_back(None, now);
        }
        self.request_operations(server, now);
        if !search.recovering {
            let waits = self.exchange.waits_for_answer();
            self.enter(if waits { Phase::AskingOperations { search } } else { Phase::Discovering(search) });
        }
    }

    fn start_from(&mut self, envelope: &Arc<Envelope>, snapshot: &StateSnapshot, now: Now) {
        let folded = Folded { snapshot_timestamp: snapshot.snapshot_timestamp };
        if matches!(&self.phase, Phase::AskingState { search, .. } if search.recovering) {
            self.start_anew();
        }
        self.steward.existing.all_belong(Some(&envelope.source_guid));
        let had = !self.log.is_empty() || self.base_id().is_some();
        if self.adopt_base(base_of(envelope, snapshot), now) {
            // On a disk a later base is the beginning of another log.
            self.output(Output::Persist(Arc::clone(envelope)));
        }
        if had {
            // Nobody there has what it brings.
            self.give_to_all(now);
        }
        let source = Guid::from(envelope.source_guid.as_str());
        self.adopt_view(&source, &SharedView::of_snapshot(snapshot), true, now);
        let complete = self.take_in_held_back(Some(&folded), now);
        self.become_synced(now);
        if !complete {
            let detail = "more came while joining than is held back; joining again".to_owned();
            self.warn(Warning::JoinOverflow, detail);
            self.discover(now);
        }
    }

    /// Gives up the log for that of the master, which has everything that was sent. A new run begins: the numbers of
    /// this one would have a gap.
    fn start_anew(&mut self) {
        self.log = SessionLog::of_author(Guid::clone(&self.own));
        self.exchange.packed.clear();
        self.steward.stop();
        self.undo = UndoStack::default();
        self.begin_run();
    }

    /// Starts from the base of another peer of ours; it goes to the disk as a snapshot.
    pub(crate) fn adopt_base_of(&mut self, source: &Guid, base: &session_wire::Base, now: Now) {
        if !self.adopt_base(Base::from_wire(base), now) {
            return;
        }
        let ordered = base
            .timeline_order
            .iter()
            .filter_map(|guid| Some((guid.as_str(), base.timelines.get(guid)?.clone())));
        let mut snapshot = StateSnapshot::new(
            &*self.own,
            ordered.collect(),
            base.active_timeline_guid.clone(),
            base.snapshot_timestamp,
        );
        snapshot.session_roles.clone_from(&base.session_roles);
        let envelope = Envelope::new(self.config.session.as_str(), &**source, snapshot);
        self.output(Output::Persist(Arc::new(envelope)));
    }

    /// Starts the log from a base, or keeps one that goes before it. Returns whether it starts from this one now.
    pub(crate) fn adopt_base(&mut self, base: Base, now: Now) -> bool {
        let id = base.id().to_owned();
        let active = base.active_timeline_guid().map(str::to_owned);
        match self.log.adopt_base(base) {
            Adopted::Now { unreadable } => {
                self.view.adopt_active(active.as_deref());
                for (guid, reason) in unreadable {
                    self.warn(Warning::Repaired, format!("timeline {guid} was left out: {reason}"));
                }
                if self.phase == Phase::Synced {
                    self.tell_replaced(now);
                }
                true
            }
            Adopted::KeptOwn => {
                self.exchange.note_later_base(id);
                false
            }
            _ => false,
        }
    }

    /// Takes in what was held back, save what the state holds already. Returns whether nothing is missing.
    pub(crate) fn take_in_held_back(&mut self, folded: Option<&Folded>, now: Now) -> bool {
        let (mut held, overflowed) = self.buffer.take();
        held.retain(|operation| folded.is_none_or(|folded| !folded.holds(operation)));
        self.take_in_batch(&held, now);
        !overflowed
    }

    /// Whether durable messages are held back now.
    pub(crate) const fn holds_back(&self) -> bool {
        matches!(
            self.phase,
            Phase::Discovering(_) | Phase::AskingState { .. } | Phase::AskingOperations { .. }
        )
    }
}

/// Whether a snapshot is that of a peer of ours: it says what is folded into it.
fn is_of_ours(snapshot: &Envelope) -> bool {
    snapshot.operation.as_ref().is_some_and(|operation| operation.seen.is_some())
}

/// What a log starts from that starts from this snapshot: a master of ours says what is folded into it.
pub(crate) fn base_of(envelope: &Envelope, snapshot: &StateSnapshot) -> Base {
    if is_of_ours(envelope) {
        return Base::from_own_snapshot(snapshot);
    }
    Base::from_snapshot(snapshot)
}

/// A rough size of a message for the bound of what is held back, without writing it.
pub(crate) fn rough_bytes(message: &Message) -> usize {
    const ENVELOPE_BYTES: usize = 512;
    let body = match message {
        Message::AddTimeline(body) => value_bytes(&body.timeline),
        Message::ReplaceTimeline(body) => value_bytes(&body.timeline),
        Message::InsertChild(body) => value_bytes(&body.child_data),
        Message::SetProperty(body) => value_bytes(&body.value),
        Message::ReplaceAnnotationCommands(body) => body.commands.iter().map(value_bytes).sum(),
        Message::OperationStamp(body) => value_bytes(&body.envelope),
        _ => 0,
    };
    ENVELOPE_BYTES + body
}

fn value_bytes(value: &lossless_json::Value) -> usize {
    use lossless_json::Value;
    const SCALAR_BYTES: usize = 16;
    match value {
        Value::String(text) => SCALAR_BYTES + text.len(),
        Value::Array(items) => SCALAR_BYTES + items.iter().map(value_bytes).sum::<usize>(),
        Value::Object(object) => {
            SCALAR_BYTES
                + object
                    .iter()
                    .map(|(key, value)| SCALAR_BYTES + key.len() + value_bytes(value))
                    .sum::<usize>()
        }
        _ => SCALAR_BYTES,
    }
}
