//! `LiveSession.1 / SHARED_KEY_REQUEST`

message! {
    /// Asks for the shared key of the session; `Get` of `SharedKey.1` on the ASWF page, whose whole payload
    /// is the key.
    pub struct SharedKeyRequest = LIVE_SESSION / "SHARED_KEY_REQUEST" is Control {
        sent: "by no peer known today.",
        received: "ignored.",
        specified: "legacy-protocol §1.4, §8.3",
    }
    {
        /// In words of the page: the public key of the asking participant.
        key: Option<String> = Always,
    }
}

impl SharedKeyRequest {
    /// Asks with a public key.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..Self::default() }
    }
}
