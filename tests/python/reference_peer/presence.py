"""Who is there, what each may do, and who emits what now."""

import time

from . import authority, identity


class Presence:
    """The peer table, roles and leases of a session."""

    def announce(self):
        self._announced_at = time.time()
        if self.has("never-announces"):
            return
        body = {"peer_guid": self.guid, "app": self.app, "capabilities": self.capabilities}
        if self.role:
            body["role"] = self.role
        if self.identity is not None:
            body["identity"] = self.identity
        self.send("LiveSession.1", "PEER_ANNOUNCE", body)

    def permits(self, group):
        """Whether the own role does; without a peer table there are no roles."""
        return self.has("never-announces") or authority.permits(self.role, group)

    # -- leases -----------------------------------------------------------------------------------------------------

    def claim(self, channel):
        """From genuine input only, just before the broadcast."""
        if self.has("knows-no-leases"):
            return True
        if not self.permits(channel):
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

    def holds(self, channel):
        """Claims a lease that nobody has, as applications do before they say something."""
        if not self.permits(channel):
            return False
        lease = self.leases[channel]
        lease.settle()
        if lease.owner_guid is None:
            self.claim(channel)
        return self._owns(channel)

    def _owns(self, channel):
        if self.has("knows-no-leases"):
            return True
        if not self.leases[channel].owned_by(self.guid):
            return False
        if channel != "visibility":
            self.leases[channel].confirm()
        return True

    def _owns_visibility(self):
        lease = self.leases["visibility"]
        if self.has("knows-no-leases"):
            return True
        return lease.owned_by(self.guid) or (lease.owner_guid is None and self.is_host)

    def _note_traffic(self, channel, source):
        """What a lease's owner sends shows that the lease is used; the reference does not look."""
        if not self.has("refreshes-own-leases-only") and self.leases[channel].owned_by(source):
            self.leases[channel].confirm()

    def _on_claim(self, body, _source):
        channel, guid, claim_ts = body.get("category"), body.get("peer_guid"), body.get("claim_ts")
        if channel not in self.leases or not guid or claim_ts is None:
            return
        if self.has("claims-poison-leases") or isinstance(claim_ts, (int, float)):
            self.leases[channel].claim(claim_ts, guid)

    def _on_release(self, body, _source):
        if body.get("category") in self.leases:
            self.leases[body["category"]].release(body.get("peer_guid"))

    # -- the peer table ---------------------------------------------------------------------------------------------

    def _beat(self, now):
        if now - self._announced_at >= authority.HEARTBEAT_INTERVAL:
            self.announce()
        for guid, peer in list(self.peers.items()):
            if guid != self.guid and now - peer["last_seen"] > authority.LIVENESS_TIMEOUT:
                self._drop_peer(guid)

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

    def _on_depart(self, body, source):
        guid = body.get("peer_guid") or source
        if guid == self.master_guid and not self.has("keeps-departed-master"):
            self._asked_for_master_at = time.time()
        self._drop_peer(guid)

    def _on_set_peer_role(self, body, _source):
        if body.get("user") and body.get("role"):
            self._adopt_policy({"peer_roles": {body["user"]: body["role"]}})

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

    # -- of snapshots -----------------------------------------------------------------------------------------------

    def _presence_sections(self):
        sections = {}
        if not self.has("never-announces"):
            roster = {
                guid: {
                    key: peer[key] for key in ("app", "capabilities", "role", "identity") if peer.get(key) is not None
                }
                for guid, peer in self.peers.items()
            }
            sections.update(host_guid=self.host_guid, peers=roster, session_roles=self.policy.wire())
        if not self.has("knows-no-leases"):
            ownership = {channel: lease.wire() for channel, lease in self.leases.items()}
            sections["broadcast_ownership"] = {channel: lease for channel, lease in ownership.items() if lease}
        return sections

    def _adopt_sections(self, body):
        if self.has("never-announces"):
            return
        self._adopt_peers(body.get("peers"))
        self._adopt_policy(body.get("session_roles"))
        if body.get("host_guid"):
            self._adopt_host(body["host_guid"])
        for channel, lease in (body.get("broadcast_ownership") or {}).items():
            if channel in self.leases:
                self.leases[channel].adopt(lease.get("owner_guid"), lease.get("remaining_ms", 0.0), self.guid)
