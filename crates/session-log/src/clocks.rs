//! The clock of every operation that is held.
//!
//! A run numbers its operations without gaps, so that most of them need a number each and no name of their own.

use std::collections::{BTreeMap, VecDeque};
use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::{Guid, OperationId};

/// Clocks in microseconds, by identity. Runs are only looked up, never walked, so their order reaches nothing.
#[derive(Debug, Default)]
pub(crate) struct Clocks {
    runs: HashTable<Run>,
    hashes: RandomState,
    len: usize,
}

/// Those of one run, or of the operations of an existing peer, whose numbers are hashes.
#[derive(Debug)]
struct Run {
    source: Guid,
    name: Arc<str>,
    /// The number of the first in the row.
    first: u64,
    /// Clocks of numbers one after the other; [`NONE`] for what is not held or stands apart.
    row: VecDeque<u64>,
    /// All others.
    apart: BTreeMap<u64, u64>,
}

/// No clock in a row. An operation that says this very time stands apart.
const NONE: u64 = u64::MAX;

impl Clocks {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get(&self, id: &OperationId) -> Option<u64> {
        self.runs.find(self.hash(id), |run| run.is_of(id))?.get(id.seq)
    }

    pub(crate) fn contains(&self, id: &OperationId) -> bool {
        self.get(id).is_some()
    }

    /// Notes the clock of an operation, in place of the one that it had.
    pub(crate) fn set(&mut self, id: &OperationId, hlc_us: u64) {
        let hash = self.hash(id);
        let was_held = if let Some(run) = self.runs.find_mut(hash, |run| run.is_of(id)) {
            run.set(id.seq, hlc_us)
        } else {
            let hashes = &self.hashes;
            let run =
                self.runs.insert_unique(hash, Run::of(id), |run| hash_of(hashes, &run.source, &run.name));
            run.into_mut().set(id.seq, hlc_us)
        };
        self.len += usize::from(!was_held);
    }

    pub(crate) fn remove(&mut self, id: &OperationId) {
        let Ok(mut run) = self.runs.find_entry(self.hash(id), |run| run.is_of(id)) else { return };
        self.len -= usize::from(run.get_mut().remove(id.seq));
        if run.get().is_empty() {
            run.remove();
        }
    }

    fn hash(&self, id: &OperationId) -> u64 {
        hash_of(&self.hashes, &id.source, &id.run)
    }
}

fn hash_of(hashes: &RandomState, source: &str, run: &str) -> u64 {
    hashes.hash_one((source, run))
}

impl Run {
    /// The run of an operation, without any.
    fn of(id: &OperationId) -> Self {
        let (source, name) = (id.source.clone(), id.run.clone());
        Self { source, name, first: 0, row: VecDeque::new(), apart: BTreeMap::new() }
    }

    fn is_of(&self, id: &OperationId) -> bool {
        // Nearly always it is the very same text.
        let same = |own: &Arc<str>, other: &Arc<str>| Arc::ptr_eq(own, other) || own == other;
        same(&self.name, &id.run) && same(&self.source, &id.source)
    }

    fn is_empty(&self) -> bool {
        self.row.is_empty() && self.apart.is_empty()
    }

    fn place(&self, seq: u64) -> Option<usize> {
        usize::try_from(seq.checked_sub(self.first)?).ok().filter(|place| *place < self.row.len())
    }

    fn get(&self, seq: u64) -> Option<u64> {
        let in_row = self.place(seq).map(|place| self.row[place]).filter(|clock| *clock != NONE);
        in_row.or_else(|| self.apart.get(&seq).copied())
    }

    /// Tells whether it had one.
    fn set(&mut self, seq: u64, hlc_us: u64) -> bool {
        let was_held = self.remove(seq);
        if self.row.is_empty() {
            self.first = seq;
        }
        if hlc_us == NONE {
            self.apart.insert(seq, hlc_us);
        } else if let Some(place) = self.place(seq) {
            self.row[place] = hlc_us;
        } else if self.end() == Some(seq) {
            self.row.push_back(hlc_us);
            self.lengthen();
        } else {
            self.apart.insert(seq, hlc_us);
        }
        was_held
    }

    /// The number after the last in the row.
    fn end(&self) -> Option<u64> {
        self.first.checked_add(self.row.len() as u64)
    }

    /// Takes what waited for the end of the row into it.
    fn lengthen(&mut self) {
        while !self.apart.is_empty()
            && let Some(seq) = self.end()
            && let Some(clock) = self.apart.get(&seq).copied().filter(|clock| *clock != NONE)
        {
            self.apart.remove(&seq);
            self.row.push_back(clock);
        }
    }

    /// Tells whether it was there.
    fn remove(&mut self, seq: u64) -> bool {
        if self.apart.remove(&seq).is_some() {
            return true;
        }
        let Some(place) = self.place(seq) else { return false };
        let was_held = std::mem::replace(&mut self.row[place], NONE) != NONE;
        while self.row.front() == Some(&NONE) {
            self.row.pop_front();
            // Where there is no next number, the row is empty now.
            self.first = self.first.saturating_add(1);
        }
        while self.row.back() == Some(&NONE) {
            self.row.pop_back();
        }
        was_held
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn id(run: u8, seq: u64) -> OperationId {
        OperationId { source: "a".into(), run: if run == 0 { "" } else { "r" }.into(), seq }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn clocks_are_those_of_a_plain_map(
            steps in prop::collection::vec((0u8..2, prop_oneof![0u64..12, Just(u64::MAX)], 0u64..9), 0..80),
        ) {
            let (mut clocks, mut plain) = (Clocks::default(), BTreeMap::new());
            for (run, seq, clock) in steps {
                let id = id(run, seq);
                if clock < 3 {
                    clocks.remove(&id);
                    plain.remove(&(run, seq));
                } else {
                    let clock = if clock == 8 { NONE } else { clock };
                    clocks.set(&id, clock);
                    plain.insert((run, seq), clock);
                }
                prop_assert_eq!(clocks.len(), plain.len());
                for (run, seq) in (0..2).flat_map(|run| (0..12).chain([u64::MAX]).map(move |seq| (run, seq))) {
                    prop_assert_eq!(clocks.get(&super::tests::id(run, seq)), plain.get(&(run, seq)).copied());
                }
            }
            prop_assert!(!plain.is_empty() || clocks.runs.is_empty());
        }
    }

    #[test]
    fn a_run_in_order_stands_in_a_row() {
        let mut clocks = Clocks::default();
        [1, 3, 4, 2].into_iter().chain(5..=1000).for_each(|seq| clocks.set(&id(1, seq), seq));
        (1..=400).for_each(|seq| clocks.remove(&id(1, seq)));
        let run = clocks.runs.iter().next().unwrap();
        assert_eq!((run.first, run.row.len(), run.apart.len()), (401, 600, 0));
    }
}
