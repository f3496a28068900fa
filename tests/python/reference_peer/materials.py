"""Small OTIO objects as JSON values: those of the other participants (`crates/simulator/src/objects.rs`)."""


def time_range(start, duration):
    def time(value):
        return {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": float(value)}

    return {"OTIO_SCHEMA": "TimeRange.1", "duration": time(duration), "start_time": time(start)}


def _item(schema, guid, **fields):
    return {
        "OTIO_SCHEMA": schema, "metadata": {"sync": {"guid": guid}}, "name": guid, "source_range": None, "effects": [],
        "markers": [], "enabled": True, "color": None, **fields,
    }


def clip(guid):
    """One second of media; a key in its metadata to be edited."""
    media = {
        "OTIO_SCHEMA": "ExternalReference.1", "metadata": {}, "name": "", "available_range": time_range(0, 24),
        "available_image_bounds": None, "target_url": f"/media/{guid}.mov",
    }
    made = _item("Clip.2", guid, media_references={"DEFAULT_MEDIA": media}, active_media_reference_key="DEFAULT_MEDIA")
    made["metadata"]["a"] = {"b": 0}
    return made


def gap(duration):
    """Without a GUID."""
    return {**_item("Gap.1", "", source_range=time_range(0, duration)), "metadata": {}}


def track(guid, clips):
    return _item("Track.1", guid, children=[clip(each) for each in clips], kind="Video")


def timeline(guid):
    """Two tracks `<guid>-v1` and `<guid>-v2` of three clips and one."""
    clips = [f"{guid}-c{number}" for number in range(4)]
    stack = _item("Stack.1", f"{guid}-stack", children=[track(f"{guid}-v1", clips[:3]), track(f"{guid}-v2", clips[3:])])
    stack["name"] = "tracks"
    return {
        "OTIO_SCHEMA": "Timeline.1", "metadata": {"sync": {"guid": guid}}, "name": guid, "global_start_time": None,
        "tracks": stack,
    }


def leave_out(version, a_child, which):
    """Takes a child of the first track out of a timeline, or its last track."""
    tracks = version["tracks"]["children"]
    if not a_child:
        del tracks[-1:]
        return
    children = tracks[0].get("children", []) if tracks else []
    if children:
        del children[which % len(children)]


def stroke(uuid):
    """One drawn point."""
    points = {"OTIO_SCHEMA": "PaintVertices.1", "x": [0.1], "y": [0.2], "size": [0.01]}
    return [
        {"OTIO_SCHEMA": "PaintStart.1", "brush": "circle", "rgba": [1.0, 0.0, 0.0, 1.0], "uuid": uuid},
        {"OTIO_SCHEMA": "PaintPoint.1", "points": points, "uuid": uuid},
    ]
