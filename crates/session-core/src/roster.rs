//! Who takes part (legacy-protocol §2.7), and who of them is host (§2.9).

use std::collections::BTreeMap;
use std::sync::Arc;

use lossless_json::Object;
use session_wire::PeerEntry;

use crate::clock::Now;
use crate::identity::{Identity, bounded};
use crate::limits::{CAPABILITIES_MAX, ROSTER_LIVENESS_US, ROSTER_MAX};
use crate::roles::{Group, Role};

/// A participant as the roster knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participant {
    /// Its application; empty where it said none.
    pub app: String,
    /// What it can do.
    pub capabilities: Vec<String>,
    /// The role that the session gave it, else the one it announced.
    pub role: Option<Role>,
    /// Who it says it is.
    pub identity: Option<Identity>,
    /// Monotonic time of the last sign of life.
    pub(crate) last_seen_us: u64,
}

impl Participant {
    /// The name to show: the identity's, else the application, else `Unknown`.
    pub fn display_name(&self) -> String {
        let named = self.identity.as_ref().and_then(Identity::display_name);
        named.unwrap_or_else(|| if self.app.is_empty() { "Unknown".to_owned() } else { self.app.clone() })
    }

    /// From a roster entry.
    pub(crate) fn from_wire(entry: &PeerEntry) -> Self {
        Self {
            app: bounded(&entry.app),
            capabilities: entry
                .capabilities
                .iter()
                .take(CAPABILITIES_MAX)
                .map(|text| bounded(text))
                .collect(),
            role: entry.role.as_deref().filter(|role| !role.is_empty()).map(Role::normalise),
            identity: entry.identity.as_ref().and_then(Identity::from_wire),
            last_seen_us: 0,
        }
    }

    /// As a roster entry travels.
    pub(crate) fn to_wire(&self) -> PeerEntry {
        PeerEntry {
            app: self.app.clone(),
            capabilities: self.capabilities.clone(),
            role: self.role.map(|role| role.as_str().to_owned()),
            identity: self.identity.as_ref().map(Identity::to_wire),
            ..PeerEntry::default()
        }
    }

    /// As effects tell it.
    pub(crate) fn to_object(&self) -> Object {
        let mut entry = Object::new();
        entry.insert("app", self.app.as_str());
        entry.insert("capabilities", self.capabilities.clone());
        if let Some(role) = self.role {
            entry.insert("role", role.as_str());
        }
        if let Some(identity) = &self.identity {
            entry.insert("identity", identity.to_object());
        }
        entry
    }

    fn may_host(&self, default_role: Role) -> bool {
        self.capabilities.iter().any(|capability| capability == "visibility")
            && self.role.unwrap_or(default_role).permits(Group::Visibility)
    }

    /// The reference prefers applications whose view can be mirrored best.
    fn app_rank(&self) -> usize {
        let app = self.app.to_lowercase();
        ["xstudio", "openrv"].iter().position(|known| *known == app).unwrap_or(2)
    }
}

/// What an announcement changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Joined,
    Changed,
    Nothing,
    /// There is no room for another.
    Full,
}

/// The participants of a session, this one among them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster {
    participants: BTreeMap<Arc<str>, Participant>,
}

impl Roster {
    /// Takes in an announcement.
    pub(crate) fn announce(&mut self, guid: &Arc<str>, mut entry: Participant, now: Now) -> Change {
        entry.last_seen_us = now.monotonic_us;
        let Some(known) = self.participants.get_mut(guid) else {
            if self.participants.len() >= ROSTER_MAX {
                return Change::Full;
            }
            self.participants.insert(Arc::clone(guid), entry);
            return Change::Joined;
        };
        entry.role = entry.role.or(known.role);
        entry.identity = entry.identity.or_else(|| known.identity.take());
        let same = Participant { last_seen_us: entry.last_seen_us, ..known.clone() } == entry;
        *known = entry;
        if same { Change::Nothing } else { Change::Changed }
    }

    /// Adopts a snapshot's roster: fills gaps in what is known, adds who is not. Returns who was added.
    pub(crate) fn adopt(
        &mut self,
        peers: &BTreeMap<String, PeerEntry>,
        own: &str,
        now: Now,
    ) -> Vec<Arc<str>> {
        let mut added = Vec::new();
        for (guid, entry) in peers.iter().filter(|(guid, _)| *guid != own) {
            let entry = Participant::from_wire(entry);
            if let Some(known) = self.participants.get_mut(guid.as_str()) {
                known.role = known.role.or(entry.role);
                known.identity = known.identity.take().or(entry.identity);
            } else if self.participants.len() < ROSTER_MAX {
                let guid = Arc::from(guid.as_str());
                added.push(Arc::clone(&guid));
                self.participants.insert(guid, Participant { last_seen_us: now.monotonic_us, ..entry });
            }
        }
        added
    }

    /// Sets the role of a participant; whether it had another one.
    pub(crate) fn set_role(&mut self, guid: &str, role: Role) -> bool {
        let known = self.participants.get_mut(guid);
        known.is_some_and(|known| known.role.replace(role) != Some(role))
    }

    /// A sign of life.
    pub(crate) fn seen(&mut self, guid: &str, now: Now) {
        if let Some(known) = self.participants.get_mut(guid) {
            known.last_seen_us = now.monotonic_us;
        }
    }

    /// Takes a participant out.
    pub(crate) fn remove(&mut self, guid: &str) -> Option<Participant> {
        self.participants.remove(guid)
    }

    /// Who has been silent for too long, this participant never.
    pub(crate) fn silent(&self, own: &str, now: Now) -> Vec<Arc<str>> {
        let silent = |entry: &Participant| now.since(entry.last_seen_us) > ROSTER_LIVENESS_US;
        self.participants
            .iter()
            .filter(|(guid, entry)| &***guid != own && silent(entry))
            .map(|(guid, _)| Arc::clone(guid))
            .collect()
    }

    /// When the next participant counts as silent.
    pub(crate) fn next_silence_us(&self, own: &str) -> Option<u64> {
        let others = self.participants.iter().filter(|(guid, _)| &***guid != own);
        others.map(|(_, entry)| entry.last_seen_us + ROSTER_LIVENESS_US + 1).min()
    }

    /// One participant.
    pub(crate) fn get(&self, guid: &str) -> Option<&Participant> {
        self.participants.get(guid)
    }

    /// Everybody, by GUID.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Participant)> {
        self.participants.iter()
    }

    /// Who is host: a pure function of the roster, the master and the default role.
    pub(crate) fn elect_host(&self, master: Option<&str>, default_role: Role) -> Option<Arc<str>> {
        let candidates = self.participants.iter().filter(|(_, entry)| entry.may_host(default_role));
        let best = candidates.min_by_key(|(guid, entry)| (entry.app_rank(), Some(&***guid) != master, *guid));
        best.map(|(guid, _)| Arc::clone(guid))
    }

    /// A snapshot's `peers`.
    pub(crate) fn section(&self) -> BTreeMap<String, PeerEntry> {
        self.participants.iter().map(|(guid, entry)| (guid.to_string(), entry.to_wire())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Change, Participant, Roster};
    use crate::clock::Now;
    use crate::roles::Role;

    fn participant(app: &str, role: Option<Role>) -> Participant {
        Participant {
            app: app.into(),
            capabilities: vec!["visibility".into()],
            role,
            ..Participant::default()
        }
    }

    #[test]
    fn the_host_is_elected_as_the_reference_does() {
        let mut roster = Roster::default();
        let mut add = |guid: &str, entry| roster.announce(&Arc::from(guid), entry, Now::default());
        add("a", participant("sync_viewer", None));
        add("b", participant("openrv", None));
        add("c", participant("OpenRV", None));
        add("d", participant("xstudio", Some(Role::Reviewer)));
        add("e", Participant { capabilities: vec![], ..participant("xstudio", None) });
        assert_eq!(roster.elect_host(None, Role::Driver).as_deref(), Some("b"));
        assert_eq!(roster.elect_host(Some("c"), Role::Driver).as_deref(), Some("c"));
        assert_eq!(roster.elect_host(None, Role::Viewer), None);
    }

    #[test]
    fn announcements_keep_what_they_do_not_say() {
        let mut roster = Roster::default();
        let guid = Arc::from("a");
        let now = Now::default();
        assert_eq!(roster.announce(&guid, participant("rv", Some(Role::Viewer)), now), Change::Joined);
        assert_eq!(roster.announce(&guid, participant("rv", None), now), Change::Nothing);
        assert_eq!(roster.get("a").unwrap().role, Some(Role::Viewer));
        assert_eq!(roster.announce(&guid, participant("xstudio", None), now), Change::Changed);
    }
}
