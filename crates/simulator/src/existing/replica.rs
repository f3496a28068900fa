//! An existing peer's copy of the session's timelines (legacy-protocol §2.10, §3.1, §3.2).

use std::collections::{BTreeMap, BTreeSet};

use lossless_json::{Object, Style, Value};

use super::quirks::{Quirk, Quirks};
use super::raised::Raised;
use super::tree::{ThingId, Tree, read_value};

/// Its timelines, and what their GUIDs lead to.
#[derive(Clone, Debug)]
pub(crate) struct Replica {
    pub(super) quirks: Quirks,
    owner: String,
    minted: u64,
    /// Its wall clock as events that lack a time get it.
    pub(super) now_text: String,
    pub(crate) tree: Tree,
    /// In the order in which they were stored.
    pub(super) timelines: Vec<(String, ThingId)>,
    /// What each GUID leads to, whether or not that stands anywhere.
    pub(super) objects: BTreeMap<String, ThingId>,
    pub(super) clip_timelines: BTreeMap<String, String>,
    pub(super) active: Option<String>,
    /// Messages that named something that is not there.
    pub(crate) unresolved: u64,
    /// Timelines that its user opened and that it told nobody of, for want of a lease or role.
    pub(super) unsaid: BTreeSet<String>,
    /// When each property was written by its author's clock; used without [`Quirk::LastArrivalWins`].
    pub(super) written: BTreeMap<(String, String), f64>,
}

/// More than one run ever mints.
const MINTED_MAX: u64 = 1_000_000;

impl Replica {
    pub(crate) fn new(owner: &str, run: u64, quirks: Quirks) -> Self {
        Self {
            quirks,
            owner: owner.to_owned(),
            minted: run * MINTED_MAX,
            now_text: String::new(),
            tree: Tree::default(),
            timelines: Vec::new(),
            objects: BTreeMap::new(),
            clip_timelines: BTreeMap::new(),
            active: None,
            unresolved: 0,
            unsaid: BTreeSet::new(),
            written: BTreeMap::new(),
        }
    }

    /// A GUID that nobody else has.
    pub(super) fn mint(&mut self) -> String {
        self.minted += 1;
        format!("{}-minted-{}", self.owner, self.minted)
    }

    pub(super) fn read(&mut self, value: &Value) -> Result<ThingId, Raised> {
        self.tree.read(value, self.quirks.has(Quirk::RefusesNewerSchemas), &self.now_text)
    }

    pub(super) fn read_events(&self, value: &Value) -> Result<Vec<Value>, Raised> {
        let Value::Array(events) = value else {
            return Err(Raised::shape(&format!("{} is no list", value.kind())));
        };
        let newer = self.quirks.has(Quirk::RefusesNewerSchemas);
        events.iter().map(|event| read_value(event, newer, &self.now_text)).collect()
    }

    pub(super) fn ensure_guid(&mut self, id: ThingId) -> String {
        if let Some(guid) = self.tree.guid(id) {
            return guid.to_owned();
        }
        let guid = self.mint();
        self.tree.set_guid(id, &guid);
        guid
    }

    pub(super) fn map_one(&mut self, id: ThingId) {
        let guid = self.ensure_guid(id);
        self.objects.insert(guid, id);
    }

    /// The whole subtree. What is mapped already stays so where that is asked for.
    pub(super) fn map_subtree(&mut self, root: ThingId, preserve: bool) {
        for id in self.tree.subtree(root) {
            let guid = self.ensure_guid(id);
            if !preserve || !self.objects.contains_key(&guid) {
                self.objects.insert(guid, id);
            }
        }
    }

    pub(super) fn find(&self, guid: &str) -> Option<ThingId> {
        self.objects.get(guid).copied()
    }

    pub(super) fn timeline(&self, guid: &str) -> Option<ThingId> {
        self.timelines.iter().find(|(held, _)| held == guid).map(|(_, id)| *id)
    }

    pub(super) fn is_clip_timeline(&self, id: ThingId) -> bool {
        self.tree.metadata(id).is_some_and(|metadata| metadata.contains_key("clip_timeline_for"))
    }

    pub(super) fn clear(&mut self) {
        self.tree = Tree::default();
        self.timelines.clear();
        self.objects.clear();
        self.clip_timelines.clear();
        self.written.clear();
        self.unsaid.clear();
    }

    fn put_timeline(&mut self, guid: &str, id: ThingId) {
        match self.timelines.iter_mut().find(|(held, _)| held == guid) {
            Some((_, held)) => *held = id,
            None => self.timelines.push((guid.to_owned(), id)),
        }
    }

    pub(super) fn store(&mut self, guid: &str, id: ThingId) {
        self.put_timeline(guid, id);
        let of_clip = self.tree.metadata(id).and_then(|metadata| metadata.get("clip_timeline_for")?.as_str());
        let of_clip = of_clip.map(str::to_owned);
        self.map_subtree(id, of_clip.is_some());
        if let Some(clip) = of_clip {
            self.clip_timelines.insert(clip, guid.to_owned());
        }
    }

    /// A timeline of its own; it becomes the active one where there is none.
    pub(super) fn register(&mut self, id: ThingId) -> String {
        let guid = self.ensure_guid(id);
        self.put_timeline(&guid, id);
        self.map_subtree(id, false);
        self.active.get_or_insert_with(|| guid.clone());
        guid
    }

    pub(super) fn add_timeline(&mut self, guid: &str, body: &Value) -> Result<bool, Raised> {
        if guid.is_empty() || is_falsy(body) {
            return Ok(false);
        }
        if self.timeline(guid).is_some() {
            if self.quirks.has(Quirk::IgnoresKnownTimelines) {
                return Ok(false);
            }
            let id = self.read(body)?;
            self.replace_timeline(guid, id);
            return Ok(true);
        }
        let id = self.read(body)?;
        self.store(guid, id);
        Ok(true)
    }

    pub(super) fn replace_timeline(&mut self, guid: &str, id: ThingId) {
        if let Some(old) = self.timeline(guid) {
            let new: BTreeSet<Option<String>> = self.guids_in(id).into_iter().collect();
            for gone in self.guids_in(old) {
                if !new.contains(&gone) {
                    self.objects.remove(&gone.unwrap_or_default());
                }
            }
        }
        self.put_timeline(guid, id);
        self.map_subtree(id, false);
        self.active.get_or_insert_with(|| guid.to_owned());
    }

    fn guids_in(&self, root: ThingId) -> Vec<Option<String>> {
        self.tree.subtree(root).into_iter().map(|id| self.tree.guid(id).map(str::to_owned)).collect()
    }

    /// The timeline goes, and the clip timelines of what stands in it.
    pub(super) fn remove_timeline(&mut self, guid: &str) -> bool {
        let Some(id) = self.timeline(guid) else { return false };
        let inside: BTreeSet<Option<String>> = self.guids_in(id).into_iter().collect();
        let of_clips = self.clip_timelines.iter();
        let of_clips =
            of_clips.filter(|(clip, held)| inside.contains(&Some((*clip).clone())) && *held != guid);
        let going: Vec<String> = of_clips.map(|(_, held)| held.clone()).collect();
        for clip_timeline in going {
            self.purge(&clip_timeline);
        }
        self.purge(guid);
        true
    }

    fn purge(&mut self, guid: &str) {
        let Some(id) = self.timeline(guid) else { return };
        self.timelines.retain(|(held, _)| held != guid);
        let inside = self.tree.subtree(id);
        for gone in &inside {
            let Some(gone_guid) = self.tree.guid(*gone).map(str::to_owned) else { continue };
            let leads_here = self.objects.get(&gone_guid).is_some_and(|held| inside.contains(held));
            if leads_here || self.quirks.has(Quirk::UnmapsSharedClips) {
                self.objects.remove(&gone_guid);
            }
        }
        self.clip_timelines.retain(|_, held| held != guid);
        if self.active.as_deref() == Some(guid) {
            self.active = None;
        }
    }

    /// The timelines as they go over the wire.
    pub(crate) fn wire_timelines(&self) -> Object {
        self.timelines.iter().map(|(guid, id)| (guid.as_str(), self.tree.value(*id))).collect()
    }

    /// Each timeline in digest form, without what belongs to the view.
    pub(crate) fn digest_texts(&self) -> BTreeMap<String, String> {
        let texts = self.timelines.iter().map(|(guid, id)| (guid.clone(), digest_text(self.tree.value(*id))));
        texts.collect()
    }

    /// The same, without what nobody can know of.
    pub(crate) fn said_texts(&self) -> BTreeMap<String, String> {
        let mut texts = self.digest_texts();
        texts.retain(|guid, _| !self.unsaid.contains(guid));
        texts
    }

    /// Whether every GUID of what stands in a timeline leads to something that stands in one.
    pub(crate) fn leads_everywhere(&self) -> bool {
        let standing: BTreeSet<ThingId> =
            self.timelines.iter().flat_map(|(_, id)| self.tree.subtree(*id)).collect();
        standing.iter().all(|id| {
            let mapped = self.tree.guid(*id).and_then(|guid| self.find(guid));
            mapped.is_some_and(|mapped| standing.contains(&mapped))
        })
    }
}

/// A timeline in digest form, without the display settings in its metadata: they are view state.
pub(crate) fn digest_text(mut timeline: Value) -> String {
    let metadata = timeline.as_object_mut().and_then(|timeline| timeline.get_mut("metadata"));
    if let Some(metadata) = metadata.and_then(Value::as_object_mut) {
        metadata.remove("display_settings");
    }
    timeline.to_text(Style::Digest)
}

/// What Python's `not` is true for.
pub(super) fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == 0.0,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
    }
}
