//! The runs that a settled state remembers: the latest, a bounded number of them.
//!
//! Everybody who joins makes a run, so the state cannot remember all there ever were. Which it forgets follows from the
//! operations alone, and the list is part of the state's text: replicas of one state remember the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Gaps;
use crate::limits::RUNS_REMEMBERED_MAX;
use crate::{Frontier, Guid, OperationId, Stamp};

/// Numbers and last clocks of the latest runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Runs {
    numbers: Frontier,
    /// The clock of the last operation of each.
    clocks: BTreeMap<(Guid, Arc<str>), u64>,
    /// Numbers of them that the state does not hold.
    gaps: Gaps,
    /// The latest clock of a run that is forgotten; 0 where none is.
    forgotten_us: u64,
}

impl Runs {
    /// As a state has written them.
    pub(super) fn of(entries: Vec<(Guid, Arc<str>, u64, u64)>, gaps: Gaps, forgotten_us: u64) -> Self {
        let mut runs = Self { gaps, forgotten_us, ..Self::default() };
        for (source, run, seq, clock_us) in entries {
            runs.numbers.set(source.clone(), run.clone(), seq);
            runs.clocks.insert((source, run), clock_us);
        }
        runs
    }

    /// With what a checkpoint adds, but for the earliest of them beyond `most`.
    pub(super) fn with<'a>(
        &self,
        added: &Frontier,
        gaps: &BTreeMap<String, Vec<u64>>,
        operations: impl Iterator<Item = &'a Stamp>,
        most: u64,
    ) -> Self {
        let mut runs = self.clone();
        runs.numbers.merge(added);
        runs.gaps = runs.gaps.with(gaps);
        for Stamp { hlc_us, id } in operations.filter(|stamp| added.covers(&stamp.id)) {
            let clock_us = runs.clocks.entry((id.source.clone(), id.run.clone())).or_default();
            *clock_us = (*clock_us).max(*hlc_us);
        }
        runs.forget_beyond(usize::try_from(most).unwrap_or(usize::MAX).min(RUNS_REMEMBERED_MAX));
        runs
    }

    fn forget_beyond(&mut self, most: usize) {
        let numbered = self.numbers.iter().map(|(source, run, _)| (source.clone(), run.clone()));
        let mut by_clock: Vec<(u64, Guid, Arc<str>)> =
            numbered.map(|key| (self.clocks.get(&key).copied().unwrap_or(0), key.0, key.1)).collect();
        by_clock.sort();
        let excess = by_clock.len().saturating_sub(most);
        for (clock_us, source, run) in by_clock.into_iter().take(excess) {
            self.numbers.forget(&source, &run);
            self.gaps.forget(&source, &run);
            self.clocks.remove(&(source, run));
            self.forgotten_us = self.forgotten_us.max(clock_us);
        }
    }

    pub(crate) const fn numbers(&self) -> &Frontier {
        &self.numbers
    }

    pub(super) const fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    /// Whether an operation is certainly held.
    pub(super) fn covers(&self, id: &OperationId) -> bool {
        self.numbers.covers(id) && !self.gaps.contains(id)
    }

    pub(super) const fn forgotten_us(&self) -> u64 {
        self.forgotten_us
    }

    /// Source, run, number and last clock, sorted.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Guid, &Arc<str>, u64, u64)> {
        self.numbers.iter().map(|(source, run, seq)| (source, run, seq, self.clock_us(source, run)))
    }

    fn clock_us(&self, source: &Guid, run: &Arc<str>) -> u64 {
        self.clocks.get(&(source.clone(), run.clone())).copied().unwrap_or(0)
    }

    /// How many of the runs that are remembered have a later operation than this one.
    pub(super) fn later_than(&self, source: &Guid, run: &Arc<str>) -> usize {
        let own_us = self.clock_us(source, run);
        self.clocks.values().filter(|&&clock_us| clock_us > own_us).count()
    }

    /// How many operations of another's runs are certainly not covered here.
    pub(super) fn lacks(&self, other: &Self) -> u64 {
        let lacking = |(source, run, seq, clock_us): (&Guid, &Arc<str>, u64, u64)| match self
            .numbers
            .get(source, run)
        {
            0 if clock_us <= self.forgotten_us => 0,
            covered => seq.saturating_sub(covered),
        };
        other.iter().map(lacking).sum()
    }

    /// Whether an operation that is not covered may have been, before its run was forgotten. If its run went on after
    /// that, a gap seems to be where it began.
    pub(super) fn may_have_covered(&self, stamp: &Stamp) -> bool {
        let id = &stamp.id;
        let remembered = self.numbers.get(&id.source, &id.run) > 0;
        stamp.hlc_us <= self.forgotten_us && (!remembered || self.gaps.begins_with(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(run: &str, seq: u64, hlc_us: u64) -> Stamp {
        Stamp { hlc_us, id: OperationId { source: "a".into(), run: run.into(), seq } }
    }

    fn added(stamps: &[Stamp], before: &Runs, most: u64) -> Runs {
        let mut frontier = Frontier::new();
        for Stamp { id, .. } in stamps {
            frontier.set(id.source.clone(), id.run.clone(), id.seq);
        }
        before.with(&frontier, &BTreeMap::new(), stamps.iter(), most)
    }

    #[test]
    fn the_runs_with_the_latest_operations_are_remembered() {
        let first = added(&[stamp("p", 1, 10), stamp("q", 1, 20), stamp("r", 1, 30)], &Runs::default(), 3);
        assert_eq!((first.numbers().iter().count(), first.forgotten_us()), (3, 0));
        let second = added(&[stamp("p", 2, 40), stamp("s", 1, 50)], &first, 3);
        let left: Vec<_> = second.iter().map(|(_, run, seq, clock_us)| (&**run, seq, clock_us)).collect();
        assert_eq!(left, [("p", 2, 40), ("r", 1, 30), ("s", 1, 50)]);
        assert_eq!(second.forgotten_us(), 20);
        assert_eq!(second.later_than(&"a".into(), &"r".into()), 2);
    }

    #[test]
    fn of_a_forgotten_run_it_is_known_what_came_later_than_anything_forgotten() {
        let runs = added(&[stamp("p", 1, 10), stamp("q", 1, 20)], &Runs::default(), 1);
        assert!(runs.may_have_covered(&stamp("p", 2, 10)));
        assert!(!runs.may_have_covered(&stamp("p", 3, 11)));
        assert!(!runs.may_have_covered(&stamp("q", 2, 5)), "it is remembered");
    }

    #[test]
    fn what_seems_a_gap_at_the_beginning_of_a_run_may_have_been_forgotten() {
        let runs = added(&[stamp("p", 1, 10), stamp("q", 1, 20)], &Runs::default(), 1);
        let gaps = [("a/p".to_owned(), vec![1, 2, 4, 4])].into();
        let mut frontier = Frontier::new();
        frontier.set("a".into(), "p".into(), 5);
        let runs = runs.with(&frontier, &gaps, [stamp("p", 3, 30), stamp("p", 5, 40)].iter(), 9);
        assert!(!runs.covers(&stamp("p", 1, 10).id) && runs.may_have_covered(&stamp("p", 1, 10)));
        assert!(!runs.may_have_covered(&stamp("p", 2, 15)), "it is later than anything forgotten");
        assert!(!runs.covers(&stamp("p", 4, 5).id) && !runs.may_have_covered(&stamp("p", 4, 5)));
    }
}
