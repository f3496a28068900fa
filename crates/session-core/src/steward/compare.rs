//! What existing peers lack: the fold compared with what an onlooker holds, object by object, as the messages that bring
//! them back, the smallest first (convergence §4.7).

use std::collections::BTreeSet;

use lossless_json::{Object, Style, Value};
use otio_document::{Document, NodeId, PropertyPath};
use session_log::{Guid, SessionState};
use session_wire::{
    InsertChild, Message, MoveChild, RemoveChild, RemoveTimeline, RenameTimeline, ReplaceAnnotationCommands,
    SetProperty,
};

use super::doubts::{ObjectDoubt, ParentDoubt, TimelineDoubt};
use super::onlooker::Onlooker;
use super::order::{Step, steps};
use super::touch::Traces;
use crate::commands::{travels_as_set, unreadable_elsewhere, without_children};
use crate::config::Delivery;
use crate::limits::{REPAIR_STEPS_MAX, UNPACKED_CHILDREN_MAX};

/// The fold beside what an onlooker holds.
pub(super) struct Comparison<'a> {
    pub(super) state: &'a SessionState,
    pub(super) onlooker: &'a Onlooker,
    pub(super) traces: &'a Traces,
    /// Over a lossy one what took a child out may be lost, or what put it in come twice.
    pub(super) delivery: Delivery,
}

/// What is to be done about an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// These, in this order; none where all is well.
    Send(Vec<Message>),
    /// The child is taken out of the parent and put in again whole.
    Rebuild { parent: Guid, child: Guid },
    /// The timeline is sent whole, whoever has it already.
    Replace { timeline: Guid },
    /// Everything in the timeline is to be looked at.
    LookInside { timeline: Guid },
}

/// An object of the fold and the same one at the onlooker.
struct Pair<'a> {
    timeline: Guid,
    document: &'a Document,
    node: NodeId,
    other: &'a Document,
    other_node: NodeId,
}

impl Comparison<'_> {
    pub(super) fn timeline(&self, guid: &Guid, doubt: &TimelineDoubt) -> Verdict {
        let timestamp = 0.0;
        match (self.state.timeline(guid), self.onlooker.timeline(guid)) {
            (Some(_), Some(_)) if doubt.differs => Verdict::Replace { timeline: Guid::clone(guid) },
            (Some(ours), Some(theirs)) => match (ours.root(), theirs.root()) {
                (Some(a), Some(b))
                    if ours.subtree_text(a, Style::Digest) == theirs.subtree_text(b, Style::Digest) =>
                {
                    Verdict::Send(Vec::new())
                }
                _ => Verdict::LookInside { timeline: Guid::clone(guid) },
            },
            (Some(ours), None) if unreadable_elsewhere(ours).is_none() => {
                Verdict::Replace { timeline: Guid::clone(guid) }
            }
            (None, theirs) if theirs.is_some() || doubt.differs => {
                Verdict::Send(vec![RemoveTimeline::new(&**guid, timestamp).into()])
            }
            _ => Verdict::Send(Vec::new()),
        }
    }

    /// The children of an object: who they are, and their order.
    pub(super) fn parent(&self, guid: &Guid, doubt: &ParentDoubt) -> Verdict {
        let pair = match self.pair(guid) {
            Ok(pair) => pair,
            Err(verdict) => return verdict,
        };
        if !pair.document.is_composition(pair.node) {
            return Verdict::Send(Vec::new());
        }
        if !self.onlooker.reaches(guid, &pair.timeline, pair.other_node) {
            return self.anew(&pair);
        }
        let want = guids(pair.document, pair.node);
        let have = guids(pair.other, pair.other_node);
        let (Some(want), Some(have)) = (want, have) else { return self.anew(&pair) };
        if want.iter().collect::<BTreeSet<_>>().len() < want.len() {
            // No message names one of two that bear the same name.
            let sure = want == have && *doubt == ParentDoubt::default();
            return if sure {
                Verdict::Send(Vec::new())
            } else {
                Verdict::Replace { timeline: pair.timeline }
            };
        }
        let mut doubt = doubt.clone();
        let plan = loop {
            let plan = steps(&want, &have, &doubt.placed, &doubt.members);
            match plan.iter().find_map(|step| self.unmovable(&pair, step)) {
                Some(child) => drop(doubt.members.insert(child, 1)),
                None => break plan,
            }
        };
        if plan.len() > REPAIR_STEPS_MAX.max(want.len() / 3) {
            return Verdict::Replace { timeline: pair.timeline };
        }
        if !plan.is_empty() && self.is_copy(&pair, &want) {
            return Verdict::Replace { timeline: pair.timeline };
        }
        let mut messages = Vec::new();
        for step in plan {
            if !say(guid, step, &pair, &mut messages) {
                return Verdict::Replace { timeline: pair.timeline };
            }
        }
        Verdict::Send(messages)
    }

    /// A child that a move would lose, since the map leads elsewhere, or may at some: it raises where the child stands twice.
    fn unmovable(&self, pair: &Pair<'_>, step: &Step) -> Option<Guid> {
        let Step::Move { child, .. } = step else { return None };
        let may_stand_twice = self.delivery == Delivery::Lossy || self.traces.has_member(child);
        if may_stand_twice || self.state.places(child).len() > 1 {
            return Some(Guid::clone(child));
        }
        let node =
            pair.other.children(pair.other_node).iter().find(|node| pair.other.guid(*node) == Some(child))?;
        (!self.onlooker.reaches(child, &pair.timeline, node)).then(|| Guid::clone(child))
    }

    /// Whether the children are a clip's copy in its clip timeline: taking that out takes the clip itself out of the map.
    fn is_copy(&self, pair: &Pair<'_>, children: &[Guid]) -> bool {
        let elsewhere =
            |child: &Guid| self.state.locate(child).is_some_and(|(timeline, _)| timeline != pair.timeline);
        self.state.is_clip_timeline(&pair.timeline) && children.iter().any(elsewhere)
    }

    /// What an object says of itself.
    pub(super) fn object(&self, guid: &Guid, doubt: &ObjectDoubt) -> Verdict {
        let pair = match self.pair(guid) {
            Ok(pair) => pair,
            Err(verdict) => return verdict,
        };
        let name = pair.document.guid(pair.node).unwrap_or(guid);
        let Some(messages) = differences(&pair, name, doubt) else { return self.anew(&pair) };
        if messages.is_empty() || self.onlooker.reaches(name, &pair.timeline, pair.other_node) {
            return Verdict::Send(messages);
        }
        self.anew(&pair)
    }

    /// The object in the fold and at the onlooker; an error is what is to be done first. One that does not stand in the
    /// fold is its parent's business.
    fn pair(&self, guid: &str) -> Result<Pair<'_>, Verdict> {
        let nothing = || Verdict::Send(Vec::new());
        let located = self.state.locate(guid).filter(|(timeline, node)| self.state.stands(timeline, *node));
        let (timeline, node) = located.ok_or_else(nothing)?;
        let document = self.state.timeline(&timeline).ok_or_else(nothing)?;
        if unreadable_elsewhere(document).is_some() {
            // Whatever existing peers hold of it stays as it is.
            return Err(nothing());
        }
        let Some(other) = self.onlooker.timeline(&timeline) else {
            return Err(Verdict::LookInside { timeline });
        };
        let name = document.guid(node).unwrap_or(guid);
        match other.find(name) {
            Some(other_node) => Ok(Pair { timeline, document, node, other, other_node }),
            None => Err(anew(document, node, &timeline)),
        }
    }

    fn anew(&self, pair: &Pair<'_>) -> Verdict {
        let copy = pair.document.guid(pair.node).map(Guid::from);
        if copy.is_some_and(|copy| self.is_copy(pair, &[copy])) {
            return Verdict::Replace { timeline: Guid::clone(&pair.timeline) };
        }
        anew(pair.document, pair.node, &pair.timeline)
    }
}

/// Out of its parent and in again, where that is a list; the whole timeline otherwise.
fn anew(document: &Document, node: NodeId, timeline: &Guid) -> Verdict {
    let parent = document.parent(node).filter(|parent| document.is_composition(*parent));
    let parent = parent.and_then(|parent| document.guid(parent));
    match (parent, document.guid(node)) {
        (Some(parent), Some(child)) => {
            Verdict::Rebuild { parent: Guid::from(parent), child: Guid::from(child) }
        }
        _ => Verdict::Replace { timeline: Guid::clone(timeline) },
    }
}

/// The GUIDs of the children; none where one has none and cannot be addressed.
fn guids(document: &Document, parent: NodeId) -> Option<Vec<Guid>> {
    document.children(parent).iter().map(|child| document.guid(child).map(Guid::from)).collect()
}

/// A step as messages. False where the child is too large to travel one object at a time.
fn say(parent: &str, step: Step, pair: &Pair<'_>, messages: &mut Vec<Message>) -> bool {
    let wire = |index: usize| i64::try_from(index).unwrap_or(InsertChild::APPEND);
    match step {
        Step::Remove { child, times } => {
            for _ in 0..times {
                messages.push(RemoveChild::new(parent, &*child, 0.0).into());
            }
            true
        }
        Step::Move { child, index } => {
            messages.push(MoveChild::new(parent, &*child, wire(index), 0.0).into());
            true
        }
        Step::Insert { child, index } => {
            let children = pair.document.children(pair.node);
            let Some(node) = children.iter().find(|node| pair.document.guid(*node) == Some(&child)) else {
                return true;
            };
            if pair.document.descend(node).count() > UNPACKED_CHILDREN_MAX {
                return false;
            }
            say_insertion(parent, wire(index), pair.document, node, messages);
            true
        }
    }
}

/// One object at a time: a reference peer can address only what was inserted by itself.
fn say_insertion(parent: &str, index: i64, document: &Document, node: NodeId, messages: &mut Vec<Message>) {
    messages.push(InsertChild::new(parent, index, without_children(document, node), 0.0).into());
    let Some(guid) = document.guid(node) else { return };
    for child in document.children(node) {
        say_insertion(guid, InsertChild::APPEND, document, child, messages);
    }
}

/// What brings an object's own fields back; none where no message says it.
fn differences(pair: &Pair<'_>, guid: &str, doubt: &ObjectDoubt) -> Option<Vec<Message>> {
    let theirs = |key: &str| pair.other.field(pair.other_node, key);
    let mut paths: Vec<String> = Vec::new();
    let mut commands = doubt.commands;
    for (key, value) in pair.document.fields(pair.node) {
        match (key, value, theirs(key)) {
            (_, value, Some(other)) if same(value, other) => {}
            ("metadata", Value::Object(ours), Some(Value::Object(theirs))) => {
                changed_keys("metadata", ours, theirs, &mut paths)?;
            }
            _ => paths.push(key.to_owned()),
        }
    }
    let ours = |key: &str| pair.document.field(pair.node, key);
    if pair.other.fields(pair.other_node).any(|(key, _)| ours(key).is_none()) {
        return None;
    }
    paths.extend(doubt.paths.iter().cloned());
    paths.sort();
    paths.dedup();
    let before = paths.len();
    paths.retain(|path| path != "metadata/annotation_commands");
    commands |= paths.len() < before;
    let mut messages = paths.iter().map(|path| set(pair, guid, path)).collect::<Option<Vec<Message>>>()?;
    if commands && let Some(list) = ours("metadata").and_then(|metadata| metadata.get("annotation_commands"))
    {
        let list = list.as_array()?.to_vec();
        messages.push(ReplaceAnnotationCommands::new(guid, list, 0.0).into());
    }
    Some(messages)
}

/// A property of the fold as a message; none where it does not travel as one.
fn set(pair: &Pair<'_>, guid: &str, path: &str) -> Option<Message> {
    let checked = PropertyPath::parse(path).ok()?;
    let value = pair.document.property(pair.node, &checked)?;
    if pair.document.is_timeline(pair.node) && path == "name" {
        return Some(RenameTimeline::new(guid, value.as_str()?, 0.0).into());
    }
    let travels = travels_as_set(pair.document, pair.node, &checked, value) && !holds_schema(value);
    travels.then(|| SetProperty::new(guid, path, value.clone(), 0.0).into())
}

/// Whether OTIO would make an object of it, which a `SET_PROPERTY` does not.
fn holds_schema(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(holds_schema),
        Value::Object(object) => {
            object.contains_key("OTIO_SCHEMA") || object.iter().any(|(_, value)| holds_schema(value))
        }
        _ => false,
    }
}

/// The paths of the keys that are other than they should be; none where one is too many or cannot be said.
fn changed_keys(path: &str, ours: &Object, theirs: &Object, paths: &mut Vec<String>) -> Option<()> {
    if theirs.keys().any(|key| !ours.contains_key(key)) {
        return None;
    }
    for (key, value) in ours.iter() {
        let below = format!("{path}/{key}");
        match (value, theirs.get(key)) {
            (value, Some(other)) if same(value, other) => {}
            _ if key.is_empty() || key.contains('/') => return None,
            (Value::Object(ours), Some(Value::Object(theirs))) => {
                changed_keys(&below, ours, theirs, paths)?;
            }
            _ => paths.push(below),
        }
    }
    Some(())
}

fn same(a: &Value, b: &Value) -> bool {
    a == b || a.to_text(Style::Digest) == b.to_text(Style::Digest)
}

#[cfg(test)]
mod tests {
    use lossless_json::Limits;
    use session_log::{Base, SessionLog};
    use session_wire::StateSnapshot;

    use super::*;

    /// Whoever holds a timeline in another version ignores that it is added.
    #[test]
    fn what_an_onlooker_lacks_is_sent_to_those_who_have_it_too() {
        let text = r#"{"t":{"OTIO_SCHEMA":"Timeline.1","metadata":{"sync":{"guid":"t"}},"name":"t","tracks":{"OTIO_SCHEMA":"Stack.1","children":[]}}}"#;
        let timelines = lossless_json::parse(text.as_bytes(), &Limits::default()).unwrap().value;
        let snapshot = StateSnapshot::new("me", timelines.as_object().unwrap().clone(), None, 1.0);
        let mut log = SessionLog::new();
        let onlooker = Onlooker::of(log.state());
        log.adopt_base(Base::from_snapshot(&snapshot));
        let traces = Traces::default();
        let with = Comparison {
            state: log.state(),
            onlooker: &onlooker,
            traces: &traces,
            delivery: Delivery::Reliable,
        };
        let verdict = with.timeline(&"t".into(), &TimelineDoubt::default());
        assert_eq!(verdict, Verdict::Replace { timeline: "t".into() });
    }
}
