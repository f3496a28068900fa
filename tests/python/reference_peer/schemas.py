"""The SyncEvent schemas: what is drawn and written on a frame.

Every field is dynamic: a missing one takes the default below, an unknown one is kept, keys are written sorted.
"""

import datetime
import json

import opentimelineio as otio

_WHITE = [1.0, 1.0, 1.0, 1.0]
_CLEAR = [0.0, 0.0, 0.0, 0.0]

_EVENTS = {
    "PaintStart": {
        "source_index": 0, "uuid": None, "friendly_name": None, "participant_hash": None, "rgba": None,
        "type": "color", "brush": "circle", "visible": True, "layer_range": None, "hold": None, "ghost": None,
        "ghost_before": None, "ghost_after": None,
    },
    "PaintPoint": {"source_index": 0, "uuid": None, "layer_range": None, "points": None},
    "PaintEnd": {"uuid": None, "points": None},
    "TextAnnotation": {
        "uuid": None, "friendly_name": None, "position": None, "rgba": None, "text": None, "spacing": None,
        "font_size": None, "scale": None, "rotation": None, "font": None,
    },
    "EllipseAnnotation": {
        "min": [0, 0], "max": [0, 0], "rgba": _WHITE, "size": 1.0, "inner_rgba": _CLEAR, "visible": True, "uuid": None,
    },
    "RectangleAnnotation": {
        "min": [0, 0], "max": [0, 0], "rgba": _WHITE, "size": 1.0, "inner_rgba": _CLEAR, "visible": True, "uuid": None,
    },
    "ArrowAnnotation": {
        "start": [0, 0], "end": [0, 0], "rgba": _WHITE, "size": 1.0, "visible": True, "uuid": None,
    },
}
_VERTICES = {"x": [], "y": [], "size": [], "alpha": []}


def _register(name, defaults, timestamp):
    def init(self):
        otio.core.SerializableObject.__init__(self)
        for key, value in defaults.items():
            self._dynamic_fields[key] = list(value) if isinstance(value, list) else value
        timestamp(self)

    kind = type(name, (otio.core.SerializableObject,), {"__init__": init, "_serializable_label": f"{name}.1"})
    otio.core.register_type(kind)


def _now(event):
    event._dynamic_fields["timestamp"] = datetime.datetime.now().isoformat()


def _null(event):
    event._dynamic_fields["timestamp"] = None


def _none(_event):
    pass


for _name, _defaults in _EVENTS.items():
    _register(_name, _defaults, _null if _name == "TextAnnotation" else _now)
_register("PaintVertices", _VERTICES, _none)


def parse(value):
    """An OTIO object (or a list of them) from JSON values; raises as the reference does."""
    return otio.core.deserialize_json_from_string(json.dumps(value))


def parse_any(value):
    """The same, where a newer version of a schema is read as the one that is known."""
    return parse(_known_versions(value))


def _known_versions(value):
    if isinstance(value, list):
        return [_known_versions(each) for each in value]
    if not isinstance(value, dict):
        return value
    known = {key: _known_versions(each) for key, each in value.items()}
    name, _, version = str(known.get("OTIO_SCHEMA", "")).rpartition(".")
    newest = otio.core.type_version_map().get(name)
    if newest is not None and version.isdigit() and int(version) > newest:
        known["OTIO_SCHEMA"] = f"{name}.{newest}"
    return known


def to_json(thing):
    """JSON values of an OTIO object, as the reference puts them on the wire."""
    return json.loads(otio.core.serialize_json_to_string(thing, indent=-1))
