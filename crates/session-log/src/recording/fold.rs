//! Folding a recording.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use session_wire::{DecodeError, Envelope, Message, Operations, SettledState, StateSnapshot, families};

use super::folded::Folded;
use super::reader::{BadLine, BadLineReason, PAYLOAD, Recorded, Recording};
use crate::base::Base;
use crate::operation::clock_us;
use crate::{Action, Guid, NoEffect, Operation, Outcome, Seen, SessionLog, StatePieces, unpack_operations};

/// The state that the messages of a recording lead to, up to `at` seconds after its beginning.
///
/// Durable messages are folded in stamp order, as every peer of ours does; view messages replace the view in the
/// order of the file, as the reference does. The log starts from the first `STATE_SNAPSHOT`, whoever it was meant
/// for; what an existing peer sent before is in it or lost. A snapshot of a peer of ours says which operations it
/// holds: these are not folded again, and one whose operations are all there already is not needed.
///
/// Where only existing peers took part, the messages of each keep their order in the file even if its clock stood
/// still or went back: nobody of ours was there to see another order.
pub fn fold_recording(recording: &Recording, at: Option<f64>) -> Folded {
    let has_ours = recording.messages.iter().any(|recorded| is_of_ours(&recorded.envelope));
    let mut fold = Fold { latest: (!has_ours).then(BTreeMap::new), ..Fold::default() };
    let in_time = |recorded: &&Recorded| at.is_none_or(|at| recorded.time_offset <= at);
    for recorded in recording.messages.iter().filter(in_time) {
        fold.message(recorded);
    }
    let last = recording.messages.iter().rfind(in_time).map(|recorded| recorded.line);
    let reached = |bad: &&BadLine| at.is_none() || last.is_some_and(|last| bad.line <= last);
    fold.folded.bad_lines = recording.bad_lines.iter().filter(reached).cloned().collect();
    fold.folded
}

fn is_of_ours(envelope: &Envelope) -> bool {
    envelope.operation.is_some() || envelope.message.family() == families::SESSION_LOG
}

#[derive(Default)]
struct Fold {
    folded: Folded,
    /// Source → the clock of its latest message, where the order of the file counts.
    latest: Option<BTreeMap<Guid, u64>>,
    /// When the message before was received. Several may be written with one time.
    received_us: u64,
    /// Whether the log has what it starts from.
    started: bool,
    /// What there is of a settled state.
    pieces: Option<StatePieces>,
    /// What the snapshot that the log started from holds.
    covered: Option<Covered>,
    /// Operations that the snapshot holds and that came one by one as well.
    history: Vec<Operation>,
}

struct Covered {
    seen: Seen,
    snapshot_timestamp: f64,
}

impl Covered {
    fn holds(&self, operation: &Operation) -> bool {
        if !operation.id().is_of_existing_peer() {
            return self.seen.covers(operation.stamp());
        }
        operation.envelope().message.sync_timestamp().is_none_or(|made| made <= self.snapshot_timestamp)
    }
}

impl Fold {
    fn message(&mut self, recorded: &Recorded) {
        let envelope = &recorded.envelope;
        let message = &envelope.message;
        self.folded.messages += 1;
        *self
            .folded
            .messages_by_type
            .entry(format!("{}/{}", message.family(), message.event()))
            .or_default() += 1;
        let received_us = recorded.absolute_time.and_then(clock_us).unwrap_or(0).max(self.received_us + 1);
        self.received_us = received_us;
        match message {
            Message::StateSnapshot(snapshot) => self.snapshot(envelope, snapshot),
            Message::Operations(part) => self.operations(recorded, part, received_us),
            Message::SettledState(piece) => self.state_piece(recorded, piece),
            Message::PlaybackSettings(body) => {
                self.folded.view.playback(envelope, body, self.folded.log.state());
                self.count("playback_settings");
            }
            Message::DisplaySettings(_) => {
                self.folded.view.display(message.body(), self.folded.log.state());
                self.count("display_settings");
            }
            Message::PartialAnnotation(_) => self.count("partial_annotation"),
            message if message.is_durable() => self.durable(recorded, received_us),
            _ => {}
        }
    }

    fn count(&mut self, action: &'static str) {
        *self.folded.actions.entry(action).or_default() += 1;
    }

    fn snapshot(&mut self, envelope: &Envelope, snapshot: &StateSnapshot) {
        let seen = envelope.operation.as_deref().and_then(Seen::of);
        let known = seen.as_ref().is_some_and(|seen| {
            !seen.frontier().is_empty() && self.folded.log.frontier().includes(seen.frontier())
        });
        if self.started {
            return;
        }
        self.started = true;
        self.count("state_snapshot_received");
        self.folded.view.snapshot(snapshot);
        if known {
            return;
        }
        let base = match &seen {
            Some(_) => Base::from_own_snapshot(snapshot),
            None => Base::from_snapshot(snapshot),
        };
        let covered = seen.map(|seen| Covered { seen, snapshot_timestamp: snapshot.snapshot_timestamp });
        let before = std::mem::replace(&mut self.folded.log, SessionLog::new());
        self.folded.log.adopt_base(base);
        let left = before.operations().filter(|operation| match &covered {
            Some(covered) => !covered.holds(operation),
            None => {
                !operation.id().is_of_existing_peer()
                    && operation
                        .envelope()
                        .message
                        .sync_timestamp()
                        .is_some_and(|made| made > snapshot.snapshot_timestamp)
            }
        });
        self.folded.log.insert_batch(left.cloned().collect());
        self.covered = covered;
    }

    /// A piece of the state that a peer of ours gave to another one. Once it is whole the log starts from it, with all
    /// that was recorded above.
    fn state_piece(&mut self, recorded: &Recorded, piece: &SettledState) {
        let begun = self.pieces.take().filter(|pieces| pieces.fits(piece));
        let whole = begun.map_or_else(|| StatePieces::begin(piece), Ok).and_then(|mut pieces| {
            pieces.add(piece)?;
            if pieces.is_whole() {
                return pieces.state().map(Some);
            }
            self.pieces = Some(pieces);
            Ok(None)
        });
        match whole {
            Ok(None) => {}
            Ok(Some(state)) => {
                let mut log = SessionLog::new();
                log.insert_batch(
                    self.history.drain(..).chain(self.folded.log.operations().cloned()).collect(),
                );
                log.adopt_state(state, false);
                self.folded.log = log;
                self.covered = None;
                self.started = true;
            }
            Err(error) => self.refuse(recorded, error.to_string()),
        }
    }

    /// What a peer of ours gave to another one.
    fn operations(&mut self, recorded: &Recorded, part: &Operations, received_us: u64) {
        if let Some(base) = &part.base {
            self.folded.log.adopt_base(Base::from_wire(base));
            self.covered = None;
            self.started = true;
        }
        if let Some(view) = part.view.as_ref().filter(|_| self.folded.view.playback_state.is_empty()) {
            self.folded.view.joined(view);
        }
        let mut operations = Vec::with_capacity(part.envelopes.len());
        let packed = part.packed.as_deref().map(unpack_operations);
        let packed = packed.unwrap_or_else(|| Ok(String::new())).unwrap_or_else(|error| {
            self.refuse(recorded, error.to_string());
            String::new()
        });
        let given = part.envelopes.iter().map(|value| Envelope::from_value(value.clone()));
        for envelope in given.chain(packed.lines().map(|line| Envelope::decode(line.as_bytes()))) {
            match read_operation(envelope, received_us) {
                Ok(operation) => operations.extend(operation),
                Err(reason) => self.refuse(recorded, reason),
            }
        }
        let (covered, new) = operations.into_iter().partition(|operation| self.is_covered(operation));
        self.folded.log.insert_batch(new);
        self.history.extend::<Vec<_>>(covered);
        if part.last {
            self.go_back();
        }
    }

    /// Starts from the operations themselves once all that the snapshot holds are there: what was removed, merged or
    /// overtaken before the snapshot is in them and not in it.
    fn go_back(&mut self) {
        if !self.has_what_led_to_the_snapshot() {
            return;
        }
        let mut log = SessionLog::new();
        log.insert_batch(self.history.iter().chain(self.folded.log.operations()).cloned().collect());
        self.folded.log = log;
        self.covered = None;
        self.history.clear();
    }

    /// Whether operations brought all that the snapshot holds. What the log shows says nothing of that: an operation
    /// made before the snapshot that came late may bring back what the snapshot no longer has, and the snapshot may
    /// hold operations beyond a gap, which `seen` does not tell.
    fn has_what_led_to_the_snapshot(&self) -> bool {
        let (Some(covered), Some(snapshot)) = (&self.covered, self.folded.log.base()) else { return false };
        let mut held = SessionLog::new();
        held.insert_batch(self.history.clone());
        let all = self.history.iter().chain(self.folded.log.operations());
        let brought: BTreeSet<&str> = all.filter_map(timeline_brought).collect();
        let is_there = |guid: &Guid| brought.contains(&**guid) || held.state().timeline(guid).is_some();
        held.frontier().includes(covered.seen.frontier()) && snapshot.guids().all(is_there)
    }

    fn is_covered(&self, operation: &Operation) -> bool {
        self.covered.as_ref().is_some_and(|covered| covered.holds(operation))
    }

    fn refuse(&mut self, recorded: &Recorded, reason: String) {
        let reason = BadLineReason::Message(reason);
        self.folded.refused.push(BadLine {
            line: recorded.line,
            column: None,
            path: PAYLOAD.to_owned(),
            reason,
        });
    }

    fn durable(&mut self, recorded: &Recorded, received_us: u64) {
        let operation = match Operation::from_envelope(&recorded.envelope, received_us) {
            Ok(Some(operation)) => operation,
            Ok(None) => return,
            Err(error) => return self.refuse(recorded, error.to_string()),
        };
        if self.is_covered(&operation) {
            return;
        }
        let operation = self.in_its_place(operation);
        let reaches_removed = self.reaches_removed(&recorded.envelope.message);
        match self.folded.log.insert(operation).outcome {
            Outcome::New { effect, .. } => self.effect(&recorded.envelope.message, effect, reaches_removed),
            Outcome::Refused(why) => self.refuse(recorded, why.to_string()),
            Outcome::Replaced { .. } | Outcome::Duplicate => {}
        }
    }

    /// After what its source did before, where the order of the file counts.
    fn in_its_place(&mut self, operation: Operation) -> Operation {
        let is_new = !self.folded.log.contains(operation.id());
        let Some(latest) = self.latest.as_mut().filter(|_| is_new) else { return operation };
        let clock_us = latest.entry(Guid::clone(&operation.id().source)).or_default();
        let operation = operation.not_before(clock_us.saturating_add(1));
        *clock_us = operation.stamp().hlc_us;
        operation
    }

    /// Whether a message is about an object that was removed: we keep it for a restore, the reference forgets it.
    fn reaches_removed(&self, message: &Message) -> bool {
        let state = self.folded.log.state();
        let target = match message {
            Message::SetProperty(body) => &body.target_uuid,
            Message::ReplaceAnnotationCommands(body) => &body.annotation_clip_guid,
            Message::InsertChild(body) => &body.parent_uuid,
            Message::MoveChild(body) => &body.parent_uuid,
            Message::RemoveChild(body) => &body.parent_uuid,
            _ => return false,
        };
        let is_kept = || state.find(target).is_some();
        state.locate(target).map_or_else(is_kept, |(timeline, node)| !state.stands(&timeline, node))
    }

    /// Counts what the reference reports, and follows timelines that come and go.
    fn effect(&mut self, message: &Message, effect: Result<Action, NoEffect>, reaches_removed: bool) {
        let is_edit =
            matches!(message, Message::InsertChild(_) | Message::MoveChild(_) | Message::RemoveChild(_));
        if (reaches_removed && is_edit) || effect.as_ref().is_err_and(|reason| is_unresolved(message, reason))
        {
            self.folded.unresolved_patches += 1;
        }
        let name = effect.as_ref().ok().and_then(Action::reference_name);
        match name {
            _ if reaches_removed => {}
            Some(name) => self.count(name),
            None if matches!(message, Message::RenameTimeline(_)) => self.count("timeline_renamed"),
            None => {}
        }
        if let Ok(action) = effect {
            self.follow(message, &action);
        }
    }

    fn follow(&mut self, message: &Message, action: &Action) {
        let view = &mut self.folded.view;
        match (message, action) {
            (Message::AddTimeline(body), _) => view.timeline_came(&body.timeline_guid, &body.timeline),
            (Message::ReplaceTimeline(body), _) => {
                view.timeline_came(&body.timeline_guid, &body.timeline);
                view.active_timeline_guid.get_or_insert_with(|| body.timeline_guid.clone());
            }
            (Message::RemoveTimeline(body), Action::TimelineRemoved { with }) => {
                for guid in with {
                    view.timeline_left(guid);
                }
                view.timeline_left(&body.timeline_guid);
            }
            _ => {}
        }
    }
}

/// The timeline that an operation brings.
fn timeline_brought(operation: &Operation) -> Option<&str> {
    match &operation.envelope().message {
        Message::AddTimeline(body) => Some(&body.timeline_guid),
        Message::ReplaceTimeline(body) => Some(&body.timeline_guid),
        _ => None,
    }
}

/// What the reference counts as an unresolved patch.
fn is_unresolved(message: &Message, reason: &NoEffect) -> bool {
    let is_move = matches!(message, Message::MoveChild(_));
    match reason {
        NoEffect::UnknownParent(_) => true,
        NoEffect::UnknownChild(_) | NoEffect::Removed(_) => is_move,
        _ => false,
    }
}

/// The operation in an envelope that came inside another message.
fn read_operation(
    envelope: Result<Envelope, DecodeError>,
    received_us: u64,
) -> Result<Option<Operation>, String> {
    let envelope = envelope.map_err(|error| error.to_string())?;
    Operation::from_envelope(&Arc::new(envelope), received_us).map_err(|error| error.to_string())
}
