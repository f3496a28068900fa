//! Whole timelines as the reference takes them (legacy-protocol §2.10, §3.2).

use lossless_json::Value;
use otio_document::{Document, PropertyPath, Reading};
use session_log::Guid;

use super::{Held, Onlooker, Place, Raised};

impl Onlooker {
    /// Takes a timeline in; the objects of a clip timeline do not take the places of those that are in the map.
    pub(super) fn hold(&mut self, guid: &Guid, mut document: Document) {
        without_display(&mut document);
        self.read += 1;
        let clip =
            document.root().and_then(|root| document.metadata(root)?.get("clip_timeline_for")?.as_str());
        let clip = clip.map(Guid::from);
        let keeps = clip.is_some();
        self.timelines.insert(Guid::clone(guid), Held { number: self.read, document, clip });
        self.map_timeline(guid, keeps);
    }

    fn map_timeline(&mut self, guid: &Guid, keeps: bool) {
        let Some(held) = self.timelines.get(guid) else { return };
        let nodes = held.document.root().into_iter().flat_map(|root| held.document.descend(root));
        for node in nodes {
            let Some(name) = held.document.guid(node) else { continue };
            if !(keeps && self.map.contains_key(name)) {
                let place = Place { timeline: Guid::clone(guid), number: held.number, node };
                self.map.insert(Guid::from(name), place);
            }
        }
    }

    /// `ADD_TIMELINE`: one that is held already is not looked at.
    pub(super) fn add_timeline(&mut self, guid: &str, timeline: &Value) -> Result<(), Raised> {
        if guid.is_empty() || self.timelines.contains_key(guid) {
            return Ok(());
        }
        self.hold(&Guid::from(guid), read(timeline)?);
        Ok(())
    }

    /// `REPLACE_TIMELINE`: its objects take the places in the map, whatever it is.
    pub(super) fn replace_timeline(&mut self, guid: &str, timeline: &Value) -> Result<(), Raised> {
        if guid.is_empty() {
            return Ok(());
        }
        let document = read(timeline)?;
        let guid = Guid::from(guid);
        for gone in self.guids_of(&guid) {
            if document.find(&gone).is_none() {
                self.map.remove(&gone);
            }
        }
        self.hold(&guid, document);
        self.map_timeline(&guid, false);
        Ok(())
    }

    pub(super) fn rename_timeline(&mut self, guid: &str, name: &str) {
        let Some(held) = self.timelines.get_mut(guid).filter(|_| !name.is_empty()) else { return };
        if let (Some(root), Ok(path)) = (held.document.root(), PropertyPath::parse("name")) {
            let _ = held.document.set_property(root, &path, name.into());
        }
    }

    /// `REMOVE_TIMELINE`: the clip timelines of its clips go with it, and all their names leave the map.
    pub(super) fn remove_timeline(&mut self, guid: &str) {
        for gone in self.clip_timelines_of(guid).iter().map(|other| &**other).chain([guid]) {
            for name in self.guids_of(gone) {
                self.map.remove(&name);
            }
            self.timelines.remove(gone);
        }
    }

    /// The clip timelines that go with a timeline: which ones, every existing peer sees by what its own copy holds.
    pub(crate) fn clip_timelines_of(&self, guid: &str) -> Vec<Guid> {
        let names = self.guids_of(guid);
        let of_its_clips = self.timelines.iter().filter(|(other, held)| {
            ***other != *guid && held.clip.as_ref().is_some_and(|clip| names.contains(clip))
        });
        of_its_clips.map(|(other, _)| Guid::clone(other)).collect()
    }

    fn guids_of(&self, timeline: &str) -> Vec<Guid> {
        let Some(held) = self.timelines.get(timeline) else { return Vec::new() };
        let nodes = held.document.root().into_iter().flat_map(|root| held.document.descend(root));
        nodes.filter_map(|node| held.document.guid(node)).map(Guid::from).collect()
    }
}

fn read(timeline: &Value) -> Result<Document, Raised> {
    let document = Document::from_value(timeline.clone(), Reading::Exact);
    let document = document.map_err(|_| Raised("a timeline that cannot be read"))?;
    let is_timeline = document.root().is_some_and(|root| document.is_timeline(root));
    if is_timeline { Ok(document) } else { Err(Raised("a timeline that is none")) }
}

/// What is looked at is no part of the document here.
fn without_display(document: &mut Document) {
    let Some(root) = document.root() else { return };
    if let Ok(path) = PropertyPath::parse("metadata/display_settings") {
        let _ = document.remove_property(root, &path);
    }
}
