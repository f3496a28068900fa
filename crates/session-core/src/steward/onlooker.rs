//! What an existing peer holds that changes nothing itself: every message as it came, applied as the reference applies it
//! (legacy-protocol §3; convergence §4.1). Compared with the fold, it tells what existing peers lack.

mod patches;
mod timelines;

use std::collections::BTreeMap;

use otio_document::{Document, NodeId};
use session_log::{Guid, SessionState};
use session_wire::Message;

use crate::commands::{newer_schema_in, unreadable_elsewhere};

/// Timelines and the flat map from GUIDs to objects that a reference peer has.
#[derive(Debug, Default)]
pub(crate) struct Onlooker {
    timelines: BTreeMap<Guid, Held>,
    map: BTreeMap<Guid, Place>,
    /// How many timelines were read: tells a timeline from the one that replaced it.
    read: u64,
}

#[derive(Debug)]
struct Held {
    number: u64,
    document: Document,
    /// The clip that it is the clip timeline of.
    clip: Option<Guid>,
}

/// An object: one that stands, or one that the reference keeps in its map although it is in no timeline any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) timeline: Guid,
    number: u64,
    pub(crate) node: NodeId,
}

/// What the reference would raise, with the rest of what it received lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Raised(pub(crate) &'static str);

impl Onlooker {
    /// A peer that was just given this state as a snapshot: sequences first, so that their copy of a clip is the one in
    /// the map.
    pub(crate) fn of(state: &SessionState) -> Self {
        let mut onlooker = Self::default();
        for clip_timelines in [false, true] {
            for (guid, document) in state.timelines() {
                if state.is_clip_timeline(guid) == clip_timelines && unreadable_elsewhere(document).is_none()
                {
                    onlooker.hold(guid, document.clone());
                }
            }
        }
        onlooker
    }

    /// Applies one message.
    ///
    /// # Errors
    /// It raises in the reference.
    pub(crate) fn apply(&mut self, message: &Message) -> Result<(), Raised> {
        if newer_schema_in(message).is_some() {
            return Err(Raised("an object of a newer schema"));
        }
        match message {
            Message::SetProperty(body) => self.set_property(body),
            Message::InsertChild(body) => self.insert_child(body),
            Message::MoveChild(body) => self.move_child(body),
            Message::RemoveChild(body) => {
                self.remove_child(body);
                Ok(())
            }
            Message::ReplaceAnnotationCommands(body) => {
                self.replace_commands(body);
                Ok(())
            }
            Message::AddTimeline(body) => self.add_timeline(&body.timeline_guid, &body.timeline),
            Message::ReplaceTimeline(body) => self.replace_timeline(&body.timeline_guid, &body.timeline),
            Message::RenameTimeline(body) => {
                self.rename_timeline(&body.timeline_guid, &body.name);
                Ok(())
            }
            Message::RemoveTimeline(body) => {
                self.remove_timeline(&body.timeline_guid);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The timelines that are held.
    pub(crate) fn guids(&self) -> impl Iterator<Item = &Guid> {
        self.timelines.keys()
    }

    /// One timeline.
    pub(crate) fn timeline(&self, guid: &str) -> Option<&Document> {
        self.timelines.get(guid).map(|held| &held.document)
    }

    /// The object that an edit to a GUID reaches, where it is in a timeline that is held.
    pub(crate) fn mapped(&self, guid: &str) -> Option<&Place> {
        let place = self.map.get(guid)?;
        self.timelines.get(&place.timeline).filter(|held| held.number == place.number)?;
        Some(place)
    }

    /// Whether an edit to a GUID reaches that object of that timeline.
    pub(crate) fn reaches(&self, guid: &str, timeline: &str, node: NodeId) -> bool {
        self.mapped(guid).is_some_and(|place| *place.timeline == *timeline && place.node == node)
    }

    fn document_mut(&mut self, place: &Place) -> Option<&mut Document> {
        self.timelines.get_mut(&place.timeline).map(|held| &mut held.document)
    }
}
