//! One peer of the room: what it is handed, and what it hands out.

use std::time::Instant;

use session_core::{Command, CommandError, Now, Opening, Output, Peer, PeerConfig, Reply, Status};
use session_wire::Envelope;

use super::Options;
use crate::Failure;
use crate::timeline;

const SESSION: &str = "dailies";

/// Words on their way: JSON, and for whom, where not for all.
pub(super) struct Letter {
    pub(super) from: String,
    pub(super) to: Option<String>,
    pub(super) text: String,
}

/// A participant.
pub(super) struct Guest {
    pub(super) name: String,
    pub(super) peer: Peer,
    /// The time that it has taken so far, its words encoded and those of others decoded, in seconds.
    pub(super) spent: f64,
    /// How long each checkpoint stopped it that it followed, in seconds.
    pub(super) stops: Vec<f64>,
    /// What came of the last command.
    reply: Option<Result<Reply, CommandError>>,
}

impl Guest {
    pub(super) fn enter(
        number: u32,
        opening: Opening,
        options: &Options,
        now: Now,
        out: &mut Vec<Letter>,
    ) -> Self {
        let name = timeline::guid(2_000_000_000 + number);
        let mut entropy = [1; 32];
        entropy[..4].copy_from_slice(&number.to_le_bytes());
        let mut config = PeerConfig::new(SESSION, name.as_str(), format!("{number:010x}"), entropy, opening);
        if let Some((after, keeps)) = options.checkpoints {
            (config.checkpoints.after, config.checkpoints.keeps) = (after as usize, keeps as usize);
        }
        let mut guest =
            Self { name, peer: Peer::new(config, now), spent: 0.0, stops: Vec::new(), reply: None };
        guest.peer.start(now);
        guest.hand_out(out);
        guest
    }

    pub(super) fn receive(
        &mut self,
        letter: &Letter,
        now: Now,
        out: &mut Vec<Letter>,
    ) -> Result<(), Failure> {
        self.timed(|guest| {
            guest.peer.receive(now, Envelope::decode(letter.text.as_bytes())?);
            guest.hand_out(out);
            Ok(())
        })
    }

    pub(super) fn handle_timeout(&mut self, now: Now, out: &mut Vec<Letter>) {
        if self.peer.next_timeout_us().is_some_and(|due| due <= now.monotonic_us) {
            self.timed(|guest| {
                guest.peer.handle_timeout(now);
                guest.hand_out(out);
            });
        }
    }

    /// Notes how long something takes; where operations are let go in it, that is how long the checkpoint stops it.
    fn timed<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.peer.log().len();
        let begun = Instant::now();
        let result = work(self);
        let seconds = begun.elapsed().as_secs_f64();
        self.spent += seconds;
        if self.peer.log().len() < before {
            self.stops.push(seconds);
        }
        result
    }

    pub(super) fn command(
        &mut self,
        command: Command,
        now: Now,
        out: &mut Vec<Letter>,
    ) -> Result<Reply, CommandError> {
        self.peer.command(now, 0, command);
        self.hand_out(out);
        self.reply.take().unwrap_or_else(|| Ok(Reply::default()))
    }

    pub(super) fn depart(&mut self, now: Now, out: &mut Vec<Letter>) {
        self.peer.depart(now);
        self.hand_out(out);
    }

    pub(super) fn is_synced(&self) -> bool {
        self.peer.status() == Status::Synced
    }

    /// Takes everything that the peer hands out.
    fn hand_out(&mut self, out: &mut Vec<Letter>) {
        while let Some(output) = self.peer.poll_output() {
            match output {
                Output::Send { envelope, to } => out.push(Letter {
                    from: self.name.clone(),
                    to: to.map(|to| to.to_string()),
                    text: envelope.encode(),
                }),
                Output::Reply { result, .. } => self.reply = Some(result),
                _ => {}
            }
        }
    }
}
