//! A peer written in Python that does what a latest reference peer does joins a session that we host, and we join one
//! that it hosts: after every edit from either side, one at a time, both hold the same.

use std::path::Path;

use lossless_json::{Object, Value};

use crate::common::compare::{assert_same, differences, json, without_display};
use crate::common::edits::{Scene, clip, fields, stroke, timeline};
use crate::common::host::Host;
use crate::common::lines::eventually;
use crate::common::material::{broker, checkout, python};
use crate::common::participant::Participant;
use crate::common::reference_peer::ReferencePeer;

/// What Python reads of floats goes through opentimelineio's inexact reader.
const ULPS: u64 = 8;

/// One of ours and one of theirs in the same session.
struct Pair {
    ours: Participant,
    theirs: ReferencePeer,
}

#[test]
fn in_a_session_that_we_host() {
    let (Some(broker), Some(python)) = (broker(), python()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let files: &[&Path] = &[&checkout("examples/dailies.otio")];
    let host = Host::start("we-host", files, &folder.path().join("data"), &["--amqp", &broker]);
    let mut theirs = ReferencePeer::start(&python, &broker, "we-host", "reference");
    theirs.must("join", fields! {});
    theirs.synced();
    let ours = Participant::join("Anna", &host.address);
    let mut pair = Pair { ours, theirs };
    assert_eq!(
        pair.theirs.state().get("is_master"),
        Some(&Value::Bool(false)),
        "the host of ours stays master"
    );
    pair.edit_in_turns();
    let late = ReferencePeer::start(&python, &broker, "we-host", "late");
    pair.another_joins(late);
    pair.part();
    host.close();
}

#[test]
fn in_a_session_that_it_hosts() {
    let (Some(broker), Some(python)) = (broker(), python()) else { return };
    let mut theirs = ReferencePeer::start(&python, &broker, "it-hosts", "reference");
    theirs.must("host", fields! { "file": checkout("examples/dailies.otio").display().to_string() });
    theirs.synced();
    let ours = Participant::join("Anna", &format!("{broker}#it-hosts"));
    let mut pair = Pair { ours, theirs };
    pair.edit_in_turns();
    let late = ReferencePeer::start(&python, &broker, "it-hosts", "late");
    pair.another_joins(late);
    assert_eq!(pair.theirs.state().get("is_master"), Some(&Value::Bool(true)), "it stays master");
    pair.part();
}

#[test]
fn over_datagrams_in_a_session_that_we_host() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let address = everybody_here();
    let files: &[&Path] = &[&checkout("examples/dailies.otio")];
    let more = ["--udp", &format!("udp://{address}")];
    let host = Host::start("we-host-datagrams", files, &folder.path().join("data"), &more);
    let mut theirs = ReferencePeer::start_on_udp(&python, &address, "we-host-datagrams", "reference");
    theirs.must("join", fields! {});
    theirs.synced();
    let ours = Participant::join("Anna", &host.address);
    let mut pair = Pair { ours, theirs };
    pair.edit_in_turns();
    let late = ReferencePeer::start_on_udp(&python, &address, "we-host-datagrams", "late");
    pair.another_joins(late);
    pair.part();
    host.close();
}

#[test]
fn over_datagrams_in_a_session_that_it_hosts() {
    let Some(python) = python() else { return };
    let address = everybody_here();
    let mut theirs = ReferencePeer::start_on_udp(&python, &address, "it-hosts-datagrams", "reference");
    theirs.must("host", fields! { "file": checkout("examples/dailies.otio").display().to_string() });
    theirs.synced();
    let ours = Participant::join("Anna", &format!("udp://{address}/it-hosts-datagrams"));
    let mut pair = Pair { ours, theirs };
    pair.edit_in_turns();
    pair.part();
}

/// An address that reaches every peer on this machine, at a port that nobody uses.
fn everybody_here() -> String {
    let port = std::net::UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
    format!("127.255.255.255:{port}")
}

impl Pair {
    fn edit_in_turns(&mut self) {
        self.assert_equal("joining");
        self.our_edits();
        self.their_edits();
        self.drawings_in_turns();
        self.views();
        self.roles();
        let state = self.theirs.state();
        assert_eq!(
            state.get("unresolved_patch_count").and_then(Value::as_u64),
            Some(0),
            "it found all it was told of"
        );
        assert_eq!(state.get("structure_diverged"), Some(&Value::Bool(false)));
    }

    fn our_edits(&mut self) {
        let scene = self.scene();
        let (first, second) = (scene.clip(0).to_owned(), scene.clip(1).to_owned());
        let track = scene.parent_of(&first).to_owned();
        self.we(
            "set_property",
            fields! { "target_uuid": first.as_str(), "path": "name", "value": "ours é☃😀" },
        );
        self.we(
            "set_property",
            fields! { "target_uuid": first.as_str(), "path": "metadata/grade/slope", "value": 0.1 },
        );
        let color = json(r#"{"config":"studio","working_space":"ACEScg"}"#);
        self.we(
            "set_property",
            fields! { "target_uuid": first.as_str(), "path": "metadata/color", "value": color },
        );
        self.we("set_property", fields! { "target_uuid": first.as_str(), "path": "enabled", "value": false });
        self.we(
            "insert_child",
            fields! { "parent_uuid": track.as_str(), "index": 1_i64, "child_data": clip("ours-1") },
        );
        self.we(
            "insert_child",
            fields! { "parent_uuid": track.as_str(), "index": -1_i64, "child_data": clip("ours-2") },
        );
        self.we(
            "move_child",
            fields! { "parent_uuid": track.as_str(), "child_uuid": "ours-1", "to_index": 0_i64 },
        );
        self.we("undo", fields! {});
        self.we("redo", fields! {});
        self.we("remove_child", fields! { "parent_uuid": track.as_str(), "child_uuid": "ours-2" });
        self.our_annotations(&second);
        self.we("add_timeline", fields! { "timeline": timeline("ours-tl", &["ours-a", "ours-b"]) });
        self.we("rename_timeline", fields! { "timeline_guid": "ours-tl", "name": "renamed by us" });
        let body = timeline("ours-tl", &["ours-c"]);
        self.we("replace_timeline", fields! { "timeline_guid": "ours-tl", "timeline": body });
        self.we("remove_timeline", fields! { "timeline_guid": "ours-tl" });
    }

    fn our_annotations(&mut self, clip_guid: &str) {
        let drawn = self.we(
            "annotate",
            fields! { "clip_guid": clip_guid, "frame": 5_i64, "events": stroke("our-stroke-1") },
        );
        self.we(
            "annotate",
            fields! { "clip_guid": clip_guid, "frame": 5_i64, "events": stroke("our-stroke-2") },
        );
        self.we(
            "annotate",
            fields! { "clip_guid": clip_guid, "frame": 2_i64, "events": stroke("our-stroke-3") },
        );
        let guid = drawn.get("guid").and_then(Value::as_str).unwrap();
        self.we(
            "replace_annotation",
            fields! { "annotation_clip_guid": guid, "commands": stroke("our-stroke-4") },
        );
        let nothing = Vec::<Value>::new();
        self.we("replace_annotation", fields! { "annotation_clip_guid": guid, "commands": nothing });
        let note = fields! { "clip_guid": clip_guid, "frame": 7_i64, "text": "too dark", "status": "open" };
        self.we("note", note);
    }

    fn their_edits(&mut self) {
        let scene = self.scene();
        let (first, second, third) =
            (scene.clip(0).to_owned(), scene.clip(1).to_owned(), scene.clip(2).to_owned());
        let track = scene.parent_of(&first).to_owned();
        self.they(
            "set_property",
            fields! { "target_uuid": second.as_str(), "path": "name", "value": "theirs é☃😀" },
        );
        self.they(
            "set_property",
            fields! { "target_uuid": second.as_str(), "path": "metadata/a/b/c", "value": 2.5 },
        );
        let color = json(r#"{"config":"studio","output_space":"sRGB"}"#);
        self.they(
            "set_property",
            fields! { "target_uuid": second.as_str(), "path": "metadata/color", "value": color },
        );
        self.they(
            "insert_child",
            fields! { "parent_uuid": track.as_str(), "index": 0_i64, "child_data": clip("theirs-1") },
        );
        self.they(
            "insert_child",
            fields! { "parent_uuid": track.as_str(), "index": -1_i64, "child_data": clip("theirs-2") },
        );
        self.they(
            "move_child",
            fields! { "parent_uuid": track.as_str(), "child_uuid": "theirs-2", "to_index": 1_i64 },
        );
        self.they("remove_child", fields! { "parent_uuid": track.as_str(), "child_uuid": "theirs-1" });
        let drawn = self.they(
            "annotate",
            fields! { "clip_guid": third.as_str(), "frame": 4_i64, "events": stroke("their-1") },
        );
        self.they(
            "annotate",
            fields! { "clip_guid": third.as_str(), "frame": 4_i64, "events": stroke("their-2") },
        );
        self.they(
            "annotate",
            fields! { "clip_guid": second.as_str(), "frame": 1_i64, "events": stroke("their-3") },
        );
        let guid = drawn.get("guid").and_then(Value::as_str).unwrap();
        self.they(
            "replace_annotations",
            fields! { "annotation_clip_guid": guid, "events": stroke("their-4") },
        );
        self.they("add_timeline", fields! { "timeline": timeline("their-tl", &["their-a"]) });
        self.they("rename_timeline", fields! { "timeline_guid": "their-tl", "name": "renamed by them" });
        let body = timeline("their-tl", &["their-b", "their-c"]);
        self.they("replace_timeline", fields! { "timeline_guid": "their-tl", "timeline": body });
        self.they("remove_timeline", fields! { "timeline_guid": "their-tl" });
    }

    /// Each draws on what the other drew, and takes it away, without waiting longer than it takes to arrive.
    fn drawings_in_turns(&mut self) {
        let clip_guid = self.scene().clip(3).to_owned();
        let on_frame = |frame: i64, uuid: &str| fields! { "clip_guid": clip_guid.as_str(), "frame": frame, "events": stroke(uuid) };
        let theirs = self.they("annotate", on_frame(3, "in-turns-1"));
        self.we("annotate", on_frame(3, "in-turns-2"));
        let guid = theirs.get("guid").and_then(Value::as_str).unwrap();
        let nothing = Vec::<Value>::new();
        self.they("replace_annotations", fields! { "annotation_clip_guid": guid, "events": nothing.clone() });
        self.they("annotate", on_frame(3, "in-turns-3"));
        self.we(
            "replace_annotation",
            fields! { "annotation_clip_guid": guid, "commands": stroke("in-turns-4") },
        );
        self.they("annotate", on_frame(3, "in-turns-5"));
        self.we("replace_annotation", fields! { "annotation_clip_guid": guid, "commands": nothing });
        let ours = self.we("annotate", on_frame(1, "in-turns-6"));
        let guid = ours.get("guid").and_then(Value::as_str).unwrap();
        let events = stroke("in-turns-7");
        self.they("replace_annotations", fields! { "annotation_clip_guid": guid, "events": events });
        let unsaid = json(
            r#"[{"OTIO_SCHEMA":"PaintStart.1"},{"OTIO_SCHEMA":"PaintPoint.1","points":{"OTIO_SCHEMA":"PaintVertices.1","x":[0.5],"y":[0.5]}},
                {"OTIO_SCHEMA":"TextAnnotation.1","text":"hm"},{"OTIO_SCHEMA":"RectangleAnnotation.1"},
                {"OTIO_SCHEMA":"EllipseAnnotation.1"},{"OTIO_SCHEMA":"ArrowAnnotation.1"},{"OTIO_SCHEMA":"PaintEnd.1"}]"#,
        );
        self.we("annotate", fields! { "clip_guid": clip_guid.as_str(), "frame": 9_i64, "events": unsaid });
    }

    /// Roles are given by either side, more than once to the same user.
    fn roles(&mut self) {
        for role in ["reviewer", "driver", "reviewer", "driver"] {
            self.we("set_peer_role", fields! { "user": "reference", "role": role });
            self.they_have("role", &Value::from(role));
        }
        for role in ["viewer", "driver"] {
            self.they("set_peer_role", fields! { "user": "somebody", "role": role });
            let told = self.ours.effect("set_peer_role");
            assert_eq!(told.get("role"), Some(&Value::from(role)));
        }
    }

    fn they_have(&mut self, key: &str, wanted: &Value) {
        eventually(&format!("they have {key} {wanted:?}"), || {
            let state = self.theirs.state();
            if state.get(key) == Some(wanted) { Ok(()) } else { Err(format!("{:?}", state.get(key))) }
        });
    }

    /// One that comes late is told all of it, and what is shown.
    fn another_joins(&mut self, mut late: ReferencePeer) {
        late.must("join", fields! {});
        late.synced();
        let (ours, told) = (self.ours.state(), late.state());
        let timelines = |state: &Value| without_display(state.get("timelines").unwrap());
        assert_same("what a late joiner is told", &timelines(&ours), &timelines(&told), ULPS);
        for path in [
            ["playback_state", "current_time", "value"].as_slice(),
            &["playback_state", "playing"],
            &["display_state", "exposure"],
            &["active_timeline_guid"],
        ] {
            let shown = [ours.at(path), told.at(path)].map(Option::unwrap);
            assert_same(&format!("{path:?}"), shown[0], shown[1], 0);
        }
    }

    /// What is shown travels both ways.
    fn views(&mut self) {
        let clip_guid = self.scene().clip(0).to_owned();
        self.we("seek", fields! { "frame": 12_i64 });
        self.both_show(&["playback_state", "current_time", "value"], &Value::from(12.0));
        self.we("select", fields! { "clip_guid": clip_guid.as_str() });
        self.both_show(&["selected_clip_guid"], &Value::from(clip_guid.as_str()));
        self.we("display", fields! { "exposure": 1.5, "channel": "R" });
        self.both_show(&["display_state", "exposure"], &Value::from(1.5));
        self.we("play", fields! {});
        self.both_show(&["playback_state", "playing"], &Value::Bool(true));
        let time = json(r#"{"OTIO_SCHEMA":"RationalTime.1","value":31.0,"rate":24.0}"#);
        let state = fields! { "playing": false, "current_time": time, "playback_mode": "loop" };
        self.they("playback", fields! { "state": Value::Object(state) });
        self.both_show(&["playback_state", "current_time", "value"], &Value::from(31.0));
        self.both_show(&["playback_state", "playing"], &Value::Bool(false));
        self.they("display", fields! { "state": json(r#"{"pan":[0.0,0.25],"zoom":2.0,"exposure":-1.0}"#) });
        self.both_show(&["display_state", "exposure"], &Value::from(-1.0));
        let state = json(format!(r#"{{"view_mode":"source","clip_guid":"{clip_guid}"}}"#));
        self.we("select", fields! {});
        self.they("playback", fields! { "state": state });
        self.both_show(&["playback_state", "clip_guid"], &Value::from(clip_guid.as_str()));
        let time = json(r#"{"OTIO_SCHEMA":"RationalTime.1","value":31.0,"rate":24.0}"#);
        self.they(
            "playback",
            fields! { "state": Value::Object(fields! { "playing": false, "current_time": time }) },
        );
        self.both_show(&["playback_state", "current_time", "value"], &Value::from(31.0));
        let stroke = fields! { "clip_guid": clip_guid.as_str(), "frame": 3_i64, "fps": 24.0, "events": stroke("partial") };
        self.they("partial_annotation", stroke.clone());
        self.ours.effect("partial_annotation");
        self.we("partial_annotation", stroke);
    }

    fn we(&mut self, command: &str, fields: Object) -> Object {
        let what = format!("our {command} {fields:?}");
        let reply = self.ours.must(command, fields);
        self.assert_equal(&what);
        reply
    }

    fn they(&mut self, command: &str, fields: Object) -> Value {
        let what = format!("their {command} {fields:?}");
        let reply = self.theirs.must(command, fields);
        self.assert_equal(&what);
        reply
    }

    fn assert_equal(&mut self, what: &str) {
        eventually(&format!("both are equal after {what:.300}"), || {
            let (ours, theirs) = (self.ours.state(), self.theirs.state());
            let timelines = |state: &Value| without_display(state.get("timelines").unwrap());
            let found = differences(&timelines(&ours), &timelines(&theirs), ULPS);
            if found.is_empty() { Ok(()) } else { Err(format!("ours != theirs\n  {}", found.join("\n  "))) }
        });
    }

    fn both_show(&mut self, path: &[&str], wanted: &Value) {
        eventually(&format!("both show {path:?} = {wanted:?}"), || {
            let (ours, theirs) = (self.ours.state(), self.theirs.state());
            let shown = [ours.at(path), theirs.at(path)];
            let as_wanted =
                shown.iter().all(|shown| shown.is_some_and(|shown| differences(shown, wanted, 0).is_empty()));
            if as_wanted { Ok(()) } else { Err(format!("ours, theirs: {shown:?}")) }
        });
    }

    fn scene(&mut self) -> Scene {
        Scene::of(&self.ours.state())
    }

    fn part(self) {
        self.ours.quit();
    }
}
