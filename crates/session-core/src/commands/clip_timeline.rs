//! The timeline of one clip, with every GUID derived from the clip's (legacy-protocol §3.5, DESIGN §5).

use lossless_json::{Object, Value};
use otio_document::{Document, NodeId};
use uuid::Uuid;

use super::annotation_track::{item, sync};

/// The GUIDs of a clip timeline.
pub(crate) struct ClipTimelineGuids {
    pub(crate) timeline: String,
    pub(crate) stack: String,
    pub(crate) video_track: String,
    pub(crate) annotation_track: String,
}

impl ClipTimelineGuids {
    pub(crate) fn of(clip: &str) -> Self {
        let derived = |what: &str| {
            Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{what}:{clip}").as_bytes()).hyphenated().to_string()
        };
        Self {
            timeline: derived("clip_timeline"),
            stack: derived("clip_timeline_stack"),
            video_track: derived("clip_timeline_video_track"),
            annotation_track: derived("clip_timeline_ann_track"),
        }
    }
}

/// The clip timeline of a clip, its annotation track empty.
pub(crate) fn clip_timeline(document: &Document, clip: NodeId) -> Value {
    let clip_guid = document.guid(clip).unwrap_or_default();
    let guids = ClipTimelineGuids::of(clip_guid);
    let name = Some(document.name(clip)).filter(|name| !name.is_empty()).unwrap_or("clip");
    let mut metadata = Object::new();
    metadata.insert("clip_timeline_for", clip_guid);
    metadata.insert("sync", sync(&guids.timeline));
    let tracks = vec![
        track("V1", &guids.video_track, vec![document.subtree_value(clip)]),
        track("Annotations", &guids.annotation_track, Vec::new()),
    ];
    let mut timeline = Object::new();
    timeline.insert("OTIO_SCHEMA", "Timeline.1");
    timeline.insert("metadata", metadata);
    timeline.insert("name", name);
    timeline.insert("global_start_time", Value::Null);
    timeline.insert("tracks", composition("Stack.1", "tracks", &guids.stack, tracks));
    timeline.into()
}

fn track(name: &str, guid: &str, children: Vec<Value>) -> Value {
    let mut track = composition("Track.1", name, guid, children);
    track.insert("kind", "Video");
    track.into()
}

fn composition(schema: &str, name: &str, guid: &str, children: Vec<Value>) -> Object {
    let metadata: Object = [("sync", sync(guid))].into_iter().collect();
    let mut object = item(schema, metadata, name, Value::Null);
    object.insert("color", Value::Null);
    object.insert("children", Value::Array(children));
    object
}

#[cfg(test)]
mod tests {
    use super::ClipTimelineGuids;

    /// The vectors of legacy-protocol §3.5.
    #[test]
    fn the_guids_are_those_of_the_reference() {
        let guids = ClipTimelineGuids::of("0235a8df-0c20-414d-b4b3-b92d42468680");
        assert_eq!(guids.timeline, "4383319d-313c-5bf0-8b0d-d4caa951b54d");
        assert_eq!(guids.video_track, "72579bcb-65f2-5b18-9517-2097d6342fab");
        assert_eq!(guids.annotation_track, "bc94d996-8a8c-5027-b96c-18ba1a606932");
    }
}
