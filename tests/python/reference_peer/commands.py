"""What the application around a session does, and what its user can be told to do by a line of JSON."""

import json
import sys
import time
import traceback

import opentimelineio as otio

from .replica import guid_of, is_clip_timeline
from .schemas import parse
from .session import POSITION, SENT, VISIBILITY

DISCOVERY_TIMEOUT = 2.0
REDISCOVERY_INTERVAL = 5.0
LEASE_PATIENCE = 10.0


class Commands:
    """Obeys command lines and serves the session as its application: snapshots, discovery, self-election."""

    def __init__(self, session, say):
        self.session, self.say = session, say
        self._may_elect = False
        self._discovering_since = None
        self._waiting = []
        self._status = None

    # -- the application --------------------------------------------------------------------------------------------

    def tick(self):
        try:
            for name, data in self.session.tick():
                self._act(name, data)
        except Exception as error:  # the batch is lost, as it is with the reference
            traceback.print_exc(file=sys.stderr)
            self.say({"event": "batch_lost", "error": repr(error)})
        self._discover()
        self._retry()
        if self.session.status != self._status:
            self._status = self.session.status
            self.say({"event": "status", "status": self._status, "is_master": self.session.is_master})

    def _act(self, name, data):
        if name == "state_request_received":
            self.session.send_state_snapshot(data)
        if name == "state_request_timeout":
            self._discovering_since = time.time()
            self.session.ask_for_master()
        self.say({"event": "action", "action": name, "data": data})

    def _discover(self):
        if self.session.status != "DISCOVERING" or self._discovering_since is None:
            return
        waited = time.time() - self._discovering_since
        if self._may_elect and waited > DISCOVERY_TIMEOUT:
            self.session.elect_self_as_master()
        elif waited > REDISCOVERY_INTERVAL:
            self._discovering_since = time.time()
            self.session.ask_for_master()

    # -- commands ---------------------------------------------------------------------------------------------------

    def obey(self, line):
        """False once the peer should go."""
        if not line.strip():
            return True
        command = json.loads(line)
        if command["command"] == "quit":
            self._reply(command, {})
            return False
        self._try(command, time.monotonic() + LEASE_PATIENCE)
        return True

    def _retry(self):
        """Edits that found another peer's lease, tried again as their user would."""
        waiting, self._waiting = self._waiting, []
        for command, deadline in waiting:
            self._try(command, deadline)

    def _try(self, command, deadline):
        channels = _channels(command)
        if self.session.status == "SYNCED" and not all([self.session.holds(channel) for channel in channels]):
            if time.monotonic() < deadline:
                self._waiting.append((command, deadline))
                return
        try:
            result = getattr(self, "do_" + command["command"])(command)
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            self.say({"reply": command.get("id"), "ok": False, "error": repr(error)})
            return
        self._reply(command, result)

    def _reply(self, command, result):
        self.say({"reply": command.get("id"), "ok": True, **result})

    def do_host(self, command):
        """Discovers, and opens the session with a file's timeline if nobody answers."""
        thing = otio.adapters.read_from_file(command["file"])
        timelines = [thing] if isinstance(thing, otio.schema.Timeline) else list(thing)
        self.session.start()
        self._may_elect, self._discovering_since = True, time.time()
        return {"timelines": [self.session.replica.register(timeline) for timeline in timelines]}

    def do_join(self, _command):
        self.session.start()
        self._discovering_since = time.time()
        return {}

    def do_set_property(self, command):
        target = command["target_uuid"]
        return _sent(self.session.set_property(target, command["path"], command["value"]))

    def do_insert_child(self, command):
        child = parse(command["child_data"])
        result = self.session.insert_child(command["parent_uuid"], child, command.get("index", -1))
        return {**_sent(result), "guid": guid_of(child)}

    def do_move_child(self, command):
        to_index = command["to_index"]
        return _sent(self.session.broadcast_move_child(command["parent_uuid"], command["child_uuid"], to_index))

    def do_remove_child(self, command):
        return _sent(self.session.broadcast_remove_child(command["parent_uuid"], command["child_uuid"]))

    def do_clip_timeline(self, command):
        guid = self.session.replica.clip_timeline(command["clip_guid"])
        return {**_sent(self.session.broadcast_clip_timeline(guid)), "guid": guid}

    def do_annotate(self, command):
        """Draws on a clip's frame, in the clip's own timeline where no other one has a track for it."""
        clip_guid = command["clip_guid"]
        track = self.session.annotation_track_guid(clip_guid, command.get("timeline_guid"))
        if track is None:
            self.do_clip_timeline(command)
            track = self.session.annotation_track_guid(clip_guid)
        at = otio.opentime.RationalTime(command["frame"], command.get("rate", 24.0))
        guid = self.session.broadcast_add_annotation(track, clip_guid, at, command["events"])
        return {"guid": guid, "sent": guid is not None}

    def do_partial_annotation(self, command):
        frame, fps = command["frame"], command.get("fps", 24.0)
        return {"sent": self.session.broadcast_partial_annotation(command["clip_guid"], frame, fps, command["events"])}

    def do_replace_annotations(self, command):
        guid = command["annotation_clip_guid"]
        sent = self.session.broadcast_replace_annotation_commands(guid, command["events"], not command["events"])
        return {"sent": sent}

    def do_rename_timeline(self, command):
        return _sent(self.session.broadcast_timeline_rename(command["timeline_guid"], command["name"]))

    def do_add_timeline(self, command):
        guid = self.session.replica.register(parse(command["timeline"]))
        return {**_sent(self.session.broadcast_add_timeline(guid)), "guid": guid}

    def do_remove_timeline(self, command):
        return _sent(self.session.broadcast_remove_timeline(command["timeline_guid"]))

    def do_replace_timeline(self, command):
        timeline = parse(command["timeline"])
        return _sent(self.session.broadcast_replace_timeline(command["timeline_guid"], timeline))

    def do_playback(self, command):
        return _sent(self.session.broadcast_playback_state(command["state"], command.get("timeline_guid")))

    def do_display(self, command):
        return _sent(self.session.broadcast_display_state(command["state"]))

    def do_set_peer_role(self, command):
        return _sent(self.session.set_peer_role(command["user"], command["role"]))

    def do_state(self, _command):
        """The snapshot that this peer would serve, with what only its application knows."""
        session = self.session
        return {"state": {
            **session.snapshot(""),
            "playback_state": session.playback_state,
            "display_state": session.display_state,
            "clip_timelines": dict(session.replica.clip_timelines),
            "sequence_timelines": [
                guid for guid, timeline in session.replica.timelines.items() if not is_clip_timeline(timeline)
            ],
            "selected_clip_guid": session.selected_clip_guid,
            "status": session.status,
            "self_guid": session.guid,
            "is_master": session.is_master,
            "master_guid": session.master_guid,
            "role": session.role,
            "structure_diverged": session.structure_diverged,
            "unresolved_patches": session.replica.unresolved_patches,
            "unresolved_patch_count": session.replica.unresolved_patch_count,
            "join_generation": session.join_generation,
        }}


_STRUCTURE = {
    "insert_child", "move_child", "remove_child", "add_timeline", "rename_timeline", "remove_timeline",
    "replace_timeline",
}


def _channels(command):
    """The leases that a host application claims before it does this."""
    name, state = command["command"], command.get("state", {})
    if name == "playback":
        groups = {"position": POSITION, "visibility": VISIBILITY}
        return [channel for channel, fields in groups.items() if any(key in state for key in fields)]
    if name == "display":
        return ["display"]
    return ["structure"] if name in _STRUCTURE else []


def _sent(result):
    return {"sent": result == SENT}
