//! `SESSION_LOG_1.0 / HEARTBEAT`

use std::collections::BTreeMap;

use super::Place;
use crate::frontier::WireFrontier;
use crate::parts::ExistingSummary;

message! {
    /// Says every second what a peer of ours holds, so that others notice what they or it lack.
    pub struct Heartbeat = SESSION_LOG / "HEARTBEAT" is Control {
        sent: "by every peer of ours once a second.",
        received: "a peer that lacks something asks with `OPERATIONS_REQUEST`; equal frontiers with \
            different digests are an alarm. A steward or master of ours that is silent for 3 s is gone.",
        specified: "DESIGN §13",
    }
    {
        /// The run of the sender.
        run: String = Required,
        /// What it holds above the settled state: `<source_guid>/<run>` → highest contiguous `seq`.
        frontier: WireFrontier = OrDefault,
        /// Which operations it holds that the frontier does not tell, in short: those of existing peers, and those
        /// beyond a gap.
        existing: ExistingSummary = OrDefault,
        /// Digest of all its timelines.
        digest: String = OrDefault,
        /// Its hybrid logical clock in µs since 1970.
        hlc: u64 = OrDefault,
        /// Id of the base or settled state that its log starts from.
        base: Option<String> = Optional,
        /// The last place of the settled state that its log starts from: all up to there is in that.
        settled: Option<Place> = Optional,
        /// Digest of what is looked at and since when, where that stood still since the last heartbeat.
        view: Option<String> = Optional,
        /// The existing peers that it knows of and that announce nothing, by GUID, with the µs since each was heard: a
        /// steward that comes later is to know of them.
        hears: BTreeMap<String, u64> = UnlessDefault,
        /// Whether it only looks on: it gives operations that nobody else has, and what is settled to those who lost it, and nobody
        /// waits for it.
        observes: bool = UnlessDefault,
        /// Whether it answers requests.
        serves: bool = OrDefault,
    }
}

impl Heartbeat {
    /// A peer that holds what `frontier` says; `hlc` in µs since 1970.
    pub fn new(
        run: impl Into<String>,
        frontier: WireFrontier,
        existing: ExistingSummary,
        digest: impl Into<String>,
        hlc: u64,
    ) -> Self {
        Self { run: run.into(), frontier, existing, digest: digest.into(), hlc, ..Self::default() }
    }
}
