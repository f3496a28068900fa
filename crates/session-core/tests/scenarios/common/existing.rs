//! A scripted peer that does what a latest reference peer does (legacy-protocol §2, §3), naively: it applies on
//! arrival, compares no stamps and fails where the reference fails.

use std::collections::BTreeMap;

use lossless_json::{Object, Value};
use otio_document::newer_schema;
use session_wire::{Envelope, IAmMaster, Message, StateRequest, StateSnapshot, WhoIsMaster};

pub struct Existing {
    pub guid: String,
    pub is_master: bool,
    pub master: Option<String>,
    pub status: &'static str,
    pub timelines: Object,
    pub playback: Option<Value>,
    pub snapshots: Vec<StateSnapshot>,
    /// Of the seed's generation: announces nothing, and knows no timelines that go or are replaced.
    pub is_oldest: bool,
    /// What would have raised an exception.
    pub raised: Vec<String>,
    /// The timeline into which an object was inserted last, since the last state.
    inserted_into: BTreeMap<String, String>,
    buffer: Vec<Envelope>,
    sent: Vec<Envelope>,
}

impl Existing {
    /// One that hosts these timelines.
    pub fn master_of(guid: &str, timelines: &[Value]) -> Self {
        let mut peer = Self::joining(guid);
        peer.sent.clear();
        peer.is_master = true;
        peer.status = "SYNCED";
        for timeline in timelines {
            peer.timelines.insert(guid_of(timeline).unwrap(), timeline.clone());
        }
        peer.say(IAmMaster::new(guid));
        peer
    }

    /// One of the seed's generation that looks for a session.
    pub fn oldest(guid: &str) -> Self {
        let mut peer = Self { is_oldest: true, ..Self::joining(guid) };
        peer.sent.retain(|envelope| !matches!(envelope.message, Message::PeerAnnounce(_)));
        peer
    }

    /// One that looks for a session.
    pub fn joining(guid: &str) -> Self {
        let mut peer = Self {
            guid: guid.to_owned(),
            is_master: false,
            master: None,
            status: "DISCOVERING",
            timelines: Object::new(),
            playback: None,
            snapshots: Vec::new(),
            is_oldest: false,
            raised: Vec::new(),
            inserted_into: BTreeMap::new(),
            buffer: Vec::new(),
            sent: Vec::new(),
        };
        peer.say(WhoIsMaster::new(guid));
        peer.say(session_wire::PeerAnnounce::new(guid, "openrv", vec!["visibility".to_owned()]));
        peer
    }

    pub fn say(&mut self, message: impl Into<Message>) {
        self.sent.push(Envelope::new("dailies", self.guid.as_str(), message));
    }

    /// Does something itself, and tells the others.
    pub fn edit(&mut self, message: impl Into<Message>) {
        let message = message.into();
        self.apply(&message);
        self.say(message);
    }

    pub fn take_sent(&mut self) -> Vec<Envelope> {
        std::mem::take(&mut self.sent)
    }

    /// The timelines without what is view state.
    pub fn document(&self) -> Value {
        let mut timelines = self.timelines.clone();
        for (_, timeline) in timelines.iter_mut() {
            if let Some(metadata) = timeline.as_object_mut().and_then(|object| object.get_mut("metadata")) {
                metadata.as_object_mut().unwrap().remove("display_settings");
            }
        }
        Value::Object(timelines)
    }

    pub fn receive(&mut self, envelope: &Envelope, seconds: f64) {
        if envelope.source_guid == self.guid {
            return;
        }
        let session_message = envelope.message.family() == "LiveSession.1";
        if self.status == "JOINING" && !session_message {
            self.buffer.push(envelope.clone());
            return;
        }
        match &envelope.message {
            Message::WhoIsMaster(_) if self.is_master => self.say(IAmMaster::new(self.guid.clone())),
            Message::IAmMaster(body) => {
                self.master = Some(body.master_guid.clone());
                if self.status == "DISCOVERING" {
                    self.status = "JOINING";
                    self.say(StateRequest::new(body.master_guid.as_str(), self.guid.clone()));
                }
            }
            Message::StateRequest(body) if self.is_master => {
                self.send_snapshot(&body.requester_guid.clone(), seconds);
            }
            Message::StateSnapshot(body) if body.target_guid == self.guid => self.apply_snapshot(body),
            Message::PlaybackSettings(_) => self.playback = Some(envelope.message.body()),
            message => self.apply(message),
        }
    }

    fn send_snapshot(&mut self, target: &str, seconds: f64) {
        if self.timelines.is_empty() {
            return;
        }
        let active = self.timelines.keys().next().map(str::to_owned);
        self.say(StateSnapshot::new(target, self.timelines.clone(), active, seconds));
    }

    fn apply_snapshot(&mut self, snapshot: &StateSnapshot) {
        self.snapshots.push(snapshot.clone());
        let newer = snapshot.timelines.iter().find_map(|(_, timeline)| newer_schema(timeline));
        self.raised.extend(newer.map(|schema| format!("{schema} in a snapshot")));
        self.timelines = snapshot.timelines.clone();
        self.inserted_into.clear();
        for envelope in std::mem::take(&mut self.buffer) {
            if envelope.message.sync_timestamp().unwrap_or(0.0) > snapshot.snapshot_timestamp {
                self.apply(&envelope.message);
            }
        }
        self.status = "SYNCED";
    }

    fn apply(&mut self, message: &Message) {
        if message.is_durable()
            && let Some(schema) = newer_schema(&message.body())
        {
            self.raised.push(format!("{schema} in {}", message.event()));
            return;
        }
        match message {
            Message::RemoveTimeline(_) | Message::ReplaceTimeline(_) if self.is_oldest => {}
            Message::AddTimeline(body) if !self.timelines.contains_key(&body.timeline_guid) => {
                self.timelines.insert(body.timeline_guid.as_str(), body.timeline.clone());
            }
            Message::ReplaceTimeline(body) => {
                self.timelines.insert(body.timeline_guid.as_str(), body.timeline.clone());
            }
            Message::RemoveTimeline(body) => drop(self.timelines.remove(&body.timeline_guid)),
            Message::RenameTimeline(body) => {
                if let Some(timeline) = self.timelines.get_mut(&body.timeline_guid) {
                    timeline.as_object_mut().unwrap().insert("name", body.name.as_str());
                }
            }
            Message::SetProperty(body) => self.set(&body.target_uuid, &body.path, body.value.clone()),
            Message::InsertChild(body) => self.insert(&body.parent_uuid, body.index, body.child_data.clone()),
            Message::MoveChild(body) => {
                if let Some((_, child)) = self.take(&body.parent_uuid, &body.child_uuid) {
                    self.put(&body.parent_uuid, usize::try_from(body.to_index).unwrap(), child);
                }
            }
            Message::RemoveChild(body) => drop(self.take(&body.parent_uuid, &body.child_uuid)),
            Message::ReplaceAnnotationCommands(body) => {
                let commands = Value::Array(body.commands.clone());
                self.set(&body.annotation_clip_guid, "metadata/annotation_commands", commands);
            }
            _ => {}
        }
    }

    /// Sequences before clip timelines: the clip in its sequence owns the slot of the object map.
    fn find(&mut self, guid: &str) -> Option<&mut Value> {
        let is_clip_timeline = |timeline: &Value| timeline.at(&["metadata", "clip_timeline_for"]).is_some();
        let holds = |timeline: &Value| find_in_ref(timeline, guid);
        let key = self
            .timelines
            .iter()
            .filter(|(_, timeline)| holds(timeline))
            .min_by_key(|(key, timeline)| {
                let last = self.inserted_into.get(guid).is_some_and(|last| last == key);
                (!last, is_clip_timeline(timeline))
            })
            .map(|(key, _)| key.to_owned())?;
        find_in(self.timelines.get_mut(&key)?, guid)
    }

    fn set(&mut self, target: &str, path: &str, value: Value) {
        let primitive = !matches!(value, Value::Object(_) | Value::Array(_));
        let mut raised = None;
        if let Some(object) = self.find(target) {
            let keys: Vec<&str> = path.split('/').collect();
            if keys.len() == 1 && !primitive {
                raised = Some(format!("{path} = {}", value.kind()));
            } else if !set_at(object, &keys, value) {
                raised = Some(format!("{path} leads through a scalar"));
            }
        }
        self.raised.extend(raised);
    }

    fn insert(&mut self, parent: &str, index: i64, child: Value) {
        let guid = guid_of(&child).unwrap_or_default();
        if self.find(&guid).is_some() && !guid.is_empty() {
            self.raised.push(format!("{guid} inserted twice"));
        }
        if self.merge_annotation(parent, &child) {
            return;
        }
        let count = self.find(parent).and_then(children_of).map_or(0, |children| children.len());
        let at = if index == -1 { count } else { usize::try_from(index.max(0)).unwrap().min(count) };
        self.put(parent, at, child);
        let into = self.timelines.iter().find(|(_, timeline)| find_in_ref(timeline, parent));
        if let Some(into) = into.map(|(key, _)| key.to_owned()) {
            self.inserted_into.insert(guid, into);
        }
    }

    fn merge_annotation(&mut self, parent: &str, child: &Value) -> bool {
        let key = |value: &Value| {
            let clip = value.at(&["metadata", "clip_guid"])?.as_str()?.to_owned();
            let start = value.at(&["source_range", "start_time", "value"])?.as_f64()?;
            Some((clip, start.trunc().to_bits()))
        };
        let commands =
            child.at(&["metadata", "annotation_commands"]).and_then(Value::as_array).unwrap_or(&[]);
        let Some(wanted) = key(child).filter(|_| !commands.is_empty()) else { return false };
        let Some(children) = self.find(parent).and_then(children_of) else { return false };
        let Some(existing) = children.iter_mut().find(|other| key(other).as_ref() == Some(&wanted)) else {
            return false;
        };
        let metadata =
            existing.as_object_mut().unwrap().get_mut("metadata").unwrap().as_object_mut().unwrap();
        if let Some(Value::Array(list)) = metadata.get_mut("annotation_commands") {
            list.extend_from_slice(commands);
        }
        true
    }

    fn take(&mut self, parent: &str, child: &str) -> Option<(usize, Value)> {
        let children = self.find(parent).and_then(children_of)?;
        let at = children.iter().position(|other| guid_of(other).as_deref() == Some(child))?;
        Some((at, children.remove(at)))
    }

    fn put(&mut self, parent: &str, at: usize, child: Value) {
        match self.find(parent).map(children_of) {
            Some(Some(children)) => {
                let at = at.min(children.len());
                children.insert(at, child);
            }
            Some(None) => self.raised.push(format!("{parent} takes no children")),
            None => {}
        }
    }
}

pub fn guid_of(value: &Value) -> Option<String> {
    value.at(&["metadata", "sync", "guid"])?.as_str().map(str::to_owned)
}

fn children_of(value: &mut Value) -> Option<&mut Vec<Value>> {
    match value.as_object_mut()?.get_mut("children")? {
        Value::Array(children) => Some(children),
        _ => None,
    }
}

fn find_in_ref(value: &Value, guid: &str) -> bool {
    guid_of(value).as_deref() == Some(guid)
        || value.get("tracks").is_some_and(|tracks| find_in_ref(tracks, guid))
        || value
            .get("children")
            .and_then(Value::as_array)
            .is_some_and(|all| all.iter().any(|child| find_in_ref(child, guid)))
}

fn find_in<'a>(value: &'a mut Value, guid: &str) -> Option<&'a mut Value> {
    if guid_of(value).as_deref() == Some(guid) {
        return Some(value);
    }
    let object = value.as_object_mut()?;
    let key = if object.contains_key("tracks") { "tracks" } else { "children" };
    match object.get_mut(key)? {
        Value::Array(children) => children.iter_mut().find_map(|child| find_in(child, guid)),
        tracks => find_in(tracks, guid),
    }
}

/// Sets a value at a way of keys, making dictionaries; false where the way leads through a scalar.
fn set_at(value: &mut Value, keys: &[&str], new: Value) -> bool {
    let Some(object) = value.as_object_mut() else { return false };
    let [key, rest @ ..] = keys else { return false };
    if rest.is_empty() {
        object.insert(*key, new);
        return true;
    }
    if !object.contains_key(key) {
        object.insert(*key, Object::new());
    }
    set_at(object.get_mut(key).unwrap(), rest, new)
}
