//! Small OTIO objects.

use lossless_json::{Limits, Value, parse};

/// JSON text as a value.
pub fn json(text: &str) -> Value {
    parse(text.as_bytes(), &Limits::default()).unwrap().value
}

/// A clip of that GUID, one second of media long.
pub fn clip(guid: &str) -> Value {
    json(&format!(
        r#"{{"OTIO_SCHEMA":"Clip.2","metadata":{{"sync":{{"guid":"{guid}"}}}},"name":"{guid}","source_range":null,"effects":[],
        "markers":[],"enabled":true,"color":null,"media_references":{{"DEFAULT_MEDIA":{{"OTIO_SCHEMA":"ExternalReference.1",
        "metadata":{{}},"name":"","available_range":{{"OTIO_SCHEMA":"TimeRange.1","duration":{{"OTIO_SCHEMA":"RationalTime.1",
        "rate":24.0,"value":24.0}},"start_time":{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":0.0}}}},
        "available_image_bounds":null,"target_url":"/media/{guid}.mov"}}}},"active_media_reference_key":"DEFAULT_MEDIA"}}"#
    ))
}

/// A gap without a GUID.
pub fn gap() -> Value {
    json(
        r#"{"OTIO_SCHEMA":"Gap.1","metadata":{},"name":"","source_range":{"OTIO_SCHEMA":"TimeRange.1","duration":
        {"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":5.0},"start_time":{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":0.0}},
        "effects":[],"markers":[],"enabled":true,"color":null}"#,
    )
}

/// A timeline with one video track `<guid>-track` of these clips.
pub fn timeline(guid: &str, clips: &[&str]) -> Value {
    let children: Vec<String> =
        clips.iter().map(|guid| clip(guid).to_text(lossless_json::Style::Python)).collect();
    let children = children.join(",");
    json(&format!(
        r#"{{"OTIO_SCHEMA":"Timeline.1","metadata":{{"sync":{{"guid":"{guid}"}}}},"name":"{guid}","global_start_time":null,"tracks":
        {{"OTIO_SCHEMA":"Stack.1","metadata":{{"sync":{{"guid":"{guid}-stack"}}}},"name":"tracks","source_range":null,"effects":[],
        "markers":[],"enabled":true,"color":null,"children":[{{"OTIO_SCHEMA":"Track.1","metadata":{{"sync":{{"guid":"{guid}-track"}}}},
        "name":"V1","source_range":null,"effects":[],"markers":[],"enabled":true,"color":null,"children":[{children}],"kind":"Video"}}]}}}}"#
    ))
}

/// One drawn point.
pub fn stroke(uuid: &str) -> Vec<Value> {
    vec![
        json(&format!(
            r#"{{"OTIO_SCHEMA":"PaintStart.1","brush":"circle","rgba":[1.0,0.0,0.0,1.0],"uuid":"{uuid}"}}"#
        )),
        json(&format!(
            r#"{{"OTIO_SCHEMA":"PaintPoint.1","points":{{"OTIO_SCHEMA":"PaintVertices.1","x":[0.1],"y":[0.2],"size":[0.01]}},"uuid":"{uuid}"}}"#
        )),
    ]
}
