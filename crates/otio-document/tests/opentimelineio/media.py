"""What is seen at a time, reckoned from the definitions: exactly, in fractions, with of opentimelineio only the ranges of
items and, where nothing is retimed, transformed_time.

A line in is {"document": text, "questions": [[path, time], …]}, a line out the list of answers. An answer is null where
nothing is seen, {"error": …}, or
    [path of the clip, seconds of its media, frame of media, frame of clip, frames of media, transformed time, url],
the transformed time null where something is retimed.
"""

import json
import math
import sys
from fractions import Fraction

import opentimelineio as otio
from opentimelineio.opentime import RationalTime

EPSILON = Fraction(1, 2 * 192000)
schema = otio.schema


def seconds(time):
    return Fraction(time.value) / Fraction(time.rate)


def scalar(item):
    """The product as doubles have it, of which 3 and 1/3 make 1."""
    product = 1.0
    for effect in item.effects:
        if effect.enabled and isinstance(effect, schema.FreezeFrame):
            product *= 0.0
        elif effect.enabled and isinstance(effect, schema.LinearTimeWarp):
            product *= effect.time_scalar
    return Fraction(product)


def start(item):
    return seconds(item.trimmed_range().start_time)


def inside(item, elapsed):
    return start(item) + elapsed * scalar(item)


def is_within(elapsed, begin, end):
    return begin - EPSILON <= elapsed < end - EPSILON


def is_going_on(item, elapsed):
    """A composition of which all is shown, as it is, has no child before its start or after its end, and need not say how
    long it is."""
    if isinstance(item, otio.core.Composition) and item.source_range is None and scalar(item) == 1:
        return True
    return is_within(elapsed, 0, seconds(item.trimmed_range().duration))


def candidates(item, at):
    """The children that may be seen at a time inside an item, the topmost first, each with the time since it began."""
    if isinstance(item, schema.Stack):
        return [(child, at) for child in reversed(item)]
    begin = Fraction(0)
    for child in item:
        if isinstance(child, schema.Transition):
            continue
        end = begin + seconds(child.trimmed_range().duration)
        if is_within(at, begin, end):
            return [(child, at - begin)]
        begin = end
    return []


def seen(item, elapsed):
    """What is seen of an item: the items from it to a clip, each with the time since it began; nothing, or so."""
    if not item.enabled or not is_going_on(item, elapsed):
        return []
    if isinstance(item, schema.Clip):
        return [(item, elapsed)]
    if not isinstance(item, (schema.Track, schema.Stack)):
        return []
    # Where its time begins needs not be asked for where it is all shown.
    at = elapsed * scalar(item) + (start(item) if item.source_range else 0)
    for child, since in candidates(item, at):
        if isinstance(child, schema.Track) and child.kind != "Video":
            continue
        found = seen(child, since)
        if found:
            return [(item, elapsed)] + found
    return []


def frames(span, rate):
    return math.floor((span + EPSILON) * Fraction(rate))


def answer(root, paths, path, pair):
    item = paths[tuple(path)]
    time, at = RationalTime(*pair), seconds(RationalTime(*pair))
    if not item.enabled:
        return None
    is_clip = isinstance(item, schema.Clip)
    way = seen(item, at - (start(item) if is_clip or item.source_range else 0))
    if not way:
        return None
    clip, elapsed = way[-1]
    at, media = inside(clip, elapsed), clip.media_reference
    available = media.available_range
    rate = (available or clip.source_range).duration.rate
    if isinstance(media, schema.ImageSequenceReference):
        rate = media.rate
    frame = frames(at - seconds(available.start_time), rate) if available else None
    count = math.ceil((seconds(available.duration) - EPSILON) * Fraction(rate)) if available else None
    # Asked in any case: its way leads over the top of the tree, where it may meet what it refuses.
    exact = item.transformed_time(time, clip)
    is_retimed = any(scalar(item) != 1 for item, _ in way)
    return [
        next(path for path, node in paths.items() if node is clip),
        float(at),
        frame,
        frames(at - start(clip), rate),
        count,
        None if is_retimed else [exact.value, exact.rate],
        url(media, frame or 0),
    ]


def url(media, frame):
    if isinstance(media, schema.ImageSequenceReference):
        if frame < 0:
            return None
        try:
            return media.target_url_for_image_number(frame // media.frame_step)
        except Exception:
            return None
    return getattr(media, "target_url", None)


def note(item, path, paths):
    paths[tuple(path)] = item
    if isinstance(item, otio.core.Composition):
        for index, child in enumerate(item):
            note(child, path + [index], paths)


def answers(case):
    root = otio.adapters.read_from_string(case["document"], "otio_json")
    root = root.tracks if isinstance(root, schema.Timeline) else root
    paths = {}
    note(root, [], paths)
    for question in case["questions"]:
        try:
            yield answer(root, paths, *question)
        except otio.exceptions.OTIOError as error:
            yield {"error": str(error)}
        except ValueError as error:
            yield {"error": str(error)}


for line in sys.stdin:
    print(json.dumps(list(answers(json.loads(line)))))
