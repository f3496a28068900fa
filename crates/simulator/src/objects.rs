//! Small OTIO objects.

use lossless_json::{Limits, Style, Value, parse};

fn json(text: &str) -> Value {
    parse(text.as_bytes(), &Limits::default()).map(|parsed| parsed.value).unwrap_or_default()
}

pub(crate) fn range(start: u64, duration: u64) -> Value {
    json(&format!(
        r#"{{"OTIO_SCHEMA":"TimeRange.1","duration":{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":{duration}.0}},"start_time":{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":{start}.0}}}}"#
    ))
}

fn text(value: &Value) -> String {
    value.to_text(Style::Python)
}

/// A clip of that GUID, one second of media long; a key in its metadata to be edited.
pub(crate) fn clip(guid: &str) -> Value {
    let media = text(&range(0, 24));
    json(&format!(
        r#"{{"OTIO_SCHEMA":"Clip.2","metadata":{{"sync":{{"guid":"{guid}"}},"a":{{"b":0}}}},"name":"{guid}","source_range":null,
        "effects":[],"markers":[],"enabled":true,"color":null,"media_references":{{"DEFAULT_MEDIA":{{
        "OTIO_SCHEMA":"ExternalReference.1","metadata":{{}},"name":"","available_range":{media},"available_image_bounds":null,
        "target_url":"/media/{guid}.mov"}}}},"active_media_reference_key":"DEFAULT_MEDIA"}}"#
    ))
}

/// A gap without a GUID.
pub(crate) fn gap(duration: u64) -> Value {
    let range = text(&range(0, duration));
    json(&format!(
        r#"{{"OTIO_SCHEMA":"Gap.1","metadata":{{}},"name":"","source_range":{range},"effects":[],"markers":[],"enabled":true,"color":null}}"#
    ))
}

/// A video track `<guid>` of these clips.
pub(crate) fn track(guid: &str, clips: &[String]) -> Value {
    let children: Vec<String> = clips.iter().map(|clip_guid| text(&clip(clip_guid))).collect();
    let children = children.join(",");
    json(&format!(
        r#"{{"OTIO_SCHEMA":"Track.1","metadata":{{"sync":{{"guid":"{guid}"}}}},"name":"{guid}","source_range":null,"effects":[],
        "markers":[],"enabled":true,"color":null,"children":[{children}],"kind":"Video"}}"#
    ))
}

/// A timeline with two tracks `<guid>-v1` and `<guid>-v2` of three clips and one.
pub(crate) fn timeline(guid: &str) -> Value {
    let clips: Vec<String> = (0..4).map(|clip| format!("{guid}-c{clip}")).collect();
    let (first, second) = clips.split_at(3);
    let (first, second) =
        (text(&track(&format!("{guid}-v1"), first)), text(&track(&format!("{guid}-v2"), second)));
    json(&format!(
        r#"{{"OTIO_SCHEMA":"Timeline.1","metadata":{{"sync":{{"guid":"{guid}"}}}},"name":"{guid}","global_start_time":null,"tracks":
        {{"OTIO_SCHEMA":"Stack.1","metadata":{{"sync":{{"guid":"{guid}-stack"}}}},"name":"tracks","source_range":null,"effects":[],
        "markers":[],"enabled":true,"color":null,"children":[{first},{second}]}}}}"#
    ))
}

/// The same with a third track `<guid>-a` for annotations.
pub(crate) fn annotated_timeline(guid: &str) -> Value {
    let mut value = timeline(guid);
    let stack = value.as_object_mut().and_then(|timeline| timeline.get_mut("tracks"));
    if let Some(tracks) = stack.and_then(children_mut) {
        tracks.push(annotation_track(guid));
    }
    value
}

/// The children of an object.
fn children_mut(object: &mut Value) -> Option<&mut Vec<Value>> {
    match object.as_object_mut()?.get_mut("children")? {
        Value::Array(children) => Some(children),
        _ => None,
    }
}

fn annotation_track(guid: &str) -> Value {
    let mut annotations = track(&format!("{guid}-a"), &[]);
    if let Some(track) = annotations.as_object_mut() {
        track.insert("name", "Annotations");
    }
    annotations
}

/// The clip timeline of a clip: a track `<guid>-v` with it, and `<guid>-a` for annotations.
pub(crate) fn clip_timeline(guid: &str, of: &str) -> Value {
    let (clips, annotations) = (track(&format!("{guid}-v"), &[of.to_owned()]), annotation_track(guid));
    let (clips, annotations) = (text(&clips), text(&annotations));
    json(&format!(
        r#"{{"OTIO_SCHEMA":"Timeline.1","metadata":{{"sync":{{"guid":"{guid}"}},"clip_timeline_for":"{of}"}},"name":"{guid}",
        "global_start_time":null,"tracks":{{"OTIO_SCHEMA":"Stack.1","metadata":{{"sync":{{"guid":"{guid}-stack"}}}},"name":"tracks",
        "source_range":null,"effects":[],"markers":[],"enabled":true,"color":null,"children":[{clips},{annotations}]}}}}"#
    ))
}

/// The annotation clip of a frame of a clip.
pub(crate) fn annotation(
    guid: &str,
    clip_guid: &str,
    frame: u64,
    commands: Vec<Value>,
    note: Option<String>,
) -> Value {
    let mut value = clip(guid);
    let Some(object) = value.as_object_mut() else { return value };
    object.insert("source_range", range(frame, 1));
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("clip_guid", clip_guid);
        metadata.insert("annotation_commands", commands);
        if let Some(note) = note {
            metadata.insert("note_uuid", format!("u-{note}"));
            metadata.insert("note", note);
        }
    }
    value
}

/// A timeline as its author sees it, without a child of its first track, or without its last track.
pub(crate) fn leave_out(timeline: &mut Value, a_child: bool, which: u64) {
    let tracks = timeline.as_object_mut().and_then(|timeline| timeline.get_mut("tracks"));
    let Some(tracks) = tracks.and_then(children_mut) else { return };
    if !a_child {
        tracks.pop();
        return;
    }
    if let Some(children) = tracks.first_mut().and_then(children_mut)
        && !children.is_empty()
    {
        children.remove(usize::try_from(which).unwrap_or(0) % children.len());
    }
}

/// One drawn point.
pub(crate) fn stroke(uuid: &str) -> Vec<Value> {
    vec![
        json(&format!(
            r#"{{"OTIO_SCHEMA":"PaintStart.1","brush":"circle","rgba":[1.0,0.0,0.0,1.0],"uuid":"{uuid}"}}"#
        )),
        json(&format!(
            r#"{{"OTIO_SCHEMA":"PaintPoint.1","points":{{"OTIO_SCHEMA":"PaintVertices.1","x":[0.1],"y":[0.2],"size":[0.01]}},"uuid":"{uuid}"}}"#
        )),
    ]
}
