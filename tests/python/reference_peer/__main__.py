"""Drives a peer by lines of JSON: commands on standard input, replies and actions on standard output.

    python -m reference_peer --session dailies --amqp amqp://guest:guest@127.0.0.1:5672/
    {"command": "host", "id": 1, "file": "cut.otio"}
    {"reply": 1, "ok": true}
"""

import argparse
import queue
import sys
import time

import opentimelineio as otio

from .commands import Commands
from .lines import lines_of, say
from .networks.rabbitmq import RabbitNetwork
from .networks.udp import UdpNetwork
from .session import Session

TICK_SECONDS = 0.01
READY_LIMIT = 5.0


def main():
    arguments = _arguments()
    if arguments.amqp:
        network = RabbitNetwork(arguments.session, arguments.amqp)
    else:
        address, port = arguments.udp.rsplit(":", 1)
        network = UdpNetwork(address, int(port))
    session = Session(arguments.session, network, guid=arguments.guid, app=arguments.app)
    ready = network.wait_until_ready(READY_LIMIT)
    say({"event": "ready", "guid": session.guid, "bound": ready, "opentimelineio": otio.__version__})
    _run(Commands(session, say), lines_of(sys.stdin))
    session.close()


def _arguments():
    parser = argparse.ArgumentParser(prog="reference_peer", description=__doc__)
    parser.add_argument("--session", required=True)
    parser.add_argument("--amqp", metavar="URL", help="a RabbitMQ broker")
    parser.add_argument("--udp", metavar="ADDRESS:PORT", default="127.0.0.1:9999", help="where datagrams go")
    parser.add_argument("--guid", help="this peer's own GUID")
    parser.add_argument("--app", default="openrv")
    return parser.parse_args()


def _run(commands, lines):
    while True:
        try:
            line = lines.get_nowait()
        except queue.Empty:
            line = ""
        if line is None or not commands.obey(line):
            return
        commands.tick()
        if not line:
            time.sleep(TICK_SECONDS)


if __name__ == "__main__":
    main()
