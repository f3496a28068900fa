//! Keys that stand twice in one object.

use crate::{Value, path_step};

/// The most duplicate keys that are reported.
const REPORTED_MAX: usize = 100;

/// The most keys that are compared each with each.
const PAIRWISE_MAX: usize = 12;

/// Drops all but the first entry of each key and reports the keys of the others.
pub(super) fn keep_first(entries: &mut Vec<(String, Value)>, report: &mut Vec<String>) {
    let mut again = repeated(entries);
    if again.is_empty() {
        return;
    }
    again.sort_unstable();
    for &at in again.iter().take(REPORTED_MAX.saturating_sub(report.len())) {
        report.push(path_step(&entries[at].0));
    }
    let mut again = again.into_iter().peekable();
    let mut at = 0;
    entries.retain(|_| {
        let drop = again.next_if_eq(&at).is_some();
        at += 1;
        !drop
    });
}

/// The positions of the entries whose key stands at an earlier position too.
fn repeated(entries: &[(String, Value)]) -> Vec<usize> {
    if entries.is_sorted_by(|(a, _), (b, _)| a < b) {
        return Vec::new();
    }
    if entries.len() <= PAIRWISE_MAX {
        let is_repeated = |at: &usize| entries[..*at].iter().any(|(key, _)| *key == entries[*at].0);
        return (1..entries.len()).filter(is_repeated).collect();
    }
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&at| entries[at].0.as_str());
    let same_key = |pair: &&[usize]| entries[pair[0]].0 == entries[pair[1]].0;
    order.windows(2).filter(same_key).map(|pair| pair[1]).collect()
}

/// Puts a step before each path.
pub(super) fn prefix(paths: &mut [String], step: &str) {
    for path in paths {
        path.insert_str(0, step);
    }
}
