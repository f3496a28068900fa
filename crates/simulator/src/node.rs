//! One participant: its process, its disk, its clock.

use std::sync::Arc;

use session_core::{Checkpoints, Compacted, Identity, Now, Opening, Peer, PeerConfig};
use session_wire::Envelope;

use crate::plan::{Entry, PeerPlan};
use crate::random::Random;

/// Microseconds between 1970 and the beginning of every session.
const EPOCH_US: u64 = 1_790_000_000_000_000;

/// A wall clock that is so far ahead.
pub(crate) fn wall_us(now_us: u64, skew_us: i64) -> u64 {
    (EPOCH_US + now_us).saturating_add_signed(skew_us)
}

/// What a disk has kept when its process starts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disk {
    /// All that was handed to it. The run goes on.
    Whole,
    /// All, but a new run begins.
    WholeNewRun,
    /// The last few were not synced. A new run begins, since numbers would be given twice.
    Torn(usize),
    /// Nothing.
    Lost,
}

impl Disk {
    pub(crate) fn of_pick(pick: u64) -> Self {
        match pick % 10 {
            0..=4 => Self::Whole,
            5 => Self::WholeNewRun,
            6 | 7 => Self::Torn(1 + usize::try_from(pick / 10 % 5).unwrap_or(0)),
            _ => Self::Lost,
        }
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Whole => "restart.whole_disk",
            Self::WholeNewRun => "restart.new_run",
            Self::Torn(_) => "restart.torn_disk",
            Self::Lost => "restart.lost_disk",
        }
    }
}

/// One participant.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) plan: PeerPlan,
    /// The process, while it runs.
    pub(crate) peer: Option<Peer>,
    /// When its process is due next.
    pub(crate) due_us: Option<u64>,
    pub(crate) disk: Vec<Arc<Envelope>>,
    /// How much of the disk stands for what was there before, since that was shortened; no crash tears it.
    compacted: usize,
    /// The settled state that the disk starts from.
    stands_on: Option<String>,
    /// How often its process was started.
    pub(crate) starts: u64,
    run: u64,
    /// Whether it left the session of its own accord, and is not awaited at the end.
    pub(crate) left: bool,
    /// Whether its link is broken and it knows.
    pub(crate) cut: bool,
    /// The digest of its log when its process ended.
    pub(crate) digest_at_end: Option<String>,
    /// Whether it takes part, as far as it was told.
    pub(crate) synced: bool,
}

impl Node {
    pub(crate) fn new(plan: PeerPlan) -> Self {
        Self {
            plan,
            peer: None,
            due_us: None,
            disk: Vec::new(),
            compacted: 0,
            stands_on: None,
            starts: 0,
            run: 0,
            left: false,
            cut: false,
            digest_at_end: None,
            synced: false,
        }
    }

    /// Both clocks of its machine. The monotonic one has its own beginning.
    pub(crate) fn now(&self, now_us: u64) -> Now {
        Now { monotonic_us: now_us, wall_us: wall_us(now_us, self.plan.skew_us) }
    }

    /// To be called whenever something happened to the process: looking at every peer's timers before everything that
    /// happens takes a tenth of the time.
    pub(crate) fn look_at_timers(&mut self) {
        self.due_us = self.peer.as_ref().and_then(Peer::next_timeout_us);
    }

    /// Lets fewer envelopes stand for all that is on the disk, where the log has been shortened since; tells whether.
    pub(crate) fn compact_disk(&mut self) -> bool {
        let Some(peer) = &mut self.peer else { return false };
        let settled = peer.log().settled().map(|settled| settled.id().to_owned());
        if settled.is_none() || settled == self.stands_on {
            return false;
        }
        let Some(Compacted { state, operations }) = peer.compacted() else { return false };
        let operations = operations.iter().map(|operation| Arc::clone(operation.envelope()));
        self.disk = std::iter::once(Arc::new(state)).chain(operations).collect();
        self.compacted = self.disk.len();
        self.stands_on = settled;
        true
    }

    /// The settings of the next start. What survived goes before: the disk is cut down to it.
    pub(crate) fn next_start(
        &mut self,
        seed: u64,
        number: usize,
        kept: Disk,
        checkpoints: Checkpoints,
    ) -> PeerConfig {
        self.starts += 1;
        match kept {
            Disk::Whole => {}
            Disk::WholeNewRun => self.run = self.starts,
            Disk::Torn(lost) => {
                let left = self.disk.len().saturating_sub(lost).max(self.compacted);
                self.disk.truncate(left);
                self.run = self.starts;
            }
            Disk::Lost => {
                self.disk.clear();
                self.compacted = 0;
                self.run = self.starts;
            }
        }
        let mut random = Random::of(&[seed, number as u64, self.starts]);
        let mut entropy = [0; 32];
        entropy.chunks_exact_mut(8).for_each(|word| word.copy_from_slice(&random.number().to_le_bytes()));
        let opening = match self.plan.entry {
            Entry::Host => Opening::Host,
            Entry::Join => Opening::Join { or_host: false },
            Entry::JoinOrHost => Opening::Join { or_host: true },
            Entry::Observe => Opening::Observe,
        };
        let name = self.plan.name.as_str();
        let mut config = PeerConfig::new("dailies", name, format!("run{}", self.run), entropy, opening);
        config.checkpoints = checkpoints;
        config.identity = Some(Identity { user: name.to_owned(), ..Identity::default() });
        config.capabilities = vec!["visibility".to_owned()];
        config
    }
}
