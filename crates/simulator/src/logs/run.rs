//! Running a plan of logs, and what must hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use session_log::{
    Change, Guid, HybridClock, NoEffect, Operation, OperationId, Outcome, SessionLog, SessionState,
};
use session_wire::{Envelope, Message, OperationFields};

use super::draft::draft;
use super::kept::{drawn, lost};
use super::{Act, Deed, LogPlan};
use crate::doing::Doing;
use crate::failure::Failure;
use crate::figures::{Figures, variant};
use crate::objects::annotated_timeline;
use crate::oracle::difference;
use crate::random::Random;

/// Microseconds between two acts; clocks are wrong by up to fifty of them.
pub(super) const ACT_US: u64 = 1_000;
pub(super) const BEGIN_US: u64 = 1_790_000_000_000_000;
const SKEW_US: u64 = 50 * ACT_US;

/// One log, and who makes operations in it.
#[derive(Default)]
pub(super) struct Author {
    name: String,
    pub(super) log: SessionLog,
    clock: HybridClock,
    skew_us: u64,
    seq: u64,
    /// What it made, to take back; and what it took back, to do again.
    done: Vec<Vec<OperationId>>,
    undone: Vec<Vec<OperationId>>,
    /// Operations that named what was not there when they came.
    unknown: Vec<OperationId>,
    /// Numbers of operations of others that are on their way.
    pending: Vec<usize>,
}

pub(super) struct Running {
    pub(super) authors: Vec<Author>,
    /// Every operation that was made.
    pub(super) made: Vec<Operation>,
    pub(super) figures: Figures,
    failure: Option<Failure>,
}

impl LogPlan {
    /// Runs it; tells what was exercised, and what went wrong where something did.
    pub fn run(&self) -> (Figures, Option<Failure>) {
        let mut running = Running::new(self.logs.max(2));
        for act in &self.acts {
            running.act(act);
            if running.failure.is_some() {
                break;
            }
        }
        if running.failure.is_none() {
            running.conclude();
        }
        (running.figures, running.failure)
    }
}

impl Running {
    fn new(logs: usize) -> Self {
        let author = |number: usize| Author {
            name: format!("author-{number}"),
            skew_us: Random::of(&[number as u64, 7]).below(SKEW_US),
            ..Author::default()
        };
        let mut running = Self {
            authors: (0..logs).map(author).collect(),
            made: Vec::new(),
            figures: Figures { seeds: 1, peers: logs as u64, ..Figures::default() },
            failure: None,
        };
        let add = session_wire::AddTimeline::new("t0", annotated_timeline("t0"), 0.0);
        running.make(0, 0, add.into(), &[]);
        for number in 1..logs {
            running.receive(number, usize::MAX, true, &mut Random::new(0));
        }
        running
    }

    pub(super) fn fail(&mut self, law: &'static str, detail: String) {
        self.failure.get_or_insert(Failure::new(law, detail));
    }

    fn act(&mut self, act: &Act) {
        let at = act.log % self.authors.len();
        let mut luck = Random::of(&[act.picks[0], act.picks[1], act.picks[2], act.number]);
        match act.deed {
            Deed::Edit(Doing::Undo) => drop(self.take_back(at, act)),
            Deed::Edit(Doing::Redo) => drop(self.do_again(at, act)),
            Deed::UndoRedo => self.turn_around(at, act),
            Deed::Receive => {
                self.receive(at, 1 + usize::try_from(act.picks[0] % 8).unwrap_or(0), false, &mut luck);
            }
            Deed::ReceiveBatch => {
                self.receive(at, 1 + usize::try_from(act.picks[0] % 40).unwrap_or(0), true, &mut luck);
            }
            Deed::Restart => self.restart(at, &mut luck),
            Deed::OfExisting(_) => self.make_of_existing(at, act),
            Deed::Stamp | Deed::StampLost(_) => self.make_stamp(at, act),
            Deed::Edit(_) | Deed::AddClipTimeline => {
                let Some(change) = draft(act, &self.authors[at].log) else { return };
                let id = self.make(at, act.number, change, &[]);
                let author = &mut self.authors[at];
                author.done.push(vec![id]);
                author.undone.clear();
            }
        }
    }

    /// Stamps a change, takes it in and sends it to all others.
    pub(super) fn make(
        &mut self,
        at: usize,
        number: u64,
        change: Change,
        undo_of: &[OperationId],
    ) -> OperationId {
        let author = &mut self.authors[at];
        author.seq += 1;
        let hlc = author.clock.tick(BEGIN_US + number * ACT_US + author.skew_us);
        let fields = OperationFields {
            hlc: Some(hlc),
            after: change.after,
            before: change.before,
            undo_of: undo_of.iter().map(ToString::to_string).collect(),
            ..OperationFields::new("run", author.seq)
        };
        let fields = match author.log.seen_by(&change.message) {
            Some(seen) => seen.said_in(fields),
            None => fields,
        };
        let envelope = Envelope::new("dailies", author.name.as_str(), change.message).with_operation(fields);
        let (id, operation) = match Operation::from_envelope(&Arc::new(envelope), 0) {
            Ok(Some(operation)) => (operation.id().clone(), operation),
            other => {
                self.fail("what is made is an operation", format!("{other:?}"));
                return OperationId { source: "".into(), run: "".into(), seq: 0 };
            }
        };
        self.hand_on(at, operation);
        id
    }

    /// Takes an operation in at one log and sends it to all others.
    pub(super) fn hand_on(&mut self, at: usize, operation: Operation) {
        let author = &mut self.authors[at];
        author.clock.observe(operation.stamp().hlc_us, u64::MAX);
        author.log.insert(operation.clone());
        self.made.push(operation);
        let made = self.made.len() - 1;
        for (_, other) in self.authors.iter_mut().enumerate().filter(|(other, _)| *other != at) {
            other.pending.push(made);
        }
    }

    fn take_back(&mut self, at: usize, act: &Act) -> Option<Vec<OperationId>> {
        let ids = self.authors[at].done.pop()?;
        let by = self.turn(at, act, &ids)?;
        self.authors[at].undone.push(by.clone());
        Some(by)
    }

    fn do_again(&mut self, at: usize, act: &Act) -> Option<Vec<OperationId>> {
        let ids = self.authors[at].undone.pop()?;
        let by = self.turn(at, act, &ids)?;
        self.authors[at].done.push(by.clone());
        self.figures.mark("undo.of_undo");
        Some(by)
    }

    /// Makes what takes operations back; others' strokes and notes stay.
    fn turn(&mut self, at: usize, act: &Act, ids: &[OperationId]) -> Option<Vec<OperationId>> {
        let log = &self.authors[at].log;
        let changes = log.inverse_of(ids);
        if changes.is_empty() {
            self.figures.mark("undo.overtaken");
            return None;
        }
        let before = drawn(log.state());
        let whole =
            |change: &Change| matches!(change.message, Message::RemoveTimeline(_) | Message::RemoveChild(_));
        let takes_along = changes.iter().any(whole);
        let by: Vec<OperationId> =
            changes.into_iter().map(|change| self.make(at, act.number, change, ids)).collect();
        let log = &self.authors[at].log;
        let undone: Vec<&Operation> = ids.iter().filter_map(|id| log.operation(id)).collect();
        if !takes_along {
            if let Some(lost) = lost(&before, log.state(), &undone) {
                let detail = format!("act {}: undoing {ids:?} loses {lost}", act.number);
                self.fail("undo leaves what others drew and wrote", detail);
                return None;
            }
            self.figures.mark("undo.others_kept");
        }
        Some(by)
    }

    /// Takes the latest back and does it again: it must be as it was.
    fn turn_around(&mut self, at: usize, act: &Act) {
        let before = self.authors[at].log.state().to_digest_text();
        let stood = timelines_of(self.authors[at].log.state());
        let Some(undone) = self.take_back(at, act) else { return };
        // Removing a sequence again takes clip timelines along that came since it was removed.
        let takes_more_along = holds_clips_of(&stood, self.authors[at].log.state());
        // Into what somebody removed nothing is moved again.
        if self.do_again(at, act).is_none() {
            return self.figures.mark("redo.overtaken");
        }
        let after = self.authors[at].log.state().to_digest_text();
        if after != before && !takes_more_along {
            let detail = format!("act {}: {undone:?}: {}", act.number, difference(&after, &before));
            return self.fail("undo and redo are opposites", detail);
        }
        self.figures.mark("undo.identity");
    }

    fn receive(&mut self, at: usize, count: usize, together: bool, luck: &mut Random) {
        let author = &mut self.authors[at];
        let mut arriving = Vec::new();
        while arriving.len() < count && !author.pending.is_empty() {
            let which = usize::try_from(luck.below(author.pending.len() as u64)).unwrap_or(0);
            arriving.push(author.pending.swap_remove(which));
        }
        // Some come a second time.
        if luck.chance(20)
            && let Some(first) = arriving.first().copied()
        {
            arriving.push(first);
        }
        let operations: Vec<Operation> = arriving.into_iter().map(|made| self.made[made].clone()).collect();
        for operation in &operations {
            author.clock.observe(operation.stamp().hlc_us, u64::MAX);
        }
        let outcomes = if together {
            author.log.insert_batch(operations)
        } else {
            operations.into_iter().map(|operation| author.log.insert(operation)).collect()
        };
        let gap = author.log.holdings().has_gaps();
        self.figures.mark_times("log.gap_beyond_the_frontier", u64::from(gap));
        let mut unknown: Vec<OperationId> = Vec::new();
        for inserted in outcomes {
            self.figures.messages += 1;
            if let Outcome::New { effect, redone } = inserted.outcome {
                self.figures.late += u64::from(redone > 0);
                self.figures.redos += redone as u64;
                self.figures.mark_times("log.late_slotted_in", u64::from(redone > 0 && effect.is_ok()));
                if matches!(effect, Err(NoEffect::UnknownTarget(_) | NoEffect::UnknownParent(_))) {
                    unknown.push(inserted.id);
                }
            }
        }
        self.authors[at].unknown.extend(unknown);
    }

    fn restart(&mut self, at: usize, luck: &mut Random) {
        let author = &mut self.authors[at];
        let mut held: Vec<Operation> = author.log.operations().cloned().collect();
        let before = author.log.state().to_digest_text();
        let mut log = SessionLog::new();
        while !held.is_empty() {
            let count = usize::try_from(1 + luck.below(held.len() as u64)).unwrap_or(1);
            let from = usize::try_from(luck.below((held.len() - count + 1) as u64)).unwrap_or(0);
            log.insert_batch(held.drain(from..from + count).collect());
        }
        let after = log.state().to_digest_text();
        author.log = log;
        self.figures.restarts += 1;
        if before != after {
            self.fail("a restored log is what it was", difference(&after, &before));
        }
    }

    /// Everything arrives everywhere; then all show the fold from scratch, and say the same of every operation.
    fn conclude(&mut self) {
        let mut luck = Random::new(self.made.len() as u64);
        for at in 0..self.authors.len() {
            let batch = luck.chance(50);
            self.receive(at, usize::MAX, batch, &mut luck);
        }
        // Stamps first, so that nothing ever stands elsewhere than in the end.
        let mut operations = self.made.clone();
        operations.sort_by(|one, other| {
            (one.stamps().is_none(), one.stamp()).cmp(&(other.stamps().is_none(), other.stamp()))
        });
        let mut fold = SessionLog::new();
        for operation in &operations {
            let inserted = fold.insert(operation.clone());
            self.mark_fold(&fold, operation, &inserted.outcome);
        }
        self.figures.operations = operations.len() as u64;
        let expected = fold.state().to_digest_text();
        let effects = effects_of(&fold);
        let mut differs = None;
        for author in &self.authors {
            let shown = author.log.state().to_digest_text();
            if shown != expected {
                differs = Some(format!("{} shows {}", author.name, difference(&shown, &expected)));
            } else if effects_of(&author.log) != effects {
                differs = Some(format!("{} says otherwise of an operation", author.name));
            } else if author.log.state().roles() != fold.state().roles() {
                differs = Some(format!("{} has other roles", author.name));
            }
        }
        let found = self.authors.iter().flat_map(|author| &author.unknown);
        let found = found.filter(|id| fold.effect(id).is_some_and(|effect| effect.is_ok())).count();
        self.figures.mark_times("log.effective_later", found as u64);
        if let Some(detail) = differs {
            self.fail("everybody shows the fold", detail);
        }
    }

    fn mark_fold(&mut self, fold: &SessionLog, operation: &Operation, outcome: &Outcome) {
        let Outcome::New { effect, .. } = outcome else { return };
        match effect {
            Ok(action) => self.figures.mark(&format!("effect.{}", variant(action))),
            Err(why) => self.figures.mark(&format!("no_effect.{}", variant(why))),
        }
        for mark in crate::marks::of_fold(fold.state(), operation, effect) {
            self.figures.mark(mark);
        }
    }
}

fn timelines_of(state: &SessionState) -> BTreeSet<Guid> {
    state.timelines().map(|(guid, _)| Guid::clone(guid)).collect()
}

/// Whether a timeline that came back holds a clip whose clip timeline stood without it.
fn holds_clips_of(stood: &BTreeSet<Guid>, state: &SessionState) -> bool {
    let clips = || state.clip_timelines().iter().filter(|(_, timeline)| stood.contains(*timeline));
    let mut back = state.timelines().filter(|(guid, _)| !stood.contains(*guid));
    back.any(|(_, document)| clips().any(|(clip, _)| document.find(clip).is_some()))
}

/// What every operation did.
fn effects_of(log: &SessionLog) -> BTreeMap<&OperationId, String> {
    log.operations().map(|operation| (operation.id(), format!("{:?}", log.effect(operation.id())))).collect()
}
