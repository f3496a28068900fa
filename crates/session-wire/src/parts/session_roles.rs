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
    }
}

impl SessionRoles {
    /// A default and the exceptions.
    pub fn new(default_role: impl Into<String>, peer_roles: BTreeMap<String, String>) -> Self {
        Self { default_role: default_role.into(), peer_roles, ..Self::default() }
    }
}
