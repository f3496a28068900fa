//! Acts as changes that are not stamped yet.

use lossless_json::Value;
use otio_document::NodeId;
use session_log::{Change, SessionLog, SessionState};
use session_wire::{
    AddTimeline, Anchor, InsertChild, Message, MoveChild, RemoveChild, RemoveTimeline, RenameTimeline,
    ReplaceAnnotationCommands, ReplaceTimeline, SetPeerRole, SetProperty,
};

use super::{Act, Deed};
use crate::doing::Doing;
use crate::objects::{
    annotated_timeline, annotation, clip, clip_timeline, gap, leave_out, range, stroke, track,
};
use crate::random::pick;
use crate::sight::Sight;

/// Frames that are drawn on, clips and annotation clips that several name alike: few, so that they meet.
const FRAMES: u64 = 3;
const KNOWN: u64 = 4;

/// What an act changes, for who sees this log; none where what it would name is not there.
pub(super) fn draft(act: &Act, log: &SessionLog) -> Option<Change> {
    let drafting = Drafting { act, sight: Sight::of(log.state()), state: log.state() };
    let doing = match act.deed {
        Deed::Edit(doing) | Deed::OfExisting(doing) | Deed::StampLost(doing) => doing,
        Deed::AddClipTimeline => return drafting.clip_timeline(),
        _ => return None,
    };
    match doing {
        Doing::InsertClip | Doing::InsertKnown | Doing::InsertGap | Doing::InsertTrack => {
            drafting.insertion(doing)
        }
        Doing::MoveWithin | Doing::MoveBetween => drafting.moving(doing),
        Doing::RemoveItem | Doing::RemoveTrack => drafting.removal(doing),
        Doing::AddTimeline
        | Doing::RenameTimeline
        | Doing::RemoveTimeline
        | Doing::ReplaceTimeline
        | Doing::SetPeerRole => drafting.of_timelines(doing),
        Doing::Annotate
        | Doing::WriteNote
        | Doing::ReplaceAnnotation
        | Doing::ClearAnnotation
        | Doing::ChangeNote => drafting.drawing(doing),
        _ => drafting.property(doing),
    }
}

struct Drafting<'a> {
    act: &'a Act,
    sight: Sight,
    state: &'a SessionState,
}

impl Drafting<'_> {
    fn property(&self, doing: Doing) -> Option<Change> {
        let [first, second, third] = self.act.picks;
        let target = match doing {
            Doing::SetTimelineProperty => self.sight.timeline(first),
            _ => self.sight.object(first),
        };
        let (path, value): (&str, Value) = match doing {
            Doing::SetName => ("name", format!("name {}", self.act.number).into()),
            Doing::SetNested => ("metadata/a/b", second.into()),
            Doing::SetDictionary => {
                let inner = [("b", third), ("c", second)];
                ("metadata/a", inner.into_iter().collect::<lossless_json::Object>().into())
            }
            Doing::SetRange => ("source_range", range(second % FRAMES, 1 + third % 14)),
            Doing::SetTimelineProperty => ("metadata/project/shot", third.into()),
            _ => return None,
        };
        Some(SetProperty::new(target?, path, value, 0.0).into())
    }

    /// The neighbours at an index, and now and then none, as of an existing peer.
    fn beside(
        &self,
        message: impl Into<Message>,
        parent: &str,
        index: i64,
        without: Option<&str>,
    ) -> Option<Change> {
        let (timeline, node) = self.state.locate(parent)?;
        let document = self.state.timeline(&timeline)?;
        let guid = |node: NodeId| document.guid(node).filter(|guid| Some(*guid) != without);
        let children: Vec<&str> = document.children(node).iter().filter_map(guid).collect();
        let at = usize::try_from(index).unwrap_or(children.len()).min(children.len());
        let anchor = |guid: Option<&&str>| Some(guid.map_or(Anchor::EDGE, |guid| Anchor::beside(*guid)));
        if self.act.picks[2].is_multiple_of(5) {
            return Some(message.into().into());
        }
        let after = anchor(at.checked_sub(1).and_then(|at| children.get(at)));
        Some(Change { message: message.into(), after, before: anchor(children.get(at)) })
    }

    fn index(&self) -> i64 {
        i64::try_from(self.act.picks[1] % 8).unwrap_or(0) - 1
    }

    fn insertion(&self, doing: Doing) -> Option<Change> {
        let [first, _, third] = self.act.picks;
        let own = format!("n{}", self.act.number);
        // Tracks in tracks are what cycles are made of.
        let in_stack = doing == Doing::InsertTrack && third % 3 > 0;
        let parent =
            if in_stack { pick(&self.sight.stacks, first)? } else { &pick(&self.sight.tracks, first)?.1 };
        let child = match doing {
            Doing::InsertKnown => clip(&format!("known{}", third % KNOWN)),
            Doing::InsertGap => gap(1 + third % 20),
            Doing::InsertTrack => {
                let clips: Vec<String> = (0..third % 3).map(|number| format!("{own}-c{number}")).collect();
                track(&own, &clips)
            }
            _ => clip(&own),
        };
        self.beside(InsertChild::new(parent.as_str(), self.index(), child, 0.0), parent, self.index(), None)
    }

    fn moving(&self, doing: Doing) -> Option<Change> {
        let [first, second, third] = self.act.picks;
        let a_track = doing == Doing::MoveBetween && third % 4 == 0;
        let (parent, child) = pick(if a_track { &self.sight.tracks } else { &self.sight.items }, first)?;
        let parent = match doing {
            Doing::MoveBetween => &pick(&self.sight.tracks, second)?.1,
            _ => parent,
        };
        let message = MoveChild::new(parent.as_str(), child.as_str(), self.index(), 0.0);
        self.beside(message, parent, self.index(), Some(child))
    }

    fn removal(&self, doing: Doing) -> Option<Change> {
        let among = if doing == Doing::RemoveTrack { &self.sight.tracks } else { &self.sight.items };
        let (parent, child) = pick(among, self.act.picks[0])?;
        Some(RemoveChild::new(parent.as_str(), child.as_str(), 0.0).into())
    }

    fn of_timelines(&self, doing: Doing) -> Option<Change> {
        let [first, second, third] = self.act.picks;
        let timeline = self.sight.timeline(first);
        Some(match doing {
            // Some are added by several.
            Doing::AddTimeline => {
                let number = if third % 2 == 0 { second % 3 } else { 10 + self.act.number };
                let guid = format!("t{number}");
                AddTimeline::new(guid.as_str(), annotated_timeline(&guid), 0.0).into()
            }
            Doing::RenameTimeline => RenameTimeline::new(timeline?, format!("name {second}"), 0.0).into(),
            Doing::RemoveTimeline => RemoveTimeline::new(timeline?, 0.0).into(),
            Doing::ReplaceTimeline => {
                let timeline = timeline?;
                let document = self.state.timeline(&timeline)?;
                let mut value = document.to_value();
                match third % 4 {
                    0 => value = annotated_timeline(&timeline),
                    kept => leave_out(&mut value, kept == 1, second),
                }
                ReplaceTimeline::new(timeline, value, 0.0).into()
            }
            _ => {
                let role = ["driver", "reviewer", "viewer"][usize::try_from(second % 3).unwrap_or(0)];
                SetPeerRole::new(format!("user{}", first % 4), role).into()
            }
        })
    }

    fn clip_timeline(&self) -> Option<Change> {
        let of = self.sight.clip(self.act.picks[0])?;
        let guid = format!("k-{of}");
        Some(AddTimeline::new(guid.as_str(), clip_timeline(&guid, &of), 0.0).into())
    }

    fn drawing(&self, doing: Doing) -> Option<Change> {
        let [first, second, third] = self.act.picks;
        let known = || pick(&self.sight.annotations, first).map(String::as_str);
        let strokes = stroke(&format!("s{}", self.act.number));
        let note = format!("note {}", self.act.number);
        Some(match doing {
            Doing::ClearAnnotation => ReplaceAnnotationCommands::new(known()?, Vec::new(), 0.0).into(),
            Doing::ReplaceAnnotation => {
                let (timeline, clip) = self.state.locate(known()?)?;
                let metadata = self.state.timeline(&timeline)?.metadata(clip)?;
                let shown = metadata.get("annotation_commands").and_then(Value::as_array).unwrap_or_default();
                let kept = shown.iter().skip(usize::try_from(second % 3).unwrap_or(0)).cloned();
                let commands = kept.chain(strokes).collect();
                ReplaceAnnotationCommands::new(known()?, commands, 0.0).into()
            }
            Doing::ChangeNote => SetProperty::new(known()?, "metadata/note", note.into(), 0.0).into(),
            _ => {
                let track = pick(&self.sight.annotation_tracks, first)?;
                let clip = self.sight.clip(if third % 2 == 0 { 0 } else { first })?;
                let own = if third % 7 == 0 { "known".to_owned() } else { self.act.number.to_string() };
                let (strokes, note) = match doing {
                    Doing::WriteNote => (Vec::new(), Some(note)),
                    _ => (strokes, None),
                };
                let drawn = annotation(&format!("x{own}"), &clip, second % FRAMES, strokes, note);
                InsertChild::new(track.as_str(), InsertChild::APPEND, drawn, 0.0).into()
            }
        })
    }
}
