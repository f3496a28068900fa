//! Numbers below a settled frontier that nobody had.

use std::collections::BTreeMap;

use lossless_json::{Object, Value};
use session_wire::frontier_key;

use crate::OperationId;
use crate::limits::SETTLED_GAPS_MAX;

/// By `<source>/<run>`: the first and the last of each gap, in turn. Whoever comes back with such an operation is not told
/// that it is settled, but makes it anew. Part of a state's text: replicas of one state remember the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gaps(BTreeMap<String, Vec<u64>>);

impl Gaps {
    /// With what a checkpoint adds, but for the first of them beyond the bound.
    pub(super) fn with(&self, added: &BTreeMap<String, Vec<u64>>) -> Self {
        let mut all = self.clone();
        for (run, gaps) in added {
            // An end without the other would turn all that come after into something else.
            all.0.entry(run.clone()).or_default().extend(gaps.as_chunks::<2>().0.as_flattened());
        }
        let count: usize = all.0.values().map(|gaps| gaps.len() / 2).sum();
        let mut excess = count.saturating_sub(SETTLED_GAPS_MAX);
        while excess > 0
            && let Some(mut first) = all.0.first_entry()
        {
            let gone = excess.min(first.get().len() / 2);
            first.get_mut().drain(..2 * gone);
            excess -= gone;
            if first.get().is_empty() {
                first.remove();
            }
        }
        all
    }

    pub(super) fn contains(&self, id: &OperationId) -> bool {
        let of_run = || self.0.get(&frontier_key(&id.source, &id.run));
        !self.0.is_empty()
            && of_run()
                .is_some_and(|gaps| gaps.chunks_exact(2).any(|gap| (gap[0]..=gap[1]).contains(&id.seq)))
    }

    /// Whether an operation is in a gap that its run begins with.
    pub(super) fn begins_with(&self, id: &OperationId) -> bool {
        let of_run = self.0.get(&frontier_key(&id.source, &id.run));
        of_run.is_some_and(|gaps| gaps.first() == Some(&1) && gaps.get(1).is_some_and(|last| id.seq <= *last))
    }

    pub(super) fn forget(&mut self, source: &str, run: &str) {
        self.0.remove(&frontier_key(source, run));
    }

    pub(super) fn to_value(&self) -> Value {
        let pairs: Object =
            self.0.iter().map(|(run, gaps)| (run.clone(), Value::from(gaps.clone()))).collect();
        pairs.into()
    }

    /// None where it is none.
    pub(super) fn of_value(value: &Value) -> Option<Self> {
        let of_run = |(run, gaps): (&str, &Value)| {
            let numbers: Option<Vec<u64>> = gaps.as_array()?.iter().map(Value::as_u64).collect();
            Some((run.to_owned(), numbers.filter(|numbers| numbers.len().is_multiple_of(2))?))
        };
        Some(Self(value.as_object()?.iter().map(of_run).collect::<Option<_>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(run: &str, seq: u64) -> OperationId {
        OperationId { source: "a".into(), run: run.into(), seq }
    }

    #[test]
    fn gaps_of_all_checkpoints_are_remembered_with_both_ends() {
        let first = Gaps::default().with(&[("a/r".to_owned(), vec![3, 5])].into());
        let both = first.with(&[("a/r".to_owned(), vec![9, 9]), ("a/s".to_owned(), vec![1, 2])].into());
        let within = |run: &str| (1..12).filter(|&seq| both.contains(&id(run, seq))).collect::<Vec<u64>>();
        assert_eq!((within("r"), within("s"), within("t")), (vec![3, 4, 5, 9], vec![1, 2], vec![]));
        assert_eq!(Gaps::of_value(&both.to_value()), Some(both));
        assert_eq!(Gaps::of_value(&Value::from(1u64)), None);
    }

    #[test]
    fn an_end_alone_is_no_gap() {
        let gaps = Gaps::default().with(&[("a/r".to_owned(), vec![3, 5, 7])].into());
        let gaps = gaps.with(&[("a/r".to_owned(), vec![9, 9])].into());
        assert!(!gaps.contains(&id("r", 8)) && gaps.contains(&id("r", 9)));
        assert_eq!(Gaps::of_value(&gaps.to_value()), Some(gaps));
    }

    #[test]
    fn no_more_gaps_are_remembered_than_the_bound() {
        let many: Vec<u64> = (1..=SETTLED_GAPS_MAX as u64).flat_map(|gap| [2 * gap, 2 * gap]).collect();
        let gaps = Gaps::default().with(&[("a/r".to_owned(), many), ("a/s".to_owned(), vec![7, 7])].into());
        assert!(!gaps.contains(&id("r", 2)), "the first is forgotten");
        assert!(gaps.contains(&id("r", 4)) && gaps.contains(&id("s", 7)));
    }
}
