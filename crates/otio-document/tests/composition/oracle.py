"""Answers questions about compositions with opentimelineio: a line in is {"document": text, "questions": […]}, a line out
the list of answers.

A question is [operation, path, arguments…]; a path leads from the root by the indices of children. A time is [value, rate],
a range [start, duration], a node its path; an error is {"error": …}.
"""

import json
import sys

import opentimelineio as otio
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
        return getattr(node, operation)()


for line in sys.stdin:
    case = json.loads(line)
    tree = Tree(otio.adapters.read_from_string(case["document"], "otio_json"))
    answers = []
    for question in case["questions"]:
        try:
            answers.append(tree.plain(tree.answer(*question)))
        except Exception as error:
            answers.append({"error": f"{type(error).__name__}: {error}"})
    print(json.dumps(answers), flush=True)
