//! Plays a script.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use session_core::Status;
use simulator::{Doing, Step};
use tempfile::TempDir;
use tokio::time::{sleep, sleep_until};

use super::figures::Figures;
use super::network::Network;
use super::ours::{Ours, Start};
use super::script::Script;
use super::theirs::Theirs;
use super::{Surroundings, judge};

/// How long the first peer may take to open or find the session.
const OPENS_WITHIN: Duration = Duration::from_secs(20);
/// When the first peer has done what opens a session, in microseconds: a start, and a timeline.
const OPENED_US: u64 = 1;
/// What differs at two looks so far apart has diverged.
const DIVERGES_WITHIN: Duration = Duration::from_millis(500);
/// How often it is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What came of a script.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was exercised.
    pub figures: Figures,
    /// What went wrong, where something did.
    pub failure: Option<String>,
}

/// A session under way.
pub(crate) struct Session<'a> {
    pub(crate) script: &'a Script,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) network: Arc<Network>,
    pub(crate) ours: Vec<Node>,
    pub(crate) theirs: Vec<Existing>,
    pub(crate) figures: Figures,
    looked: Instant,
    /// The logs of hubs; gone with this.
    folder: TempDir,
}

/// A participant of ours.
#[derive(Default)]
pub(crate) struct Node {
    pub(crate) peer: Option<Ours>,
    starts: u64,
    left: bool,
}

/// An existing peer.
#[derive(Default)]
pub(crate) struct Existing {
    pub(crate) peer: Option<Theirs>,
    starts: u64,
    /// Timelines that it showed otherwise than ours at the last look, and at the look before too.
    pub(crate) differs: BTreeSet<String>,
    pub(crate) diverged: BTreeSet<String>,
}

impl Script {
    /// Plays it, and looks at what it came to.
    pub async fn play(&self, surroundings: &Surroundings) -> Outcome {
        let mut session = match Session::new(self, surroundings).await {
            Ok(session) => session,
            Err(failure) => return Outcome { figures: Figures::default(), failure: Some(failure) },
        };
        let mut failure = session.steps().await.err();
        if failure.is_none() {
            failure = session.conclude().await.err();
        }
        if let Some(failure) = &mut failure {
            failure.push_str(&session.keep());
        }
        session.end().await;
        Outcome { figures: session.figures, failure }
    }
}

impl<'a> Session<'a> {
    async fn new(script: &'a Script, surroundings: &'a Surroundings) -> Result<Self, String> {
        let network = Network::new(script, surroundings.broker.as_deref()).await?;
        let folder = tempfile::tempdir().map_err(|error| format!("no folder for logs: {error}"))?;
        Ok(Self {
            script,
            surroundings,
            network: Arc::new(network),
            ours: script.plan.peers.iter().map(|_| Node::default()).collect(),
            theirs: script.plan.existing.iter().map(|_| Existing::default()).collect(),
            figures: Figures { scripts: 1, ..Figures::default() },
            looked: Instant::now(),
            folder,
        })
    }

    async fn steps(&mut self) -> Result<(), String> {
        if self.script.existing_first {
            self.start_existing(0).await?;
            self.until_existing_is_in(0).await?;
        }
        let plan = &self.script.plan;
        let mut began = Instant::now();
        for step in &plan.steps {
            self.look_now_and_then().await;
            sleep_until((began + Duration::from_micros(step.at_us)).into()).await;
            let before = Instant::now();
            let Some(number) = step.peer.checked_sub(self.ours.len()) else {
                self.step(step).await?;
                if step.at_us <= OPENED_US {
                    // Nobody edits what has not been opened yet.
                    self.open(step).await?;
                    began += before.elapsed();
                }
                continue;
            };
            self.existing_step(number, step).await?;
        }
        Ok(())
    }

    /// The first peer has the session open and a timeline in it, and existing peers that are there from the beginning are
    /// in, before anybody edits.
    async fn open(&mut self, step: &Step) -> Result<(), String> {
        if step.doing == Doing::Start {
            return self.until_open().await;
        }
        let early = self.script.early();
        for number in early.clone() {
            self.start_existing(number).await?;
        }
        for number in early {
            self.until_existing_is_in(number).await?;
        }
        Ok(())
    }

    async fn look_now_and_then(&mut self) {
        if self.looked.elapsed() > DIVERGES_WITHIN {
            self.look().await;
            self.looked = Instant::now();
        }
    }

    async fn step(&mut self, step: &Step) -> Result<(), String> {
        let (number, name) = (step.peer, &self.script.plan.peers[step.peer].name);
        match step.doing {
            Doing::Start => self.start(number).await?,
            Doing::Crash | Doing::CrashWhileSending => {
                if let Some(peer) = self.ours[number].peer.take() {
                    peer.kill();
                    self.figures.cause("crash of ours".to_owned());
                }
            }
            // Somebody stays: the first peer, which everybody can come back to.
            Doing::Leave if number > 0 => {
                if let Some(peer) = self.ours[number].peer.take() {
                    peer.leave().await;
                    self.ours[number].left = true;
                }
            }
            Doing::Cut => self.network.cut(name, true),
            Doing::Mend => self.network.cut(name, false),
            _ => self.command(step).await,
        }
        Ok(())
    }

    async fn command(&mut self, step: &Step) {
        let Some(peer) = &self.ours[step.peer].peer else { return };
        for doing in step.doings() {
            let named = step.clone();
            let command = peer.inspect(move |peer| named.command(doing, peer.log().state())).await;
            let Some(Some(command)) = command else { return };
            if peer.command(command).await.is_err() {
                self.figures.refused += 1;
                return;
            }
            self.figures.commands += 1;
        }
    }

    async fn start(&mut self, number: usize) -> Result<(), String> {
        let node = &mut self.ours[number];
        if node.peer.is_some() {
            return Ok(());
        }
        (node.starts, node.left) = (node.starts + 1, false);
        self.figures.ours += u64::from(node.starts == 1);
        let plan = &self.script.plan;
        let start = Start {
            plan,
            peer: &plan.peers[number],
            times: node.starts,
            seed: self.script.seed,
            joins: self.script.existing_first || node.starts > 1,
            folder: (number == 0).then(|| self.folder.path().join("hub")),
        };
        let name = &plan.peers[number].name;
        self.network.cut(name, false);
        let started = Ours::start(start, Arc::clone(&self.network)).await;
        node.peer = Some(started.map_err(|error| format!("{name} does not start: {error}"))?);
        Ok(())
    }

    async fn until_open(&self) -> Result<(), String> {
        let give_up = Instant::now() + OPENS_WITHIN;
        let Some(peer) = &self.ours[0].peer else { return Ok(()) };
        while peer.inspect(session_core::Peer::status).await != Some(Status::Synced) {
            if Instant::now() > give_up {
                return Err("the first peer of ours does not come to the session".to_owned());
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    async fn existing_step(&mut self, number: usize, step: &Step) -> Result<(), String> {
        match step.doing {
            Doing::Start => self.start_existing(number).await?,
            Doing::Crash | Doing::CrashWhileSending => {
                if let Some(mut peer) = self.theirs[number].peer.take() {
                    self.count_of_existing(&mut peer).await;
                    peer.kill().await;
                    self.figures.cause("crash of an existing peer".to_owned());
                }
            }
            Doing::Leave => {
                if let Some(mut peer) = self.theirs[number].peer.take() {
                    self.count_of_existing(&mut peer).await;
                    peer.leave().await;
                }
            }
            _ => {
                if let Some(peer) = &mut self.theirs[number].peer {
                    peer.step(step).await;
                }
            }
        }
        Ok(())
    }

    async fn start_existing(&mut self, number: usize) -> Result<(), String> {
        let existing = &mut self.theirs[number];
        if existing.peer.is_some() {
            return Ok(());
        }
        existing.starts += 1;
        self.figures.existing += u64::from(existing.starts == 1);
        let plan = &self.script.plan.existing[number];
        existing.peer = Some(Theirs::start(plan, &self.network, self.surroundings).await?);
        Ok(())
    }

    /// A viewer never opens a session by itself, and nobody is given one that has no timeline yet.
    async fn until_existing_is_in(&mut self, number: usize) -> Result<(), String> {
        let viewer = simulator::App::Viewer == self.script.plan.existing[number].app;
        let give_up = Instant::now() + OPENS_WITHIN;
        let Some(peer) = &mut self.theirs[number].peer else { return Ok(()) };
        while !viewer && !judge::takes_part(peer.state().await.as_ref()) {
            if Instant::now() > give_up {
                return Err(format!("an existing peer does not come to the session: {}", peer.complaints()));
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// From now on nothing goes wrong, and who is awaited is there.
    pub(crate) async fn end_mishaps(&mut self) -> Result<(), String> {
        self.network.mend();
        for number in 0..self.ours.len() {
            let node = &self.ours[number];
            if node.starts > 0 && node.peer.is_none() && !node.left {
                self.start(number).await?;
            }
        }
        Ok(())
    }

    /// Keeps what may tell why it failed; where.
    fn keep(&self) -> String {
        let name = format!("{}-{}", self.script.over.word(), self.script.seed);
        let folder = &self.surroundings.kept;
        let recording = folder.join(format!("{name}.jsonl"));
        let saved = std::fs::create_dir_all(folder).and_then(|()| self.network.wire.save(&recording));
        let mut told = match saved {
            Ok(()) => format!("\nthe session's messages: {}", recording.display()),
            Err(error) => format!("\nthe session's messages cannot be kept: {error}"),
        };
        for (existing, plan) in self.theirs.iter().zip(&self.script.plan.existing) {
            let complaints = existing.peer.as_ref().map(Theirs::complaints).unwrap_or_default();
            if !complaints.is_empty() {
                let path = folder.join(format!("{name}-{}.txt", plan.name));
                // What cannot be kept is missed, no more.
                let _ = std::fs::write(&path, complaints);
                told = format!("{told}\nwhat {} complained of: {}", plan.name, path.display());
            }
        }
        told
    }

    async fn end(&mut self) {
        for existing in &mut self.theirs {
            if let Some(peer) = existing.peer.take() {
                peer.kill().await;
            }
        }
        for node in &mut self.ours {
            if let Some(peer) = node.peer.take() {
                peer.kill();
            }
        }
    }
}
