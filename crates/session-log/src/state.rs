//! What a session's operations fold to.

use std::collections::BTreeMap;

use lossless_json::{Object, Style, TextWriter, Value};
use otio_document::{Document, NodeId};
use session_wire::Message;
use smallvec::SmallVec;

use crate::checkpoint::place_of;
use crate::graves::Grave;
use crate::hash::HashMap;
use crate::journal::{Brought, SessionStep, Step, Undo};
use crate::replica::TimelineReplica;
use crate::roles::Roles;
use crate::{Action, Guid, NoEffect, Operation, Stamp};

/// The timelines of a session and the roles of its users, as the operations so far make them.
#[derive(Debug, Default)]
pub struct SessionState {
    pub(crate) timelines: BTreeMap<Guid, Box<TimelineReplica>>,
    pub(crate) order: Vec<Guid>,
    /// Timelines that were removed or replaced, by GUID, the youngest last.
    pub(crate) graves: BTreeMap<Guid, Vec<Grave>>,
    /// How many timelines were read: the number of the next one. Tells apart those of one GUID; shows nowhere.
    pub(crate) read: u64,
    /// Which timelines may hold an object, nearly always one. Kept when one leaves: look-up asks the timeline itself.
    pub(crate) holders: HashMap<Guid, SmallVec<[Guid; 1]>>,
    pub(crate) clip_timelines: BTreeMap<Guid, Guid>,
    pub(crate) roles: Roles,
}

/// An object, and the timeline that holds it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) timeline: Guid,
    /// The number of the timeline.
    pub(crate) number: u64,
    pub(crate) node: NodeId,
}

impl Found {
    /// What an operation changed in the timeline.
    pub(crate) fn undo(self, steps: Vec<Step>) -> Undo {
        Undo::InTimeline { timeline: self.timeline, number: self.number, steps }
    }
}

/// What an operation did, and how to take it back.
pub(crate) type Applied = (Action, Undo);

impl SessionState {
    /// The timelines in the order in which they came, clip timelines included.
    pub fn timelines(&self) -> impl Iterator<Item = (&Guid, &Document)> {
        self.order.iter().filter_map(|guid| Some((guid, self.timeline(guid)?)))
    }

    /// One timeline.
    pub fn timeline(&self, guid: &str) -> Option<&Document> {
        self.timelines.get(guid).map(|replica| &replica.document)
    }

    /// The clip timeline of each clip that has one.
    pub fn clip_timelines(&self) -> &BTreeMap<Guid, Guid> {
        &self.clip_timelines
    }

    /// Whether a timeline is the clip timeline of some clip.
    pub fn is_clip_timeline(&self, guid: &str) -> bool {
        self.timelines.get(guid).is_some_and(|replica| replica.clip.is_some())
    }

    /// The roles of the session's users.
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// The timeline and node that an edit to a GUID reaches.
    ///
    /// A clip stands in its sequence and again in its clip timeline; edits reach the sequence. Where several
    /// sequences hold the GUID it is the one that stands and got the object last, as in the reference. A removed
    /// object is still found (see [`SessionState::stands`]); a GUID that was merged into another annotation clip
    /// leads to that clip.
    pub fn locate(&self, guid: &str) -> Option<(Guid, NodeId)> {
        let (replica, node) = self.standing_bearer(guid)?;
        Some((replica.guid.clone(), node))
    }

    fn standing_bearer(&self, guid: &str) -> Option<(&TimelineReplica, NodeId)> {
        match self.holders.get(guid)?.as_slice() {
            [only] => self.timelines.get(only).and_then(|replica| Some((&**replica, replica.node(guid)?))),
            holders => self.standing_bearer_among(holders, guid),
        }
    }

    /// Where an object stands in sequences; the same GUID may in several.
    pub fn places(&self, guid: &str) -> Vec<(Guid, NodeId)> {
        let holders = self.holders.get(guid).into_iter().flatten();
        let held = holders.filter_map(|holder| Some((holder, self.timelines.get(holder)?)));
        let sequences = held.filter(|(_, replica)| replica.clip.is_none());
        let nodes = sequences.filter_map(|(holder, replica)| Some((holder, replica, replica.node(guid)?)));
        let standing = nodes.filter(|(_, replica, node)| replica.stands(*node));
        standing.map(|(holder, _, node)| (Guid::clone(holder), node)).collect()
    }

    fn standing_bearer_among(&self, holders: &[Guid], guid: &str) -> Option<(&TimelineReplica, NodeId)> {
        let candidates = holders.iter().filter_map(|holder| {
            let replica = self.timelines.get(holder)?;
            let node = replica.node(guid)?;
            let got_at: Option<&Stamp> = replica.placed.get(&node).max(replica.mapped.as_ref());
            let place = self.order.iter().position(|timeline| timeline == holder);
            Some(((replica.clip.is_none(), replica.stands(node), got_at, place), &**replica, node))
        });
        candidates.max_by(|a, b| a.0.cmp(&b.0)).map(|(_, replica, node)| (replica, node))
    }

    /// The same, and where no timeline that stands holds the object, one that was removed or replaced, the youngest
    /// first.
    pub(crate) fn find(&self, guid: &str) -> Option<Found> {
        if let Some((replica, node)) = self.standing_bearer(guid) {
            return Some(Found { timeline: replica.guid.clone(), number: replica.number, node });
        }
        let lying = self.holders.get(guid)?.iter().filter_map(|holder| self.graves.get(holder));
        let lying = lying.flat_map(|graves| graves.iter().rev());
        let holding = lying.filter_map(|grave| Some((grave.replica.as_ref(), grave.replica.node(guid)?)));
        // By the operation that brought it: numbers depend on what was undone and done again.
        let (replica, node) = holding
            .max_by_key(|(replica, _)| (replica.clip.is_none(), replica.mapped.clone(), &replica.guid))?;
        Some(Found { timeline: replica.guid.clone(), number: replica.number, node })
    }

    /// Whether an object is part of a timeline as it is shown, rather than removed.
    pub fn stands(&self, timeline: &str, node: NodeId) -> bool {
        self.timelines.get(timeline).is_some_and(|replica| replica.stands(node))
    }

    /// The annotation clip that took in the strokes of another one, where that happened.
    pub fn canonical_annotation<'a>(&'a self, timeline: &str, guid: &'a str) -> &'a str {
        self.timelines.get(timeline).map_or(guid, |replica| replica.canonical(guid))
    }

    /// `{timelines: {guid: timeline}, timeline_order: [guid…]}`.
    pub fn to_value(&self) -> Value {
        let timelines: Object =
            self.timelines().map(|(guid, document)| (guid.as_ref(), document.to_value())).collect();
        let order: Vec<&str> = self.order.iter().map(AsRef::as_ref).collect();
        [("timelines", Value::from(timelines)), ("timeline_order", Value::from(order))]
            .into_iter()
            .collect::<Object>()
            .into()
    }

    /// The digest form of [`SessionState::to_value`], made without making a value of it: two states that show the same
    /// have the same text.
    pub fn to_digest_text(&self) -> String {
        let mut writer = TextWriter::new(Style::Digest);
        self.write(&mut writer);
        writer.into_text()
    }

    /// Writes what [`SessionState::to_value`] says, keys in order, without making a value of it.
    fn write(&self, writer: &mut TextWriter) {
        writer.begin_object();
        writer.key("timeline_order");
        writer.value(&Value::from(self.order.iter().map(AsRef::as_ref).collect::<Vec<&str>>()));
        writer.key("timelines");
        writer.begin_object();
        let timelines: BTreeMap<&Guid, &Document> = self.timelines().collect();
        for (guid, document) in timelines {
            writer.key(guid);
            document.write(writer);
        }
        writer.end_object();
        writer.end_object();
    }

    /// Does an operation at the end of the fold. `kept` is what [`SessionState::revert`] gave back for it.
    pub(crate) fn apply(
        &mut self,
        operation: &Operation,
        kept: Option<Brought>,
    ) -> Result<Applied, NoEffect> {
        if operation.is_repair() {
            return Err(NoEffect::Repair);
        }
        if operation.is_untimed() && !matches!(operation.message(), Message::SetPeerRole(_)) {
            return Err(NoEffect::Untimed);
        }
        self.check_author(operation)?;
        match operation.message() {
            Message::SetProperty(body) => self.set_property(operation, body),
            Message::InsertChild(body) => self.insert_child(operation, body, kept),
            Message::MoveChild(body) => self.move_child(operation, body),
            Message::RemoveChild(body) => self.remove_child(operation, body),
            Message::ReplaceAnnotationCommands(body) => self.replace_commands(operation, body),
            Message::AddTimeline(body) => {
                self.add_timeline(operation, body, kept.and_then(Brought::timeline))
            }
            Message::RenameTimeline(body) => self.rename_timeline(body),
            Message::RemoveTimeline(body) => self.remove_timeline(operation, body),
            Message::ReplaceTimeline(body) => {
                self.replace_timeline(operation, body, kept.and_then(Brought::timeline))
            }
            Message::SetPeerRole(body) => self.set_peer_role(operation, body),
            Message::Checkpoint(body) => self.purge(operation, &place_of(&body.upto)),
            Message::OperationStamp(_) if operation.stamps().is_none() => {
                Err(NoEffect::Malformed("envelope"))
            }
            Message::OperationStamp(_) => Ok((Action::OperationStamped, Undo::InSession(Vec::new()))),
            _ => Err(NoEffect::Malformed("event")),
        }
    }

    /// Takes back what was done last. Gives back what the same operation can bring again without reading it anew.
    pub(crate) fn revert(&mut self, undo: Undo) -> Option<Brought> {
        match undo {
            Undo::InTimeline { timeline, number, steps } => self.revert_in(&timeline, number, steps),
            Undo::Purge(purge) => {
                self.revert_purge(purge);
                None
            }
            Undo::InSession(steps) => {
                let mut kept = None;
                for step in steps.into_iter().rev() {
                    kept = self.revert_step(step).or(kept);
                }
                kept.map(Brought::Timeline)
            }
        }
    }

    pub(crate) fn revert_in(&mut self, timeline: &Guid, number: u64, steps: Vec<Step>) -> Option<Brought> {
        let replica = self.replica_of(timeline, number)?;
        let mut kept = None;
        for step in steps.into_iter().rev() {
            kept = replica.revert(step).or(kept);
        }
        kept.map(Brought::Object)
    }

    fn revert_step(&mut self, step: SessionStep) -> Option<Box<TimelineReplica>> {
        match step {
            SessionStep::Came { timeline, out_of, .. } => {
                self.order.retain(|guid| *guid != timeline);
                let replica = self.timelines.remove(&timeline);
                return self.put_back_into_grave(replica, out_of);
            }
            SessionStep::Left { timeline, place, .. } => {
                if let Some(replica) = self.unbury_timeline(&timeline) {
                    self.order.insert(place.min(self.order.len()), timeline.clone());
                    self.timelines.insert(timeline, replica);
                }
            }
            SessionStep::Replaced { timeline, out_of, carried, .. } => {
                let old = self.unbury_timeline(&timeline)?;
                let mut new = self.timelines.insert(timeline, old);
                if let Some(new) = &mut new {
                    carried.into_iter().rev().for_each(|step| drop(new.revert(step)));
                }
                return self.put_back_into_grave(new, out_of);
            }
            SessionStep::ClipTimeline { clip, old: Some(old) } => drop(self.clip_timelines.insert(clip, old)),
            SessionStep::ClipTimeline { clip, old: None } => drop(self.clip_timelines.remove(&clip)),
            SessionStep::Role { whom, old } => self.roles.set(whom, old),
        }
        None
    }

    /// Notes that a timeline holds an object.
    pub(crate) fn hold(&mut self, guid: Guid, timeline: &Guid) {
        let holders = self.holders.entry(guid).or_default();
        if !holders.contains(timeline) {
            holders.push(timeline.clone());
        }
    }

    /// The timeline of that GUID and number, whether it stands or lies in a grave.
    pub(crate) fn replica_of(&mut self, timeline: &Guid, number: u64) -> Option<&mut TimelineReplica> {
        let standing = self.timelines.get_mut(timeline).filter(|replica| replica.number == number);
        let graves = self.graves.get_mut(timeline).into_iter().flatten();
        let replica = standing
            .or_else(|| graves.map(|grave| &mut grave.replica).find(|replica| replica.number == number))?;
        Some(replica)
    }

    /// The replica that [`SessionState::find`] named.
    #[expect(clippy::expect_used, reason = "find names only timelines that are there")]
    pub(crate) fn replica_mut(&mut self, found: &Found) -> &mut TimelineReplica {
        self.replica_of(&found.timeline, found.number).expect("a timeline that was found is there")
    }
}
