"""Does a script under a clock of its own, so that it does the same every time: for comparisons with other peers.

    python -m reference_peer.script < lines-of-json
    {"new": {"guid": "own", "app": "openrv", "generation": "latest"}, "at": 1000000}
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

import opentimelineio as otio

from . import schemas
from .application import Application
from .replica import guid_of
from .schemas import parse
from .seed import SeedSession
from .session import POSITION, VISIBILITY, Session

WALL = 1_790_000_000_000_000


class Script:
    def __init__(self):
        self.at, self.minted, self.inbox, self.outbox = 0, 0, [], []
        time.time, time.monotonic = self.wall, lambda: self.at / 1e6
        uuid.uuid4 = self.mint
        now = types.SimpleNamespace(isoformat=lambda: f"at {self.wall()!r}")
        schemas.datetime = types.SimpleNamespace(datetime=types.SimpleNamespace(now=lambda: now))
        self.session = self.application = None

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
        self.at, raised = line["at"], False
        try:
            if "new" in line:
                self.begin(line["new"])
            elif "poll" in line:
                self.inbox = line["poll"]
                self.application.tick()
            else:
                getattr(self, "do_" + line["edit"]["do"])(line["edit"])
        except Exception:  # the batch is lost, as it is with the reference
            raised = "poll" in line
            traceback.print_exc(file=sys.stderr)
        sent, self.outbox = self.outbox, []
        return {"sent": sent, "raised": raised, "state": self.state()}

    def begin(self, config):
        os.environ["ORI_SYNC_USER"] = config["guid"]
        kind = SeedSession if config["generation"] == "seed" else Session
        capabilities = () if config["app"] == "sync_viewer" else ("visibility",)
        self.minted = 0
        self.session = kind("s", self, guid=config["guid"], app=config["app"], capabilities=capabilities)
        self.application = Application(self.session, self.wall)
        self.application.start()

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

    # -- what the user does -----------------------------------------------------------------------------------------

    def holds_structure(self):
        if self.session.status == "SYNCED":
            self.application.holds("structure")

    def do_set_property(self, edit):
        self.session.set_property(edit["target"], edit["path"], edit["value"])

    def do_insert(self, edit):
        self.session.insert_child(edit["parent"], parse(edit["child"]), edit["index"])

    def do_move(self, edit):
        self.holds_structure()
        self.session.broadcast_move_child(edit["parent"], edit["child"], edit["index"])

    def do_remove(self, edit):
        self.holds_structure()
        self.session.broadcast_remove_child(edit["parent"], edit["child"])

    def do_add_timeline(self, edit):
        guid = self.session.replica.register(parse(edit["timeline"]))
        self.holds_structure()
        self.session.broadcast_add_timeline(guid)

    def do_rename_timeline(self, edit):
        self.holds_structure()
        self.session.broadcast_timeline_rename(edit["timeline"], edit["name"])

    def do_remove_timeline(self, edit):
        self.holds_structure()
        self.session.broadcast_remove_timeline(edit["timeline"])

    def do_replace_timeline(self, edit):
        self.holds_structure()
        self.session.broadcast_replace_timeline(edit["timeline"], parse(edit["version"]))

    def do_annotate(self, edit):
        session, clip = self.session, edit["clip"]
        if session.status != "SYNCED" or not session.may_annotate():
            return
        active = session.replica.active_timeline_guid
        track = session.annotation_track_guid(clip, active)
        if track is None:
            guid = session.replica.clip_timeline(clip)
            session.broadcast_clip_timeline(guid)
            track = session.annotation_track_guid(clip, active)
        if track is not None:
            at = otio.opentime.RationalTime(edit["frame"], 24.0)
            session.broadcast_add_annotation(track, clip, at, edit["events"])

    def do_replace_annotation(self, edit):
        events = edit["events"]
        self.session.broadcast_replace_annotation_commands(edit["annotation"], events, not events)

    def do_playback(self, edit):
        for channel, fields in (("position", POSITION), ("visibility", VISIBILITY)):
            if any(key in edit["state"] for key in fields):
                self.application.holds(channel)
        self.session.broadcast_playback_state(edit["state"])

    def do_display(self, edit):
        self.application.holds("display")
        self.session.broadcast_display_state(edit["state"])


def main():
    script = Script()
    for line in sys.stdin:
        print(json.dumps(script.do(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
