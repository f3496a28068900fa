//! From a seed to a script.

use session_core::Checkpoints;
use simulator::{Doing, Plan, Wanted};

use crate::seeded::Random;

/// What carries the messages of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// A RabbitMQ broker.
    Amqp,
    /// Datagrams.
    Udp,
}

impl Over {
    /// Both, with their words.
    pub const WORDS: &[(Self, &'static str)] = &[(Self::Amqp, "amqp"), (Self::Udp, "udp")];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(over, _)| *over == self).map_or("", |(_, word)| word)
    }

    /// By its word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(over, _)| *over)
    }
}

/// One session to be played.
#[derive(Clone, Debug)]
pub struct Script {
    /// What it was drawn from.
    pub seed: u64,
    /// What carries its messages.
    pub over: Over,
    /// Who takes part, and what happens.
    pub plan: Plan,
    /// Whether an existing peer is there before any of ours, as the session's master.
    pub existing_first: bool,
    /// Datagrams lost, in percent, for each receiver.
    pub loss: usize,
    /// Whether existing peers must end equal to ours whatever goes wrong on the way.
    pub must_agree: bool,
}

/// Commands of ours in one script, at least, and how many more; a third as many are the existing peers'.
const COMMANDS: (usize, usize) = (36, 72);
/// Who comes within the first moments is there from the beginning, in microseconds.
const EARLY_US: u64 = 220_000;
/// Scripts that go on for so long, in percent, and how long: what existing peers did is settled after half a minute, and
/// without that there are no checkpoints.
const LONG: (usize, u64) = (20, 40_000_000);
/// How soon logs are shortened in these.
const SOON: Checkpoints = Checkpoints { after: 20, keeps: 5, patience_us: 2_000_000, remembers: 1_000 };
/// What is drawn of it beside the plan.
const LIVE: u64 = 0x11fe;
/// Losses of datagrams that are drawn.
const LOSSES: [usize; 5] = [0, 2, 5, 10, 15];

impl Script {
    /// The script of a seed.
    pub fn draw(seed: u64, over: Over) -> Self {
        let mut random = Random::new(seed ^ LIVE);
        let operations = (COMMANDS.0 + random.below(COMMANDS.1)) as u64;
        let wanted = Wanted {
            peers: Some(2 + random.below(2)),
            operations: Some(operations),
            mixed: true,
            ..Wanted::default()
        };
        let mut plan = Plan::draw(seed, &wanted);
        plan.network.broker = over == Over::Amqp;
        let ours = plan.peers.len();
        // Networks are parted by nobody here, and what an existing peer misses while its connection is away nobody can know.
        plan.steps.retain(|step| !is_left_out(step.doing, step.peer >= ours));
        if random.below(100) < LONG.0 {
            stretch(&mut plan);
        }
        let loss = if over == Over::Udp { random.pick(&LOSSES).copied().unwrap_or(0) } else { 0 };
        Self { seed, over, existing_first: random.below(100) < 40, loss, must_agree: false, plan }
    }

    /// Whether every existing peer that anybody heard must end equal to ours: always where nothing goes wrong on the way
    /// (SHORTCOMINGS, "Not always equal yet" and "Messages that get lost").
    pub fn demands_equality(&self) -> bool {
        self.must_agree || self.loss == 0 && !self.plan.steps.iter().any(|step| is_mishap(step.doing))
    }

    /// Existing peers that are there from the beginning.
    pub(crate) fn early(&self) -> Vec<usize> {
        let (steps, ours) = (&self.plan.steps, self.plan.peers.len());
        let starts = steps.iter().filter(|step| step.doing == Doing::Start && step.at_us < EARLY_US);
        starts.filter_map(|step| step.peer.checked_sub(ours)).collect()
    }
}

/// The same plan at leisure; who comes at the beginning does so still.
fn stretch(plan: &mut Plan) {
    let end_us = plan.end_us().max(1);
    plan.checkpoints = SOON;
    for step in plan.steps.iter_mut().filter(|step| step.at_us >= EARLY_US || step.doing != Doing::Start) {
        step.at_us = if step.at_us <= 1 { step.at_us } else { step.at_us.saturating_mul(LONG.1) / end_us };
    }
    plan.steps.sort_by_key(|step| step.at_us);
}

fn is_mishap(doing: Doing) -> bool {
    matches!(doing, Doing::Crash | Doing::CrashWhileSending | Doing::Leave | Doing::Cut)
}

fn is_left_out(doing: Doing, by_existing: bool) -> bool {
    match doing {
        Doing::Partition | Doing::Heal => true,
        Doing::Cut | Doing::Mend => by_existing,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_script() {
        let draw = || Script::draw(7, Over::Udp);
        assert_eq!((draw().plan, draw().existing_first, draw().loss), {
            let again = draw();
            (again.plan, again.existing_first, again.loss)
        });
        assert!(!draw().plan.existing.is_empty());
    }
}
