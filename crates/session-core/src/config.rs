//! What a peer is told about itself before it starts.

use crate::identity::Identity;
use crate::limits::{CHECKPOINT_AFTER, CHECKPOINT_KEEPS, CHECKPOINT_PATIENCE_US, CHECKPOINT_REMEMBERS};
use crate::roles::Role;
use session_wire::Secret;

/// One participant's settings.
#[derive(Clone, Debug)]
pub struct PeerConfig {
    /// The session's name.
    pub session: String,
    /// This participant's GUID; stays the same when its process is started again.
    pub source_guid: String,
    /// Names this start of the process. A peer that restores its log may keep its run.
    pub run: String,
    /// 32 bytes that no other start of any peer has; GUIDs are minted from them.
    pub entropy: [u8; 32],
    /// The application, as the roster shows it.
    pub app: String,
    /// The participant's display name, where it differs from the identity's.
    pub name: Option<String>,
    /// Who takes part.
    pub identity: Option<Identity>,
    /// The role that this participant asks for. The session's policy may give it less, or name another for its user.
    pub role: Role,
    /// The secret of the link by which a hub lets this participant in. Only where the session is reached over a hub: it is
    /// said to whoever is at the other end.
    pub secret: Option<Secret>,
    /// What this application can do; `visibility` makes it a candidate for host.
    pub capabilities: Vec<String>,
    /// How the session is entered.
    pub opening: Opening,
    /// When this peer, as master, lets everybody go of old operations.
    pub checkpoints: Checkpoints,
    /// How messages reach the other peers.
    pub delivery: Delivery,
}

impl PeerConfig {
    /// Settings with the usual rest: a driver of application `otio-sync` without capabilities.
    pub fn new(
        session: impl Into<String>,
        source_guid: impl Into<String>,
        run: impl Into<String>,
        entropy: [u8; 32],
        opening: Opening,
    ) -> Self {
        Self {
            session: session.into(),
            source_guid: source_guid.into(),
            run: run.into(),
            entropy,
            app: "otio-sync".to_owned(),
            name: None,
            identity: None,
            role: Role::Driver,
            secret: None,
            capabilities: Vec::new(),
            opening,
            checkpoints: Checkpoints::default(),
            delivery: Delivery::default(),
        }
    }
}

/// When a master of ours lets everybody go of operations that all have (convergence §4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoints {
    /// How many operations a log holds before it is shortened.
    pub after: usize,
    /// How many of the latest are kept, so that they can be taken back.
    pub keeps: usize,
    /// How long a peer that fell silent without leaving is waited for, in microseconds.
    pub patience_us: u64,
    /// How many runs a settled state remembers: those with the latest operations.
    pub remembers: u64,
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self {
            after: CHECKPOINT_AFTER,
            keeps: CHECKPOINT_KEEPS,
            patience_us: CHECKPOINT_PATIENCE_US,
            remembers: CHECKPOINT_REMEMBERS,
        }
    }
}

/// How messages reach the other peers, for what existing peers may lack: peers of ours ask for what they miss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Whoever is connected gets everything (RabbitMQ, a hub).
    #[default]
    Reliable,
    /// Each message may be lost for each peer, and nobody notices (UDP).
    Lossy,
}

/// How a session is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Be its master at once.
    Host,
    /// Look for it and join.
    Join {
        /// Where nobody answers within two seconds: host it. Otherwise [`Effect::NoSession`](crate::Effect) is told
        /// and the search goes on.
        or_host: bool,
    },
    /// Take everything in, announce nothing, and give nothing but operations that those who take part have lost.
    Observe,
}
