"""The peer against the protocol's own vectors, and two peers on one bus."""

import json
import unittest

import opentimelineio as otio

from reference_peer import authority, materials
from reference_peer.networks.memory import Bus
from reference_peer.quirks import ALL, quirks_of
from reference_peer.replica import Replica, derive_guid, guid_of
from reference_peer.schemas import parse, to_json
from reference_peer.session import SENT, SUPPRESSED, Session
from reference_peer.user import User

CLIP = "0235a8df-0c20-414d-b4b3-b92d42468680"
STROKE = {
    "OTIO_SCHEMA": "PaintStart.1", "brush": "oval", "friendly_name": "", "ghost": None, "ghost_after": None,
    "ghost_before": None, "hold": None, "layer_range": None, "participant_hash": None, "rgba": [1.0, 0.5, 0.0, 1.0],
    "source_index": 0, "timestamp": "2026-08-16T12:00:00", "type": "color", "uuid": "stroke-1", "visible": True,
}


def clip(guid, name=None):
    made = otio.schema.Clip(name=name or guid)
    made.metadata["sync"] = {"guid": guid}
    return made


def timeline(guid="tl", clips=("a", "b", "c")):
    made = otio.schema.Timeline(name="Sequence")
    made.metadata["sync"] = {"guid": guid}
    track = otio.schema.Track(name="Media", kind="Video")
    track.metadata["sync"] = {"guid": f"{guid}-track"}
    track.extend([clip(name) for name in clips])
    drawn = otio.schema.Track(name="Annotations", kind="Video")
    drawn.metadata["sync"] = {"guid": f"{guid}-annotations"}
    made.tracks.extend([track, drawn])
    return made


def settle(*sessions):
    """Ticks until nobody has anything left; the applications answer requests for the state."""
    for _ in range(20):
        for session in sessions:
            for name, data in session.tick():
                if name == "state_request_received":
                    session.send_state_snapshot(data)


class TwoPeers(unittest.TestCase):
    def setUp(self):
        self.bus = Bus()
        self.host = Session("s", self.bus.connect(), guid="A", app="openrv")
        self.guest = Session("s", self.bus.connect(), guid="B", app="openrv")
        self.host.replica.register(timeline())
        self.host.start()
        self.host.elect_self_as_master()
        self.guest.start()
        settle(self.host, self.guest)

    def names(self, session):
        return [child.name for child in session.replica.object_map["tl-track"]]

    def assert_same(self):
        settle(self.host, self.guest)
        self.assertEqual(self.host.replica.wire_timelines(), self.guest.replica.wire_timelines())

    def test_a_joiner_gets_the_state_the_roster_and_the_host(self):
        self.assertEqual((self.guest.status, self.guest.master_guid), ("SYNCED", "A"))
        self.assertEqual(sorted(self.guest.peers), ["A", "B"])
        self.assertEqual(self.guest.host_guid, self.host.host_guid)
        self.assert_same()

    def test_edits_of_every_kind_arrive(self):
        self.host.claim("structure")
        self.assertEqual(self.host.insert_child("tl-track", clip("d"), 1), SENT)
        self.assertEqual(self.host.broadcast_move_child("tl-track", "a", 2), SENT)
        self.assertEqual(self.host.broadcast_remove_child("tl-track", "c"), SENT)
        self.assertEqual(self.host.set_property("b", "metadata/grade/slope", 1.5), SENT)
        self.assertEqual(self.host.set_property("b", "name", "bee"), SENT)
        self.assertEqual(self.host.broadcast_timeline_rename("tl", "Cut 2"), SENT)
        self.host.replica.register(timeline("t2", ("x",)))
        self.assertEqual(self.host.broadcast_add_timeline("t2"), SENT)
        self.assertEqual(self.host.broadcast_replace_timeline("t2", timeline("t2", ("y",))), SENT)
        self.assert_same()
        self.assertEqual(self.names(self.guest), ["d", "bee", "a"])
        self.assertIn("y", self.guest.replica.object_map)
        self.assertNotIn("x", self.guest.replica.object_map)
        self.assertEqual(self.host.broadcast_remove_timeline("t2"), SENT)
        self.assert_same()
        self.assertEqual(list(self.guest.replica.timelines), ["tl"])

    def test_a_structure_edit_without_the_lease_is_withheld_and_marks_divergence(self):
        self.host.claim("structure")
        self.host.broadcast_move_child("tl-track", "a", 2)
        settle(self.host, self.guest)
        self.guest.claim("structure")
        self.assertEqual(self.guest.broadcast_move_child("tl-track", "b", 2), SUPPRESSED)
        self.assertTrue(self.guest.structure_diverged)

    def test_drawing_twice_on_a_frame_makes_one_annotation(self):
        at = otio.opentime.RationalTime(5, 24.0)
        first = self.host.broadcast_add_annotation("tl-annotations", "a", at, [STROKE])
        settle(self.host, self.guest)
        second = self.guest.broadcast_add_annotation("tl-annotations", "a", at, [{**STROKE, "uuid": "stroke-2"}])
        self.assertEqual(first, second)
        self.assert_same()
        gap, drawn = self.host.replica.object_map["tl-annotations"]
        self.assertEqual(gap.source_range.duration.value, 5)
        uuids = [event["uuid"] for event in to_json(drawn)["metadata"]["annotation_commands"]]
        self.assertEqual(uuids, ["stroke-1", "stroke-2"])
        self.host.broadcast_replace_annotation_commands(first, [])
        self.assert_same()

    def test_clip_timelines_agree_but_for_the_stack(self):
        for session in (self.host, self.guest):
            guid = session.replica.clip_timeline("a")
            stack = to_json(session.replica.timelines[guid])["tracks"]
            self.assertEqual(guid, derive_guid("clip_timeline:a"))
            self.assertEqual([guid_of(track) for track in session.replica.timelines[guid].tracks],
                             [derive_guid("clip_timeline_video_track:a"), derive_guid("clip_timeline_ann_track:a")])
            self.assertEqual([track["name"] for track in stack["children"]], ["V1", "Annotations"])
        self.assertEqual(self.host.broadcast_clip_timeline(guid), SENT)
        self.assertEqual(self.host.broadcast_clip_timeline(guid), SUPPRESSED)

    def test_playback_is_replaced_wholesale(self):
        self.host.claim("position")
        self.host.claim("visibility")
        self.host.broadcast_playback_state({"playing": True, "view_mode": "source", "clip_guid": "a"})
        settle(self.host, self.guest)
        self.assertEqual(self.guest.selected_clip_guid, "a")
        self.host.broadcast_playback_state({"playing": False})
        settle(self.host, self.guest)
        self.assertIsNone(self.guest.selected_clip_guid)
        self.assertEqual(sorted(self.guest.playback_state), ["playing", "sync_timestamp", "timeline_guid"])

    def test_display_is_kept_in_the_active_timeline(self):
        self.host.claim("display")
        self.host.broadcast_display_state({"exposure": 1.5, "channel": "R"})
        self.assert_same()
        self.assertEqual(to_json(self.guest.replica.timelines["tl"])["metadata"]["display_settings"],
                         {"channel": "R", "exposure": 1.5})

    def test_what_arrives_while_joining_is_replayed_if_it_is_newer(self):
        late = Session("s", self.bus.connect(), guid="C")
        late.start()
        for session in (self.host, late):
            session.tick()
        late.tick()
        self.assertEqual(late.status, "JOINING")
        self.host.set_property("a", "name", "before")
        requests = [data for name, data in self.host.tick() if name == "state_request_received"]
        self.host.send_state_snapshot(requests[0])
        self.host.set_property("b", "name", "after")
        settle(self.host, late)
        self.assertEqual(self.names(late), ["before", "after", "c"])

    def test_a_departed_peer_leaves_the_table(self):
        self.guest.close()
        settle(self.host)
        self.assertEqual(list(self.host.peers), ["A"])

    def test_roles_are_kept_by_the_sender(self):
        self.host.set_peer_role(self.guest.identity["user"], "viewer")
        settle(self.host, self.guest)
        self.assertEqual(self.guest.role, "viewer")
        self.assertFalse(self.guest.claim("structure"))
        self.assertEqual(self.guest.set_property("a", "name", "no"), SUPPRESSED)

    def test_thirteen_playback_messages_in_a_batch_are_one(self):
        self.host.claim("position")
        for frame in range(13):
            self.host.broadcast_playback_state({"current_time": {"value": float(frame), "rate": 24.0}})
        actions = self.guest.tick()
        self.assertEqual([name for name, _ in actions].count("playback_settings"), 1)


class Quirks(unittest.TestCase):
    """A peer without a quirk does what one would expect; the models of the simulator are held to the same."""

    def session(self, generation="latest", having=(), without=()):
        self.bus = getattr(self, "bus", None) or Bus()
        quirks = quirks_of(generation, having, without)
        made = Session("s", self.bus.connect(), guid="B", quirks=quirks)
        made.replica.register(timeline())
        made.start()
        made.elect_self_as_master()
        return made

    def told(self, session, event, source="A", **body):
        family = "TIMELINE_1.0" if event.endswith("TIMELINE") else "OTIO_SESSION_1.0"
        envelope = {"source_guid": source, "payload": {"command_schema": family, "command": {"event": event, "payload": body}}}
        return session.apply(envelope)

    def names(self, session):
        return [child.name for child in session.replica.object_map["tl-track"]]

    def test_generations_differ_where_the_reference_changed(self):
        self.assertEqual(quirks_of("seed") - quirks_of(), {
            "ignores-gone-timelines", "drops-what-came-meanwhile", "obeys-selection", "says-looping", "never-announces",
            "knows-no-leases",
        })
        self.assertEqual(len(ALL), 45)
        with self.assertRaises(ValueError):
            quirks_of("latest", having=["flies"])

    def test_a_child_that_stands_already_stands_twice_or_not(self):
        for without, expected in (((), ["a", "b", "c", "a"]), (("doubles-children",), ["a", "b", "c"])):
            session = self.session(without=without)
            self.told(session, "INSERT_CHILD", parent_uuid="tl-track", index=-1, child_data=to_json(clip("a")))
            self.assertEqual(self.names(session), expected)

    def test_what_raises_costs_the_batch_or_itself(self):
        for without, expected in (((), "b"), (("loses-the-batch",), "named")):
            session = self.session(without=without)
            sender = self.bus.connect()
            for path, value in (("source_range", {}), ("name", "named")):
                sender.send_payload({"source_guid": "A", "op": {"repair": True}, "payload": {
                    "command_schema": "OTIO_SESSION_1.0", "command": {"event": "SET_PROPERTY", "payload": {
                        "target_uuid": "b", "path": path, "value": value}}}})
            if without:
                session.tick()
            else:
                self.assertRaises(TypeError, session.tick)
            self.assertEqual(self.names(session)[1], expected)
            told = session.raised[0]
            self.assertEqual((told["source"], told["event"], told["repair"]), ("A", "SET_PROPERTY", True))

    def test_what_names_nothing_is_forgotten_or_tried_again(self):
        for without, expected in (((), ["a", "b", "c"]), (("forgets-unresolved",), ["a", "b", "c", "y"])):
            session = self.session(without=without)
            self.told(session, "INSERT_CHILD", parent_uuid="t2-track", index=-1, child_data=to_json(clip("y")))
            self.assertEqual(session.unresolved, [{"source": "A", "event": "INSERT_CHILD", "repair": False}])
            self.told(session, "ADD_TIMELINE", timeline_guid="t2", timeline=to_json(timeline("t2")))
            self.assertEqual([child.name for child in session.replica.object_map["t2-track"]], expected)

    def test_a_guard_against_echoes_fails_or_holds(self):
        for having, expected in (((), 0), (("says-again",), 1)):
            session = self.session(having=having)
            before = len(self.bus.log)
            for _ in range(2):
                self.told(session, "SET_PROPERTY", target_uuid="a", path="metadata/x/y", value=[1])
            self.assertEqual(len(self.bus.log) - before, expected)

    def test_a_seed_peer_says_what_seed_peers_say(self):
        session = self.session("seed")
        self.assertNotIn("PEER_ANNOUNCE", [each["payload"]["command"]["event"] for each in self.bus.log])
        session.broadcast_playback_state({"playback_mode": "loop", "clip_guid": "a"})
        said = [each["payload"] for each in self.bus.log[-2:]]
        self.assertEqual([each["command_schema"] for each in said], ["SELECTION_1.0", "PLAYBACK_SETTINGS_1.0"])
        self.assertTrue(said[1]["command"]["payload"]["looping"])
        self.assertEqual(session.broadcast_remove_timeline("tl"), SUPPRESSED)


class Users(unittest.TestCase):
    def test_steps_name_what_is_there_by_numbers(self):
        session = Session("s", Bus().connect(), guid="B")
        session.opens = materials.timeline("own")
        session.start()
        session.elect_self_as_master()
        user = User(session)
        steps = {
            "set_name": (1, 0, 0), "insert_clip": (0, 2, 0), "insert_track": (0, 2, 0), "move_within": (0, 4, 0),
            "set_range": (0, 3, 5), "move_between": (0, 1, 0), "remove_item": (2, 0, 0), "annotate": (0, 3, 0),
            "replace_annotation": (0, 0, 0), "add_timeline": (0, 0, 0), "rename_timeline": (1, 2, 0),
            "replace_timeline": (1, 0, 1), "remove_timeline": (1, 0, 0), "partial_annotation": (0, 0, 1),
            "select": (0, 0, 0), "display": (0, 5, 0), "seek": (0, 9, 0),
        }
        for number, (doing, picks) in enumerate(steps.items()):
            said, withheld = user.step(doing, picks, number)
            self.assertTrue(said and not withheld, doing)
        self.assertEqual(user.step("write_note", (0, 0, 0), 99), (0, 0), "it knows no notes")
        self.assertEqual(list(session.replica.timelines)[0], "own")


class Vectors(unittest.TestCase):
    def test_derived_guids(self):
        for key, expected in {
            f"clip_timeline:{CLIP}": "4383319d-313c-5bf0-8b0d-d4caa951b54d",
            f"clip_timeline_video_track:{CLIP}": "72579bcb-65f2-5b18-9517-2097d6342fab",
            f"clip_timeline_ann_track:{CLIP}": "bc94d996-8a8c-5027-b96c-18ba1a606932",
            "rv_sequence:Default Sequence": "f5e35c8d-8ebf-51d2-aafd-7fe66d6b2eca",
        }.items():
            self.assertEqual(derive_guid(key), expected)

    def test_text_of_the_wire(self):
        text = json.dumps({"é": "☃😀", "f": 1e22, "g": 24.0, "h": 0.1, "n": float("nan")})
        self.assertEqual(text, '{"\\u00e9": "\\u2603\\ud83d\\ude00", "f": 1e+22, "g": 24.0, "h": 0.1, "n": NaN}')

    def test_indexes_are_clamped_as_python_lists_do(self):
        for index, place in ((0, 0), (3, 3), (5, 3), (-2, 1), (-10, 0), (-1, 3)):
            replica = Replica()
            replica.register(timeline())
            replica.insert_remote("tl-track", index, to_json(clip("x")))
            names = [child.name for child in replica.object_map["tl-track"]]
            self.assertEqual(names.index("x"), place, index)

    def test_a_move_names_the_place_in_the_shortened_list(self):
        replica = Replica()
        replica.register(timeline())
        replica.move_child("tl-track", "a", 2, remote=True)
        self.assertEqual([child.name for child in replica.object_map["tl-track"]], ["b", "c", "a"])

    def test_missing_event_fields_take_defaults_and_unknown_ones_stay(self):
        event = to_json(parse({"OTIO_SCHEMA": "RectangleAnnotation.1", "uuid": "r", "studio": 1, "timestamp": "t"}))
        self.assertEqual((event["size"], event["studio"], event["timestamp"]), (1.0, 1, "t"))
        self.assertIsNone(to_json(parse({"OTIO_SCHEMA": "TextAnnotation.1"}))["timestamp"])

    def test_the_host_is_a_function_of_the_peer_table(self):
        def peer(app, *capabilities):
            return {"app": app, "capabilities": list(capabilities)}

        peers = {"c": peer("openrv", "visibility"), "b": peer("openrv", "visibility"), "v": peer("sync_viewer")}
        self.assertEqual(authority.elect_host(peers, None, "driver"), "b")
        self.assertEqual(authority.elect_host(peers, "c", "driver"), "c")
        peers["x"] = peer("xStudio", "visibility")
        self.assertEqual(authority.elect_host(peers, "c", "driver"), "x")
        self.assertIsNone(authority.elect_host({"v": peer("sync_viewer")}, None, "driver"))

    def test_the_earlier_claim_wins_except_for_visibility(self):
        position, visibility = authority.Lease("position"), authority.Lease("visibility")
        for lease in (position, visibility):
            lease.claim(10.0, "a")
            lease.claim(9.0, "b")
            lease.claim(11.0, "c")
        self.assertEqual((position.owner_guid, visibility.owner_guid), ("b", "c"))
        position.confirm()
        position.claim(1.0, "z")
        self.assertEqual(position.owner_guid, "b")
        position.release("b")
        self.assertEqual(position.owner_guid, "z")


if __name__ == "__main__":
    unittest.main()
