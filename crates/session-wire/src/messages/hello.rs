//! `SESSION_LOG_1.0 / HELLO`

use crate::frontier::WireFrontier;
use crate::parts::Secret;

message! {
    /// The first message of a peer of ours on a connection: who it is and what it holds.
    pub struct Hello = SESSION_LOG / "HELLO" is Control {
        sent: "first by a native peer that opens `/ws`; the hub binds its GUID to the connection.",
        received: "a hub answers with what the peer lacks, or with `REFUSAL`. Other peers ignore it.",
        specified: "DESIGN §7",
    }
    {
        /// GUID of the peer.
        source_guid: String = Required,
        /// Its run, drawn when its process started.
        run: String = Required,
        /// What it holds above the settled state that its log starts from: `<source_guid>/<run>` → highest contiguous
        /// `seq`.
        frontier: WireFrontier = OrDefault,
        /// The secret of the session address, where it has one.
        secret: Option<Secret> = Optional,
        /// Display name of the participant.
        name: Option<String> = Optional,
        /// Account name, as in `identity.user` and `op.user`; a hub holds the connection to it.
        user: Option<String> = Optional,
        /// The role asked for: `driver`, `reviewer` or `viewer`.
        role: Option<String> = Optional,
        /// The program.
        app: Option<String> = Optional,
    }
}

impl Hello {
    /// A peer that holds what `frontier` says.
    pub fn new(source_guid: impl Into<String>, run: impl Into<String>, frontier: WireFrontier) -> Self {
        Self { source_guid: source_guid.into(), run: run.into(), frontier, ..Self::default() }
    }
}
