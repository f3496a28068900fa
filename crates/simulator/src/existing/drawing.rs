//! What a peer's user draws, in the reference's layout (legacy-protocol §2.17, §3.4).

use lossless_json::{Object, Value};

use super::patching::Patched;
use super::peer::{ExistingPeer, Status};
use super::quirks::Quirk;

/// Frames a second of what is drawn.
const RATE: f64 = 24.0;

impl ExistingPeer {
    /// Draws on a clip's frame, in the clip's own timeline where no other one has a track for it.
    pub(super) fn annotate(&mut self, clip: &str, frame: i64, events: &[Value]) -> bool {
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

    pub(super) fn replace_annotation(&mut self, annotation: &str, events: &[Value]) -> bool {
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

    pub(super) fn partial(&mut self, clip: &str, frame: f64, mut events: Vec<Value>) -> bool {
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
