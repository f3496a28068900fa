//! `LiveSession.1 / SHARED_KEY_RESPONSE`

message! {
    /// Hands out the shared key of the session; `Set` of `SharedKey.1` on the ASWF page, whose whole payload
    /// is the key.
    pub struct SharedKeyResponse = LIVE_SESSION / "SHARED_KEY_RESPONSE" is Control {
        sent: "by no peer known today.",
        received: "ignored.",
        specified: "legacy-protocol §1.4, §8.3",
    }
    {
        /// In words of the page: the key of the session, encrypted to the asking participant, in base64.
        key: Option<String> = Always,
    }
}

impl SharedKeyResponse {
    /// Answers with the encrypted key.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..Self::default() }
    }
}
