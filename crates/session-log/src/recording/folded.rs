//! The state that a recording leads to.

use std::collections::BTreeMap;

use lossless_json::{Object, Value};

use super::reader::BadLine;
use super::view::View;
use crate::SessionLog;

/// Documents, view and counts after the last message.
#[derive(Debug, Default)]
pub struct Folded {
    pub(super) log: SessionLog,
    pub(super) view: View,
    pub(super) actions: BTreeMap<&'static str, u64>,
    pub(super) messages: u64,
    pub(super) messages_by_type: BTreeMap<String, u64>,
    pub(super) unresolved_patches: u64,
    pub(super) bad_lines: Vec<BadLine>,
    pub(super) refused: Vec<BadLine>,
}

impl Folded {
    /// The operations, and the documents without view state.
    pub const fn log(&self) -> &SessionLog {
        &self.log
    }

    /// The same, alone.
    pub fn into_log(self) -> SessionLog {
        self.log
    }

    /// The lines that could not be read.
    pub fn bad_lines(&self) -> &[BadLine] {
        &self.bad_lines
    }

    /// The lines whose messages were read but not taken in.
    pub fn refused(&self) -> &[BadLine] {
        &self.refused
    }

    /// A timeline as the reference keeps it, with its display settings.
    pub fn timeline(&self, guid: &str) -> Option<Value> {
        let mut timeline = self.log.state().timeline(guid)?.to_value();
        if let Some(settings) = self.view.display_settings.get(guid) {
            let metadata = timeline.as_object_mut().and_then(|timeline| timeline.get_mut("metadata"));
            if let Some(metadata) = metadata.and_then(Value::as_object_mut) {
                metadata.insert_sorted("display_settings", sorted(settings.clone()));
            }
        }
        Some(timeline)
    }

    /// Everything as one object with sorted keys. `name` is the recording's.
    pub fn to_value(&self, name: &str) -> Value {
        let state = self.log.state();
        let order: Vec<&str> = state.timelines().map(|(guid, _)| guid.as_ref()).collect();
        let timelines: BTreeMap<&str, Value> =
            order.iter().filter_map(|guid| Some((*guid, self.timeline(guid)?))).collect();
        let clip_timelines =
            state.clip_timelines().iter().map(|(clip, timeline)| (clip.as_ref(), timeline.as_ref()));
        let bad_lines: Vec<Value> = self.bad_lines.iter().map(|bad| (bad.line as u64).into()).collect();
        let entries: [(&str, Value); 13] = [
            ("actions", counts(self.actions.iter().map(|(name, count)| (*name, *count)))),
            ("active_timeline_guid", self.view.active_timeline_guid.clone().into()),
            ("bad_lines", Value::Array(bad_lines)),
            ("clip_timelines", clip_timelines.collect::<Object>().into()),
            ("display_state", sorted(self.view.display_state.clone().into())),
            ("messages", self.messages.into()),
            (
                "messages_by_type",
                counts(self.messages_by_type.iter().map(|(name, count)| (name.as_str(), *count))),
            ),
            ("playback_state", sorted(self.view.playback_state.clone().into())),
            ("recording", name.into()),
            ("selected_clip_guid", self.view.selected_clip_guid.clone().into()),
            ("timeline_order", order.clone().into()),
            ("timelines", timelines.into_iter().collect::<Object>().into()),
            ("unresolved_patch_count", self.unresolved_patches.into()),
        ];
        entries.into_iter().collect::<Object>().into()
    }
}

fn counts<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> Value {
    counts.collect::<Object>().into()
}

/// With the keys of every object sorted.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Object(object) => {
            let mut object: Object = object.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            object.sort_keys();
            object.into()
        }
        scalar => scalar,
    }
}
