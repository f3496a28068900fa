"""Writes files again with opentimelineio, pretty and compact: `rewrite_otio.py LIST FOLDER`.

LIST holds one path a line; the line N (from 0) becomes FOLDER/N.pretty and FOLDER/N.compact, or nothing where
opentimelineio refuses the file.
"""

import pathlib
import sys

import opentimelineio as otio


def main():
    paths, folder = pathlib.Path(sys.argv[1]).read_text().splitlines(), pathlib.Path(sys.argv[2])
    for number, path in enumerate(paths):
        try:
            thing = otio.core.deserialize_json_from_file(path)
            texts = {
                "pretty": otio.core.serialize_json_to_string(thing, indent=4),
                "compact": otio.core.serialize_json_to_string(thing, indent=-1),
            }
        except Exception as error:  # whatever it raises is a refusal
            print(f"{path}: {error}", file=sys.stderr)
            continue
        for form, text in texts.items():
            (folder / f"{number}.{form}").write_bytes(text.encode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    main()
