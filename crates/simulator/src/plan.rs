//! What happens in one simulated session, as data.

use session_core::Checkpoints;

use crate::doing::Doing;
use crate::existing::{App, Generation, Quirk, Quirks};
use crate::mutant::Mutant;

/// Everything that happens in one session. It depends on nothing else: the same plan gives the same session.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What it was drawn from; the network's moods go on from it.
    pub seed: u64,
    /// A rule that the last peer breaks.
    pub mutant: Option<Mutant>,
    /// The network.
    pub network: NetworkPlan,
    /// When logs are shortened.
    pub checkpoints: Checkpoints,
    /// Those who may take part; each comes by its step `start`.
    pub peers: Vec<PeerPlan>,
    /// Existing peers, numbered after those.
    pub existing: Vec<ExistingPlan>,
    /// Whether all existing peers must end equal to ours.
    pub existing_must_agree: bool,
    /// What happens, in order of time.
    pub steps: Vec<Step>,
}

/// How bad the network is until it is healed at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkPlan {
    /// How long a message takes at least, in microseconds.
    pub latency_least_us: u64,
    /// How long it takes at most, in microseconds; half of the doubled ones take up to three times that.
    pub latency_most_us: u64,
    /// Messages lost, in percent.
    pub loss: u64,
    /// Messages that come twice, in percent.
    pub doubled: u64,
    /// Whether everybody gets what is meant for one, as on a fanout exchange.
    pub fanout: bool,
    /// Whether existing peers are reached by a broker: in order, and nothing lost or doubled but while the network is
    /// parted or their link is cut.
    pub broker: bool,
}

/// One existing peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingPlan {
    /// Its GUID.
    pub name: String,
    /// How far its wall clock is ahead, in microseconds.
    pub skew_us: i64,
    /// Which version of the reference it is.
    pub generation: Generation,
    /// The application that it is part of.
    pub app: App,
    /// Whether its application has a timeline of its own open, which it shares where it becomes master.
    pub opens: bool,
    /// Quirks that it has beyond those of its generation.
    pub with: Vec<Quirk>,
    /// Quirks of its generation that it has not.
    pub without: Vec<Quirk>,
}

impl ExistingPlan {
    /// What it does otherwise than one would expect.
    pub fn quirks(&self) -> Quirks {
        let all = self.with.iter().fold(self.generation.quirks(), |all, quirk| all.with(*quirk));
        self.without.iter().fold(all, |all, quirk| all.without(*quirk))
    }
}

/// One participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerPlan {
    /// Its GUID.
    pub name: String,
    /// How far its wall clock is ahead, in microseconds.
    pub skew_us: i64,
    /// How it enters.
    pub entry: Entry,
}

/// How a participant enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// As the host, from the beginning.
    Host,
    /// Joins.
    Join,
    /// Joins, or hosts where it finds nobody.
    JoinOrHost,
    /// Takes everything in and does nothing.
    Observe,
}

impl Entry {
    pub(crate) const WORDS: &[(Self, &'static str)] = &[
        (Self::Host, "host"),
        (Self::Join, "join"),
        (Self::JoinOrHost, "join_or_host"),
        (Self::Observe, "observe"),
    ];

    pub(crate) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(entry, _)| *entry == self).map_or("", |(_, word)| word)
    }
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When, in microseconds from the beginning.
    pub at_us: u64,
    /// Its number; what it makes is named after it.
    pub number: u64,
    /// To or by whom.
    pub peer: usize,
    /// What.
    pub doing: Doing,
    /// To what, where, how much: counted around what is there.
    pub picks: [u64; 3],
}

impl Plan {
    /// When the last step is over, in microseconds.
    pub fn end_us(&self) -> u64 {
        self.steps.last().map_or(0, |step| step.at_us)
    }

    /// The peer that breaks the rule, where one is broken.
    pub(crate) fn mutant_of(&self, peer: usize) -> Option<Mutant> {
        self.mutant.filter(|_| peer + 1 == self.peers.len())
    }
}
