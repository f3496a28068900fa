//! One session inside a hub.

mod actor;
mod connections;
mod durable;
mod intake;
mod keeping;
mod report;
mod route;

use std::sync::Arc;

use bytes::Bytes;
use session_core::{Command, Effect, Peer, PeerConfig, Reply};
use session_store::{Record, Store};
use session_transport::{Link, LinkEvent};
use session_wire::Envelope;
use tokio::sync::{Semaphore, SemaphorePermit, broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::access::Access;
use crate::error::{CommandFailure, RoomError};
use crate::frame::Frame;
use crate::metrics::Measures;
use crate::outbox::{Close, Outbox};
use crate::{Limits, link};

pub(crate) use connections::ConnectionId;
pub use report::{Counts, RoomReport, StoreReport};

/// What a room is made of.
pub struct RoomConfig {
    /// The room's own peer. Its `session` is the room's name; its opening is `Host`, or `Join` with `or_host` where the
    /// room has links to a session that may be there already.
    pub peer: PeerConfig,
    /// The session's open log and what it held; none keeps the session in memory only.
    pub store: Option<(Store, Vec<Record>)>,
    /// By which links native peers come in; anybody does where there is none.
    pub access: Option<Access>,
    /// Open links to other transports, each with a name for people. What comes over them may carry any GUID.
    pub links: Vec<(String, Link)>,
}

impl RoomConfig {
    /// A room in memory, without links.
    pub fn new(peer: PeerConfig) -> Self {
        Self { peer, store: None, access: None, links: Vec::new() }
    }
}

/// Something that happened in a room.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RoomEvent {
    /// The room's peer tells something, as every participant's does.
    Effect(Box<Effect>),
    /// A native peer has connected.
    Connected {
        /// Its GUID.
        guid: String,
    },
    /// A native peer is gone.
    Disconnected {
        /// Its GUID.
        guid: String,
        /// Why.
        reason: String,
    },
    /// A message was refused.
    Refused {
        /// Whose connection it came by: a GUID, or a link's name.
        from: String,
        /// One word for programs.
        reason: String,
        /// A sentence for people.
        detail: String,
    },
    /// A link came up.
    LinkUp {
        /// Its name.
        name: String,
    },
    /// A link is down and tries to come back.
    LinkDown {
        /// Its name.
        name: String,
        /// What happened.
        reason: String,
    },
    /// A link gave up: the session goes on without it.
    LinkFailed {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// The disk failed: the room serves what it has and takes no more operations.
    StoreFailed {
        /// What failed, and what to do.
        reason: String,
    },
}

/// A running room. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Room {
    session: Arc<str>,
    requests: mpsc::Sender<Request>,
    events: broadcast::Sender<RoomEvent>,
    measures: Measures,
}

/// What a room is asked to do.
pub(crate) enum Request {
    /// A socket has said HELLO.
    Join {
        hello: Box<Envelope>,
        outbox: Arc<Outbox>,
        reply: oneshot::Sender<Result<ConnectionId, Refused>>,
    },
    /// A message came by a connection.
    Message {
        from: ConnectionId,
        envelope: Box<Envelope>,
        frame: Frame,
        turn: Turn,
    },
    /// What came by a connection is no message.
    Unreadable {
        from: ConnectionId,
        reason: &'static str,
        detail: String,
    },
    /// A connection was made to wait.
    Throttled,
    /// A connection has ended.
    Leave {
        from: ConnectionId,
        reason: String,
    },
    /// Something happened on a link.
    Link {
        from: ConnectionId,
        event: LinkEvent,
    },
    Command {
        command: Command,
        reply: oneshot::Sender<Result<Reply, CommandFailure>>,
    },
    Inspect(Box<dyn FnOnce(&Peer) + Send>),
    Report(oneshot::Sender<RoomReport>),
    /// Peers are to leave, and cannot come back by themselves.
    SendAway {
        whom: Whom,
        reply: oneshot::Sender<usize>,
    },
    Stop(oneshot::Sender<()>),
}

/// Who is to leave.
pub(crate) enum Whom {
    /// The peer of this GUID.
    Guid(String),
    /// All that the link of this name let in; it lets in nobody any more.
    Link(String),
}

/// Why a connection is not taken: a word, and how it is closed.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) reason: &'static str,
    pub(crate) close: Close,
}

impl Room {
    /// Opens a room; its task runs until it is stopped.
    pub(crate) fn open(
        config: RoomConfig,
        limits: &Arc<Limits>,
    ) -> Result<(Self, JoinHandle<()>), RoomError> {
        let (requests, inbox) = mpsc::channel(limits.room_queue.max(1));
        let (events, _) = broadcast::channel(limits.events.max(1));
        let session = Arc::from(config.peer.session.as_str());
        let measures = Measures::new();
        let room = Self { session, requests, events: events.clone(), measures: measures.clone() };
        let mut actor = actor::Actor::new(config.peer, config.store, Arc::clone(limits), events, measures)?;
        actor.access = config.access;
        for (name, link) in config.links {
            let outbox = Arc::new(Outbox::new(limits));
            let id = actor.add_link(name, Arc::clone(&outbox));
            tokio::spawn(link::run(link, id, outbox, room.clone()));
        }
        Ok((room, tokio::spawn(actor.run(inbox))))
    }

    /// The session's name.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// What it measures.
    pub(crate) const fn measures(&self) -> &Measures {
        &self.measures
    }

    /// Lets the room's own peer carry out a command.
    pub async fn command(&self, command: Command) -> Result<Reply, CommandFailure> {
        let (reply, answer) = oneshot::channel();
        self.request(Request::Command { command, reply }).await?;
        answer.await.map_err(|_| CommandFailure::Closed)?
    }

    /// Reads from the room's own peer.
    pub async fn inspect<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Peer) -> T + Send + 'static,
    ) -> Result<T, CommandFailure> {
        let (reply, answer) = oneshot::channel();
        let read = move |peer: &Peer| {
            let _ = reply.send(read(peer));
        };
        self.request(Request::Inspect(Box::new(read))).await?;
        answer.await.map_err(|_| CommandFailure::Closed)
    }

    /// The room at this moment.
    pub async fn report(&self) -> Result<RoomReport, CommandFailure> {
        let (reply, answer) = oneshot::channel();
        self.request(Request::Report(reply)).await?;
        answer.await.map_err(|_| CommandFailure::Closed)
    }

    /// Sends the peer of this GUID away; returns whether it was there. Its link lets it in again, unless that is revoked.
    pub async fn send_away(&self, guid: &str) -> Result<bool, CommandFailure> {
        Ok(self.ask_to_leave(Whom::Guid(guid.to_owned())).await? > 0)
    }

    /// Revokes the link of this name: sends away all that it let in, and lets in nobody by it any more. Returns how many
    /// were there.
    pub async fn revoke(&self, link: &str) -> Result<usize, CommandFailure> {
        self.ask_to_leave(Whom::Link(link.to_owned())).await
    }

    async fn ask_to_leave(&self, whom: Whom) -> Result<usize, CommandFailure> {
        let (reply, answer) = oneshot::channel();
        self.request(Request::SendAway { whom, reply }).await?;
        answer.await.map_err(|_| CommandFailure::Closed)
    }

    /// What happens from now on. A reader who is more than `Limits::events` behind misses the oldest and is told so.
    pub fn events(&self) -> broadcast::Receiver<RoomEvent> {
        self.events.subscribe()
    }

    /// Takes leave of everybody, waits for the disk, and ends.
    pub(crate) async fn stop(&self) {
        let (reply, stopped) = oneshot::channel();
        if self.request(Request::Stop(reply)).await.is_ok() {
            let _ = stopped.await;
        }
    }

    pub(crate) async fn request(&self, request: Request) -> Result<(), CommandFailure> {
        self.requests.send(request).await.map_err(|_| CommandFailure::Closed)
    }
}

/// Long messages that are in memory as read, at most: as JSON values they are up to twenty times as large as their text,
/// and every connection may send some at the same time.
const LONG_MESSAGES_MAX: usize = 2;

static LONG_MESSAGES: Semaphore = Semaphore::const_new(LONG_MESSAGES_MAX);

/// The place of a long message, given back when dropped.
pub(crate) type Turn = Option<SemaphorePermit<'static>>;

/// Reads a message, on a thread for such work where it is long, so that no other connection waits. The turn of a long one
/// is kept until the room has taken the message.
pub(crate) async fn decode(bytes: Bytes) -> Result<(Box<Envelope>, Frame, Turn), String> {
    const LONG_BYTES: usize = 256 * 1024;
    if bytes.len() < LONG_BYTES {
        return decode_here(bytes).map(|(envelope, frame)| (envelope, frame, None));
    }
    let closing = || "the hub is closing".to_owned();
    let turn = LONG_MESSAGES.acquire().await.map_err(|_| closing())?;
    let read = tokio::task::spawn_blocking(move || (decode_here(bytes), turn));
    let (decoded, turn) = read.await.map_err(|_| closing())?;
    decoded.map(|(envelope, frame)| (envelope, frame, Some(turn)))
}

fn decode_here(bytes: Bytes) -> Result<(Box<Envelope>, Frame), String> {
    let envelope = Envelope::decode(&bytes).map_err(|error| error.to_string())?;
    let frame = Frame::received(bytes).ok_or_else(|| "the message is not UTF-8".to_owned())?;
    Ok((Box::new(envelope), frame))
}
