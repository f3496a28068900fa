//! `SESSION_LOG_1.0 / CHECKPOINT`

use std::collections::BTreeMap;

use crate::body::wire_object;
use crate::frontier::WireFrontier;

message! {
    /// Everything up to a place in the order is settled: every peer has it, and nobody will add to it.
    ///
    /// An operation like any other, so that what was removed before that place vanishes at the same place in
    /// everybody's fold. Whoever holds all that it covers keeps the state at that place instead of the operations.
    pub struct Checkpoint = SESSION_LOG / "CHECKPOINT" is Durable {
        sent: "by the master of ours, once every peer that takes part holds all that it covers.",
        received: "a peer of ours that holds all of it, and comes to the same state, lets go of the operations; one \
            that does not asks for the state.",
        specified: "convergence §4.6",
    }
    {
        /// The last place that is settled.
        upto: Place = Required,
        /// What it covers of our peers since the checkpoint before: `<source_guid>/<run>` → the highest `seq` at or below
        /// that place.
        frontier: WireFrontier = OrDefault,
        /// Numbers up to there that nobody has: `<source_guid>/<run>` → first and last of each gap, in turn.
        gaps: BTreeMap<String, Vec<u64>> = UnlessDefault,
        /// What it covers of existing peers since the checkpoint before: ids of operations.
        existing: Vec<u64> = OrDefault,
        /// How many runs the state remembers the last number of: those with the latest operations.
        remembers: u64 = OrDefault,
        /// Id of the state at that place.
        state: String = Required,
        /// Id of what the sender's log started from until then: the state that the checkpoint before settled, or a base; left
        /// out where there was neither.
        after: Option<String> = Optional,
        /// The sender's wall clock in seconds since 1970.
        sync_timestamp: Option<f64> = Always,
    }
}

wire_object! {
    /// A place in the one order of operations: the stamp of one of them.
    pub struct Place {
        /// Hybrid logical clock in µs since 1970.
        hlc: u64 = Required,
        /// GUID of the peer that made it.
        source_guid: String = Required,
        /// The run of that peer; empty for an existing peer.
        run: String = OrDefault,
        /// Its number in that run; a hash for an existing peer.
        seq: u64 = Required,
    }
}

impl Place {
    /// The place of the operation of that clock (µs since 1970), source, run and number.
    pub fn new(hlc: u64, source_guid: impl Into<String>, run: impl Into<String>, seq: u64) -> Self {
        Self { hlc, source_guid: source_guid.into(), run: run.into(), seq, ..Self::default() }
    }
}

impl Checkpoint {
    /// What lies at and below `upto` is settled, and folds to the state of that id.
    pub fn new(
        upto: Place,
        frontier: WireFrontier,
        existing: Vec<u64>,
        state: impl Into<String>,
        sync_timestamp: f64,
    ) -> Self {
        let (state, sync_timestamp) = (state.into(), Some(sync_timestamp));
        Self { upto, frontier, existing, state, sync_timestamp, ..Self::default() }
    }
}
