//! `DISPLAY_SETTINGS_1.0 / SET`

message! {
    /// How the picture is shown.
    pub struct DisplaySettings = DISPLAY_SETTINGS / "SET" is Ephemeral {
        sent: "on every change of pan, zoom, exposure, channel or annotation visibility. No role forbids it.",
        received: "the last one replaces the display state. Fields that are left out or `null` leave local \
            values alone.",
        specified: "legacy-protocol §1.5.18",
    }
    {
        /// Offset `[x, y]` in picture heights, y up.
        pan: Option<[f64; 2]> = Loose,
        /// Scale; 1.0 fits.
        zoom: Option<f64> = Loose,
        /// In stops.
        exposure: Option<f64> = Loose,
        /// `RGBA`, `R`, `G`, `B` or `A`.
        channel: Option<String> = Loose,
        /// The sender's wall clock in seconds since 1970.
        sync_timestamp: Option<f64> = Loose,
        /// Whether annotations are drawn; left out is true.
        annotations_visible: Option<bool> = Loose,
    }
}

impl DisplaySettings {
    /// Asserts nothing yet; `sync_timestamp` in seconds since 1970.
    pub fn new(sync_timestamp: f64) -> Self {
        Self { sync_timestamp: Some(sync_timestamp), ..Self::default() }
    }
}
