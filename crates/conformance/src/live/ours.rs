//! One of ours: the program's hub with its log on disk, or a participant, in a runtime that can be ended at once.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hub::{CommandFailure, Hub, HubConfig, Participant, ParticipantOptions, Room, RoomConfig, RunningHub};
use session_core::{Command, Delivery, Identity, Opening, Peer, PeerConfig, Reply};
use session_store::{Record, SessionInfo, Store};
use simulator::{Entry, PeerPlan, Plan};
use tokio::runtime::{Builder, Runtime};

use super::network::Network;
use super::script::Over;

/// How long the one before may hold the log of a hub that is started again.
const LOG_FREED_WITHIN: Duration = Duration::from_secs(5);
/// Deep documents need it, as in the program.
const STACK_BYTES: usize = 4 << 20;

/// A running peer of ours.
pub(crate) struct Ours {
    /// None once it was ended.
    runtime: Option<Runtime>,
    peer: Kind,
}

enum Kind {
    Hub { room: Room, hub: RunningHub },
    Participant(Participant),
}

/// How one is started.
pub(crate) struct Start<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) peer: &'a PeerPlan,
    /// The how manyth time, from 1.
    pub(crate) times: u64,
    pub(crate) seed: u64,
    /// Whether the session may be there before it.
    pub(crate) joins: bool,
    /// Where a hub keeps its log; the others keep none.
    pub(crate) folder: Option<PathBuf>,
}

impl Start<'_> {
    fn config(&self, network: &Network) -> PeerConfig {
        let opening = match self.peer.entry {
            Entry::Host if !self.joins => Opening::Host,
            Entry::Host | Entry::JoinOrHost => Opening::Join { or_host: true },
            Entry::Join => Opening::Join { or_host: false },
            Entry::Observe => Opening::Observe,
        };
        let name = self.peer.name.as_str();
        let mut random = crate::seeded::Random::new(self.seed ^ (self.times << 32) ^ hash(name));
        let entropy = std::array::from_fn(|_| random.byte());
        let mut config =
            PeerConfig::new(&network.session, name, format!("run{}", self.times), entropy, opening);
        config.checkpoints = self.plan.checkpoints;
        config.identity = Some(Identity { user: name.to_owned(), ..Identity::default() });
        config.capabilities = vec!["visibility".to_owned()];
        config.delivery = if network.over == Over::Udp { Delivery::Lossy } else { Delivery::Reliable };
        config
    }
}

fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

impl Ours {
    /// Starts one.
    pub(crate) async fn start(start: Start<'_>, network: Arc<Network>) -> Result<Self, String> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(1).thread_stack_size(STACK_BYTES).enable_all();
        let runtime = builder.build().map_err(|error| format!("no runtime: {error}"))?;
        let config = start.config(&network);
        let name = start.peer.name.clone();
        let folder = start.folder;
        let begun = runtime.spawn(async move {
            let link = network.link(&name).await?;
            let Some(folder) = folder else {
                let (participant, _) = Participant::start(config, link, ParticipantOptions::default());
                return Ok(Kind::Participant(participant));
            };
            let mut room = RoomConfig::new(config);
            room.store = Some(open_log(&folder, &room.peer.session, &name).await?);
            room.links.push((network.over.word().to_owned(), link));
            let listen = ([127, 0, 0, 1], 0).into();
            let hub =
                Hub::bind(HubConfig::new(listen, vec![room])).await.map_err(|error| error.to_string())?;
            let room = hub.room(&network.session).ok_or("the hub has no room")?;
            Ok(Kind::Hub { room, hub })
        });
        let peer: Result<Kind, String> = begun.await.map_err(|error| error.to_string())?;
        match peer {
            Ok(peer) => Ok(Self { runtime: Some(runtime), peer }),
            Err(error) => {
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    pub(crate) async fn command(&self, command: Command) -> Result<Reply, CommandFailure> {
        match &self.peer {
            Kind::Hub { room, .. } => room.command(command).await,
            Kind::Participant(participant) => participant.command(command).await,
        }
    }

    pub(crate) async fn inspect<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Peer) -> T + Send + 'static,
    ) -> Option<T> {
        match &self.peer {
            Kind::Hub { room, .. } => room.inspect(read).await.ok(),
            Kind::Participant(participant) => participant.inspect(read).await.ok(),
        }
    }

    /// Ends it at once, as `kill -9` does: nothing is said, nothing is written.
    pub(crate) fn kill(mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    /// Leaves in order.
    pub(crate) async fn leave(mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        let peer = self.peer;
        let gone = runtime.spawn(async move {
            match peer {
                Kind::Hub { hub, .. } => hub.shutdown().await,
                Kind::Participant(participant) => drop(participant.quit().await),
            }
        });
        // It is ended all the same.
        let _ = gone.await;
        runtime.shutdown_background();
    }
}

/// The log of a hub, begun or taken up again.
async fn open_log(folder: &Path, session: &str, name: &str) -> Result<(Store, Vec<Record>), String> {
    if !Store::is_at(folder) {
        let info = SessionInfo {
            session: session.to_owned(),
            created: 0.0,
            source_guid: name.to_owned(),
            hosted_files: Vec::new(),
        };
        return Store::create(folder, info)
            .map(|store| (store, Vec::new()))
            .map_err(|error| error.to_string());
    }
    let give_up = tokio::time::Instant::now() + LOG_FREED_WITHIN;
    loop {
        match Store::open(folder) {
            Ok((store, recovered)) => return Ok((store, recovered.records)),
            Err(error) if tokio::time::Instant::now() > give_up => return Err(error.to_string()),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
