"""A peer's copy of the session's timelines, and the operations on it."""

import json
import uuid

import opentimelineio as otio

from .quirks import quirks_of
from .schemas import parse, parse_any, to_json

_UNRESOLVED_MAX = 10
# What a patch comes to that names something that is not there.
UNRESOLVED = object()


def derive_guid(key):
    """The GUID that every peer gives to the same thing."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, key))


def guid_of(thing):
    sync = thing.metadata.get("sync")
    return sync.get("guid") if sync is not None else None


def ensure_guid(thing):
    if "sync" not in thing.metadata:
        thing.metadata["sync"] = {}
    if not thing.metadata["sync"].get("guid"):
        thing.metadata["sync"]["guid"] = str(uuid.uuid4())
    return thing.metadata["sync"]["guid"]


def traverse(thing):
    """Pre-order: the object, a timeline's stack, a composition's children."""
    yield thing
    if isinstance(thing, otio.schema.Timeline):
        yield from traverse(thing.tracks)
    elif isinstance(thing, otio.core.Composition):
        for child in thing:
            yield from traverse(child)


def is_clip_timeline(timeline):
    return "clip_timeline_for" in timeline.metadata


class Replica:
    def __init__(self, quirks=None):
        self.quirks = quirks_of() if quirks is None else quirks
        self.timelines = {}
        self.object_map = {}
        self.clip_timelines = {}
        self.active_timeline_guid = None
        self.unresolved_patches = []
        self.unresolved_patch_count = 0
        # When each property was written by its author's clock; without `last-arrival-wins`.
        self._written = {}

    def has(self, quirk):
        return quirk in self.quirks

    def read(self, value):
        """An OTIO object from JSON values; raises as the reference does."""
        return parse(value) if self.has("refuses-newer-schemas") else parse_any(value)

    # -- the object map ---------------------------------------------------------------------------------------------

    def map_subtree(self, thing, preserve=False):
        for each in traverse(thing):
            guid = ensure_guid(each)
            if not preserve or guid not in self.object_map:
                self.object_map[guid] = each

    def map_one(self, thing):
        self.object_map[ensure_guid(thing)] = thing

    def _map_inserted(self, child):
        if self.has("maps-child-only"):
            self.map_one(child)
        else:
            self.map_subtree(child)

    def clear(self):
        self.timelines.clear()
        self.object_map.clear()
        self.clip_timelines.clear()
        self._written.clear()

    def _unresolved(self, kind, guid):
        self.unresolved_patch_count += 1
        self.unresolved_patches.append(
            f"{kind}: target {str(guid)[:8]} not in object_map ({len(self.object_map)} objects held)")
        del self.unresolved_patches[:-_UNRESOLVED_MAX]
        return UNRESOLVED

    # -- timelines --------------------------------------------------------------------------------------------------

    def register(self, timeline):
        """A timeline of our own; it becomes the active one if there is none."""
        guid = ensure_guid(timeline)
        self.timelines[guid] = timeline
        self.map_subtree(timeline)
        self.active_timeline_guid = self.active_timeline_guid or guid
        return guid

    def store(self, guid, timeline):
        self.timelines[guid] = timeline
        if is_clip_timeline(timeline):
            self.map_subtree(timeline, preserve=True)
            self.clip_timelines[timeline.metadata["clip_timeline_for"]] = guid
        else:
            self.map_subtree(timeline)

    def add_timeline(self, guid, body):
        """The timeline, or nothing where it is known already or somebody's clip timeline."""
        if not guid or not body or guid in self.timelines and self.has("ignores-known-timelines"):
            return None
        timeline = self.read(body)
        if guid in self.timelines:
            return self.replace_timeline(guid, timeline)
        self.store(guid, timeline)
        return None if is_clip_timeline(timeline) else timeline

    def replace_timeline(self, guid, timeline):
        old = {guid_of(each) for each in traverse(self.timelines[guid])} if guid in self.timelines else set()
        new = {guid_of(each) for each in traverse(timeline)}
        for gone in old - new:
            self.object_map.pop(gone, None)
        self.timelines[guid] = timeline
        self.map_subtree(timeline)
        self.active_timeline_guid = self.active_timeline_guid or guid
        return timeline

    def remove_timeline(self, guid):
        timeline = self.timelines.get(guid)
        if timeline is None:
            return None
        subtree = {guid_of(each) for each in traverse(timeline)}
        for clip_guid, clip_timeline in list(self.clip_timelines.items()):
            if clip_guid in subtree and clip_timeline != guid:
                self._purge(clip_timeline)
        self._purge(guid)
        return timeline

    def _purge(self, guid):
        timeline = self.timelines.pop(guid, None)
        if timeline is None:
            return
        inside = list(traverse(timeline))
        for each in inside:
            leads_here = any(self.object_map.get(guid_of(each)) is other for other in inside)
            if leads_here or self.has("unmaps-shared-clips"):
                self.object_map.pop(guid_of(each), None)
        self.clip_timelines = {clip: held for clip, held in self.clip_timelines.items() if held != guid}
        if self.active_timeline_guid == guid:
            self.active_timeline_guid = None

    def clip_timeline(self, clip_guid):
        """The clip's own timeline, made where there is none; nothing for what is no clip."""
        if clip_guid in self.clip_timelines:
            return self.clip_timelines[clip_guid]
        clip = self.object_map.get(clip_guid)
        if not isinstance(clip, otio.schema.Clip):
            return None
        timeline = otio.schema.Timeline(name=clip.name or "clip")
        guid = derive_guid(f"clip_timeline:{clip_guid}")
        timeline.metadata["sync"] = {"guid": guid}
        timeline.metadata["clip_timeline_for"] = clip_guid
        for name, key in (("V1", "video"), ("Annotations", "ann")):
            track = otio.schema.Track(name=name, kind=otio.schema.TrackKind.Video)
            track.metadata["sync"] = {"guid": derive_guid(f"clip_timeline_{key}_track:{clip_guid}")}
            timeline.tracks.append(track)
        timeline.tracks[0].append(clip.deepcopy())
        if not self.has("mints-stacks"):
            timeline.tracks.metadata["sync"] = {"guid": derive_guid(f"clip_timeline_stack:{clip_guid}")}
        self.store(guid, timeline)
        return guid

    # -- patches ----------------------------------------------------------------------------------------------------

    def set_property(self, guid, path, value, at=0.0):
        """The object, or nothing where it is not there; `at` is when its author set it."""
        target = self.object_map.get(guid)
        if target is None:
            return None
        if not self.has("last-arrival-wins"):
            if self._written.get((guid, path), at) > at:
                return None
            self._written[guid, path] = at
        if path.startswith("metadata/"):
            return target if self._set_metadata(target, path.split("/")[1:], value) else None
        self._set_attribute(target, path, value)
        return target

    def _set_metadata(self, target, keys, value):
        *parents, last = keys
        place = target.metadata
        for key in parents:
            if key not in place:
                place[key] = {}
            place = place[key]
            if not hasattr(place, "keys") and not self.has("raises-inside-values"):
                return False
        place[last] = value
        return True

    def _set_attribute(self, target, name, value):
        if not hasattr(type(target), name) and not self.has("forgets-unknown-attributes"):
            target._dynamic_fields[name] = value
            return
        if self.has("raises-on-structured-values"):
            setattr(target, name, value)
            return
        try:
            setattr(target, name, parse(value) if isinstance(value, dict) else value)
        except Exception:  # opentimelineio has no room for it
            return

    def property_text(self, guid, path):
        """What stands at a property's path, as JSON."""
        target = self.object_map.get(guid)
        place = to_json(target) if target is not None else None
        for key in path.split("/"):
            if not isinstance(place, dict) or key not in place:
                return None
            place = place[key]
        return json.dumps(place, sort_keys=True)

    def insert_local(self, parent_guid, child, index):
        parent = self.object_map.get(parent_guid)
        if parent is None:
            return None
        self._map_inserted(child)
        _put(parent, index, child)
        return child

    def insert_remote(self, parent_guid, index, child_data):
        """The action that a host is told of: a merged annotation or an inserted child."""
        parent = self.object_map.get(parent_guid)
        if parent is None:
            return self._unresolved("INSERT_CHILD", parent_guid)
        child = self.read(child_data)
        drawn_on = _drawn_on(parent, child)
        existing = _same_annotation(parent, drawn_on)
        if existing is not None:
            self.append_commands(existing, child.metadata["annotation_commands"])
            self.object_map[ensure_guid(child)] = child if self.has("maps-merged-clips") else existing
            return ("annotation_commands_added", guid_of(existing))
        if drawn_on is not None and not self.has("lays-out-by-arrival"):
            index = _place_by_frame(parent, drawn_on)
        elif self._stands(child) and not self.has("doubles-children"):
            return None
        _put(parent, index, child)
        self._map_inserted(child)
        return ("insert_child", guid_of(child))

    def _stands(self, child):
        held = self.object_map.get(guid_of(child))
        return held is not None and _parent(held) is not None

    def remove_child(self, parent_guid, child_guid, remote):
        parent = self.object_map.get(parent_guid)
        if parent is None:
            return self._unresolved("REMOVE_CHILD", parent_guid) if remote else False
        for index, child in enumerate(parent):
            if guid_of(child) == child_guid:
                inside = [] if self.has("keeps-descendants-mapped") else [guid_of(each) for each in traverse(child)]
                del parent[index]
                for gone in (child_guid, *inside):
                    self.object_map.pop(gone, None)
                return True
        return False

    def move_child(self, parent_guid, child_guid, to_index, remote):
        parent, mapped = self.object_map.get(parent_guid), self.object_map.get(child_guid)
        if parent is None or mapped is None:
            missing = parent_guid if parent is None else child_guid
            return self._unresolved("MOVE_CHILD", missing) if remote else False
        for index, child in enumerate(parent):
            if guid_of(child) == child_guid:
                if not remote and index == to_index:
                    return False
                del parent[index]
                parent.insert(to_index, mapped if remote and self.has("moves-the-mapped-one") else child)
                return True
        return False

    def replace_commands(self, clip_guid, commands):
        clip = self.object_map.get(clip_guid)
        if clip is None:
            return None
        clip.metadata["annotation_commands"] = list(self.read(commands))
        return clip

    def append_commands(self, clip, commands):
        all_of_them = list(clip.metadata["annotation_commands"])
        held = {_identity(event) for event in all_of_them}
        doubles = self.has("doubles-strokes")
        all_of_them += [event for event in commands if doubles or _identity(event) not in held]
        clip.metadata["annotation_commands"] = all_of_them

    # -- out --------------------------------------------------------------------------------------------------------

    def wire_timelines(self):
        return {guid: to_json(timeline) for guid, timeline in self.timelines.items()}


def _put(parent, index, child):
    if index == -1:
        parent.append(child)
    else:
        parent.insert(index, child)


def _parent(thing):
    return thing.parent() if isinstance(thing, otio.core.Composable) else None


def _identity(event):
    """What tells one event of a stroke from another: its schema and the stroke's id."""
    fields = to_json(event) if isinstance(event, otio.core.SerializableObject) else event
    if isinstance(fields, dict) and fields.get("OTIO_SCHEMA") and isinstance(fields.get("uuid"), str):
        return (fields["OTIO_SCHEMA"], fields["uuid"])
    return json.dumps(fields, sort_keys=True)


def _drawn_on(parent, child):
    """The clip and frame that a child with strokes is drawn on, where its parent is a track."""
    if not isinstance(parent, otio.schema.Track) or not child.metadata.get("annotation_commands"):
        return None
    return _annotates(child)


def _annotates(child):
    clip_guid, source_range = child.metadata.get("clip_guid"), getattr(child, "source_range", None)
    if not clip_guid or source_range is None:
        return None
    return (clip_guid, int(source_range.start_time.value))


def _same_annotation(parent, drawn_on):
    """The clip of the same medium and frame in this track, which takes over what the child brings."""
    if drawn_on is None:
        return None
    return next((other for other in parent if isinstance(other, otio.schema.Clip) and _annotates(other) == drawn_on), None)


def _place_by_frame(track, drawn_on):
    frames = [_annotates(child) for child in track]
    beyond = (place for place, drawn in enumerate(frames) if drawn is not None and drawn[1] > drawn_on[1])
    return next(beyond, len(frames))
