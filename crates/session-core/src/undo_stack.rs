//! What a participant can take back: its own transactions, latest first.

use std::collections::VecDeque;

use session_log::OperationId;

use crate::limits::UNDO_MAX;

/// The operations of one command.
pub(crate) type Transaction = Vec<OperationId>;

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
    pub(crate) fn to_undo(&mut self) -> Option<Transaction> {
        self.done.pop_back()
    }

    /// The latest transaction that took something back, to take back in turn.
    pub(crate) fn to_redo(&mut self) -> Option<Transaction> {
        self.undone.pop()
    }

    /// A transaction was taken back by these operations.
    pub(crate) fn undone(&mut self, by: Transaction) {
        self.undone.push(by);
    }

    /// A taken-back transaction was done again by these operations.
    pub(crate) fn redone(&mut self, by: Transaction) {
        self.push_done(by);
    }

    fn push_done(&mut self, transaction: Transaction) {
        if self.done.len() == UNDO_MAX {
            self.done.pop_front();
        }
        self.done.push_back(transaction);
    }
}
