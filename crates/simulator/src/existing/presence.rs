//! Who is there, as each peer knows (legacy-protocol §2.7–§2.9).

use lossless_json::{Object, Value};

use super::peer::{App, ExistingPeer, Status};
use super::quirks::Quirk;

const HEARTBEAT_US: u64 = 5_000_000;
const LIVENESS_US: u64 = 15_000_000;
const HOST_APPS: [&str; 2] = ["xstudio", "openrv"];

/// One line of the peer table.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    app: String,
    capabilities: Vec<String>,
    role: Option<String>,
    user: Option<String>,
    /// On the wall clock.
    seen_us: u64,
}

fn role_word(text: &str) -> String {
    let role = text.trim().to_lowercase();
    if matches!(role.as_str(), "reviewer" | "viewer") { role } else { "driver".to_owned() }
}

impl ExistingPeer {
    /// The user of a peer is named after it.
    fn user(&self) -> &str {
        self.guid()
    }

    pub(super) fn enter_own(&mut self) {
        let capabilities =
            if self.config.app == App::Viewer { vec![] } else { vec!["visibility".to_owned()] };
        let entry = Entry {
            app: self.config.app.word().to_owned(),
            capabilities,
            role: Some("driver".to_owned()),
            user: Some(self.user().to_owned()),
            seen_us: self.now.wall_us,
        };
        self.peers.insert(self.guid().to_owned(), entry);
    }

    pub(super) fn role_of_peer(&self, guid: &str) -> String {
        let role = self.peers.get(guid).and_then(|entry| entry.role.as_deref());
        role_word(role.unwrap_or(&self.default_role))
    }

    /// Whether its role lets it emit something; seed peers know none.
    pub(super) fn permits(&self, group: &str) -> bool {
        self.has(Quirk::NeverAnnounces)
            || match self.role.as_str() {
                "viewer" => group == "display",
                "reviewer" => matches!(group, "position" | "display" | "annotation"),
                _ => true,
            }
    }

    pub(super) fn announce(&mut self) {
        self.announced_us = Some(self.now.wall_us);
        if self.has(Quirk::NeverAnnounces) {
            return;
        }
        let Some(own) = self.peers.get(self.guid()).cloned() else { return };
        let mut body: Object = [("peer_guid", self.guid())].into_iter().collect();
        for (key, value) in entry_fields(&own) {
            body.insert(key, value);
        }
        self.send("LiveSession.1", "PEER_ANNOUNCE", body);
    }

    pub(super) fn on_announce(&mut self, body: &Object, source: &str) {
        let text = |key| body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let guid = text("peer_guid").unwrap_or(source).to_owned();
        if guid == self.guid() {
            return;
        }
        let known = self.peers.remove(&guid).unwrap_or_default();
        let capabilities = body.get("capabilities").map(strings).unwrap_or_default();
        let user = body.get("identity").and_then(|identity| identity.get("user")?.as_str());
        let entry = Entry {
            app: text("app").unwrap_or_default().to_owned(),
            capabilities,
            role: text("role").map(role_word).or(known.role),
            user: user.map(str::to_owned).or(known.user),
            seen_us: self.now.wall_us,
        };
        self.peers.insert(guid, entry);
        self.elect_host();
    }

    pub(super) fn on_depart(&mut self, body: &Object, source: &str) {
        let guid = body.get("peer_guid").and_then(Value::as_str).filter(|guid| !guid.is_empty());
        let guid = guid.unwrap_or(source).to_owned();
        self.master_departed(&guid);
        self.drop_peer(&guid);
    }

    fn drop_peer(&mut self, guid: &str) {
        if self.peers.remove(guid).is_some() {
            self.leases.drop_peer(guid, self.now.monotonic_us);
            self.elect_host();
        }
    }

    pub(super) fn on_set_peer_role(&mut self, body: &Object) {
        let text = |key| body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        if let (Some(user), Some(role)) = (text("user"), text("role")) {
            self.adopt_role(user, role);
        }
    }

    fn adopt_role(&mut self, user: &str, role: &str) {
        let role = role_word(role);
        if self.roles.insert(user.to_owned(), role.clone()).as_ref() != Some(&role) {
            self.follow_policy();
        }
    }

    /// The policy changed, and with it maybe the own role.
    fn follow_policy(&mut self) {
        self.election_wanted = true;
        let role = self.roles.get(self.user()).unwrap_or(&self.default_role).clone();
        if role == self.role {
            return;
        }
        self.role.clone_from(&role);
        let own = self.guid().to_owned();
        if let Some(entry) = self.peers.get_mut(&own) {
            entry.role = Some(role);
        }
        self.announce();
    }

    pub(super) fn drive_presence(&mut self) {
        if self.status == Status::None {
            return;
        }
        if self.announced_us.is_none_or(|before_us| self.since(before_us) >= HEARTBEAT_US) {
            self.announce();
        }
        let own = self.guid().to_owned();
        let silent = self.peers.iter().filter(|(guid, entry)| {
            **guid != own && self.now.wall_us.saturating_sub(entry.seen_us) > LIVENESS_US
        });
        let silent: Vec<String> = silent.map(|(guid, _)| guid.clone()).collect();
        for guid in silent {
            self.drop_peer(&guid);
        }
    }

    pub(super) fn presence_due_us(&self) -> u64 {
        self.announced_us.unwrap_or(self.now.wall_us) + HEARTBEAT_US
    }

    /// A pure function of the peer table: peers with different tables have different hosts (§9.1-13).
    pub(super) fn elect_host(&mut self) {
        let candidates = self.peers.iter().filter(|(guid, entry)| {
            let drives = self.role_of_peer(guid) == "driver";
            drives && entry.capabilities.iter().any(|capability| capability == "visibility")
        });
        let rank = |(guid, entry): &(&String, &Entry)| {
            let app = entry.app.to_lowercase();
            let place = HOST_APPS.iter().position(|known| *known == app).unwrap_or(HOST_APPS.len());
            (place, self.mastership.master.as_ref() != Some(*guid), (*guid).clone())
        };
        self.host = candidates.min_by_key(rank).map(|(guid, _)| guid.clone());
    }

    pub(super) fn roster(&self) -> Object {
        self.peers.iter().map(|(guid, entry)| (guid.as_str(), entry_fields(entry))).collect()
    }

    pub(super) fn roles_section(&self) -> Object {
        if self.roles.is_empty() && self.default_role == "driver" {
            return Object::new();
        }
        let roles: Object = self.roles.iter().map(|(user, role)| (user.as_str(), role.as_str())).collect();
        let mut section: Object = [("default_role", self.default_role.as_str())].into_iter().collect();
        section.insert("peer_roles", roles);
        section
    }

    /// What a snapshot says of peers, roles, host and leases.
    pub(super) fn adopt_sections(&mut self, body: &Object) {
        if self.has(Quirk::NeverAnnounces) {
            return;
        }
        let section = |key: &str| body.get(key).and_then(Value::as_object);
        for (guid, told) in section("peers").into_iter().flat_map(Object::iter) {
            if guid != self.guid() {
                self.adopt_peer(guid, told);
            }
        }
        let policy = section("session_roles");
        let default = policy.and_then(|policy| policy.get("default_role")?.as_str()).map(role_word);
        if let Some(default) = default.filter(|default| *default != self.default_role) {
            self.default_role = default;
            self.follow_policy();
        }
        let roles = policy.and_then(|policy| policy.get("peer_roles")?.as_object());
        for (user, role) in roles.into_iter().flat_map(Object::iter) {
            self.adopt_role(user, role.as_str().unwrap_or_default());
        }
        if let Some(host) = body.get("host_guid").and_then(Value::as_str) {
            self.host = Some(host.to_owned());
        }
        if let Some(ownership) = section("broadcast_ownership") {
            let own = self.guid().to_owned();
            self.leases.adopt(ownership, &own, self.now.monotonic_us);
        }
    }

    fn adopt_peer(&mut self, guid: &str, told: &Value) {
        let now_us = self.now.wall_us;
        let text = |key| told.get(key).and_then(Value::as_str).map(str::to_owned);
        let entry = self.peers.entry(guid.to_owned()).or_insert_with(|| Entry {
            app: text("app").unwrap_or_default(),
            capabilities: told.get("capabilities").map(strings).unwrap_or_default(),
            seen_us: now_us,
            ..Entry::default()
        });
        let user = told.get("identity").and_then(|identity| identity.get("user")?.as_str());
        entry.role = entry.role.take().or(text("role"));
        entry.user = entry.user.take().or(user.map(str::to_owned));
    }
}

fn entry_fields(entry: &Entry) -> Object {
    let mut fields: Object = [("app", entry.app.as_str())].into_iter().collect();
    fields.insert("capabilities", entry.capabilities.clone());
    if let Some(role) = &entry.role {
        fields.insert("role", role.as_str());
    }
    if let Some(user) = &entry.user {
        let mut identity = Object::new();
        for (key, value) in [
            ("user", user.as_str()),
            ("first_name", ""),
            ("last_name", ""),
            ("host", ""),
            ("source", "local"),
        ] {
            identity.insert(key, value);
        }
        fields.insert("identity", identity);
    }
    fields
}

/// Python's `list` of it: of a text, its letters.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(text) => text.chars().map(String::from).collect(),
        _ => Vec::new(),
    }
}
