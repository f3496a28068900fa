//! The session's timelines as an outline for people: tracks, what is on them, how long, and their GUIDs.

use otio_document::{Document, NodeId, TimeRange};
use session_log::SessionState;
use std::fmt::Write;

/// Names longer than this are cut, so that the columns hold.
const NAME_WIDTH: usize = 40;

/// The timelines in order, clip timelines left out, a line for each track, clip, gap and transition.
pub(crate) fn outline(state: &SessionState) -> String {
    let mut text = String::new();
    for (guid, timeline) in state.timelines().filter(|(guid, _)| !state.is_clip_timeline(guid)) {
        let Some(root) = timeline.root() else { continue };
        line(&mut text, timeline.name(root), "Timeline", guid);
        for stack in timeline.children(root) {
            below(&mut text, timeline, stack, 1);
        }
    }
    if text.is_empty() {
        text.push_str("no timelines\n");
    }
    text
}

fn below(text: &mut String, timeline: &Document, parent: NodeId, depth: usize) {
    let mut start = 0.0;
    for child in timeline.children(parent) {
        let name = match timeline.name(child) {
            "" => "–",
            name => name,
        };
        let indented = format!("{}{name}", "  ".repeat(depth));
        let range = range_of(timeline, child);
        line(
            text,
            &indented,
            &about(timeline, child, start, range),
            timeline.guid(child).unwrap_or_default(),
        );
        if timeline.schema_name(child) != "Transition" {
            start += range.map_or(0.0, |range| range.duration.value);
        }
        below(text, timeline, child, depth + 1);
    }
}

/// `Video track`, or `Clip 62–109` in frames of its track.
fn about(timeline: &Document, node: NodeId, start: f64, range: Option<TimeRange>) -> String {
    let schema = timeline.schema_name(node);
    match (timeline.kind(node), range) {
        (Some(kind), _) => format!("{kind} track"),
        (None, Some(range)) if range.duration.value >= 1.0 => {
            format!("{schema} {start:.0}–{:.0}", start + range.duration.value - 1.0)
        }
        _ => schema.to_owned(),
    }
}

/// The trimmed range, else that of the active media.
fn range_of(timeline: &Document, node: NodeId) -> Option<TimeRange> {
    timeline.source_range(node).or_else(|| {
        let key = timeline.field(node, "active_media_reference_key")?.as_str()?;
        TimeRange::from_value(timeline.field(node, "media_references")?.get(key)?.get("available_range")?)
    })
}

fn line(text: &mut String, name: &str, about: &str, guid: &str) {
    let mut name: String = name.chars().map(|c| if c.is_control() { '�' } else { c }).collect();
    if name.chars().count() > NAME_WIDTH {
        name = name.chars().take(NAME_WIDTH - 1).chain(['…']).collect();
    }
    // Writing to a string does not fail.
    let _ = writeln!(text, "{name:<NAME_WIDTH$}  {about:<18}  {guid}");
}
