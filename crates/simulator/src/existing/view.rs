//! What is looked at (legacy-protocol §1.5.17, §1.5.18, §1.5.21, §2.6).

use lossless_json::{Object, Value};

use super::peer::ExistingPeer;
use super::quirks::Quirk;
use super::replica::is_falsy;

/// Playback messages in one batch beyond which only the last counts.
const COALESCED_BEYOND: usize = 12;

/// What a peer knows of the view.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub(super) playback: Object,
    pub(super) display: Object,
    pub(super) selected: Option<String>,
    /// Strokes that others are drawing: told to the application, stored nowhere.
    pub(super) partials: u64,
}

impl ExistingPeer {
    pub(super) fn on_playback(&mut self, body: &Object) {
        if self.has(Quirk::ReplacesPlaybackWholesale) {
            self.view.playback = body.clone();
        } else {
            for (key, value) in body.iter() {
                self.view.playback.insert(key, value.clone());
            }
        }
        let clip = body.get("clip_guid").filter(|clip| !is_falsy(clip)).and_then(Value::as_str);
        if clip.is_some() || self.has(Quirk::ClearsSelection) {
            self.view.selected = clip.map(str::to_owned);
        }
        let timeline = body.get("timeline_guid").and_then(Value::as_str);
        let held = timeline.and_then(|guid| Some((guid, self.replica.timeline(guid)?)));
        if let Some((guid, id)) = held
            && !self.replica.is_clip_timeline(id)
        {
            self.replica.active = Some(guid.to_owned());
        }
    }

    pub(super) fn on_display(&mut self, body: &Object) {
        self.view.display = body.clone();
        self.keep_display(body);
    }

    pub(super) fn keep_display(&mut self, body: &Object) {
        if !self.has(Quirk::WritesDisplayIntoTimelines) {
            return;
        }
        let active = self.replica.active.as_deref().and_then(|guid| self.replica.timeline(guid));
        let first = self.replica.timelines.first().map(|(_, id)| *id);
        let Some(timeline) = active.or(first) else { return };
        let mut kept = body.clone();
        kept.remove("sync_timestamp");
        kept.sort_keys();
        self.replica.tree.metadata_mut(timeline).insert_sorted("display_settings", kept);
    }

    pub(super) fn on_selection(&mut self, body: &Object) {
        if self.has(Quirk::ObeysSelection) {
            let clip = body.get("clip_guid").filter(|clip| !is_falsy(clip)).and_then(Value::as_str);
            self.view.selected = clip.map(str::to_owned);
        }
    }

    /// Of many playback messages in one batch the last one, whoever sent the others.
    pub(super) fn coalesced(&self, batch: Vec<Value>) -> Vec<Value> {
        let is_playback = |envelope: &Value| {
            envelope.at(&["payload", "command_schema"]).and_then(Value::as_str)
                == Some("PLAYBACK_SETTINGS_1.0")
        };
        let count = batch.iter().filter(|envelope| is_playback(envelope)).count();
        if count <= COALESCED_BEYOND || !self.has(Quirk::CoalescesPlayback) {
            return batch;
        }
        let mut left = count;
        let kept = batch.into_iter().filter(|envelope| {
            let playback = is_playback(envelope);
            left -= usize::from(playback);
            !playback || left == 0
        });
        kept.collect()
    }
}
