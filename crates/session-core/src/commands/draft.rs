//! Operations on their way: drafted, then numbered, stamped, logged and sent together.

use std::sync::Arc;

use session_log::{Change, NoEffect, Operation, OperationId};
use session_wire::{Anchor, Envelope, Message, OperationFields};

use super::carriage::raises_elsewhere;
use crate::clock::{Now, seconds};
use crate::command::Reply;
use crate::discovery::Phase;
use crate::durable::{Settled, as_operation};
use crate::effect::Warning;
use crate::error::CommandError;
use crate::leases::Channel;
use crate::peer::Peer;
use crate::roles::{Group, Role};
use crate::undo_stack::Transaction;

/// A durable message that has no number and no stamp yet.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    message: Message,
    after: Option<Anchor>,
    before: Option<Anchor>,
}

impl Draft {
    pub(crate) fn new(message: impl Into<Message>) -> Self {
        Self { message: message.into(), after: None, before: None }
    }

    /// Whether a whole timeline becomes another one.
    pub(crate) const fn replaces_a_timeline(&self) -> bool {
        matches!(self.message, Message::ReplaceTimeline(_))
    }

    /// Whether existing peers send it under the lease of the structure (legacy-protocol §2.10, §9.1): insertions and
    /// properties they do not.
    fn needs_structure(&self) -> bool {
        match &self.message {
            Message::AddTimeline(body) => body.timeline.at(&["metadata", "clip_timeline_for"]).is_none(),
            Message::RenameTimeline(_)
            | Message::RemoveTimeline(_)
            | Message::ReplaceTimeline(_)
            | Message::MoveChild(_)
            | Message::RemoveChild(_) => true,
            _ => false,
        }
    }

    /// Between these neighbours.
    pub(crate) fn between(mut self, (after, before): (Option<Anchor>, Option<Anchor>)) -> Self {
        self.after = after;
        self.before = before;
        self
    }
}

impl From<Change> for Draft {
    fn from(change: Change) -> Self {
        Self { message: change.message, after: change.after, before: change.before }
    }
}

/// Where a message says when it was made.
pub(crate) fn set_timestamp(message: &mut Message, timestamp: f64) -> bool {
    let slot = match message {
        Message::AddTimeline(body) => &mut body.sync_timestamp,
        Message::RenameTimeline(body) => &mut body.sync_timestamp,
        Message::RemoveTimeline(body) => &mut body.sync_timestamp,
        Message::ReplaceTimeline(body) => &mut body.sync_timestamp,
        Message::SetProperty(body) => &mut body.sync_timestamp,
        Message::InsertChild(body) => &mut body.sync_timestamp,
        Message::MoveChild(body) => &mut body.sync_timestamp,
        Message::RemoveChild(body) => &mut body.sync_timestamp,
        Message::ReplaceAnnotationCommands(body) => &mut body.sync_timestamp,
        Message::Checkpoint(body) => &mut body.sync_timestamp,
        _ => return false,
    };
    *slot = Some(timestamp);
    true
}

impl Peer {
    /// Makes drafts into operations of one transaction that can be taken back as one.
    pub(crate) fn commit(&mut self, drafts: Vec<Draft>, now: Now) -> Result<Reply, CommandError> {
        self.commit_replacing(drafts, &[], now)
    }

    /// The same, where they take others away.
    pub(crate) fn commit_replacing(
        &mut self,
        drafts: Vec<Draft>,
        replaced: &[OperationId],
        now: Now,
    ) -> Result<Reply, CommandError> {
        let operations = self.commit_undoing(drafts, replaced, now)?;
        if !operations.is_empty() {
            self.undo.done(Transaction::Operations(operations.clone()));
        }
        Ok(Reply { operations, ..Reply::default() })
    }

    /// Makes drafts into operations that take others back.
    pub(crate) fn commit_undoing(
        &mut self,
        drafts: Vec<Draft>,
        undone: &[OperationId],
        now: Now,
    ) -> Result<Vec<OperationId>, CommandError> {
        self.may_commit(&drafts, now)?;
        if drafts.iter().any(Draft::needs_structure) {
            self.claim_structure(now);
        }
        let txn = (drafts.len() > 1).then(|| self.mint.word());
        let undo_of: Vec<String> = undone.iter().map(ToString::to_string).collect();
        // All of an action or nothing: half of it would take something out and never put it in again.
        let withheld = drafts.iter().find_map(|draft| raises_elsewhere(&draft.message));
        let mut committed = Vec::with_capacity(drafts.len());
        for draft in drafts {
            committed.push(self.commit_one(draft, txn.clone(), undo_of.clone(), withheld.is_some(), now)?);
        }
        if let Some(why) = withheld {
            self.withhold(&why, now);
        }
        self.after_change(now);
        Ok(committed)
    }

    /// What was just made is not said live, where existing peers would hear it: those of ours see in a heartbeat that they lack
    /// it, and ask for it.
    fn withhold(&mut self, why: &str, now: Now) {
        self.warn(Warning::NewerSchema, format!("existing peers do not get this edit: {why}"));
        if self.phase == Phase::Synced {
            self.heartbeat(now);
        }
    }

    /// Existing peers hold their own changes of the structure back while somebody else has its lease, and would drift less.
    /// Said again only when half of it is over: a script that edits makes no storm of claims.
    fn claim_structure(&mut self, now: Now) {
        let held = self.leases.is_held(Channel::Structure, &self.own, now);
        if !held && self.own_role.permits(Group::Structure) {
            self.claim(&[Channel::Structure], now);
        }
    }

    /// Whether this participant's role permits what drafts do, judged as the fold will judge them: an undo, above all, may
    /// do what its command did under another role.
    fn may_commit(&self, drafts: &[Draft], now: Now) -> Result<(), CommandError> {
        if self.own_role == Role::Driver {
            return Ok(());
        }
        for draft in drafts {
            let fields =
                OperationFields { hlc: Some(self.clock.last_us()), ..self.fields_of(&draft.message) };
            let envelope = Envelope::new(self.config.session.as_str(), &*self.own, draft.message.clone());
            let operation = as_operation(&Arc::new(envelope.with_operation(fields)), now);
            let operation = operation.map_err(|why| CommandError::NotTaken(why.detail))?;
            if let Err(NoEffect::Role { role, group }) =
                self.log.state().check_role(&operation, self.own_role)
            {
                return Err(CommandError::Role { role, group });
            }
        }
        Ok(())
    }

    /// Makes one operation that nobody asked for and nobody takes back.
    pub(crate) fn commit_unasked(&mut self, draft: Draft, now: Now) -> Result<OperationId, CommandError> {
        let withheld = raises_elsewhere(&draft.message).is_some();
        let committed = self.commit_one(draft, None, Vec::new(), withheld, now);
        self.after_change(now);
        committed
    }

    /// Makes operations anew that came too late for what is settled; gives their new identities. What an undo among
    /// them took back is named anew too.
    pub(crate) fn make_anew(
        &mut self,
        operations: &[Operation],
        now: Now,
    ) -> Vec<(OperationId, OperationId)> {
        let mut renamed: Vec<(OperationId, OperationId)> = Vec::new();
        for operation in operations {
            let name = |id: &OperationId| {
                let anew = renamed.iter().find(|(old, _)| old == id).map(|(_, new)| new);
                anew.unwrap_or(id).to_string()
            };
            let undo_of = operation.undo_of().iter().map(name).collect();
            let draft = Draft {
                message: operation.message().clone(),
                after: operation.after().cloned(),
                before: operation.before().cloned(),
            };
            let txn = operation.txn().map(str::to_owned);
            let withheld = raises_elsewhere(&draft.message).is_some();
            if let Ok(id) = self.commit_one(draft, txn, undo_of, withheld, now) {
                renamed.push((operation.id().clone(), id));
            }
        }
        renamed
    }

    /// The number of the next operation, and what its author has seen of what it depends on.
    fn fields_of(&self, message: &Message) -> OperationFields {
        let fields = OperationFields::new(&*self.run, self.seq + 1);
        match self.log.seen_by(message) {
            Some(seen) => seen.said_in(fields),
            None => fields,
        }
    }

    fn commit_one(
        &mut self,
        draft: Draft,
        txn: Option<String>,
        undo_of: Vec<String>,
        withheld: bool,
        now: Now,
    ) -> Result<OperationId, CommandError> {
        let hlc_us = self.clock.tick(now.wall_us);
        let mut message = draft.message;
        let stamped = set_timestamp(&mut message, seconds(hlc_us));
        let fields = OperationFields {
            hlc: (!stamped).then_some(hlc_us),
            after: draft.after,
            before: draft.before,
            txn,
            undo_of,
            user: self.own_user().map(str::to_owned),
            ..self.fields_of(&message)
        };
        let envelope =
            Envelope::new(self.config.session.as_str(), &*self.own, message).with_operation(fields);
        let envelope = Arc::new(envelope);
        let operation = as_operation(&envelope, now).map_err(|why| CommandError::NotTaken(why.detail))?;
        self.log_own(&operation)?;
        self.seq += 1;
        if self.link_up {
            self.sent_seq = self.seq;
        }
        if self.link_up && !withheld {
            self.steward_sees(&envelope, now);
            self.send_envelope(envelope, None);
        }
        Ok(operation.id().clone())
    }

    /// Sends the own operations that were kept while the link was down: existing peers never ask for them.
    pub(crate) fn send_kept(&mut self) {
        let kept = self.log.operations().filter(|operation| {
            let id = operation.id();
            id.source == self.own && id.run == self.run && id.seq > self.sent_seq
        });
        let kept: Vec<Arc<Envelope>> = kept.map(|operation| Arc::clone(operation.envelope())).collect();
        for envelope in kept.into_iter().filter(|envelope| raises_elsewhere(&envelope.message).is_none()) {
            self.send_envelope(envelope, None);
        }
        self.sent_seq = self.seq;
    }

    fn log_own(&mut self, operation: &Operation) -> Result<(), CommandError> {
        let inserted = self.log.insert(operation.clone());
        match self.settle(operation, inserted) {
            Settled::New { .. } => Ok(()),
            Settled::Duplicate => {
                Err(CommandError::NotTaken("its number is taken; start again with a new run".into()))
            }
            Settled::Refused(refusal) => Err(CommandError::NotTaken(refusal.detail)),
        }
    }
}
