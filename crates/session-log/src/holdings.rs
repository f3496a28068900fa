//! Which operations a log holds, in a form to compare with other peers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use session_wire::ExistingSummary;

use crate::inserted::LogRefusal;
use crate::limits::BEYOND_GAP_MAX;
use crate::{Frontier, Guid, OperationId};

/// The frontier of our own peers, what lies beyond its gaps, and the numbers of existing peers' operations.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    frontier: Frontier,
    /// As much of it as is not settled.
    above: Frontier,
    beyond_gaps: BTreeMap<(Guid, Arc<str>), BTreeSet<u64>>,
    existing: BTreeSet<u64>,
}

impl Holdings {
    /// For every run of our own peers, the number up to which nothing is missing.
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The runs with operations above what is settled, and their numbers.
    pub(crate) const fn above(&self) -> &Frontier {
        &self.above
    }

    /// The numbers of the operations of existing peers.
    pub const fn existing(&self) -> &BTreeSet<u64> {
        &self.existing
    }

    /// Whether operations are held that lie beyond a gap.
    pub fn has_gaps(&self) -> bool {
        !self.beyond_gaps.is_empty()
    }

    /// What the frontier does not tell, in short: how many operations of existing peers, and a hash of their numbers
    /// and of what lies beyond gaps. Who has the same frontier and the same summary holds the same operations.
    pub fn existing_summary(&self) -> ExistingSummary {
        let mut hasher = blake3::Hasher::new();
        for number in &self.existing {
            hasher.update(&number.to_be_bytes());
        }
        for ((source, run), numbers) in &self.beyond_gaps {
            for number in numbers {
                hasher.update(format!("\0{source}/{run}/{number}").as_bytes());
            }
        }
        let digest: String = hasher.finalize().to_hex().as_str().chars().take(32).collect();
        ExistingSummary::new(self.existing.len() as u64, digest)
    }

    /// All operations of our peers that a frontier covers are held.
    pub(crate) fn cover(&mut self, covered: &Frontier) {
        self.frontier.merge(covered);
        for (source, run) in self.beyond_gaps.keys().cloned().collect::<Vec<_>>() {
            self.close_gap(source, run);
        }
    }

    /// An operation of an existing peer is not held one by one any more.
    pub(crate) fn forget_existing(&mut self, id: &OperationId) {
        if id.is_of_existing_peer() {
            self.existing.remove(&id.seq);
        }
    }

    /// The numbers below a frontier that are not held: the first and the last of each gap, in turn.
    pub(crate) fn gaps_below(&self, frontier: &Frontier) -> BTreeMap<String, Vec<u64>> {
        let runs = frontier
            .iter()
            .map(|(source, run, seq)| (format!("{source}/{run}"), self.gaps_of(source, run, seq)));
        runs.filter(|(_, gaps)| !gaps.is_empty()).collect()
    }

    fn gaps_of(&self, source: &Guid, run: &Arc<str>, upto: u64) -> Vec<u64> {
        let mut next = self.frontier.get(source, run) + 1;
        let mut gaps = Vec::new();
        let held = self.beyond_gaps.get(&(source.clone(), run.clone()));
        for &seq in held.into_iter().flatten().take_while(|&&seq| seq <= upto) {
            if seq > next {
                gaps.extend([next, seq - 1]);
            }
            next = seq + 1;
        }
        if next <= upto {
            gaps.extend([next, upto]);
        }
        gaps
    }

    /// Whether all is held that lies below a frontier, but for gaps.
    pub(crate) fn holds(&self, frontier: &Frontier, gaps: &BTreeMap<String, Vec<u64>>) -> bool {
        let within = |gap: &[u64], others: &[u64]| {
            others.chunks_exact(2).any(|other| other[0] <= gap[0] && gap[1] <= other[1])
        };
        self.gaps_below(frontier).iter().all(|(run, own)| {
            gaps.get(run).is_some_and(|others| own.chunks_exact(2).all(|gap| within(gap, others)))
        })
    }

    fn close_gap(&mut self, source: Guid, run: Arc<str>) {
        let mut upto = self.frontier.get(&source, &run);
        let key = (source, run);
        let Some(waiting) = self.beyond_gaps.get_mut(&key) else { return };
        waiting.retain(|&seq| seq > upto);
        while waiting.remove(&(upto + 1)) {
            upto += 1;
        }
        if waiting.is_empty() {
            self.beyond_gaps.remove(&key);
        }
        self.advance(&key.0, &key.1, upto);
    }

    /// Nothing is missing of a run up to a number.
    fn advance(&mut self, source: &Guid, run: &Arc<str>, upto: u64) {
        if upto <= self.frontier.get(source, run) {
            return;
        }
        for frontier in [&mut self.frontier, &mut self.above] {
            match frontier.get_mut(source, run) {
                Some(known) => *known = upto,
                None => frontier.set(source.clone(), run.clone(), upto),
            }
        }
    }

    pub(crate) fn add(&mut self, id: &OperationId) -> Result<(), LogRefusal> {
        if id.is_of_existing_peer() {
            self.existing.insert(id.seq);
            return Ok(());
        }
        if self.beyond_gaps.is_empty() && self.add_next(id) {
            return Ok(());
        }
        let upto = self.frontier.get(&id.source, &id.run);
        self.add_beyond(id, upto)
    }

    /// Counts an operation that comes right after what is held of its run; tells whether it does.
    fn add_next(&mut self, id: &OperationId) -> bool {
        let Some(upto) = self.frontier.get_mut(&id.source, &id.run) else { return false };
        if upto.checked_add(1) != Some(id.seq) {
            return false;
        }
        *upto = id.seq;
        match self.above.get_mut(&id.source, &id.run) {
            Some(upto) => *upto = id.seq,
            None => self.above.set(id.source.clone(), id.run.clone(), id.seq),
        }
        true
    }

    fn add_beyond(&mut self, id: &OperationId, upto: u64) -> Result<(), LogRefusal> {
        let key = (id.source.clone(), id.run.clone());
        let waiting = self.beyond_gaps.entry(key.clone()).or_default();
        if waiting.len() >= BEYOND_GAP_MAX && id.seq != upto + 1 {
            return Err(LogRefusal::GapTooWide { max: BEYOND_GAP_MAX });
        }
        waiting.insert(id.seq);
        self.close_gap(key.0, key.1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(run: &str, seq: u64) -> OperationId {
        OperationId { source: "a".into(), run: run.into(), seq }
    }

    #[test]
    fn the_frontier_stops_at_the_first_gap_and_jumps_when_it_closes() {
        let mut holdings = Holdings::default();
        for seq in [1, 2, 5, 4] {
            holdings.add(&id("r", seq)).unwrap();
        }
        assert_eq!(holdings.frontier().get("a", "r"), 2);
        assert!(holdings.has_gaps());
        holdings.add(&id("other", 1)).unwrap();
        assert_eq!(holdings.frontier().get("a", "other"), 1);
        holdings.add(&id("r", 3)).unwrap();
        assert_eq!(holdings.frontier().get("a", "r"), 5);
        assert!(!holdings.has_gaps());
    }

    #[test]
    fn operations_of_existing_peers_are_told_in_short() {
        let (mut one, mut other) = (Holdings::default(), Holdings::default());
        for seq in [9, 3, u64::MAX] {
            one.add(&id("", seq)).unwrap();
        }
        for seq in [u64::MAX, 9, 3, 9] {
            other.add(&id("", seq)).unwrap();
        }
        assert_eq!(one.existing_summary(), other.existing_summary());
        other.add(&id("", 4)).unwrap();
        assert_ne!(one.existing_summary(), other.existing_summary());
        assert!(one.frontier().is_empty());
    }

    #[test]
    fn what_lies_beyond_a_gap_is_told_in_short_until_the_gap_closes() {
        let (mut one, mut other) = (Holdings::default(), Holdings::default());
        one.add(&id("r", 2)).unwrap();
        assert_eq!(one.frontier(), other.frontier());
        assert_ne!(one.existing_summary(), other.existing_summary());
        one.add(&id("r", 1)).unwrap();
        assert_eq!(one.existing_summary(), other.existing_summary());
        other.add(&id("r", 1)).unwrap();
        assert_ne!(one.frontier(), other.frontier());
    }
}
