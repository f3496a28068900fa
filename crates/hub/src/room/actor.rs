//! The room's task: one peer, its connections, its log; nothing else touches them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use session_core::{Command, Opening, Output, Peer, PeerConfig, Reply};
use session_log::Guid;
use session_store::{Record, Store};
use session_transport::{LinkEvent, close_code};
use session_wire::{Envelope, Message};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::connections::{Behind, Connection, ConnectionId, Connections, Kind};
use super::durable::{Log, Written};
use super::keeping::restore;
use super::report::{Counts, RoomReport, StoreReport};
use super::route::{Audience, Route};
use super::{Request, RoomEvent};
use crate::Limits;
use crate::access::Access;
use crate::clock::Clock;
use crate::error::{CommandFailure, RoomError};
use crate::frame::Frame;
use crate::metrics::Measures;
use crate::outbox::{Close, Lane, Outbox};

pub(super) struct Actor {
    pub(super) session: String,
    pub(super) guid: Guid,
    pub(super) peer: Peer,
    pub(super) clock: Clock,
    pub(super) limits: Arc<Limits>,
    pub(super) connections: Connections,
    pub(super) log: Option<Log>,
    pub(super) access: Option<Access>,
    pub(super) counts: Counts,
    pub(super) measures: Measures,
    opening: Opening,
    started: bool,
    events: broadcast::Sender<RoomEvent>,
    commands: BTreeMap<u64, oneshot::Sender<Result<Reply, CommandFailure>>>,
    next_command: u64,
    next_sweep: Instant,
    stopping: Option<oneshot::Sender<()>>,
    /// The settled state that the newest checkpoint on the disk holds.
    pub(super) stands_on: Option<String>,
    /// Not before this is another one made.
    pub(super) compact_from: Instant,
    /// Connections that could not take a message; cut when the turn is over.
    behind: Vec<Behind>,
}

/// Requests that are taken in before timers and the disk get their turn.
const BATCH: usize = 64;
const SWEEP_EVERY: Duration = Duration::from_secs(5);

enum Turn {
    Requests(usize),
    Written(Written),
    Timer,
}

impl Actor {
    pub(super) fn new(
        config: PeerConfig,
        store: Option<(Store, Vec<Record>)>,
        limits: Arc<Limits>,
        events: broadcast::Sender<RoomEvent>,
        measures: Measures,
    ) -> Result<Self, RoomError> {
        let clock = Clock::new();
        let (session, guid) = (config.session.clone(), Guid::from(config.source_guid.as_str()));
        let opening = config.opening;
        let mut peer = Peer::new(config, clock.now());
        let log = store.map(|(store, records)| restore(&mut peer, &session, store, records)).transpose()?;
        let (log, stands_on) = log.map_or((None, None), |(log, stands_on)| (Some(log), stands_on));
        Ok(Self {
            session,
            guid,
            peer,
            clock,
            limits,
            connections: Connections::default(),
            log,
            access: None,
            counts: Counts::default(),
            opening,
            started: false,
            events,
            measures,
            commands: BTreeMap::new(),
            next_command: 0,
            next_sweep: Instant::now() + SWEEP_EVERY,
            stopping: None,
            stands_on,
            compact_from: Instant::now(),
            behind: Vec::new(),
        })
    }

    pub(super) fn add_link(&mut self, name: String, outbox: Arc<Outbox>) -> ConnectionId {
        let now = Instant::now();
        let kind = Kind::Link { name, up: false };
        self.connections.add(Connection::new(kind, outbox, &self.limits, now), now)
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Request>) {
        if self.opening == Opening::Host || self.connections.iter().next().is_none() {
            self.start();
        }
        let mut batch = Vec::with_capacity(BATCH);
        while self.stopping.is_none() {
            match self.turn(&mut inbox, &mut batch).await {
                Turn::Requests(0) => break,
                Turn::Requests(_) => batch.drain(..).for_each(|request| self.take(request)),
                Turn::Written(written) => self.note_written(written),
                Turn::Timer => self.on_timer(),
            }
            while let Some(Behind(id)) = self.behind.pop() {
                self.cut_slow_reader(id);
            }
        }
        self.close(inbox).await;
    }

    async fn turn(&mut self, inbox: &mut mpsc::Receiver<Request>, batch: &mut Vec<Request>) -> Turn {
        let due = self.peer.next_timeout_us().map(|due_us| self.clock.instant(due_us));
        let due = due.map_or(self.next_sweep, |due| due.min(self.next_sweep));
        let log = &mut self.log;
        let written = async {
            match log {
                Some(log) => log.written().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            count = inbox.recv_many(batch, BATCH) => Turn::Requests(count),
            written = written => Turn::Written(written),
            () = sleep_until(due) => Turn::Timer,
        }
    }

    fn take(&mut self, request: Request) {
        match request {
            Request::Join { hello, outbox, reply } => self.join(&hello, outbox, reply),
            Request::Message { from, envelope, frame, turn } => {
                self.message(from, *envelope, &frame);
                drop(turn);
            }
            Request::Unreadable { from, reason, detail } => self.refuse(from, reason, detail, None),
            Request::Throttled => self.counts.throttled += 1,
            Request::Leave { from, reason } => self.leave(from, &reason),
            Request::Link { from, event } => self.link_event(from, event),
            Request::Command { command, reply } => self.command(command, reply),
            Request::Inspect(read) => read(&self.peer),
            Request::Report(reply) => {
                let _ = reply.send(self.report());
            }
            Request::SendAway { whom, reply } => {
                let _ = reply.send(self.ask_to_leave(whom));
            }
            Request::Stop(reply) => self.stopping = Some(reply),
        }
    }

    fn start(&mut self) {
        self.started = true;
        self.peer.start(self.clock.now());
        self.flush();
    }

    fn on_timer(&mut self) {
        self.peer.handle_timeout(self.clock.now());
        self.flush();
        let now = Instant::now();
        if now >= self.next_sweep {
            self.next_sweep = now + SWEEP_EVERY;
            self.connections.forget_silent(self.limits.link_home, now);
        }
        if now >= self.compact_from {
            self.compact();
        }
    }

    pub(super) fn command(
        &mut self,
        command: Command,
        reply: oneshot::Sender<Result<Reply, CommandFailure>>,
    ) {
        if is_durable(&command)
            && let Some(refusal) = self.store_refusal()
        {
            let _ = reply.send(Err(CommandFailure::Store(refusal.1)));
            return;
        }
        self.next_command += 1;
        self.commands.insert(self.next_command, reply);
        self.peer.command(self.clock.now(), self.next_command, command);
        self.flush();
    }

    fn link_event(&mut self, from: ConnectionId, event: LinkEvent) {
        let Some(connection) = self.connections.get_mut(from) else { return };
        let Kind::Link { name, up } = &mut connection.kind else { return };
        let name = name.clone();
        match event {
            LinkEvent::Up => {
                *up = true;
                self.tell(RoomEvent::LinkUp { name });
                if self.started {
                    self.mark_gap();
                } else {
                    self.start();
                }
            }
            LinkEvent::Down { reason } => {
                *up = false;
                tracing::warn!(session = self.session, link = name, reason, "link is down");
                self.tell(RoomEvent::LinkDown { name, reason });
            }
            LinkEvent::Failed(error) => {
                let reason = error.to_string();
                tracing::error!(session = self.session, link = name, reason, "link gave up");
                self.connections.remove(from);
                self.tell(RoomEvent::LinkFailed { name, reason });
            }
            LinkEvent::NotSent { bytes, reason } => {
                tracing::warn!(session = self.session, link = name, bytes, %reason, "message was not sent");
                let detail = format!("a message of {bytes} bytes was not sent: {reason}");
                self.counts.refuse("not_sent");
                self.tell(RoomEvent::Refused { from: name, reason: "not_sent".to_owned(), detail });
            }
            other => tracing::debug!(session = self.session, link = name, event = ?other, "link event"),
        }
    }

    /// What went over one link has a gap, whatever the other connections did: the peer compares itself with the others.
    fn mark_gap(&mut self) {
        self.peer.link_lost(self.clock.now());
        self.peer.link_restored(self.clock.now());
        self.flush();
    }

    /// Carries out what the peer has to say.
    pub(super) fn flush(&mut self) {
        while let Some(output) = self.peer.poll_output() {
            match output {
                Output::Send { envelope, to } => self.send_own(&envelope, to),
                Output::Effect(effect) => self.tell(RoomEvent::Effect(Box::new(effect))),
                Output::Reply { id, result } => {
                    if let Some(reply) = self.commands.remove(&id) {
                        let _ = reply.send(result.map_err(CommandFailure::from));
                    }
                }
                Output::Persist(envelope) => self.persist(envelope),
                other => tracing::debug!(session = self.session, output = ?other, "output"),
            }
        }
    }

    fn send_own(&mut self, envelope: &Envelope, to: Option<Guid>) {
        let mut route = Route::of(envelope);
        // What the hub itself says is for its native peers too; but greetings and farewells are for links: a native peer
        // learns of the hub's coming and going from its connection, and does not take over what comes back in a moment.
        route.audience = match envelope.message {
            Message::Hello(_) | Message::PeerDepart(_) => Audience::Links,
            _ => Audience::Everybody,
        };
        route.target = to.or(route.target);
        self.deliver(None, &route, &Frame::encoded(envelope));
    }

    /// Passes a message on; whoever cannot take it is cut.
    pub(super) fn deliver(&mut self, from: Option<ConnectionId>, route: &Route, frame: &Frame) {
        let (sent, behind) = self.connections.send(from, route, frame);
        self.counts.delivered += sent as u64;
        self.behind.extend(behind);
    }

    fn cut_slow_reader(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else { return };
        if let Kind::Link { name, .. } = &connection.kind {
            let name = name.clone();
            tracing::error!(
                session = self.session,
                link = name,
                "link is too slow; what waited for it is dropped"
            );
            connection.outbox.clear();
            self.counts.refuse("link_too_slow");
            let reason = "it is too slow: what waited for it was dropped".to_owned();
            self.tell(RoomEvent::LinkDown { name, reason });
            self.mark_gap();
            return;
        }
        self.counts.slow_readers += 1;
        let reason = "this connection reads too slowly: come back and catch up".to_owned();
        connection.outbox.close(Close { code: close_code::TRY_LATER, reason: reason.clone() }, true);
        self.leave(id, &reason);
    }

    /// Says something to one connection as the hub.
    pub(super) fn answer(&self, to: ConnectionId, message: impl Into<Message>) {
        let envelope = Envelope::new(self.session.as_str(), &*self.guid, message);
        if let Some(connection) = self.connections.get(to) {
            // A connection that cannot even take this is cut at the next message that matters.
            let _ = connection.outbox.put(Lane::Control, Frame::encoded(&envelope));
        }
    }

    pub(super) fn tell(&self, event: RoomEvent) {
        // Nobody listening is fine.
        let _ = self.events.send(event);
    }

    fn report(&self) -> RoomReport {
        let native = |(_, connection): (_, &Connection)| connection.guid().map(ToString::to_string);
        let link = |(_, connection): (_, &Connection)| match &connection.kind {
            Kind::Link { name, up } => Some((name.clone(), *up)),
            Kind::Native { .. } => None,
        };
        RoomReport {
            session: self.session.clone(),
            guid: self.guid.to_string(),
            status: self.peer.status().as_str(),
            peers: self.connections.iter().filter_map(native).collect(),
            links: self.connections.iter().filter_map(link).collect(),
            operations: self.peer.log().len(),
            store: match &self.log {
                None => StoreReport::None,
                Some(log) => match log.failure() {
                    None => StoreReport::Working { unsynced: log.unsynced() },
                    Some(failure) => StoreReport::Failed { reason: failure.to_string() },
                },
            },
            log_bytes: self.log.as_ref().map_or(0, Log::bytes),
            counts: self.counts.clone(),
        }
    }

    /// Takes leave, lets everything out that waits, and waits for the disk.
    async fn close(mut self, mut inbox: mpsc::Receiver<Request>) {
        inbox.close();
        self.peer.depart(self.clock.now());
        self.flush();
        let close = Close { code: close_code::GOING_AWAY, reason: "the hub stops".to_owned() };
        self.connections.close_all(&close);
        if let Some(log) = self.log.take()
            && tokio::time::timeout(self.limits.shutdown_time, log.finish()).await.is_err()
        {
            tracing::error!(session = self.session, "the disk did not take the last operations in time");
        }
        if let Some(stopped) = self.stopping.take() {
            let _ = stopped.send(());
        }
    }
}

fn is_durable(command: &Command) -> bool {
    !matches!(
        command,
        Command::Play { .. }
            | Command::Pause { .. }
            | Command::Seek { .. }
            | Command::Select { .. }
            | Command::Display { .. }
            | Command::PartialAnnotation { .. }
            | Command::State
    )
}
