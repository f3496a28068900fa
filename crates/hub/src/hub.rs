//! The server: an address, and the rooms behind it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::Limits;
use crate::door::Door;
use crate::error::HubError;
use crate::http::{Site, router};
use crate::room::{Room, RoomConfig};

/// What a hub is made of.
pub struct HubConfig {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Its sessions.
    pub rooms: Vec<RoomConfig>,
    /// Its bounds.
    pub limits: Limits,
    /// Host names by which pages in browsers may reach it; IP addresses and `localhost` need no entry.
    pub host_names: Vec<String>,
}

impl HubConfig {
    /// A hub with these rooms and the usual bounds.
    pub fn new(listen: SocketAddr, rooms: Vec<RoomConfig>) -> Self {
        Self { listen, rooms, limits: Limits::default(), host_names: Vec::new() }
    }
}

/// How much longer than a WebSocket's a connection's silence may be.
const GRACE: Duration = Duration::from_secs(1);

/// Opens hubs.
#[derive(Debug)]
pub struct Hub;

/// A hub that runs until it is shut down.
#[derive(Debug)]
pub struct RunningHub {
    address: SocketAddr,
    site: Arc<Site>,
    tasks: Vec<JoinHandle<()>>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Hub {
    /// Takes the address, opens the rooms and serves them.
    ///
    /// # Errors
    /// The address is taken or not this machine's, a stored session cannot be restored, or two rooms have one name.
    pub async fn bind(config: HubConfig) -> Result<RunningHub, HubError> {
        let (found, limit) = (config.rooms.len(), config.limits.rooms_max);
        if found > limit {
            return Err(HubError::TooManyRooms { found, limit });
        }
        let listen = |source| HubError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let limits = Arc::new(config.limits);
        let mut rooms = BTreeMap::new();
        let mut tasks = Vec::with_capacity(found);
        for room in config.rooms {
            let name = room.peer.session.clone();
            if rooms.contains_key(&name) {
                return Err(HubError::SameName(name));
            }
            let (room, task) = Room::open(room, &limits)?;
            rooms.insert(name, room);
            tasks.push(task);
        }
        let sockets = AtomicUsize::new(0);
        let site = Arc::new(Site { rooms, limits, host_names: config.host_names, sockets });
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve(listener, Arc::clone(&site), stopped));
        tracing::info!(%address, rooms = found, "hub is listening");
        Ok(RunningHub { address, site, tasks, stop, server })
    }
}

async fn serve(
    listener: TcpListener,
    site: Arc<Site>,
    stopped: oneshot::Receiver<()>,
) -> std::io::Result<()> {
    // The WebSocket's own bound comes first, so that whoever is silent there is told why.
    let door = Door::new(listener, site.limits.silence + GRACE);
    let stopped = async {
        let _ = stopped.await;
    };
    axum::serve(door, router(site)).with_graceful_shutdown(stopped).await
}

impl RunningHub {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// One of its rooms.
    pub fn room(&self, session: &str) -> Option<Room> {
        self.site.rooms.get(session).cloned()
    }

    /// All rooms, by name.
    pub fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.site.rooms.values()
    }

    /// Waits until the server ends by itself, which it does only when the operating system takes its socket away.
    pub async fn ended(&mut self) -> std::io::Result<()> {
        (&mut self.server).await.unwrap_or_else(|error| Err(std::io::Error::other(error)))
    }

    /// Takes leave of every peer, waits until the disk has what it was given, and ends; all rooms at once, so that it takes
    /// a small multiple of `Limits::shutdown_time` at most.
    pub async fn shutdown(self) {
        let _ = self.stop.send(());
        let limit = self.site.limits.shutdown_time;
        let stop = async |room: &Room| {
            if timeout(limit + limit, room.stop()).await.is_err() {
                tracing::error!(session = room.session(), "the room did not end in time");
            }
        };
        join_all(self.site.rooms.values().map(stop)).await;
        let end = async |mut task: JoinHandle<()>| {
            if timeout(limit, &mut task).await.is_err() {
                task.abort();
            }
        };
        join_all(self.tasks.into_iter().map(end)).await;
        let mut server = self.server;
        if timeout(limit, &mut server).await.is_err() {
            server.abort();
        }
    }
}
