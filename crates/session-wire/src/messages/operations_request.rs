//! `SESSION_LOG_1.0 / OPERATIONS_REQUEST`

use super::Place;
use crate::frontier::WireFrontier;

message! {
    /// Asks for the operations that the sender lacks.
    pub struct OperationsRequest = SESSION_LOG / "OPERATIONS_REQUEST" is Control {
        sent: "by a peer of ours that joins, comes back, or saw in a heartbeat that it lacks something.",
        received: "the named peer answers with `OPERATIONS`; others ignore it.",
        specified: "DESIGN §5, convergence §4.6",
    }
    {
        /// GUID of the peer that is asked.
        target_guid: String = Required,
        /// Number of the request, counted by the sender; the answer repeats it.
        request: u64 = Required,
        /// What the sender holds above the settled state: `<source_guid>/<run>` → highest contiguous `seq`.
        frontier: WireFrontier = OrDefault,
        /// Ids of the operations of existing peers that it holds.
        existing: Vec<u64> = OrDefault,
        /// Id of the base or settled state that its log starts from; left out by one that has nothing.
        base: Option<String> = Optional,
        /// The last place of that settled state: nothing up to there is asked for.
        settled: Option<Place> = Optional,
        /// How many bytes it has of the settled state named in `resumes`, from its beginning.
        resumes_at: u64 = UnlessDefault,
        /// Id of a settled state of which some pieces came.
        resumes: Option<String> = Optional,
        /// Whether it wants the settled state even if its frontier covers it: it folds the same to something else.
        anew: bool = UnlessDefault,
    }
}

impl OperationsRequest {
    /// Asks `target_guid` for what is beyond `frontier`.
    pub fn new(target_guid: impl Into<String>, request: u64, frontier: WireFrontier) -> Self {
        Self { target_guid: target_guid.into(), request, frontier, ..Self::default() }
    }
}
