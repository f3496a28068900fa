//! Operations: into the log, and what they mean to the user.

use std::collections::BTreeSet;
use std::sync::Arc;

use session_log::{Action, Guid, Inserted, LogRefusal, NoEffect, Operation, OperationId, Outcome};
use session_wire::{Envelope, Message, SetPeerRole};

use crate::clock::Now;
use crate::discovery::Phase;
use crate::effect::{Effect, Warning};
use crate::gate::Sender;
use crate::join::rough_bytes;
use crate::limits::{OCCURRENCES_MAX, OPERATION_BYTES_MAX, REDONE_PER_OPERATION};
use crate::output::{Ignored, Output, Receipt, Refusal, RefusalReason};
use crate::peer::Peer;
use crate::roles::Role;
use crate::stamping::StoodAt;

/// What is told of an operation that the reference has no word for.
fn action_name(action: &Action) -> &'static str {
    action.reference_name().unwrap_or(match action {
        Action::PeerRoleSet => "set_peer_role",
        Action::Settled => "checkpoint",
        Action::OperationStamped => "operation_stamp",
        _ => "add_clip_timeline",
    })
}

/// The length of an operation that is longer than may be sent on, where it is. Only long ones are written to know it: a
/// byte of text becomes six (`\u00e9`) at most.
fn too_long(envelope: &Envelope) -> Option<usize> {
    const GROWTH_MAX: usize = 6;
    if rough_bytes(&envelope.message) <= OPERATION_BYTES_MAX / GROWTH_MAX {
        return None;
    }
    Some(envelope.encode().len()).filter(|bytes| *bytes > OPERATION_BYTES_MAX)
}

/// The operation that a durable envelope carries.
pub(crate) fn as_operation(envelope: &Arc<Envelope>, now: Now) -> Result<Operation, Refusal> {
    let malformed = |detail: String| Refusal { reason: RefusalReason::Malformed, detail };
    if let Some(bytes) = too_long(envelope) {
        let detail = format!(
            "the operation has {bytes} bytes as it is written, at most {OPERATION_BYTES_MAX} are taken; say it in smaller ones"
        );
        return Err(Refusal { reason: RefusalReason::Limit, detail });
    }
    match Operation::from_envelope(envelope, now.wall_us) {
        Ok(Some(operation)) => Ok(operation),
        Ok(None) => Err(malformed(format!("{} is no operation", envelope.message.event()))),
        Err(error) => Err(malformed(error.to_string())),
    }
}

impl Peer {
    /// A durable envelope from the session.
    pub(crate) fn receive_durable(
        &mut self,
        envelope: &Arc<Envelope>,
        sender: Option<&Sender>,
        now: Now,
    ) -> Receipt {
        let operation = match self.as_heard(envelope, now) {
            Ok(operation) => operation,
            Err(refusal) => return Receipt::Refused(refusal),
        };
        if let Some(refusal) = sender.and_then(|sender| self.objection_to_operation(sender, &operation, now))
        {
            return Receipt::Refused(refusal);
        }
        let id = operation.id().clone();
        if self.holds_back() {
            if !self.buffer.hold(operation, rough_bytes(&envelope.message)) {
                let detail = "more comes while joining than is held back".to_owned();
                return Receipt::Refused(Refusal { reason: RefusalReason::Limit, detail });
            }
            return Receipt::Accepted { durable: Some(id), relay: true };
        }
        if !self.live.is_left(&id.source, now) && !self.log.contains(&id) {
            self.warn(
                Warning::Flood,
                format!("{} sends more than can be taken at once; the rest comes later", id.source),
            );
            return Receipt::Ignored(Ignored::TooOften);
        }
        self.clock.observe(operation.stamp().hlc_us, now.wall_us);
        if self.take_in_stamped(&operation, now) {
            self.live.charge(&id.source, usize::from(sender.is_none()), now);
            return Receipt::Accepted { durable: Some(id), relay: true };
        }
        let stood_at = operation.stamps().and_then(|stamped| self.stood_at(stamped.id()));
        let inserted = self.log.insert(operation.clone());
        self.charge(&inserted, sender.is_some(), now);
        match self.settle(&operation, inserted) {
            Settled::New { redone, effect } => {
                self.tell_new(&operation, effect, redone, now);
                if let Some(stamped) = operation.stamps() {
                    self.tell_stamped(stamped.id(), stood_at);
                }
                self.after_change(now);
                Receipt::Accepted { durable: Some(id), relay: true }
            }
            Settled::Duplicate => {
                // A network that doubles messages does so for existing peers too.
                self.steward_sees_loss(now);
                Receipt::Ignored(Ignored::Duplicate)
            }
            Settled::Refused(refusal)
                if refusal.reason == RefusalReason::Settled && self.hear_time_of(&operation, now) =>
            {
                // It comes by its stamp: it has to get where the steward is.
                Receipt::Accepted { durable: None, relay: true }
            }
            Settled::Refused(refusal) => {
                if sender.is_none() {
                    self.tell_offender(&id.source, &refusal, now);
                }
                Receipt::Refused(refusal)
            }
        }
    }

    /// What a live operation did, where it stands by its own time.
    fn tell_new(&mut self, operation: &Operation, effect: Option<Action>, redone: bool, now: Now) {
        if let Some(action) = effect {
            self.tell_change(operation, &action);
        }
        if redone {
            self.tell_resequenced(operation.stamp().hlc_us);
            self.tell_overruled(operation);
        }
        self.hear_time_of(operation, now);
    }

    /// What an operation costs its source: one, unless its connection is slowed down already, and what was done again.
    fn charge(&mut self, inserted: &Inserted, slowed: bool, now: Now) {
        let redone = match &inserted.outcome {
            Outcome::New { redone, .. } | Outcome::Replaced { redone } => *redone,
            _ => 0,
        };
        let cost = usize::from(!slowed) + redone / REDONE_PER_OPERATION;
        if cost > 0 {
            self.live.charge(&inserted.id.source, cost, now);
        }
    }

    /// The master tells a source that nobody else can tell what is wrong with what it sends; not every time.
    fn tell_offender(&mut self, source: &Guid, refusal: &Refusal, now: Now) {
        if self.mastership.is_own() && self.told.admit(source, now) {
            let told =
                session_wire::Refusal::new(&**source, refusal.reason.as_str(), refusal.detail.as_str());
            self.send(told, Some(source));
        }
    }

    /// The operation that an envelope carries. A role that an existing peer gives again, after another one, says
    /// nothing that tells it from the first time: its count does, which is the same for all who heard both.
    fn as_heard(&self, envelope: &Arc<Envelope>, now: Now) -> Result<Operation, Refusal> {
        let operation = as_operation(envelope, now)?;
        let Message::SetPeerRole(body) = &envelope.message else { return Ok(operation) };
        let given = |user: &str| self.log.state().roles().of_users().get(user).copied();
        let again = operation.id().is_of_existing_peer()
            && self.log.contains(operation.id())
            && given(&body.user) != Some(Role::normalise(&body.role));
        if !again {
            return Ok(operation);
        }
        let same = |earlier: &&Operation| {
            let is_same = |other: &SetPeerRole| other.user == body.user && other.role == body.role;
            earlier.id().source == operation.id().source
                && matches!(earlier.message(), Message::SetPeerRole(other) if is_same(other))
        };
        let counted = |occurrence: u64| {
            let mut body = body.clone();
            body.extra.insert("occurrence", occurrence);
            let mut counted = Envelope::clone(envelope);
            counted.message = (*body).into();
            as_operation(&Arc::new(counted), now)
        };
        // Those that are settled are known by their names alone.
        let first = self.log.operations().filter(same).count() as u64 + 1;
        let mut all = (first..first + OCCURRENCES_MAX).map(counted);
        let is_new = |counted: &Result<Operation, Refusal>| {
            counted.as_ref().map_or(true, |counted| !self.log.contains(counted.id()))
        };
        all.find(is_new).unwrap_or(Ok(operation))
    }

    /// Many operations at once, such as those of an answer. Told one by one once this peer takes part.
    pub(crate) fn take_in_batch(&mut self, operations: &[Operation], now: Now) {
        if operations.is_empty() {
            return;
        }
        for operation in operations {
            self.clock.observe(operation.stamp().hlc_us, now.wall_us);
        }
        let stamps = self.stood_at_before(operations);
        let answers = self.log.insert_batch(operations.to_vec());
        let mut resequenced: Option<u64> = None;
        for (operation, inserted) in operations.iter().zip(answers) {
            let is_late = matches!(inserted.outcome, Outcome::Refused(LogRefusal::Settled));
            if is_late && self.hear_late(operation, now) {
                continue;
            }
            match self.settle(operation, inserted) {
                Settled::New { redone, effect } => {
                    self.steward_fetched(operation, now);
                    if let Some(action) = effect.filter(|_| self.phase == Phase::Synced) {
                        self.tell_change(operation, &action);
                    }
                    if redone {
                        self.tell_overruled(operation);
                        let stamp = operation.stamp().hlc_us;
                        resequenced = Some(resequenced.map_or(stamp, |earliest| earliest.min(stamp)));
                    }
                }
                Settled::Refused(refusal) => self.count_refusal(refusal.reason),
                Settled::Duplicate => {}
            }
        }
        if let Some(earliest_us) = resequenced.filter(|_| self.phase == Phase::Synced) {
            self.tell_resequenced(earliest_us);
        }
        for (stamped, stood_at) in stamps {
            self.tell_stamped(&stamped, stood_at);
        }
        self.after_change(now);
    }

    /// The stamps among operations that are about to come in, and how what they stamp stands before. Of what comes with
    /// its stamp, or while this peer joins, nothing is told twice.
    fn stood_at_before(&self, operations: &[Operation]) -> Vec<(OperationId, Option<StoodAt>)> {
        if self.phase != Phase::Synced || operations.iter().all(|operation| operation.stamps().is_none()) {
            return Vec::new();
        }
        let coming: BTreeSet<&OperationId> = operations.iter().map(Operation::id).collect();
        let new = operations.iter().filter(|operation| !self.log.contains(operation.id()));
        let stamped = new.filter_map(Operation::stamps).map(Operation::id).filter(|id| !coming.contains(id));
        stamped.map(|id| (id.clone(), self.stood_at(id))).collect()
    }

    /// Notes what became of an operation; a new one goes to the disk.
    pub(crate) fn settle(&mut self, operation: &Operation, inserted: Inserted) -> Settled {
        match inserted.outcome {
            Outcome::New { effect, redone } => {
                self.output(Output::Persist(Arc::clone(operation.envelope())));
                Settled::New { redone: redone > 0, effect: effect.ok() }
            }
            Outcome::Replaced { .. } => {
                self.exchange.packed.clear();
                self.output(Output::Persist(Arc::clone(operation.envelope())));
                self.tell_resequenced(operation.stamp().hlc_us);
                Settled::Refused(self.equivocation(operation))
            }
            Outcome::Refused(LogRefusal::Equivocation) => Settled::Refused(self.equivocation(operation)),
            Outcome::Refused(why) => {
                let reason = match why {
                    LogRefusal::Settled => RefusalReason::Settled,
                    _ => RefusalReason::Limit,
                };
                Settled::Refused(Refusal { reason, detail: why.to_string() })
            }
            _ => Settled::Duplicate,
        }
    }

    fn equivocation(&mut self, operation: &Operation) -> Refusal {
        let detail = format!(
            "{} says two things; everybody keeps the same one of them: give each process a run of its own",
            operation.id()
        );
        self.warn(Warning::Equivocation, detail.clone());
        Refusal { reason: RefusalReason::Equivocation, detail }
    }

    pub(crate) fn tell_change(&mut self, operation: &Operation, action: &Action) {
        if operation.id().source == self.own || matches!(action, Action::Settled | Action::OperationStamped) {
            return;
        }
        let envelope = Arc::clone(operation.envelope());
        self.effect(Effect::Change { action: action_name(action), id: operation.id().clone(), envelope });
    }

    /// Names the timelines that operations stamped at or above a time touched.
    pub(crate) fn tell_resequenced(&mut self, earliest_us: u64) {
        self.steward_looks_again(earliest_us, self.now);
        let late =
            self.log.operations().rev().take_while(|operation| operation.stamp().hlc_us >= earliest_us);
        let mut touched: Vec<Guid> =
            late.filter_map(|operation| self.touched(&operation.envelope().message)).collect();
        touched.sort();
        touched.dedup();
        if !touched.is_empty() {
            self.effect(Effect::Resequenced { timelines: touched });
        }
    }

    /// A role that was given before it was known here: what this participant did since may have no effect any more.
    pub(crate) fn tell_overruled(&mut self, given: &Operation) {
        if !matches!(given.message(), Message::SetPeerRole(_)) {
            return;
        }
        let since = self.log.operations().rev().take_while(|later| later.stamp() > given.stamp());
        let own = since.filter(|later| later.id().source == self.own);
        let forbidden = own.filter_map(|later| match self.log.effect(later.id()) {
            Some(Err(NoEffect::Role { role, .. })) => Some(*role),
            _ => None,
        });
        let roles: Vec<Role> = forbidden.collect();
        if let Some(role) = roles.first() {
            let detail = format!(
                "{} of your changes came after you were made a {role} and have no effect: ask a driver for another role",
                roles.len()
            );
            self.warn(Warning::Overruled, detail);
        }
    }

    pub(crate) fn touched(&self, message: &Message) -> Option<Guid> {
        let target = match message {
            Message::AddTimeline(body) => return Some(Guid::from(body.timeline_guid.as_str())),
            Message::RenameTimeline(body) => return Some(Guid::from(body.timeline_guid.as_str())),
            Message::RemoveTimeline(body) => return Some(Guid::from(body.timeline_guid.as_str())),
            Message::ReplaceTimeline(body) => return Some(Guid::from(body.timeline_guid.as_str())),
            Message::SetProperty(body) => &body.target_uuid,
            Message::InsertChild(body) => &body.parent_uuid,
            Message::MoveChild(body) => &body.parent_uuid,
            Message::RemoveChild(body) => &body.parent_uuid,
            Message::ReplaceAnnotationCommands(body) => &body.annotation_clip_guid,
            _ => return None,
        };
        self.log.state().locate(target).map(|(timeline, _)| timeline)
    }

    /// The whole state is another one.
    pub(crate) fn tell_replaced(&mut self, now: Now) {
        let timelines = self.timeline_guids();
        self.steward_looks_at_everything(now);
        self.effect(Effect::Replaced { timelines });
        self.after_change(now);
    }

    /// All timelines, in order.
    pub(crate) fn timeline_guids(&self) -> Vec<Guid> {
        self.log.state().timelines().map(|(guid, _)| Guid::clone(guid)).collect()
    }

    /// What follows from the state: which timeline is active, and this participant's role.
    pub(crate) fn after_change(&mut self, now: Now) {
        self.follow_checkpoints();
        let state = self.log.state();
        let shown = state.timelines().map(|(guid, _)| guid).filter(|guid| !state.is_clip_timeline(guid));
        let shown: Vec<Guid> = shown.cloned().collect();
        if self.view.follow(&shown) {
            let active = self.view.active_timeline().cloned();
            self.effect(Effect::ActiveTimeline(active));
        }
        self.resolve_own_role(now);
        self.follow_roles();
    }
}

/// What became of an operation, for this peer.
pub(crate) enum Settled {
    New { redone: bool, effect: Option<Action> },
    Duplicate,
    Refused(Refusal),
}
