//! What was exercised, counted over scripts.

use std::collections::BTreeMap;
use std::time::Duration;

/// The counts of scripts, added up.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Scripts.
    pub scripts: u64,
    /// Peers of ours that took part.
    pub ours: u64,
    /// Existing peers that took part.
    pub existing: u64,
    /// … at the end.
    pub at_end: u64,
    /// … equal to ours.
    pub equal: u64,
    /// … of which nobody can know.
    pub unknown: u64,
    /// … that are masters.
    pub masters: u64,
    /// Commands of ours that were carried out.
    pub commands: u64,
    /// Commands of ours that were refused.
    pub refused: u64,
    /// Edits of existing peers that were said.
    pub said: u64,
    /// Edits of existing peers that were withheld.
    pub withheld: u64,
    /// Messages that anybody sent.
    pub messages: u64,
    /// Whole states that were given.
    pub states: u64,
    /// Checkpoints that ours made.
    pub checkpoints: u64,
    /// Timelines of an existing peer that differed at two looks.
    pub divergences: u64,
    /// Messages that put existing peers right.
    pub repairs: u64,
    /// Their bytes.
    pub repair_bytes: u64,
    /// Batches that existing peers lost.
    pub batches_lost: u64,
    /// What raised in existing peers, and what named nothing that is there: by whose message.
    pub causes: BTreeMap<String, u64>,
    /// How long after the last step ours agreed.
    pub agreed: Times,
    /// How long after it existing peers were equal, and stayed so.
    pub equal_after: Times,
    /// How long after it the last repair was seen.
    pub ceased: Times,
}

/// Some times.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn note(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The shortest that no more than so many in a hundred exceed.
    pub fn within(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * percent).div_ceil(100).max(1) - 1;
        sorted.get(at).copied().unwrap_or_default()
    }
}

impl Figures {
    pub(crate) fn cause(&mut self, cause: String) {
        *self.causes.entry(cause).or_default() += 1;
    }

    /// Adds those of another run.
    pub fn add(&mut self, other: &Self) {
        let numbers = [
            (&mut self.scripts, other.scripts),
            (&mut self.ours, other.ours),
            (&mut self.existing, other.existing),
            (&mut self.at_end, other.at_end),
            (&mut self.equal, other.equal),
            (&mut self.unknown, other.unknown),
            (&mut self.masters, other.masters),
            (&mut self.commands, other.commands),
            (&mut self.refused, other.refused),
            (&mut self.said, other.said),
            (&mut self.withheld, other.withheld),
            (&mut self.messages, other.messages),
            (&mut self.states, other.states),
            (&mut self.checkpoints, other.checkpoints),
            (&mut self.divergences, other.divergences),
            (&mut self.repairs, other.repairs),
            (&mut self.repair_bytes, other.repair_bytes),
            (&mut self.batches_lost, other.batches_lost),
        ];
        for (sum, more) in numbers {
            *sum += more;
        }
        for (cause, times) in &other.causes {
            *self.causes.entry(cause.clone()).or_default() += times;
        }
        self.agreed.0.extend(&other.agreed.0);
        self.equal_after.0.extend(&other.equal_after.0);
        self.ceased.0.extend(&other.ceased.0);
    }

    /// Names and values, in order.
    pub fn rows(&self) -> Vec<(String, String)> {
        let share = |part: u64| match (part * 1_000).checked_div(self.at_end) {
            Some(permille) => format!("{}.{} %", permille / 10, permille % 10),
            None => "–".to_owned(),
        };
        let each = self.repair_bytes.checked_div(self.divergences);
        let times = |times: &Times| {
            let [half, most, all] = [50, 90, 100].map(|percent| times.within(percent).as_secs_f64());
            format!("{half:.1} s, {most:.1} s, {all:.1} s")
        };
        let rows = [
            ("scripts", self.scripts.to_string()),
            ("peers of ours", self.ours.to_string()),
            ("… commands", self.commands.to_string()),
            ("… refused", self.refused.to_string()),
            ("existing peers", self.existing.to_string()),
            ("… edits", self.said.to_string()),
            ("… edits withheld", self.withheld.to_string()),
            ("… there at the end", self.at_end.to_string()),
            ("… equal to ours", share(self.equal)),
            ("… nobody knows of", share(self.unknown)),
            ("… that are masters", self.masters.to_string()),
            ("messages", self.messages.to_string()),
            ("states given", self.states.to_string()),
            ("checkpoints", self.checkpoints.to_string()),
            ("batches lost", self.batches_lost.to_string()),
            ("divergences", self.divergences.to_string()),
            ("repairs", self.repairs.to_string()),
            ("bytes of repair", self.repair_bytes.to_string()),
            ("… a divergence", each.map_or_else(|| "–".to_owned(), |each| each.to_string())),
            ("ours agreed after", times(&self.agreed)),
            ("existing equal after", times(&self.equal_after)),
            ("repairs ceased after", times(&self.ceased)),
        ];
        let rows = rows.into_iter().map(|(name, value)| (name.to_owned(), value));
        rows.chain(self.causes.iter().map(|(cause, times)| (cause.clone(), times.to_string()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_ten_times_the_half_and_nine_are_within() {
        let mut times = Times::default();
        (1..=10).rev().for_each(|second| times.note(Duration::from_secs(second)));
        assert_eq!([50, 90, 100].map(|percent| times.within(percent).as_secs()), [5, 9, 10]);
        assert_eq!(Times::default().within(50), Duration::ZERO);
    }
}
