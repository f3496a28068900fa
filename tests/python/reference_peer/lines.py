"""Lines of JSON, in and out: how whoever drives a peer talks to it."""

import json
import queue
import threading


def lines_of(stream):
    lines = queue.Queue()

    def read():
        for line in stream:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def say(thing):
    print(json.dumps(thing), flush=True)
