//! What a peer's user does: applied at once, then said, unless a role or a lease is missing (legacy-protocol §2.9–§2.11,
//! §2.17).

use lossless_json::{Object, Value};
use session_core::Now;

use super::patching::Patched;
use super::peer::{ExistingPeer, Status};
use super::quirks::Quirk;

const POSITION: [&str; 3] = ["current_time", "playing", "playback_mode"];
const VISIBILITY: [&str; 2] = ["view_mode", "clip_guid"];
/// Frames a second of what is drawn.
const RATE: f64 = 24.0;

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

    fn stamped<const N: usize>(&self, fields: [(&str, Value); N]) -> Object {
        let mut body: Object = fields.into_iter().collect();
        body.insert("sync_timestamp", self.wall());
        body
    }

    /// Claims a lease that nobody has, as host applications do before they say something.
    fn holds(&mut self, channel: &str) -> bool {
        if self.has(Quirk::KnowsNoLeases) {
            return true;
        }
        let (now_us, own, wall) = (self.now.monotonic_us, self.guid().to_owned(), self.wall());
        if self.leases.owner(channel, now_us).is_none() && !self.leases.holds_off(&own, wall) {
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

    fn insert(&mut self, parent: &str, index: i64, child: &Value, group: &str) -> bool {
        let Ok(child) = self.replica.read(child) else { return false };
        if self.replica.insert_own(parent, child, index) != Ok(true) {
            return false;
        }
        if !self.may_insert(group) {
            self.mark_diverged();
            return false;
        }
        let child = self.replica.tree.value(child);
        self.say_insert(parent, index, child);
        true
    }

    fn say_insert(&mut self, parent: &str, index: i64, child: Value) {
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
        if self.replica.remove_child(parent, child) != Ok(Patched::Done) {
            return false;
        }
        let body = self.stamped([("parent_uuid", parent.into()), ("child_uuid", child.into())]);
        self.send("OTIO_SESSION_1.0", "REMOVE_CHILD", body);
        true
    }

    fn add_timeline(&mut self, timeline: &Value) -> bool {
        if !self.may_change_structure() {
            return false;
        }
        let Ok(id) = self.replica.read(timeline) else { return false };
        let guid = self.replica.register(id);
        self.say_timeline("ADD_TIMELINE", &guid);
        true
    }

    fn say_timeline(&mut self, event: &str, guid: &str) {
        let Some(id) = self.replica.timeline(guid) else { return };
        let timeline = self.replica.tree.value(id);
        let body = self.stamped([("timeline_guid", guid.into()), ("timeline", timeline)]);
        self.send("TIMELINE_1.0", event, body);
    }

    fn rename_timeline(&mut self, guid: &str, name: &str) -> bool {
        let Some(id) = self.replica.timeline(guid) else { return false };
        if !self.may_change_structure() {
            return false;
        }
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

    /// Draws on a clip's frame, in the clip's own timeline where no other one has a track for it.
    fn annotate(&mut self, clip: &str, frame: i64, events: &[Value]) -> bool {
        if self.status != Status::Synced || !self.permits("annotation") {
            return false;
        }
        if self.replica.annotation_track(clip).is_none() {
            self.share_clip_timeline(clip);
        }
        let Some(track) = self.replica.annotation_track(clip) else { return false };
        let track_guid = self.replica.ensure_guid(track);
        let Ok(delta) = self.replica.read(&annotation_clip(clip, frame, events)) else { return false };
        if let Some(existing) = self.replica.annotation_at(track, clip, frame) {
            let commands = self.replica.commands(delta);
            self.replica.append_commands(existing, commands);
            self.replica.ensure_guid(delta);
            let delta = self.replica.tree.value(delta);
            self.say_insert(&track_guid, -1, delta);
            return true;
        }
        let end = self.replica.end_of(track);
        if frame > end && self.has(Quirk::LaysOutByArrival) {
            self.insert(&track_guid, -1, &gap(end, frame - end), "annotation");
        }
        let delta = self.replica.tree.value(delta);
        self.insert(&track_guid, -1, &delta, "annotation")
    }

    /// Makes a clip's own timeline and tells of it once, whatever the role and lease.
    fn share_clip_timeline(&mut self, clip: &str) {
        let Some(guid) = self.replica.clip_timeline(clip) else { return };
        if self.status == Status::Synced && !self.announced_clip_timelines.contains(&guid) {
            self.announced_clip_timelines.push(guid.clone());
            self.say_timeline("ADD_TIMELINE", &guid);
        }
    }

    fn replace_annotation(&mut self, annotation: &str, events: &[Value]) -> bool {
        let group = if events.is_empty() { "structure" } else { "annotation" };
        if self.status != Status::Synced || !self.permits(group) {
            return false;
        }
        let done = self.replica.replace_commands(annotation, &events.to_vec().into()) == Ok(Patched::Done);
        let Some(clip) = self.replica.find(annotation).filter(|_| done) else { return false };
        let commands = self.replica.commands(clip);
        let body = self.stamped([("annotation_clip_guid", annotation.into()), ("commands", commands.into())]);
        self.send("OTIO_SESSION_1.0", "REPLACE_ANNOTATION_COMMANDS", body);
        true
    }

    fn partial(&mut self, clip: &str, frame: f64, mut events: Vec<Value>) -> bool {
        if self.status != Status::Synced || !self.permits("annotation") {
            return false;
        }
        if self.has(Quirk::FreshStrokeIds) {
            let fresh = self.replica.mint();
            for event in events.iter_mut().filter_map(Value::as_object_mut) {
                event.insert("uuid", fresh.as_str());
            }
        }
        let mut body: Object = [("clip_guid", clip)].into_iter().collect();
        body.insert("frame", frame);
        body.insert("fps", RATE);
        body.insert("events", events);
        self.send("Annotation.1", "PARTIAL", body);
        true
    }

    fn playback(&mut self, state: Object) -> bool {
        let mut body = state;
        if self.has(Quirk::SaysLooping) {
            self.say_as_seed(&mut body);
        }
        let said = body.len();
        for (channel, fields) in [("visibility", &VISIBILITY[..]), ("position", &POSITION[..])] {
            let asserts = fields.iter().any(|field| body.contains_key(field));
            if asserts && !(self.permits(channel) && self.holds(channel)) {
                for field in fields {
                    body.remove(field);
                }
            }
        }
        let whole = body.len() == said;
        body.insert("timeline_guid", self.replica.active.clone());
        body.insert("sync_timestamp", self.wall());
        self.view.playback = body.clone();
        self.send("PLAYBACK_SETTINGS_1.0", "SET", body);
        whole
    }

    /// `looping` in place of a mode, and the selection by itself.
    fn say_as_seed(&mut self, body: &mut Object) {
        let mode = body.remove("playback_mode");
        body.insert("looping", mode.is_none_or(|mode| mode.as_str() == Some("loop")));
        body.insert("muted", false);
        body.insert("scrubbing", false);
        let (clip, mode) = (body.remove("clip_guid"), body.remove("view_mode"));
        if let Some(clip) = clip {
            let mode = mode.unwrap_or_else(|| "source".into());
            let selection = self.stamped([("clip_guid", clip), ("view_mode", mode)]);
            self.send("SELECTION_1.0", "SET", selection);
        }
    }

    fn display(&mut self, state: Object) -> bool {
        if !self.holds("display") {
            return false;
        }
        let mut body = state;
        body.insert("sync_timestamp", self.wall());
        self.view.display = body.clone();
        self.keep_display(&body);
        self.send("DISPLAY_SETTINGS_1.0", "SET", body);
        true
    }
}

/// A `TimeRange.1`.
fn time_range(start: i64, duration: i64) -> Value {
    let time = |value: i64| {
        let mut time: Object = [("OTIO_SCHEMA", "RationalTime.1")].into_iter().collect();
        time.insert("rate", RATE);
        time.insert("value", as_f64(value));
        Value::from(time)
    };
    let mut range: Object = [("OTIO_SCHEMA", "TimeRange.1")].into_iter().collect();
    range.insert("duration", time(duration));
    range.insert("start_time", time(start));
    range.into()
}

#[expect(clippy::cast_precision_loss, reason = "frames are far below 2^53")]
fn as_f64(frame: i64) -> f64 {
    frame as f64
}

/// The gap before an annotation clip whose frame lies beyond the end of the track.
fn gap(start: i64, duration: i64) -> Value {
    let mut gap: Object = [("OTIO_SCHEMA", "Gap.1")].into_iter().collect();
    gap.insert("source_range", time_range(start, duration));
    gap.into()
}

fn annotation_clip(clip: &str, frame: i64, events: &[Value]) -> Value {
    let mut metadata: Object = [("annotation_commands", events.to_vec())].into_iter().collect();
    metadata.insert("clip_guid", clip);
    let mut object: Object = [("OTIO_SCHEMA", "Clip.2")].into_iter().collect();
    object.insert("metadata", metadata);
    object.insert("name", format!("Annotation_{frame}"));
    object.insert("source_range", time_range(frame, 1));
    let mut missing: Object = [("OTIO_SCHEMA", "MissingReference.1")].into_iter().collect();
    missing.insert("metadata", Object::new());
    object.insert("media_references", [("DEFAULT_MEDIA", missing)].into_iter().collect::<Object>());
    object.insert("active_media_reference_key", "DEFAULT_MEDIA");
    object.into()
}
