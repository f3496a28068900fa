"""Who may emit what: roles, leases and the election of a host."""

import time

DURATIONS = {"display": 0.5, "position": 1.0, "structure": 2.0, "visibility": 3.0}
VISIBILITY_HOLD_OFF = 1.5
HEARTBEAT_INTERVAL = 5.0
LIVENESS_TIMEOUT = 15.0

_PERMITTED = {
    "driver": {"visibility", "position", "display", "annotation", "destructive", "structure", "administration"},
    "reviewer": {"position", "display", "annotation"},
    "viewer": {"display"},
}
_HOST_APPS = ("xstudio", "openrv")


def normalise_role(role):
    text = str(role or "").strip().lower()
    return text if text in _PERMITTED else "driver"


def permits(role, group):
    return group is None or group in _PERMITTED[normalise_role(role)]


class Policy:
    """The session's default role and who is known to have another one, by account name."""

    def __init__(self, default_role="driver", peer_roles=None):
        self.default_role = normalise_role(default_role)
        self.peer_roles = {user: normalise_role(role) for user, role in (peer_roles or {}).items()}

    def role_of(self, user):
        return self.peer_roles.get(user, self.default_role)

    def adopt(self, section):
        """Merges what a snapshot or an administrator says; tells whether anything changed."""
        before = (self.default_role, dict(self.peer_roles))
        if section.get("default_role"):
            self.default_role = normalise_role(section["default_role"])
        for user, role in (section.get("peer_roles") or {}).items():
            self.peer_roles[user] = normalise_role(role)
        return before != (self.default_role, self.peer_roles)

    def wire(self):
        if self.default_role == "driver" and not self.peer_roles:
            return None
        return {"default_role": self.default_role, "peer_roles": dict(self.peer_roles)}


def elect_host(peers, master_guid, default_role):
    """The host by the peer table: a pure function of it."""
    candidates = [
        guid for guid, peer in peers.items()
        if "visibility" in peer["capabilities"] and permits(peer.get("role") or default_role, "visibility")
    ]

    def rank(guid):
        app = str(peers[guid]["app"] or "").lower()
        place = _HOST_APPS.index(app) if app in _HOST_APPS else len(_HOST_APPS)
        return (place, guid != master_guid, guid)

    return min(candidates, key=rank, default=None)


class Lease:
    """Who emits one channel now. Only its owner refreshes it; others see it run out."""

    def __init__(self, channel):
        self.channel = channel
        self._clear()

    def _clear(self):
        self.owner_guid = self.claim_ts = self.deadline = self.pending = None
        self.confirmed = False

    def settle(self):
        if self.deadline is None or time.monotonic() < self.deadline:
            return
        pending = self.pending
        self._clear()
        if pending:
            self._give(pending)

    def _give(self, claim):
        self.claim_ts, self.owner_guid = claim
        self.deadline = time.monotonic() + DURATIONS[self.channel]

    def _better(self, left, right):
        if left is None or right is None:
            return left or right
        if self.channel == "visibility":
            return min(left, right, key=lambda claim: (-claim[0], claim[1]))
        return min(left, right)

    def claim(self, timestamp, guid):
        self.settle()
        if self.owner_guid == guid:
            self._give((timestamp, guid))
            return
        if self.channel != "visibility" and self.owner_guid and self.confirmed:
            self.pending = self._better(self.pending, (timestamp, guid))
            return
        current = (self.claim_ts, self.owner_guid) if self.owner_guid and self.claim_ts is not None else None
        best = self._better(self._better(current, (timestamp, guid)), self.pending)
        self.pending = None
        if best != current:
            self._give(best)

    def release(self, guid):
        if self.owner_guid != guid:
            return
        pending = self.pending
        self._clear()
        if pending:
            self._give(pending)

    def drop(self, guid):
        """The peer is gone."""
        if self.pending and self.pending[1] == guid:
            self.pending = None
        if self.owner_guid == guid:
            self.deadline = 0.0
            self.settle()

    def owned_by(self, guid):
        self.settle()
        return self.owner_guid == guid

    def confirm(self):
        self.deadline = time.monotonic() + DURATIONS[self.channel]
        self.confirmed = True

    def adopt(self, owner_guid, remaining_ms, self_guid):
        if self.owned_by(self_guid):
            return
        self.owner_guid, self.claim_ts, self.pending, self.confirmed = owner_guid, None, None, True
        self.deadline = time.monotonic() + remaining_ms / 1000.0

    def wire(self):
        self.settle()
        if self.owner_guid is None:
            return None
        return {"owner_guid": self.owner_guid, "remaining_ms": (self.deadline - time.monotonic()) * 1000.0}
