"""Answers how opentimelineio writes the objects of a plug-in's schemas: a line in is {"schemas": {name: its defaults},
"object": …}, a line out the text. The classes are made as a plug-in makes them: fields that are dynamic, their defaults
set by the constructor.
"""

import json
import sys

import opentimelineio as otio

CLASS_FIELDS = ("metadata", "name", "effect_name", "enabled")


def plug_in_class(name, defaults):
    is_effect = "effect_name" in defaults
    base = otio.schema.Effect if is_effect else otio.core.SerializableObject
    dynamic = {key: value for key, value in defaults.items() if key not in ("OTIO_SCHEMA",) + CLASS_FIELDS}

    def construct(self):
        base.__init__(self, **({"effect_name": defaults["effect_name"]} if is_effect else {}))
        for key, value in dynamic.items():
            setattr(self, "field_" + key, value)

    members = {"field_" + key: otio.core.serializable_field(key) for key in dynamic}
    members.update({"_serializable_label": name + ".1", "__init__": construct})
    otio.core.register_type(type(name, (base,), members))


known = set()
for line in sys.stdin:
    question = json.loads(line)
    for name, defaults in question["schemas"].items():
        if name not in known:
            known.add(name)
            plug_in_class(name, defaults)
    value = otio.core.deserialize_json_from_string(json.dumps(question["object"]))
    print(json.dumps(otio.core.serialize_json_to_string(value, indent=-1)), flush=True)
