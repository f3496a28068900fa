//! Maps that are only looked up in.

/// A map whose order shows nowhere: nothing walks through it. Its keys are names that anybody may choose, so its hashing is
/// seeded anew in every process, and no hash reaches a message.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;
