//! How frontiers are spelled on the wire.

use std::collections::BTreeMap;

/// What a peer holds without a hole: `"<source_guid>/<run>"` → the highest contiguous `seq` from 1.
pub type WireFrontier = BTreeMap<String, u64>;

/// The key of a frontier for the operations that `source` made in `run`.
pub fn frontier_key(source: &str, run: &str) -> String {
    format!("{source}/{run}")
}

/// Source GUID and run of a frontier key, split at the last `/` because GUIDs are opaque and runs hold none.
pub fn split_frontier_key(key: &str) -> Option<(&str, &str)> {
    key.rsplit_once('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_split_at_the_last_slash() {
        assert_eq!(split_frontier_key(&frontier_key("a/b", "9f3c")), Some(("a/b", "9f3c")));
        assert_eq!(split_frontier_key("no-run"), None);
    }
}
