//! What a user or an application asks of its peer.

use lossless_json::{Number, Object, Value};
use session_log::OperationId;

use crate::effect::operation_object;
use crate::error::CommandError;
use crate::roles::Role;

/// One thing to do in the session.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Command {
    /// Sets a property of an object: a plain attribute such as `name`, or `metadata/a/b`.
    SetProperty {
        /// The object.
        target_uuid: String,
        /// The attribute, or the way through `metadata`.
        path: String,
        /// What to set.
        value: Value,
    },
    /// Puts a new object into a stack or track; missing GUIDs are minted at every level.
    InsertChild {
        /// The stack or track.
        parent_uuid: String,
        /// Where; −1 appends, other negative numbers count from the end, beyond the end is the end.
        index: i64,
        /// The OTIO object.
        child_data: Value,
    },
    /// Moves a child to another place, or out of another parent of the same timeline into this one.
    MoveChild {
        /// The parent to be in.
        parent_uuid: String,
        /// The child.
        child_uuid: String,
        /// Its index among the others.
        to_index: i64,
    },
    /// Takes a child out.
    RemoveChild {
        /// The parent.
        parent_uuid: String,
        /// The child.
        child_uuid: String,
    },
    /// Adds a timeline; missing GUIDs are minted.
    AddTimeline {
        /// The OTIO timeline.
        timeline: Value,
    },
    /// Names a timeline.
    RenameTimeline {
        /// The timeline.
        timeline_guid: String,
        /// Its new name, not empty.
        name: String,
    },
    /// Takes a timeline out, with the clip timelines of its clips.
    RemoveTimeline {
        /// The timeline.
        timeline_guid: String,
    },
    /// Replaces a whole timeline.
    ReplaceTimeline {
        /// The timeline.
        timeline_guid: String,
        /// What it becomes.
        timeline: Value,
    },
    /// Draws on a frame of a clip.
    Annotate {
        /// The clip.
        clip_guid: String,
        /// The frame, counted from 0 at the clip's start.
        frame: i64,
        /// `SyncEvent` objects: strokes, texts, shapes.
        events: Vec<Value>,
    },
    /// Replaces all drawings of an annotation clip; an empty list clears it.
    ReplaceAnnotation {
        /// The annotation clip.
        annotation_clip_guid: String,
        /// `SyncEvent` objects.
        commands: Vec<Value>,
    },
    /// Writes a note on a frame or a range of a clip.
    Note(Note),
    /// Starts playback, from a frame where one is given.
    Play {
        /// The frame of what is shown, from 0.
        frame: Option<f64>,
    },
    /// Stops playback, on a frame where one is given.
    Pause {
        /// The frame of what is shown, from 0.
        frame: Option<f64>,
    },
    /// Goes to a frame.
    Seek {
        /// The frame of what is shown, from 0.
        frame: f64,
        /// Frames a second; that of what is shown where it is not given.
        rate: Option<f64>,
    },
    /// Asserts playback fields as the wire has them, all or some.
    Playback {
        /// `playing`, `current_time`, `playback_mode`, `timeline_guid`, `view_mode`, `clip_guid`, ….
        fields: Object,
    },
    /// Chooses what everybody sees.
    Select {
        /// The clip to select or isolate; none selects nothing.
        clip_guid: Option<String>,
        /// `sequence` or `source`; source where a clip is given and sequence where none is.
        view_mode: Option<String>,
        /// The timeline to show.
        timeline_guid: Option<String>,
    },
    /// Changes the display: `pan`, `zoom`, `exposure`, `channel`, `annotations_visible`, ….
    Display {
        /// The fields to change.
        fields: Object,
    },
    /// Shows a stroke while it is drawn.
    PartialAnnotation {
        /// The clip.
        clip_guid: String,
        /// The frame, from 0.
        frame: f64,
        /// Frames a second.
        fps: f64,
        /// The whole stroke so far.
        events: Vec<Value>,
    },
    /// Gives a user a role, or one peer.
    SetPeerRole {
        /// The user's account name, as its identity says it; empty where a peer is named.
        user: String,
        /// The GUID of the peer; existing peers, which do not say their account in operations, are bound by it.
        peer_guid: Option<String>,
        /// The role.
        role: Role,
    },
    /// Takes one's own latest change back.
    Undo,
    /// Does the latest taken-back change again.
    Redo,
    /// Reads the whole state.
    State,
}

/// A note (DESIGN §5).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Note {
    /// The clip.
    pub clip_guid: String,
    /// The first frame, from 0.
    pub frame: i64,
    /// The last frame, where the note is on a range.
    pub last_frame: Option<i64>,
    /// The text.
    pub text: String,
    /// A word such as `open` or `done`.
    pub status: Option<String>,
    /// Who wrote it; this participant's name where it is not given.
    pub author: Option<String>,
    /// The note to change; a new one where it is not given.
    pub note_uuid: Option<String>,
}

/// The names of all commands, as [`Command::from_object`] takes them.
pub const NAMES: [&str; 23] = [
    "set_property",
    "insert_child",
    "move_child",
    "remove_child",
    "add_timeline",
    "rename_timeline",
    "remove_timeline",
    "replace_timeline",
    "annotate",
    "replace_annotation",
    "note",
    "play",
    "pause",
    "seek",
    "playback",
    "select",
    "display",
    "partial_annotation",
    "set_peer_role",
    "undo",
    "redo",
    "state",
    "quit",
];

/// What a command came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// The operations it became; empty for commands on view state.
    pub operations: Vec<OperationId>,
    /// The object it made or changed: the inserted child, the annotation clip, the timeline.
    pub guid: Option<String>,
    /// What was asked for (`state`).
    pub state: Option<Value>,
}

impl Reply {
    /// The reply's fields, those that say something.
    pub fn to_object(&self) -> Object {
        let mut object = Object::new();
        if let Some(guid) = &self.guid {
            object.insert("guid", guid.as_str());
        }
        if !self.operations.is_empty() {
            object.insert("operations", self.operations.iter().map(operation_object).collect::<Vec<_>>());
        }
        if let Some(state) = &self.state {
            object.insert("state", state.clone());
        }
        object
    }
}

impl Command {
    /// Reads a command: its name, and its fields by their wire names. `quit` is not one of a peer.
    pub fn from_object(name: &str, fields: &Object) -> Result<Self, CommandError> {
        let Some(command) = NAMES.iter().find(|known| **known == name) else {
            return Err(CommandError::UnknownCommand(name.to_owned()));
        };
        let fields = Fields { command, fields };
        Ok(match name {
            "set_property" => Self::SetProperty {
                target_uuid: fields.text("target_uuid")?,
                path: fields.text("path")?,
                value: fields.needed("value", "any JSON value")?.clone(),
            },
            "insert_child" => Self::InsertChild {
                parent_uuid: fields.text("parent_uuid")?,
                index: fields.maybe_integer("index")?.unwrap_or(-1),
                child_data: fields.otio("child_data")?,
            },
            "move_child" => Self::MoveChild {
                parent_uuid: fields.text("parent_uuid")?,
                child_uuid: fields.text("child_uuid")?,
                to_index: fields.integer("to_index")?,
            },
            "remove_child" => Self::RemoveChild {
                parent_uuid: fields.text("parent_uuid")?,
                child_uuid: fields.text("child_uuid")?,
            },
            "add_timeline" => Self::AddTimeline { timeline: fields.otio("timeline")? },
            "rename_timeline" => Self::RenameTimeline {
                timeline_guid: fields.text("timeline_guid")?,
                name: fields.text("name")?,
            },
            "remove_timeline" => Self::RemoveTimeline { timeline_guid: fields.text("timeline_guid")? },
            "replace_timeline" => Self::ReplaceTimeline {
                timeline_guid: fields.text("timeline_guid")?,
                timeline: fields.otio("timeline")?,
            },
            _ => return Self::from_review_fields(name, &fields),
        })
    }

    fn from_review_fields(name: &str, fields: &Fields<'_>) -> Result<Self, CommandError> {
        Ok(match name {
            "annotate" => Self::Annotate {
                clip_guid: fields.text("clip_guid")?,
                frame: fields.integer("frame")?,
                events: fields.list("events")?,
            },
            "replace_annotation" => Self::ReplaceAnnotation {
                annotation_clip_guid: fields.text("annotation_clip_guid")?,
                commands: fields.list("commands")?,
            },
            "note" => Self::Note(Note {
                clip_guid: fields.text("clip_guid")?,
                frame: fields.integer("frame")?,
                last_frame: fields.maybe_integer("last_frame")?,
                text: fields.text_of("text", "note")?,
                status: fields.maybe_text_of("status", "note_status")?,
                author: fields.maybe_text_of("author", "note_author")?,
                note_uuid: fields.maybe_text("note_uuid")?,
            }),
            "play" => Self::Play { frame: fields.maybe_frame()?.map(|(frame, _)| frame) },
            "pause" => Self::Pause { frame: fields.maybe_frame()?.map(|(frame, _)| frame) },
            "seek" => {
                let (frame, rate) =
                    fields.maybe_frame()?.ok_or_else(|| fields.missing("frame", "a frame number"))?;
                Self::Seek { frame, rate }
            }
            "select" => Self::Select {
                clip_guid: fields.maybe_text("clip_guid")?,
                view_mode: fields.maybe_text("view_mode")?,
                timeline_guid: fields.maybe_text("timeline_guid")?,
            },
            "playback" => Self::Playback { fields: fields.rest() },
            "display" => Self::Display { fields: fields.rest() },
            "partial_annotation" => Self::PartialAnnotation {
                clip_guid: fields.text("clip_guid")?,
                frame: fields.number("frame")?,
                fps: fields.number("fps")?,
                events: fields.list("events")?,
            },
            "set_peer_role" => {
                let peer_guid = fields.maybe_text("peer_guid")?;
                let user = if peer_guid.is_some() { String::new() } else { fields.text("user")? };
                Self::SetPeerRole { user, peer_guid, role: fields.role()? }
            }
            "undo" => Self::Undo,
            "redo" => Self::Redo,
            "state" => Self::State,
            other => return Err(CommandError::UnknownCommand(other.to_owned())),
        })
    }
}

/// The fields of one command.
struct Fields<'a> {
    command: &'static str,
    fields: &'a Object,
}

impl<'a> Fields<'a> {
    fn missing(&self, field: &'static str, expected: &'static str) -> CommandError {
        CommandError::MissingField { command: self.command, field, expected }
    }

    fn wrong(&self, field: &'static str, expected: &'static str, found: &Value) -> CommandError {
        CommandError::WrongField { command: self.command, field, expected, found: found.kind().to_owned() }
    }

    fn needed(&self, field: &'static str, expected: &'static str) -> Result<&'a Value, CommandError> {
        self.fields.get(field).ok_or_else(|| self.missing(field, expected))
    }

    /// A field that may be left out or `null`, of one kind.
    fn maybe<T>(
        &self,
        field: &'static str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, CommandError> {
        match self.fields.get(field).filter(|value| !value.is_null()) {
            Some(value) => read(value).map(Some).ok_or_else(|| self.wrong(field, expected, value)),
            None => Ok(None),
        }
    }

    fn maybe_text(&self, field: &'static str) -> Result<Option<String>, CommandError> {
        self.maybe(field, "a string", Value::as_str).map(|text| text.map(str::to_owned))
    }

    fn maybe_text_of(
        &self,
        field: &'static str,
        other: &'static str,
    ) -> Result<Option<String>, CommandError> {
        Ok(self.maybe_text(field)?.or(self.maybe_text(other)?))
    }

    fn text(&self, field: &'static str) -> Result<String, CommandError> {
        self.maybe_text(field)?.ok_or_else(|| self.missing(field, "a string"))
    }

    fn text_of(&self, field: &'static str, other: &'static str) -> Result<String, CommandError> {
        self.maybe_text_of(field, other)?.ok_or_else(|| self.missing(field, "a string"))
    }

    fn maybe_integer(&self, field: &'static str) -> Result<Option<i64>, CommandError> {
        self.maybe(field, "an integer", whole)
    }

    fn integer(&self, field: &'static str) -> Result<i64, CommandError> {
        self.maybe_integer(field)?.ok_or_else(|| self.missing(field, "an integer"))
    }

    fn number(&self, field: &'static str) -> Result<f64, CommandError> {
        let number = self.maybe(field, "a number", finite)?;
        number.ok_or_else(|| self.missing(field, "a number"))
    }

    fn list(&self, field: &'static str) -> Result<Vec<Value>, CommandError> {
        let list = self.maybe(field, "a list of SyncEvent objects", Value::as_array)?;
        list.map(<[Value]>::to_vec).ok_or_else(|| self.missing(field, "a list of SyncEvent objects"))
    }

    fn otio(&self, field: &'static str) -> Result<Value, CommandError> {
        let expected = "an OTIO object, with OTIO_SCHEMA";
        let object = self.maybe(field, expected, |value| value.get("OTIO_SCHEMA").map(|_| value.clone()))?;
        object.ok_or_else(|| self.missing(field, expected))
    }

    /// A frame and its rate: `frame` with an optional `rate`, or `current_time` as the wire has it.
    fn maybe_frame(&self) -> Result<Option<(f64, Option<f64>)>, CommandError> {
        let time = self.maybe("current_time", "a RationalTime object with value and rate", |value| {
            Some((finite(value.get("value")?)?, value.get("rate").and_then(finite)))
        })?;
        let rate =
            self.maybe("rate", "a number above 0", |value| finite(value).filter(|rate| *rate > 0.0))?;
        let frame = self.maybe("frame", "a number", finite)?;
        Ok(frame.map(|frame| (frame, rate)).or(time))
    }

    fn role(&self) -> Result<Role, CommandError> {
        let role = self.maybe("role", "driver, reviewer or viewer", |value| Role::parse(value.as_str()?))?;
        role.ok_or_else(|| self.missing("role", "driver, reviewer or viewer"))
    }

    /// All fields but those of the line itself.
    fn rest(&self) -> Object {
        let own = self.fields.iter().filter(|(key, _)| !matches!(*key, "command" | "id"));
        own.map(|(key, value)| (key, value.clone())).collect()
    }
}

fn finite(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.is_finite())
}

/// An integer, also where it is written as a float.
#[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
fn whole(value: &Value) -> Option<i64> {
    match value.as_number()? {
        Number::Float(float) if float.fract() == 0.0 && float.abs() < 9e15 => Some(*float as i64),
        number => number.as_i64(),
    }
}

#[cfg(test)]
mod tests {
    use lossless_json::{Object, Value};

    use super::{Command, NAMES};
    use crate::error::CommandError;

    fn object(fields: &[(&str, Value)]) -> Object {
        fields.iter().map(|(key, value)| (*key, value.clone())).collect()
    }

    #[test]
    fn every_name_is_read_or_says_what_is_missing() {
        for name in NAMES.into_iter().filter(|name| *name != "quit") {
            match Command::from_object(name, &Object::new()) {
                Ok(_) | Err(CommandError::MissingField { .. }) => {}
                Err(other) => panic!("{name}: {other}"),
            }
        }
    }

    #[test]
    fn wire_names_are_taken_and_wrong_kinds_are_named() {
        let fields =
            object(&[("parent_uuid", "p".into()), ("child_uuid", "c".into()), ("to_index", 2.0.into())]);
        let moved = Command::MoveChild { parent_uuid: "p".into(), child_uuid: "c".into(), to_index: 2 };
        assert_eq!(Command::from_object("move_child", &fields), Ok(moved));
        let fields = object(&[("parent_uuid", 7_i64.into())]);
        let error = Command::from_object("remove_child", &fields).unwrap_err().to_string();
        assert_eq!(error, "remove_child: field \"parent_uuid\" holds a number; give a string");
    }

    #[test]
    fn a_seek_takes_a_frame_or_a_time() {
        let time: Object = [("value", Value::from(12.0)), ("rate", 24.0.into())].into_iter().collect();
        let by_time = Command::from_object("seek", &object(&[("current_time", time.into())]));
        assert_eq!(by_time, Ok(Command::Seek { frame: 12.0, rate: Some(24.0) }));
        let by_frame = Command::from_object("seek", &object(&[("frame", 12_i64.into())]));
        assert_eq!(by_frame, Ok(Command::Seek { frame: 12.0, rate: None }));
    }
}
