//! Drawing on frames.

use lossless_json::Value;
use session_log::OperationId;
use session_wire::{AddTimeline, Anchor, InsertChild, Message, ReplaceAnnotationCommands};

use super::annotation_track::{annotation_clip, gap, rate_of};
use super::clip_timeline::{ClipTimelineGuids, clip_timeline};
use super::draft::Draft;
use super::sync_event::{complete, fails_elsewhere, schema_first};
use crate::clock::Now;
use crate::command::Reply;
use crate::error::CommandError;
use crate::limits::SECOND_US;
use crate::peer::Peer;
use crate::roles::Group;

/// Operations of existing peers that one replacement names.
const DRAWN_LATELY_MAX: usize = 1_000;

/// Where a new annotation clip goes: the drafts that make room, the track, and the clip's rate.
pub(crate) struct Room {
    /// The clip timeline, where it is not there yet. It stays when the annotation is taken back: others use it too.
    pub(crate) clip_timeline: Option<Draft>,
    pub(crate) drafts: Vec<Draft>,
    track: String,
    rate: f64,
    last: Option<Anchor>,
}

impl Peer {
    pub(crate) fn annotate(
        &mut self,
        clip: &str,
        frame: i64,
        events: Vec<Value>,
        now: Now,
    ) -> Result<Reply, CommandError> {
        self.permitted(Group::Annotation)?;
        if events.is_empty() {
            return Err(CommandError::MissingField {
                command: "annotate",
                field: "events",
                expected: "at least one SyncEvent; clear with replace_annotation and an empty list",
            });
        }
        let events = self.checked_events(events)?;
        self.check_clip(clip)?;
        let guid = self.mint.guid();
        let existing = self.annotation_track(clip).and_then(|track| {
            let node = track.annotation_at(clip, frame)?;
            let canonical = track.document.guid(node)?.to_owned();
            Some((canonical, track.guid().to_owned(), rate_of(track.document, node)))
        });
        if let Some((canonical, track, rate)) = existing {
            let delta = annotation_clip(&guid, clip, frame, rate, events);
            let draft = Draft::new(InsertChild::new(track, InsertChild::APPEND, delta, 0.0));
            let reply = self.commit(vec![draft], now)?;
            return Ok(Reply { guid: Some(canonical), ..reply });
        }
        let mut room = self.room_for(clip, frame)?;
        room.insert(&guid, clip, frame, events);
        self.commit_undoing(room.clip_timeline.into_iter().collect(), &[], now)?;
        let reply = self.commit(room.drafts, now)?;
        Ok(Reply { guid: Some(guid), ..reply })
    }

    pub(crate) fn replace_annotation(
        &mut self,
        annotation: &str,
        commands: Vec<Value>,
        now: Now,
    ) -> Result<Reply, CommandError> {
        self.permitted(Group::Annotation)?;
        let commands = self.checked_events(commands)?;
        let found = self.find("the annotation clip", annotation)?;
        let is_annotation = found
            .document
            .metadata(found.node)
            .is_some_and(|metadata| metadata.contains_key("annotation_commands"));
        if !is_annotation {
            return Err(found.wrong_kind("an annotation clip"));
        }
        let guid = found.guid().to_owned();
        let draft = Draft::new(ReplaceAnnotationCommands::new(guid.as_str(), commands, 0.0));
        let reply = self.commit_replacing(vec![draft], &self.drawn_by_existing_peers(), now)?;
        Ok(Reply { guid: Some(guid), ..reply })
    }

    /// What existing peers drew lately. They number nothing, so that a replacement names what it may take away: by
    /// time alone nobody could tell whether its author had seen it.
    fn drawn_by_existing_peers(&self) -> Vec<OperationId> {
        let since_us = self.clock.last_us().saturating_sub(SECOND_US);
        let lately = self.log.operations().rev().take_while(|operation| operation.stamp().hlc_us > since_us);
        let drawn = lately.filter(|operation| {
            let draws = matches!(
                operation.message(),
                Message::InsertChild(_) | Message::ReplaceAnnotationCommands(_)
            );
            draws && operation.id().is_of_existing_peer() && !operation.is_untimed()
        });
        drawn.map(|operation| operation.id().clone()).take(DRAWN_LATELY_MAX).collect()
    }

    /// Annotations are drawn on clips.
    pub(crate) fn check_clip(&self, clip: &str) -> Result<(), CommandError> {
        let found = self.find("the clip", clip)?;
        if found.document.schema_name(found.node) == "Clip" {
            Ok(())
        } else {
            Err(found.wrong_kind("a Clip"))
        }
    }

    /// Makes room for an annotation clip: at the end of the clip's annotation track, after a gap up to its frame;
    /// where the clip has none, in its clip timeline, which is announced first.
    pub(crate) fn room_for(&mut self, clip: &str, frame: i64) -> Result<Room, CommandError> {
        let gap_guid = self.mint.guid();
        let found = self.find("the clip", clip)?;
        let rate = rate_of(found.document, found.node);
        let mut room = Room {
            clip_timeline: None,
            drafts: Vec::new(),
            track: String::new(),
            rate,
            last: Some(Anchor::EDGE),
        };
        let end = if let Some(track) = self.annotation_track(clip) {
            track.guid().clone_into(&mut room.track);
            let last = track.document.children(track.node).last();
            room.last = last.map_or(Some(Anchor::EDGE), |last| track.document.guid(last).map(Anchor::beside));
            track.end()
        } else {
            let guids = ClipTimelineGuids::of(clip);
            let timeline = clip_timeline(found.document, found.node);
            room.clip_timeline = Some(Draft::new(AddTimeline::new(guids.timeline, timeline, 0.0)));
            room.track = guids.annotation_track;
            0
        };
        if frame > end {
            room.append(&gap_guid, gap(&gap_guid, end, frame - end, rate));
        }
        Ok(room)
    }

    /// Checks `SyncEvent` objects and gives those without a name one: a stroke has one for all its parts.
    fn checked_events(&mut self, events: Vec<Value>) -> Result<Vec<Value>, CommandError> {
        let mut stroke: Option<String> = None;
        events.into_iter().map(|event| self.checked_event(event, &mut stroke)).collect()
    }

    fn checked_event(&mut self, event: Value, stroke: &mut Option<String>) -> Result<Value, CommandError> {
        let refused = |reason: String| CommandError::Document { what: "an annotation event", reason };
        let Value::Object(mut event) = event else {
            return Err(refused(format!("it is {}; give a SyncEvent object with OTIO_SCHEMA", event.kind())));
        };
        let schema = event.get("OTIO_SCHEMA").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some((name, version)) =
            schema.rsplit_once('.').filter(|(_, version)| version.parse::<u32>().is_ok())
        else {
            return Err(refused(format!("its OTIO_SCHEMA is {schema:?}; give one such as \"PaintStart.1\"")));
        };
        if fails_elsewhere(name, version) {
            return Err(CommandError::WouldFailElsewhere { what: schema, instead: "use version 1" });
        }
        let named =
            event.get("uuid").and_then(Value::as_str).filter(|uuid| !uuid.is_empty()).map(str::to_owned);
        let continues = matches!(name, "PaintPoint" | "PaintEnd");
        let carried = stroke.take().filter(|_| continues);
        let uuid = named.clone().or(carried).unwrap_or_else(|| self.mint.guid());
        if named.is_none() {
            event.insert("uuid", uuid.as_str());
        }
        *stroke = name.starts_with("Paint").then_some(uuid);
        complete(&mut event, name, self.now);
        Ok(Value::Object(schema_first(event)))
    }
}

impl Room {
    /// Puts the annotation clip there.
    pub(crate) fn insert(&mut self, guid: &str, clip: &str, frame: i64, commands: Vec<Value>) {
        let object = annotation_clip(guid, clip, frame, self.rate, commands);
        self.append(guid, object);
    }

    fn append(&mut self, guid: &str, object: Value) {
        let insert = InsertChild::new(self.track.as_str(), InsertChild::APPEND, object, 0.0);
        self.drafts.push(Draft::new(insert).between((self.last.take(), Some(Anchor::EDGE))));
        self.last = Some(Anchor::beside(guid));
    }
}
