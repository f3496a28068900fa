//! Notes: metadata of the annotation clip of their clip and first frame (DESIGN §5).

use lossless_json::Value;
use session_wire::SetProperty;

use super::draft::Draft;
use crate::clock::Now;
use crate::command::{Note, Reply};
use crate::error::CommandError;
use crate::limits::NOTE_BYTES_MAX;
use crate::peer::Peer;
use crate::roles::Group;

/// The status of a note that is given none.
const STATUS_DEFAULT: &str = "open";

impl Peer {
    pub(crate) fn write_note(&mut self, note: &Note, now: Now) -> Result<Reply, CommandError> {
        self.permitted(Group::Annotation)?;
        check_note(note)?;
        self.check_clip(&note.clip_guid)?;
        let known = match &note.note_uuid {
            Some(uuid) => self.clip_of_note(&note.clip_guid, uuid),
            None => self.free_annotation_clip(note),
        };
        let (target, mut drafts) = match known {
            Some(target) => (target, Vec::new()),
            None => self.new_annotation_clip(note, now)?,
        };
        for (field, value) in self.note_fields(note) {
            drafts.push(Draft::new(SetProperty::new(
                target.as_str(),
                format!("metadata/{field}"),
                value,
                0.0,
            )));
        }
        let reply = self.commit(drafts, now)?;
        Ok(Reply { guid: Some(target), ..reply })
    }

    /// The annotation clip of the note's frame, where it carries no note yet.
    fn free_annotation_clip(&self, note: &Note) -> Option<String> {
        let track = self.annotation_track(&note.clip_guid)?;
        let annotation = track.annotation_at(&note.clip_guid, note.frame)?;
        let carries =
            track.document.metadata(annotation)?.get("note_uuid").is_some_and(|uuid| !uuid.is_null());
        if carries { None } else { track.document.guid(annotation).map(str::to_owned) }
    }

    /// What carries a note: an annotation clip, or one that was merged into another, by whose name it is kept.
    fn clip_of_note(&self, clip: &str, uuid: &str) -> Option<String> {
        let track = self.annotation_track(clip)?;
        track.annotations_of(clip).find_map(|node| {
            let metadata = track.document.metadata(node)?;
            if metadata.get("note_uuid").and_then(Value::as_str) == Some(uuid) {
                return track.document.guid(node).map(str::to_owned);
            }
            let merged = metadata.get("merged_notes").and_then(Value::as_object)?;
            let of_alias = |note: &Value| note.get("note_uuid").and_then(Value::as_str) == Some(uuid);
            merged.iter().find(|(_, note)| of_alias(note)).map(|(alias, _)| alias.to_owned())
        })
    }

    /// A new annotation clip with nothing drawn; the log merges it into one of the same frame and keeps both notes.
    fn new_annotation_clip(&mut self, note: &Note, now: Now) -> Result<(String, Vec<Draft>), CommandError> {
        let guid = self.mint.guid();
        let mut room = self.room_for(&note.clip_guid, note.frame)?;
        room.insert(&guid, &note.clip_guid, note.frame, Vec::new());
        self.commit_undoing(room.clip_timeline.take().into_iter().collect(), &[], now)?;
        Ok((guid, room.drafts))
    }

    fn note_fields(&mut self, note: &Note) -> Vec<(&'static str, Value)> {
        let mut fields = vec![("note", Value::from(note.text.as_str()))];
        let new = note.note_uuid.is_none();
        let status = note.status.as_deref().or(new.then_some(STATUS_DEFAULT));
        fields.extend(status.map(|status| ("note_status", Value::from(status))));
        let author = note.author.clone().or_else(|| new.then(|| self.own_name()));
        fields.extend(author.map(|author| ("note_author", Value::from(author))));
        let range = note.last_frame.map(|last| format!("{}-{last}", note.frame));
        fields.extend(range.map(|range| ("note_range", Value::from(range))));
        let uuid = note.note_uuid.clone().unwrap_or_else(|| self.mint.guid());
        fields.push(("note_uuid", Value::from(uuid)));
        fields
    }
}

fn check_note(note: &Note) -> Result<(), CommandError> {
    if note.text.len() > NOTE_BYTES_MAX {
        return Err(CommandError::Limit { what: "the note", found: note.text.len(), limit: NOTE_BYTES_MAX });
    }
    match note.last_frame {
        Some(last) if last < note.frame => {
            let reason = format!("last_frame {last} lies before frame {}", note.frame);
            Err(CommandError::Document { what: "the note's range", reason })
        }
        _ => Ok(()),
    }
}
