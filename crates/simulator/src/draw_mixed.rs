//! Existing peers in a plan that is drawn.

use crate::doing::Doing;
use crate::draw::{BEGIN_US, Drawing, MS, SECOND, Wanted};
use crate::existing::{App, Generation};
use crate::plan::{ExistingPlan, NetworkPlan};
use crate::random::Random;

/// What is drawn of it beside the rest.
const MIXED: u64 = 0x0e81;
/// How far wall clocks of existing peers are off at most.
const SKEW_US: u64 = 2 * SECOND;
/// How long the connection of an existing peer to a broker is away: a wait of five seconds, and connecting.
const RECONNECT_US: u64 = 5 * SECOND + 200 * MS;

impl Drawing {
    /// One to three existing peers, what they do, and a network on which they can be.
    pub(crate) fn mix(
        &mut self,
        seed: u64,
        wanted: &Wanted,
        network: &mut NetworkPlan,
        operations: u64,
    ) -> Vec<ExistingPlan> {
        self.random = Random::of(&[seed, MIXED]);
        network.fanout = true;
        network.broker = self.random.chance(50);
        let count = usize::try_from(self.random.between(1, 3)).unwrap_or(1);
        let existing = (0..count).map(|number| self.existing(number, wanted)).collect();
        self.existing_comes_and_goes(count, network.broker);
        // Some look on only.
        let edits = if self.random.chance(80) { operations / 3 } else { 0 };
        for _ in 0..edits {
            let at_us = self.random.between(BEGIN_US, self.end_us);
            let peer = self.any_existing(count);
            let doing = self.random.weighted(Doing::COMMANDS).unwrap_or(Doing::SetName);
            self.step(at_us, peer, doing);
        }
        existing
    }

    fn existing(&mut self, number: usize, wanted: &Wanted) -> ExistingPlan {
        let random = &mut self.random;
        let skew = random.below(2 * SKEW_US + 1).cast_signed() - SKEW_US.cast_signed();
        let generation = if random.chance(40) { Generation::Seed } else { Generation::Latest };
        let app = random.weighted(&[(4, App::OpenRv), (4, App::XStudio), (1, App::Viewer)]);
        ExistingPlan {
            name: format!("existing-{number}"),
            skew_us: skew,
            generation,
            app: app.unwrap_or(App::OpenRv),
            opens: random.chance(50),
            with: Vec::new(),
            without: wanted.without.into_iter().collect(),
        }
    }

    fn any_existing(&mut self, count: usize) -> usize {
        self.count + usize::try_from(self.random.below(count as u64)).unwrap_or(0)
    }

    fn existing_comes_and_goes(&mut self, count: usize, broker: bool) {
        for number in 0..count {
            let late = self.random.chance(30);
            let at_us =
                if late { self.random.below(self.end_us) } else { BEGIN_US + self.random.below(200 * MS) };
            self.step(at_us, self.count + number, Doing::Start);
        }
        for _ in 0..self.random.below(3) {
            let peer = self.any_existing(count);
            let choices = [
                (2, (Doing::Crash, Doing::Start)),
                (2, (Doing::Leave, Doing::Start)),
                (2, (Doing::Cut, Doing::Mend)),
            ];
            let Some((begins, ends)) = self.random.weighted(&choices) else { continue };
            let at_us = self.random.between(BEGIN_US, self.end_us);
            self.step(at_us, peer, begins);
            // To a broker they connect again after five seconds at the earliest (legacy-protocol §6.3).
            let least = if broker && begins == Doing::Cut { RECONNECT_US } else { 1 };
            let back_us = at_us + self.random.between(least, least + 4 * SECOND);
            self.step(back_us, peer, ends);
        }
    }
}
