//! The ordered set of operations, and the state that is always their fold.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use session_wire::Message;

use crate::base::Base;
use crate::checkpoint::{Kept, Settled};
use crate::clocks::Clocks;
use crate::digest::digest_of;
use crate::holdings::Holdings;
use crate::inserted::{Adopted, Inserted, LogRefusal, Outcome};
use crate::journal::{Brought, Undo};
use crate::limits::OPERATIONS_MAX;
use crate::packing::Packing;
use crate::stamping::Stamping;
use crate::state::SessionState;
use crate::{Action, Frontier, Guid, NoEffect, Operation, OperationId, Role, Roles, Stamp};

/// The operations of a session in stamp order, and what they fold to.
///
/// Operations may come in any order and any number of times. One that comes late is slotted in: what is stamped
/// above it is undone, it is done, the rest is done again. The state is at every moment what a fold from scratch in
/// stamp order gives, byte for byte.
#[derive(Debug, Default)]
pub struct SessionLog {
    base: Option<Arc<Base>>,
    /// The place up to which the state stands for operations that are kept no longer.
    pub(crate) settled: Option<Settled>,
    /// What its author made of that.
    pub(crate) kept: Kept,
    /// Checkpoints that are held and were not followed.
    pub(crate) unsettled: Vec<OperationId>,
    state: SessionState,
    entries: Vec<Entry>,
    clocks: Clocks,
    holdings: Holdings,
    packing: Packing,
    pub(crate) stamping: Stamping,
    digest: OnceLock<String>,
}

/// Operations that are about to be done together, each with its place among the answers; none where another one brought it.
type Newcomers = Vec<(Option<usize>, Operation)>;

/// One operation at its place.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) operation: Operation,
    pub(crate) done: Result<(Action, Undo), NoEffect>,
}

impl SessionLog {
    /// A log without base and operations.
    pub fn new() -> Self {
        Self::default()
    }

    /// A log of somebody who makes operations: the latest of them are kept when they are settled, so that they can be
    /// made anew where the session goes on from a state without them.
    pub fn of_author(author: Guid) -> Self {
        Self { kept: Kept::of(author), ..Self::default() }
    }

    /// Starts from a base, unless the log has one that goes before it. Operations that are held stay and are folded
    /// anew on top of it.
    pub fn adopt_base(&mut self, base: Base) -> Adopted {
        if self.settled.is_some() {
            return Adopted::KeptOwn;
        }
        if let Some(own) = &self.base {
            if own.id() == base.id() {
                return Adopted::Already;
            }
            if own.goes_before(&base) {
                return Adopted::KeptOwn;
            }
        }
        let operations = self.entries.drain(..).map(|entry| entry.operation).collect::<Vec<_>>();
        self.state = SessionState::default();
        let unreadable = self.state.take_in(&base);
        self.base = Some(Arc::new(base));
        for operation in operations {
            let _ = self.do_last(operation, None);
        }
        self.digest = OnceLock::new();
        Adopted::Now { unreadable }
    }

    /// What the log starts from.
    pub fn base(&self) -> Option<&Arc<Base>> {
        self.base.as_ref()
    }

    /// The id of what the log starts from: a settled state or a base.
    pub fn starts_from(&self) -> Option<&str> {
        let settled = self.settled.as_ref().map(Settled::id);
        settled.or_else(|| self.base.as_ref().map(|base| base.id()))
    }

    /// Takes one operation in.
    pub fn insert(&mut self, mut operation: Operation) -> Inserted {
        self.share_names(&mut operation);
        let id = operation.id().clone();
        if let Err(outcome) = self.admit(&mut operation, &Vec::new()) {
            return Inserted { id, outcome: self.settle_conflict(operation, outcome) };
        }
        let moved = self.note_stamping(&operation);
        let (effect, redone) = self.do_at_its_place(operation);
        let redone = redone + self.put_in_place(moved);
        self.packing.go_on(&mut self.entries);
        Inserted { id, outcome: Outcome::New { effect, redone } }
    }

    /// Shares the names of a peer and its run between all operations of it: there may be thousands.
    fn share_names(&self, operation: &mut Operation) {
        let newest = self.entries.last().map(|entry| entry.operation.id());
        if !newest.is_some_and(|newest| operation.share_names_with(newest)) {
            operation.share_names(self.frontier());
        }
    }

    /// Does an operation whose identity is noted; tells how many were done again.
    pub(crate) fn do_at_its_place(&mut self, operation: Operation) -> (Result<Action, NoEffect>, usize) {
        if let Some(place) = self.place_beside_later(&operation) {
            let effect = self.do_at(place, operation, None);
            self.forget_digest(effect.is_ok());
            return (effect, 0);
        }
        let undone = self.undo_above(operation.stamp());
        let redone = undone.len();
        let effect = self.do_last(operation, None);
        undone.into_iter().rev().for_each(|next| self.redo(next));
        self.forget_digest(redone > 0 || effect.is_ok());
        (effect, redone)
    }

    /// Takes the operation of an identity out, so that another one can stand for it.
    pub(crate) fn exchange(&mut self, held: &Stamp, operation: Operation) -> usize {
        let redone = self.take_out(held);
        self.clocks.set(operation.id(), operation.stamp().hlc_us);
        redone + self.do_at_its_place(operation).1
    }

    /// Takes the operation of that stamp out; tells how many were done again.
    pub(crate) fn take_out(&mut self, held: &Stamp) -> usize {
        let undone = self.undo_above(held);
        let redone = undone.len();
        if let Some(Entry { done: Ok((_, undo)), .. }) = self.entries.pop() {
            let _ = self.state.revert(undo);
        }
        undone.into_iter().rev().for_each(|next| self.redo(next));
        self.digest = OnceLock::new();
        redone
    }

    /// Takes many operations in, undoing and redoing once. The answers stand in the order of the operations given.
    pub fn insert_batch(&mut self, operations: Vec<Operation>) -> Vec<Inserted> {
        let mut answers = Vec::with_capacity(operations.len());
        let mut newcomers: Newcomers = Vec::new();
        let mut conflicts: Vec<(usize, Operation)> = Vec::new();
        let mut moved = BTreeSet::new();
        for (at, mut operation) in operations.into_iter().enumerate() {
            self.share_names(&mut operation);
            let id = operation.id().clone();
            let refused = self.admit(&mut operation, &newcomers).err();
            if refused.is_none() {
                moved.extend(self.note_stamping(&operation));
                newcomers.push((Some(at), operation));
            } else if refused == Some(Outcome::Refused(LogRefusal::Equivocation)) {
                conflicts.push((at, operation));
            }
            answers.push(Inserted { id, outcome: refused.unwrap_or(Outcome::Duplicate) });
        }
        let moved = self.put_newcomers_in_place(&mut newcomers, moved);
        newcomers.sort_by(|a, b| a.1.stamp().cmp(b.1.stamp()));
        self.merge(newcomers, &mut answers);
        self.put_in_place(moved);
        for (at, operation) in conflicts {
            let refused = answers[at].outcome.clone();
            answers[at].outcome = self.settle_conflict(operation, refused);
        }
        self.packing.go_on(&mut self.entries);
        answers
    }

    /// Does newcomers in stamp order, and in between what had to be undone for them.
    fn merge(&mut self, newcomers: Newcomers, answers: &mut [Inserted]) {
        let Some((_, earliest)) = newcomers.first() else { return };
        let mut undone = self.undo_above(earliest.stamp());
        let mut changed = !undone.is_empty();
        for (at, operation) in newcomers {
            while undone.last().is_some_and(|next| next.operation.stamp() < operation.stamp()) {
                undone.pop().into_iter().for_each(|next| self.redo(next));
            }
            let effect = self.do_last(operation, None);
            changed |= effect.is_ok();
            if let Some(at) = at {
                answers[at].outcome = Outcome::New { effect, redone: undone.len() };
            }
        }
        undone.into_iter().rev().for_each(|next| self.redo(next));
        self.forget_digest(changed);
    }

    /// Whether an operation may come in; notes that it is there.
    fn admit(&mut self, operation: &mut Operation, newcomers: &Newcomers) -> Result<(), Outcome> {
        if self.clocks.contains(operation.id()) {
            return Err(self.compare_with_held(operation, newcomers));
        }
        if self.settled.as_ref().is_some_and(|settled| settled.covers(operation.id())) {
            return Err(Outcome::Duplicate);
        }
        if operation.id().is_of_existing_peer() {
            let placed = self.in_its_place(operation.clone());
            *operation = placed.ok_or(Outcome::Refused(LogRefusal::Settled))?;
        } else if self.settled.as_ref().is_some_and(|settled| *operation.stamp() <= settled.upto) {
            return Err(Outcome::Refused(LogRefusal::Settled));
        }
        if self.clocks.len() >= OPERATIONS_MAX {
            return Err(Outcome::Refused(LogRefusal::LogFull { max: OPERATIONS_MAX }));
        }
        self.holdings.add(operation.id()).map_err(Outcome::Refused)?;
        self.clocks.set(operation.id(), operation.stamp().hlc_us);
        if matches!(operation.message(), Message::Checkpoint(_)) {
            self.unsettled.push(operation.id().clone());
        }
        Ok(())
    }

    /// An existing peer's identity is a hash of what it says, so the same identity says the same.
    fn compare_with_held(&self, operation: &Operation, newcomers: &Newcomers) -> Outcome {
        let id = operation.id();
        let held = self.operation(id);
        let held =
            held.or_else(|| newcomers.iter().map(|(_, newcomer)| newcomer).find(|other| other.id() == id));
        let same = id.is_of_existing_peer() || held.is_none_or(|held| held.says_the_same_as(operation));
        if same { Outcome::Duplicate } else { Outcome::Refused(LogRefusal::Equivocation) }
    }

    /// Whether an operation that is not held would be forbidden at its place, to an author whose role the roles there
    /// decide. What is stamped above is undone for the question and done again.
    pub fn forbids(&mut self, operation: &Operation, role: impl FnOnce(&Roles) -> Role) -> Option<NoEffect> {
        let mut undone = self.undo_above(operation.stamp());
        let role = role(self.state.roles());
        let forbidden = self.state.check_role(operation, role).err();
        undone.drain(..).rev().for_each(|next| self.redo(next));
        forbidden
    }

    /// Undoes everything stamped above; the earliest of it is last.
    pub(crate) fn undo_above(&mut self, stamp: &Stamp) -> Vec<Undone> {
        let mut undone = Vec::new();
        while self.entries.last().is_some_and(|entry| entry.operation.stamp() > stamp) {
            let Some(Entry { operation, done }) = self.entries.pop() else { break };
            let kept = done.ok().and_then(|(_, undo)| self.state.revert(undo));
            undone.push(Undone { operation, kept });
        }
        undone
    }

    pub(crate) fn redo(&mut self, undone: Undone) {
        let _ = self.do_last(undone.operation, undone.kept);
    }

    /// Does an operation that is stamped above all that are done.
    fn do_last(&mut self, operation: Operation, kept: Option<Brought>) -> Result<Action, NoEffect> {
        self.do_at(self.entries.len(), operation, kept)
    }

    /// Does an operation after all that are done, and notes it at a place.
    fn do_at(
        &mut self,
        place: usize,
        operation: Operation,
        kept: Option<Brought>,
    ) -> Result<Action, NoEffect> {
        let done = self.state.apply(&operation, kept);
        self.packing.note(place, &operation);
        let effect = match &done {
            Ok((action, _)) => Ok(action.clone()),
            Err(reason) => Err(reason.clone()),
        };
        self.entries.insert(place, Entry { operation, done });
        effect
    }

    fn forget_digest(&mut self, changed: bool) {
        if changed {
            self.digest = OnceLock::new();
        }
    }

    /// What the operations fold to.
    pub const fn state(&self) -> &SessionState {
        &self.state
    }

    /// BLAKE3 of the digest form of [`SessionState::to_value`], in hexadecimal. Computed when it is asked for and
    /// kept until the state changes.
    pub fn digest(&self) -> &str {
        self.digest.get_or_init(|| digest_of(&self.state))
    }

    /// The number of operations.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no operations.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether an operation is held, or settled.
    pub fn contains(&self, id: &OperationId) -> bool {
        self.clocks.contains(id) || self.settled.as_ref().is_some_and(|settled| settled.covers(id))
    }

    /// The operation of that identity.
    pub fn operation(&self, id: &OperationId) -> Option<&Operation> {
        Some(&self.entry(id)?.operation)
    }

    /// All operations in stamp order.
    pub fn operations(&self) -> impl DoubleEndedIterator<Item = &Operation> + ExactSizeIterator {
        self.entries.iter().map(|entry| &entry.operation)
    }

    /// What an operation did, or why it did nothing, at the place where it stands now.
    pub fn effect(&self, id: &OperationId) -> Option<Result<&Action, &NoEffect>> {
        Some(self.entry(id)?.done.as_ref().map(|(action, _)| action))
    }

    pub(crate) fn entry(&self, id: &OperationId) -> Option<&Entry> {
        self.entries.get(self.place_of(id)?)
    }

    pub(crate) fn place_of(&self, id: &OperationId) -> Option<usize> {
        let hlc_us = self.clocks.get(id)?;
        let found = self.entries.binary_search_by(|entry| {
            let stamp = entry.operation.stamp();
            (stamp.hlc_us, &stamp.id).cmp(&(hlc_us, id))
        });
        found.ok()
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn take_entries(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    pub(crate) const fn state_mut(&mut self) -> &mut SessionState {
        &mut self.state
    }

    /// An operation is not held one by one any more.
    pub(crate) fn forget_id(&mut self, id: &OperationId) {
        self.clocks.remove(id);
        self.holdings.forget_existing(id);
    }

    /// An operation of an existing peer is held, at that place.
    pub(crate) fn hold_existing(&mut self, operation: &Operation) {
        // Those of existing peers have no numbers that could lie beyond a gap, so they are always taken.
        let _ = self.holdings.add(operation.id());
        self.clocks.set(operation.id(), operation.stamp().hlc_us);
    }

    /// A log of a state that no operation of it brought.
    pub(crate) fn from_state(state: SessionState, kept: Kept) -> Self {
        Self { kept, state, ..Self::default() }
    }

    /// From now on the state stands for all that is settled.
    pub(crate) fn start_above(&mut self, settled: Settled) {
        self.holdings.cover(settled.frontier());
        self.base = None;
        self.settled = Some(settled);
        let held = &self.clocks;
        self.unsettled.retain(|checkpoint| held.contains(checkpoint));
    }

    /// Counts what is held anew from what the settled state remembers: the same state and operations give the same
    /// numbers, whatever came first.
    pub(crate) fn count_anew(&mut self) {
        let mut holdings = Holdings::default();
        if let Some(settled) = &self.settled {
            holdings.cover(settled.frontier());
        }
        for entry in &self.entries {
            // It was within the bounds when it came, and what lies below it is still held or settled.
            let _ = holdings.add(entry.operation.id());
        }
        self.holdings = holdings;
    }

    /// What is held, in a form to compare with other peers.
    pub const fn holdings(&self) -> &Holdings {
        &self.holdings
    }

    /// For every run of our own peers, the number up to which nothing is missing.
    pub const fn frontier(&self) -> &Frontier {
        self.holdings.frontier()
    }
}

/// An operation on its way back into the log.
pub(crate) struct Undone {
    operation: Operation,
    kept: Option<Brought>,
}
