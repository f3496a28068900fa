"""Answers what opentimelineio writes for older versions: a line in is {"document": text, "targets": {schema: version}}, a
line out {"pretty", "compact"} or {"error": …} — {"release": label} in, the versions of that label out.

Every document is written in a process of its own, since some end the process that reads them.
"""

import json
import os
import sys

import opentimelineio as otio


def written(question):
    if "release" in question:
        return dict(otio.versioning.fetch_map("OTIO_CORE", question["release"]))
    try:
        value = otio.core.deserialize_json_from_string(question["document"])
    except Exception as error:
        return {"unread": str(error)}
    try:
        pretty = otio.core.serialize_json_to_string(value, question["targets"], indent=4)
        return {"pretty": pretty, "compact": otio.core.serialize_json_to_string(value, question["targets"], -1)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def written_apart(question):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        # The class for opentimelineio's own tests tells on standard output when it is made.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        with os.fdopen(writing, "w") as pipe:
            pipe.write(json.dumps(written(question)))
            pipe.flush()
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        found = pipe.read()
    _, status = os.waitpid(child, 0)
    return found if status == 0 else json.dumps({"crash": status})


for line in sys.stdin:
    print(written_apart(json.loads(line)), flush=True)
