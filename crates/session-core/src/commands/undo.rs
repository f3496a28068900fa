//! Taking back and doing again, each participant its own work.

use otio_document::{Document, PropertyPath, Reading};
use session_log::{Change, OperationId};
use session_wire::Message;

use super::draft::Draft;
use super::property::anew_with;
use super::structure::insertions;
use crate::clock::Now;
use crate::command::Reply;
use crate::error::CommandError;
use crate::peer::Peer;
use crate::roles::Group;
use crate::undo_stack::{PropertyChange, Transaction};

impl Peer {
    pub(crate) fn take_back(&mut self, now: Now) -> Result<Reply, CommandError> {
        self.permitted(Group::Annotation)?;
        let transaction = self.undo.take_latest().ok_or(CommandError::NothingTo("undo"))?;
        let (operations, by) = match self.turn_around(transaction.clone(), "undo", now) {
            Err(error @ CommandError::Role { .. }) => {
                self.undo.redone(transaction);
                return Err(error);
            }
            turned => turned?,
        };
        self.undo.undone(by);
        Ok(Reply { operations, ..Reply::default() })
    }

    pub(crate) fn do_again(&mut self, now: Now) -> Result<Reply, CommandError> {
        self.permitted(Group::Annotation)?;
        let transaction = self.undo.take_undone().ok_or(CommandError::NothingTo("redo"))?;
        let (operations, by) = match self.turn_around(transaction.clone(), "redo", now) {
            Err(error @ CommandError::Role { .. }) => {
                self.undo.undone(transaction);
                return Err(error);
            }
            turned => turned?,
        };
        self.undo.redone(by);
        Ok(Reply { operations, ..Reply::default() })
    }

    /// Takes a transaction back as far as it still stands; gives the operations that do, and how to take those back.
    fn turn_around(
        &mut self,
        transaction: Transaction,
        what: &'static str,
        now: Now,
    ) -> Result<(Vec<OperationId>, Transaction), CommandError> {
        match transaction {
            Transaction::Operations(ids) => {
                let ids: Vec<OperationId> =
                    ids.into_iter().filter(|id| !self.others_work_inside(id)).collect();
                let drafts: Vec<Draft> = self.log.inverse_of(&ids).into_iter().flat_map(unpacked).collect();
                if drafts.is_empty() {
                    return Err(CommandError::Overtaken(what));
                }
                let operations = self.commit_undoing(drafts, &ids, now)?;
                Ok((operations.clone(), Transaction::Operations(operations)))
            }
            Transaction::Property(change) => {
                let drafts = self.restored(&change).ok_or(CommandError::Overtaken(what))?;
                let operations = self.commit_undoing(drafts, &[], now)?;
                Ok((operations, Transaction::Property(change.turned())))
            }
        }
    }

    /// Whether an operation added a timeline in which others have worked since: it stays.
    fn others_work_inside(&self, id: &OperationId) -> bool {
        let Some(added) = self.log.operation(id) else { return false };
        let Message::AddTimeline(body) = added.message() else { return false };
        let later = self.log.operations().rev().take_while(|later| later.stamp() > added.stamp());
        let mut others = later.filter(|later| later.id().source != self.own);
        others.any(|later| {
            let touched = self.touched(later.message());
            touched.is_some_and(|timeline| {
                *timeline == *body.timeline_guid || self.belongs_to(&timeline, &body.timeline_guid)
            })
        })
    }

    /// Whether a clip timeline is that of a clip of another timeline.
    fn belongs_to(&self, clip_timeline: &str, timeline: &str) -> bool {
        let state = self.log.state();
        let mut clips = state.clip_timelines().iter().filter(|(_, guid)| ***guid == *clip_timeline);
        clips.any(|(clip, _)| state.locate(clip).is_some_and(|(holder, _)| *holder == *timeline))
    }

    /// The object anew with the property as it was, where nobody changed it since.
    fn restored(&self, change: &PropertyChange) -> Option<Vec<Draft>> {
        let found = self.find("the object", &change.guid).ok()?;
        let path = PropertyPath::parse(&change.path).ok()?;
        if found.document.property(found.node, &path) != Some(&change.after) {
            return None;
        }
        anew_with(&found, &path, change.before.clone()).ok()
    }
}

/// A change as drafts. What stands inside an object that comes back travels after it, as on its first insertion: the
/// log brings it back whole, and existing peers can address it.
fn unpacked(change: Change) -> Vec<Draft> {
    if let Message::InsertChild(insert) = &change.message
        && insert.child_data.get("children").is_some()
        && let Ok(child) = Document::from_value(insert.child_data.clone(), Reading::Exact)
    {
        return insertions(&insert.parent_uuid, insert.index, (change.after, change.before), &child);
    }
    vec![Draft::from(change)]
}
