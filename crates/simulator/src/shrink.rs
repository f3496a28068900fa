//! From a plan that fails to a short one that fails in the same way.

use crate::doing::Doing;
use crate::existing::Quirk;
use crate::failure::Failure;
use crate::plan::Plan;

/// The shortest plan that was found, and how it fails.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The plan.
    pub plan: Plan,
    /// Its failure.
    pub failure: Failure,
    /// Sessions that were run to find it.
    pub runs: u32,
}

impl Plan {
    /// Leaves out what the failure does not need: steps, then peers, then the network's moods; at most so many
    /// sessions are run. `fails` runs one.
    pub fn shrink(
        self,
        failure: Failure,
        runs_max: u32,
        fails: &mut dyn FnMut(&Self) -> Option<Failure>,
    ) -> Shrunk {
        let mut shrinking = Shrinking { best: self, failure, left: runs_max, fails };
        shrinking.without_steps();
        shrinking.without_peers();
        shrinking.without_moods();
        shrinking.without_quirks();
        shrinking.without_steps();
        let runs = runs_max - shrinking.left;
        Shrunk { plan: shrinking.best, failure: shrinking.failure, runs }
    }
}

struct Shrinking<'a> {
    best: Plan,
    failure: Failure,
    left: u32,
    fails: &'a mut dyn FnMut(&Plan) -> Option<Failure>,
}

impl Shrinking<'_> {
    /// Takes a plan where it fails in the same way.
    fn try_plan(&mut self, plan: Plan) -> bool {
        if self.left == 0 || plan == self.best || !has_host(&plan) {
            return false;
        }
        self.left -= 1;
        match (self.fails)(&plan).filter(|failure| failure.law == self.failure.law) {
            Some(failure) => {
                (self.best, self.failure) = (plan, failure);
                true
            }
            None => false,
        }
    }

    /// Chunks of half the steps, then of a quarter, down to one.
    fn without_steps(&mut self) {
        let mut size = self.best.steps.len().div_ceil(2);
        while size > 0 {
            let mut from = self.best.steps.len().saturating_sub(size);
            loop {
                let mut plan = self.best.clone();
                let to = (from + size).min(plan.steps.len());
                plan.steps.drain(from.min(to)..to);
                self.try_plan(plan);
                if from == 0 || self.left == 0 {
                    break;
                }
                from = from.saturating_sub(size);
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }

    fn without_peers(&mut self) {
        let participants = self.best.peers.len() + self.best.existing.len();
        for peer in (1..participants).rev() {
            let mut plan = self.best.clone();
            plan.steps.retain(|step| step.peer != peer);
            self.try_plan(plan);
        }
    }

    fn without_moods(&mut self) {
        let calmer: [fn(&mut Plan); 7] = [
            |plan| plan.network.loss = 0,
            |plan| plan.network.doubled = 0,
            |plan| plan.network.latency_most_us = plan.network.latency_least_us,
            |plan| plan.peers.iter_mut().for_each(|peer| peer.skew_us = 0),
            |plan| plan.existing.iter_mut().for_each(|peer| peer.skew_us = 0),
            |plan| plan.network.broker |= !plan.steps.iter().any(|step| step.doing == Doing::Cut),
            |plan| plan.steps.retain(|step| step.doing.is_command() || step.doing == Doing::Start),
        ];
        for calm in calmer {
            let mut plan = self.best.clone();
            calm(&mut plan);
            self.try_plan(plan);
        }
    }
}

impl Shrinking<'_> {
    /// What existing peers do otherwise than one would expect and the failure does not need: what is left says why it fails.
    fn without_quirks(&mut self) {
        for peer in 0..self.best.existing.len() {
            for (quirk, _) in Quirk::WORDS {
                let mut plan = self.best.clone();
                let existing = &mut plan.existing[peer];
                let held = existing.quirks();
                // Whoever announces itself knows that timelines go (legacy-protocol §8.1), and everybody takes the
                // steward's states: it goes by that.
                let goes_by_it = match quirk {
                    Quirk::NeverAnnounces => held.has(Quirk::IgnoresGoneTimelines),
                    Quirk::TakesAnySnapshot => true,
                    _ => false,
                };
                if held.has(*quirk) && !goes_by_it {
                    existing.without.push(*quirk);
                    self.try_plan(plan);
                }
            }
        }
    }
}

/// Without anybody who has the session nobody could ever agree, which says nothing.
fn has_host(plan: &Plan) -> bool {
    plan.steps.first().is_some_and(|step| (step.peer, step.doing) == (0, Doing::Start))
}
