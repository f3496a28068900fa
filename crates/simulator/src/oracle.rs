//! What must hold: during a session, and when it is over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lossless_json::{Object, Style, Value};
use session_core::{CommandError, Peer, Reply};
use session_log::{Base, Guid, Operation, OperationId, SessionLog, Settled};
use session_wire::{Envelope, Message};

use crate::commands::command;
use crate::covered::Covered;
use crate::doing::Doing;
use crate::failure::Failure;
use crate::figures::variant;
use crate::plan::Step;
use crate::random::pick;
use crate::session::Session;
use crate::sight::Sight;

const HEARTBEAT_US: u64 = session_core::limits::HEARTBEAT_INTERVAL_US;
/// How often it is looked whether all agree.
const LOOK_US: u64 = 20_000;
/// What an existing peer may take until it takes over, or ours until they stop asking it.
const EXISTING_PATIENCE_US: u64 = session_core::limits::ROSTER_LIVENESS_US;
/// How long the view may take beyond the log, in heartbeats: it is fetched where it differed for two of them.
const VIEW_HEARTBEATS: u64 = 5;
/// How long it is waited beyond the promise, so that what is late is told from what never comes.
const PATIENCE: u64 = 10;

impl Session<'_> {
    /// Carries out a step that is a command; what came of it where it could be given.
    pub(crate) fn do_command(&mut self, step: &Step, doing: Doing) -> Option<Result<Reply, CommandError>> {
        let state = self.nodes[step.peer].peer.as_ref()?.log().state();
        let given = command(step, doing, &Sight::of(state), state)?;
        let came_to = self.hand_command(step.peer, given)?;
        match &came_to {
            Ok(_) => self.figures.mark(&format!("command.{}", doing.word())),
            Err(error) => {
                self.figures.refusals += 1;
                self.figures.mark(&format!("refused.{}", variant(error)));
            }
        }
        Some(came_to)
    }

    /// A command, taken back and done again at one instant: nobody interferes, so each is the other's opposite.
    pub(crate) fn turn_around(&mut self, step: &Step) {
        let Some(doing) = pick(Doing::TURNED, step.picks[2] / 7).copied() else { return };
        // Another range is another frame for an annotation clip, which may merge it into another clip; undo does not
        // part them again (SHORTCOMINGS, "Undo of a merge").
        if doing == Doing::SetRange && Sight::names_annotation(step.picks[0]) {
            return;
        }
        let Some(before) = self.shown(step.peer) else { return };
        let Some(Ok(reply)) = self.do_command(step, doing) else { return };
        let Some(after) = self.shown(step.peer) else { return };
        // Where nothing changed nothing can be taken back.
        if reply.operations.is_empty() || before == after {
            return;
        }
        for (turn, expected) in [(Doing::Undo, &before), (Doing::Redo, &after)] {
            match self.do_command(step, turn) {
                Some(Ok(_)) => {}
                Some(Err(error)) => return self.turn_refused(step, doing, turn, &error),
                None => return,
            }
            let exact = turn == Doing::Redo || comes_back_exactly(doing);
            let Some(shown) = self.shown(step.peer).filter(|_| exact) else { continue };
            if shown != *expected {
                let detail = format!(
                    "step {}: {} of {} leaves {}",
                    step.number,
                    turn.word(),
                    doing.word(),
                    difference(&shown, expected)
                );
                return self.fail(Failure::new("undo and redo are opposites", detail));
            }
        }
        self.figures.mark("turned_around");
    }

    fn turn_refused(&mut self, step: &Step, doing: Doing, turn: Doing, error: &CommandError) {
        let detail = format!("step {}: {} of {}: {error}", step.number, turn.word(), doing.word());
        self.fail(Failure::new("one's own work can be taken back", detail));
    }

    fn shown(&self, number: usize) -> Option<String> {
        Some(bytes(self.nodes[number].peer.as_ref()?.log()))
    }

    /// Ends the mishaps and sees to it that all agree in time, and on the right thing.
    pub(crate) fn conclude(&mut self) {
        self.end_mishaps();
        let healed_us = self.now_us;
        let promised_us = 3 * (2 * self.plan.network.latency_most_us + HEARTBEAT_US) + self.patience_us();
        while !self.has_failed() && !self.agree() && self.now_us < healed_us + PATIENCE * promised_us {
            self.run_until(self.now_us + LOOK_US);
        }
        let took_us = self.now_us - healed_us;
        self.figures.agreed_us = took_us;
        self.figures.agreed_of_promise = took_us * 1_000 / promised_us;
        self.figures.virtual_us = self.now_us;
        if self.has_failed() {
            return;
        }
        if took_us > promised_us {
            let law = if self.agree() { "all agree in time" } else { "all agree" };
            let detail = format!("{took_us} µs, promised are {promised_us} µs: {}", self.lacking());
            return self.fail(Failure::new(law, detail));
        }
        self.compare_with_fold();
        self.run_until(self.now_us + VIEW_HEARTBEATS * HEARTBEAT_US);
        if self.plan.existing.is_empty() {
            self.compare_views();
        } else {
            self.conclude_mixed();
        }
    }

    /// How long existing peers may keep ours waiting: a master of theirs that has nothing does not answer.
    fn patience_us(&self) -> u64 {
        if self.plan.existing.is_empty() { 0 } else { EXISTING_PATIENCE_US }
    }

    pub(crate) fn running(&self) -> impl Iterator<Item = (&str, &Peer)> {
        self.nodes.iter().filter_map(|node| Some((node.plan.name.as_str(), node.peer.as_ref()?)))
    }

    /// All operations that somebody holds, by their place.
    fn union(&self) -> BTreeMap<OperationId, Operation> {
        let held = self.running().flat_map(|(_, peer)| peer.log().operations());
        held.map(|operation| (operation.id().clone(), operation.clone())).collect()
    }

    /// Whether everybody takes part and holds what anybody holds.
    fn agree(&self) -> bool {
        let mut peers = self.running().map(|(_, peer)| peer);
        let all_synced = self.nodes.iter().all(|node| node.peer.is_none() || node.synced);
        let Some(first) = peers.next() else { return true };
        all_synced
            && peers.all(|peer| {
                let (one, other) = (peer.log().holdings(), first.log().holdings());
                one.frontier() == other.frontier() && one.existing_summary() == other.existing_summary()
            })
    }

    fn lacking(&self) -> String {
        let union = self.union();
        let told = self.running().map(|(name, peer)| {
            let lacks: Vec<String> =
                union.keys().filter(|id| !peer.log().contains(id)).map(ToString::to_string).take(3).collect();
            format!(
                "{name} is {} and holds {} of {}, lacks {lacks:?}",
                peer.status(),
                peer.log().len(),
                union.len()
            )
        });
        told.collect::<Vec<_>>().join("; ")
    }

    /// All agree: where one began with the state of an existing master, all did, or with one that was settled on it.
    fn agreed_base(&self) -> Option<&Base> {
        let settled = self.latest_settled().and_then(|settled| Covered::by(settled, &self.history).base);
        let settled = settled.and_then(|base| self.bases.get(base));
        settled.or_else(|| self.running().find_map(|(_, peer)| peer.log().base())).map(Arc::as_ref)
    }

    fn latest_settled(&self) -> Option<&Settled> {
        let settled = self.running().filter_map(|(_, peer)| peer.log().settled());
        settled.max_by(|one, other| one.upto().cmp(other.upto()))
    }

    /// What the session consists of: what somebody holds, and what is settled. Of the latter the operations are taken from
    /// where they were first seen.
    fn all_operations(&self) -> BTreeMap<OperationId, Operation> {
        let mut all = self.union();
        let Some(settled) = self.latest_settled() else { return all };
        let covered = Covered::by(settled, &self.history);
        for (id, operation) in &self.history {
            if covered.has(operation) {
                all.entry(id.clone()).or_insert_with(|| operation.clone());
            }
        }
        all
    }

    /// Everybody's bytes are those of a fold from scratch, in the order of the stamps, of what came over the wire.
    fn compare_with_fold(&mut self) {
        let mut operations: Vec<Operation> = self.all_operations().into_values().collect();
        operations.sort_by(|one, other| one.stamp().cmp(other.stamp()));
        let mut fold = SessionLog::new();
        if let Some(base) = self.agreed_base() {
            let _ = fold.adopt_base(Base::clone(base));
        }
        for operation in &operations {
            let read = Envelope::decode(operation.envelope().encode().as_bytes()).ok();
            let read =
                read.and_then(|envelope| Operation::from_envelope(&Arc::new(envelope), 0).ok().flatten());
            let read = read.unwrap_or_else(|| operation.clone());
            if let session_log::Outcome::New { effect, .. } = fold.insert(read.clone()).outcome {
                for mark in crate::marks::of_fold(fold.state(), &read, &effect) {
                    self.figures.mark(mark);
                }
            }
        }
        self.figures.operations = operations.len() as u64;
        self.mark_effects(&fold);
        let expected = bytes(&fold);
        let differs = self.running().find_map(|(name, peer)| {
            let shown = bytes(peer.log());
            if shown == expected {
                let roles = peer.log().state().roles() == fold.state().roles();
                return (!roles).then(|| format!("{name} has other roles"));
            }
            Some(format!("{name} shows {}", difference(&shown, &expected)))
        });
        if let Some(detail) = differs {
            self.fail(Failure::new("everybody shows the fold", detail));
        }
        if let Some(lost) = self.lost(&fold) {
            self.fail(Failure::new("nothing is lost", lost));
        }
    }

    /// What a disk has that nobody holds, and whose author, who has it on its own disk, did not make it anew.
    fn lost(&mut self, fold: &SessionLog) -> Option<String> {
        let settled = self.latest_settled().cloned();
        let made: BTreeSet<(Guid, String)> = fold
            .operations()
            .map(|operation| (Guid::clone(&operation.id().source), said(operation.message())))
            .collect();
        let running = self.nodes.iter().filter(|node| node.peer.is_some());
        let persisted = running.flat_map(|node| node.disk.iter().map(move |envelope| (node, envelope)));
        let mut left_behind = 0;
        for (node, envelope) in persisted {
            let Some(operation) = Operation::from_envelope(envelope, 0).ok().flatten() else { continue };
            let id = operation.id();
            if fold.contains(id) {
                continue;
            }
            let too_late = settled.as_ref().is_some_and(|settled| operation.stamp() <= settled.upto());
            let uncertain = settled.as_ref().is_some_and(|settled| settled.may_hold(operation.stamp()));
            let is_own = *id.source == *node.plan.name;
            let anew = made.contains(&(Guid::clone(&id.source), said(operation.message())));
            let is_checkpoint = matches!(operation.message(), Message::Checkpoint(_));
            if !too_late || (is_own && !anew && !uncertain && !is_checkpoint) {
                return Some(format!("{} has {id} on its disk, and nobody holds it", node.plan.name));
            }
            left_behind += 1;
        }
        self.figures.mark_times("checkpoint.left_behind", left_behind);
        None
    }

    fn mark_effects(&mut self, fold: &SessionLog) {
        for operation in fold.operations() {
            let mark = match fold.effect(operation.id()) {
                Some(Ok(action)) => format!("effect.{}", variant(action)),
                Some(Err(why)) => format!("no_effect.{}", variant(why)),
                None => continue,
            };
            self.figures.mark(&mark);
        }
    }

    fn compare_views(&mut self) {
        if let Some(detail) = self.another_view() {
            self.fail(Failure::new("all look at the same", detail));
        }
    }

    fn another_view(&self) -> Option<String> {
        let mut views = self.running().map(|(name, peer)| (name, looks_at(peer)));
        let (first, expected) = views.next()?;
        let (name, view) = views.find(|(_, view)| *view != expected)?;
        Some(format!("{first} looks at {expected}, {name} at {view}"))
    }
}

fn looks_at(peer: &Peer) -> String {
    let text = |object: &Object| Value::from(object.clone()).to_text(Style::Digest);
    let view = peer.view();
    format!("{} {} {:?}", text(&view.playback()), text(&view.display()), view.active_timeline())
}

/// Whether taking back leaves the bytes that were there before. Not so, and known (SHORTCOMINGS): what sets a key of
/// metadata for the first time ("Undo of a new key"); the first drawing or note of a clip, whose clip timeline stays
/// since others use it too.
const fn comes_back_exactly(doing: Doing) -> bool {
    !matches!(
        doing,
        Doing::SetNested | Doing::SetDictionary | Doing::Annotate | Doing::WriteNote | Doing::ChangeNote
    )
}

/// What a message says, whenever it was made.
fn said(message: &Message) -> String {
    let mut body = message.body();
    if let Some(body) = body.as_object_mut() {
        body.remove("sync_timestamp");
    }
    format!("{} {}", message.event(), body.to_text(Style::Digest))
}

/// What a log shows, in digest form.
fn bytes(log: &SessionLog) -> String {
    log.state().to_digest_text()
}

/// Where two texts part, with what stands around.
pub fn difference(shown: &str, expected: &str) -> String {
    let at = shown.bytes().zip(expected.bytes()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| {
        let bytes = text.as_bytes();
        let part = &bytes[at.saturating_sub(120).min(bytes.len())..(at + 120).min(bytes.len())];
        String::from_utf8_lossy(part).into_owned()
    };
    format!("{}\ninstead of {}", around(shown), around(expected))
}
