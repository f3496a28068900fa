//! Messages of all kinds for an existing peer, sound and odd, about what it holds and what it does not.

use lossless_json::{Limits, Object, Style, Value, parse};

use super::leases::seconds;
use super::peer::ExistingPeer;
use super::script::one_of;
use crate::objects::{
    annotated_timeline, annotation, clip, clip_timeline, gap, range, stroke, timeline, track,
};
use crate::random::Random;

/// What a message is drawn from.
pub(super) struct Messages<'a> {
    pub(super) random: &'a mut Random,
    pub(super) peer: &'a ExistingPeer,
    /// The time, in microseconds.
    pub(super) wall: u64,
}

#[derive(Clone, Copy)]
enum Kind {
    Set,
    Insert,
    Move,
    Remove,
    Replace,
    Timeline,
    View,
    Presence,
    Lease,
    Mastership,
    Snapshot,
    Odd,
}

const KINDS: &[(u64, Kind)] = &[
    (12, Kind::Set),
    (16, Kind::Insert),
    (10, Kind::Move),
    (8, Kind::Remove),
    (5, Kind::Replace),
    (6, Kind::Timeline),
    (6, Kind::View),
    (4, Kind::Presence),
    (4, Kind::Lease),
    (4, Kind::Mastership),
    (5, Kind::Snapshot),
    (1, Kind::Odd),
];

fn text(value: &Value) -> String {
    value.to_text(Style::Python)
}

impl Messages<'_> {
    pub(super) fn message(&mut self) -> Value {
        let kind = self.random.weighted(KINDS).unwrap_or(Kind::Set);
        let (family, event, body) = match kind {
            Kind::Set => ("OTIO_SESSION_1.0", "SET_PROPERTY", self.set()),
            Kind::Insert => ("OTIO_SESSION_1.0", "INSERT_CHILD", self.insert()),
            Kind::Move => {
                let (parent, child) = self.child();
                let index = self.index();
                let fields = format!(r#""parent_uuid":"{parent}","child_uuid":"{child}","to_index":{index}"#);
                ("OTIO_SESSION_1.0", "MOVE_CHILD", fields)
            }
            Kind::Remove => {
                let (parent, child) = self.child();
                let fields = format!(r#""parent_uuid":"{parent}","child_uuid":"{child}""#);
                ("OTIO_SESSION_1.0", "REMOVE_CHILD", fields)
            }
            Kind::Replace => {
                let guid = one_of(self.random, &self.annotations()).unwrap_or_else(|| self.guid());
                let events = if self.random.chance(30) { Vec::new() } else { self.stroke() };
                let fields =
                    format!(r#""annotation_clip_guid":"{guid}","commands":{}"#, text(&events.into()));
                ("OTIO_SESSION_1.0", "REPLACE_ANNOTATION_COMMANDS", fields)
            }
            Kind::Timeline => self.timeline(),
            Kind::View => self.view(),
            Kind::Presence => self.presence(),
            Kind::Lease => self.lease(),
            Kind::Mastership => self.mastership(),
            Kind::Snapshot => ("LiveSession.1", "STATE_SNAPSHOT", self.snapshot()),
            Kind::Odd => return self.odd(),
        };
        let source = self.source();
        let at = self.timestamp();
        read(&format!(
            r#"{{"session":"s","source_guid":"{source}","payload":{{"command_schema":"{family}","command":{{"event":"{event}","payload":{{{body},"sync_timestamp":{at}}}}}}}}}"#
        ))
    }

    fn source(&mut self) -> &'static str {
        one_of(self.random, &["other", "other", "another", "another", "third", "own"]).unwrap_or("other")
    }

    /// Two seconds around the peer's own clock.
    fn timestamp(&mut self) -> String {
        let at = self.wall + self.random.below(4_000_000) - 2_000_000;
        text(&seconds(at).into())
    }

    fn guid(&mut self) -> String {
        let guids: Vec<String> = self.peer.replica.objects.keys().cloned().collect();
        let known = one_of(self.random, &guids).filter(|_| self.random.chance(92));
        known.unwrap_or_else(|| "nobody".to_owned())
    }

    fn of_schema(&mut self, schema: &str) -> String {
        let replica = &self.peer.replica;
        let of = replica.objects.iter().filter(|(_, id)| replica.tree.schema(**id) == schema);
        let of: Vec<String> = of.map(|(guid, _)| guid.clone()).collect();
        one_of(self.random, &of).unwrap_or_else(|| "nobody".to_owned())
    }

    fn annotations(&self) -> Vec<String> {
        let replica = &self.peer.replica;
        let drawn = replica.objects.iter().filter(|(_, id)| !replica.commands(**id).is_empty());
        drawn.map(|(guid, _)| guid.clone()).collect()
    }

    /// A parent and a child, mostly its own.
    fn child(&mut self) -> (String, String) {
        let parent = if self.random.chance(85) { self.of_schema("Track") } else { self.guid() };
        let replica = &self.peer.replica;
        let children = replica.find(&parent).map(|id| replica.tree.children(id)).unwrap_or_default();
        let children: Vec<String> =
            children.iter().filter_map(|child| replica.tree.guid(*child).map(str::to_owned)).collect();
        let child = one_of(self.random, &children).filter(|_| self.random.chance(90));
        let child = child.unwrap_or_else(|| self.guid());
        (parent, child)
    }

    fn index(&mut self) -> i64 {
        self.random.below(13).cast_signed() - 3
    }

    fn stroke(&mut self) -> Vec<Value> {
        stroke(&format!("s{}", self.random.below(6)))
    }

    fn set(&mut self) -> String {
        let ranged = text(&range(1, 2));
        let choices = [
            ("name", r#""named""#),
            ("name", "5"),
            ("enabled", "false"),
            ("enabled", "null"),
            ("kind", r#""Audio""#),
            ("source_range", "null"),
            ("source_range", ranged.as_str()),
            ("color", "null"),
            ("sparkle", "1"),
            ("global_start_time", "null"),
            ("transition_type", r#""x""#),
            ("active_media_reference_key", r#""DEFAULT_MEDIA""#),
            ("metadata/a", "5"),
            ("metadata/a", r#"{"b":1,"c":{"d":2}}"#),
            ("metadata/a/b", "7"),
            ("metadata/a/b/c", "8"),
            ("metadata/n", "null"),
            ("metadata/n/x", "1"),
            ("metadata/list", "[1,2.5]"),
            ("metadata/list/0", "1"),
            ("metadata/big", "18446744073709551615"),
            ("metadata/new/deep/key", r#""deep""#),
        ];
        let (path, value) = one_of(self.random, &choices).unwrap_or(("name", "5"));
        let target = self.guid();
        format!(r#""target_uuid":"{target}","path":"{path}","value":{value}"#)
    }

    fn insert(&mut self) -> String {
        let number = self.random.below(1_000);
        let parent = match self.random.below(10) {
            0 => self.guid(),
            1 => self.of_schema("Stack"),
            _ => self.of_schema("Track"),
        };
        let child = match self.random.below(9) {
            0 => gap(1 + number % 20),
            1 => track(&format!("track{number}"), &[format!("inside{number}")]),
            2 | 3 => clip(&format!("known{}", number % 4)),
            4..=6 => {
                let of = format!("tl-c{}", number % 2);
                annotation(&format!("a{number}"), &of, number % 4, self.stroke(), None)
            }
            _ => clip(&format!("n{number}")),
        };
        let index = if self.random.chance(40) { -1 } else { self.index() };
        format!(r#""parent_uuid":"{parent}","index":{index},"child_data":{}"#, text(&child))
    }

    fn some_timeline(&mut self) -> (String, Value) {
        let number = self.random.below(3);
        match self.random.below(4) {
            0 => ("of-c0".to_owned(), clip_timeline("of-c0", "tl-c0")),
            1 => ("tl".to_owned(), annotated_timeline("tl")),
            2 => (format!("t{number}"), timeline(&format!("t{number}"))),
            _ => {
                let held: Vec<String> =
                    self.peer.replica.timelines.iter().map(|(guid, _)| guid.clone()).collect();
                let guid = one_of(self.random, &held).unwrap_or_else(|| "tl".to_owned());
                (guid.clone(), timeline(&guid))
            }
        }
    }

    fn timeline(&mut self) -> (&'static str, &'static str, String) {
        let (guid, value) = self.some_timeline();
        let whole = format!(r#""timeline_guid":"{guid}","timeline":{}"#, text(&value));
        let (event, body) = match self.random.below(4) {
            0 => ("RENAME_TIMELINE", format!(r#""timeline_guid":"{guid}","name":"renamed""#)),
            1 => ("REMOVE_TIMELINE", format!(r#""timeline_guid":"{guid}""#)),
            2 => ("REPLACE_TIMELINE", whole),
            _ => ("ADD_TIMELINE", whole),
        };
        ("TIMELINE_1.0", event, body)
    }

    fn view(&mut self) -> (&'static str, &'static str, String) {
        let (guid, _) = self.some_timeline();
        match self.random.below(5) {
            0 => ("DISPLAY_SETTINGS_1.0", "SET", r#""zoom":2.0,"exposure":0.5"#.to_owned()),
            1 => ("SELECTION_1.0", "SET", r#""clip_guid":"tl-c1","view_mode":"source""#.to_owned()),
            2 => ("Annotation.1", "PARTIAL", r#""clip_guid":"tl-c1","frame":1.0,"events":[]"#.to_owned()),
            3 => ("PLAYBACK_SETTINGS_1.0", "SET", format!(r#""playing":true,"timeline_guid":"{guid}""#)),
            _ => ("PLAYBACK_SETTINGS_1.0", "SET", r#""clip_guid":"tl-c0","view_mode":"source""#.to_owned()),
        }
    }

    fn presence(&mut self) -> (&'static str, &'static str, String) {
        let guid = one_of(self.random, &["other", "another", "third"]).unwrap_or("other");
        let app = one_of(self.random, &["openrv", "xstudio", "sync_viewer"]).unwrap_or("openrv");
        let (event, body) = match self.random.below(6) {
            0 => ("PEER_DEPART", format!(r#""peer_guid":"{guid}""#)),
            1 => {
                let user = one_of(self.random, &["own", "other"]).unwrap_or("own");
                let role =
                    one_of(self.random, &["driver", "driver", "reviewer", "viewer"]).unwrap_or("driver");
                ("SET_PEER_ROLE", format!(r#""user":"{user}","role":"{role}""#))
            }
            number => {
                let capabilities = if number % 2 == 0 { r#"["visibility"]"# } else { "[]" };
                let fields = format!(r#""peer_guid":"{guid}","app":"{app}","capabilities":{capabilities}"#);
                ("PEER_ANNOUNCE", fields)
            }
        };
        ("LiveSession.1", event, body)
    }

    fn lease(&mut self) -> (&'static str, &'static str, String) {
        let guid = one_of(self.random, &["other", "another"]).unwrap_or("other");
        let channels = ["position", "display", "structure", "visibility"];
        let channel = one_of(self.random, &channels).unwrap_or("position");
        if self.random.chance(30) {
            let body = format!(r#""category":"{channel}","peer_guid":"{guid}""#);
            return ("BROADCAST_OWNERSHIP_1.0", "RELEASE_OWNERSHIP", body);
        }
        let at = self.timestamp();
        let body = format!(r#""category":"{channel}","peer_guid":"{guid}","claim_ts":{at}"#);
        ("BROADCAST_OWNERSHIP_1.0", "CLAIM_OWNERSHIP", body)
    }

    fn mastership(&mut self) -> (&'static str, &'static str, String) {
        let guid = one_of(self.random, &["other", "another"]).unwrap_or("other");
        let (event, body) = match self.random.below(4) {
            0 => ("WHO_IS_MASTER", format!(r#""requester_guid":"{guid}""#)),
            1 => ("STATE_REQUEST", format!(r#""target_guid":"own","requester_guid":"{guid}""#)),
            _ => ("I_AM_MASTER", format!(r#""master_guid":"{guid}""#)),
        };
        ("LiveSession.1", event, body)
    }

    fn snapshot(&mut self) -> String {
        let target = if self.random.chance(80) { "own" } else { "another" };
        let mut timelines: Object = [("tl", annotated_timeline("tl"))].into_iter().collect();
        if self.random.chance(50) {
            timelines.insert("of-c0", clip_timeline("of-c0", "tl-c0"));
        }
        if self.random.chance(30) {
            timelines = self.peer.replica.wire_timelines();
        }
        let at = self.timestamp();
        let sections = match self.random.below(4) {
            0 => r#""playback_state":{"playing":false},"display_state":{"zoom":3.0},"#,
            1 => r#""host_guid":"other","peers":{"other":{"app":"openrv","capabilities":["visibility"]}},"#,
            2 => r#""broadcast_ownership":{"structure":{"owner_guid":"other","remaining_ms":700.5}},"#,
            _ => "",
        };
        let timelines = text(&timelines.into());
        format!(
            r#""target_guid":"{target}","timelines":{timelines},"active_timeline_guid":"tl",{sections}"snapshot_timestamp":{at}"#
        )
    }

    fn odd(&mut self) -> Value {
        let choices = [
            r#"{"source_guid":5,"payload":{}}"#,
            r#"{"source_guid":"other","payload":{"command_schema":"Sparkle","command":{"event":"X"}}}"#,
            r#"{"source_guid":"other","payload":{"command_schema":"PLAYBACK_SETTINGS_1.0","command":{"event":"SET","payload":[]}}}"#,
            r#"{"source_guid":"other","payload":{"command_schema":"LiveSession.1","command":{"event":"STATE_SNAPSHOT","payload":{"target_guid":"own","timelines":[]}}}}"#,
            r#"{"source_guid":"other","payload":{"command_schema":"OTIO_SESSION_1.0","command":{"event":"INSERT_CHILD","payload":{"parent_uuid":"tl-v1","index":"0","child_data":{"OTIO_SCHEMA":"Gap.1"}}}}}"#,
            r#"{"source_guid":"other","payload":{"command_schema":"OTIO_SESSION_1.0","command":{"event":"INSERT_CHILD","payload":{"parent_uuid":"tl-v1","index":0,"child_data":{"OTIO_SCHEMA":"Clip.9"}}}}}"#,
            r#"{"source_guid":"other","payload":{"command_schema":"OTIO_SESSION_1.0","command":{"event":"INSERT_CHILD","payload":{"parent_uuid":"tl-v1","index":0,"child_data":{"OTIO_SCHEMA":"Clip.2"}}}}}"#,
        ];
        read(one_of(self.random, &choices).unwrap_or("{}"))
    }
}

fn read(text: &str) -> Value {
    parse(text.as_bytes(), &Limits::default()).map(|read| read.value).unwrap_or_default()
}
