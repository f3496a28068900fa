//! What a participant can take back: its own transactions, latest first.

use std::collections::VecDeque;

use lossless_json::Value;
use session_log::OperationId;

use crate::limits::UNDO_MAX;

/// What one command did.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Transaction {
    /// Operations, which the log can turn around.
    Operations(Vec<OperationId>),
    /// A property whose object travelled anew, since existing peers could not have taken the value otherwise.
    Property(PropertyChange),
}

/// A property with its value before and after.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PropertyChange {
    pub(crate) guid: String,
    pub(crate) path: String,
    pub(crate) before: Value,
    pub(crate) after: Value,
}

impl PropertyChange {
    /// The change that takes this one back.
    pub(crate) fn turned(self) -> Self {
        Self { before: self.after, after: self.before, ..self }
    }
}

/// Own transactions to take back, and taken-back ones to do again.
#[derive(Clone, Debug, Default)]
pub(crate) struct UndoStack {
    done: VecDeque<Transaction>,
    undone: Vec<Transaction>,
}

impl UndoStack {
    /// A command was carried out: what was taken back before can no longer be done again.
    pub(crate) fn done(&mut self, transaction: Transaction) {
        self.undone.clear();
        self.push_done(transaction);
    }

    /// The latest transaction, to take back.
    pub(crate) fn take_latest(&mut self) -> Option<Transaction> {
        self.done.pop_back()
    }

    /// The latest transaction that took something back, to take back in turn.
    pub(crate) fn take_undone(&mut self) -> Option<Transaction> {
        self.undone.pop()
    }

    /// A transaction was taken back by this one.
    pub(crate) fn undone(&mut self, by: Transaction) {
        self.undone.push(by);
    }

    /// A taken-back transaction was done again by this one.
    pub(crate) fn redone(&mut self, by: Transaction) {
        self.push_done(by);
    }

    /// Operations have other identities now.
    pub(crate) fn rename(&mut self, renamed: &[(OperationId, OperationId)]) {
        let ids = self.done.iter_mut().chain(&mut self.undone).filter_map(|transaction| match transaction {
            Transaction::Operations(ids) => Some(ids),
            Transaction::Property(_) => None,
        });
        for id in ids.flatten() {
            if let Some((_, anew)) = renamed.iter().find(|(old, _)| old == id) {
                *id = anew.clone();
            }
        }
    }

    /// What is settled can no longer be taken back.
    pub(crate) fn keep_only(&mut self, is_held: impl Fn(&OperationId) -> bool) {
        let stays = |transaction: &Transaction| match transaction {
            Transaction::Operations(ids) => ids.iter().all(&is_held),
            Transaction::Property(_) => true,
        };
        self.done.retain(stays);
        self.undone.retain(stays);
    }

    fn push_done(&mut self, transaction: Transaction) {
        if self.done.len() == UNDO_MAX {
            self.done.pop_front();
        }
        self.done.push_back(transaction);
    }
}
