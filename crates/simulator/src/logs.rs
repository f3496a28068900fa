//! Sessions of bare logs: no peers, no clocks, no network, only operations that are made, undone and handed on in any
//! order. Many times lighter than a [`Plan`](crate::Plan), so that hundreds of thousands can be run; also what a fuzzer
//! drives.

mod draft;
mod existing;
mod kept;
mod run;

use crate::doing::Doing;
use crate::random::Random;

/// What is done at one log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// An edit, undo or redo.
    Edit(Doing),
    /// The clip timeline of a clip is added.
    AddClipTimeline,
    /// Taken back and done again at once: nothing may be left of it.
    UndoRedo,
    /// Some of what others made arrives, one by one.
    Receive,
    /// Some of what others made arrives together.
    ReceiveBatch,
    /// What is held is read anew from a disk, in another order.
    Restart,
    /// An existing peer that sees this log makes an edit; its clock may be wrong, or say nothing.
    OfExisting(Doing),
    /// The operation of an existing peer that was made last, or one before it, is stamped.
    Stamp,
    /// An existing peer makes an edit that reaches everybody by a stamp alone.
    StampLost(Doing),
}

impl Deed {
    /// How often each is drawn.
    const DRAWN: &[(u64, Self)] = &[
        (6, Self::Edit(Doing::SetName)),
        (4, Self::Edit(Doing::SetNested)),
        (2, Self::Edit(Doing::SetDictionary)),
        (3, Self::Edit(Doing::SetRange)),
        (2, Self::Edit(Doing::SetTimelineProperty)),
        (8, Self::Edit(Doing::InsertClip)),
        (5, Self::Edit(Doing::InsertKnown)),
        (2, Self::Edit(Doing::InsertGap)),
        (3, Self::Edit(Doing::InsertTrack)),
        (8, Self::Edit(Doing::MoveWithin)),
        (8, Self::Edit(Doing::MoveBetween)),
        (7, Self::Edit(Doing::RemoveItem)),
        (2, Self::Edit(Doing::RemoveTrack)),
        (2, Self::Edit(Doing::AddTimeline)),
        (2, Self::AddClipTimeline),
        (2, Self::Edit(Doing::RenameTimeline)),
        (3, Self::Edit(Doing::RemoveTimeline)),
        (3, Self::Edit(Doing::ReplaceTimeline)),
        (10, Self::Edit(Doing::Annotate)),
        (5, Self::Edit(Doing::ReplaceAnnotation)),
        (2, Self::Edit(Doing::ClearAnnotation)),
        (4, Self::Edit(Doing::WriteNote)),
        (3, Self::Edit(Doing::ChangeNote)),
        (1, Self::Edit(Doing::SetPeerRole)),
        (9, Self::Edit(Doing::Undo)),
        (5, Self::Edit(Doing::Redo)),
        (5, Self::UndoRedo),
        (22, Self::Receive),
        (12, Self::ReceiveBatch),
        (1, Self::Restart),
        (2, Self::OfExisting(Doing::SetName)),
        (1, Self::OfExisting(Doing::SetNested)),
        (2, Self::OfExisting(Doing::InsertClip)),
        (1, Self::OfExisting(Doing::InsertKnown)),
        (2, Self::OfExisting(Doing::MoveWithin)),
        (2, Self::OfExisting(Doing::RemoveItem)),
        (2, Self::OfExisting(Doing::Annotate)),
        (1, Self::OfExisting(Doing::ReplaceAnnotation)),
        (1, Self::OfExisting(Doing::ClearAnnotation)),
        (1, Self::OfExisting(Doing::AddTimeline)),
        (1, Self::OfExisting(Doing::ReplaceTimeline)),
        (2, Self::OfExisting(Doing::SetPeerRole)),
        (9, Self::Stamp),
        (1, Self::StampLost(Doing::SetName)),
        (1, Self::StampLost(Doing::InsertClip)),
        (1, Self::StampLost(Doing::Annotate)),
    ];
}

/// One thing that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// At which log.
    pub log: usize,
    /// What.
    pub deed: Deed,
    /// Its number; what it makes is named after it.
    pub number: u64,
    /// To what, where, how much: counted around what is there.
    pub picks: [u64; 3],
}

/// Everything that happens in one session of logs. The same plan always gives the same session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPlan {
    /// How many logs.
    pub logs: usize,
    /// What happens, in order.
    pub acts: Vec<Act>,
}

/// Acts that one input of a fuzzer stands for at most.
const ACTS_OF_BYTES_MAX: usize = 400;

impl LogPlan {
    /// The plan of a seed.
    pub fn draw(seed: u64) -> Self {
        let mut random = Random::of(&[seed, 1]);
        let few = random.chance(90);
        let logs = usize::try_from(random.between(2, if few { 4 } else { 8 })).unwrap_or(2);
        let few = random.chance(90);
        let count = random.between(20, if few { 120 } else { 400 });
        let acts = (1..=count).map(|number| Act {
            log: usize::try_from(random.below(logs as u64)).unwrap_or(0),
            deed: random.weighted(Deed::DRAWN).unwrap_or(Deed::Receive),
            number,
            picks: [(); 3].map(|()| random.below(1_000_000)),
        });
        Self { logs, acts: acts.collect() }
    }

    /// The plan that the bytes of a fuzzer stand for: three logs, five bytes an act.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        const LOGS: usize = 3;
        let acts = bytes.chunks_exact(5).take(ACTS_OF_BYTES_MAX).zip(1..).map(|(bytes, number)| Act {
            log: usize::from(bytes[0]) % LOGS,
            deed: Deed::DRAWN[usize::from(bytes[1]) % Deed::DRAWN.len()].1,
            number,
            picks: [2, 3, 4].map(|at| u64::from(bytes[at])),
        });
        Self { logs: LOGS, acts: acts.collect() }
    }

    /// Leaves out acts that the failure does not need; `fails` runs a plan, at most so many times.
    #[must_use]
    pub fn shrink(self, runs_max: u32, fails: &mut dyn FnMut(&Self) -> bool) -> Self {
        let mut best = self;
        let mut left = runs_max;
        let mut size = best.acts.len().div_ceil(2);
        while size > 0 && left > 0 {
            let mut from = best.acts.len();
            let before = from;
            while from > 0 && left > 0 {
                let to = from.min(best.acts.len());
                from = from.saturating_sub(size);
                let mut plan = best.clone();
                plan.acts.drain(from.min(to)..to);
                left -= 1;
                if fails(&plan) {
                    best = plan;
                }
            }
            let again = size == 1 && best.acts.len() < before;
            size = if again { 1 } else { size / 2 };
        }
        best
    }
}
