"""A peer in a real session, told by lines of JSON what its user does: for random scripts with peers of ours.

    python -m reference_peer.live --session s --amqp amqp://guest:guest@127.0.0.1:5672/ --generation seed
    {"command": "step", "id": 1, "doing": "move_within", "picks": [5, 7, 1], "number": 12}
    {"command": "state", "id": 2}
    {"command": "leave", "id": 3}

Steps name what is there by numbers; `crates/conformance` draws them. The application around it is one of the reference's.
"""

import argparse
import json
import os
import queue
import random
import sys
import time
import traceback

from .application import Application
from .lines import lines_of, say
from .networks.rabbitmq import RabbitNetwork
from .networks.udp import UdpNetwork
from .quirks import quirks_of
from .schemas import parse
from .session import Session
from .user import User

# How often each application looks for messages, in seconds.
POLLS = {"openrv": 0.033, "xstudio": 0.1, "sync_viewer": 0.1}
READY_LIMIT = 10.0


class Live:
    def __init__(self, session):
        self.session, self.user = session, User(session)
        self.application = Application(session, time.time)
        self.said = self.withheld = self.batches_lost = 0

    def tick(self):
        try:
            self.application.tick()
        except Exception:  # the batch is lost, as it is with the reference
            self.batches_lost += 1
            traceback.print_exc(file=sys.stderr)

    def obey(self, command):
        """The answer to a command."""
        if command["command"] == "step":
            said, withheld = self.user.step(command["doing"], command["picks"], command["number"])
            self.said, self.withheld = self.said + said, self.withheld + withheld
            return {"said": said, "withheld": withheld}
        if command["command"] == "state":
            return self.state()
        self.session.close()
        return {}

    def state(self):
        session = self.session
        return {
            "timelines": session.replica.wire_timelines(),
            "status": session.status,
            "is_master": session.is_master,
            "joins": session.join_generation,
            "said": self.said,
            "withheld": self.withheld,
            "batches_lost": self.batches_lost,
            "unsaid_timelines": sorted(self.user.unsaid_timelines & set(session.replica.timelines)),
            "raised": session.raised,
            "unresolved": session.unresolved,
        }


def main():
    arguments = _arguments()
    clock, skew = time.time, arguments.skew
    time.time = lambda: clock() + skew
    os.environ["ORI_SYNC_USER"] = arguments.guid
    network = _network(arguments)
    quirks = quirks_of(arguments.generation, arguments.having, arguments.without)
    capabilities = () if arguments.app == "sync_viewer" else ("visibility",)
    session = Session(
        arguments.session, network, guid=arguments.guid, app=arguments.app, capabilities=capabilities, quirks=quirks)
    session.opens = json.loads(arguments.opens) if arguments.opens else None
    if session.opens is not None:
        parse(session.opens)
    ready = network.wait_until_ready(READY_LIMIT)
    say({"event": "ready", "bound": ready})
    live = Live(session)
    live.application.start()
    _run(live, lines_of(sys.stdin), POLLS[arguments.app])


def _network(arguments):
    if arguments.amqp:
        return RabbitNetwork(arguments.session, arguments.amqp)
    address, port = arguments.udp.rsplit(":", 1)
    return UdpNetwork(address, int(port), arguments.listen)


def _arguments():
    parser = argparse.ArgumentParser(prog="reference_peer.live", description=__doc__)
    parser.add_argument("--session", required=True)
    parser.add_argument("--guid", required=True)
    parser.add_argument("--amqp", metavar="URL", help="a RabbitMQ broker")
    parser.add_argument("--udp", metavar="ADDRESS:PORT", help="where datagrams go")
    parser.add_argument("--listen", type=int, metavar="PORT", help="where they come, if not to the same port")
    parser.add_argument("--app", choices=POLLS, default="openrv")
    parser.add_argument("--generation", choices=("seed", "latest"), default="latest")
    parser.add_argument("--having", action="append", default=[], metavar="QUIRK", help="beyond its generation's")
    parser.add_argument("--without", action="append", default=[], metavar="QUIRK")
    parser.add_argument("--opens", metavar="JSON", help="a timeline that its application has open")
    parser.add_argument("--skew", type=float, default=0.0, metavar="SECONDS", help="how far its clock is ahead")
    return parser.parse_args()


def _run(live, lines, poll):
    due = time.monotonic()
    while True:
        try:
            line = lines.get(timeout=max(0.0, due - time.monotonic()))
        except queue.Empty:
            live.tick()
            # Polls of several peers do not stay in step.
            due = time.monotonic() + poll * random.uniform(0.8, 1.2)
            continue
        if line is None:
            return
        command = json.loads(line)
        say({"reply": command["id"], **live.obey(command)})
        if command["command"] == "leave":
            return


if __name__ == "__main__":
    main()
