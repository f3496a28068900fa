//! `otio-sync join`: taking part from a terminal or a script.

mod face;
mod input;
mod lines;
mod outline;
mod request;
mod wish;
mod words;

use crate::args::JoinArguments;
use crate::entrance;
use crate::failure::Failure;
use crate::identity;
use crate::membership::{Entry, Membership, ended, not_joined};
use crate::narrator::Narrator;
use crate::runtime;
use face::{Asked, Face, Found, Introduction};
use hub::{CommandFailure, Participant, ParticipantEvent};
use lines::Lines;
use request::{BadLine, Request};
use session_core::{Effect, Reply, Status};
use session_transport::Address;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use wish::Wish;

/// Runs the command.
pub(crate) fn run(arguments: &JoinArguments) -> Result<(), Failure> {
    let address = entrance::address(&arguments.entrance.address)?;
    runtime::single()?.block_on(join(arguments, &address))
}

async fn join(arguments: &JoinArguments, address: &Address) -> Result<(), Failure> {
    let entry = Entry {
        app: "otio-sync",
        guid: runtime::fresh_guid(),
        name: arguments.name.clone(),
        identity: identity::local(arguments.name.as_deref()),
        role: arguments.role.into(),
        or_host: arguments.or_host,
    };
    let membership = Membership::enter(address, entry).await?;
    let face = if arguments.json { Face::Json } else { Face::People(Narrator::default()) };
    let mut seat =
        Seat { face, lines: Lines::to_stdout(!arguments.json), synced: false, leaving: false, nobody: false };
    seat.lines.reply(seat.face.introduce(&introduction(arguments, address, &membership)));
    let (membership, ended) = seat.sit(membership, arguments, address).await;
    let left = if ended.is_ok() {
        membership.leave(address).await
    } else {
        membership.abandon().await;
        Ok(())
    };
    match seat.lines.finish().await.map_err(Failure::stdout) {
        // That nobody reads any more is how a full disk looks from here; it is told as what it is.
        Err(full @ Failure::Stdout(_)) => Err(full),
        written => ended.and(written).and(left),
    }
}

fn introduction(arguments: &JoinArguments, address: &Address, membership: &Membership) -> Introduction {
    Introduction {
        session: address.session().to_owned(),
        address: address.to_string(),
        source_guid: membership.guid.clone(),
        run: membership.run.clone(),
        name: arguments.name.clone(),
        role: session_core::Role::from(arguments.role).as_str(),
    }
}

/// A command that is being carried out.
type Working<'a> = Pin<Box<dyn Future<Output = Done> + 'a>>;

/// What came of a command.
enum Done {
    /// The peer's answer to the line with that id.
    Replied(Option<u64>, Result<Reply, CommandFailure>),
    /// Text for a person.
    Shown(String),
    /// It is not clear what it is about.
    NotFound(String),
}

/// One who sits in a session.
struct Seat {
    face: Face,
    lines: Lines,
    /// Whether the session was joined, and is not just being joined again.
    synced: bool,
    leaving: bool,
    /// Whether nobody seems to hold the session.
    nobody: bool,
}

impl Seat {
    /// Shows what happens and does what is asked, until somebody or something ends it.
    async fn sit(
        &mut self,
        mut membership: Membership,
        arguments: &JoinArguments,
        address: &Address,
    ) -> (Membership, Result<(), Failure>) {
        let ended = self.run(&membership.participant, &mut membership.events, arguments, address).await;
        (membership, ended)
    }

    async fn run(
        &mut self,
        participant: &Participant,
        events: &mut tokio::sync::broadcast::Receiver<ParticipantEvent>,
        arguments: &JoinArguments,
        address: &Address,
    ) -> Result<(), Failure> {
        let interrupted = runtime::interrupted();
        let too_late = tokio::time::sleep(Duration::from_secs_f64(arguments.timeout));
        let closed = self.lines.closed();
        tokio::pin!(interrupted, too_late, closed);
        let mut ever_synced = false;
        let mut input = Input { lines: input::lines(), held: None, open: true };
        let mut working: Option<Working<'_>> = None;
        loop {
            if let Some(missed) = self.lines.take_missed() {
                let line = self.face.missed(missed);
                self.lines.reply(line);
            }
            if working.is_none() && self.synced {
                working = input.held.take().and_then(|(id, request)| self.begin(participant, id, request));
            }
            // The input may have ended before there was a session: that there is one is still found out.
            let has_done_all = !input.open && input.held.is_none() && working.is_none();
            if self.leaving || (has_done_all && ever_synced) {
                return Ok(());
            }
            // One command at a time, so that every line is answered before the next one.
            let is_working = working.is_some();
            tokio::select! {
                () = &mut interrupted => return Ok(()),
                () = &mut closed => return Err(Failure::StdoutClosed),
                () = &mut too_late, if !ever_synced => return Err(not_joined(address, self.nobody, arguments.timeout)),
                caught_up = self.lines.catch_up(), if self.lines.is_behind() => {
                    caught_up.map_err(|lines::OutputClosed| Failure::StdoutClosed)?;
                }
                done = finished(&mut working) => {
                    working = None;
                    if let Some(line) = self.face.done(done) {
                        self.lines.reply(line);
                    }
                }
                event = events.recv() => {
                    self.on_event(event, participant).await?;
                    ever_synced |= self.synced;
                }
                line = input.lines.recv(), if input.is_wanted() && !is_working && !self.lines.is_behind() => {
                    self.on_line(line, &mut input);
                }
            }
        }
    }

    /// Begins what was asked for; to leave is done at once.
    fn begin<'a>(
        &mut self,
        participant: &'a Participant,
        id: Option<u64>,
        request: Request,
    ) -> Option<Working<'a>> {
        match request {
            Request::Do(command) => {
                Some(Box::pin(async move { Done::Replied(id, participant.command(command).await) }))
            }
            Request::Find(wish) => Some(Box::pin(found_and_done(participant, wish))),
            Request::Show => Some(Box::pin(shown(participant))),
            Request::Quit => {
                self.quit(id);
                None
            }
        }
    }

    fn quit(&mut self, id: Option<u64>) {
        self.leaving = true;
        if let Some(line) = self.face.reply(id, Ok(Reply::default())) {
            self.lines.reply(line);
        }
    }

    /// A line of input: answered at once where it is wrong, else done when the session is joined.
    fn on_line(&mut self, line: Option<Result<String, BadLine>>, input: &mut Input) {
        let Some(line) = line else {
            input.open = false;
            return;
        };
        match self.face.read(line) {
            Asked::Answer(text) => self.lines.reply(text),
            Asked::For(id, Request::Quit) if !self.synced => self.quit(id),
            Asked::For(id, request) => input.held = Some((id, request)),
        }
    }

    async fn on_event(
        &mut self,
        event: Result<ParticipantEvent, RecvError>,
        participant: &Participant,
    ) -> Result<(), Failure> {
        let event = match event {
            Ok(event) => event,
            Err(RecvError::Lagged(count)) => {
                self.lines.lost(count);
                return Ok(());
            }
            Err(RecvError::Closed) => {
                ParticipantEvent::Ended { failure: Some("the connection ended".to_owned()) }
            }
        };
        if let Some(line) = self.face.event(&event) {
            self.lines.effect(line);
        }
        match &event {
            ParticipantEvent::Effect(effect) => self.on_effect(effect, participant).await,
            ParticipantEvent::Ended { failure } => Err(ended(failure.as_deref())),
            _ => Ok(()),
        }
    }

    async fn on_effect(&mut self, effect: &Effect, participant: &Participant) -> Result<(), Failure> {
        match effect {
            Effect::NoSession => self.nobody = true,
            Effect::Status(Status::Synced) => {
                self.synced = true;
                if let Ok(found) = participant.inspect(Found::by).await {
                    let line = self.face.synced(&found);
                    self.lines.reply(line);
                }
            }
            Effect::Status(_) => self.synced = false,
            _ => {}
        }
        Ok(())
    }
}

/// What was typed and not yet done.
struct Input {
    lines: mpsc::Receiver<Result<String, BadLine>>,
    held: Option<(Option<u64>, Request)>,
    open: bool,
}

impl Input {
    fn is_wanted(&self) -> bool {
        self.open && self.held.is_none()
    }
}

/// The command that is being carried out; waits for ever where there is none.
async fn finished(working: &mut Option<Working<'_>>) -> Done {
    match working {
        Some(working) => working.await,
        None => std::future::pending().await,
    }
}

async fn found_and_done(participant: &Participant, wish: Wish) -> Done {
    match participant.inspect(|peer| wish.command(peer.log().state())).await {
        Ok(Ok(command)) => Done::Replied(None, participant.command(command).await),
        Ok(Err(words)) => Done::NotFound(words),
        Err(failure) => Done::Replied(None, Err(failure)),
    }
}

async fn shown(participant: &Participant) -> Done {
    match participant.inspect(|peer| outline::outline(peer.log().state())).await {
        Ok(text) => Done::Shown(text),
        Err(failure) => Done::Replied(None, Err(failure)),
    }
}
