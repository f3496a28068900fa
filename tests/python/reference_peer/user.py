"""What a peer's user does: by edits that say everything, or by steps that name what is there by numbers."""

import opentimelineio as otio

from . import materials
from .replica import guid_of, is_clip_timeline, traverse
from .schemas import to_json
from .session import POSITION, SENT, VISIBILITY

# Frames that are drawn on, and names that several use for their clips: those of the other participants.
FRAMES = 6
KNOWN = 6


def pick(items, number):
    """The item of that number, counted around."""
    return items[number % len(items)] if items else None


class Sight:
    """The GUIDs that a user sees, in the order of the timelines."""

    def __init__(self, replica):
        self.timelines, self.stacks, self.tracks, self.items = [], [], [], []
        self.clips, self.annotations = [], []
        for guid, timeline in replica.timelines.items():
            is_sequence = not is_clip_timeline(timeline)
            if is_sequence:
                self.timelines.append(guid)
            for thing in traverse(timeline):
                self._look_at(thing, is_sequence)

    def _look_at(self, thing, in_sequence):
        guid = guid_of(thing)
        if guid is None:
            return
        if "annotation_commands" in thing.metadata:
            self.annotations.append(guid)
            return
        if not in_sequence or isinstance(thing, otio.schema.Timeline):
            return
        parent = thing.parent()
        parent_guid = guid_of(parent) if parent is not None else None
        if isinstance(thing, otio.schema.Stack):
            self.stacks.append(guid)
        elif isinstance(thing, otio.schema.Track):
            self.tracks.append((parent_guid, guid))
        else:
            self.items.append((parent_guid, guid))
            if isinstance(thing, otio.schema.Clip):
                self.clips.append(guid)

    def object(self, number):
        """An item, or now and then a track, an annotation clip or a stack."""
        tracks = [guid for _, guid in self.tracks]
        other = pick({0: tracks, 1: self.annotations, 2: self.stacks}.get(number % 23, []), number)
        return other or pick([guid for _, guid in self.items], number)


class User:
    """Does steps and edits; each answers whether it was said as it was meant."""

    def __init__(self, session):
        self.session, self.replica = session, session.replica
        # Timelines of its own that a role or a lease kept from the others; its application shows them all the same.
        self.unsaid_timelines = set()

    # -- steps ------------------------------------------------------------------------------------------------------

    def step(self, doing, picks, number):
        """How many edits it came to that were said, and how many that were withheld."""
        said = [self.do(edit) for edit in self._edits(doing, picks, number)]
        return sum(said), len(said) - sum(said)

    def do(self, edit):
        try:
            return getattr(self, "do_" + edit["do"])(edit) is True
        except Exception:  # its application has told its user so
            return False

    def _edits(self, doing, picks, number):
        sight = Sight(self.replica)
        make = getattr(self, "_" + doing, None)
        edits = make(sight, f"n{number}", *picks) if make else None
        if edits is None:
            return []
        return edits if isinstance(edits, list) else [edits]

    def _property(self, target, path, value):
        return {"do": "set_property", "target": target, "path": path, "value": value} if target else None

    def _set_name(self, sight, own, first, _second, _third):
        return self._property(sight.object(first), "name", f"name {own[1:]}")

    def _set_nested(self, sight, _own, first, second, _third):
        return self._property(sight.object(first), "metadata/a/b", second)

    def _set_dictionary(self, sight, _own, first, second, third):
        return self._property(sight.object(first), "metadata/a", {"b": third, "c": second})

    def _set_timeline_property(self, sight, _own, first, _second, third):
        return self._property(pick(sight.timelines, first), "metadata/project/shot", third)

    def _insert_clip(self, sight, own, first, second, _third):
        return self._insertion(pick(sight.tracks, first), second, materials.clip(own))

    def _insert_known(self, sight, _own, first, second, third):
        return self._insertion(pick(sight.tracks, first), second, materials.clip(f"known{third % KNOWN}"))

    def _insert_gap(self, sight, _own, first, second, third):
        return self._insertion(pick(sight.tracks, first), second, materials.gap(1 + third % 20))

    def _insert_track(self, sight, own, first, second, third):
        clips = [f"{own}-c{number}" for number in range(third % 3)]
        stack = pick(sight.stacks, first)
        return self._insertion(stack and (None, stack), second, materials.track(own, clips))

    def _insertion(self, place, second, child):
        return {"do": "insert", "parent": place[1], "index": second % 12 - 2, "child": child} if place else None

    def _move_within(self, sight, _own, first, second, _third):
        item = pick(sight.items, first)
        return {"do": "move", "parent": item[0], "child": item[1], "index": second % 12 - 2} if item else None

    def _move_between(self, sight, _own, first, second, third):
        item, track = pick(sight.items, first), pick(sight.tracks, second)
        return self._taken_and_put(item, track and track[1], third % 5)

    def _set_range(self, sight, _own, first, second, third):
        item = pick(sight.items, first)
        return self._taken_and_put(item, item and item[0], None, materials.time_range(second % 10, 1 + third % 14))

    def _taken_and_put(self, item, parent_guid, index, source_range=None):
        """What the protocol has no message for, and applications do all the same."""
        if item is None or parent_guid is None:
            return None
        parent, held = self.replica.object_map.get(item[0]), self.replica.object_map.get(item[1])
        if parent is None or held is None:
            return None
        place = next((place for place, child in enumerate(parent) if guid_of(child) == item[1]), None)
        if place is None:
            return None
        child = to_json(held)
        if source_range is not None:
            child["source_range"] = source_range
        put = {"do": "insert", "parent": parent_guid, "index": place if index is None else index, "child": child}
        return [{"do": "remove", "parent": item[0], "child": item[1]}, put]

    def _remove_item(self, sight, _own, first, _second, _third):
        return self._removal(pick(sight.items, first))

    def _remove_track(self, sight, _own, first, _second, _third):
        return self._removal(pick(sight.tracks, first))

    def _removal(self, item):
        return {"do": "remove", "parent": item[0], "child": item[1]} if item else None

    def _add_timeline(self, _sight, own, _first, _second, _third):
        return {"do": "add_timeline", "timeline": materials.timeline(f"t{own[1:]}")}

    def _rename_timeline(self, sight, _own, first, second, _third):
        guid = pick(sight.timelines, first)
        return {"do": "rename_timeline", "timeline": guid, "name": f"name {second}"} if guid else None

    def _remove_timeline(self, sight, _own, first, _second, _third):
        if len(sight.timelines) < 2:
            return None
        return {"do": "remove_timeline", "timeline": pick(sight.timelines, first)}

    def _replace_timeline(self, sight, _own, first, second, third):
        guid = pick(sight.timelines, first)
        if guid is None:
            return None
        version = to_json(self.replica.timelines[guid])
        materials.leave_out(version, third % 2 == 1, second)
        return {"do": "replace_timeline", "timeline": guid, "version": version}

    def _annotate(self, sight, own, first, second, third):
        # Half of it on one clip, so that drawings of several participants meet there.
        clip = pick(sight.clips, 0 if third % 2 == 0 else first)
        events = materials.stroke(f"s{own[1:]}")
        return {"do": "annotate", "clip": clip, "frame": second % FRAMES, "events": events} if clip else None

    def _replace_annotation(self, sight, own, first, _second, _third):
        return self._replacement(pick(sight.annotations, first), materials.stroke(f"s{own[1:]}"))

    def _clear_annotation(self, sight, _own, first, _second, _third):
        return self._replacement(pick(sight.annotations, first), [])

    def _replacement(self, annotation, events):
        return {"do": "replace_annotation", "annotation": annotation, "events": events} if annotation else None

    def _partial_annotation(self, sight, own, first, second, _third):
        clip = pick(sight.clips, first)
        preview = {"do": "partial", "clip": clip, "frame": float(second % FRAMES),
                   "events": materials.stroke(f"s{own[1:]}")}
        return [preview] * (1 + second % 3) if clip else None

    def _at_frame(self, second, playing):
        time = {"OTIO_SCHEMA": "RationalTime.1", "value": float(second % 100), "rate": 24.0}
        return {"do": "playback", "state": {"playing": playing, "current_time": time, "playback_mode": "loop"}}

    def _play(self, _sight, _own, _first, second, _third):
        return self._at_frame(second, True)

    def _pause(self, _sight, _own, _first, second, _third):
        return self._at_frame(second, False)

    _seek = _pause

    def _playback(self, _sight, _own, first, _second, _third):
        return {"do": "playback", "state": {"playback_mode": pick(["loop", "play-once"], first)}}

    def _select(self, sight, _own, _first, _second, third):
        clip = pick(sight.clips, third)
        return {"do": "playback", "state": {"clip_guid": clip, "view_mode": "source"}} if clip else None

    def _display(self, _sight, _own, first, second, _third):
        return {"do": "display", "state": {pick(["zoom", "exposure"], first): float(second % 100)}}

    # -- edits ------------------------------------------------------------------------------------------------------

    def _holds_structure(self, known=True):
        if known and self.session.status == "SYNCED":
            self.session.holds("structure")

    def do_set_property(self, edit):
        return self.session.set_property(edit["target"], edit["path"], edit["value"]) == SENT

    def do_insert(self, edit):
        return self.session.insert_child(edit["parent"], self.replica.read(edit["child"]), edit["index"]) == SENT

    def do_move(self, edit):
        self._holds_structure()
        return self.session.broadcast_move_child(edit["parent"], edit["child"], edit["index"]) == SENT

    def do_remove(self, edit):
        self._holds_structure()
        return self.session.broadcast_remove_child(edit["parent"], edit["child"]) == SENT

    def do_add_timeline(self, edit):
        guid = self.replica.register(self.replica.read(edit["timeline"]))
        self._holds_structure()
        if self.session.broadcast_add_timeline(guid) == SENT:
            return True
        self.unsaid_timelines.add(guid)
        return False

    def do_rename_timeline(self, edit):
        self._holds_structure()
        return self.session.broadcast_timeline_rename(edit["timeline"], edit["name"]) == SENT

    def do_remove_timeline(self, edit):
        self._holds_structure(not self.session.has("ignores-gone-timelines"))
        return self.session.broadcast_remove_timeline(edit["timeline"]) == SENT

    def do_replace_timeline(self, edit):
        self._holds_structure(not self.session.has("ignores-gone-timelines"))
        version = self.replica.read(edit["version"])
        return self.session.broadcast_replace_timeline(edit["timeline"], version) == SENT

    def do_annotate(self, edit):
        """Draws on a clip's frame, in the clip's own timeline where no other one has a track for it."""
        session, clip = self.session, edit["clip"]
        if session.status != "SYNCED" or not session.may_annotate():
            return False
        active = self.replica.active_timeline_guid
        track = session.annotation_track_guid(clip, active)
        if track is None:
            guid = self.replica.clip_timeline(clip)
            session.broadcast_clip_timeline(guid)
            track = session.annotation_track_guid(clip, active)
        if track is None:
            return False
        at = otio.opentime.RationalTime(edit["frame"], 24.0)
        return session.broadcast_add_annotation(track, clip, at, edit["events"]) is not None

    def do_replace_annotation(self, edit):
        events = edit["events"]
        return self.session.broadcast_replace_annotation_commands(edit["annotation"], events, not events)

    def do_partial(self, edit):
        return self.session.broadcast_partial_annotation(edit["clip"], edit["frame"], 24.0, edit["events"])

    def do_playback(self, edit):
        # What is said as seed peers do asserts neither.
        unsaid = ("playback_mode", *VISIBILITY) if self.session.has("says-looping") else ()
        groups = {"position": set(POSITION) - set(unsaid), "visibility": set(VISIBILITY) - set(unsaid)}
        for channel, fields in groups.items():
            if any(key in edit["state"] for key in fields):
                self.session.holds(channel)
        return self.session.broadcast_playback_state(edit["state"]) == SENT

    def do_display(self, edit):
        self.session.holds("display")
        return self.session.broadcast_display_state(edit["state"]) == SENT
