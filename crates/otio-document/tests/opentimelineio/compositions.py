"""Answers questions about compositions with opentimelineio: a line in is {"document": text, "questions": […]}, a line out
the list of answers.

A question is [operation, path, arguments…]; a path leads from the root by the indices of children. A time is [value, rate],
a range [start, duration], a node its path; an error is {"error": …}.
"""

import json
import sys

import opentimelineio as otio
from apart import apart
from opentimelineio.opentime import RationalTime, TimeRange


def time(pair):
    return RationalTime(*pair)


def span(pair):
    return TimeRange(time(pair[0]), time(pair[1]))


class Tree:
    def __init__(self, root):
        self.root = root
        self.nodes = {}
        self.paths = []
        self.note(root, [])

    def note(self, node, path):
        self.nodes[tuple(path)] = node
        self.paths.append((node, path))
        if isinstance(node, otio.core.Composition):
            for index, child in enumerate(node):
                self.note(child, path + [index])

    def plain(self, answer):
        if isinstance(answer, RationalTime):
            return [answer.value, answer.rate]
        if isinstance(answer, TimeRange):
            return [self.plain(answer.start_time), self.plain(answer.duration)]
        if isinstance(answer, (list, tuple)):
            return [self.plain(part) for part in answer]
        if isinstance(answer, otio.core.Composable):
            return next(path for node, path in self.paths if node is answer)
        return answer

    def answer(self, operation, path, *parts):
        node = self.nodes[tuple(path)]
        if operation in ("range_of_child", "trimmed_range_of_child"):
            return getattr(self.root, operation)(node)
        if operation == "child_at_time":
            return node.child_at_time(time(parts[0]), shallow_search=parts[1])
        if operation == "children_in_range":
            return node.children_in_range(span(parts[0]))
        if operation == "find_clips":
            return node.find_clips(span(parts[0]) if parts[0] else None, shallow_search=parts[1])
        if operation == "transformed_time":
            return node.transformed_time(time(parts[0]), self.nodes[tuple(parts[1])])
        if operation == "flatten":
            return otio.core.serialize_json_to_string(otio.algorithms.flatten_stack(node), indent=-1)
        if operation == "track_trimmed_to_range":
            trimmed = otio.algorithms.track_trimmed_to_range(node, span(parts[0]))
            return otio.core.serialize_json_to_string(trimmed, indent=-1)
        if operation == "range_of_all_children":
            ranges = node.range_of_all_children()
            return [ranges[child] for child in node]
        if operation == "neighbors_of":
            return node.parent().neighbors_of(node)
        return getattr(node, operation)()


def answers(case):
    tree = Tree(otio.adapters.read_from_string(case["document"], "otio_json"))
    found = []
    for question in case["questions"]:
        try:
            found.append(tree.plain(tree.answer(*question)))
        except Exception as error:
            found.append({"error": f"{type(error).__name__}: {error}"})
    return found


for line in sys.stdin:
    print(apart(answers, json.loads(line)), flush=True)
