"""Who is master, and how a peer comes to the session by a snapshot of its state."""

import time

from . import authority
from .replica import is_clip_timeline
from .schemas import parse, to_json

FAILOVER_WAIT = 2.0
STATE_REQUEST_TIMEOUT = 5.0
DIVERGENCE_SETTLE = 0.5
RECOVERY_COOL_DOWN = 5.0


class Joining:
    """Mastership, requests for the state and snapshots of a session."""

    # -- mastership -------------------------------------------------------------------------------------------------

    def ask_for_master(self):
        self.send("LiveSession.1", "WHO_IS_MASTER", {"requester_guid": self.guid})

    def elect_self_as_master(self):
        self.is_master, self.master_guid = True, self.guid
        if self.opens is not None and not self.replica.timelines:
            self.replica.register(parse(self.opens))
        self._send_i_am_master()
        self.status = "SYNCED"

    def _send_i_am_master(self):
        self.send("LiveSession.1", "I_AM_MASTER", {"master_guid": self.guid}, schema="SYNC_REVIEW_1.0")

    def _on_who_is_master(self, _body, _source):
        if self.is_master:
            self._send_i_am_master()
        elif self.status == "SYNCED" and (self.has("every-question-rearms") or self._asked_for_master_at is None):
            self._asked_for_master_at = time.time()

    def _on_i_am_master(self, body, _source):
        claimant = body.get("master_guid")
        contested = self.is_master and claimant and claimant != self.guid
        if contested and self._rank(self.guid) < self._rank(claimant):
            self._send_i_am_master()
            return None
        if contested and not self.has("master-for-good"):
            self.is_master = False
        changed = self.master_guid != claimant
        self.master_guid, self._asked_for_master_at = claimant, None
        if changed:
            self._elect_host()
        return ("master_found", claimant) if self.status == "DISCOVERING" else None

    def _rank(self, guid):
        """Drivers before others, where there are roles."""
        if self.has("never-announces"):
            return 0
        role = self.peers.get(guid, {}).get("role") or self.policy.default_role
        return 0 if authority.normalise_role(role) == "driver" else 1

    def _take_over(self, now):
        """A master that left a question unanswered is replaced, by everybody who saw it."""
        if self.is_master or self.status != "SYNCED" or self._asked_for_master_at is None:
            return
        if now - self._asked_for_master_at <= FAILOVER_WAIT:
            return
        self._asked_for_master_at = None
        looks_on = self.app == "sync_viewer" and not self.has("viewers-take-over")
        if not looks_on and (self.has("everybody-takes-over") or self.guid == min(self.peers)):
            self.elect_self_as_master()

    # -- asking for the state ---------------------------------------------------------------------------------------

    def request_state(self, reason="join"):
        if self.master_guid is None:
            return
        self.status = "JOINING"
        self._requested_state_at, self._request_reason = time.time(), reason
        self.send("LiveSession.1", "STATE_REQUEST", {"target_guid": self.master_guid, "requester_guid": self.guid})

    def _on_state_request(self, body, source):
        for_another = body.get("target_guid") and body["target_guid"] != self.guid
        if not self.is_master or for_another and not self.has("answers-for-others"):
            return None
        return ("state_request_received", body.get("requester_guid") or source)

    def _time_out_request(self, now):
        if self.status != "JOINING" or now - self._requested_state_at <= STATE_REQUEST_TIMEOUT:
            return []
        if self._request_reason == "recovery":
            self.status = "SYNCED"
            return [("structure_recovery_failed", None)]
        self.status, self.master_guid = "DISCOVERING", None
        return [("state_request_timeout", None)]

    def _mark_diverged(self):
        """An edit of its own was withheld; its application shows it all the same."""
        if self.status == "SYNCED" and not self._applying and self.has("rejoins-when-withheld"):
            self.structure_diverged, self._diverged_at = True, time.monotonic()

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

    # -- snapshots --------------------------------------------------------------------------------------------------

    def send_state_snapshot(self, target):
        if self.is_master and (self.replica.timelines or not self.has("silent-when-empty")):
            self.send("LiveSession.1", "STATE_SNAPSHOT", self.snapshot(target))

    def snapshot(self, target):
        body = {
            "target_guid": target,
            "timelines": self.replica.wire_timelines(),
            "active_timeline_guid": self.replica.active_timeline_guid,
            "snapshot_timestamp": time.time(),
        }
        optional = {
            "playback_state": self.playback_state, "display_state": self.display_state, **self._presence_sections(),
        }
        body.update({key: value for key, value in optional.items() if value})
        return body

    def _on_state_snapshot(self, body, source):
        if body.get("target_guid") != self.guid:
            return None
        asked = self.status == "JOINING" and self.master_guid == source
        return ("state_snapshot_received", body) if asked or self.has("takes-any-snapshot") else None

    def _apply_snapshot_and_view(self, body):
        if not isinstance(body.get("timelines"), dict) and not self.has("clears-before-reading"):
            return []
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
        timelines = [(guid, self.replica.read(timeline)) for guid, timeline in body["timelines"].items()]
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
        payload = envelope.get("payload", {})
        # Seed peers look for it one level too high, where it never is.
        within = payload if self.has("drops-what-came-meanwhile") else payload.get("command", {})
        body = within.get("payload", {})
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
