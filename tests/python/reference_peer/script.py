"""Does a script under a clock of its own, so that it does the same every time: for comparisons with other peers.

    python -m reference_peer.script < lines-of-json
    {"new": {"guid": "own", "app": "openrv", "generation": "latest", "with": [], "without": []}, "at": 1000000}
    {"poll": [ENVELOPE, …], "at": 1033000}
    {"edit": {"do": "move_child", …}, "at": 1050000}

Times are microseconds; the wall clock runs `WALL` ahead of them. Each line is answered by one: what was sent, whether a
message raised, and the whole state.
"""

import json
import os
import sys
import time
import traceback
import types
import uuid

from . import schemas
from .application import Application
from .quirks import quirks_of
from .session import Session
from .user import User

WALL = 1_790_000_000_000_000


class Script:
    def __init__(self):
        self.at, self.minted, self.inbox, self.outbox = 0, 0, [], []
        time.time, time.monotonic = self.wall, lambda: self.at / 1e6
        uuid.uuid4 = self.mint
        now = types.SimpleNamespace(isoformat=lambda: f"at {self.wall()!r}")
        schemas.datetime = types.SimpleNamespace(datetime=types.SimpleNamespace(now=lambda: now))
        self.session = self.application = self.user = None

    def wall(self):
        return (WALL + self.at) / 1e6

    def mint(self):
        self.minted += 1
        return f"{self.session.guid}-minted-{self.minted}"

    # -- the network ------------------------------------------------------------------------------------------------

    def send_payload(self, envelope):
        self.outbox.append(json.loads(json.dumps(envelope)))

    def receive_payloads(self):
        batch, self.inbox = self.inbox, []
        return batch

    def stop(self):
        pass

    # -- lines ------------------------------------------------------------------------------------------------------

    def do(self, line):
        self.at = line["at"]
        try:
            if "new" in line:
                self.begin(line["new"])
            elif "poll" in line:
                self.inbox = line["poll"]
                self.application.tick()
            else:
                self.user.do(line["edit"])
            raised = False
        except Exception:  # the batch is lost, as it is with the reference
            raised = True
            traceback.print_exc(file=sys.stderr)
        sent, self.outbox = self.outbox, []
        raised, self.session.raised = raised or bool(self.session.raised), []
        return {"sent": sent, "raised": raised, "state": self.state()}

    def begin(self, config):
        os.environ["ORI_SYNC_USER"] = config["guid"]
        quirks = quirks_of(config["generation"], config["with"], config["without"])
        capabilities = () if config["app"] == "sync_viewer" else ("visibility",)
        self.minted = 0
        self.session = Session(
            "s", self, guid=config["guid"], app=config["app"], capabilities=capabilities, quirks=quirks)
        self.application = Application(self.session, self.wall)
        self.application.start()
        self.user = User(self.session)

    def state(self):
        session, replica = self.session, self.session.replica
        return {
            "timelines": replica.wire_timelines(),
            "mapped": sorted(replica.object_map),
            "active": replica.active_timeline_guid,
            "unresolved": replica.unresolved_patch_count,
            "status": session.status,
            "is_master": session.is_master,
            "master": session.master_guid or None,
            "host": session.host_guid,
            "peers": sorted(session.peers),
            "role": session.role,
            "playback": session.playback_state,
            "display": session.display_state,
            "selected": session.selected_clip_guid,
            "owners": {channel: self.owner(lease) for channel, lease in session.leases.items()},
        }

    def owner(self, lease):
        lease.settle()
        return lease.owner_guid


def main():
    script = Script()
    for line in sys.stdin:
        print(json.dumps(script.do(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
