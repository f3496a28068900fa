//! What everybody looks at: playback, display, selection, the active timeline.
//!
//! Kept beside the document. Of two assertions the later stamp wins, field by field; what a message does not say
//! it does not assert (the reference replaces the whole state and loses what is absent: legacy-protocol §9.4 C14,
//! C15). Stamps are the senders' `sync_timestamp`, or the time of arrival where that is not within five seconds.
//! Fields are kept with their stamps and told with them to peers of ours, so that any two views make the same one
//! in any order; the active timeline follows from what is kept and what is there, never from the way it came about.

use std::collections::BTreeMap;

use lossless_json::{Object, Style, Value};
use session_log::Guid;
use session_wire::{ViewStamp as WireStamp, ViewStamps};

use crate::clock::{Now, microseconds, seconds};
use crate::limits::{STAMP_AHEAD_MAX_US, VIEW_EXTRAS_MAX, VIEW_TIMELINES_MAX};

/// Known playback fields in the order they are written.
const PLAYBACK_FIELDS: [&str; 6] =
    ["playing", "current_time", "playback_mode", "timeline_guid", "view_mode", "clip_guid"];
/// Known display fields in the order they are written.
const DISPLAY_FIELDS: [&str; 4] = ["pan", "zoom", "exposure", "channel"];

/// When, and by whom: the later wins, ties by source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ViewStamp {
    us: u64,
    source: Guid,
}

impl ViewStamp {
    /// Of a message that arrived at `now`.
    pub(crate) fn of(sync_timestamp: Option<f64>, source: &Guid, now: Now) -> Self {
        let said = sync_timestamp.and_then(microseconds);
        let near = said.filter(|us| us.abs_diff(now.wall_us) <= STAMP_AHEAD_MAX_US);
        Self { us: near.unwrap_or(now.wall_us), source: Guid::clone(source) }
    }

    /// Of a message of a peer of ours, however long it was on its way: one that was held up is no younger for that.
    pub(crate) fn of_ours(sync_timestamp: Option<f64>, source: &Guid, now: Now) -> Self {
        let said = sync_timestamp.and_then(microseconds).unwrap_or(now.wall_us);
        Self { us: bounded(said, now), source: Guid::clone(source) }
    }

    /// Of what a peer of ours kept with its stamp.
    fn told(stamp: &WireStamp, now: Now) -> Self {
        Self { us: bounded(stamp.us, now), source: Guid::from(stamp.source_guid.as_str()) }
    }

    /// Of what no message said: everything else goes before it.
    fn of_nobody() -> Self {
        Self { us: 0, source: Guid::from("") }
    }

    fn to_wire(&self) -> WireStamp {
        WireStamp { us: self.us, source_guid: self.source.to_string(), ..WireStamp::default() }
    }

    /// Of a state that somebody else kept: as old as it says, never younger than now.
    pub(crate) fn of_kept(sync_timestamp: Option<f64>, source: &Guid, now: Now) -> Self {
        let said = sync_timestamp.and_then(microseconds).unwrap_or(0);
        Self { us: said.min(now.wall_us), source: Guid::clone(source) }
    }
}

/// A stamp in µs, at most as far ahead of local time as counts.
fn bounded(us: u64, now: Now) -> u64 {
    us.min(now.wall_us.saturating_add(STAMP_AHEAD_MAX_US))
}

#[derive(Clone, Debug)]
struct Field {
    value: Value,
    stamp: ViewStamp,
}

/// Fields with their stamps.
#[derive(Clone, Debug, Default)]
struct Registers {
    fields: BTreeMap<String, Field>,
}

impl Registers {
    /// Sets a field where the stamp is later. Returns whether its value changed.
    fn assert(&mut self, key: &str, value: Value, stamp: &ViewStamp) -> bool {
        let Some(field) = self.fields.get_mut(key) else {
            let room = self.fields.len() < VIEW_EXTRAS_MAX;
            if room {
                self.fields.insert(key.to_owned(), Field { value, stamp: stamp.clone() });
            }
            return room;
        };
        if field.stamp > *stamp {
            return false;
        }
        let changed = field.value != value;
        *field = Field { value, stamp: stamp.clone() };
        changed
    }

    /// Takes in what a peer of ours kept: its fields with their stamps. Returns whether a value changed.
    fn merge(&mut self, values: &Object, stamps: &BTreeMap<String, WireStamp>, now: Now) -> bool {
        let mut changed = false;
        for (key, stamp) in stamps {
            let value = values.get(key).cloned().unwrap_or_default();
            changed |= self.assert(key, value, &ViewStamp::told(stamp, now));
        }
        changed
    }

    fn stamps(&self) -> BTreeMap<String, WireStamp> {
        self.fields.iter().map(|(key, field)| (key.clone(), field.stamp.to_wire())).collect()
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.fields.get(key).map(|field| &field.value).filter(|value| !value.is_null())
    }

    /// All set fields, the known ones first, with the latest stamp.
    fn to_object(&self, known: &[&str]) -> Object {
        let mut object = Object::new();
        let extra = self.fields.keys().map(String::as_str).filter(|key| !known.contains(key));
        for key in known.iter().copied().chain(extra) {
            if let Some(value) = self.get(key) {
                object.insert(key, value.clone());
            }
        }
        if let Some(us) = self.fields.values().map(|field| field.stamp.us).max() {
            object.insert("sync_timestamp", seconds(us));
        }
        object
    }
}

/// What everybody looks at.
#[derive(Clone, Debug, Default)]
pub struct View {
    playback: Registers,
    display: Registers,
    /// Timelines that playback messages named, with the latest stamp of each.
    named: BTreeMap<Guid, ViewStamp>,
    active: Option<Guid>,
}

impl View {
    /// Playback as it stands, as the body of a playback message; empty where nobody asserted anything.
    pub fn playback(&self) -> Object {
        self.playback.to_object(&PLAYBACK_FIELDS)
    }

    /// Display settings as they stand, as the body of a display message; empty where nobody asserted anything.
    pub fn display(&self) -> Object {
        self.display.to_object(&DISPLAY_FIELDS)
    }

    /// The timeline that is shown.
    pub fn active_timeline(&self) -> Option<&Guid> {
        self.active.as_ref()
    }

    /// The clip that is selected or isolated.
    pub fn selected_clip(&self) -> Option<&str> {
        self.playback.get("clip_guid").and_then(Value::as_str)
    }

    /// Whether the transport runs.
    pub fn playing(&self) -> bool {
        self.playback.get("playing").and_then(Value::as_bool).unwrap_or(false)
    }

    /// One playback field.
    pub(crate) fn playback_field(&self, key: &str) -> Option<&Value> {
        self.playback.get(key)
    }

    /// Takes in the body of a playback message. Returns whether anything changed.
    pub(crate) fn assert_playback(&mut self, body: &Object, stamp: &ViewStamp) -> bool {
        let mut changed = false;
        for (key, value) in body.iter().filter(|(_, value)| !value.is_null()) {
            if !matches!(key, "sync_timestamp" | "looping" | "playback_mode" | "view_mode" | "clip_guid") {
                changed |= self.playback.assert(key, value.clone(), stamp);
            }
        }
        if let Some(guid) = body.get("timeline_guid").and_then(Value::as_str) {
            self.name(guid, stamp);
        }
        changed |= self.assert_mode(body, stamp);
        changed | self.assert_visibility(body, stamp)
    }

    /// Remembers that a timeline was named, of many the latest.
    fn name(&mut self, guid: &str, stamp: &ViewStamp) {
        match self.named.get_mut(guid) {
            Some(known) => *known = stamp.clone().max(known.clone()),
            None => drop(self.named.insert(Guid::from(guid), stamp.clone())),
        }
        if self.named.len() > VIEW_TIMELINES_MAX {
            let oldest = self.named.iter().min_by_key(|(_, stamp)| *stamp).map(|(guid, _)| Guid::clone(guid));
            oldest.and_then(|guid| self.named.remove(&guid));
        }
    }

    /// When and by whom everything was asserted, for peers of ours.
    pub(crate) fn stamps(&self) -> ViewStamps {
        ViewStamps {
            playback: self.playback.stamps(),
            display: self.display.stamps(),
            timelines: self.named.iter().map(|(guid, stamp)| (guid.to_string(), stamp.to_wire())).collect(),
            ..ViewStamps::default()
        }
    }

    /// Takes in the playback that a peer of ours kept. Returns whether anything changed.
    pub(crate) fn merge_playback(&mut self, values: &Object, stamps: &ViewStamps, now: Now) -> bool {
        for (guid, stamp) in &stamps.timelines {
            self.name(guid, &ViewStamp::told(stamp, now));
        }
        self.playback.merge(values, &stamps.playback, now)
    }

    /// Takes in the display settings that a peer of ours kept. Returns whether anything changed.
    pub(crate) fn merge_display(&mut self, values: &Object, stamps: &ViewStamps, now: Now) -> bool {
        self.display.merge(values, &stamps.display, now)
    }

    /// One short text for what is looked at and since when, as `state` tells it: the same thing said again is younger,
    /// and who missed that shows another `sync_timestamp`.
    pub(crate) fn digest(&self) -> String {
        let mut shown = Object::new();
        shown.insert("playback", self.playback());
        shown.insert("display", self.display());
        shown.insert("active", self.active.as_deref());
        blake3::hash(Value::from(shown).to_text(Style::Digest).as_bytes()).to_hex().to_string()
    }

    /// `playback_mode`, or what `looping` of older peers says; both are kept in step.
    fn assert_mode(&mut self, body: &Object, stamp: &ViewStamp) -> bool {
        let mode = body.get("playback_mode").and_then(Value::as_str);
        let looping = body.get("looping").and_then(Value::as_bool);
        let Some(mode) = mode.or(looping.map(|looping| if looping { "loop" } else { "play-once" })) else {
            return false;
        };
        self.playback.assert("looping", Value::Bool(mode != "play-once"), stamp);
        self.playback.assert("playback_mode", mode.into(), stamp)
    }

    /// `view_mode` and `clip_guid` are one assertion: a sequence view without a clip selects none.
    fn assert_visibility(&mut self, body: &Object, stamp: &ViewStamp) -> bool {
        let mode = body.get("view_mode").filter(|mode| !mode.is_null());
        let clip = body.get("clip_guid").filter(|clip| !clip.is_null());
        let mut changed = false;
        if let Some(mode) = mode {
            changed |= self.playback.assert("view_mode", mode.clone(), stamp);
        }
        if mode.is_some() || clip.is_some() {
            changed |= self.playback.assert("clip_guid", clip.cloned().unwrap_or_default(), stamp);
        }
        changed
    }

    /// Takes in the body of a display message. Returns whether anything changed.
    pub(crate) fn assert_display(&mut self, body: &Object, stamp: &ViewStamp) -> bool {
        let said = body.iter().filter(|(key, value)| *key != "sync_timestamp" && !value.is_null());
        let mut changed = false;
        for (key, value) in said {
            changed |= self.display.assert(key, value.clone(), stamp);
        }
        changed
    }

    /// Lets the active timeline follow what playback named and what is there: of `timelines`, those that can be
    /// active, the one that was named last, else the first. Returns whether it changed.
    pub(crate) fn follow(&mut self, timelines: &[Guid]) -> bool {
        let named = timelines.iter().filter_map(|guid| Some((self.named.get(guid)?, guid)));
        let active = named.max().map(|(_, guid)| guid).or_else(|| timelines.first()).cloned();
        let changed = active != self.active;
        self.active = active;
        changed
    }

    /// What a base says is active, until a message names another one.
    pub(crate) fn adopt_active(&mut self, guid: Option<&str>) {
        if let Some(guid) = guid {
            self.name(guid, &ViewStamp::of_nobody());
            self.active = Some(Guid::from(guid));
        }
    }

    /// What an existing master says is active now.
    pub(crate) fn take_active(&mut self, guid: &str, source: &Guid, now: Now) {
        self.name(guid, &ViewStamp::of(None, source, now));
    }
}

#[cfg(test)]
mod tests {
    use lossless_json::{Object, Value};
    use session_log::Guid;

    use super::{View, ViewStamp};
    use crate::clock::Now;

    fn now(seconds: u64) -> Now {
        Now { monotonic_us: seconds * 1_000_000, wall_us: seconds * 1_000_000 }
    }

    fn stamp(source: &str, at: f64) -> ViewStamp {
        ViewStamp::of(Some(at), &Guid::from(source), now(1000))
    }

    fn body(fields: &[(&str, Value)]) -> Object {
        fields.iter().map(|(key, value)| (*key, value.clone())).collect()
    }

    #[test]
    fn what_a_message_does_not_say_it_does_not_assert() {
        let mut view = View::default();
        let shown =
            body(&[("view_mode", "source".into()), ("clip_guid", "c".into()), ("playing", true.into())]);
        view.assert_playback(&shown, &stamp("a", 1000.0));
        view.assert_playback(&body(&[("playing", false.into())]), &stamp("b", 1001.0));
        view.assert_playback(&Object::new(), &stamp("b", 1002.0));
        assert_eq!(view.selected_clip(), Some("c"));
        assert!(!view.playing());
    }

    #[test]
    fn a_sequence_view_without_a_clip_selects_none() {
        let mut view = View::default();
        view.assert_playback(
            &body(&[("view_mode", "source".into()), ("clip_guid", "c".into())]),
            &stamp("a", 1.0),
        );
        view.assert_playback(&body(&[("view_mode", "sequence".into())]), &stamp("a", 1001.0));
        assert_eq!(view.selected_clip(), None);
    }

    #[test]
    fn the_later_stamp_wins_in_any_order_and_ties_go_by_source() {
        let said = [("a", 1001.0, 1_i64), ("b", 1001.0, 2), ("c", 1000.5, 3)];
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
            let mut view = View::default();
            for (source, at, zoom) in order.map(|index: usize| said[index]) {
                view.assert_display(&body(&[("zoom", zoom.into())]), &stamp(source, at));
            }
            assert_eq!(view.display().get("zoom"), Some(&Value::from(2_i64)));
        }
    }

    #[test]
    fn a_stamp_far_from_arrival_counts_as_arrival() {
        let mut view = View::default();
        view.assert_display(&body(&[("zoom", 1_i64.into())]), &stamp("a", 9_999_999.0));
        view.assert_display(&body(&[("zoom", 2_i64.into())]), &stamp("a", 1001.0));
        assert_eq!(view.display().get("zoom"), Some(&Value::from(2_i64)));
    }

    #[test]
    fn looping_of_older_peers_sets_the_mode_and_both_are_told() {
        let mut view = View::default();
        view.assert_playback(&body(&[("looping", false.into())]), &stamp("a", 1000.0));
        assert_eq!(view.playback().get("playback_mode"), Some(&"play-once".into()));
        view.assert_playback(&body(&[("playback_mode", "ping-pong".into())]), &stamp("a", 1001.0));
        assert_eq!(view.playback().get("looping"), Some(&true.into()));
    }

    #[test]
    fn the_active_timeline_falls_to_the_first_that_remains() {
        let (a, b) = (Guid::from("a"), Guid::from("b"));
        let mut view = View::default();
        assert!(view.follow(&[a.clone(), b.clone()]));
        view.assert_playback(&body(&[("timeline_guid", "b".into())]), &stamp("x", 1000.0));
        assert!(view.follow(&[a.clone(), b.clone()]));
        assert_eq!(view.active_timeline(), Some(&b));
        assert!(view.follow(std::slice::from_ref(&a)));
        assert_eq!(view.active_timeline(), Some(&a));
        assert!(view.follow(&[]));
        assert_eq!(view.active_timeline(), None);
    }
}
