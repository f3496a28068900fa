"""Answers what opentimelineio writes for older versions: a line in is {"document": text, "targets": {schema: version}}, a
line out {"pretty", "compact"} or {"error": …} — {"release": label} in, the versions of that label out.

Every document is written in a process of its own, since some end the process that reads them.
"""

import json
import sys

import opentimelineio as otio
from apart import apart


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


for line in sys.stdin:
    print(apart(written, json.loads(line)), flush=True)
