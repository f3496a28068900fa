//! `PLAYBACK_SETTINGS_1.0 / SET`

use crate::parts::RationalTime;

message! {
    /// What plays, and what is being looked at. A field that is left out asserts nothing.
    pub struct PlaybackSettings = PLAYBACK_SETTINGS / "SET" is Ephemeral {
        sent: "on every change of transport, playhead, mode, timeline or view, and while scrubbing.",
        received: "the last one replaces the playback state wholesale, unless it came in a \
            `PlaybackSettings.1` spelling, which merges what it sets. `timeline_guid` makes that timeline \
            the active one where it is no clip timeline.",
        specified: "legacy-protocol §1.5.17",
    }
    {
        /// Whether the transport runs.
        playing: Option<bool> = Loose,
        /// The view frame: 0-based in the shown timeline (`view_mode` `sequence`) or in the isolated clip
        /// (`source`).
        current_time: Option<RationalTime> = Loose,
        /// `play-once`, `loop` or `ping-pong`.
        playback_mode: Option<String> = Loose,
        /// GUID of the timeline that the numbers refer to.
        timeline_guid: Option<String> = Loose,
        /// `sequence` (the frame says which clip) or `source` (`clip_guid` says it).
        view_mode: Option<String> = Loose,
        /// GUID of the clip that is selected or isolated.
        clip_guid: Option<String> = Loose,
        /// The sender's wall clock in seconds since 1970.
        sync_timestamp: Option<f64> = Loose,
        /// `playback_mode` as peers older than 2026-07-06 say it.
        looping: Option<bool> = Loose,
        /// Whether sound is off; sent by older peers.
        muted: Option<bool> = Loose,
        /// Whether the playhead is being dragged; sent by older peers.
        scrubbing: Option<bool> = Loose,
    }
}

impl PlaybackSettings {
    /// Asserts nothing yet; `sync_timestamp` in seconds since 1970.
    pub fn new(sync_timestamp: f64) -> Self {
        Self { sync_timestamp: Some(sync_timestamp), ..Self::default() }
    }

    /// Asserts a mode in both spellings, so that peers of every age follow.
    pub fn set_mode(&mut self, mode: PlaybackMode) {
        self.playback_mode = Some(mode.as_str().to_owned());
        self.looping = Some(mode != PlaybackMode::PlayOnce);
    }

    /// The mode in either spelling; `playback_mode` goes before `looping`.
    pub fn effective_playback_mode(&self) -> Option<PlaybackMode> {
        match (&self.playback_mode, self.looping) {
            (Some(mode), _) => PlaybackMode::from_wire(mode),
            (None, Some(true)) => Some(PlaybackMode::Loop),
            (None, Some(false)) => Some(PlaybackMode::PlayOnce),
            (None, None) => None,
        }
    }
}

/// What happens at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaybackMode {
    /// Stop.
    PlayOnce,
    /// From the beginning again.
    Loop,
    /// Back and forth.
    PingPong,
}

impl PlaybackMode {
    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PlayOnce => "play-once",
            Self::Loop => "loop",
            Self::PingPong => "ping-pong",
        }
    }

    /// From the wire; `None` for a word of another version.
    pub fn from_wire(word: &str) -> Option<Self> {
        [Self::PlayOnce, Self::Loop, Self::PingPong].into_iter().find(|mode| mode.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_spelling_tells_the_mode() {
        let mode = |playback_mode: Option<&str>, looping| {
            let playback_mode = playback_mode.map(str::to_owned);
            PlaybackSettings { playback_mode, looping, ..PlaybackSettings::default() }
                .effective_playback_mode()
        };
        assert_eq!(mode(None, None), None);
        assert_eq!(mode(None, Some(true)), Some(PlaybackMode::Loop));
        assert_eq!(mode(None, Some(false)), Some(PlaybackMode::PlayOnce));
        assert_eq!(mode(Some("ping-pong"), Some(false)), Some(PlaybackMode::PingPong));
        assert_eq!(mode(Some("shuffle"), Some(true)), None);
    }

    #[test]
    fn a_mode_is_set_in_both_spellings() {
        let mut settings = PlaybackSettings::new(1.0);
        settings.set_mode(PlaybackMode::PingPong);
        assert_eq!((settings.playback_mode.as_deref(), settings.looping), (Some("ping-pong"), Some(true)));
    }
}
