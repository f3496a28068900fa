//! `docs/protocol.md`, written from the types and from the prose in `docs/protocol/`.

use std::fmt::Write;

use crate::body::{Body, FieldInfo, Presence};
use crate::limits::LIMITS;
use crate::message::{MESSAGES, MessageInfo, Traffic, families};
use crate::messages::{Base, Place, View, ViewStamp, ViewStamps};
use crate::operation_fields::operation_field_table;
use crate::parts::{ExistingSummary, Identity, LeaseEntry, PeerEntry, SessionRoles};

const TEMPLATE: &str = include_str!("../../../docs/protocol/template.md");
const JOIN_JSON: &str = include_str!("../../../docs/protocol/join-json.md");

/// What each family is about.
const FAMILIES: &[(&str, &str)] = &[
    (families::LIVE_SESSION, "Discovery, join, presence and roles."),
    (families::TIMELINE, "Whole timelines."),
    (families::OTIO_SESSION, "Edits inside a timeline."),
    (families::PLAYBACK_SETTINGS, "Transport, playhead and what is being looked at."),
    (families::DISPLAY_SETTINGS, "Pan, zoom, exposure and channel."),
    (families::ANNOTATION, "Strokes while they are being drawn."),
    (families::BROADCAST_OWNERSHIP, "Who is emitting a channel now."),
    (families::SELECTION, "The selected clip; retired."),
    (families::SESSION_LOG, "Between peers of ours; existing peers ignore it."),
];

/// The text of `docs/protocol.md`. `cargo xtask protocol` writes it there.
pub fn protocol_reference() -> String {
    let sections = [
        ("{{operation}}", field_table(&operation_field_table())),
        ("{{messages}}", messages()),
        ("{{parts}}", parts()),
        ("{{limits}}", limits()),
        ("{{join_json}}", JOIN_JSON.to_owned()),
    ];
    let mut page = TEMPLATE.to_owned();
    for (mark, text) in sections {
        page = page.replace(mark, text.trim_end());
    }
    page.trim_end().to_owned() + "\n"
}

/// A section a family, a part of it a message.
fn messages() -> String {
    let mut text = overview();
    for (family, about) in FAMILIES {
        let _ = write!(text, "## `{family}`\n\n{about}\n\n");
        for info in MESSAGES.iter().filter(|info| info.family == *family) {
            push_message(&mut text, info);
        }
    }
    text
}

/// All messages on one page.
fn overview() -> String {
    let mut text = "## All messages\n\n| family | event | kept |\n|---|---|---|\n".to_owned();
    for info in MESSAGES {
        let _ = writeln!(
            text,
            "| `{}` | [`{}`](#{}) | {} |",
            info.family,
            info.event,
            anchor(info),
            kept(info.traffic)
        );
    }
    text + "\n"
}

fn push_message(text: &mut String, info: &MessageInfo) {
    let _ = write!(text, "### `{}` {}\n\n", info.family, info.event);
    let _ = write!(text, "{}\n\n", prose(info.doc));
    let _ = writeln!(text, "- *Kept:* {}", kept(info.traffic));
    let _ = writeln!(text, "- *Sent* {}", info.sent);
    let _ = write!(text, "- *Received:* {}\n\n", info.received);
    let fields = (info.fields)();
    if fields.is_empty() {
        text.push_str("The body is empty.\n\n");
    } else {
        text.push_str(&field_table(&fields));
    }
    let _ = write!(text, "```json\n{}\n```\n\n", info.example.trim_end());
}

/// The heading of a message as a link target, as the usual Markdown readers make it.
fn anchor(info: &MessageInfo) -> String {
    let heading = format!("{} {}", info.family, info.event).to_lowercase();
    heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn kept(traffic: Traffic) -> &'static str {
    match traffic {
        Traffic::Durable => "durable",
        Traffic::Ephemeral => "ephemeral",
        Traffic::Control => "control",
    }
}

/// A table of fields.
fn field_table(fields: &[FieldInfo]) -> String {
    let mut text = "| field | type | there | meaning |\n|---|---|---|---|\n".to_owned();
    for field in fields {
        let presence = presence(field.presence);
        let _ = writeln!(
            text,
            "| `{}` | {} | {presence} | {} |",
            field.name,
            linked(&field.type_name),
            prose(field.doc)
        );
    }
    text + "\n"
}

fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Required => "required",
        Presence::EmptyWhenMissing => "always; empty if missing",
        Presence::AppendWhenMissing => "always; −1 if missing",
        Presence::NullWhenUnset => "always, or `null`",
        Presence::Optional => "optional",
    }
}

/// The type, with a link to the table of an object that stands inside messages.
fn linked(type_name: &str) -> String {
    let Some((before, name)) = type_name.split_once('(') else { return type_name.to_owned() };
    let name = name.trim_end_matches(')');
    let target = match name {
        "PlaybackSettings" => "playback_settings_10-set".to_owned(),
        "DisplaySettings" => "display_settings_10-set".to_owned(),
        _ => name.to_lowercase(),
    };
    format!("{before}([{name}](#{target}))")
}

/// The tables of objects inside messages.
fn parts() -> String {
    let tables: [(&str, &str, Vec<FieldInfo>); 10] = [
        ("PeerEntry", "A peer of the roster, without the time it was last heard.", PeerEntry::fields()),
        ("Identity", "Who sits at a peer, as they say themselves; nobody verified it.", Identity::fields()),
        ("SessionRoles", "Who may do what.", SessionRoles::fields()),
        ("LeaseEntry", "Who is emitting a channel now.", LeaseEntry::fields()),
        (
            "ExistingSummary",
            "Which operations of existing peers somebody holds, in short.",
            ExistingSummary::fields(),
        ),
        (
            "Base",
            "The state that a log starts from: the files that were opened, or a checkpoint.",
            Base::fields(),
        ),
        ("View", "View state and presence, as in `STATE_SNAPSHOT`.", View::fields()),
        ("Place", "A place in the order of operations.", Place::fields()),
        ("ViewStamps", "When and by whom the fields of a view were asserted.", ViewStamps::fields()),
        (
            "ViewStamp",
            "When and by whom something was asserted: the later wins, ties by source.",
            ViewStamp::fields(),
        ),
    ];
    let mut text = String::new();
    for (name, about, fields) in tables {
        let _ = write!(text, "### {name}\n\n{about}\n\n{}", field_table(&fields));
    }
    text.push_str("A *RationalTime* is `{\"OTIO_SCHEMA\": \"RationalTime.1\", \"value\": frames, \"rate\": frames per second}`.\n");
    text
}

fn limits() -> String {
    let mut text = "| what | at most | unit |\n|---|---|---|\n".to_owned();
    for limit in LIMITS {
        let _ = writeln!(text, "| {} | {} | {} |", limit.what, limit.max, limit.unit);
    }
    text
}

/// Lines of a comment as one paragraph.
fn prose(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docs_protocol_md_is_what_the_types_say() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol.md");
        let written = std::fs::read_to_string(page).unwrap_or_default();
        assert!(written == protocol_reference(), "docs/protocol.md is stale: run `cargo xtask protocol`");
    }

    #[test]
    fn every_family_has_its_section() {
        for info in MESSAGES {
            assert!(FAMILIES.iter().any(|(family, _)| *family == info.family), "{}", info.family);
        }
    }

    #[test]
    fn every_mark_of_the_template_is_filled() {
        assert!(!protocol_reference().contains("{{"));
    }

    #[test]
    fn every_link_has_its_target() {
        let page = protocol_reference();
        let slug = |heading: &str| {
            let kept = heading.to_lowercase();
            kept.chars()
                .filter(|c| c.is_alphanumeric() || " _-".contains(*c))
                .collect::<String>()
                .replace(' ', "-")
        };
        let headings = page.lines().filter(|line| line.starts_with('#'));
        let targets: Vec<String> = headings.map(|line| slug(line.trim_start_matches(['#', ' ']))).collect();
        for link in page.split("](#").skip(1).filter_map(|rest| rest.split_once(')')) {
            assert!(targets.contains(&link.0.to_owned()), "#{}", link.0);
        }
    }
}
