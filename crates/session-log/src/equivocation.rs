//! Two bodies under one identity (convergence.md, pitfall 17).
//!
//! A set that goes by identities alone would hold the one here and the other there, for good, and nobody would ask for what
//! it believes to have. So everybody keeps the same one of the bodies it has seen: that with the lower hash. Peers that have
//! seen both agree; those that have not find out by their digests and compare all they hold.

use lossless_json::Style;

use crate::inserted::{LogRefusal, Outcome};
use crate::{Operation, SessionLog};

impl Operation {
    /// A hash of what it says and when.
    fn content_hash(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.stamp().hlc_us.to_be_bytes());
        hasher.update(self.message().event().as_bytes());
        hasher.update(self.message().body().to_text(Style::Digest).as_bytes());
        if let Some(fields) = self.envelope().to_value().get("op") {
            hasher.update(fields.to_text(Style::Digest).as_bytes());
        }
        *hasher.finalize().as_bytes()
    }
}

impl SessionLog {
    /// What becomes of an operation that was not admitted: one whose identity another has may stand in its place.
    pub(crate) fn settle_conflict(&mut self, operation: Operation, refused: Outcome) -> Outcome {
        if refused != Outcome::Refused(LogRefusal::Equivocation) {
            return refused;
        }
        let Some(held) = self.operation(operation.id()).cloned() else { return refused };
        if operation.content_hash() >= held.content_hash() {
            return refused;
        }
        let mut moved = self.forget_stamping(&held);
        moved.extend(self.note_stamping(&operation));
        let redone = self.exchange(held.stamp(), operation);
        Outcome::Replaced { redone: redone + self.put_in_place(moved) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use session_wire::{Envelope, OperationFields, RenameTimeline};

    use crate::{Operation, Outcome, SessionLog};

    fn renaming(name: &str, hlc: u64) -> Operation {
        let fields = OperationFields { hlc: Some(hlc), ..OperationFields::new("run", 1) };
        let envelope = Envelope::new("s", "liar", RenameTimeline::new("t", name, 1.0)).with_operation(fields);
        Operation::from_envelope(&Arc::new(envelope), 0).unwrap().unwrap()
    }

    #[test]
    fn whoever_has_seen_both_bodies_keeps_the_same_one_whatever_came_first() {
        let bodies: Vec<Operation> = (0..6).map(|at| renaming(&format!("name {at}"), 7 - at)).collect();
        let kept = |order: &[usize], batch: bool| {
            let mut log = SessionLog::new();
            let operations = order.iter().map(|&at| bodies[at].clone());
            if batch {
                log.insert_batch(operations.collect());
            } else {
                operations.for_each(|operation| drop(log.insert(operation)));
            }
            assert_eq!(log.len(), 1);
            let held = log.operations().next().unwrap();
            assert!(log.place_of(held.id()).is_some());
            (held.stamp().hlc_us, held.envelope().encode())
        };
        let expected = kept(&[0, 1, 2, 3, 4, 5], false);
        for order in [[5, 4, 3, 2, 1, 0], [2, 5, 0, 3, 1, 4]] {
            assert_eq!([kept(&order, false), kept(&order, true)], [expected.clone(), expected.clone()]);
        }
    }

    #[test]
    fn the_same_body_again_is_a_duplicate() {
        let mut log = SessionLog::new();
        log.insert(renaming("x", 5));
        assert_eq!(log.insert(renaming("x", 5)).outcome, Outcome::Duplicate);
    }
}
