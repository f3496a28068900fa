"""How long opentimelineio takes to read and to write a timeline: `cargo xtask bench document` runs it.

Prints one JSON object of seconds, one number a round. `deserialize` and `serialize` call into C++ directly and are
what its C++ library takes but for one object around the root; `read_from_string` and `write_to_string` are the
functions that programs call.
"""

import json
import sys
import time

import opentimelineio as otio


def seconds_of(work):
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def main(source, written, rounds):
    with open(source, encoding="utf-8") as file:
        text = file.read()
    core = otio.core
    steps = {
        "read_from_string": lambda document: otio.adapters.read_from_string(text, "otio_json"),
        "deserialize": lambda document: core.deserialize_json_from_string(text),
        "write_to_string": lambda document: otio.adapters.write_to_string(document, "otio_json"),
        "serialize_pretty": lambda document: core.serialize_json_to_string(document, indent=4),
        "serialize_compact": lambda document: core.serialize_json_to_string(document, indent=-1),
    }
    document = core.deserialize_json_from_string(text)
    times = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            times[name].append(seconds_of(lambda: step(document))[0])
    with open(written, "w", encoding="utf-8") as file:
        file.write(core.serialize_json_to_string(document, indent=-1))
    print(json.dumps({"version": otio.__version__, "seconds": times}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
