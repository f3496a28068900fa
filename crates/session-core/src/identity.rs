//! Who a participant says it is (legacy-protocol §2.7). Self-declared: nothing here proves anything.

use lossless_json::Object;
use session_wire::Identity as WireIdentity;

use crate::limits::IDENTITY_TEXT_MAX;

/// The reference's identity fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Account name; roles are remembered by it.
    pub user: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Machine.
    pub host: String,
    /// Where this was taken from: `local`, `override`, ….
    pub source: String,
}

impl Identity {
    /// As the reference reads one from a message: text trimmed, absent fields empty, `None` where nothing is said.
    pub(crate) fn from_wire(wire: &WireIdentity) -> Option<Self> {
        (!wire.is_blank()).then(|| Self {
            user: bounded(wire.user.trim()),
            first_name: bounded(wire.first_name.trim()),
            last_name: bounded(wire.last_name.trim()),
            host: bounded(wire.host.trim()),
            source: bounded(wire.source.trim()),
        })
    }

    /// As it travels.
    pub(crate) fn to_wire(&self) -> WireIdentity {
        WireIdentity {
            user: self.user.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            host: self.host.clone(),
            source: self.source.clone(),
            ..WireIdentity::default()
        }
    }

    /// As effects tell it.
    pub(crate) fn to_object(&self) -> Object {
        [
            ("user", self.user.as_str()),
            ("first_name", &self.first_name),
            ("last_name", &self.last_name),
            ("host", &self.host),
            ("source", &self.source),
        ]
        .into_iter()
        .collect()
    }

    /// `"First Last"`, else the user; `None` where neither is said.
    pub fn display_name(&self) -> Option<String> {
        let full = format!("{} {}", self.first_name, self.last_name).trim().to_owned();
        [full, self.user.clone()].into_iter().find(|name| !name.is_empty())
    }
}

/// The text, cut at a character where it is longer than a name may be.
pub(crate) fn bounded(text: &str) -> String {
    text[..text.floor_char_boundary(IDENTITY_TEXT_MAX)].to_owned()
}
