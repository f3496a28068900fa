//! What a message touches, and which of two messages may have come to existing peers in another order than here.

use std::collections::{BTreeMap, VecDeque};

use lossless_json::Value;
use session_log::{Guid, SessionState};
use session_wire::{InsertChild, Message};

use crate::clock::Now;
use crate::limits::{INSERTED_TOUCHES_MAX, SETTLE_WINDOW_US, TRACES_MAX};

/// One thing that a message says of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    /// Where a child stands among the children of the object.
    Order { child: Guid },
    /// Whether, and as what, the object stands under that parent.
    Member { parent: Guid },
    /// A property of the object.
    Property { path: String },
    /// Its annotation commands.
    Commands,
    /// The annotation clip of one clip and frame; the object is a name for these.
    Frame { track: Guid, clip: Guid },
    /// The whole timeline.
    Whole,
    /// Something in the timeline.
    Inside,
}

impl Touch {
    /// Whether the outcome depends on which of the two comes first.
    fn collides(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Property { path: a }, Self::Property { path: b }) => is_prefix(a, b) || is_prefix(b, a),
            (Self::Order { .. }, Self::Order { .. })
            | (Self::Commands, Self::Commands)
            | (Self::Frame { .. }, Self::Frame { .. })
            | (Self::Whole, _)
            | (_, Self::Whole)
            | (Self::Member { .. }, Self::Member { .. } | Self::Property { .. } | Self::Commands)
            | (Self::Property { .. } | Self::Commands, Self::Member { .. }) => true,
            _ => false,
        }
    }
}

fn is_prefix(a: &str, b: &str) -> bool {
    b.strip_prefix(a).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a message touches, by object.
pub(crate) fn touches(message: &Message, state: &SessionState) -> Vec<(Guid, Touch)> {
    let mut touched = Vec::new();
    let mut add = |guid: &str, touch: Touch| touched.push((Guid::from(guid), touch));
    let object = match message {
        Message::SetProperty(body) => {
            add(&body.target_uuid, Touch::Property { path: body.path.clone() });
            &body.target_uuid
        }
        Message::MoveChild(body) => {
            add(&body.parent_uuid, Touch::Order { child: Guid::from(body.child_uuid.as_str()) });
            &body.parent_uuid
        }
        Message::RemoveChild(body) => {
            add(&body.child_uuid, Touch::Member { parent: Guid::from(body.parent_uuid.as_str()) });
            add(&body.parent_uuid, Touch::Order { child: Guid::from(body.child_uuid.as_str()) });
            &body.parent_uuid
        }
        Message::InsertChild(body) => {
            touched = of_insertion(body);
            &body.parent_uuid
        }
        Message::ReplaceAnnotationCommands(body) => {
            add(&body.annotation_clip_guid, Touch::Commands);
            &body.annotation_clip_guid
        }
        Message::RenameTimeline(body) => {
            add(&body.timeline_guid, Touch::Property { path: "name".to_owned() });
            return touched;
        }
        Message::AddTimeline(body) => {
            add(&body.timeline_guid, Touch::Whole);
            return touched;
        }
        Message::ReplaceTimeline(body) => {
            add(&body.timeline_guid, Touch::Whole);
            return touched;
        }
        Message::RemoveTimeline(body) => {
            add(&body.timeline_guid, Touch::Whole);
            return touched;
        }
        _ => return touched,
    };
    if let Some((timeline, _)) = state.locate(object) {
        touched.push((timeline, Touch::Inside));
    }
    touched
}

fn of_insertion(body: &InsertChild) -> Vec<(Guid, Touch)> {
    let parent = Guid::from(body.parent_uuid.as_str());
    let mut touched = Vec::new();
    of_subtree(&body.child_data, &parent, &mut touched);
    if let Some(child) = guid_of(&body.child_data) {
        if let Some(frame) = frame_of(&body.child_data) {
            let name = Guid::from(format!("{parent} {frame}"));
            touched.push((name, Touch::Frame { track: Guid::clone(&parent), clip: Guid::clone(&child) }));
        }
        touched.push((parent, Touch::Order { child }));
    }
    touched
}

fn of_subtree(object: &Value, parent: &Guid, touched: &mut Vec<(Guid, Touch)>) {
    let Some(guid) = guid_of(object) else { return };
    touched.push((Guid::clone(&guid), Touch::Member { parent: Guid::clone(parent) }));
    let children = object.get("children").and_then(Value::as_array).unwrap_or_default();
    for child in children {
        if touched.len() >= INSERTED_TOUCHES_MAX {
            return;
        }
        of_subtree(child, &guid, touched);
    }
}

fn guid_of(object: &Value) -> Option<Guid> {
    object.at(&["metadata", "sync", "guid"]).and_then(Value::as_str).map(Guid::from)
}

#[expect(clippy::cast_possible_truncation, reason = "the reference truncates: int(start_time.value)")]
fn frame_of(object: &Value) -> Option<String> {
    object.at(&["metadata", "annotation_commands"])?.as_array()?;
    let clip = object.at(&["metadata", "clip_guid"])?.as_str()?;
    let start = object.at(&["source_range", "start_time", "value"])?.as_f64()?;
    Some(format!("{clip} {}", start as i64))
}

/// Who touched what within the last settle window.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    by_object: BTreeMap<Guid, VecDeque<Trace>>,
    /// In order of time, to forget them.
    recent: VecDeque<(u64, Guid)>,
}

#[derive(Clone, Debug)]
struct Trace {
    source: Guid,
    repair: bool,
    touch: Touch,
}

impl Traces {
    /// Notes a touch; the earlier ones of others that it collides with.
    pub(crate) fn note(
        &mut self,
        object: &Guid,
        touch: &Touch,
        source: &Guid,
        repair: bool,
        now: Now,
    ) -> Vec<Touch> {
        self.forget(now);
        let traces = self.by_object.entry(Guid::clone(object)).or_default();
        let others = traces.iter().filter(|trace| trace.source != *source && !(repair && trace.repair));
        let collided = others.filter(|trace| trace.touch.collides(touch)).map(|trace| trace.touch.clone());
        let collided = collided.collect();
        let at_us = now.monotonic_us;
        traces.push_back(Trace { source: Guid::clone(source), repair, touch: touch.clone() });
        self.recent.push_back((at_us, Guid::clone(object)));
        collided
    }

    /// Whether a child was put in or taken out lately.
    pub(crate) fn has_member(&self, child: &str) -> bool {
        let mut traces = self.by_object.get(child).into_iter().flatten();
        traces.any(|trace| matches!(trace.touch, Touch::Member { .. }))
    }

    /// Everything that was touched lately.
    pub(crate) fn all(&mut self, now: Now) -> Vec<(Guid, Touch)> {
        self.chosen(|_| true, now)
    }

    /// What others than those two touched lately, but for repairs.
    pub(crate) fn of_others(&mut self, those: [&Guid; 2], now: Now) -> Vec<(Guid, Touch)> {
        self.chosen(|trace| !those.contains(&&trace.source) && !trace.repair, now)
    }

    fn chosen(&mut self, is_it: impl Fn(&Trace) -> bool, now: Now) -> Vec<(Guid, Touch)> {
        self.forget(now);
        let traces = self.by_object.iter();
        let each = traces.flat_map(|(object, traces)| traces.iter().map(move |trace| (object, trace)));
        let chosen = each.filter(|(_, trace)| is_it(trace));
        chosen.map(|(object, trace)| (Guid::clone(object), trace.touch.clone())).collect()
    }

    fn forget(&mut self, now: Now) {
        while self.recent.len() >= TRACES_MAX
            || self.recent.front().is_some_and(|(at_us, _)| now.since(*at_us) > SETTLE_WINDOW_US)
        {
            let Some((_, object)) = self.recent.pop_front() else { return };
            if let Some(traces) = self.by_object.get_mut(&object) {
                traces.pop_front();
                if traces.is_empty() {
                    self.by_object.remove(&object);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property(path: &str) -> Touch {
        Touch::Property { path: path.to_owned() }
    }

    #[test]
    fn properties_collide_where_one_stands_inside_the_other() {
        assert!(property("metadata/a").collides(&property("metadata/a/b")));
        assert!(property("name").collides(&property("name")));
        assert!(!property("metadata/a").collides(&property("metadata/ab")));
        assert!(!property("name").collides(&property("enabled")));
    }

    #[test]
    fn only_others_within_the_window_collide_and_repairs_never_with_each_other() {
        let mut traces = Traces::default();
        let at = |ms: u64| Now { monotonic_us: ms * 1_000, wall_us: 0 };
        let (object, a, b): (Guid, Guid, Guid) = ("clip".into(), "a".into(), "b".into());
        assert_eq!(traces.note(&object, &property("name"), &a, false, at(0)), []);
        assert_eq!(traces.note(&object, &property("name"), &a, false, at(1)), []);
        assert_eq!(traces.note(&object, &property("name"), &b, false, at(2)).len(), 2);
        assert_eq!(traces.note(&object, &property("name"), &a, true, at(3)).len(), 1);
        assert_eq!(traces.note(&object, &property("name"), &b, true, at(3)).len(), 2);
        assert_eq!(traces.note(&object, &property("name"), &a, false, at(5_000)), []);
        assert_eq!(traces.recent.len(), 1);
    }
}
