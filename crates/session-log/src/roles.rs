//! Who may do what, as the session decided it.

use std::collections::BTreeMap;

use session_wire::SetPeerRole;

use crate::journal::{SessionStep, Undo};
use crate::limits::ROLES_MAX;
use crate::state::{Applied, SessionState};
use crate::{Action, NoEffect};

/// The roles that users were given, and the role of everybody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles {
    default_role: String,
    of_user: BTreeMap<String, String>,
}

impl Default for Roles {
    fn default() -> Self {
        Self { default_role: "driver".to_owned(), of_user: BTreeMap::new() }
    }
}

impl Roles {
    /// Roles to start from.
    pub fn new(default_role: &str, of_user: impl IntoIterator<Item = (String, String)>) -> Self {
        let of_user =
            of_user.into_iter().take(ROLES_MAX).map(|(user, role)| (user, normalised(&role))).collect();
        Self { default_role: normalised(default_role), of_user }
    }

    /// The role of users that were given none.
    pub fn default_role(&self) -> &str {
        &self.default_role
    }

    /// Users that were given a role, with it.
    pub fn of_users(&self) -> &BTreeMap<String, String> {
        &self.of_user
    }

    /// The role of a user.
    pub fn of(&self, user: &str) -> &str {
        self.of_user.get(user).unwrap_or(&self.default_role)
    }

    pub(crate) fn restore(&mut self, user: String, old: Option<String>) {
        match old {
            Some(old) => self.of_user.insert(user, old),
            None => self.of_user.remove(&user),
        };
    }
}

/// Trimmed and in lower case; what is no role counts as the least strict one, as in the reference.
fn normalised(role: &str) -> String {
    let role = role.trim().to_lowercase();
    if matches!(role.as_str(), "reviewer" | "viewer") { role } else { "driver".to_owned() }
}

impl SessionState {
    pub(crate) fn set_peer_role(&mut self, body: &SetPeerRole) -> Result<Applied, NoEffect> {
        if body.user.is_empty() {
            return Err(NoEffect::Malformed("user"));
        }
        if body.role.is_empty() {
            return Err(NoEffect::Malformed("role"));
        }
        let roles = &mut self.roles.of_user;
        if roles.len() >= ROLES_MAX && !roles.contains_key(&body.user) {
            return Err(NoEffect::Limit { what: "users with a role", max: ROLES_MAX });
        }
        let old = roles.insert(body.user.clone(), normalised(&body.role));
        let step = SessionStep::Role { user: body.user.clone(), old };
        Ok((Action::PeerRoleSet, Undo::InSession(vec![step])))
    }
}
