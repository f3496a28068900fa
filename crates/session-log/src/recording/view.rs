//! What was being looked at, as the reference keeps it: each message replaces the whole, in order of arrival.

use std::collections::BTreeMap;

use lossless_json::{Object, Value};
use session_wire::{DisplaySettings, Envelope, Message, PlaybackSettings, StateSnapshot, View as WireView};

use crate::SessionState;

/// Playback, display and selection, and the display settings that timelines carry.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub(super) active_timeline_guid: Option<String>,
    pub(super) playback_state: Object,
    pub(super) display_state: Object,
    pub(super) selected_clip_guid: Option<String>,
    /// Timeline → `metadata.display_settings`.
    pub(super) display_settings: BTreeMap<String, Value>,
}

impl View {
    pub(super) fn playback(&mut self, envelope: &Envelope, body: &PlaybackSettings, state: &SessionState) {
        let Value::Object(fields) = envelope.message.body() else { return };
        if envelope.merges_playback() {
            fields.into_iter().for_each(|(key, value)| drop(self.playback_state.insert(key, value)));
        } else {
            self.playback_state = fields;
        }
        self.selected_clip_guid = body.clip_guid.clone().filter(|guid| !guid.is_empty());
        if let Some(guid) = &body.timeline_guid
            && state.timeline(guid).is_some()
            && !state.is_clip_timeline(guid)
        {
            self.active_timeline_guid = Some(guid.clone());
        }
    }

    pub(super) fn display(&mut self, body: Value, state: &SessionState) {
        let Value::Object(fields) = body else { return };
        let active = self.active_timeline_guid.clone().filter(|guid| state.timeline(guid).is_some());
        let shown = active.or_else(|| state.timelines().next().map(|(guid, _)| guid.to_string()));
        if let Some(guid) = shown {
            let mut settings = fields.clone();
            settings.remove("sync_timestamp");
            self.display_settings.insert(guid, settings.into());
        }
        self.display_state = fields;
    }

    /// What a snapshot shows; what it leaves out stays.
    pub(super) fn snapshot(&mut self, snapshot: &StateSnapshot) {
        self.active_timeline_guid.clone_from(&snapshot.active_timeline_guid);
        self.display_settings.clear();
        for (guid, timeline) in snapshot.timelines.iter() {
            self.timeline_came(guid, timeline);
        }
        self.take_states(snapshot.playback_state.as_deref(), snapshot.display_state.as_deref());
        if snapshot.display_state.is_none() {
            let first = snapshot.timelines.keys().find_map(|guid| self.display_settings.get(guid));
            if let Some(Value::Object(settings)) = first {
                self.display_state = settings.clone();
            }
        }
    }

    /// What a peer of ours shows to one that joins it.
    pub(super) fn joined(&mut self, view: &WireView) {
        if view.active_timeline_guid.is_some() {
            self.active_timeline_guid.clone_from(&view.active_timeline_guid);
        }
        self.take_states(view.playback_state.as_deref(), view.display_state.as_deref());
    }

    fn take_states(&mut self, playback: Option<&PlaybackSettings>, display: Option<&DisplaySettings>) {
        if let Some(Value::Object(fields)) = playback.map(|body| Message::from(body.clone()).body()) {
            self.playback_state = fields;
        }
        if let Some(Value::Object(fields)) = display.map(|body| Message::from(body.clone()).body()) {
            self.display_state = fields;
        }
    }

    /// A timeline came, or another one under its GUID: with its own display settings or none.
    pub(super) fn timeline_came(&mut self, guid: &str, timeline: &Value) {
        match timeline.at(&["metadata", "display_settings"]) {
            Some(settings) => self.display_settings.insert(guid.to_owned(), settings.clone()),
            None => self.display_settings.remove(guid),
        };
    }

    pub(super) fn timeline_left(&mut self, guid: &str) {
        self.display_settings.remove(guid);
        if self.active_timeline_guid.as_deref() == Some(guid) {
            self.active_timeline_guid = None;
        }
    }
}
