//! Sending what puts existing peers right: after quiet, slowly enough, and never the same for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use session_log::Guid;
use session_wire::{AddTimeline, Envelope, Message, OperationFields, ReplaceTimeline};

use super::compare::{Comparison, Verdict};
use super::doubts::{Doubts, ObjectDoubt, ParentDoubt, TimelineDoubt};
use super::onlooker::Onlooker;
use super::touch::{Touch, touches};
use crate::clock::{Now, seconds};
use crate::commands::{set_timestamp, unreadable_elsewhere};
use crate::config::Delivery;
use crate::effect::Warning;
use crate::limits::{
    REPAIR_PASSES, REPAIR_PASSES_UNNOTICED, REPAIR_REST_MAX_US, REPAIR_STORM_US, REPAIRS_OF_ONE_MAX,
    REPAIRS_PER_SECOND, SECOND_US,
};
use crate::output::Output;
use crate::peer::Peer;

/// What was repaired lately, and how often.
#[derive(Debug, Default)]
pub(crate) struct Repaired {
    objects: BTreeMap<Guid, Again>,
    second_us: u64,
    in_second: usize,
    messages: u64,
    bytes: u64,
    pub(super) upto: Option<f64>,
    /// What the messages of one round touched.
    lately: Vec<(Guid, Touch)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Again {
    times: u32,
    since_us: u64,
    last_us: u64,
}

impl Again {
    /// Each time that it had to be repaired again soon, it is left alone for twice as long.
    fn rest_us(self) -> u64 {
        let Some(over) = self.times.checked_sub(REPAIRS_OF_ONE_MAX) else { return 0 };
        (SECOND_US << over.min(16)).min(REPAIR_REST_MAX_US)
    }

    fn is_over(self, now: Now) -> bool {
        let since_us = if self.rest_us() == 0 { self.since_us } else { self.last_us + 2 * self.rest_us() };
        now.since(since_us) > REPAIR_STORM_US
    }
}

impl Repaired {
    fn rests_until_us(&self, object: &str) -> u64 {
        self.objects.get(object).map_or(0, |again| match again.rest_us() {
            0 => 0,
            rest_us => again.last_us + rest_us,
        })
    }

    /// Notes a repair. Whether it begins to look as if somebody undoes it each time.
    fn note(&mut self, object: &Guid, now: Now) -> bool {
        self.objects.retain(|_, again| !again.is_over(now));
        let since_us = now.monotonic_us;
        let again = self.objects.entry(Guid::clone(object)).or_insert(Again { since_us, ..Again::default() });
        again.times += 1;
        again.last_us = now.monotonic_us;
        again.times == REPAIRS_OF_ONE_MAX
    }

    pub(super) fn note_timestamp(&mut self, message: &Message) {
        let said = message.sync_timestamp().filter(|said| said.is_finite());
        self.upto = [self.upto, said].into_iter().flatten().reduce(f64::max);
    }

    /// When more may be sent.
    fn admits_from_us(&mut self, now: Now) -> u64 {
        if now.since(self.second_us) >= SECOND_US {
            (self.second_us, self.in_second) = (now.monotonic_us, 0);
        }
        if self.in_second < REPAIRS_PER_SECOND { now.monotonic_us } else { self.second_us + SECOND_US }
    }
}

/// What was done in one round already: no object is taken out, and no timeline replaced, twice in it.
#[derive(Debug, Default)]
struct Round {
    rebuilt: BTreeSet<Guid>,
    replaced: BTreeSet<Guid>,
}

impl Peer {
    /// How many messages and bytes were sent to put existing peers right.
    pub fn repairs_sent(&self) -> (u64, u64) {
        (self.steward.repaired.messages, self.steward.repaired.bytes)
    }

    /// When the steward has something to look at.
    pub(crate) fn steward_due_us(&self) -> Option<u64> {
        if !self.link_up {
            return None;
        }
        let snapshots = self.steward.to_serve.values().map(|due| (*due).max(self.steward.lacks_until_us));
        let whole = self.steward.losses.due_us();
        snapshots.chain(self.steward.reassert_us).chain(self.steward.doubts.due_us()).chain(whole).min()
    }

    /// Looks at what has been left alone for long enough, and puts it right.
    pub(crate) fn drive_steward(&mut self, now: Now) {
        // What is said while the link is down is said too late.
        if !self.link_up {
            return;
        }
        self.claim_mastership_when_due(now);
        self.give_state_after_losses(now);
        self.give_due_states(now);
        self.give_up_on_stranger(now);
        if self.steward.reassert_us.take_if(|due| now.monotonic_us >= *due).is_some()
            && !self.steward.existing.is_empty()
        {
            self.reassert_mastership();
        }
        if self.looks_after_existing(now) {
            self.try_strangers(now);
            self.repair_due(now);
        }
    }

    fn repair_due(&mut self, now: Now) {
        if self.steward.doubts.due_us().is_none_or(|due| now.monotonic_us < due) {
            return;
        }
        let from_us = self.steward.repaired.admits_from_us(now).max(self.steward.doubtful_until_us);
        if now.monotonic_us < from_us {
            self.steward.doubts.wait_until(from_us);
            return;
        }
        let repaired = &self.steward.repaired;
        let due = self.steward.doubts.take_due(now, |guid| repaired.rests_until_us(guid));
        let mut round = Round::default();
        for (guid, doubt) in &due.timelines {
            self.look_at_timeline(guid, &doubt.of, &mut round, now);
        }
        // From the outside in: what stands in something that is put in anew is right already.
        let mut parents: Vec<(usize, &Guid)> =
            due.parents.keys().map(|guid| (self.depth_of(guid), guid)).collect();
        parents.sort();
        for (_, guid) in parents {
            if let Some(doubt) = due.parents.get(guid) {
                self.look_at_parent(guid, &doubt.of, &mut round, now);
            }
        }
        for (guid, doubt) in &due.objects {
            self.look_at_object(guid, &doubt.of, &mut round, now);
        }
        self.repair_again_where_lost(due, now);
    }

    /// Nobody tells of a repair that got lost: without a sign of losses, what was sent is sent again a few times.
    fn repair_again_where_lost(&mut self, mut due: Doubts, now: Now) {
        let sent = std::mem::take(&mut self.steward.repaired.lately);
        if self.loses_messages(now) {
            self.steward.doubts.put_back_for_another_pass(&due, REPAIR_PASSES, now);
        } else if self.config.delivery == Delivery::Lossy {
            due.keep_only(&sent, now);
            self.steward.doubts.put_back_for_another_pass(&due, REPAIR_PASSES_UNNOTICED, now);
        }
    }

    fn look_at_timeline(&mut self, guid: &Guid, doubt: &TimelineDoubt, round: &mut Round, now: Now) {
        if let Some(verdict) = self.compared(|with| with.timeline(guid, doubt)) {
            self.do_about(guid, verdict, round, now);
        }
    }

    fn look_at_parent(&mut self, guid: &Guid, doubt: &ParentDoubt, round: &mut Round, now: Now) {
        if let Some(verdict) = self.compared(|with| with.parent(guid, doubt)) {
            self.do_about(guid, verdict, round, now);
        }
    }

    fn look_at_object(&mut self, guid: &Guid, doubt: &ObjectDoubt, round: &mut Round, now: Now) {
        if let Some(verdict) = self.compared(|with| with.object(guid, doubt)) {
            self.do_about(guid, verdict, round, now);
        }
    }

    fn compared(&self, question: impl FnOnce(&Comparison<'_>) -> Verdict) -> Option<Verdict> {
        let onlooker = self.steward.onlooker.as_ref()?;
        let (traces, delivery) = (&self.steward.traces, self.config.delivery);
        Some(question(&Comparison { state: self.log.state(), onlooker, traces, delivery }))
    }

    fn depth_of(&self, guid: &str) -> usize {
        let state = self.log.state();
        let found = state.locate(guid).and_then(|(timeline, node)| Some((state.timeline(&timeline)?, node)));
        found.map_or(0, |(document, node)| document.ancestors(node).count())
    }

    fn do_about(&mut self, guid: &Guid, verdict: Verdict, round: &mut Round, now: Now) {
        match verdict {
            Verdict::Send(messages) => self.repair(guid, messages, now),
            Verdict::Rebuild { parent, child } => {
                if round.rebuilt.insert(Guid::clone(&child)) {
                    self.look_at_parent(&parent, &ParentDoubt::of_member(child), round, now);
                }
            }
            Verdict::Replace { timeline } => {
                if round.replaced.insert(Guid::clone(&timeline)) {
                    self.replace_at_existing(&timeline, round, now);
                }
            }
            Verdict::LookInside { timeline } => self.look_inside(&timeline, round, now),
        }
    }

    /// Compares everything in a timeline, from the outside in.
    fn look_inside(&mut self, timeline: &Guid, round: &mut Round, now: Now) {
        if self.steward.onlooker.as_ref().is_some_and(|held| held.timeline(timeline).is_none()) {
            self.look_at_timeline(timeline, &TimelineDoubt::default(), round, now);
            return;
        }
        let Some(document) = self.log.state().timeline(timeline) else { return };
        let nodes = document.root().into_iter().flat_map(|root| document.descend(root));
        let guids: Vec<Guid> = nodes.filter_map(|node| document.guid(node)).map(Guid::from).collect();
        for guid in guids {
            if round.replaced.contains(timeline) {
                return;
            }
            self.look_at_parent(&guid, &ParentDoubt::default(), round, now);
            self.look_at_object(&guid, &ObjectDoubt::default(), round, now);
        }
    }

    /// Sends a timeline whole. A clip whose clip timeline is replaced leaves its sequence in the map of existing peers, so
    /// that is put in anew after it.
    fn replace_at_existing(&mut self, timeline: &Guid, round: &mut Round, now: Now) {
        let Some(document) = self.log.state().timeline(timeline) else { return };
        let whole = document.to_value();
        if let Some(why) = unreadable_elsewhere(document) {
            self.warn(Warning::NewerSchema, format!("existing peers do not get timeline {timeline}: {why}"));
            return;
        }
        let clip_timelines = self.log.state().clip_timelines().iter();
        let clip = clip_timelines.filter(|(_, of)| *of == timeline).map(|(clip, _)| Guid::clone(clip)).next();
        let known = |onlooker: &Onlooker| onlooker.timeline(timeline).is_some();
        let mut messages: Vec<Message> = Vec::new();
        if !self.steward.onlooker.as_ref().is_some_and(known) {
            // Some applications show only what was added; who holds the timeline ignores this.
            messages.push(AddTimeline::new(&**timeline, whole.clone(), 0.0).into());
        }
        messages.push(ReplaceTimeline::new(&**timeline, whole, 0.0).into());
        self.repair(timeline, messages, now);
        if let Some(clip) = clip {
            self.look_at_parent_of(&clip, round, now);
        }
    }

    fn look_at_parent_of(&mut self, clip: &Guid, round: &mut Round, now: Now) {
        let state = self.log.state();
        let parent = state.locate(clip).filter(|(timeline, node)| state.stands(timeline, *node));
        let parent = parent.and_then(|(timeline, node)| {
            let document = state.timeline(&timeline)?;
            document.guid(document.parent(node)?).map(Guid::from)
        });
        if let Some(parent) = parent.filter(|_| round.rebuilt.insert(Guid::clone(clip))) {
            self.look_at_parent(&parent, &ParentDoubt::of_member(Guid::clone(clip)), round, now);
        }
    }

    fn repair(&mut self, object: &Guid, messages: Vec<Message>, now: Now) {
        if messages.is_empty() {
            return;
        }
        if self.steward.repaired.note(object, now) {
            let detail = format!(
                "{object} is put right for existing peers again and again: somebody changes it back each time; it is left alone for longer and longer"
            );
            self.warn(Warning::RepairStorm, detail);
        }
        for message in messages {
            self.send_repair(message, now);
        }
    }

    /// Never what would raise: it would cost an existing peer the rest of what it received.
    fn send_repair(&mut self, mut message: Message, now: Now) {
        set_timestamp(&mut message, seconds(self.clock.tick(now.wall_us)));
        let Some(onlooker) = &mut self.steward.onlooker else { return };
        if onlooker.apply(&message).is_err() {
            self.warn(Warning::NotRepaired, format!("{} cannot be sent to existing peers", message.event()));
            return;
        }
        let own = Guid::clone(&self.own);
        if self.config.delivery == Delivery::Lossy {
            self.steward.repaired.lately.extend(touches(&message, self.log.state()));
        }
        self.note_touches(&message, &own, true, now);
        self.steward.repaired.note_timestamp(&message);
        let fields = OperationFields { repair: true, ..OperationFields::new(&*self.run, 0) };
        let envelope =
            Envelope::new(self.config.session.as_str(), &*self.own, message).with_operation(fields);
        self.steward.repaired.in_second += 1;
        self.steward.repaired.messages += 1;
        self.steward.repaired.bytes += envelope.encode().len() as u64;
        self.output(Output::Send { envelope: Arc::new(envelope), to: None });
    }
}
