//! From a batch of messages to what they do, on arrival (legacy-protocol §1.4, §2.3, §9.3).

use lossless_json::{Object, Value};

use super::patching::Patched;
use super::peer::{Action, ExistingPeer, Status};
use super::quirks::Quirk;
use super::raised::{Exception, Raised};

/// Messages that named something that is not there, kept at most; without [`Quirk::ForgetsUnresolved`].
const UNRESOLVED_MAX: usize = 1_000;

impl ExistingPeer {
    /// Applies what was received, in order, and then does what it leads to; who asked for the state. None where something
    /// raised and took the rest with it.
    pub(super) fn apply_batch(&mut self, batch: Vec<Value>) -> Option<Vec<String>> {
        let loses = self.has(Quirk::LosesTheBatch);
        let batch = self.coalesced(batch);
        let count = batch.len();
        for (number, envelope) in batch.iter().enumerate() {
            let Err(raised) = self.apply(envelope) else { continue };
            let text =
                |path: &[&str]| envelope.at(path).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (source, event) = (text(&["source_guid"]), text(&["payload", "command", "event"]));
            let lost = if loses { count - number - 1 + self.actions.len() } else { 0 };
            self.exceptions.push(Exception { raised, source, event, lost });
            if loses {
                self.actions.clear();
                return None;
            }
        }
        self.act(loses)
    }

    fn act(&mut self, loses: bool) -> Option<Vec<String>> {
        let mut requests = Vec::new();
        let mut actions = std::mem::take(&mut self.actions).into_iter();
        while let Some(action) = actions.next() {
            match action {
                Action::MasterFound => self.request_state(false),
                Action::StateRequested(requester) => requests.push(requester),
                Action::Snapshot { body, source } => {
                    let Err(raised) = self.apply_snapshot(&body) else { continue };
                    let lost = if loses { actions.len() + requests.len() } else { 0 };
                    let event = "STATE_SNAPSHOT".to_owned();
                    self.exceptions.push(Exception { raised, source, event, lost });
                    if loses {
                        return None;
                    }
                }
            }
        }
        Some(requests)
    }

    /// Applies one message.
    pub(super) fn apply(&mut self, envelope: &Value) -> Result<(), Raised> {
        let Some(envelope) = envelope.as_object() else {
            return Err(Raised::shape(&"the message is no object"));
        };
        let source = match envelope.get("source_guid") {
            None => "unknown",
            Some(Value::String(source)) => source,
            Some(_) if self.has(Quirk::RaisesOnOddSources) => {
                return Err(Raised::shape(&"source_guid is no text"));
            }
            Some(_) => return Ok(()),
        };
        if source == self.guid() {
            return Ok(());
        }
        let payload = object(envelope, "payload")?;
        let command = object(&payload, "command")?;
        let text = |object: &Object, key: &str| {
            object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (family, event) = (text(&payload, "command_schema"), text(&command, "event"));
        if self.status == Status::Joining && family != "LiveSession.1" && !self.join.replaying {
            self.join.buffer.push(envelope.clone().into());
            return Ok(());
        }
        let body = command.get("payload").cloned().unwrap_or_else(|| Object::new().into());
        let patched = self.dispatch(&family, &event, &body, source)?;
        self.try_again(&family, &event, &body, patched)
    }

    fn dispatch(&mut self, family: &str, event: &str, body: &Value, source: &str) -> Result<Patched, Raised> {
        let known = match family {
            "LiveSession.1" => matches!(
                event,
                "WHO_IS_MASTER"
                    | "I_AM_MASTER"
                    | "STATE_REQUEST"
                    | "STATE_SNAPSHOT"
                    | "PEER_ANNOUNCE"
                    | "PEER_DEPART"
                    | "SET_PEER_ROLE"
            ),
            "BROADCAST_OWNERSHIP_1.0" => !self.has(Quirk::KnowsNoLeases),
            "TIMELINE_1.0"
            | "OTIO_SESSION_1.0"
            | "PLAYBACK_SETTINGS_1.0"
            | "DISPLAY_SETTINGS_1.0"
            | "Annotation.1"
            | "SELECTION_1.0" => true,
            _ => false,
        };
        if !known {
            return Ok(Patched::Nothing);
        }
        let Some(body) = body.as_object() else { return Err(Raised::shape(&"the body is no object")) };
        match family {
            "LiveSession.1" => {
                self.on_session(event, body, source);
                Ok(Patched::Nothing)
            }
            "TIMELINE_1.0" => self.on_timeline(event, body),
            "OTIO_SESSION_1.0" => self.on_patch(event, body, source),
            "BROADCAST_OWNERSHIP_1.0" => self.on_ownership(event, body),
            _ => {
                self.on_view(family, event, body, source);
                Ok(Patched::Nothing)
            }
        }
    }

    fn on_session(&mut self, event: &str, body: &Object, source: &str) {
        let knows_peers = !self.has(Quirk::NeverAnnounces);
        match event {
            "WHO_IS_MASTER" => self.on_who_is_master(),
            "I_AM_MASTER" => self.on_i_am_master(body),
            "STATE_REQUEST" => self.on_state_request(body, source),
            "STATE_SNAPSHOT" => self.on_state_snapshot(body, source),
            "PEER_ANNOUNCE" if knows_peers => self.on_announce(body, source),
            "PEER_DEPART" if knows_peers => self.on_depart(body, source),
            "SET_PEER_ROLE" if knows_peers => self.on_set_peer_role(body),
            _ => {}
        }
    }

    fn on_timeline(&mut self, event: &str, body: &Object) -> Result<Patched, Raised> {
        let guid = text(body, "timeline_guid");
        let null = Value::Null;
        let timeline = body.get("timeline").unwrap_or(&null);
        let goes = !self.has(Quirk::IgnoresGoneTimelines);
        match event {
            "ADD_TIMELINE" => drop(self.replica.add_timeline(guid, timeline)?),
            "RENAME_TIMELINE" => {
                let name = text(body, "name");
                if let Some(id) = self.replica.timeline(guid).filter(|_| !name.is_empty()) {
                    self.replica.tree.set_field(id, "name", name.into());
                }
            }
            "REMOVE_TIMELINE" if goes => drop(self.replica.remove_timeline(guid)),
            "REPLACE_TIMELINE" if goes && !guid.is_empty() && !super::replica::is_falsy(timeline) => {
                let id = self.replica.read(timeline)?;
                self.replica.replace_timeline(guid, id);
            }
            _ => {}
        }
        Ok(Patched::Nothing)
    }

    fn on_patch(&mut self, event: &str, body: &Object, source: &str) -> Result<Patched, Raised> {
        self.note_traffic("structure", source);
        let null = Value::Null;
        let value = |key| body.get(key).unwrap_or(&null);
        let replica = &mut self.replica;
        match event {
            "SET_PROPERTY" => {
                let at = value("sync_timestamp").as_f64().unwrap_or_default();
                let (guid, path) = (text(body, "target_uuid"), text(body, "path"));
                let before = replica.property(guid, path);
                let patched = replica.set_property(guid, path, value("value"), at)?;
                if patched == Patched::Done {
                    self.say_again(guid, path, value("value"), before.as_ref());
                }
                Ok(patched)
            }
            "INSERT_CHILD" => {
                let append = Value::from(-1_i64);
                let index = body.get("index").unwrap_or(&append);
                replica.insert_child(text(body, "parent_uuid"), index, value("child_data"))
            }
            "MOVE_CHILD" => {
                let (parent, child) = (text(body, "parent_uuid"), text(body, "child_uuid"));
                replica.move_child(parent, child, value("to_index"), false)
            }
            "REMOVE_CHILD" => {
                replica.remove_child(text(body, "parent_uuid"), text(body, "child_uuid"), false)
            }
            "REPLACE_ANNOTATION_COMMANDS" => {
                replica.replace_commands(text(body, "annotation_clip_guid"), value("commands"))
            }
            _ => Ok(Patched::Nothing),
        }
    }

    fn on_ownership(&mut self, event: &str, body: &Object) -> Result<Patched, Raised> {
        let (channel, guid) = (text(body, "category"), text(body, "peer_guid"));
        let now_us = self.now.monotonic_us;
        match (event, body.get("claim_ts")) {
            ("CLAIM_OWNERSHIP", Some(at)) if !guid.is_empty() && !at.is_null() => {
                let at = at.as_f64();
                if at.is_some() || self.has(Quirk::ClaimsPoisonLeases) {
                    self.leases.claim(channel, at, guid, now_us)?;
                }
            }
            ("RELEASE_OWNERSHIP", _) => self.leases.release(channel, guid, now_us),
            _ => {}
        }
        Ok(Patched::Nothing)
    }

    fn on_view(&mut self, family: &str, event: &str, body: &Object, source: &str) {
        match (family, event) {
            ("PLAYBACK_SETTINGS_1.0", "SET") => {
                self.note_traffic("position", source);
                self.on_playback(body);
            }
            ("DISPLAY_SETTINGS_1.0", "SET") => {
                self.note_traffic("display", source);
                self.on_display(body);
            }
            ("SELECTION_1.0", "SET") => self.on_selection(body),
            ("Annotation.1", "PARTIAL") => self.view.partials += 1,
            _ => {}
        }
    }

    /// What a lease's owner sends shows that the lease is used; the reference does not look.
    fn note_traffic(&mut self, channel: &str, source: &str) {
        let now_us = self.now.monotonic_us;
        if !self.has(Quirk::RefreshesOwnLeasesOnly) && self.leases.owner(channel, now_us) == Some(source) {
            self.leases.confirm(channel, now_us);
        }
    }

    /// Keeps what named something that is not there, and tries it again once something came; not in the reference.
    fn try_again(&mut self, family: &str, event: &str, body: &Value, patched: Patched) -> Result<(), Raised> {
        if self.has(Quirk::ForgetsUnresolved) {
            return Ok(());
        }
        match patched {
            Patched::Unresolved if self.unresolved.len() < UNRESOLVED_MAX => {
                self.unresolved.push((event.to_owned(), body.clone()));
            }
            Patched::Done | Patched::Nothing if matches!(family, "OTIO_SESSION_1.0" | "TIMELINE_1.0") => {
                for (event, body) in std::mem::take(&mut self.unresolved) {
                    let Some(object) = body.as_object() else { continue };
                    if self.on_patch(&event, object, "")? == Patched::Unresolved {
                        self.unresolved.push((event, body));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn object(of: &Object, key: &str) -> Result<Object, Raised> {
    match of.get(key) {
        None => Ok(Object::new()),
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(other) => Err(Raised::shape(&format!("{key} is {}", other.kind()))),
    }
}

fn text<'a>(body: &'a Object, key: &str) -> &'a str {
    body.get(key).and_then(Value::as_str).unwrap_or_default()
}
