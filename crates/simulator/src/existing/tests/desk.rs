//! One peer, and somebody who sends it messages.

use lossless_json::{Limits, Object, Style, Value, parse};
use session_core::Now;

use crate::existing::editing::Edit;
use crate::existing::{App, Config, ExistingPeer, Generation, Quirk, Quirks};
use crate::objects::annotated_timeline;

const WALL_US: u64 = 1_790_000_000_000_000;

/// A peer that takes part, and shows the timeline `tl`: `tl-v1` with `tl-c0`, `tl-c1`, `tl-c2`, `tl-v2` with `tl-c3`, and
/// `tl-a` for annotations.
pub(super) struct Desk {
    pub(super) peer: ExistingPeer,
    pub(super) now_us: u64,
}

/// What comes of it with the quirk, and without.
pub(super) fn both<T>(quirk: Quirk, of: impl Fn(&mut Desk) -> T) -> (T, T) {
    let latest = Generation::Latest.quirks();
    (of(&mut Desk::joined(latest.with(quirk))), of(&mut Desk::joined(latest.without(quirk))))
}

pub(super) fn json(text: &str) -> Value {
    parse(text.as_bytes(), &Limits::default()).unwrap().value
}

impl Desk {
    /// A peer named `own` that has not started.
    pub(super) fn idle(quirks: Quirks, app: App) -> Self {
        let config =
            Config { guid: "own".to_owned(), session: "s".to_owned(), app, quirks, opens: None, run: 0 };
        let now_us = 10_000_000;
        let now = Now { monotonic_us: now_us, wall_us: WALL_US + now_us };
        Self { peer: ExistingPeer::new(config, now), now_us }
    }

    /// One that joined `other`, which is master.
    pub(super) fn joined(quirks: Quirks) -> Self {
        Self::joined_in(quirks, App::XStudio)
    }

    pub(super) fn joined_in(quirks: Quirks, app: App) -> Self {
        let mut desk = Self::asking(quirks, app);
        desk.snapshot("other", &[annotated_timeline("tl")], 0.0);
        assert!(desk.peer.takes_part());
        desk.said();
        desk
    }

    /// One that has asked `other` for its state.
    pub(super) fn asking(quirks: Quirks, app: App) -> Self {
        let mut desk = Self::idle(quirks, app);
        desk.peer.start(desk.now());
        desk.tell("LiveSession.1", "I_AM_MASTER", r#"{"master_guid":"other"}"#);
        desk
    }

    pub(super) fn now(&self) -> Now {
        Now { monotonic_us: self.now_us, wall_us: WALL_US + self.now_us }
    }

    /// Now, as messages write it.
    pub(super) fn wall(&self) -> f64 {
        crate::existing::leases::seconds(WALL_US + self.now_us)
    }

    pub(super) fn wait(&mut self, us: u64) {
        self.now_us += us;
        self.peer.poll(self.now());
    }

    /// A message of `source`, not looked at yet.
    pub(super) fn put(&mut self, source: &str, family: &str, event: &str, body: &str) {
        let text = format!(
            r#"{{"session":"s","source_guid":"{source}","payload":{{"command_schema":"{family}","command":{{"event":"{event}","payload":{body}}}}}}}"#
        );
        self.peer.receive(json(&text));
    }

    /// A message of `other`, and a poll.
    pub(super) fn tell(&mut self, family: &str, event: &str, body: &str) {
        self.put("other", family, event, body);
        self.poll();
    }

    pub(super) fn poll(&mut self) {
        self.peer.poll(self.now());
    }

    pub(super) fn patch(&mut self, event: &str, body: &str) {
        self.tell("OTIO_SESSION_1.0", event, body);
    }

    pub(super) fn insert(&mut self, parent: &str, index: i64, child: &Value) {
        let child = child.to_text(Style::Python);
        self.patch(
            "INSERT_CHILD",
            &format!(r#"{{"parent_uuid":"{parent}","index":{index},"child_data":{child}}}"#),
        );
    }

    pub(super) fn move_child(&mut self, parent: &str, child: &str, index: i64) {
        self.patch(
            "MOVE_CHILD",
            &format!(r#"{{"parent_uuid":"{parent}","child_uuid":"{child}","to_index":{index}}}"#),
        );
    }

    pub(super) fn remove(&mut self, parent: &str, child: &str) {
        self.patch("REMOVE_CHILD", &format!(r#"{{"parent_uuid":"{parent}","child_uuid":"{child}"}}"#));
    }

    pub(super) fn set(&mut self, target: &str, path: &str, value: &str) {
        self.patch(
            "SET_PROPERTY",
            &format!(r#"{{"target_uuid":"{target}","path":"{path}","value":{value}}}"#),
        );
    }

    pub(super) fn snapshot(&mut self, source: &str, timelines: &[Value], at: f64) {
        let guid = |timeline: &Value| {
            timeline.at(&["metadata", "sync", "guid"]).and_then(Value::as_str).unwrap().to_owned()
        };
        let timelines: Object = timelines.iter().map(|timeline| (guid(timeline), timeline.clone())).collect();
        let timelines = Value::from(timelines).to_text(Style::Python);
        let body = format!(
            r#"{{"target_guid":"own","timelines":{timelines},"active_timeline_guid":"tl","snapshot_timestamp":{at}}}"#
        );
        self.put(source, "LiveSession.1", "STATE_SNAPSHOT", &body);
        self.poll();
    }

    pub(super) fn edit(&mut self, edit: Edit) -> bool {
        self.peer.edit(self.now(), edit)
    }

    /// What was said since: event and body.
    pub(super) fn said(&mut self) -> Vec<(String, Value)> {
        std::iter::from_fn(|| self.peer.poll_output())
            .map(|text| {
                let command = json(&text).at(&["payload", "command"]).cloned().unwrap();
                let event = command.get("event").and_then(Value::as_str).unwrap().to_owned();
                (event, command.get("payload").cloned().unwrap())
            })
            .collect()
    }

    /// The events of what was said since.
    pub(super) fn events(&mut self) -> Vec<String> {
        self.said().into_iter().map(|(event, _)| event).collect()
    }

    /// How often an event was said since.
    pub(super) fn times(&mut self, event: &str) -> usize {
        self.events().iter().filter(|said| *said == event).count()
    }

    /// The names of what stands in a parent.
    pub(super) fn names(&self, parent: &str) -> Vec<String> {
        let tree = &self.peer.replica.tree;
        let Some(parent) = self.peer.replica.find(parent) else { return Vec::new() };
        tree.children(parent).iter().map(|child| tree.name(*child).to_owned()).collect()
    }

    /// What a GUID leads to has at a path.
    pub(super) fn at(&self, guid: &str, path: &str) -> String {
        let value = self.peer.replica.property(guid, path);
        value.map_or_else(|| "nothing".to_owned(), |value| value.to_text(Style::Digest))
    }

    /// What is written of a timeline.
    pub(super) fn text(&self, timeline: &str) -> String {
        self.peer.replica.digest_texts().get(timeline).cloned().unwrap_or_default()
    }

    pub(super) fn raised(&self) -> Vec<&'static str> {
        self.peer.exceptions.iter().map(|exception| exception.raised.reason.word()).collect()
    }
}
