"""What opentimelineio makes of bundles.

`oracle.py version`, or one JSON list of jobs on standard input and one of answers on standard output. A job is
["write", document, bundle, policy], answered by null or an error, or ["read", bundle], answered by the document's text.
"""

import json
import sys

import opentimelineio as otio
from opentimelineio.adapters.file_bundle_utils import MediaReferencePolicy


def answer(job):
    try:
        if job[0] == "write":
            _, document, bundle, policy = job
            # It compares policies by identity.
            policy = getattr(MediaReferencePolicy, policy)
            otio.adapters.write_to_file(otio.adapters.read_from_file(document), bundle, media_policy=policy)
            return None
        return otio.adapters.read_from_file(job[1]).to_json_string(indent=4)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


if sys.argv[1:] == ["version"]:
    print(otio.__version__)
else:
    print(json.dumps([answer(job) for job in json.load(sys.stdin)]))
