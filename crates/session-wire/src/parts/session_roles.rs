//! The role policy of a session.

use std::collections::BTreeMap;

use crate::body::wire_object;

wire_object! {
    /// Who may do what.
    pub struct SessionRoles {
        /// The role of everybody who is not named: `driver`, `reviewer` or `viewer`.
        default_role: String = LooseOrDefault,
        /// Account name → role.
        peer_roles: BTreeMap<String, String> = LooseOrDefault,
        /// Peer GUID → role, which goes before the account's. Ours only.
        guid_roles: Option<BTreeMap<String, String>> = Optional,
        /// Account name → the role that decides over operations, where it is another one: existing peers give roles without
        /// saying when. Ours only.
        bound_roles: Option<BTreeMap<String, String>> = Optional,
    }
}

impl SessionRoles {
    /// A default and the exceptions.
    pub fn new(default_role: impl Into<String>, peer_roles: BTreeMap<String, String>) -> Self {
        Self { default_role: default_role.into(), peer_roles, ..Self::default() }
    }
}
