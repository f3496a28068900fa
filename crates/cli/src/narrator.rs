//! What happens in a session, in words.

use lossless_json::{Object, Style, Value};
use otio_document::Document;
use session_core::Effect;
use session_wire::{Envelope, Message};
use std::collections::BTreeMap;

/// The longest piece of a value that is shown.
const SHOWN_MAX: usize = 60;

/// Tells effects in words; remembers names, so that people are called by them.
#[derive(Debug, Default)]
pub(crate) struct Narrator {
    names: BTreeMap<String, String>,
    shown: Shown,
}

/// What was last told of playback, so that a running playhead is not told again and again.
#[derive(Debug, Default, PartialEq)]
struct Shown {
    playing: Option<bool>,
    looked_at: Option<String>,
    frame: Option<f64>,
}

impl Narrator {
    /// The line for an effect; `None` for what a person need not know.
    pub(crate) fn tell(&mut self, effect: &Effect) -> Option<String> {
        match effect {
            Effect::Change { envelope, action, .. } => self.change(action, envelope),
            Effect::Playback { source, state } => self.playback(source, state),
            Effect::Display { source, state } => {
                Some(format!("{} changed the display: {}", self.name(source), fields(state)))
            }
            Effect::Host { guid: Some(guid), own } => Some(match own {
                true => "you decide what is shown".to_owned(),
                false => format!("{} decides what is shown", self.name(guid)),
            }),
            Effect::Joined { guid, participant } => {
                self.remember(guid, &participant.display_name());
                Some(format!("{} is here", self.name(guid)))
            }
            Effect::Changed { guid, participant } => {
                self.remember(guid, &participant.display_name());
                None
            }
            Effect::Left { guid } => Some(format!("{} left", self.name(guid))),
            Effect::OwnRole(role) => Some(format!("you are now a {role}")),
            Effect::NoSession => Some("nobody holds this session yet; waiting".to_owned()),
            Effect::Warning { detail, .. } => Some(format!("warning: {detail}")),
            _ => None,
        }
    }

    fn remember(&mut self, guid: &str, name: &str) {
        // On one line, so that nobody's name looks like a line of ours.
        self.names.insert(guid.to_owned(), name.split_whitespace().collect::<Vec<_>>().join(" "));
    }

    fn name(&self, guid: &str) -> String {
        self.names.get(guid).cloned().unwrap_or_else(|| short(guid).to_owned())
    }

    fn change(&self, action: &str, envelope: &Envelope) -> Option<String> {
        let what = match &envelope.message {
            Message::SetProperty(set) => {
                format!("set {} of {} to {}", set.path, short(&set.target_uuid), shown(&set.value))
            }
            Message::InsertChild(insert) if action == "insert_child" => {
                format!("put {} into {}", described(&insert.child_data), short(&insert.parent_uuid))
            }
            Message::InsertChild(_) => "drew".to_owned(),
            Message::MoveChild(moved) => {
                format!("moved {} to place {}", short(&moved.child_uuid), moved.to_index)
            }
            Message::RemoveChild(removed) => format!("took out {}", short(&removed.child_uuid)),
            Message::ReplaceAnnotationCommands(replaced) if replaced.commands.is_empty() => {
                "cleared a drawing".to_owned()
            }
            Message::ReplaceAnnotationCommands(_) => "changed a drawing".to_owned(),
            Message::AddTimeline(added) => format!("added {}", described(&added.timeline)),
            Message::RenameTimeline(renamed) => {
                format!("named timeline {} {:?}", short(&renamed.timeline_guid), renamed.name)
            }
            Message::RemoveTimeline(removed) => format!("removed timeline {}", short(&removed.timeline_guid)),
            Message::ReplaceTimeline(replaced) => format!("replaced {}", described(&replaced.timeline)),
            Message::SetPeerRole(role) => format!("made {} a {}", role.user, role.role),
            _ => return None,
        };
        Some(format!("{} {what}", self.name(&envelope.source_guid)))
    }

    fn playback(&mut self, source: &str, state: &Object) -> Option<String> {
        let text = |key: &str| state.get(key).and_then(Value::as_str).map(str::to_owned);
        let playing = state.get("playing").and_then(Value::as_bool);
        let frame = state.get("current_time").and_then(|time| time.get("value")).and_then(Value::as_f64);
        let shown = Shown { playing, looked_at: text("clip_guid").or_else(|| text("timeline_guid")), frame };
        let running = playing == Some(true) && self.shown.playing == Some(true);
        let same = self.shown.playing == playing && self.shown.looked_at == shown.looked_at;
        let told = !(same && (running || self.shown.frame == frame));
        self.shown = shown;
        told.then(|| {
            let verb = if playing == Some(true) { "plays" } else { "shows" };
            let what = self.shown.looked_at.as_deref().map(short);
            match (frame, what) {
                (Some(frame), Some(what)) => format!("{} {verb} frame {frame} of {what}", self.name(source)),
                (Some(frame), None) => format!("{} {verb} frame {frame}", self.name(source)),
                (None, what) => format!("{} {verb} {}", self.name(source), what.unwrap_or("the session")),
            }
        })
    }
}

/// Enough of a GUID to tell it from others.
fn short(guid: &str) -> &str {
    &guid[..guid.floor_char_boundary(8)]
}

/// The name of a timeline.
pub(crate) fn name_of(timeline: &Document) -> String {
    timeline.root().map(|root| timeline.name(root).to_owned()).unwrap_or_default()
}

/// `1 timeline`, `2 timelines`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `Clip "opening"`.
fn described(object: &Value) -> String {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let schema = text("OTIO_SCHEMA").split('.').next().unwrap_or_default();
    format!("{schema} {:?}", text("name"))
}

fn shown(value: &Value) -> String {
    let text = value.to_text(Style::Strict);
    let end = text.floor_char_boundary(SHOWN_MAX);
    if end < text.len() { format!("{}…", &text[..end]) } else { text }
}

fn fields(state: &Object) -> String {
    let told = state.iter().filter(|(key, _)| *key != "sync_timestamp");
    told.map(|(key, value)| format!("{key} {}", shown(value))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(playing: bool, frame: f64) -> Effect {
        let time: Object = [("value", frame), ("rate", 24.0)].into_iter().collect();
        let mut state = Object::new();
        state.insert("playing", playing);
        state.insert("current_time", time);
        Effect::Playback { source: "0123456789".into(), state }
    }

    #[test]
    fn a_running_playhead_is_told_once() {
        let mut narrator = Narrator::default();
        assert_eq!(narrator.tell(&at(true, 1.0)).unwrap(), "01234567 plays frame 1");
        assert_eq!(narrator.tell(&at(true, 2.0)), None);
        assert_eq!(narrator.tell(&at(false, 3.0)).unwrap(), "01234567 shows frame 3");
        assert_eq!(narrator.tell(&at(false, 3.0)), None);
        assert_eq!(narrator.tell(&at(false, 9.0)).unwrap(), "01234567 shows frame 9");
    }

    #[test]
    fn nobody_has_a_name_that_looks_like_a_line_of_ours() {
        let mut narrator = Narrator::default();
        narrator.remember("0123456789", " Mika\n\u{2028}Ana left ");
        assert_eq!(narrator.tell(&at(true, 1.0)).unwrap(), "Mika Ana left plays frame 1");
    }

    #[test]
    fn long_values_and_guids_are_cut_at_characters() {
        assert_eq!(short("ééééééééé"), "éééé");
        assert!(shown(&Value::from("ü".repeat(100))).ends_with('…'));
        assert_eq!(count(1, "timeline") + ", " + &count(0, "peer"), "1 timeline, 0 peers");
    }
}
