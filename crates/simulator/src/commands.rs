//! Steps as commands.

use lossless_json::{Object, Value};
use session_core::{Command, Note, Role};
use session_log::SessionState;

use crate::doing::Doing;
use crate::objects::{clip, gap, leave_out, range, stroke, timeline, track};
use crate::plan::Step;
use crate::sight::Sight;

/// Frames that are drawn on: few, so that drawings meet.
const FRAMES: u64 = 6;
/// Names that several participants use for their clips.
const KNOWN: u64 = 6;

/// The command of a step for who sees this; none where what it would name is not there.
pub(crate) fn command(step: &Step, doing: Doing, sight: &Sight, state: &SessionState) -> Option<Command> {
    let [first, second, third] = step.picks;
    match doing {
        Doing::SetName
        | Doing::SetNested
        | Doing::SetDictionary
        | Doing::SetRange
        | Doing::SetTimelineProperty => property(step, doing, sight),
        Doing::InsertClip | Doing::InsertKnown | Doing::InsertGap | Doing::InsertTrack => {
            insertion(step, doing, sight)
        }
        Doing::MoveWithin => {
            let (parent_uuid, child_uuid) = sight.item(first)?;
            Some(Command::MoveChild { parent_uuid, child_uuid, to_index: index(second) })
        }
        Doing::MoveBetween => {
            let (_, child_uuid) = sight.item(first)?;
            Some(Command::MoveChild {
                parent_uuid: sight.parent(second)?,
                child_uuid,
                to_index: index(third),
            })
        }
        Doing::RemoveItem => {
            let (parent_uuid, child_uuid) = sight.item(first)?;
            Some(Command::RemoveChild { parent_uuid, child_uuid })
        }
        Doing::RemoveTrack => {
            let (parent_uuid, child_uuid) = crate::random::pick(&sight.tracks, first)?.clone();
            Some(Command::RemoveChild { parent_uuid, child_uuid })
        }
        Doing::AddTimeline | Doing::RenameTimeline | Doing::RemoveTimeline | Doing::ReplaceTimeline => {
            of_timelines(step, doing, sight, state)
        }
        Doing::Annotate
        | Doing::ReplaceAnnotation
        | Doing::ClearAnnotation
        | Doing::WriteNote
        | Doing::ChangeNote
        | Doing::PartialAnnotation => drawing(step, doing, sight),
        Doing::SetPeerRole => Some(Command::SetPeerRole {
            user: format!("peer-{:02}", first % 16),
            peer_guid: None,
            // Mostly drivers, or soon nobody may do anything.
            role: match second % 10 {
                0 => Role::Reviewer,
                1 if third % 3 == 0 => Role::Viewer,
                _ => Role::Driver,
            },
        }),
        Doing::Undo => Some(Command::Undo),
        Doing::Redo => Some(Command::Redo),
        Doing::State => Some(Command::State),
        _ => of_view(step, doing, sight),
    }
}

fn property(step: &Step, doing: Doing, sight: &Sight) -> Option<Command> {
    let [first, second, third] = step.picks;
    let target_uuid = sight.object(first)?;
    let (path, value): (&str, Value) = match doing {
        Doing::SetName => ("name", format!("name {}", step.number).into()),
        Doing::SetNested => ("metadata/a/b", second.into()),
        Doing::SetDictionary => {
            let inner: Object = [("b", third), ("c", second)].into_iter().collect();
            ("metadata/a", inner.into())
        }
        Doing::SetRange => ("source_range", range(second % 10, 1 + third % 14)),
        _ => {
            let target_uuid = sight.timeline(first)?;
            let (path, value) = if second % 3 == 0 {
                ("name", format!("name {}", step.number).into())
            } else {
                ("metadata/project/shot", third.into())
            };
            return Some(Command::SetProperty { target_uuid, path: path.to_owned(), value });
        }
    };
    Some(Command::SetProperty { target_uuid, path: path.to_owned(), value })
}

fn insertion(step: &Step, doing: Doing, sight: &Sight) -> Option<Command> {
    let [first, second, third] = step.picks;
    let own = format!("n{}", step.number);
    if doing == Doing::InsertTrack {
        let clips: Vec<String> = (0..third % 3).map(|number| format!("{own}-c{number}")).collect();
        let parent_uuid = crate::random::pick(&sight.stacks, first)?.clone();
        return Some(Command::InsertChild {
            parent_uuid,
            index: index(second),
            child_data: track(&own, &clips),
        });
    }
    let child_data = match doing {
        Doing::InsertKnown => clip(&format!("known{}", third % KNOWN)),
        Doing::InsertGap => gap(1 + third % 20),
        _ => clip(&own),
    };
    let parent_uuid = crate::random::pick(&sight.tracks, first)?.1.clone();
    Some(Command::InsertChild { parent_uuid, index: index(second), child_data })
}

fn of_timelines(step: &Step, doing: Doing, sight: &Sight, state: &SessionState) -> Option<Command> {
    let [first, second, third] = step.picks;
    if doing == Doing::AddTimeline {
        return Some(Command::AddTimeline { timeline: timeline(&format!("t{}", step.number)) });
    }
    let timeline_guid = sight.timeline(first)?;
    Some(match doing {
        Doing::RenameTimeline => Command::RenameTimeline { timeline_guid, name: format!("name {second}") },
        // Of the last one nothing would be left to edit.
        Doing::RemoveTimeline if sight.timelines.len() < 2 => return None,
        Doing::RemoveTimeline => Command::RemoveTimeline { timeline_guid },
        // Another version of what is shown, or something else altogether.
        _ if third % 3 > 0 => {
            let mut version = state.timeline(&timeline_guid)?.to_value();
            leave_out(&mut version, third % 3 == 1, second);
            Command::ReplaceTimeline { timeline_guid, timeline: version }
        }
        _ => {
            let mut other = timeline(&format!("t{}", step.number));
            let metadata = other.as_object_mut()?.get_mut("metadata")?.as_object_mut()?;
            metadata.get_mut("sync")?.as_object_mut()?.insert("guid", timeline_guid.as_str());
            Command::ReplaceTimeline { timeline_guid, timeline: other }
        }
    })
}

fn drawing(step: &Step, doing: Doing, sight: &Sight) -> Option<Command> {
    let [first, second, third] = step.picks;
    let frame = i64::try_from(second % FRAMES).ok()?;
    let events = stroke(&format!("s{}", step.number));
    let annotation = || crate::random::pick(&sight.annotations, first).cloned();
    // Half of it on one clip, so that drawings of several participants meet there.
    let clip_guid = || sight.clip(if third % 2 == 0 { 0 } else { first });
    Some(match doing {
        Doing::Annotate => Command::Annotate { clip_guid: clip_guid()?, frame, events },
        Doing::ReplaceAnnotation => {
            Command::ReplaceAnnotation { annotation_clip_guid: annotation()?, commands: events }
        }
        Doing::ClearAnnotation => {
            Command::ReplaceAnnotation { annotation_clip_guid: annotation()?, commands: Vec::new() }
        }
        Doing::PartialAnnotation => {
            Command::PartialAnnotation { clip_guid: clip_guid()?, frame: float(second), fps: 24.0, events }
        }
        Doing::ChangeNote => {
            let (clip_guid, note_uuid) = crate::random::pick(&sight.notes, first)?.clone();
            let text = format!("note {}", step.number);
            Command::Note(Note { clip_guid, frame, text, note_uuid: Some(note_uuid), ..Note::default() })
        }
        _ => Command::Note(Note {
            clip_guid: clip_guid()?,
            frame,
            last_frame: (third % 5 == 0).then_some(frame + 3),
            text: format!("note {}", step.number),
            ..Note::default()
        }),
    })
}

fn of_view(step: &Step, doing: Doing, sight: &Sight) -> Option<Command> {
    let [first, second, third] = step.picks;
    let fields = |key: &str, value: f64| [(key, value)].into_iter().collect::<Object>();
    Some(match doing {
        Doing::Play => Command::Play { frame: (first % 2 == 0).then(|| float(second)) },
        Doing::Pause => Command::Pause { frame: (first % 2 == 0).then(|| float(second)) },
        Doing::Seek => Command::Seek { frame: float(second), rate: (first % 3 == 0).then_some(24.0) },
        Doing::Playback => {
            let mode = crate::random::pick(&["loop", "once", "swing"], first)?;
            Command::Playback { fields: [("playback_mode", *mode)].into_iter().collect() }
        }
        Doing::Select if first % 2 == 0 => {
            Command::Select { clip_guid: Some(sight.clip(second)?), view_mode: None, timeline_guid: None }
        }
        Doing::Select => {
            Command::Select { clip_guid: None, view_mode: None, timeline_guid: sight.timeline(third) }
        }
        Doing::Display => {
            let key = crate::random::pick(&["zoom", "exposure"], first)?;
            Command::Display { fields: fields(key, float(second)) }
        }
        _ => return None,
    })
}

/// An index from −2 to 9: from the end, among the children, beyond them.
fn index(number: u64) -> i64 {
    i64::try_from(number % 12).unwrap_or(0) - 2
}

fn float(number: u64) -> f64 {
    f64::from(u16::try_from(number % 100).unwrap_or(0))
}
