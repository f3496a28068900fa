//! What a peer's user does: applied at once, then said, unless a role or a lease is missing (legacy-protocol §2.9–§2.11,
//! §2.17).

use lossless_json::{Object, Value};
use session_core::Now;

use super::patching::Patched;
use super::peer::{ExistingPeer, Status};
use super::quirks::Quirk;

/// One thing that a user does.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    SetProperty {
        target: String,
        path: String,
        value: Value,
    },
    Insert {
        parent: String,
        index: i64,
        child: Value,
    },
    Move {
        parent: String,
        child: String,
        index: i64,
    },
    Remove {
        parent: String,
        child: String,
    },
    AddTimeline {
        timeline: Value,
    },
    RenameTimeline {
        timeline: String,
        name: String,
    },
    RemoveTimeline {
        timeline: String,
    },
    ReplaceTimeline {
        timeline: String,
        version: Value,
    },
    Annotate {
        clip: String,
        frame: i64,
        events: Vec<Value>,
    },
    ReplaceAnnotation {
        annotation: String,
        events: Vec<Value>,
    },
    /// A stroke while it is drawn: each preview has all of it so far.
    Partial {
        clip: String,
        frame: f64,
        events: Vec<Value>,
    },
    Playback {
        state: Object,
    },
    Display {
        state: Object,
    },
}

impl ExistingPeer {
    /// Does it; whether it was said as it was meant.
    pub(crate) fn edit(&mut self, now: Now, edit: Edit) -> bool {
        self.at(now);
        match edit {
            Edit::SetProperty { target, path, value } => self.set_property(&target, &path, &value),
            Edit::Insert { parent, index, child } => self.insert(&parent, index, &child, "structure"),
            Edit::Move { parent, child, index } => self.move_child(&parent, &child, index),
            Edit::Remove { parent, child } => self.remove_child(&parent, &child),
            Edit::AddTimeline { timeline } => self.add_timeline(&timeline),
            Edit::RenameTimeline { timeline, name } => self.rename_timeline(&timeline, &name),
            Edit::RemoveTimeline { timeline } => self.remove_timeline(&timeline),
            Edit::ReplaceTimeline { timeline, version } => self.replace_timeline(&timeline, &version),
            Edit::Annotate { clip, frame, events } => self.annotate(&clip, frame, &events),
            Edit::ReplaceAnnotation { annotation, events } => self.replace_annotation(&annotation, &events),
            Edit::Partial { clip, frame, events } => self.partial(&clip, frame, events),
            Edit::Playback { state } => self.playback(state),
            Edit::Display { state } => self.display(state),
        }
    }

    pub(super) fn stamped<const N: usize>(&self, fields: [(&str, Value); N]) -> Object {
        let mut body: Object = fields.into_iter().collect();
        body.insert("sync_timestamp", self.wall());
        body
    }

    /// Claims a lease that nobody has, as host applications do before they say something.
    pub(super) fn holds(&mut self, channel: &str) -> bool {
        if self.has(Quirk::KnowsNoLeases) {
            return true;
        }
        let (now_us, own, wall) = (self.now.monotonic_us, self.guid().to_owned(), self.wall());
        let held_off = channel == "visibility" && self.leases.holds_off(&own, wall);
        if self.leases.owner(channel, now_us).is_none() && !held_off {
            drop(self.leases.claim(channel, Some(wall), &own, now_us));
            let body = [
                ("category", Value::from(channel)),
                ("peer_guid", own.as_str().into()),
                ("claim_ts", wall.into()),
            ];
            self.send("BROADCAST_OWNERSHIP_1.0", "CLAIM_OWNERSHIP", body.into_iter().collect());
        }
        let holds = self.leases.owner(channel, now_us) == Some(&own);
        if holds {
            self.leases.confirm(channel, now_us);
        }
        holds
    }

    fn may_change_structure(&mut self) -> bool {
        self.status == Status::Synced && self.permits("structure") && self.holds("structure")
    }

    /// Inserts and properties ask for the role alone.
    fn may_insert(&mut self, group: &str) -> bool {
        self.permits(group)
            && (group == "annotation" || self.has(Quirk::InsertsWithoutLease) || self.holds("structure"))
    }

    fn set_property(&mut self, target: &str, path: &str, value: &Value) -> bool {
        let wall = self.wall();
        let done = self.replica.set_property(target, path, value, wall) == Ok(Patched::Done);
        if !done || !self.may_insert("structure") {
            return false;
        }
        self.say_property(target, path, value.clone());
        true
    }

    fn say_property(&mut self, target: &str, path: &str, value: Value) {
        let body = self.stamped([("target_uuid", target.into()), ("path", path.into()), ("value", value)]);
        self.send("OTIO_SESSION_1.0", "SET_PROPERTY", body);
    }

    /// An application whose guard against echoes fails takes what it was told for its user's doing.
    pub(super) fn say_again(&mut self, target: &str, path: &str, value: &Value, before: Option<&Value>) {
        if self.has(Quirk::SaysAgain) && before != Some(value) {
            self.say_property(target, path, value.clone());
        }
    }

    pub(super) fn insert(&mut self, parent: &str, index: i64, child: &Value, group: &str) -> bool {
        let Ok(child) = self.replica.read(child) else { return false };
        if self.replica.insert_own(parent, child, index) != Ok(true) {
            return false;
        }
        if !self.may_insert(group) {
            if group == "structure" {
                self.mark_diverged();
            }
            return false;
        }
        let child = self.replica.tree.value(child);
        self.say_insert(parent, index, child);
        true
    }

    pub(super) fn say_insert(&mut self, parent: &str, index: i64, child: Value) {
        let body =
            self.stamped([("parent_uuid", parent.into()), ("index", index.into()), ("child_data", child)]);
        self.send("OTIO_SESSION_1.0", "INSERT_CHILD", body);
    }

    fn move_child(&mut self, parent: &str, child: &str, index: i64) -> bool {
        if !self.may_change_structure() {
            self.mark_diverged();
            return false;
        }
        if self.replica.move_child(parent, child, &index.into(), true) != Ok(Patched::Done) {
            return false;
        }
        let body = self.stamped([
            ("parent_uuid", parent.into()),
            ("child_uuid", child.into()),
            ("to_index", index.into()),
        ]);
        self.send("OTIO_SESSION_1.0", "MOVE_CHILD", body);
        true
    }

    fn remove_child(&mut self, parent: &str, child: &str) -> bool {
        if !self.may_change_structure() {
            self.mark_diverged();
            return false;
        }
        if self.replica.remove_child(parent, child, true) != Ok(Patched::Done) {
            return false;
        }
        let body = self.stamped([("parent_uuid", parent.into()), ("child_uuid", child.into())]);
        self.send("OTIO_SESSION_1.0", "REMOVE_CHILD", body);
        true
    }

    fn add_timeline(&mut self, timeline: &Value) -> bool {
        // The application has it either way.
        let Ok(id) = self.replica.read(timeline) else { return false };
        let guid = self.replica.register(id);
        let may = self.may_change_structure();
        if may {
            self.say_timeline("ADD_TIMELINE", &guid);
        } else {
            self.replica.unsaid.insert(guid);
        }
        may
    }

    pub(super) fn say_timeline(&mut self, event: &str, guid: &str) {
        let Some(id) = self.replica.timeline(guid) else { return };
        let timeline = self.replica.tree.value(id);
        let body = self.stamped([("timeline_guid", guid.into()), ("timeline", timeline)]);
        self.send("TIMELINE_1.0", event, body);
    }

    fn rename_timeline(&mut self, guid: &str, name: &str) -> bool {
        if !self.may_change_structure() {
            return false;
        }
        let Some(id) = self.replica.timeline(guid) else { return false };
        self.replica.tree.set_field(id, "name", name.into());
        let body = self.stamped([("timeline_guid", guid.into()), ("name", name.into())]);
        self.send("TIMELINE_1.0", "RENAME_TIMELINE", body);
        true
    }

    fn remove_timeline(&mut self, guid: &str) -> bool {
        let unknown = self.has(Quirk::IgnoresGoneTimelines);
        if unknown || !self.may_change_structure() || !self.replica.remove_timeline(guid) {
            return false;
        }
        let body = self.stamped([("timeline_guid", guid.into())]);
        self.send("TIMELINE_1.0", "REMOVE_TIMELINE", body);
        true
    }

    fn replace_timeline(&mut self, guid: &str, version: &Value) -> bool {
        if self.has(Quirk::IgnoresGoneTimelines) || !self.may_change_structure() {
            return false;
        }
        let Ok(id) = self.replica.read(version) else { return false };
        self.replica.replace_timeline(guid, id);
        self.say_timeline("REPLACE_TIMELINE", guid);
        true
    }
}
