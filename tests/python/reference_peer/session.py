"""One peer of a session: what it knows, and what messages do to it."""

import json
import time
import uuid

from . import authority, identity
from .annotations import Annotations
from .editing import POSITION, SENT, SUPPRESSED, VISIBILITY, Editing
from .joining import Joining
from .presence import Presence
from .quirks import quirks_of
from .replica import UNRESOLVED, Replica, guid_of, is_clip_timeline

__all__ = ["POSITION", "SENT", "SUPPRESSED", "VISIBILITY", "Session"]

COALESCING_THRESHOLD = 12
# Messages that named something that is not there, kept at most; without `forgets-unresolved`.
UNRESOLVED_MAX = 1000


class Session(Annotations, Editing, Joining, Presence):
    """The reference's manager: `tick` it, and send what its user does through the `broadcast_…` methods."""

    def __init__(self, session_id, network, guid=None, app="openrv", capabilities=("visibility",), role=None,
                 quirks=None):
        self.session_id, self.network = session_id, network
        self.guid = guid or str(uuid.uuid4())
        network.guid = self.guid
        self.app, self.capabilities = app, list(capabilities)
        self.quirks = quirks_of() if quirks is None else quirks
        self.identity = identity.resolve()
        self.policy = authority.Policy(role or "driver")
        self.role = self.policy.role_of(self.identity["user"])
        self.replica = Replica(self.quirks)
        self.leases = {channel: authority.Lease(channel) for channel in authority.DURATIONS}
        self.peers = {self.guid: {
            "app": app, "capabilities": self.capabilities, "role": self.role, "identity": self.identity,
            "last_seen": time.time(),
        }}
        self.status = "NONE"
        self.is_master, self.master_guid = False, None
        self.is_host, self.host_guid = False, None
        self.playback_state, self.display_state = {}, {}
        self.selected_clip_guid = None
        self.structure_diverged = False
        self.announced_clip_timelines = set()
        self.join_generation = 0
        # What its application has open, as JSON values; shared where it becomes master with nothing else.
        self.opens = None
        # What raised, and whose message it was, and what of another peer's named nothing that is there.
        self.raised, self.unresolved = [], []
        self._retried = []
        self._buffer, self._replaying, self._applying = [], False, False
        self._asked_for_master_at = None
        self._requested_state_at, self._request_reason = None, None
        self._announced_at = 0.0
        self._election_wanted = False
        self._diverged_at = self._recovery_at = 0.0
        self._handlers = self._handler_table()

    def has(self, quirk):
        return quirk in self.quirks

    def send(self, family, event, body, schema=None):
        envelope = {
            "session": self.session_id,
            "source_guid": self.guid,
            "payload": {"command_schema": family, "command": {"event": event, "payload": body}},
        }
        if schema:
            envelope["schema"] = schema
        self.network.send_payload(envelope)

    def start(self):
        self.status = "DISCOVERING"
        self.ask_for_master()
        self.announce()
        self._elect_host()

    def close(self):
        if not self.has("never-announces"):
            self.send("LiveSession.1", "PEER_DEPART", {"peer_guid": self.guid})
        self.network.stop()

    # -- ticking ----------------------------------------------------------------------------------------------------

    def tick(self):
        """Everything that is due, in the reference's order; returns the actions for the host application."""
        actions = []
        if self._election_wanted:
            self._election_wanted = False
            self._elect_host()
        # All are applied before anything follows from them: one that raises takes the rest with it, and what the others
        # would have led to.
        for name, data in self._receive_and_apply_all():
            actions.extend(self._host_actions(name, data))
        now = time.time()
        self._take_over(now)
        if self.status != "NONE":
            self._beat(now)
        actions.extend(self._time_out_request(now))
        actions.extend(self._recover())
        return actions

    def _receive_and_apply_all(self):
        batch = self.network.receive_payloads()
        batch = _coalesce(batch) if self.has("coalesces-playback") else batch
        actions = []
        for envelope in batch:
            actions.extend(self._guarded(envelope, lambda: self.apply(envelope)))
        return actions

    def _guarded(self, envelope, act):
        """What it leads to. What raises is noted, and raised again where it costs the rest."""
        try:
            return act()
        except Exception as error:
            self.raised.append({**_whose(envelope), "error": repr(error)})
            if self.has("loses-the-batch"):
                raise
            return []

    def _host_actions(self, name, data):
        if name == "master_found":
            self.request_state()
            return []
        if name == "state_snapshot_received":
            told = {"payload": {"command": {"event": "STATE_SNAPSHOT"}}}
            return self._guarded(told, lambda: self._apply_snapshot_and_view(data))
        return [(name, data)]

    # -- receiving --------------------------------------------------------------------------------------------------

    def apply(self, envelope):
        """The actions that one envelope leads to; raises on what the reference raises on."""
        source = envelope.get("source_guid", "unknown")
        if source == self.guid:
            return []
        if not isinstance(source, str) and not self.has("raises-on-odd-sources"):
            return []
        source[:8]  # the reference shortens it for its log, and raises where it is no text
        payload = envelope.get("payload", {})
        family, command = payload.get("command_schema"), payload.get("command", {})
        if self.status == "JOINING" and family != "LiveSession.1" and not self._replaying:
            self._buffer.append(envelope)
            return []
        handler = self._handlers.get((family, command.get("event")))
        changes = family in ("OTIO_SESSION_1.0", "TIMELINE_1.0")
        if handler is None and not changes:
            return []
        self._applying, unresolved = True, self.replica.unresolved_patch_count
        try:
            body = command.get("payload", {})
            action = handler(body, source) if handler else None
            if changes:
                action = self._try_again(handler, body, action)
        finally:
            self._applying = False
            # Who looks for the session still applies what comes, to nothing.
            if self.replica.unresolved_patch_count > unresolved and self.status == "SYNCED":
                self.unresolved.append(_whose(envelope))
        return [action] if action else []

    def _try_again(self, handler, body, action):
        """Keeps what named something that is not there, and tries it again once something came; not in the reference."""
        if self.has("forgets-unresolved"):
            return None if action is UNRESOLVED else action
        if action is UNRESOLVED:
            if len(self._retried) < UNRESOLVED_MAX:
                self._retried.append((handler, body))
            return None
        waiting, self._retried = self._retried, []
        for handler, body in waiting:
            if handler(body, "") is UNRESOLVED:
                self._retried.append((handler, body))
        return action

    def _handler_table(self):
        session, structure, timeline = "LiveSession.1", "OTIO_SESSION_1.0", "TIMELINE_1.0"
        table = {
            (session, "WHO_IS_MASTER"): self._on_who_is_master,
            (session, "I_AM_MASTER"): self._on_i_am_master,
            (session, "STATE_REQUEST"): self._on_state_request,
            (session, "STATE_SNAPSHOT"): self._on_state_snapshot,
            (timeline, "ADD_TIMELINE"): self._on_add_timeline,
            (timeline, "RENAME_TIMELINE"): self._on_rename_timeline,
            (structure, "SET_PROPERTY"): self._on_set_property,
            (structure, "INSERT_CHILD"): self._on_insert_child,
            (structure, "MOVE_CHILD"): self._on_move_child,
            (structure, "REMOVE_CHILD"): self._on_remove_child,
            (structure, "REPLACE_ANNOTATION_COMMANDS"): self._on_replace_commands,
            ("PLAYBACK_SETTINGS_1.0", "SET"): self._on_playback,
            ("DISPLAY_SETTINGS_1.0", "SET"): self._on_display,
            ("Annotation.1", "PARTIAL"): lambda body, _source: ("partial_annotation", body),
        }
        if not self.has("never-announces"):
            table[session, "PEER_ANNOUNCE"] = self._on_announce
            table[session, "PEER_DEPART"] = self._on_depart
            table[session, "SET_PEER_ROLE"] = self._on_set_peer_role
        if not self.has("ignores-gone-timelines"):
            table[timeline, "REMOVE_TIMELINE"] = self._on_remove_timeline
            table[timeline, "REPLACE_TIMELINE"] = self._on_replace_timeline
        if not self.has("knows-no-leases"):
            table["BROADCAST_OWNERSHIP_1.0", "CLAIM_OWNERSHIP"] = self._on_claim
            table["BROADCAST_OWNERSHIP_1.0", "RELEASE_OWNERSHIP"] = self._on_release
        if self.has("obeys-selection"):
            table["SELECTION_1.0", "SET"] = self._on_selection
        return table

    def _on_add_timeline(self, body, _source):
        timeline = self.replica.add_timeline(body.get("timeline_guid"), body.get("timeline"))
        return ("add_timeline", guid_of(timeline)) if timeline is not None else None

    def _on_rename_timeline(self, body, _source):
        timeline = self.replica.timelines.get(body.get("timeline_guid"))
        if timeline is not None and body.get("name"):
            timeline.name = body["name"]
        return ("timeline_renamed", body)

    def _on_remove_timeline(self, body, _source):
        guid = body.get("timeline_guid")
        return ("remove_timeline", guid) if self.replica.remove_timeline(guid) is not None else None

    def _on_replace_timeline(self, body, _source):
        guid, timeline = body.get("timeline_guid"), body.get("timeline")
        if not guid or not timeline:
            return None
        self.replica.replace_timeline(guid, self.replica.read(timeline))
        return ("replace_timeline", guid)

    def _on_set_property(self, body, source):
        self._note_traffic("structure", source)
        guid, path, value = body.get("target_uuid"), body.get("path"), body.get("value")
        before = self.replica.property_text(guid, path) if self.has("says-again") else None
        target = self.replica.set_property(guid, path, value, body.get("sync_timestamp") or 0)
        if target is None:
            return None
        # An application whose guard against echoes fails takes what it was told for its user's doing.
        if self.has("says-again") and before != json.dumps(value, sort_keys=True):
            self._send_property(guid, path, value)
        return ("set_property", guid)

    def _on_insert_child(self, body, source):
        self._note_traffic("structure", source)
        return self.replica.insert_remote(body.get("parent_uuid"), body.get("index", -1), body.get("child_data"))

    def _on_move_child(self, body, source):
        self._note_traffic("structure", source)
        parent, child = body.get("parent_uuid"), body.get("child_uuid")
        moved = self.replica.move_child(parent, child, body.get("to_index"), remote=True)
        return _led_to(moved, ("move_child", body))

    def _on_remove_child(self, body, source):
        self._note_traffic("structure", source)
        removed = self.replica.remove_child(body.get("parent_uuid"), body.get("child_uuid"), remote=True)
        return _led_to(removed, ("remove_child", body))

    def _on_replace_commands(self, body, source):
        self._note_traffic("structure", source)
        guid = body.get("annotation_clip_guid")
        clip = self.replica.replace_commands(guid, body.get("commands"))
        return ("annotation_commands_replaced", guid) if clip is not None else None

    def _on_playback(self, body, source):
        self._note_traffic("position", source)
        if body.get("clip_guid") or self.has("clears-selection"):
            self.selected_clip_guid = body.get("clip_guid") or None
        if self.has("replaces-playback-wholesale"):
            self.playback_state = body
        else:
            self.playback_state = {**self.playback_state, **body}
        timeline = self.replica.timelines.get(body.get("timeline_guid"))
        if timeline is not None and not is_clip_timeline(timeline):
            self.replica.active_timeline_guid = body["timeline_guid"]
        return ("playback_settings", body)

    def _on_selection(self, body, _source):
        self.selected_clip_guid = body.get("clip_guid") or None
        return ("selection_changed", body)

    def _on_display(self, body, source):
        self._note_traffic("display", source)
        self._store_display(body)
        return ("display_settings", body)

    def _store_display(self, body):
        self.display_state = body
        if not self.has("writes-display-into-timelines"):
            return
        timelines = self.replica.timelines
        timeline = timelines.get(self.replica.active_timeline_guid) or next(iter(timelines.values()), None)
        if timeline is not None:
            kept = {key: value for key, value in body.items() if key != "sync_timestamp"}
            timeline.metadata["display_settings"] = kept


def _led_to(done, action):
    """The action, where something was done."""
    return action if done is True else UNRESOLVED if done is UNRESOLVED else None


def _whose(envelope):
    """Who said what, and whether it puts existing peers right."""
    command = _inside(_inside(envelope, "payload"), "command")
    return {
        "source": _inside(envelope, "source_guid"),
        "event": _inside(command, "event"),
        "repair": bool(_inside(_inside(envelope, "op"), "repair")),
    }


def _inside(thing, key):
    return thing.get(key) if isinstance(thing, dict) else None


def _coalesce(batch):
    """More than 12 playback messages in one batch: only the last one counts, whoever sent the others."""
    playback = [each for each in batch if each.get("payload", {}).get("command_schema") == "PLAYBACK_SETTINGS_1.0"]
    if len(playback) <= COALESCING_THRESHOLD:
        return batch
    dropped = {id(each) for each in playback[:-1]}
    return [each for each in batch if id(each) not in dropped]
