//! What a settled state covers, as the checkpoints on the way to it say.

use std::collections::{BTreeMap, BTreeSet};

use session_log::{Frontier, Operation, OperationId, Seen, Settled, Stamp};
use session_wire::{Checkpoint, Message, frontier_key};

/// The checkpoints from a settled state back to the beginning. The state itself remembers only the latest runs.
pub(crate) struct Covered<'a> {
    steps: Vec<Step<'a>>,
    existing: BTreeSet<u64>,
    /// The id of the base on which the first of them lies, where it lies on one.
    pub(crate) base: Option<&'a str>,
}

/// What one checkpoint added.
struct Step<'a> {
    upto: Option<Stamp>,
    frontier: Frontier,
    gaps: &'a BTreeMap<String, Vec<u64>>,
}

impl<'a> Covered<'a> {
    /// Of a state, where these are all operations that were seen on the wire.
    pub(crate) fn by(settled: &Settled, history: &'a BTreeMap<OperationId, Operation>) -> Self {
        let checkpoints = history.values().filter_map(|operation| match operation.message() {
            Message::Checkpoint(body) => Some((body.state.as_str(), &**body)),
            _ => None,
        });
        let checkpoints: BTreeMap<&str, &Checkpoint> = checkpoints.collect();
        let (mut steps, mut existing) = (Vec::new(), BTreeSet::new());
        let mut base = None;
        let mut next = checkpoints.get(settled.id());
        while let Some(checkpoint) = next.take() {
            let added = Seen::from_wire(&checkpoint.frontier, Some(&checkpoint.upto));
            let (upto, frontier) = (added.settled().cloned(), added.frontier().clone());
            steps.push(Step { upto, frontier, gaps: &checkpoint.gaps });
            existing.extend(&checkpoint.existing);
            base = checkpoint.after.as_deref();
            next = base.and_then(|before| checkpoints.get(before));
        }
        Self { steps, existing, base }
    }

    /// Whether an operation is in the state: the checkpoint in whose step its place lies names it. What a later one says of
    /// the same run tells nothing: its numbers may have been forgotten in between, and seem a gap. Where one of an existing
    /// peer stands a stamp may have said, but its number is of that one alone.
    pub(crate) fn has(&self, operation: &Operation) -> bool {
        let id = operation.id();
        if id.is_of_existing_peer() {
            return self.existing.contains(&id.seq);
        }
        let step = self.steps.iter().take_while(|step| step.upto.as_ref() >= Some(operation.stamp())).last();
        step.is_some_and(|step| step.frontier.covers(id) && !step.gives_up(id))
    }
}

impl Step<'_> {
    fn gives_up(&self, id: &OperationId) -> bool {
        let gaps = self.gaps.get(&frontier_key(&id.source, &id.run));
        let mut ranges = gaps.into_iter().flat_map(|gaps| gaps.chunks_exact(2));
        ranges.any(|range| (range[0]..=range[1]).contains(&id.seq))
    }
}
