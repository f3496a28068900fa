//! Everybody who is in the session, in virtual time: what one says, the others hear before the next edit.

use lossless_json::{Limits, parse};
use session_core::{Command, CommandError, Now, Opening, Reply};
use session_log::Settled;

use super::Options;
use super::guest::{Guest, Letter};
use crate::Failure;
use crate::heap;
use crate::timeline;

/// Who stays from the beginning to the end: the host and two members.
pub(super) const STAYING: usize = 3;
/// A clock of microseconds has come so far in 2026.
const EPOCH_US: u64 = 1_795_251_807_662_459;
const SECOND_US: u64 = 1_000_000;
/// Between two rounds of edits: three peers make fewer than 500 operations a second each.
const ROUND_US: u64 = 4_000;
/// How long a joiner may take.
const JOIN_US: u64 = 20 * SECOND_US;

/// The session.
pub(super) struct Room {
    guests: Vec<Guest>,
    pub(super) track: String,
    now_us: u64,
    beat_us: u64,
    second_us: u64,
    number: u32,
    options: Options,
    /// Settled states of the host, counted as they change.
    settled: (u64, Option<String>),
    /// Operations that were made so far.
    pub(super) operations: u64,
    /// Who came and left.
    pub(super) joins: u64,
    /// Commands that were answered with an error.
    pub(super) commands_refused: u64,
    /// What each join cost the joiner, and those who were there, in seconds.
    pub(super) joiner_seconds: Vec<f64>,
    pub(super) giver_seconds: Vec<f64>,
    /// Live heap before anybody came.
    before: usize,
}

impl Room {
    /// A host with a timeline, and the members.
    pub(super) fn open(options: &Options) -> Result<Self, Failure> {
        let before = heap::live();
        let mut room = Self {
            guests: Vec::with_capacity(STAYING + 1),
            track: String::new(),
            now_us: SECOND_US,
            beat_us: 0,
            second_us: 0,
            number: 0,
            options: Options { ..*options },
            settled: (0, None),
            operations: 0,
            joins: 0,
            commands_refused: 0,
            joiner_seconds: Vec::new(),
            giver_seconds: Vec::new(),
            before,
        };
        room.enter(Opening::Host)?;
        let timeline = parse(timeline::of_clips(options.clips).as_bytes(), &Limits::default())?.value;
        room.command(0, Command::AddTimeline { timeline })?.map_err(|error| error.to_string())?;
        room.track = room.find_track().ok_or("no track")?;
        for _ in 1..STAYING {
            room.enter(Opening::Join { or_host: false })?;
        }
        Ok(room)
    }

    fn find_track(&self) -> Option<String> {
        let (_, document) = self.guests[0].peer.log().state().timelines().next()?;
        let track = document.descend(document.root()?).nth(2)?;
        document.guid(track).map(str::to_owned)
    }

    fn now(&self) -> Now {
        Now { monotonic_us: self.now_us, wall_us: EPOCH_US + self.now_us }
    }

    /// Somebody comes, and is waited for.
    fn enter(&mut self, opening: Opening) -> Result<(), Failure> {
        self.number += 1;
        let mut out = Vec::new();
        self.guests.push(Guest::enter(self.number, opening, &self.options, self.now(), &mut out));
        self.deliver(out)?;
        let until = self.now_us + JOIN_US;
        while !self.guests.last().is_some_and(Guest::is_synced) {
            if self.now_us > until {
                return Err(format!("joiner {} takes longer than {JOIN_US} µs", self.number).into());
            }
            self.now_us += ROUND_US;
            self.beat()?;
        }
        Ok(())
    }

    /// Somebody comes, makes one edit and leaves.
    pub(super) fn visit(&mut self) -> Result<(), Failure> {
        let before = self.spent_by_who_stays();
        self.enter(Opening::Join { or_host: false })?;
        self.joiner_seconds.extend(self.guests.last().map(|joiner| joiner.spent));
        self.giver_seconds.push(self.spent_by_who_stays() - before);
        let edit = Command::SetProperty {
            target_uuid: timeline::guid(self.number % self.options.clips),
            path: "metadata/status".into(),
            value: "seen".into(),
        };
        self.command(STAYING, edit)?.map_err(|error| error.to_string())?;
        let mut out = Vec::new();
        let now = self.now();
        if let Some(mut guest) = self.guests.pop() {
            guest.depart(now, &mut out);
        }
        self.joins += 1;
        self.deliver(out)
    }

    fn spent_by_who_stays(&self) -> f64 {
        self.guests.iter().take(STAYING).map(|guest| guest.spent).sum()
    }

    /// How long checkpoints stopped those who stay, in seconds.
    pub(super) fn stops(&self) -> Vec<f64> {
        self.guests.iter().flat_map(|guest| guest.stops.iter().copied()).collect()
    }

    /// A command at one peer, heard by all at once.
    pub(super) fn command(
        &mut self,
        at: usize,
        command: Command,
    ) -> Result<Result<Reply, CommandError>, Failure> {
        let (reply, out) = self.say(at, command);
        self.deliver(out)?;
        Ok(reply)
    }

    /// A command at one peer that nobody has heard of yet.
    pub(super) fn say(&mut self, at: usize, command: Command) -> (Result<Reply, CommandError>, Vec<Letter>) {
        let mut out = Vec::new();
        let now = self.now();
        let reply = self.guests[at].command(command, now, &mut out);
        match &reply {
            Ok(reply) => self.operations += reply.operations.len() as u64,
            Err(_) => self.commands_refused += 1,
        }
        (reply, out)
    }

    /// Everybody hears what was said, and what is said to it, until all is quiet.
    pub(super) fn deliver(&mut self, mut letters: Vec<Letter>) -> Result<(), Failure> {
        let now = self.now();
        while !letters.is_empty() {
            let mut answers = Vec::new();
            for letter in letters {
                let meant = |guest: &Guest| {
                    guest.name != letter.from && letter.to.as_ref().is_none_or(|to| *to == guest.name)
                };
                for guest in self.guests.iter_mut().filter(|guest| meant(guest)) {
                    guest.receive(&letter, now, &mut answers)?;
                }
            }
            letters = answers;
        }
        Ok(())
    }

    /// One round is over. Whether a virtual second is.
    pub(super) fn pass_time(&mut self) -> Result<bool, Failure> {
        self.now_us += ROUND_US;
        self.beat()?;
        let over = self.now_us >= self.second_us + SECOND_US;
        if over {
            self.second_us = self.now_us;
        }
        Ok(over)
    }

    /// Does what is due, ten times a virtual second.
    fn beat(&mut self) -> Result<(), Failure> {
        if self.now_us < self.beat_us + SECOND_US / 10 {
            return Ok(());
        }
        self.beat_us = self.now_us;
        for at in 0..self.guests.len() {
            let mut out = Vec::new();
            let now = self.now();
            self.guests[at].handle_timeout(now, &mut out);
            self.deliver(out)?;
        }
        let settled = self.guests[0].peer.log().settled().map(Settled::id);
        if settled != self.settled.1.as_deref() {
            self.settled = (self.settled.0 + 1, settled.map(str::to_owned));
        }
        Ok(())
    }

    /// Nobody edits for a few seconds.
    pub(super) fn rest(&mut self) -> Result<(), Failure> {
        for _ in 0..5 * SECOND_US / ROUND_US {
            self.pass_time()?;
        }
        Ok(())
    }

    /// All who stay show the same and let go of the same.
    pub(super) fn check_equal(&self) -> Result<(), Failure> {
        let of = |guest: &Guest| {
            let log = guest.peer.log();
            let settled = log.settled().map(|settled| settled.id().to_owned());
            (log.digest().to_owned(), settled, log.len())
        };
        let first = of(&self.guests[0]);
        match self.guests.iter().map(of).find(|other| *other != first) {
            Some(other) => Err(format!("peers differ: {first:?} and {other:?}").into()),
            None => Ok(()),
        }
    }

    /// Live heap that is not the session's.
    pub(super) fn apart(&self) -> usize {
        self.before
    }

    /// Operations in all logs.
    pub(super) fn held(&self) -> usize {
        self.guests.iter().map(|guest| guest.peer.log().len()).sum()
    }

    /// How often the host let go of operations.
    pub(super) fn checkpoints(&self) -> u64 {
        self.settled.0
    }

    /// Envelopes that those who stay refused.
    pub(super) fn envelopes_refused(&self) -> u64 {
        self.guests.iter().flat_map(|guest| guest.peer.refused().values()).sum()
    }

    /// For each who stays: the operations in its log, and the runs whose numbers it keeps.
    pub(super) fn logs(&self) -> impl Iterator<Item = (usize, usize)> {
        self.guests.iter().map(|guest| guest.peer.log()).map(|log| (log.len(), log.frontier().iter().count()))
    }

    /// Everybody goes, and gives back these bytes.
    pub(super) fn close(self) -> Vec<usize> {
        let give_back = |guest: Guest| {
            let before = heap::live();
            drop(guest);
            before - heap::live()
        };
        self.guests.into_iter().map(give_back).collect()
    }
}
