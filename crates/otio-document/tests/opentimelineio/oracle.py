"""Answers what opentimelineio makes of documents: one JSON string a line in, one JSON object a line out.

Every answer is found in a process of its own, since some documents end the process that reads them.
"""

import json
import os
import sys

import opentimelineio as otio


def answer(text):
    try:
        value = otio.core.deserialize_json_from_string(text)
        return {
            "pretty": otio.core.serialize_json_to_string(value, indent=4),
            "compact": otio.core.serialize_json_to_string(value, indent=-1),
        }
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def answer_apart(text):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        # The class for its own tests tells on standard output when it is made.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        with os.fdopen(writing, "w") as pipe:
            pipe.write(json.dumps(answer(text)))
            pipe.flush()
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        found = pipe.read()
    _, status = os.waitpid(child, 0)
    return found if status == 0 else json.dumps({"crash": status})


print(json.dumps({"version": otio.__version__}), flush=True)
for line in sys.stdin:
    print(answer_apart(json.loads(line)), flush=True)
