"""Answers questions about image sequences with opentimelineio: a line in is {"reference": text, "questions": […]}, a line
out the list of answers.

A question is [operation, arguments…]. A time is [value, rate], a range [start, duration]; an error is {"error": …}.
"""

import json
import sys

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange


def plain(answer):
    if isinstance(answer, RationalTime):
        return [answer.value, answer.rate]
    return answer


def argument(part):
    if isinstance(part, list) and isinstance(part[0], list):
        return TimeRange(RationalTime(*part[0]), RationalTime(*part[1]))
    return RationalTime(*part) if isinstance(part, list) else part


def answer(reference, operation, *parts):
    try:
        return plain(getattr(reference, operation)(*map(argument, parts)))
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    case = json.loads(line)
    reference = otio.adapters.read_from_string(case["reference"], "otio_json")
    print(json.dumps([answer(reference, *question) for question in case["questions"]]))
