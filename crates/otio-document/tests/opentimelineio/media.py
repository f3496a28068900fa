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
    product = Fraction(1)
    for effect in item.effects:
        if effect.enabled and isinstance(effect, schema.FreezeFrame):
            product *= 0
        elif effect.enabled and isinstance(effect, schema.LinearTimeWarp):
            product *= Fraction(effect.time_scalar)
    return product


def start(item):
    return seconds(item.trimmed_range().start_time)


def inside(item, at):
    return start(item) + (at - start(item)) * scalar(item)


def children(composition):
    """Each child with where it stands in time; a later one is nearer to the eye."""
    begin = Fraction(0)
    for child in composition:
        if isinstance(child, schema.Transition):
            continue
        end = begin + seconds(child.trimmed_range().duration)
        yield child, begin, end
        if isinstance(composition, schema.Track):
            begin = end


def seen(item, at):
    """The clips and compositions from an item to what is seen of it."""
    if not item.enabled:
        return None
    if isinstance(item, schema.Clip):
        return [item]
    if not isinstance(item, (schema.Track, schema.Stack)):
        return None
    at = inside(item, at)
    for child, begin, end in reversed(list(children(item))):
        if isinstance(child, schema.Track) and child.kind != "Video":
            continue
        if begin - EPSILON <= at < end - EPSILON:
            found = seen(child, start(child) + at - begin)
            if found:
                return [item] + found
    return None


def media_seconds(way, at):
    for item, below in zip(way, way[1:]):
        begin = next(begin for child, begin, _ in children(item) if child is below)
        at = start(below) + inside(item, at) - begin
    return inside(way[-1], at)


def frames(span, rate):
    return math.floor((span + EPSILON) * Fraction(rate))


def answer(root, paths, path, pair):
    item = paths[tuple(path)]
    time, at = RationalTime(*pair), seconds(RationalTime(*pair))
    if not item.enabled:
        return None
    begin = start(item)
    if not begin - EPSILON <= at < begin + seconds(item.trimmed_range().duration) - EPSILON:
        return None
    way = seen(item, at)
    if way is None:
        return None
    clip, media = way[-1], way[-1].media_reference
    at = media_seconds(way, at)
    available = media.available_range
    rate = (available or clip.source_range).duration.rate
    if isinstance(media, schema.ImageSequenceReference):
        rate = media.rate
    frame = frames(at - seconds(available.start_time), rate) if available else None
    count = math.ceil((seconds(available.duration) - EPSILON) * Fraction(rate)) if available else None
    # Asked in any case: its way leads over the top of the tree, where it may meet what it refuses.
    exact = item.transformed_time(time, clip)
    is_retimed = any(scalar(item) != 1 for item in way)
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
