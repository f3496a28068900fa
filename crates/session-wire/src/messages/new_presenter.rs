//! `LiveSession.1 / NEW_PRESENTER`

message! {
    /// Names the presenter. `NewPresenter` of the ASWF page, whose whole payload is the hash.
    pub struct NewPresenter = LIVE_SESSION / "NEW_PRESENTER" is Control {
        sent: "by no peer known today.",
        received: "ignored.",
        specified: "legacy-protocol §1.4, §8.3",
    }
    {
        /// Hash that names the presenter.
        presenter_hash: Option<String> = Always,
    }
}

impl NewPresenter {
    /// The participant of that hash presents.
    pub fn new(presenter_hash: impl Into<String>) -> Self {
        Self { presenter_hash: Some(presenter_hash.into()), ..Self::default() }
    }
}
