"""One peer of a session: discovery, joining, presence, and what messages do to it."""

import time
import uuid

from . import authority, identity
from .annotations import Annotations
from .replica import Replica, guid_of, is_clip_timeline
from .schemas import parse, to_json

HEARTBEAT_INTERVAL = 5.0
LIVENESS_TIMEOUT = 15.0
FAILOVER_WAIT = 2.0
STATE_REQUEST_TIMEOUT = 5.0
DIVERGENCE_SETTLE = 0.5
RECOVERY_COOL_DOWN = 5.0
COALESCING_THRESHOLD = 12

POSITION = ("current_time", "playing", "playback_mode")
VISIBILITY = ("view_mode", "clip_guid")

SENT, SUPPRESSED = "sent", "suppressed"


class Session(Annotations):
    """The reference's manager: `tick` it, and send what its user does through the `broadcast_…` methods."""

    coalesces = True

    def __init__(self, session_id, network, guid=None, app="openrv", capabilities=("visibility",), role=None):
        self.session_id, self.network = session_id, network
        self.guid = guid or str(uuid.uuid4())
        network.guid = self.guid
        self.app, self.capabilities = app, list(capabilities)
        self.identity = identity.resolve()
        self.policy = authority.Policy(role or "driver")
        self.role = self.policy.role_of(self.identity["user"])
        self.replica = Replica()
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
        self._buffer, self._replaying, self._applying = [], False, False
        self._asked_for_master_at = None
        self._requested_state_at, self._request_reason = None, None
        self._announced_at = 0.0
        self._election_wanted = False
        self._diverged_at = self._recovery_at = 0.0
        self._handlers = self._handler_table()

    # -- sending ----------------------------------------------------------------------------------------------------

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

    def ask_for_master(self):
        self.send("LiveSession.1", "WHO_IS_MASTER", {"requester_guid": self.guid})

    def announce(self):
        body = {"peer_guid": self.guid, "app": self.app, "capabilities": self.capabilities}
        if self.role:
            body["role"] = self.role
        if self.identity is not None:
            body["identity"] = self.identity
        self._announced_at = time.time()
        self.send("LiveSession.1", "PEER_ANNOUNCE", body)

    def close(self):
        self.send("LiveSession.1", "PEER_DEPART", {"peer_guid": self.guid})
        self.network.stop()

    def elect_self_as_master(self):
        self.is_master, self.master_guid = True, self.guid
        self._send_i_am_master()
        self.status = "SYNCED"

    def _send_i_am_master(self):
        self.send("LiveSession.1", "I_AM_MASTER", {"master_guid": self.guid}, schema="SYNC_REVIEW_1.0")

    def request_state(self, reason="join"):
        if self.master_guid is None:
            return
        self.status = "JOINING"
        self._requested_state_at, self._request_reason = time.time(), reason
        self.send("LiveSession.1", "STATE_REQUEST", {"target_guid": self.master_guid, "requester_guid": self.guid})

    def send_state_snapshot(self, target):
        if self.is_master and self.replica.timelines:
            self.send("LiveSession.1", "STATE_SNAPSHOT", self.snapshot(target))

    def snapshot(self, target):
        body = {
            "target_guid": target,
            "timelines": self.replica.wire_timelines(),
            "active_timeline_guid": self.replica.active_timeline_guid,
            "snapshot_timestamp": time.time(),
        }
        optional = {
            "playback_state": self.playback_state, "display_state": self.display_state, **self._latest_sections(),
        }
        body.update({key: value for key, value in optional.items() if value})
        return body

    def _latest_sections(self):
        roster = {
            guid: {key: peer[key] for key in ("app", "capabilities", "role", "identity") if peer.get(key) is not None}
            for guid, peer in self.peers.items()
        }
        ownership = {channel: lease.wire() for channel, lease in self.leases.items()}
        return {
            "host_guid": self.host_guid,
            "peers": roster,
            "session_roles": self.policy.wire(),
            "broadcast_ownership": {channel: lease for channel, lease in ownership.items() if lease},
        }

    # -- what the user does -----------------------------------------------------------------------------------------

    def claim(self, channel):
        """From genuine input only, just before the broadcast."""
        if not authority.permits(self.role, channel):
            return False
        lease = self.leases[channel]
        lease.settle()
        if channel == "visibility" and lease.owner_guid not in (None, self.guid) and lease.claim_ts is not None:
            if time.time() < lease.claim_ts + authority.VISIBILITY_HOLD_OFF:
                return False
        claim_ts = time.time()
        lease.claim(claim_ts, self.guid)
        body = {"category": channel, "peer_guid": self.guid, "claim_ts": claim_ts}
        self.send("BROADCAST_OWNERSHIP_1.0", "CLAIM_OWNERSHIP", body)
        return True

    def _owns(self, channel):
        if not self.leases[channel].owned_by(self.guid):
            return False
        if channel != "visibility":
            self.leases[channel].confirm()
        return True

    def _owns_visibility(self):
        lease = self.leases["visibility"]
        return lease.owned_by(self.guid) or (lease.owner_guid is None and self.is_host)

    def _may_change_structure(self):
        return (not self._applying and self.status == "SYNCED" and authority.permits(self.role, "structure")
                and self._owns("structure"))

    def set_property(self, guid, path, value):
        if self.replica.set_property(guid, path, value) is None or not authority.permits(self.role, "structure"):
            return SUPPRESSED
        body = {"target_uuid": guid, "path": path, "value": value, "sync_timestamp": time.time()}
        self.send("OTIO_SESSION_1.0", "SET_PROPERTY", body)
        return SENT

    def insert_child(self, parent_guid, child, index=-1, group="structure"):
        if self.replica.insert_local(parent_guid, child, index) is None:
            return SUPPRESSED
        if not authority.permits(self.role, group):
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
        if not self._may_change_structure():
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
        if not self._may_change_structure() or self.replica.remove_timeline(guid) is None:
            return SUPPRESSED
        body = {"timeline_guid": guid, "sync_timestamp": time.time()}
        self.send("TIMELINE_1.0", "REMOVE_TIMELINE", body)
        return SENT

    def _send_timeline(self, event, guid):
        body = {"timeline_guid": guid, "timeline": to_json(self.replica.timelines[guid]), "sync_timestamp": time.time()}
        self.send("TIMELINE_1.0", event, body)

    def broadcast_playback_state(self, state, timeline_guid=None):
        body = {key: value for key, value in state.items() if value is not None}
        asserted = [key for key in POSITION + VISIBILITY if key in body]
        body["timeline_guid"] = body.get("timeline_guid") or timeline_guid or self.replica.active_timeline_guid
        body["sync_timestamp"] = time.time()
        for group, fields in (("position", POSITION), ("visibility", VISIBILITY)):
            if not authority.permits(self.role, group):
                _strip(body, fields)
        if asserted and not any(key in body for key in POSITION + VISIBILITY):
            return SUPPRESSED
        if any(key in body for key in VISIBILITY) and not self._owns_visibility():
            _strip(body, VISIBILITY)
        if authority.permits(self.role, "position") and not self._owns("position"):
            _strip(body, POSITION)
        self.playback_state = dict(body)
        self.send("PLAYBACK_SETTINGS_1.0", "SET", body)
        return SENT if all(key in body for key in asserted) else SUPPRESSED

    def broadcast_display_state(self, state):
        if not self._owns("display"):
            return SUPPRESSED
        body = {**state, "sync_timestamp": time.time()}
        self._store_display(body)
        self.send("DISPLAY_SETTINGS_1.0", "SET", body)
        return SENT

    def set_peer_role(self, user, role):
        if not user or not authority.permits(self.role, "administration"):
            return SUPPRESSED
        self._adopt_policy({"peer_roles": {user: role}})
        body = {"user": user, "role": role, "issuer_guid": self.guid}
        self.send("LiveSession.1", "SET_PEER_ROLE", body)
        return SENT

    def _mark_diverged(self):
        if self.status == "SYNCED" and not self._applying:
            self.structure_diverged, self._diverged_at = True, time.monotonic()

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
        if not self.is_master and self.status == "SYNCED" and self._asked_for_master_at is not None:
            if now - self._asked_for_master_at > FAILOVER_WAIT:
                self._asked_for_master_at = None
                self.elect_self_as_master()
        if self.status != "NONE":
            self._beat(now)
        actions.extend(self._time_out_request(now))
        actions.extend(self._recover())
        return actions

    def _receive_and_apply_all(self):
        batch = self.network.receive_payloads()
        batch = _coalesce(batch) if self.coalesces else batch
        return [action for envelope in batch for action in self.apply(envelope)]

    def _host_actions(self, name, data):
        if name == "master_found":
            self.request_state()
            return []
        if name == "state_snapshot_received":
            return self._apply_snapshot_and_view(data)
        return [(name, data)]

    def _beat(self, now):
        if now - self._announced_at >= HEARTBEAT_INTERVAL:
            self.announce()
        for guid, peer in list(self.peers.items()):
            if guid != self.guid and now - peer["last_seen"] > LIVENESS_TIMEOUT:
                self._drop_peer(guid)

    def _time_out_request(self, now):
        if self.status != "JOINING" or now - self._requested_state_at <= STATE_REQUEST_TIMEOUT:
            return []
        if self._request_reason == "recovery":
            self.status = "SYNCED"
            return [("structure_recovery_failed", None)]
        self.status, self.master_guid = "DISCOVERING", None
        return [("state_request_timeout", None)]

    def _recover(self):
        now = time.monotonic()
        if not self.structure_diverged or self.status != "SYNCED" or now - self._diverged_at < DIVERGENCE_SETTLE:
            return []
        if now - self._recovery_at < RECOVERY_COOL_DOWN:
            return []
        self._recovery_at = now
        if self.is_master or self.master_guid is None:
            return [("structure_recovery_failed", None)]
        self.request_state("recovery")
        return []

    # -- receiving --------------------------------------------------------------------------------------------------

    def apply(self, envelope):
        """The actions that one envelope leads to; raises on what the reference raises on."""
        source = envelope.get("source_guid", "unknown")
        if source == self.guid:
            return []
        source[:8]  # the reference shortens it for its log, and raises where it is no text
        payload = envelope.get("payload", {})
        family, command = payload.get("command_schema"), payload.get("command", {})
        if self.status == "JOINING" and family != "LiveSession.1" and not self._replaying:
            self._buffer.append(envelope)
            return []
        handler = self._handlers.get((family, command.get("event")))
        if handler is None:
            return []
        self._applying = True
        try:
            action = handler(command.get("payload", {}), source)
        finally:
            self._applying = False
        return [action] if action else []

    def _handler_table(self):
        session, structure, timeline = "LiveSession.1", "OTIO_SESSION_1.0", "TIMELINE_1.0"
        return {
            (session, "WHO_IS_MASTER"): self._on_who_is_master,
            (session, "I_AM_MASTER"): self._on_i_am_master,
            (session, "STATE_REQUEST"): self._on_state_request,
            (session, "STATE_SNAPSHOT"): self._on_state_snapshot,
            (session, "PEER_ANNOUNCE"): self._on_announce,
            (session, "PEER_DEPART"): lambda body, source: self._drop_peer(body.get("peer_guid") or source),
            (session, "SET_PEER_ROLE"): self._on_set_peer_role,
            (timeline, "ADD_TIMELINE"): self._on_add_timeline,
            (timeline, "RENAME_TIMELINE"): self._on_rename_timeline,
            (timeline, "REMOVE_TIMELINE"): self._on_remove_timeline,
            (timeline, "REPLACE_TIMELINE"): self._on_replace_timeline,
            (structure, "SET_PROPERTY"): self._on_set_property,
            (structure, "INSERT_CHILD"): self._on_insert_child,
            (structure, "MOVE_CHILD"): self._on_move_child,
            (structure, "REMOVE_CHILD"): self._on_remove_child,
            (structure, "REPLACE_ANNOTATION_COMMANDS"): self._on_replace_commands,
            ("PLAYBACK_SETTINGS_1.0", "SET"): self._on_playback,
            ("DISPLAY_SETTINGS_1.0", "SET"): self._on_display,
            ("Annotation.1", "PARTIAL"): lambda body, _source: ("partial_annotation", body),
            ("BROADCAST_OWNERSHIP_1.0", "CLAIM_OWNERSHIP"): self._on_claim,
            ("BROADCAST_OWNERSHIP_1.0", "RELEASE_OWNERSHIP"): self._on_release,
        }

    def _on_who_is_master(self, _body, _source):
        if self.is_master:
            self._send_i_am_master()
        elif self.status == "SYNCED":
            self._asked_for_master_at = time.time()

    def _on_i_am_master(self, body, _source):
        claimant = body.get("master_guid")
        if self.is_master and claimant and claimant != self.guid and self._rank(self.guid) < self._rank(claimant):
            self._send_i_am_master()
            return None
        changed = self.master_guid != claimant
        self.master_guid, self._asked_for_master_at = claimant, None
        if changed:
            self._elect_host()
        return ("master_found", claimant) if self.status == "DISCOVERING" else None

    def _rank(self, guid):
        role = self.peers.get(guid, {}).get("role") or self.policy.default_role
        return 0 if authority.normalise_role(role) == "driver" else 1

    def _on_state_request(self, body, source):
        return ("state_request_received", body.get("requester_guid") or source) if self.is_master else None

    def _on_state_snapshot(self, body, _source):
        return ("state_snapshot_received", body) if body.get("target_guid") == self.guid else None

    def _on_announce(self, body, source):
        guid = body.get("peer_guid") or source
        known = self.peers.get(guid, {})
        peer = {"app": body.get("app") or "", "capabilities": list(body.get("capabilities") or [])}
        peer["role"] = authority.normalise_role(body["role"]) if body.get("role") else known.get("role")
        peer["identity"] = identity.normalise(body.get("identity")) or known.get("identity")
        peer["last_seen"] = time.time()
        if guid != self.guid:
            self.peers[guid] = peer
        self._elect_host()

    def _on_set_peer_role(self, body, _source):
        if body.get("user") and body.get("role"):
            self._adopt_policy({"peer_roles": {body["user"]: body["role"]}})

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
        self.replica.replace_timeline(guid, parse(timeline))
        return ("replace_timeline", guid)

    def _on_set_property(self, body, _source):
        guid = body.get("target_uuid")
        target = self.replica.set_property(guid, body.get("path"), body.get("value"))
        return ("set_property", guid) if target is not None else None

    def _on_insert_child(self, body, _source):
        return self.replica.insert_remote(body.get("parent_uuid"), body.get("index", -1), body.get("child_data"))

    def _on_move_child(self, body, _source):
        moved = self.replica.move_child(body.get("parent_uuid"), body.get("child_uuid"), body.get("to_index"), True)
        return ("move_child", body) if moved else None

    def _on_remove_child(self, body, _source):
        removed = self.replica.remove_child(body.get("parent_uuid"), body.get("child_uuid"), remote=True)
        return ("remove_child", body) if removed else None

    def _on_replace_commands(self, body, _source):
        guid = body.get("annotation_clip_guid")
        clip = self.replica.replace_commands(guid, body.get("commands"))
        return ("annotation_commands_replaced", guid) if clip is not None else None

    def _on_playback(self, body, _source):
        self.selected_clip_guid = body.get("clip_guid") or None
        self.playback_state = body
        timeline = self.replica.timelines.get(body.get("timeline_guid"))
        if timeline is not None and not is_clip_timeline(timeline):
            self.replica.active_timeline_guid = body["timeline_guid"]
        return ("playback_settings", body)

    def _on_display(self, body, _source):
        self._store_display(body)
        return ("display_settings", body)

    def _store_display(self, body):
        self.display_state = body
        timelines = self.replica.timelines
        timeline = timelines.get(self.replica.active_timeline_guid) or next(iter(timelines.values()), None)
        if timeline is not None:
            kept = {key: value for key, value in body.items() if key != "sync_timestamp"}
            timeline.metadata["display_settings"] = kept

    def _on_claim(self, body, _source):
        channel, guid, claim_ts = body.get("category"), body.get("peer_guid"), body.get("claim_ts")
        if channel in self.leases and guid and claim_ts is not None:
            self.leases[channel].claim(claim_ts, guid)

    def _on_release(self, body, _source):
        if body.get("category") in self.leases:
            self.leases[body["category"]].release(body.get("peer_guid"))

    # -- the peer table ---------------------------------------------------------------------------------------------

    def _drop_peer(self, guid):
        if self.peers.pop(guid, None) is None:
            return
        for lease in self.leases.values():
            lease.drop(guid)
        self._elect_host()

    def _elect_host(self):
        self._adopt_host(authority.elect_host(self.peers, self.master_guid, self.policy.default_role))

    def _adopt_host(self, guid):
        self.host_guid, self.is_host = guid, guid == self.guid

    def _adopt_policy(self, section):
        if not section or not self.policy.adopt(section):
            return
        role = self.policy.role_of(self.identity["user"])
        if role != self.role:
            self.role = self.peers[self.guid]["role"] = role
            self.announce()
        self._election_wanted = True

    def _adopt_peers(self, roster):
        for guid, entry in (roster or {}).items():
            if guid == self.guid:
                continue
            if guid not in self.peers:
                self.peers[guid] = {
                    "app": entry.get("app") or "", "capabilities": list(entry.get("capabilities") or []),
                    "last_seen": time.time(),
                }
            known = self.peers[guid]
            known["role"] = known.get("role") or entry.get("role")
            known["identity"] = known.get("identity") or identity.normalise(entry.get("identity"))

    # -- joining ----------------------------------------------------------------------------------------------------

    def _apply_snapshot_and_view(self, body):
        replayed = self.apply_snapshot(body)
        actions = []
        if body.get("playback_state"):
            self.playback_state = body["playback_state"]
            actions.append(("playback_settings", self.playback_state))
        if body.get("display_state"):
            self.display_state = body["display_state"]
            actions.append(("display_settings", self.display_state))
        return actions + replayed

    def apply_snapshot(self, body):
        self.join_generation += 1
        self.replica.clear()
        timelines = [(guid, parse(timeline)) for guid, timeline in body["timelines"].items()]
        for guid, timeline in sorted(timelines, key=lambda pair: is_clip_timeline(pair[1])):
            self.replica.store(guid, timeline)
        self.replica.active_timeline_guid = body.get("active_timeline_guid")
        self._adopt_sections(body)
        self._adopt_view(body)
        actions = self._replay(body.get("snapshot_timestamp") or 0)
        if self._request_reason == "recovery" and self._diverged_at <= self._recovery_at:
            self.structure_diverged = False
        self._requested_state_at = self._request_reason = None
        self.status = "SYNCED"
        return actions

    def _adopt_sections(self, body):
        self._adopt_peers(body.get("peers"))
        self._adopt_policy(body.get("session_roles"))
        if body.get("host_guid"):
            self._adopt_host(body["host_guid"])
        for channel, lease in (body.get("broadcast_ownership") or {}).items():
            if channel in self.leases:
                self.leases[channel].adopt(lease.get("owner_guid"), lease.get("remaining_ms", 0.0), self.guid)

    def _adopt_view(self, body):
        if body.get("playback_state"):
            self.playback_state = body["playback_state"]
        if body.get("display_state"):
            self.display_state = body["display_state"]
            return
        for timeline in self.replica.timelines.values():
            if "display_settings" in timeline.metadata:
                self.display_state = to_json(timeline)["metadata"]["display_settings"]
                return

    def _timestamp(self, envelope):
        body = envelope.get("payload", {}).get("command", {}).get("payload", {})
        return isinstance(body, dict) and body.get("sync_timestamp") or 0

    def _replay(self, snapshot_timestamp):
        actions, self._replaying = [], True
        try:
            for envelope in self._buffer:
                if self._timestamp(envelope) > snapshot_timestamp:
                    actions.extend(self.apply(envelope))
        finally:
            self._replaying, self._buffer = False, []
        return actions


def _strip(body, fields):
    for key in fields:
        body.pop(key, None)


def _coalesce(batch):
    """More than 12 playback messages in one batch: only the last one counts, whoever sent the others."""
    playback = [each for each in batch if each.get("payload", {}).get("command_schema") == "PLAYBACK_SETTINGS_1.0"]
    if len(playback) <= COALESCING_THRESHOLD:
        return batch
    dropped = {id(each) for each in playback[:-1]}
    return [each for each in batch if id(each) not in dropped]
