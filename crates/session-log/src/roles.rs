//! The roles of a session's users, as the operations so far give them.
//!
//! Two rules keep a session from locking itself out. Nobody gives up the role of driver: whoever takes it from somebody
//! else still has it, so after every change of roles there is a driver. And where nobody can be one, as a session of
//! existing peers may leave it, anybody may name the first.

use std::collections::BTreeMap;

use session_wire::{Message, SessionRoles, SetPeerRole};

use crate::journal::{SessionStep, Undo};
use crate::limits::ROLES_MAX;
use crate::state::{Applied, SessionState};
use crate::{Action, NoEffect, Operation, Role};

/// The roles that users were given, and the role of everybody else.
///
/// What is *bound* decides over operations. Existing peers give roles without saying when: until a steward's stamp says
/// it, such a role is shown, obeyed by honest senders and held to by hubs, but binds nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    default_role: Role,
    of_user: BTreeMap<String, Role>,
    bound: BTreeMap<String, Role>,
    of_peer: BTreeMap<String, Role>,
    /// Entries of `bound` and `of_peer` below driver.
    restricted: usize,
}

/// Whose role it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    /// An account name's.
    User(String),
    /// A peer GUID's.
    Peer(String),
}

/// The role that somebody had, as shown and as bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Had {
    pub(crate) shown: Option<Role>,
    bound: Option<Role>,
}

impl Roles {
    /// Roles to start from, all of them bound.
    pub fn new(default_role: &str, of_user: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut roles = Self { default_role: Role::normalise(default_role), ..Self::default() };
        for (user, role) in of_user.into_iter().take(ROLES_MAX) {
            let role = Some(Role::normalise(&role));
            roles.set(Whom::User(user), Had { shown: role, bound: role });
        }
        roles
    }

    /// As a settled state says them: only what is bound, for that alone decides over operations.
    pub(crate) fn of_bound(
        default_role: &str,
        of_user: impl IntoIterator<Item = (String, String)>,
        of_peer: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let mut roles = Self::new(default_role, of_user);
        for (guid, role) in of_peer.into_iter().take(ROLES_MAX) {
            let role = Some(Role::normalise(&role));
            roles.set(Whom::Peer(guid), Had { shown: role, bound: role });
        }
        roles
    }

    /// What is bound: the role of each user and of each GUID that was given one.
    pub(crate) const fn bound(&self) -> (&BTreeMap<String, Role>, &BTreeMap<String, Role>) {
        (&self.bound, &self.of_peer)
    }

    /// As a snapshot or a peer of ours says them.
    pub fn from_wire(section: &SessionRoles) -> Self {
        let mut roles = Self::new(&section.default_role, section.peer_roles.clone());
        for (user, role) in section.bound_roles.iter().flatten().take(ROLES_MAX) {
            let had = Had { bound: Some(Role::normalise(role)), ..roles.had(&Whom::User(user.clone())) };
            roles.set(Whom::User(user.clone()), had);
        }
        for (guid, role) in section.guid_roles.iter().flatten().take(ROLES_MAX) {
            let role = Some(Role::normalise(role));
            roles.set(Whom::Peer(guid.clone()), Had { shown: role, bound: role });
        }
        roles
    }

    /// The section of a snapshot; none where everybody is a driver and nobody is named.
    pub fn to_wire(&self) -> Option<SessionRoles> {
        if *self == Self::default() {
            return None;
        }
        let named = |roles: &BTreeMap<String, Role>| -> BTreeMap<String, String> {
            roles.iter().map(|(who, role)| (who.clone(), role.as_str().to_owned())).collect()
        };
        let bound = |user: &String| self.bound.get(user).copied().unwrap_or(self.default_role);
        let otherwise = self.of_user.iter().filter(|(user, shown)| bound(user) != **shown);
        let otherwise: BTreeMap<String, Role> =
            otherwise.map(|(user, _)| (user.clone(), bound(user))).collect();
        let mut section = SessionRoles::new(self.default_role.as_str(), named(&self.of_user));
        section.guid_roles = Some(named(&self.of_peer)).filter(|roles| !roles.is_empty());
        section.bound_roles = Some(named(&otherwise)).filter(|roles| !roles.is_empty());
        Some(section)
    }

    /// The role of users that were given none.
    pub const fn default_role(&self) -> Role {
        self.default_role
    }

    /// Users that were given a role, with it.
    pub const fn of_users(&self) -> &BTreeMap<String, Role> {
        &self.of_user
    }

    /// The role of a user.
    pub fn of(&self, user: &str) -> Role {
        self.of_user.get(user).copied().unwrap_or(self.default_role)
    }

    /// The role that a participant was given by the GUID of its peer, else by its account name; none where by neither.
    pub fn given(&self, guid: &str, user: Option<&str>) -> Option<Role> {
        let of_user = || user.and_then(|user| self.of_user.get(user));
        self.of_peer.get(guid).or_else(of_user).copied()
    }

    /// The role that decides over an operation. Existing peers do not say who they are, and their own check was made
    /// before they sent: only a role that was given to their GUID holds for them.
    pub(crate) fn of_author(&self, operation: &Operation) -> Role {
        let by_guid = self.of_peer.get(&*operation.id().source).copied();
        let by_user = || operation.user().and_then(|user| self.bound.get(user)).copied();
        let else_role = if operation.id().is_of_existing_peer() { Role::Driver } else { self.default_role };
        by_guid.or_else(by_user).unwrap_or(else_role)
    }

    /// Whether anybody may do less than everything.
    pub(crate) const fn restrict(&self) -> bool {
        self.restricted > 0 || !matches!(self.default_role, Role::Driver)
    }

    /// Whether an operation makes somebody a driver where nobody can be one.
    pub(crate) fn names_the_first_driver(&self, operation: &Operation) -> bool {
        let Message::SetPeerRole(body) = operation.message() else { return false };
        self.is_driverless() && Role::normalise(&body.role) == Role::Driver
    }

    /// Whether nobody can be a driver: neither everybody is one nor anybody by name.
    pub fn is_driverless(&self) -> bool {
        let mut bound = self.bound.values().chain(self.of_peer.values());
        self.default_role != Role::Driver && bound.all(|role| *role != Role::Driver)
    }

    fn had(&self, whom: &Whom) -> Had {
        let (shown, bound) = match whom {
            Whom::User(user) => (self.of_user.get(user), self.bound.get(user)),
            Whom::Peer(guid) => (self.of_peer.get(guid), self.of_peer.get(guid)),
        };
        Had { shown: shown.copied(), bound: bound.copied() }
    }

    /// Whether there is room for another name.
    fn has_room_for(&self, whom: &Whom) -> bool {
        let named = self.of_user.len() + self.of_peer.len();
        named < ROLES_MAX || self.had(whom).shown.is_some()
    }

    /// Gives a role, or takes it back; keeps count of those who may do less.
    pub(crate) fn set(&mut self, whom: Whom, had: Had) {
        let old = match whom {
            Whom::User(user) => {
                put(&mut self.of_user, user.clone(), had.shown);
                put(&mut self.bound, user, had.bound)
            }
            Whom::Peer(guid) => put(&mut self.of_peer, guid, had.bound),
        };
        let counts = |role: Option<Role>| usize::from(role.is_some_and(|role| role != Role::Driver));
        self.restricted = self.restricted + counts(had.bound) - counts(old);
    }
}

fn put(roles: &mut BTreeMap<String, Role>, who: String, role: Option<Role>) -> Option<Role> {
    match role {
        Some(role) => roles.insert(who, role),
        None => roles.remove(&who),
    }
}

/// Whether an operation takes the role of driver from its own author.
fn gives_up_driving(operation: &Operation, whom: &Whom, role: Role) -> bool {
    let own = match whom {
        Whom::User(user) => operation.user() == Some(user),
        Whom::Peer(guid) => *operation.id().source == **guid,
    };
    own && role != Role::Driver
}

impl SessionState {
    /// Gives a user, or the peer of one GUID, a role.
    pub(crate) fn set_peer_role(
        &mut self,
        operation: &Operation,
        body: &SetPeerRole,
    ) -> Result<Applied, NoEffect> {
        let whom = match body.peer_guid.as_deref().filter(|guid| !guid.is_empty()) {
            Some(guid) => Whom::Peer(guid.to_owned()),
            None if body.user.is_empty() => return Err(NoEffect::Malformed("user")),
            None => Whom::User(body.user.clone()),
        };
        if body.role.is_empty() {
            return Err(NoEffect::Malformed("role"));
        }
        let role = Role::normalise(&body.role);
        if gives_up_driving(operation, &whom, role) {
            return Err(NoEffect::OwnRole);
        }
        if !self.roles.has_room_for(&whom) {
            return Err(NoEffect::Limit { what: "users with a role", max: ROLES_MAX });
        }
        let old = self.roles.had(&whom);
        let binds = !operation.is_untimed();
        let bound = if binds { Some(role) } else { old.bound };
        self.roles.set(whom.clone(), Had { shown: Some(role), bound });
        Ok((Action::PeerRoleSet, Undo::InSession(vec![SessionStep::Role { whom, old }])))
    }
}
