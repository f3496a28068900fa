//! Who may do what (legacy-protocol §2.8), decided at an operation's place in the order.
//!
//! Every peer folds the same operations in the same order, roles among them, so all agree on what took effect, whatever
//! crossed on the way: an operation whose author has not the role for it at its place has no effect, and is judged anew
//! when a change of roles comes in before it. `docs/decisions/0005-roles.md` says why.

use lossless_json::Value;
use otio_document::{NodeId, PropertyPath};
use session_wire::{AddTimeline, InsertChild, Message, RemoveChild, ReplaceAnnotationCommands, SetProperty};
use uuid::Uuid;

use crate::annotation::AnnotationKey;
use crate::property::NOTE_FIELDS;
use crate::replica::TimelineReplica;
use crate::state::SessionState;
use crate::{NoEffect, Operation};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Which timeline and clip everybody sees.
    Visibility,
    /// The playhead.
    Position,
    /// Pan, zoom, exposure, channel.
    Display,
    /// Drawings and notes.
    Annotation,
    /// Taking away what others drew.
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
            Self::DestructiveAnnotation => "clear drawings of others",
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

impl SessionState {
    /// Whether an operation may do what it does at the end of the fold; costs nothing while everybody may everything.
    pub(crate) fn check_author(&self, operation: &Operation) -> Result<(), NoEffect> {
        if self.roles.restrict() {
            self.check_role(operation, self.roles.of_author(operation))?;
        }
        Ok(())
    }

    /// Whether somebody of that role may do what an operation does at the end of the fold.
    ///
    /// # Errors
    /// [`NoEffect::Role`] where not.
    pub fn check_role(&self, operation: &Operation, role: Role) -> Result<(), NoEffect> {
        if role == Role::Driver {
            return Ok(());
        }
        match self.group_of(operation).filter(|group| !role.permits(*group)) {
            Some(Group::Administration) if self.roles.names_the_first_driver(operation) => Ok(()),
            Some(group) => Err(NoEffect::Role { role, group }),
            None => Ok(()),
        }
    }

    /// What kind of doing an operation is; none where it reaches nothing, so that there is nothing to forbid.
    ///
    /// Drawing takes several kinds of messages: the clip timeline that a drawing stands in, gaps before it, its note.
    fn group_of(&self, operation: &Operation) -> Option<Group> {
        match operation.message() {
            Message::SetPeerRole(_) => Some(Group::Administration),
            Message::AddTimeline(body) => Some(group_of_timeline(body)),
            Message::SetProperty(body) => self.group_of_property(body),
            Message::InsertChild(body) => self.group_of_insertion(body),
            Message::RemoveChild(body) => self.group_of_removal(operation, body),
            Message::ReplaceAnnotationCommands(body) => self.group_of_replacement(operation, body),
            Message::RenameTimeline(_)
            | Message::RemoveTimeline(_)
            | Message::ReplaceTimeline(_)
            | Message::MoveChild(_) => Some(Group::Structure),
            // What peers do for the log itself is nobody's doing.
            _ => None,
        }
    }

    fn group_of_property(&self, body: &SetProperty) -> Option<Group> {
        let (timeline, node) = self.locate(&body.target_uuid)?;
        let is_note = is_note(&body.path) && self.timelines.get(&timeline)?.is_annotation(node);
        Some(if is_note { Group::Annotation } else { Group::Structure })
    }

    fn group_of_insertion(&self, body: &InsertChild) -> Option<Group> {
        let (timeline, parent) = self.locate(&body.parent_uuid)?;
        let is_annotation = AnnotationKey::of_value(&body.child_data).is_some() || is_gap(&body.child_data);
        let drawn_there = is_annotation && self.timelines.get(&timeline)?.is_annotation_track(parent);
        Some(if drawn_there { Group::Annotation } else { Group::Structure })
    }

    fn group_of_removal(&self, operation: &Operation, body: &RemoveChild) -> Option<Group> {
        let (timeline, parent) = self.locate(&body.parent_uuid)?;
        let replica = self.timelines.get(&timeline)?;
        let child = replica.child(parent, &body.child_uuid)?;
        let is_gap = replica.document.schema_name(child) == "Gap";
        if !replica.is_annotation_track(parent) || !(is_gap || replica.is_annotation(child)) {
            return Some(Group::Structure);
        }
        let own = replica.is_own_work(child, &operation.id().source);
        Some(if own { Group::Annotation } else { Group::DestructiveAnnotation })
    }

    /// Strokes that it could not have seen stay (observed-remove), so they do not count as taken away.
    fn group_of_replacement(&self, operation: &Operation, body: &ReplaceAnnotationCommands) -> Option<Group> {
        let (timeline, node) = self.locate(&body.annotation_clip_guid)?;
        let takes = self.timelines.get(&timeline)?.takes_from_others(node, operation, body);
        Some(if takes { Group::DestructiveAnnotation } else { Group::Annotation })
    }
}

impl TimelineReplica {
    fn is_annotation(&self, node: NodeId) -> bool {
        let metadata = self.document.metadata(node);
        self.document.schema_name(node) == "Clip"
            && metadata.is_some_and(|metadata| {
                metadata.get("annotation_commands").and_then(Value::as_array).is_some()
                    && metadata.get("clip_guid").and_then(Value::as_str).is_some()
            })
    }

    /// A track of annotations goes by its name, as in the reference (legacy-protocol §3.4).
    fn is_annotation_track(&self, node: NodeId) -> bool {
        self.document.schema_name(node) == "Track"
            && self.document.name(node).to_lowercase().contains("annotation")
    }

    /// Whether one participant put an object there, and everything that is drawn on it.
    fn is_own_work(&self, node: NodeId, source: &str) -> bool {
        let placed = self.placed.get(&node).is_some_and(|stamp| *stamp.id.source == *source);
        let tags = self.command_tags(node);
        placed && tags.iter().all(|tag| tag.as_ref().is_some_and(|tag| *tag.id.source == *source))
    }
}

/// A clip timeline is named after its clip, and only drawing needs one; any other timeline is structure.
fn group_of_timeline(body: &AddTimeline) -> Group {
    let clip = body.timeline.at(&["metadata", "clip_timeline_for"]).and_then(Value::as_str);
    let derived = |clip| Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("clip_timeline:{clip}").as_bytes());
    let is_of_clip = clip.is_some_and(|clip| derived(clip).hyphenated().to_string() == body.timeline_guid);
    if is_of_clip { Group::Annotation } else { Group::Structure }
}

fn is_note(path: &str) -> bool {
    PropertyPath::parse(path).is_ok_and(|path| {
        let mut below = path.below();
        path.attribute() == "metadata"
            && below.next().is_some_and(|field| NOTE_FIELDS.contains(&field))
            && below.next().is_none()
    })
}

fn is_gap(value: &Value) -> bool {
    let schema = value.get("OTIO_SCHEMA").and_then(Value::as_str);
    schema.is_some_and(|schema| schema.starts_with("Gap."))
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
