//! Taking back and doing again, each participant its own work.

use session_log::OperationId;

use super::draft::Draft;
use crate::clock::Now;
use crate::command::Reply;
use crate::error::CommandError;
use crate::peer::Peer;
use crate::roles::Group;

impl Peer {
    pub(crate) fn take_back(&mut self, now: Now) -> Result<Reply, CommandError> {
        self.permitted(Group::Annotation)?;
        let transaction = self.undo.to_undo().ok_or(CommandError::NothingTo("undo"))?;
        let operations = self.invert(&transaction, "undo", now)?;
        self.undo.undone(operations.clone());
        Ok(Reply { operations, ..Reply::default() })
    }

    pub(crate) fn do_again(&mut self, now: Now) -> Result<Reply, CommandError> {
        self.permitted(Group::Annotation)?;
        let transaction = self.undo.to_redo().ok_or(CommandError::NothingTo("redo"))?;
        let operations = self.invert(&transaction, "redo", now)?;
        self.undo.redone(operations.clone());
        Ok(Reply { operations, ..Reply::default() })
    }

    /// Operations that take others back as far as they still stand.
    fn invert(
        &mut self,
        transaction: &[OperationId],
        what: &'static str,
        now: Now,
    ) -> Result<Vec<OperationId>, CommandError> {
        let drafts: Vec<Draft> = self.log.inverse_of(transaction).into_iter().map(Draft::from).collect();
        if drafts.is_empty() {
            return Err(CommandError::Overtaken(what));
        }
        self.commit_undoing(drafts, transaction, now)
    }
}
