//! `LiveSession.1 / NEW_PARTICIPANT`

message! {
    /// Says that somebody came. `NewParticipants` of the ASWF page, whose payload is empty.
    pub struct NewParticipant = LIVE_SESSION / "NEW_PARTICIPANT" is Control {
        sent: "by no peer known today.",
        received: "ignored.",
        specified: "legacy-protocol §1.4, §8.3",
    }
    {
    }
}

impl NewParticipant {
    /// Somebody came.
    pub fn new() -> Self {
        Self::default()
    }
}
