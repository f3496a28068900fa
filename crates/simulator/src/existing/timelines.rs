//! Timelines of single clips (legacy-protocol §2.10, §3.5).

use lossless_json::{Object, Value};
use uuid::Uuid;

use super::quirks::Quirk;
use super::replica::Replica;
use super::tree::ThingId;

fn derived(what: &str, clip: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{what}:{clip}").as_bytes()).hyphenated().to_string()
}

impl Replica {
    /// A clip's own timeline, made where there is none; nothing for what is no clip.
    pub(super) fn clip_timeline(&mut self, clip: &str) -> Option<String> {
        if let Some(guid) = self.clip_timelines.get(clip) {
            return Some(guid.clone());
        }
        let held = self.find(clip).filter(|held| self.tree.schema(*held) == "Clip")?;
        let guid = derived("clip_timeline", clip);
        let copy = self.tree.copy(held);
        let name = Some(self.tree.name(held)).filter(|name| !name.is_empty()).unwrap_or("clip").to_owned();
        let value = skeleton(&guid, &name, clip);
        let id = self.read(&value).ok()?;
        let stack = *self.tree.children(id).first()?;
        let video = *self.tree.children(stack).first()?;
        self.tree.insert(video, -1, copy).ok()?;
        if !self.quirks.has(Quirk::MintsStacks) {
            self.tree.set_guid(stack, &derived("clip_timeline_stack", clip));
        }
        self.store(&guid, id);
        Some(guid)
    }

    /// What stands at a property's path.
    pub(super) fn property(&self, guid: &str, path: &str) -> Option<Value> {
        let id: ThingId = self.find(guid)?;
        let Some(keys) = path.strip_prefix("metadata/") else { return self.tree.field(id, path).cloned() };
        let mut place = self.tree.field(id, "metadata")?;
        for key in keys.split('/') {
            place = place.get(key)?;
        }
        Some(place.clone())
    }
}

/// A clip timeline with empty tracks; its stack has no GUID.
fn skeleton(guid: &str, name: &str, clip: &str) -> Value {
    let track = |name: &str, what: &str| {
        let mut track = composition("Track.1", name, Some(&derived(what, clip)), Vec::new());
        track.insert("kind", "Video");
        Value::from(track)
    };
    let tracks =
        vec![track("V1", "clip_timeline_video_track"), track("Annotations", "clip_timeline_ann_track")];
    let mut metadata: Object = [("clip_timeline_for", clip)].into_iter().collect();
    metadata.insert("sync", sync(guid));
    let mut timeline: Object = [("OTIO_SCHEMA", "Timeline.1")].into_iter().collect();
    timeline.insert("metadata", metadata);
    timeline.insert("name", name);
    timeline.insert("global_start_time", Value::Null);
    timeline.insert("tracks", composition("Stack.1", "tracks", None, tracks));
    timeline.into()
}

fn composition(schema: &str, name: &str, guid: Option<&str>, children: Vec<Value>) -> Object {
    let mut object: Object = [("OTIO_SCHEMA", schema)].into_iter().collect();
    object.insert(
        "metadata",
        guid.map_or_else(Object::new, |guid| [("sync", sync(guid))].into_iter().collect()),
    );
    object.insert("name", name);
    object.insert("children", children);
    object
}

/// `metadata.sync`.
fn sync(guid: &str) -> Object {
    [("guid", guid)].into_iter().collect()
}
