//! Where a peer stands.

/// The reference's session states (legacy-protocol §2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Not started, or departed.
    #[default]
    None,
    /// Looking for the session.
    Discovering,
    /// Waiting for its state.
    Joining,
    /// Taking part.
    Synced,
}

impl Status {
    /// The reference's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Discovering => "DISCOVERING",
            Self::Joining => "JOINING",
            Self::Synced => "SYNCED",
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}
