"""What is drawn and written on frames, and where it is kept."""

import time
import uuid

import opentimelineio as otio

from .replica import ensure_guid, guid_of
from .schemas import parse, to_json


class Annotations:
    """The part of a session that annotates. It works on `replica`, `status`, `role` and `send`."""

    def annotation_track_guid(self, clip_guid, preferred=None):
        """The first annotation track of a timeline that holds the clip itself."""
        timelines = self.replica.timelines
        order = ([preferred] if preferred in timelines else []) + [guid for guid in timelines if guid != preferred]
        for guid in order:
            tracks = _tracks(timelines[guid])
            drawn = [track for track in tracks if "annotation" in track.name.lower()]
            held = any(guid_of(child) == clip_guid for track in tracks if track not in drawn for child in track)
            if held and drawn:
                return ensure_guid(drawn[0])
        return None

    def _annotation_clips(self):
        for timeline in self.replica.timelines.values():
            for track in _tracks(timeline):
                if "annotation" in track.name.lower():
                    yield from (child for child in track if isinstance(child, otio.schema.Clip))

    def annotation_clip_guid_at(self, clip_guid, frame):
        for clip in self._annotation_clips():
            if clip.metadata.get("clip_guid") == clip_guid and clip.source_range is not None:
                if int(clip.source_range.start_time.value) == frame:
                    return guid_of(clip)
        return None

    def may_annotate(self, destructive=False):
        group = "destructive" if destructive else "annotation"
        return self.status == "SYNCED" and self.permits(group)

    def broadcast_add_annotation(self, track_guid, clip_guid, at, events):
        """Draws `events` on the clip's frame `at`; the annotation clip's GUID, or nothing where it was withheld."""
        track = self.replica.object_map.get(track_guid)
        if not self.may_annotate() or track is None:
            return None
        frame = int(at.value)
        delta = _annotation_clip(clip_guid, frame, at.rate, parse(events))
        for existing in track:
            if _annotates(existing, clip_guid, frame):
                self.replica.append_commands(existing, delta.metadata["annotation_commands"])
                ensure_guid(delta)
                self.send_insert(track_guid, -1, to_json(delta))
                return guid_of(existing)
        end = sum(int(child.source_range.duration.value) for child in track if child.source_range is not None)
        if frame > end and self.has("lays-out-by-arrival"):
            gap = otio.schema.Gap(source_range=_frames(end, frame - end, at.rate))
            self.insert_child(track_guid, gap, -1, group="annotation")
        self.insert_child(track_guid, delta, -1, group="annotation")
        return guid_of(delta)

    def broadcast_partial_annotation(self, clip_guid, frame, fps, events):
        if not self.may_annotate():
            return False
        if self.has("fresh-stroke-ids"):
            fresh = str(uuid.uuid4())
            events = [{**event, "uuid": fresh} for event in events]
        body = {"clip_guid": clip_guid, "frame": float(frame), "fps": float(fps), "events": events}
        self.send("Annotation.1", "PARTIAL", body)
        return True

    def broadcast_replace_annotation_commands(self, annotation_clip_guid, events, destructive=False):
        if not self.may_annotate(destructive):
            return False
        clip = self.replica.replace_commands(annotation_clip_guid, events)
        if clip is None:
            return False
        commands = to_json(clip)["metadata"]["annotation_commands"]
        body = {"annotation_clip_guid": annotation_clip_guid, "commands": commands, "sync_timestamp": time.time()}
        self.send("OTIO_SESSION_1.0", "REPLACE_ANNOTATION_COMMANDS", body)
        return True


def _tracks(timeline):
    return [track for track in timeline.tracks if isinstance(track, otio.schema.Track)]


def _annotates(child, clip_guid, frame):
    return (isinstance(child, otio.schema.Clip) and child.metadata.get("clip_guid") == clip_guid
            and child.source_range is not None and int(child.source_range.start_time.value) == frame)


def _frames(start, duration, rate):
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(duration, rate))


def _annotation_clip(clip_guid, frame, rate, commands):
    clip = otio.schema.Clip(name=f"Annotation_{frame}", source_range=_frames(frame, 1, rate))
    clip.metadata["annotation_commands"] = list(commands)
    clip.metadata["clip_guid"] = clip_guid
    return clip
