//! What a peer's user looks at, as far as roles and leases let it be said (legacy-protocol §2.9).

use lossless_json::Object;

use super::peer::ExistingPeer;
use super::quirks::Quirk;

const POSITION: [&str; 3] = ["current_time", "playing", "playback_mode"];
const VISIBILITY: [&str; 2] = ["view_mode", "clip_guid"];

impl ExistingPeer {
    pub(super) fn playback(&mut self, state: Object) -> bool {
        let mut body = state;
        if self.has(Quirk::SaysLooping) {
            self.say_as_seed(&mut body);
        }
        let said = body.len();
        let groups = [("position", &POSITION[..]), ("visibility", &VISIBILITY[..])];
        let asserts = |body: &Object, fields: &[&str]| fields.iter().any(|field| body.contains_key(field));
        let asserted = groups.iter().any(|(_, fields)| asserts(&body, fields));
        for (group, fields) in groups {
            if !self.permits(group) {
                strip(&mut body, fields);
            }
        }
        if asserted && !groups.iter().any(|(_, fields)| asserts(&body, fields)) {
            return false;
        }
        for (channel, fields) in groups {
            if asserts(&body, fields) && !self.holds(channel) {
                strip(&mut body, fields);
            }
        }
        // Whatever it says, who holds the position goes on holding it.
        let now_us = self.now.monotonic_us;
        if self.leases.owner("position", now_us) == Some(self.config.guid.as_str()) {
            self.leases.confirm("position", now_us);
        }
        let whole = body.len() == said;
        body.insert("timeline_guid", self.replica.active.clone());
        body.insert("sync_timestamp", self.wall());
        self.view.playback = body.clone();
        self.send("PLAYBACK_SETTINGS_1.0", "SET", body);
        whole
    }

    /// `looping` in place of a mode, and the selection by itself.
    fn say_as_seed(&mut self, body: &mut Object) {
        let mode = body.remove("playback_mode");
        body.insert("looping", mode.is_none_or(|mode| mode.as_str() == Some("loop")));
        body.insert("muted", false);
        body.insert("scrubbing", false);
        let (clip, mode) = (body.remove("clip_guid"), body.remove("view_mode"));
        if let Some(clip) = clip {
            let mode = mode.unwrap_or_else(|| "source".into());
            let selection = self.stamped([("clip_guid", clip), ("view_mode", mode)]);
            self.send("SELECTION_1.0", "SET", selection);
        }
    }

    pub(super) fn display(&mut self, state: Object) -> bool {
        if !self.holds("display") {
            return false;
        }
        let mut body = state;
        body.insert("sync_timestamp", self.wall());
        self.view.display = body.clone();
        self.keep_display(&body);
        self.send("DISPLAY_SETTINGS_1.0", "SET", body);
        true
    }
}

fn strip(body: &mut Object, fields: &[&str]) {
    for field in fields {
        body.remove(field);
    }
}
