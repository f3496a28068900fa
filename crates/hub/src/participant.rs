//! One peer over one link.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use session_core::{Command, Effect, Output, Peer, PeerConfig, Receipt, Reply};
use session_transport::{Link, LinkEvent};
use session_wire::{Envelope, Traffic};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::sleep_until;

use crate::clock::Clock;
use crate::error::CommandFailure;
use crate::room::decode;

/// How a participant is run.
#[derive(Debug, Default)]
pub struct ParticipantOptions {
    /// Where every received message goes, undecoded ones included, for a recorder. The participant waits for room in it.
    pub tap: Option<mpsc::Sender<Received>>,
}

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The message.
    pub bytes: Bytes,
    /// What it says; `None` where it is no message of the protocol.
    pub envelope: Option<Arc<Envelope>>,
    /// When it came, in microseconds since 1970.
    pub wall_us: u64,
}

/// Something that happened to a participant.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ParticipantEvent {
    /// The peer tells something.
    Effect(Box<Effect>),
    /// The link is up, for the first time or again.
    LinkUp,
    /// The link is down and tries to come back.
    LinkDown {
        /// What happened.
        reason: String,
    },
    /// A received message was refused.
    Refused {
        /// One word for programs.
        reason: String,
        /// A sentence for people.
        detail: String,
    },
    /// The hub refused a message of this participant.
    RefusedByHub {
        /// One word for programs.
        reason: String,
        /// A sentence for people.
        detail: String,
    },
    /// A message of this participant was not sent.
    NotSent {
        /// Why.
        reason: String,
    },
    /// The participant has ended. Nothing follows.
    Ended {
        /// Why, where the link gave up; `None` after [`Participant::quit`].
        failure: Option<String>,
    },
}

/// A running participant. It leaves the session when it is told to, or when this is dropped.
#[derive(Debug)]
pub struct Participant {
    requests: mpsc::Sender<Request>,
    events: broadcast::Sender<ParticipantEvent>,
    task: JoinHandle<usize>,
}

enum Request {
    Command { command: Command, reply: oneshot::Sender<Result<Reply, CommandFailure>> },
    Inspect(Box<dyn FnOnce(&Peer) + Send>),
    Quit,
}

/// Commands that wait for the peer.
const REQUESTS: usize = 256;
/// Events that wait for a reader who is behind.
const EVENTS: usize = 16_384;

impl Participant {
    /// Runs a peer over an open link. The receiver has every event from the first on; a reader who is more than 16 384
    /// behind misses the oldest and is told so.
    pub fn start(
        config: PeerConfig,
        link: Link,
        options: ParticipantOptions,
    ) -> (Self, broadcast::Receiver<ParticipantEvent>) {
        let (requests, inbox) = mpsc::channel(REQUESTS);
        let (events, first) = broadcast::channel(EVENTS);
        let clock = Clock::new();
        let driver = Driver {
            peer: Peer::new(config, clock.now()),
            clock,
            link,
            events: events.clone(),
            tap: options.tap,
            started: false,
            up: false,
            commands: BTreeMap::new(),
            next_command: 0,
        };
        let task = tokio::spawn(driver.run(inbox));
        (Self { requests, events, task }, first)
    }

    /// Lets the peer carry out a command.
    pub async fn command(&self, command: Command) -> Result<Reply, CommandFailure> {
        let (reply, answer) = oneshot::channel();
        self.request(Request::Command { command, reply }).await?;
        answer.await.map_err(|_| CommandFailure::Closed)?
    }

    /// Reads from the peer.
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

    /// What happens from now on.
    pub fn events(&self) -> broadcast::Receiver<ParticipantEvent> {
        self.events.subscribe()
    }

    /// Takes leave, lets out what still waits, and ends. Returns how many messages could not be sent.
    pub async fn quit(self) -> usize {
        // An error means that it has ended already.
        let _ = self.requests.send(Request::Quit).await;
        self.task.await.unwrap_or_default()
    }

    /// Ends at once, without a word to anybody, as a process that is killed does.
    pub fn abandon(self) {
        self.task.abort();
    }

    async fn request(&self, request: Request) -> Result<(), CommandFailure> {
        self.requests.send(request).await.map_err(|_| CommandFailure::Closed)
    }
}

struct Driver {
    peer: Peer,
    clock: Clock,
    link: Link,
    events: broadcast::Sender<ParticipantEvent>,
    tap: Option<mpsc::Sender<Received>>,
    started: bool,
    up: bool,
    commands: BTreeMap<u64, oneshot::Sender<Result<Reply, CommandFailure>>>,
    next_command: u64,
}

/// Whether the participant goes on.
enum Then {
    GoOn,
    End(Option<String>),
}

impl Driver {
    async fn run(mut self, mut inbox: mpsc::Receiver<Request>) -> usize {
        let failure = loop {
            if let Then::End(failure) = self.turn(&mut inbox).await {
                break failure;
            }
            self.flush().await;
        };
        if failure.is_none() {
            self.peer.depart(self.clock.now());
            self.flush().await;
        }
        let unsent = self.link.close().await;
        let _ = self.events.send(ParticipantEvent::Ended { failure });
        unsent
    }

    async fn turn(&mut self, inbox: &mut mpsc::Receiver<Request>) -> Then {
        let due = self.peer.next_timeout_us().map(|due_us| self.clock.instant(due_us));
        let timer = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            event = self.link.incoming.recv() => match event {
                Some(event) => self.on_link(event).await,
                None => Then::End(Some("the link ended".to_owned())),
            },
            request = inbox.recv() => match request {
                Some(Request::Command { command, reply }) => {
                    self.next_command += 1;
                    self.commands.insert(self.next_command, reply);
                    self.peer.command(self.clock.now(), self.next_command, command);
                    Then::GoOn
                }
                Some(Request::Inspect(read)) => {
                    read(&self.peer);
                    Then::GoOn
                }
                Some(Request::Quit) | None => Then::End(None),
            },
            () = timer => {
                self.peer.handle_timeout(self.clock.now());
                Then::GoOn
            }
        }
    }

    async fn on_link(&mut self, event: LinkEvent) -> Then {
        let now = self.clock.now();
        match event {
            LinkEvent::Up => {
                self.up = true;
                self.tell(ParticipantEvent::LinkUp);
                if self.started {
                    self.peer.link_restored(now);
                } else {
                    self.started = true;
                    self.peer.start(now);
                }
            }
            LinkEvent::Message(bytes) => self.receive(bytes).await,
            LinkEvent::Down { reason } => {
                self.up = false;
                self.peer.link_lost(now);
                self.tell(ParticipantEvent::LinkDown { reason });
            }
            LinkEvent::NotSent { bytes, reason } => {
                let reason = format!("a message of {bytes} bytes was not sent: {reason}");
                self.tell(ParticipantEvent::NotSent { reason });
            }
            LinkEvent::Failed(error) => return Then::End(Some(error.to_string())),
            other => tracing::debug!(event = ?other, "link event"),
        }
        Then::GoOn
    }

    async fn receive(&mut self, bytes: Bytes) {
        let now = self.clock.now();
        match decode(bytes.clone()).await {
            Ok((envelope, ..)) => {
                if self.tap.is_some() {
                    self.record(bytes, Some(Arc::new((*envelope).clone())), now.wall_us).await;
                }
                self.take(*envelope);
            }
            Err(detail) => {
                self.record(bytes, None, now.wall_us).await;
                self.tell(ParticipantEvent::Refused { reason: "malformed".to_owned(), detail });
            }
        }
    }

    fn take(&mut self, envelope: Envelope) {
        if let session_wire::Message::Refusal(refusal) = &envelope.message
            && (refusal.target_guid.is_empty() || *refusal.target_guid == **self.peer.guid())
        {
            let (reason, detail) = (refusal.reason.clone(), refusal.detail.clone());
            self.tell(ParticipantEvent::RefusedByHub { reason, detail });
        }
        if let Receipt::Refused(refusal) = self.peer.receive(self.clock.now(), envelope) {
            let reason = refusal.reason.as_str().to_owned();
            self.tell(ParticipantEvent::Refused { reason, detail: refusal.detail });
        }
    }

    async fn record(&mut self, bytes: Bytes, envelope: Option<Arc<Envelope>>, wall_us: u64) {
        if let Some(tap) = &self.tap
            && tap.send(Received { bytes, envelope, wall_us }).await.is_err()
        {
            self.tap = None;
        }
    }

    /// Carries out what the peer has to say. Waits where the link is slower than its peer.
    async fn flush(&mut self) {
        while let Some(output) = self.peer.poll_output() {
            match output {
                Output::Send { envelope, .. } => self.send(&envelope).await,
                Output::Effect(effect) => self.tell(ParticipantEvent::Effect(Box::new(effect))),
                Output::Reply { id, result } => {
                    if let Some(reply) = self.commands.remove(&id) {
                        let _ = reply.send(result.map_err(CommandFailure::from));
                    }
                }
                // A participant keeps no log: the hub does.
                Output::Persist(_) => {}
                other => tracing::debug!(output = ?other, "output"),
            }
        }
    }

    async fn send(&mut self, envelope: &Envelope) {
        // A link that is down keeps what it is given: that is right for operations and for nothing else.
        if self.up || envelope.message.traffic() == Traffic::Durable {
            let sent = self.link.outgoing.send(Bytes::from(envelope.encode())).await;
            if sent.is_err() {
                tracing::debug!("the link has ended; its last event tells why");
            }
        }
    }

    fn tell(&self, event: ParticipantEvent) {
        // Nobody listening is fine.
        let _ = self.events.send(event);
    }
}
