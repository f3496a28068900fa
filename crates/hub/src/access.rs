//! Who may come in: join links, each with a secret, a role, an end and a number of uses.

use std::collections::BTreeSet;

use session_core::Role;

/// What one join link gives. The secret stands behind the `#k=` of the link and nowhere else.
#[derive(Clone, Debug)]
pub struct Grant {
    /// A name for people, by which it is revoked.
    pub name: String,
    /// A digest of the secret: the secret itself is not kept.
    secret: blake3::Hash,
    /// What whoever comes with it may do, until the session gives another role.
    pub role: Role,
    /// When it ends, in microseconds since 1970; never where there is none. Who is in stays in.
    pub expires_us: Option<u64>,
    /// How many participants it lets in; any number where there is none. One who comes back is the same participant.
    pub uses: Option<usize>,
    /// The GUIDs of those that it let in.
    admitted: BTreeSet<String>,
    revoked: bool,
}

impl Grant {
    /// A link for any number of participants of this role, without an end.
    pub fn new(name: impl Into<String>, secret: &str, role: Role) -> Self {
        Self {
            name: name.into(),
            secret: blake3::hash(secret.as_bytes()),
            role,
            expires_us: None,
            uses: None,
            admitted: BTreeSet::new(),
            revoked: false,
        }
    }

    /// The same, with an end, in microseconds since 1970.
    #[must_use]
    pub fn until(mut self, expires_us: u64) -> Self {
        self.expires_us = Some(expires_us);
        self
    }

    /// The same, for so many participants.
    #[must_use]
    pub fn times(mut self, uses: usize) -> Self {
        self.uses = Some(uses);
        self
    }

    /// Why it lets nobody of this GUID in now, where it does not.
    fn objection(&self, guid: &str, now_us: u64) -> Option<Denied> {
        if self.revoked {
            return Some(Denied::Revoked);
        }
        if self.expires_us.is_some_and(|end| end <= now_us) {
            return Some(Denied::Expired);
        }
        let full = self.admitted.len() >= self.uses.unwrap_or(ADMITTED_MAX);
        (full && !self.admitted.contains(guid)).then_some(Denied::UsedUp)
    }
}

/// Participants that one link lets in where it says no number.
const ADMITTED_MAX: usize = 65_536;

/// Why somebody is not let in. Only the hub's own log says which: whoever asks learns that it was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// There is no secret.
    Missing,
    /// No link has this secret.
    Unknown,
    /// Its link has ended.
    Expired,
    /// Its link has let in as many as it may.
    UsedUp,
    /// Its link was revoked.
    Revoked,
}

impl Denied {
    /// The word for logs and counters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::UsedUp => "used_up",
            Self::Revoked => "revoked",
        }
    }
}

/// The links of one session. Without any nobody comes in.
#[derive(Clone, Debug, Default)]
pub struct Access {
    grants: Vec<Grant>,
}

impl Access {
    /// By these links.
    pub fn new(grants: Vec<Grant>) -> Self {
        Self { grants }
    }

    /// What a participant may do who comes with this secret, or why it may not come in.
    pub fn check(&self, secret: Option<&str>, guid: &str, now_us: u64) -> Result<Role, Denied> {
        let at = self.find(secret.ok_or(Denied::Missing)?).ok_or(Denied::Unknown)?;
        let grant = &self.grants[at];
        grant.objection(guid, now_us).map_or(Ok(grant.role), Err)
    }

    /// Counts a participant that came in with this secret.
    pub fn admit(&mut self, secret: &str, guid: &str) {
        if let Some(at) = self.find(secret) {
            self.grants[at].admitted.insert(guid.to_owned());
        }
    }

    /// The place of the link with this secret. All are compared, and each in a time that tells nothing of it.
    fn find(&self, secret: &str) -> Option<usize> {
        let secret = blake3::hash(secret.as_bytes());
        let mut found = None;
        for (at, grant) in self.grants.iter().enumerate() {
            // Digests compare in constant time.
            if grant.secret == secret {
                found = Some(at);
            }
        }
        found
    }

    /// Ends a link; returns the GUIDs of those that it let in, none where there is no such link.
    pub fn revoke(&mut self, name: &str) -> BTreeSet<String> {
        let mut admitted = BTreeSet::new();
        for grant in self.grants.iter_mut().filter(|grant| grant.name == name) {
            grant.revoked = true;
            admitted.append(&mut grant.admitted);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_comes_in_uses_a_link_up() {
        let mut access = Access::new(vec![Grant::new("client", "k", Role::Viewer).times(1)]);
        for guid in ["a", "b", "a"] {
            assert_eq!(access.check(Some("k"), guid, 0), Ok(Role::Viewer), "nobody is in yet");
        }
        access.admit("k", "b");
        assert_eq!(access.check(Some("k"), "a", 0), Err(Denied::UsedUp));
        assert_eq!(access.check(Some("k"), "b", 0), Ok(Role::Viewer));
        assert_eq!(access.check(None, "b", 0), Err(Denied::Missing));
        assert_eq!(access.check(Some("other"), "b", 0), Err(Denied::Unknown));
    }
}
