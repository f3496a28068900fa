//! `LiveSession.1 / PEER_ANNOUNCE`

use crate::parts::Identity;

message! {
    /// Says that a peer takes part, and who sits at it.
    pub struct PeerAnnounce = LIVE_SESSION / "PEER_ANNOUNCE" is Control {
        sent: "by every peer when it starts, every 5 s from then on, and when its role changes.",
        received: "the peer is added to the roster or refreshed in it; after 15 s without one it is \
            dropped. What is known of its role and identity stays where the message leaves it out. Never \
            answered.",
        specified: "legacy-protocol §1.5.5",
    }
    {
        /// GUID of the peer; where it is empty, `source_guid`.
        peer_guid: String = OrDefault,
        /// The program: `openrv`, `xstudio`, `sync_viewer`, `otio-sync`, ….
        app: String = LooseOrDefault,
        /// What it can do; `visibility` (it may decide what is shown) is the only one known.
        capabilities: Vec<String> = LooseOrDefault,
        /// `driver`, `reviewer` or `viewer`.
        role: Option<String> = Optional,
        /// Who sits at it, as they say themselves.
        identity: Option<Identity> = Loose,
        /// Version of the program, where it is one of ours; reference peers ignore it.
        version: Option<String> = Optional,
    }
}

impl PeerAnnounce {
    /// A peer that runs `app`.
    pub fn new(peer_guid: impl Into<String>, app: impl Into<String>, capabilities: Vec<String>) -> Self {
        Self { peer_guid: peer_guid.into(), app: app.into(), capabilities, ..Self::default() }
    }
}
