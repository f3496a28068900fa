//! Timelines to measure with, the same on every machine.

use std::fmt::Write;

/// Frames of a clip and of the media it shows a part of.
const FRAMES: u32 = 48;
const MEDIA_FRAMES: u32 = 240;

/// A timeline with one track of so many clips, each with ten keys of metadata, a cut and a file, as opentimelineio
/// writes it without white space.
pub(crate) fn of_clips(count: u32) -> String {
    let mut text = String::from(
        r#"{"OTIO_SCHEMA":"Timeline.1","metadata":{},"name":"Reel 1","global_start_time":null,"tracks":"#,
    );
    text.push_str(
        r#"{"OTIO_SCHEMA":"Stack.1","metadata":{},"name":"tracks","source_range":null,"effects":[],"#,
    );
    text.push_str(r#""markers":[],"enabled":true,"color":null,"children":["#);
    text.push_str(&track(count, push_clip));
    text.push_str("]}}");
    text
}

/// A track of so many gaps.
pub(crate) fn of_gaps(count: u32) -> String {
    track(count, |text, _| text.push_str(&gap()))
}

/// A clip on its own.
pub(crate) fn clip(index: u32) -> String {
    let mut text = String::new();
    push_clip(&mut text, index);
    text
}

/// What of a clip goes into engines that know nothing of timelines.
#[cfg(feature = "peers")]
pub(crate) const FIELDS: [(&str, &str); 5] = [
    ("artist", "artist 7"),
    ("department", "comp"),
    ("note", "second pass, edges \"soft\" at the left"),
    ("shot", "sh000007"),
    ("status", "in review"),
];

/// A gap on its own.
pub(crate) fn gap() -> String {
    let range = range(0, FRAMES);
    format!(
        r#"{{"OTIO_SCHEMA":"Gap.1","metadata":{{}},"name":"","source_range":{range},"effects":[],"markers":[],"enabled":true,"color":null}}"#
    )
}

fn track(count: u32, push: impl Fn(&mut String, u32)) -> String {
    let mut text = String::from(
        r#"{"OTIO_SCHEMA":"Track.1","metadata":{},"name":"V1","source_range":null,"effects":[],"markers":[],"#,
    );
    text.push_str(r#""enabled":true,"color":null,"children":["#);
    for index in 0..count {
        if index > 0 {
            text.push(',');
        }
        push(&mut text, index);
    }
    text.push_str(r#"],"kind":"Video"}"#);
    text
}

fn push_clip(text: &mut String, index: u32) {
    let _ = write!(
        text,
        r#"{{"OTIO_SCHEMA":"Clip.2","metadata":{metadata},"name":"sh{index:06}","source_range":{cut},"effects":[],"markers":[],"enabled":true,"color":null,"media_references":{{"DEFAULT_MEDIA":{{"OTIO_SCHEMA":"ExternalReference.1","metadata":{{}},"name":"","available_range":{media},"available_image_bounds":null,"target_url":"file:///shows/reel1/sh{index:06}/v{version:03}/sh{index:06}.mov"}}}},"active_media_reference_key":"DEFAULT_MEDIA"}}"#,
        metadata = metadata(index),
        cut = range(index % 100, FRAMES),
        media = range(0, MEDIA_FRAMES),
        version = index % 40,
    );
}

/// Ten keys: texts, whole numbers, decimals, flags, a list, and the GUID that a session gives.
fn metadata(index: u32) -> String {
    let guid = guid(index);
    format!(
        r#"{{"artist":"artist {artist}","department":"comp","exposure":{exposure}.25,"frame_in":{frame},"note":"second pass, edges \"soft\" at the left","published":{published},"shot":"sh{index:06}","status":"in review","sync":{{"guid":"{guid}"}},"tags":["hero","night"]}}"#,
        artist = index % 25,
        exposure = index % 7,
        frame = 1001 + index % 500,
        published = index.is_multiple_of(2),
    )
}

/// The GUID of a clip.
pub(crate) fn guid(index: u32) -> String {
    format!("{:08x}-0000-4000-8000-{:012x}", index.wrapping_mul(0x9e37_79b1), index)
}

fn range(start: u32, duration: u32) -> String {
    let time = |value| format!(r#"{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":{value}.0}}"#);
    format!(r#"{{"OTIO_SCHEMA":"TimeRange.1","duration":{},"start_time":{}}}"#, time(duration), time(start))
}
