//! From a seed to a plan.

use session_core::Checkpoints;

use crate::doing::Doing;
use crate::existing::Quirk;
use crate::mutant::Mutant;
use crate::plan::{Entry, NetworkPlan, PeerPlan, Plan, Step};
use crate::random::Random;

pub(crate) const MS: u64 = 1_000;
pub(crate) const SECOND: u64 = 1_000 * MS;
/// When the first peer has added its timeline and others come.
pub(crate) const BEGIN_US: u64 = 20 * MS;

/// What is fixed about the plans that are drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// How many peers; 2 to 16 where it is not said, more often few.
    pub peers: Option<usize>,
    /// How many commands; 100 to 2 000 where it is not said, more often few.
    pub operations: Option<u64>,
    /// A rule to break.
    pub mutant: Option<Mutant>,
    /// Whether existing peers take part: 1 to 3, seed and latest.
    pub mixed: bool,
    /// Whether those must end equal to ours.
    pub existing_must_agree: bool,
    /// A quirk that no existing peer has.
    pub without: Option<Quirk>,
}

impl Plan {
    /// The plan of a seed.
    pub fn draw(seed: u64, wanted: &Wanted) -> Self {
        let mut random = Random::new(seed);
        let few = random.chance(90);
        let count = random.between(2, if few { 5 } else { 16 });
        let count = wanted.peers.unwrap_or(usize::try_from(count).unwrap_or(2)).max(2);
        let few = random.chance(95);
        let operations = random.between(100, if few { 400 } else { 2_000 });
        let operations = wanted.operations.unwrap_or(operations);
        let mut drawing = Drawing { random, steps: Vec::new(), end_us: 0, count };
        let mut network = drawing.network();
        let peers = (0..count).map(|peer| drawing.peer(peer)).collect();
        drawing.session(count, operations);
        let existing =
            if wanted.mixed { drawing.mix(seed, wanted, &mut network, operations) } else { Vec::new() };
        drawing.steps.sort_by_key(|step| step.at_us);
        let numbered = drawing.steps.into_iter().zip(1..).map(|(step, number)| Step { number, ..step });
        let checkpoints = checkpoints(seed);
        let steps = numbered.collect();
        let existing_must_agree = wanted.existing_must_agree;
        Self {
            seed,
            mutant: wanted.mutant,
            network,
            checkpoints,
            peers,
            existing,
            existing_must_agree,
            steps,
        }
    }
}

/// How soon logs are shortened: in most sessions several times.
fn checkpoints(seed: u64) -> Checkpoints {
    let mut random = Random::of(&[seed, SHORTENING]);
    if random.chance(30) {
        return Checkpoints::default();
    }
    let after = random.between(20, 150);
    let keeps = random.between(5, after / 2 + 5);
    let count = |number| usize::try_from(number).unwrap_or(0);
    let patience_us = random.below(5_000) * MS;
    let remembers = if random.chance(40) { random.between(2, 6) } else { Checkpoints::default().remembers };
    Checkpoints { after: count(after), keeps: count(keeps), patience_us, remembers }
}

/// What is drawn of it beside the rest.
const SHORTENING: u64 = 0x5e77;

pub(crate) struct Drawing {
    pub(crate) random: Random,
    steps: Vec<Step>,
    pub(crate) end_us: u64,
    /// How many peers of ours there are.
    pub(crate) count: usize,
}

impl Drawing {
    fn network(&mut self) -> NetworkPlan {
        let random = &mut self.random;
        let calm = random.chance(15);
        let least = random.below(50 * MS);
        NetworkPlan {
            latency_least_us: least,
            latency_most_us: random.between(least, 200 * MS),
            loss: if calm { 0 } else { random.below(31) },
            doubled: if calm { 0 } else { random.below(21) },
            fanout: random.chance(50),
            broker: false,
        }
    }

    fn peer(&mut self, peer: usize) -> PeerPlan {
        let skew = i64::try_from(self.random.below(100_001)).unwrap_or(0) - 50_000;
        let entry = match peer {
            0 => Entry::Host,
            // The first to join takes part: somebody has to, once the host is gone.
            2.. if self.random.clone().chance(10) => {
                self.random.chance(30);
                Entry::Observe
            }
            _ if self.random.chance(30) => Entry::JoinOrHost,
            _ => Entry::Join,
        };
        PeerPlan { name: format!("peer-{peer:02}"), skew_us: skew, entry }
    }

    pub(crate) fn step(&mut self, at_us: u64, peer: usize, doing: Doing) {
        let picks = [(); 3].map(|()| self.random.below(1_000_000));
        self.steps.push(Step { at_us, number: 0, peer, doing, picks });
    }

    fn session(&mut self, count: usize, operations: u64) {
        // A burst of conflicting edits, or a session at leisure.
        let pause_us = self.random.between(1, if self.random.clone().chance(50) { 20 } else { 150 }) * MS;
        self.end_us = BEGIN_US + operations * pause_us;
        self.step(0, 0, Doing::Start);
        self.step(1, 0, Doing::AddTimeline);
        let late = self.random.below(60);
        for peer in 1..count {
            let comes_late = self.random.chance(late);
            let at_us = if comes_late { self.random.below(self.end_us) } else { BEGIN_US };
            self.step(at_us, peer, Doing::Start);
        }
        for _ in 0..operations {
            let at_us = self.random.between(BEGIN_US, self.end_us);
            let peer = self.any(count);
            let doing = self.random.weighted(Doing::COMMANDS).unwrap_or(Doing::SetName);
            self.step(at_us, peer, doing);
        }
        self.mishaps(count);
    }

    fn any(&mut self, count: usize) -> usize {
        usize::try_from(self.random.below(count as u64)).unwrap_or(0)
    }

    fn mishaps(&mut self, count: usize) {
        let most = 1 + self.end_us / (4 * SECOND) + count as u64 / 2;
        for _ in 0..self.random.below(most + 1) {
            let peer = self.any(count);
            let choices = [
                (6, (Doing::Crash, Doing::Start)),
                (2, (Doing::CrashWhileSending, Doing::Start)),
                (2, (Doing::Leave, Doing::Start)),
                (3, (Doing::Cut, Doing::Mend)),
                (4, (Doing::Partition, Doing::Heal)),
            ];
            let Some((begins, ends)) = self.random.weighted(&choices) else { continue };
            let at_us = self.random.between(BEGIN_US, self.end_us);
            self.step(at_us, peer, begins);
            // Some stay away until the end, some leave for good.
            if self.random.chance(85) {
                let long = if self.random.chance(70) { 2 * SECOND } else { 8 * SECOND };
                let back_us = at_us + self.random.between(1, long);
                self.step(back_us, peer, ends);
            }
        }
    }
}
