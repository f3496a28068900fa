//! Own operations that are settled, kept for a while.
//!
//! Parts of a divided session may each settle what they hold, and then only one of the states stays. Whoever starts from
//! the other one has let go of its own work; it makes it anew from here.

use std::collections::VecDeque;

use session_wire::Message;

use crate::limits::SETTLED_KEPT_MAX;
use crate::{Guid, Operation};

/// The latest settled operations of one author, in stamp order.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    author: Option<Guid>,
    operations: VecDeque<Operation>,
}

impl Kept {
    pub(crate) fn of(author: Guid) -> Self {
        Self { author: Some(author), operations: VecDeque::new() }
    }

    /// Keeps a settled operation, where it is the author's; of more than the bound the earliest goes. A checkpoint has no
    /// meaning beside another one.
    pub(crate) fn keep(&mut self, operation: Operation) {
        let is_own = self.author.as_ref() == Some(&operation.id().source);
        if !is_own || matches!(operation.message(), Message::Checkpoint(_)) {
            return;
        }
        if self.operations.len() >= SETTLED_KEPT_MAX {
            self.operations.pop_front();
        }
        self.operations.push_back(operation);
    }

    /// Hands over all that is kept; nothing is from now on, until more is settled.
    pub(crate) fn take(&mut self) -> VecDeque<Operation> {
        std::mem::take(&mut self.operations)
    }
}
