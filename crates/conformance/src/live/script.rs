//! From a seed to a script.

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
    /// Whether existing peers must end equal to ours although datagrams got lost.
    pub must_agree: bool,
}

/// Commands of ours in one script, at least, and how many more; a third as many are the existing peers'.
const COMMANDS: (usize, usize) = (36, 72);
/// Who comes within the first moments is there from the beginning, in microseconds.
const EARLY_US: u64 = 220_000;
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
        let loss = if over == Over::Udp { random.pick(&LOSSES).copied().unwrap_or(0) } else { 0 };
        Self { seed, over, existing_first: random.below(100) < 40, loss, must_agree: false, plan }
    }

    /// Existing peers that are there from the beginning.
    pub(crate) fn early(&self) -> Vec<usize> {
        let (steps, ours) = (&self.plan.steps, self.plan.peers.len());
        let starts = steps.iter().filter(|step| step.doing == Doing::Start && step.at_us < EARLY_US);
        starts.filter_map(|step| step.peer.checked_sub(ours)).collect()
    }
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
