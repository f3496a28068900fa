//! What a participant may ever do (legacy-protocol §2.8).

use session_log::Roles;
use session_wire::SessionRoles;

/// A participant's role, from the widest to the narrowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Everything.
    #[default]
    Driver,
    /// Playback, display and annotations.
    Reviewer,
    /// Its own display only.
    Viewer,
}

/// What a role permits or forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Which timeline and clip everybody sees.
    Visibility,
    /// The playhead.
    Position,
    /// Pan, zoom, exposure, channel.
    Display,
    /// Drawings and notes.
    Annotation,
    /// Taking drawings away from everybody.
    DestructiveAnnotation,
    /// Timelines, their children and properties.
    Structure,
    /// Roles.
    Administration,
}

impl Group {
    /// In a user's words: "you may not …".
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Visibility => "choose what everybody sees",
            Self::Position => "move the playhead",
            Self::Display => "change the display",
            Self::Annotation => "draw or write notes",
            Self::DestructiveAnnotation => "clear drawings",
            Self::Structure => "change timelines",
            Self::Administration => "give roles",
        }
    }
}

impl Role {
    /// As the reference reads a role: trimmed, any case; what it does not know is a driver.
    pub fn normalise(text: &str) -> Self {
        Self::parse(text).unwrap_or_default()
    }

    /// A role by its name.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "driver" => Some(Self::Driver),
            "reviewer" => Some(Self::Reviewer),
            "viewer" => Some(Self::Viewer),
            _ => None,
        }
    }

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Driver => "driver",
            Self::Reviewer => "reviewer",
            Self::Viewer => "viewer",
        }
    }

    /// Whether this role may do things of a group.
    pub const fn permits(self, group: Group) -> bool {
        match self {
            Self::Driver => true,
            Self::Reviewer => matches!(group, Group::Position | Group::Display | Group::Annotation),
            Self::Viewer => matches!(group, Group::Display),
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or_else(|| format!("{text:?} is no role: use driver, reviewer or viewer"))
    }
}

/// A snapshot's `session_roles`; nothing where they say nothing.
pub(crate) fn section(roles: &Roles) -> Option<SessionRoles> {
    let silent = Role::normalise(roles.default_role()) == Role::Driver && roles.of_users().is_empty();
    (!silent).then(|| SessionRoles::new(roles.default_role(), roles.of_users().clone()))
}

#[cfg(test)]
mod tests {
    use super::{Group, Role};

    #[test]
    fn the_table_of_the_reference() {
        let all = [
            Group::Visibility,
            Group::Position,
            Group::Display,
            Group::Annotation,
            Group::DestructiveAnnotation,
            Group::Structure,
            Group::Administration,
        ];
        let row = |role: Role| all.map(|group| role.permits(group));
        assert_eq!(row(Role::Driver), [true; 7]);
        assert_eq!(row(Role::Reviewer), [false, true, true, true, false, false, false]);
        assert_eq!(row(Role::Viewer), [false, false, true, false, false, false, false]);
    }

    #[test]
    fn an_unknown_role_is_a_driver() {
        assert_eq!(Role::normalise("  Reviewer "), Role::Reviewer);
        assert_eq!(Role::normalise("boss"), Role::Driver);
        assert!("boss".parse::<Role>().is_err());
    }
}
