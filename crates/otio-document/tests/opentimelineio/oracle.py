"""Answers what opentimelineio makes of documents: one JSON string a line in, one JSON object a line out.

Every answer is found in a process of its own, since some documents end the process that reads them.
"""

import json
import sys

import opentimelineio as otio
from apart import apart


def answer(text):
    try:
        value = otio.core.deserialize_json_from_string(text)
        return {
            "pretty": otio.core.serialize_json_to_string(value, indent=4),
            "compact": otio.core.serialize_json_to_string(value, indent=-1),
        }
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


print(json.dumps({"version": otio.__version__}), flush=True)
for line in sys.stdin:
    print(apart(answer, json.loads(line)), flush=True)
