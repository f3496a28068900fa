"""Answers found in a process of their own, since some documents end the process that asks opentimelineio about them."""

import json
import os


def apart(answer, question):
    """What `answer` makes of a question, as JSON; `{"crash": status}` where that ends its process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        # The class for opentimelineio's own tests tells on standard output when it is made.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        with os.fdopen(writing, "w") as pipe:
            pipe.write(json.dumps(answer(question)))
            pipe.flush()
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        found = pipe.read()
    _, status = os.waitpid(child, 0)
    return found if status == 0 else json.dumps({"crash": status})
