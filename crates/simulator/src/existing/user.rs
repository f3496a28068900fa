//! Steps of a plan as what an existing peer's user does.

use lossless_json::{Object, Value};

use super::editing::Edit;
use super::peer::ExistingPeer;
use super::tree::ThingId;
use crate::doing::Doing;
use crate::objects::{clip, gap, leave_out, range, stroke, timeline, track};
use crate::plan::Step;
use crate::random::pick;
use crate::sight::Sight;

/// Frames that are drawn on, and names that several use for their clips: those of the other participants.
const FRAMES: u64 = 6;
const KNOWN: u64 = 6;

impl ExistingPeer {
    /// What its user sees.
    fn sight(&self) -> Sight {
        let mut sight = Sight::default();
        for (guid, id) in &self.replica.timelines {
            let is_sequence = !self.replica.is_clip_timeline(*id);
            if is_sequence {
                sight.timelines.push(guid.clone());
            }
            for inside in self.replica.tree.subtree(*id) {
                self.look_at(&mut sight, inside, is_sequence);
            }
        }
        sight
    }

    fn look_at(&self, sight: &mut Sight, id: ThingId, in_sequence: bool) {
        let tree = &self.replica.tree;
        let Some(guid) = tree.guid(id).map(str::to_owned) else { return };
        if tree.metadata(id).is_some_and(|metadata| metadata.contains_key("annotation_commands")) {
            return sight.annotations.push(guid);
        }
        if !in_sequence {
            return;
        }
        let parent = tree.parent(id).and_then(|parent| tree.guid(parent)).unwrap_or_default().to_owned();
        match tree.schema(id) {
            "Timeline" => {}
            "Stack" => sight.stacks.push(guid),
            "Track" => sight.tracks.push((parent, guid)),
            schema => {
                if schema == "Clip" {
                    sight.clips.push(guid.clone());
                }
                sight.items.push((parent, guid));
            }
        }
    }

    /// What a step has its user do, as far as its application can; nothing where what it would name is not there.
    pub(crate) fn edits(&self, step: &Step) -> Vec<Edit> {
        let sight = self.sight();
        let edits = match step.doing {
            Doing::SetRange | Doing::MoveBetween => self.by_remove_and_insert(step, &sight),
            Doing::PartialAnnotation => previews(step, &sight),
            _ => self.edit_of(step, &sight).map(|edit| vec![edit]),
        };
        edits.unwrap_or_default()
    }

    /// What the protocol has no message for, and applications do all the same.
    fn by_remove_and_insert(&self, step: &Step, sight: &Sight) -> Option<Vec<Edit>> {
        let [first, second, third] = step.picks;
        let (parent, child) = sight.item(first)?;
        let held = self.replica.find(&child)?;
        let place = self.replica.tree.position(self.replica.find(&parent)?, &child)?;
        let mut value = self.replica.tree.value(held);
        let (to, index) = if step.doing == Doing::SetRange {
            value.as_object_mut()?.insert("source_range", range(second % 10, 1 + third % 14));
            (parent.clone(), i64::try_from(place).ok()?)
        } else {
            (pick(&sight.tracks, second)?.1.clone(), i64::try_from(third % 5).ok()?)
        };
        Some(vec![Edit::Remove { parent, child }, Edit::Insert { parent: to, index, child: value }])
    }

    fn edit_of(&self, step: &Step, sight: &Sight) -> Option<Edit> {
        let [first, second, third] = step.picks;
        let own = format!("n{}", step.number);
        let index = i64::try_from(second % 12).ok()? - 2;
        match step.doing {
            Doing::SetName | Doing::SetNested | Doing::SetDictionary | Doing::SetTimelineProperty => {
                property(step, sight)
            }
            Doing::InsertClip | Doing::InsertKnown | Doing::InsertGap => {
                let child = match step.doing {
                    Doing::InsertKnown => clip(&format!("known{}", third % KNOWN)),
                    Doing::InsertGap => gap(1 + third % 20),
                    _ => clip(&own),
                };
                Some(Edit::Insert { parent: pick(&sight.tracks, first)?.1.clone(), index, child })
            }
            Doing::InsertTrack => {
                let clips: Vec<String> = (0..third % 3).map(|number| format!("{own}-c{number}")).collect();
                let parent = pick(&sight.stacks, first)?.clone();
                Some(Edit::Insert { parent, index, child: track(&own, &clips) })
            }
            Doing::MoveWithin => {
                let (parent, child) = sight.item(first)?;
                Some(Edit::Move { parent, child, index })
            }
            Doing::RemoveItem => {
                let (parent, child) = sight.item(first)?;
                Some(Edit::Remove { parent, child })
            }
            Doing::RemoveTrack => {
                let (parent, child) = pick(&sight.tracks, first)?.clone();
                Some(Edit::Remove { parent, child })
            }
            Doing::AddTimeline | Doing::RenameTimeline | Doing::RemoveTimeline | Doing::ReplaceTimeline => {
                self.of_timelines(step, sight)
            }
            Doing::Annotate | Doing::ReplaceAnnotation | Doing::ClearAnnotation => drawing(step, sight),
            _ => of_view(step, sight),
        }
    }

    fn of_timelines(&self, step: &Step, sight: &Sight) -> Option<Edit> {
        let [first, second, third] = step.picks;
        if step.doing == Doing::AddTimeline {
            return Some(Edit::AddTimeline { timeline: timeline(&format!("t{}", step.number)) });
        }
        let guid = sight.timeline(first)?;
        Some(match step.doing {
            Doing::RenameTimeline => Edit::RenameTimeline { timeline: guid, name: format!("name {second}") },
            Doing::RemoveTimeline if sight.timelines.len() < 2 => return None,
            Doing::RemoveTimeline => Edit::RemoveTimeline { timeline: guid },
            _ => {
                let mut version = self.replica.tree.value(self.replica.timeline(&guid)?);
                leave_out(&mut version, third % 2 == 1, second);
                Edit::ReplaceTimeline { timeline: guid, version }
            }
        })
    }
}

fn property(step: &Step, sight: &Sight) -> Option<Edit> {
    let [first, second, third] = step.picks;
    let target = sight.object(first)?;
    let (target, path, value): (String, &str, Value) = match step.doing {
        Doing::SetName => (target, "name", format!("name {}", step.number).into()),
        Doing::SetNested => (target, "metadata/a/b", second.into()),
        Doing::SetDictionary => {
            let inner: Object = [("b", third), ("c", second)].into_iter().collect();
            (target, "metadata/a", inner.into())
        }
        _ => (sight.timeline(first)?, "metadata/project/shot", third.into()),
    };
    Some(Edit::SetProperty { target, path: path.to_owned(), value })
}

fn drawing(step: &Step, sight: &Sight) -> Option<Edit> {
    let [first, second, third] = step.picks;
    let events = stroke(&format!("s{}", step.number));
    let annotation = || pick(&sight.annotations, first).cloned();
    Some(match step.doing {
        Doing::Annotate => {
            let clip = sight.clip(if third % 2 == 0 { 0 } else { first })?;
            Edit::Annotate { clip, frame: i64::try_from(second % FRAMES).ok()?, events }
        }
        Doing::ReplaceAnnotation => Edit::ReplaceAnnotation { annotation: annotation()?, events },
        _ => Edit::ReplaceAnnotation { annotation: annotation()?, events: Vec::new() },
    })
}

/// A stroke that grows.
fn previews(step: &Step, sight: &Sight) -> Option<Vec<Edit>> {
    let [first, second, _] = step.picks;
    let (clip, frame) = (sight.clip(first)?, float(second % FRAMES));
    let events = stroke(&format!("s{}", step.number));
    let preview = |_| Edit::Partial { clip: clip.clone(), frame, events: events.clone() };
    Some((0..=second % 3).map(preview).collect())
}

fn of_view(step: &Step, sight: &Sight) -> Option<Edit> {
    let [first, second, third] = step.picks;
    let mut state = Object::new();
    match step.doing {
        Doing::Play | Doing::Pause | Doing::Seek => {
            state.insert("playing", step.doing == Doing::Play);
            let mut time: Object = [("OTIO_SCHEMA", "RationalTime.1")].into_iter().collect();
            time.insert("value", float(second));
            time.insert("rate", 24.0);
            state.insert("current_time", time);
            state.insert("playback_mode", "loop");
        }
        Doing::Playback => drop(state.insert("playback_mode", *pick(&["loop", "play-once"], first)?)),
        Doing::Select => {
            state.insert("clip_guid", sight.clip(third)?);
            state.insert("view_mode", "source");
        }
        Doing::Display => {
            state.insert(*pick(&["zoom", "exposure"], first)?, float(second));
            return Some(Edit::Display { state });
        }
        _ => return None,
    }
    Some(Edit::Playback { state })
}

fn float(number: u64) -> f64 {
    f64::from(u16::try_from(number % 100).unwrap_or(0))
}
