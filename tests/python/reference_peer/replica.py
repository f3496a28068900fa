"""A peer's copy of the session's timelines, and the operations on it."""

import uuid

import opentimelineio as otio

from .schemas import parse, to_json

_UNRESOLVED_MAX = 10


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
    def __init__(self):
        self.timelines = {}
        self.object_map = {}
        self.clip_timelines = {}
        self.active_timeline_guid = None
        self.unresolved_patches = []
        self.unresolved_patch_count = 0

    # -- the object map ---------------------------------------------------------------------------------------------

    def map_subtree(self, thing, preserve=False):
        for each in traverse(thing):
            guid = ensure_guid(each)
            if not preserve or guid not in self.object_map:
                self.object_map[guid] = each

    def map_one(self, thing):
        self.object_map[ensure_guid(thing)] = thing

    def clear(self):
        self.timelines.clear()
        self.object_map.clear()
        self.clip_timelines.clear()

    def _unresolved(self, kind, guid):
        self.unresolved_patch_count += 1
        self.unresolved_patches.append(
            f"{kind}: target {str(guid)[:8]} not in object_map ({len(self.object_map)} objects held)")
        del self.unresolved_patches[:-_UNRESOLVED_MAX]

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
        if not guid or not body or guid in self.timelines:
            return None
        timeline = parse(body)
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
        for each in traverse(timeline):
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
        self.store(guid, timeline)
        return guid

    # -- patches ----------------------------------------------------------------------------------------------------

    def set_property(self, guid, path, value):
        target = self.object_map.get(guid)
        if target is None:
            return None
        if path.startswith("metadata/"):
            *parents, last = path.split("/")[1:]
            place = target.metadata
            for key in parents:
                if key not in place:
                    place[key] = {}
                place = place[key]
            place[last] = value
        else:
            setattr(target, path, value)
        return target

    def insert_local(self, parent_guid, child, index):
        parent = self.object_map.get(parent_guid)
        if parent is None:
            return None
        self.map_one(child)
        _put(parent, index, child)
        return child

    def insert_remote(self, parent_guid, index, child_data):
        """The action that a host is told of: a merged annotation or an inserted child."""
        parent = self.object_map.get(parent_guid)
        if parent is None:
            self._unresolved("INSERT_CHILD", parent_guid)
            return None
        child = parse(child_data)
        existing = _same_annotation(parent, child)
        if existing is not None:
            append_commands(existing, child.metadata["annotation_commands"])
            self.map_one(child)
            return ("annotation_commands_added", guid_of(existing))
        _put(parent, index, child)
        self.map_one(child)
        return ("insert_child", guid_of(child))

    def remove_child(self, parent_guid, child_guid, remote):
        parent = self.object_map.get(parent_guid)
        if parent is None:
            if remote:
                self._unresolved("REMOVE_CHILD", parent_guid)
            return False
        for index, child in enumerate(parent):
            if guid_of(child) == child_guid:
                del parent[index]
                self.object_map.pop(child_guid, None)
                return True
        return False

    def move_child(self, parent_guid, child_guid, to_index, remote):
        parent, mapped = self.object_map.get(parent_guid), self.object_map.get(child_guid)
        if parent is None or mapped is None:
            if remote:
                self._unresolved("MOVE_CHILD", parent_guid if parent is None else child_guid)
            return False
        for index, child in enumerate(parent):
            if guid_of(child) == child_guid:
                if not remote and index == to_index:
                    return False
                del parent[index]
                parent.insert(to_index, mapped if remote else child)
                return True
        return False

    def replace_commands(self, clip_guid, commands):
        clip = self.object_map.get(clip_guid)
        if clip is None:
            return None
        clip.metadata["annotation_commands"] = list(parse(commands))
        return clip

    # -- out --------------------------------------------------------------------------------------------------------

    def wire_timelines(self):
        return {guid: to_json(timeline) for guid, timeline in self.timelines.items()}


def append_commands(clip, commands):
    clip.metadata["annotation_commands"] = list(clip.metadata["annotation_commands"]) + list(commands)


def _put(parent, index, child):
    if index == -1:
        parent.append(child)
    else:
        parent.insert(index, child)


def _same_annotation(parent, child):
    """The clip of the same medium and frame in this track, which takes over what the child brings."""
    if not isinstance(parent, otio.schema.Track) or not child.metadata.get("annotation_commands"):
        return None
    clip_guid, source_range = child.metadata.get("clip_guid"), getattr(child, "source_range", None)
    if not clip_guid or source_range is None:
        return None
    frame = int(source_range.start_time.value)
    for other in parent:
        if (isinstance(other, otio.schema.Clip) and other.metadata.get("clip_guid") == clip_guid
                and other.source_range is not None and int(other.source_range.start_time.value) == frame):
            return other
    return None
