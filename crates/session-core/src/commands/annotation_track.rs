//! Where the annotations of a clip stand (legacy-protocol §2.17, §3.4).

use lossless_json::{Object, Value};
use otio_document::{Document, NodeId};

use crate::peer::Peer;

/// The annotation track of a clip.
#[derive(Clone)]
pub(crate) struct AnnotationTrack<'a> {
    pub(crate) document: &'a Document,
    pub(crate) node: NodeId,
}

impl AnnotationTrack<'_> {
    pub(crate) fn guid(&self) -> &str {
        self.document.guid(self.node).unwrap_or_default()
    }

    /// The annotation clips of a clip, in the order of the track.
    pub(crate) fn annotations_of<'a>(&'a self, clip: &'a str) -> impl Iterator<Item = NodeId> + 'a {
        let children = self.document.children(self.node).iter();
        children.filter(move |node| {
            let metadata = self.document.metadata(*node);
            self.document.schema_name(*node) == "Clip"
                && metadata.and_then(|metadata| metadata.get("clip_guid")?.as_str()) == Some(clip)
        })
    }

    /// The annotation clip of a frame of a clip.
    pub(crate) fn annotation_at(&self, clip: &str, frame: i64) -> Option<NodeId> {
        self.annotations_of(clip).find(|node| {
            self.document.source_range(*node).is_some_and(|range| truncated(range.start_time.value) == frame)
        })
    }

    /// Where the track ends, as the reference counts.
    pub(crate) fn end(&self) -> i64 {
        let durations =
            self.document.children(self.node).iter().map(|node| {
                self.document.source_range(node).map_or(0, |range| truncated(range.duration.value))
            });
        durations.fold(0, i64::saturating_add)
    }
}

/// Towards zero, as Python's `int` does; what is no number counts as 0.
#[expect(clippy::cast_possible_truncation, reason = "truncation is what is asked for, and it saturates")]
fn truncated(value: f64) -> i64 {
    value as i64
}

impl Peer {
    /// The annotation track of a clip: in the timeline that is shown, else in the first timeline that holds the clip
    /// and has one; clip timelines count too.
    pub(crate) fn annotation_track(&self, clip: &str) -> Option<AnnotationTrack<'_>> {
        let state = self.log.state();
        let active = self.view.active_timeline().and_then(|active| state.timeline(active));
        let all = state.timelines().map(|(_, document)| document);
        active.into_iter().chain(all).find_map(|document| annotation_track_in(document, clip))
    }
}

/// The annotation track of a timeline that holds the clip on another track.
fn annotation_track_in<'a>(document: &'a Document, clip: &str) -> Option<AnnotationTrack<'a>> {
    let stack = document.children(document.root()?).first()?;
    let tracks = document.children(stack).iter();
    let tracks = tracks.filter(|node| document.schema_name(*node) == "Track");
    let is_annotations = |node: &NodeId| document.name(*node).to_lowercase().contains("annotation");
    let (annotation_tracks, others): (Vec<NodeId>, Vec<NodeId>) = tracks.partition(is_annotations);
    let holds =
        |track: &NodeId| document.children(*track).iter().any(|child| document.guid(child) == Some(clip));
    others.iter().find(|track| holds(track))?;
    annotation_tracks.first().map(|node| AnnotationTrack { document, node: *node })
}

/// `metadata.sync.guid`.
pub(crate) fn sync(guid: &str) -> Object {
    [("guid", guid)].into_iter().collect()
}

/// A `TimeRange.1`.
pub(crate) fn time_range(start: f64, duration: f64, rate: f64) -> Value {
    let time = |value: f64| {
        let fields =
            [("OTIO_SCHEMA", Value::from("RationalTime.1")), ("rate", rate.into()), ("value", value.into())];
        fields.into_iter().collect::<Object>()
    };
    let mut range = Object::new();
    range.insert("OTIO_SCHEMA", "TimeRange.1");
    range.insert("duration", time(duration));
    range.insert("start_time", time(start));
    range.into()
}

/// The gap before an annotation clip whose frame lies beyond the end of the track.
pub(crate) fn gap(guid: &str, start: i64, duration: i64, rate: f64) -> Value {
    let metadata: Object = [("sync", sync(guid))].into_iter().collect();
    let mut gap = item("Gap.1", metadata, "", time_range(as_f64(start), as_f64(duration), rate));
    gap.insert("color", Value::Null);
    gap.into()
}

/// An annotation clip, without media, one frame long.
pub(crate) fn annotation_clip(guid: &str, clip: &str, frame: i64, rate: f64, commands: Vec<Value>) -> Value {
    let mut metadata = Object::new();
    metadata.insert("annotation_commands", Value::Array(commands));
    metadata.insert("clip_guid", clip);
    metadata.insert("sync", sync(guid));
    let range = time_range(as_f64(frame), 1.0, rate);
    let mut object = item("Clip.2", metadata, &format!("Annotation_{frame}"), range);
    object.insert("color", Value::Null);
    let mut missing = Object::new();
    missing.insert("OTIO_SCHEMA", "MissingReference.1");
    missing.insert("metadata", Object::new());
    missing.insert("name", "");
    missing.insert("available_range", Value::Null);
    missing.insert("available_image_bounds", Value::Null);
    object.insert("media_references", [("DEFAULT_MEDIA", missing)].into_iter().collect::<Object>());
    object.insert("active_media_reference_key", "DEFAULT_MEDIA");
    object.into()
}

/// The fields that every item begins with.
pub(crate) fn item(schema: &str, metadata: Object, name: &str, source_range: Value) -> Object {
    let mut object = Object::new();
    object.insert("OTIO_SCHEMA", schema);
    object.insert("metadata", metadata);
    object.insert("name", name);
    object.insert("source_range", source_range);
    object.insert("effects", Value::Array(Vec::new()));
    object.insert("markers", Value::Array(Vec::new()));
    object.insert("enabled", true);
    object
}

#[expect(clippy::cast_precision_loss, reason = "frames are far below 2^53")]
fn as_f64(frame: i64) -> f64 {
    frame as f64
}

/// The rate of a clip: that of its source range, else of its media, else 24.
pub(crate) fn rate_of(document: &Document, clip: NodeId) -> f64 {
    const RATE_DEFAULT: f64 = 24.0;
    let own = document.source_range(clip).map(|range| range.duration.rate);
    let media = || {
        let key = document.field(clip, "active_media_reference_key").and_then(Value::as_str)?;
        let media = document.field(clip, "media_references")?.get(key)?;
        media.at(&["available_range", "duration", "rate"])?.as_f64()
    };
    let rate = own.or_else(media).filter(|rate| rate.is_finite() && *rate > 0.0);
    rate.unwrap_or(RATE_DEFAULT)
}
