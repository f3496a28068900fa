"""What a peer's user does: applied at once, then said, unless a role or a lease is missing."""

import time

from .schemas import to_json

POSITION = ("current_time", "playing", "playback_mode")
VISIBILITY = ("view_mode", "clip_guid")

SENT, SUPPRESSED = "sent", "suppressed"


class Editing:
    """The edits of a session. It works on `replica`, `leases` and `send`."""

    # -- structure --------------------------------------------------------------------------------------------------

    def _may_change_structure(self):
        return (not self._applying and self.status == "SYNCED" and self.permits("structure")
                and self._owns("structure"))

    def _may_insert(self, group):
        """Inserts and properties ask for the role alone."""
        return self.permits(group) and (
            group == "annotation" or self.has("inserts-without-lease") or self.holds("structure"))

    def set_property(self, guid, path, value):
        if self.replica.set_property(guid, path, value, time.time()) is None or not self._may_insert("structure"):
            return SUPPRESSED
        self._send_property(guid, path, value)
        return SENT

    def _send_property(self, guid, path, value):
        body = {"target_uuid": guid, "path": path, "value": value, "sync_timestamp": time.time()}
        self.send("OTIO_SESSION_1.0", "SET_PROPERTY", body)

    def insert_child(self, parent_guid, child, index=-1, group="structure"):
        if self.replica.insert_local(parent_guid, child, index) is None:
            return SUPPRESSED
        if not self._may_insert(group):
            if group == "structure":
                self._mark_diverged()
            return SUPPRESSED
        self.send_insert(parent_guid, index, to_json(child))
        return SENT

    def send_insert(self, parent_guid, index, child_data):
        body = {"parent_uuid": parent_guid, "index": index, "child_data": child_data, "sync_timestamp": time.time()}
        self.send("OTIO_SESSION_1.0", "INSERT_CHILD", body)

    def broadcast_move_child(self, parent_guid, child_guid, to_index):
        if not self._may_change_structure():
            self._mark_diverged()
            return SUPPRESSED
        if not self.replica.move_child(parent_guid, child_guid, to_index, remote=False):
            return SUPPRESSED
        self._send_child("MOVE_CHILD", parent_guid, child_guid, {"to_index": to_index})
        return SENT

    def broadcast_remove_child(self, parent_guid, child_guid):
        if not self._may_change_structure():
            self._mark_diverged()
            return SUPPRESSED
        if not self.replica.remove_child(parent_guid, child_guid, remote=False):
            return SUPPRESSED
        self._send_child("REMOVE_CHILD", parent_guid, child_guid, {})
        return SENT

    def _send_child(self, event, parent_guid, child_guid, fields):
        body = {"parent_uuid": parent_guid, "child_uuid": child_guid, **fields, "sync_timestamp": time.time()}
        self.send("OTIO_SESSION_1.0", event, body)

    # -- timelines --------------------------------------------------------------------------------------------------

    def broadcast_add_timeline(self, guid):
        if guid not in self.replica.timelines or not self._may_change_structure():
            return SUPPRESSED
        self._send_timeline("ADD_TIMELINE", guid)
        return SENT

    def broadcast_clip_timeline(self, guid):
        """Neither role nor lease stands before it, and it goes out once."""
        if guid not in self.replica.timelines or guid in self.announced_clip_timelines or self.status != "SYNCED":
            return SUPPRESSED
        self.announced_clip_timelines.add(guid)
        self._send_timeline("ADD_TIMELINE", guid)
        return SENT

    def broadcast_replace_timeline(self, guid, timeline):
        if self.has("ignores-gone-timelines") or not self._may_change_structure():
            return SUPPRESSED
        self.replica.replace_timeline(guid, timeline)
        self._send_timeline("REPLACE_TIMELINE", guid)
        return SENT

    def broadcast_timeline_rename(self, guid, name):
        if guid not in self.replica.timelines or not self._may_change_structure():
            return SUPPRESSED
        self.replica.timelines[guid].name = name
        body = {"timeline_guid": guid, "name": name, "sync_timestamp": time.time()}
        self.send("TIMELINE_1.0", "RENAME_TIMELINE", body)
        return SENT

    def broadcast_remove_timeline(self, guid):
        if self.has("ignores-gone-timelines") or not self._may_change_structure():
            return SUPPRESSED
        if self.replica.remove_timeline(guid) is None:
            return SUPPRESSED
        body = {"timeline_guid": guid, "sync_timestamp": time.time()}
        self.send("TIMELINE_1.0", "REMOVE_TIMELINE", body)
        return SENT

    def _send_timeline(self, event, guid):
        body = {"timeline_guid": guid, "timeline": to_json(self.replica.timelines[guid]), "sync_timestamp": time.time()}
        self.send("TIMELINE_1.0", event, body)

    # -- view -------------------------------------------------------------------------------------------------------

    def broadcast_playback_state(self, state, timeline_guid=None):
        body = {key: value for key, value in state.items() if value is not None}
        if self.has("says-looping"):
            self._say_as_seed(body)
        asserted = [key for key in POSITION + VISIBILITY if key in body]
        body["timeline_guid"] = body.get("timeline_guid") or timeline_guid or self.replica.active_timeline_guid
        body["sync_timestamp"] = time.time()
        for group, fields in (("position", POSITION), ("visibility", VISIBILITY)):
            if not self.permits(group):
                _strip(body, fields)
        if asserted and not any(key in body for key in POSITION + VISIBILITY):
            return SUPPRESSED
        if any(key in body for key in VISIBILITY) and not self._owns_visibility():
            _strip(body, VISIBILITY)
        if self.permits("position") and not self._owns("position"):
            _strip(body, POSITION)
        self.playback_state = dict(body)
        self.send("PLAYBACK_SETTINGS_1.0", "SET", body)
        return SENT if all(key in body for key in asserted) else SUPPRESSED

    def _say_as_seed(self, body):
        """`looping` in place of a mode, and the selection by itself."""
        clip, view_mode = body.pop("clip_guid", None), body.pop("view_mode", None)
        if clip is not None:
            selection = {"clip_guid": clip, "view_mode": view_mode or "source", "sync_timestamp": time.time()}
            self.send("SELECTION_1.0", "SET", selection)
        mode = body.pop("playback_mode", None)
        body.update(looping=mode in (None, "loop"), muted=False, scrubbing=False)

    def broadcast_display_state(self, state):
        if not self._owns("display"):
            return SUPPRESSED
        body = {**state, "sync_timestamp": time.time()}
        self._store_display(body)
        self.send("DISPLAY_SETTINGS_1.0", "SET", body)
        return SENT

    def set_peer_role(self, user, role):
        if not user or not self.permits("administration"):
            return SUPPRESSED
        self._adopt_policy({"peer_roles": {user: role}})
        body = {"user": user, "role": role, "issuer_guid": self.guid}
        self.send("LiveSession.1", "SET_PEER_ROLE", body)
        return SENT


def _strip(body, fields):
    for key in fields:
        body.pop(key, None)
