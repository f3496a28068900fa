//! Which operations of our own peers a replica holds, in a few numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Guid, OperationId};

/// For every run of every peer of ours: the number up to which nothing is missing.
///
/// Operations of existing peers are not counted here; they have no numbers without gaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    upto: BTreeMap<Guid, BTreeMap<Arc<str>, u64>>,
}

impl Frontier {
    /// A frontier that covers nothing.
    pub const fn new() -> Self {
        Self { upto: BTreeMap::new() }
    }

    /// From `"<source>/<run>"` → number, the form on the wire. The key is split at its last slash; a key without
    /// one names nobody and is left out.
    pub fn from_wire(wire: &BTreeMap<String, u64>) -> Self {
        let mut frontier = Self::new();
        for (key, &seq) in wire {
            if let Some((source, run)) = key.rsplit_once('/') {
                frontier.set(source.into(), run.into(), seq);
            }
        }
        frontier
    }

    /// The form on the wire.
    pub fn to_wire(&self) -> BTreeMap<String, u64> {
        self.iter().map(|(source, run, seq)| (format!("{source}/{run}"), seq)).collect()
    }

    /// The number up to which nothing of that run is missing; 0 when nothing is known of it.
    pub fn get(&self, source: &str, run: &str) -> u64 {
        self.upto.get(source).and_then(|runs| runs.get(run)).copied().unwrap_or(0)
    }

    /// The names of a peer and of a run of it, as they are kept here.
    pub(crate) fn names(&self, source: &str, run: &str) -> Option<(Guid, Arc<str>)> {
        let (source, runs) = self.upto.get_key_value(source)?;
        let (run, _) = runs.get_key_value(run)?;
        Some((source.clone(), run.clone()))
    }

    /// Sets the number of a run. An empty run (an existing peer) and 0 are not kept.
    pub fn set(&mut self, source: Guid, run: Arc<str>, seq: u64) {
        if !run.is_empty() && seq > 0 {
            self.upto.entry(source).or_default().insert(run, seq);
        }
    }

    /// The number of a run that is known, to be changed without names of its own.
    pub(crate) fn get_mut(&mut self, source: &str, run: &str) -> Option<&mut u64> {
        self.upto.get_mut(source)?.get_mut(run)
    }

    /// Whether an operation is covered. Never true for one of an existing peer.
    pub fn covers(&self, id: &OperationId) -> bool {
        !id.is_of_existing_peer() && id.seq <= self.get(&id.source, &id.run)
    }

    /// Whether everything that `other` covers is covered here.
    pub fn includes(&self, other: &Self) -> bool {
        other.iter().all(|(source, run, seq)| seq <= self.get(source, run))
    }

    /// Covers what either covers.
    pub fn merge(&mut self, other: &Self) {
        for (source, run, seq) in other.iter() {
            if seq > self.get(source, run) {
                self.set(source.clone(), run.clone(), seq);
            }
        }
    }

    pub(crate) fn forget(&mut self, source: &str, run: &str) {
        let Some(runs) = self.upto.get_mut(source) else { return };
        runs.remove(run);
        if runs.is_empty() {
            self.upto.remove(source);
        }
    }

    /// Source, run and number, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&Guid, &Arc<str>, u64)> {
        self.upto.iter().flat_map(|(source, runs)| runs.iter().map(move |(run, &seq)| (source, run, seq)))
    }

    /// Whether nothing is covered.
    pub fn is_empty(&self) -> bool {
        self.upto.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frontier(entries: &[(&str, u64)]) -> Frontier {
        Frontier::from_wire(&entries.iter().map(|&(key, seq)| (key.to_owned(), seq)).collect())
    }

    #[test]
    fn the_wire_form_survives_with_slashes_in_the_source() {
        let wire = [("a/r".to_owned(), 3), ("site/b/r2".to_owned(), 9)].into();
        assert_eq!(Frontier::from_wire(&wire).to_wire(), wire);
        assert_eq!(Frontier::from_wire(&wire).get("site/b", "r2"), 9);
    }

    #[test]
    fn a_frontier_covers_up_to_its_number_and_never_an_existing_peer() {
        let known = frontier(&[("a/r", 3), ("b/", 9), ("nobody", 1)]);
        let id = |source: &str, run: &str, seq| OperationId { source: source.into(), run: run.into(), seq };
        assert!(known.covers(&id("a", "r", 3)));
        assert!(!known.covers(&id("a", "r", 4)));
        assert!(!known.covers(&id("a", "other", 1)));
        assert!(!known.covers(&id("b", "", 1)));
    }

    #[test]
    fn a_merge_includes_both() {
        let (mut left, right) = (frontier(&[("a/r", 3), ("b/r", 1)]), frontier(&[("a/r", 2), ("c/r", 5)]));
        assert!(!left.includes(&right));
        left.merge(&right);
        assert!(left.includes(&right));
        assert_eq!(left, frontier(&[("a/r", 3), ("b/r", 1), ("c/r", 5)]));
    }
}
