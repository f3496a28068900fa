//! What a participant sees: the objects that its commands can name.

use lossless_json::Value;
use otio_document::{Document, NodeId};
use session_log::SessionState;

use crate::random::pick;

/// The GUIDs of one state, in the order of the documents.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    /// Sequences, clip timelines left out.
    pub(crate) timelines: Vec<String>,
    pub(crate) stacks: Vec<String>,
    /// Tracks with their parent.
    pub(crate) tracks: Vec<(String, String)>,
    /// Clips, gaps and what else stands in tracks, with their parent.
    pub(crate) items: Vec<(String, String)>,
    pub(crate) clips: Vec<String>,
    pub(crate) annotations: Vec<String>,
    /// Tracks for annotations, of clip timelines too.
    pub(crate) annotation_tracks: Vec<String>,
    /// Clips and the notes on them.
    pub(crate) notes: Vec<(String, String)>,
}

impl Sight {
    pub(crate) fn of(state: &SessionState) -> Self {
        let mut sight = Self::default();
        for (guid, document) in state.timelines() {
            let is_sequence = !state.is_clip_timeline(guid);
            if is_sequence {
                sight.timelines.push(guid.to_string());
            }
            for node in document.root().into_iter().flat_map(|root| document.descend(root)) {
                sight.look_at(document, node, is_sequence);
            }
        }
        sight
    }

    fn look_at(&mut self, document: &Document, node: NodeId, in_sequence: bool) {
        let Some(guid) = document.guid(node).map(str::to_owned) else { return };
        let schema = document.schema_name(node);
        if schema == "Track" && document.name(node).contains("nnotation") {
            self.annotation_tracks.push(guid.clone());
        }
        if schema == "Clip" && self.look_at_annotation(document, node, &guid) || !in_sequence {
            return;
        }
        let parent = || document.parent(node).and_then(|parent| document.guid(parent)).unwrap_or_default();
        match schema {
            "Timeline" => {}
            "Stack" => self.stacks.push(guid),
            "Track" => self.tracks.push((parent().to_owned(), guid)),
            schema => {
                if schema == "Clip" {
                    self.clips.push(guid.clone());
                }
                self.items.push((parent().to_owned(), guid));
            }
        }
    }

    /// Whether a clip is an annotation clip.
    fn look_at_annotation(&mut self, document: &Document, node: NodeId, guid: &str) -> bool {
        let Some(metadata) = document.metadata(node) else { return false };
        if metadata.get("annotation_commands").is_none() {
            return false;
        }
        if let (Some(clip), Some(note)) = (text(metadata.get("clip_guid")), text(metadata.get("note_uuid"))) {
            self.notes.push((clip, note));
        }
        self.annotations.push(guid.to_owned());
        true
    }

    pub(crate) fn timeline(&self, number: u64) -> Option<String> {
        pick(&self.timelines, number).cloned()
    }

    pub(crate) fn clip(&self, number: u64) -> Option<String> {
        pick(&self.clips, number).cloned()
    }

    /// A track, and now and then a stack.
    pub(crate) fn parent(&self, number: u64) -> Option<String> {
        if number.is_multiple_of(29) {
            return pick(&self.stacks, number).cloned();
        }
        pick(&self.tracks, number).map(|(_, guid)| guid.clone())
    }

    pub(crate) fn item(&self, number: u64) -> Option<(String, String)> {
        pick(&self.items, number).cloned()
    }

    /// Whether [`Sight::object`] looks for an annotation clip.
    pub(crate) const fn names_annotation(number: u64) -> bool {
        number % 23 == 1
    }

    /// An item, or now and then a track, an annotation clip or a stack.
    pub(crate) fn object(&self, number: u64) -> Option<String> {
        let other = match number % 23 {
            0 => pick(&self.tracks, number).map(|(_, guid)| guid),
            1 => pick(&self.annotations, number),
            2 => pick(&self.stacks, number),
            _ => None,
        };
        other.or_else(|| pick(&self.items, number).map(|(_, guid)| guid)).cloned()
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    value?.as_str().map(str::to_owned)
}
