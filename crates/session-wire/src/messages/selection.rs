//! `SELECTION_1.0 / SET`

message! {
    /// The selected clip. Retired on 2026-07-01: latest peers say it in `PLAYBACK_SETTINGS_1.0`.
    pub struct Selection = SELECTION / "SET" is Ephemeral {
        sent: "by peers older than that only.",
        received: "the clip is selected; `null` selects nothing. Latest reference peers ignore it.",
        specified: "legacy-protocol §1.5.21",
    }
    {
        /// GUID of the clip.
        clip_guid: Option<String> = Always,
        /// `source` or `sequence`; missing is `source`.
        view_mode: Option<String> = Loose,
        /// The sender's wall clock in seconds since 1970.
        sync_timestamp: Option<f64> = Always,
    }
}

impl Selection {
    /// The clip is selected; `sync_timestamp` in seconds since 1970.
    pub fn new(clip_guid: Option<String>, view_mode: impl Into<String>, sync_timestamp: f64) -> Self {
        let view_mode = Some(view_mode.into());
        Self { clip_guid, view_mode, sync_timestamp: Some(sync_timestamp), ..Self::default() }
    }
}
