//! `LiveSession.1 / SET_PEER_ROLE`

message! {
    /// Gives a participant a role. Ours carry `op.hlc`, as the body has no time.
    pub struct SetPeerRole = LIVE_SESSION / "SET_PEER_ROLE" is Durable {
        sent: "by a driver.",
        received: "the role is remembered for the account, also for when it comes back; a peer with that \
            account takes it on and announces itself again. Ignored where `user` or `role` is empty, or where \
            its author may not give roles.",
        specified: "legacy-protocol §1.5.7",
    }
    {
        /// Account name as in `identity.user`; never a peer GUID.
        user: String = OrDefault,
        /// `driver`, `reviewer` or `viewer`; anything else counts as `driver`.
        role: String = OrDefault,
        /// GUID of the peer that decided it, for the record only.
        issuer_guid: Option<String> = Optional,
        /// GUID of one peer that gets the role, whoever sits there; it goes before the account's. Ours only: `user` is
        /// then empty, so that existing peers ignore the message.
        peer_guid: Option<String> = Optional,
    }
}

impl SetPeerRole {
    /// `user` is a `role` from now on.
    pub fn new(user: impl Into<String>, role: impl Into<String>) -> Self {
        Self { user: user.into(), role: role.into(), ..Self::default() }
    }

    /// The peer of that GUID is a `role` from now on.
    pub fn of_peer(guid: impl Into<String>, role: impl Into<String>) -> Self {
        Self { role: role.into(), peer_guid: Some(guid.into()), ..Self::default() }
    }
}
