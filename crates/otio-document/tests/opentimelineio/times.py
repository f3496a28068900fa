"""Answers questions about times with opentimelineio: a JSON list a line in (operation, arguments), its answer a line out.

A time is [value, rate], a range [start, duration], a transform [offset, scale, rate]; an error is {"error": …}.
"""

import json
import sys

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange, TimeTransform


def time(pair):
    return RationalTime(*pair)


def span(pair):
    return TimeRange(time(pair[0]), time(pair[1]))


def transform(parts):
    return TimeTransform(time(parts[0]), parts[1], parts[2])


def plain(answer):
    if isinstance(answer, RationalTime):
        return [answer.value, answer.rate]
    if isinstance(answer, TimeRange):
        return [plain(answer.start_time), plain(answer.duration)]
    if isinstance(answer, TimeTransform):
        return [plain(answer.offset), answer.scale, answer.rate]
    return answer


DROP = {"rate": None, "yes": True, "no": False}

ONE_TIME = {
    "negated": lambda t: -t,
    "floor": lambda t: t.floor(),
    "ceil": lambda t: t.ceil(),
    "round": lambda t: t.round(),
    "to_seconds": lambda t: t.to_seconds(),
    "to_frames": lambda t: t.to_frames(),
    "is_valid": lambda t: t.is_valid_time(),
    "to_time_string": lambda t: t.to_time_string(),
}
TIME_AND_RATE = {
    "rescaled_to": lambda t, rate: t.rescaled_to(rate),
    "to_frames_at": lambda t, rate: t.to_frames(rate),
}
TWO_TIMES = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "equal": lambda a, b: a == b,
    "less": lambda a, b: a < b,
    "less_or_equal": lambda a, b: a <= b,
    "strictly_equal": lambda a, b: a.strictly_equal(b),
    "almost_equal": lambda a, b: a.almost_equal(b, 0.5),
    "duration": RationalTime.duration_from_start_end_time,
    "duration_inclusive": RationalTime.duration_from_start_end_time_inclusive,
    "range": TimeRange.range_from_start_end_time,
    "range_inclusive": TimeRange.range_from_start_end_time_inclusive,
}
ONE_RANGE = {
    "end_time_inclusive": lambda r: r.end_time_inclusive(),
    "end_time_exclusive": lambda r: r.end_time_exclusive(),
    "is_valid_range": lambda r: r.is_valid_range(),
}
RANGE_AND_TIME = {
    "duration_extended_by": lambda r, t: r.duration_extended_by(t),
    "clamped_time": lambda r, t: r.clamped(t),
    "contains_time": lambda r, t: r.contains(t),
    "overlaps_time": lambda r, t: r.overlaps(t),
    "before_time": lambda r, t: r.before(t),
    "begins_time": lambda r, t: r.begins(t),
    "finishes_time": lambda r, t: r.finishes(t),
}
TWO_RANGES = {
    "extended_by": lambda a, b: a.extended_by(b),
    "clamped": lambda a, b: a.clamped(b),
    "equal_ranges": lambda a, b: a == b,
    "contains": lambda a, b: a.contains(b),
    "overlaps": lambda a, b: a.overlaps(b),
    "before": lambda a, b: a.before(b),
    "meets": lambda a, b: a.meets(b),
    "begins": lambda a, b: a.begins(b),
    "finishes": lambda a, b: a.finishes(b),
    "intersects": lambda a, b: a.intersects(b),
}
TRANSFORMED = {
    "applied_to_time": (time, lambda x, t: x.applied_to(t)),
    "applied_to_range": (span, lambda x, r: x.applied_to(r)),
    "applied_to": (transform, lambda x, y: x.applied_to(y)),
}


def answer(operation, *parts):
    if operation in ONE_TIME:
        return ONE_TIME[operation](time(parts[0]))
    if operation in TIME_AND_RATE:
        return TIME_AND_RATE[operation](time(parts[0]), parts[1])
    if operation in TWO_TIMES:
        return TWO_TIMES[operation](time(parts[0]), time(parts[1]))
    if operation in ONE_RANGE:
        return ONE_RANGE[operation](span(parts[0]))
    if operation in RANGE_AND_TIME:
        return RANGE_AND_TIME[operation](span(parts[0]), time(parts[1]))
    if operation in TWO_RANGES:
        return TWO_RANGES[operation](span(parts[0]), span(parts[1]))
    if operation in TRANSFORMED:
        read, apply = TRANSFORMED[operation]
        return apply(transform(parts[0]), read(parts[1]))
    if operation == "from_timecode":
        return otio.opentime.from_timecode(*parts)
    if operation == "from_time_string":
        return otio.opentime.from_time_string(*parts)
    if operation == "to_timecode":
        return time(parts[0]).to_timecode(parts[1], DROP[parts[2]])
    if operation == "to_nearest_timecode":
        return time(parts[0]).to_nearest_timecode(parts[1], DROP[parts[2]])
    if operation == "nearest_rate":
        return RationalTime.nearest_smpte_timecode_rate(parts[0])
    if operation == "is_rate":
        return RationalTime.is_smpte_timecode_rate(parts[0])
    raise KeyError(operation)


for line in sys.stdin:
    try:
        found = plain(answer(*json.loads(line)))
    except ValueError as error:
        found = {"error": str(error)}
    print(json.dumps(found))
