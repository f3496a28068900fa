"""Writes the tables beside this file; needs opentimelineio 0.18.1.

    python generate.py reads SEED COUNT  > opentimelineio_reads.tsv    (committed: 20261121 3000)
    python generate.py floats SEED COUNT > floats.tsv                  (committed: 20261121 2000)

Larger tables are tried by naming them in LOSSLESS_JSON_READS and LOSSLESS_JSON_FLOATS.
"""

import json
import random
import struct
import sys

import opentimelineio as otio


def text_of(value):
    return otio.core.serialize_json_to_string(value, indent=-1)


def read_by_opentimelineio(literal):
    try:
        return text_of(otio.core.deserialize_json_from_string(literal))
    except ValueError:
        return "ERR"


def any_float(r):
    while True:
        value = struct.unpack("<d", struct.pack("<Q", r.getrandbits(64)))[0]
        if value == value and abs(value) != float("inf"):
            return value


def digits(r, most):
    return r.randrange(10 ** r.randrange(1, most))


LITERALS = [
    lambda r: repr(r.uniform(0, 1000)),
    lambda r: repr(any_float(r)),
    lambda r: f"{digits(r, 22)}.{digits(r, 22)}",
    lambda r: f"{digits(r, 25)}e{r.randrange(-345, 310)}",
    lambda r: f"{r.randrange(10)}.{digits(r, 30):0{r.randrange(1, 30)}}E{r.randrange(-330, 309):+}",
    lambda r: str(r.randrange(-(2**63), 2**63)),
    lambda r: str(r.randrange(0, 2**64)),
    lambda r: "-" * r.randrange(2) + str(r.randrange(10 ** r.randrange(18, 45))),
    lambda r: "0." + "0" * r.randrange(40) + str(digits(r, 20)),
    lambda r: repr(float(r.randrange(2**53 - 5, 2**53 + 5)) * r.choice([1, 2, 0.5, 1e10])),
    lambda r: f"{r.uniform(-1, 1) * 10 ** r.randrange(1, 25):.{r.randrange(1, 40)}f}",
    lambda r: repr(-r.random()),
    lambda r: f"{r.randrange(100000)}.{'0' * r.randrange(1, 25)}{r.randrange(100)}",
    lambda r: repr(r.choice([2.0, 10.0, 24 / 1.001, 1 / 3]) ** r.randrange(-220, 220)),
]

FLOATS = [
    any_float,
    lambda r: r.uniform(-1000, 1000),
    lambda r: round(r.uniform(-1e6, 1e6), r.randrange(12)),
    lambda r: r.choice([1, 3, 7, 2.0]) * 2.0 ** r.randrange(-1074, 1020) * r.choice([1, -1]),
]


def main(kind, seed, count):
    r = random.Random(int(seed))
    for _ in range(int(count)):
        if kind == "reads":
            literal = r.choice(LITERALS)(r)
            print(literal, read_by_opentimelineio(literal), sep="\t")
        else:
            value = r.choice(FLOATS)(r)
            bits = struct.unpack("<Q", struct.pack("<d", value))[0]
            print(f"{bits:016x}", text_of(value), json.dumps(value), sep="\t")


main(*sys.argv[1:])
