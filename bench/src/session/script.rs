//! What is done in the session: edits of every kind that leave as many objects as there were.

use lossless_json::{Limits, Value, parse};
use session_core::Command;

use super::guest::Letter;
use super::room::{Room, STAYING};
use crate::Failure;
use crate::places::Places;
use crate::timeline;

/// Clips that are drawn on; what is drawn is cleared again, the annotation clip stays.
const DRAWN_ON: u32 = 20;

/// Draws edits.
pub(super) struct Script {
    places: Places,
    clips: u32,
    next_clip: u32,
    next_stroke: u32,
}

impl Script {
    pub(super) fn new(clips: u32) -> Self {
        Self { places: Places(7), clips, next_clip: 1_000_000, next_stroke: 0 }
    }

    /// One edit at each peer, which hears of the others' only then.
    pub(super) fn edit_at_all(&mut self, room: &mut Room) -> Result<(), Failure> {
        let mut letters = Vec::new();
        for at in 0..STAYING {
            letters.extend(self.edit(room, at)?);
        }
        room.deliver(letters)
    }

    /// Of a hundred edits: 57 set, 16 move, 9 insert and remove, 5 insert and take that back, 5 draw and clear, 8 set and
    /// take that back.
    fn edit(&mut self, room: &mut Room, at: usize) -> Result<Vec<Letter>, Failure> {
        let commands = match self.places.below(100) {
            0..57 => vec![self.set()],
            57..73 => vec![Command::MoveChild {
                parent_uuid: room.track.clone(),
                child_uuid: timeline::guid(self.places.below(self.clips)),
                to_index: i64::from(self.places.below(self.clips)),
            }],
            73..82 => {
                let (insert, child_uuid) = self.insert(room)?;
                vec![insert, Command::RemoveChild { parent_uuid: room.track.clone(), child_uuid }]
            }
            82..87 => vec![self.insert(room)?.0, Command::Undo],
            87..92 => return self.draw_and_clear(room, at),
            _ => vec![self.set(), Command::Undo],
        };
        Ok(commands.into_iter().flat_map(|command| room.say(at, command).1).collect())
    }

    fn set(&mut self) -> Command {
        let value = format!("take {}", self.places.below(1_000)).as_str().into();
        let target_uuid = timeline::guid(self.places.below(self.clips));
        Command::SetProperty { target_uuid, path: "metadata/status".into(), value }
    }

    fn insert(&mut self, room: &Room) -> Result<(Command, String), Failure> {
        self.next_clip += 1;
        let child_data = json(&timeline::clip(self.next_clip))?;
        let index = i64::from(self.places.below(self.clips));
        let insert = Command::InsertChild { parent_uuid: room.track.clone(), index, child_data };
        Ok((insert, timeline::guid(self.next_clip)))
    }

    fn draw_and_clear(&mut self, room: &mut Room, at: usize) -> Result<Vec<Letter>, Failure> {
        let (drawn, mut letters) = room.say(at, self.stroke()?);
        if let Some(annotation_clip_guid) = drawn.ok().and_then(|reply| reply.guid) {
            let clear = Command::ReplaceAnnotation { annotation_clip_guid, commands: Vec::new() };
            letters.extend(room.say(at, clear).1);
        }
        Ok(letters)
    }

    fn stroke(&mut self) -> Result<Command, Failure> {
        self.next_stroke += 1;
        let uuid = timeline::guid(3_000_000_000 + self.next_stroke);
        let start = format!(
            r#"{{"OTIO_SCHEMA":"PaintStart.1","brush":"circle","rgba":[1.0,0.0,0.0,1.0],"uuid":"{uuid}"}}"#
        );
        let point = format!(
            r#"{{"OTIO_SCHEMA":"PaintPoint.1","points":{{"OTIO_SCHEMA":"PaintVertices.1","x":[0.1],"y":[0.2],"size":[0.01]}},"uuid":"{uuid}"}}"#
        );
        let clip_guid = timeline::guid(self.places.below(DRAWN_ON));
        let events = vec![json(&start)?, json(&point)?];
        Ok(Command::Annotate { clip_guid, frame: 0, events })
    }
}

fn json(text: &str) -> Result<Value, Failure> {
    Ok(parse(text.as_bytes(), &Limits::default())?.value)
}
