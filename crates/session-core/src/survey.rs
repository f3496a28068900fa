//! What an onlooker learns of the peers of a session: who is here, and what each existing one does not understand.
//!
//! A [`Survey`] is no participant. It announces nothing, never asks who is master (each such question brings existing peers
//! closer to making themselves master, legacy-protocol §9.1), and holds no timelines. It asks for the state once, of nobody in
//! particular: every existing master answers that (§9.1-3), and nobody else does anything about it.

mod finding;
mod gap;
mod report;
mod sighting;

use std::collections::{BTreeMap, BTreeSet};

use otio_document::{Document, Reading};
use session_log::Guid;
use session_wire::{
    Envelope, Hello, Message, OperationFields, PeerAnnounce, PeerEntry, StateRequest, StateSnapshot,
};

pub use finding::{Finding, Severity};
pub use gap::Gap;
pub use report::{Kind, KnownBy, PeerReport, SurveyReport};
use sighting::Sighting;

use crate::clock::Now;
use crate::commands::unreadable_elsewhere;
use crate::config::Delivery;
use crate::limits::{HEARD_MAX, OTHER_SESSIONS_MAX, ROSTER_MAX};
use crate::roster::{Participant, Roster};
use crate::steward::{ExistingPeers, Source};

/// Who looks on, and at what.
#[derive(Clone, Debug)]
pub struct Onlooker {
    /// The session's name.
    pub session: String,
    /// A GUID that nobody else has.
    pub guid: String,
    /// Names this start of the process.
    pub run: String,
    /// How messages reach it.
    pub delivery: Delivery,
}

/// What was heard so far.
#[derive(Debug)]
pub struct Survey {
    onlooker: Onlooker,
    started: Now,
    sightings: BTreeMap<Guid, Sighting>,
    /// The steward's own knowledge of existing peers, fed with the same messages.
    existing: ExistingPeers,
    roster: Roster,
    /// Who the rosters of masters list, whether heard or not.
    listed: BTreeSet<Guid>,
    /// Who gave this onlooker a state, and how many timelines it holds.
    states: BTreeMap<Guid, usize>,
    other_sessions: BTreeMap<String, u64>,
    messages: u64,
    unreadable: u64,
    losses: u64,
}

impl Survey {
    /// Begins to listen.
    pub fn new(onlooker: Onlooker, now: Now) -> Self {
        Self {
            onlooker,
            started: now,
            sightings: BTreeMap::new(),
            existing: ExistingPeers::default(),
            roster: Roster::default(),
            listed: BTreeSet::new(),
            states: BTreeMap::new(),
            other_sessions: BTreeMap::new(),
            messages: 0,
            unreadable: 0,
            losses: 0,
        }
    }

    /// What a hub wants to hear first.
    pub fn greeting(&self) -> Hello {
        let mut hello = Hello::new(&self.onlooker.guid, &self.onlooker.run, BTreeMap::new());
        hello.app = Some("otio-sync doctor".to_owned());
        hello.role = Some("viewer".to_owned());
        hello
    }

    /// Asks `nobody`, a GUID that no peer has, for the state. Reference masters do not look whom it names; peers of ours do, and
    /// know by `op` that the onlooker is none of the existing peers that they look after.
    pub fn question(&self, nobody: &str) -> Envelope {
        let request = StateRequest::new(nobody, &self.onlooker.guid);
        self.envelope(request).with_operation(OperationFields::new(&self.onlooker.run, 0))
    }

    /// A message of this onlooker.
    pub fn envelope(&self, message: impl Into<Message>) -> Envelope {
        Envelope::new(&self.onlooker.session, &self.onlooker.guid, message)
    }

    /// How many messages of others were heard.
    pub const fn messages(&self) -> u64 {
        self.messages
    }

    /// How many peers were heard.
    pub fn peers(&self) -> usize {
        self.sightings.len()
    }

    /// The connection was lost for a while.
    pub const fn lost(&mut self) {
        self.losses += 1;
    }

    /// Something came that is no message of the protocol: who sent it, where that can be told, and why it cannot be read.
    pub fn hear_unreadable(&mut self, source: Option<&str>, why: &str, now: Now) {
        self.messages += 1;
        match source.and_then(|source| self.sighting(&Guid::from(source), now)) {
            Some(sighting) => sighting.note_unreadable(why),
            None => self.unreadable += 1,
        }
    }

    /// A message came.
    pub fn hear(&mut self, envelope: &Envelope, now: Now) {
        if *envelope.source_guid == *self.onlooker.guid {
            return;
        }
        self.messages += 1;
        if !envelope.session.is_empty() && envelope.session != self.onlooker.session {
            self.hear_other_session(&envelope.session);
            return;
        }
        let source = Guid::from(envelope.source_guid.as_str());
        if let Message::PeerDepart(_) = envelope.message {
            self.forget(&source);
            return;
        }
        let Some(sighting) = self.sighting(&source, now) else { return };
        sighting.hear(envelope, now);
        if sighting.is_ours() {
            self.existing.forget(&source);
        } else {
            self.existing.hear(&source, &envelope.message, now);
        }
        self.hear_of_others(&source, envelope, now);
        self.look_at_documents(&source, &envelope.message);
    }

    fn sighting(&mut self, source: &Guid, now: Now) -> Option<&mut Sighting> {
        if self.sightings.len() >= ROSTER_MAX && !self.sightings.contains_key(source) {
            return None;
        }
        Some(self.sightings.entry(Guid::clone(source)).or_insert_with(|| Sighting::new(now)))
    }

    fn forget(&mut self, source: &Guid) {
        self.sightings.remove(source);
        self.existing.forget(source);
        self.roster.remove(source);
        self.listed.remove(source);
        self.states.remove(source);
    }

    fn hear_other_session(&mut self, session: &str) {
        if self.other_sessions.len() < OTHER_SESSIONS_MAX || self.other_sessions.contains_key(session) {
            *self.other_sessions.entry(session.to_owned()).or_default() += 1;
        }
    }

    fn hear_of_others(&mut self, source: &Guid, envelope: &Envelope, now: Now) {
        match &envelope.message {
            Message::PeerAnnounce(body) => {
                self.roster.announce(source, participant(body), now);
            }
            Message::Heartbeat(body) => {
                for (guid, ago_us) in body.hears.iter().take(HEARD_MAX) {
                    let is_ours = self.sightings.get(guid.as_str()).is_some_and(Sighting::is_ours);
                    if !is_ours && *guid != self.onlooker.guid {
                        self.existing.recall(&Guid::from(guid.as_str()), Source::Told, *ago_us, now);
                    }
                }
            }
            Message::StateSnapshot(body) => self.hear_state(source, body, now),
            _ => {}
        }
    }

    /// Whoever gives a state is master. One that is meant for another tells the same.
    fn hear_state(&mut self, source: &Guid, body: &StateSnapshot, now: Now) {
        self.states.insert(Guid::clone(source), body.timelines.len());
        let Some(peers) = &body.peers else { return };
        self.roster.adopt(peers, &self.onlooker.guid, now);
        let others = peers.keys().filter(|guid| **guid != self.onlooker.guid).take(ROSTER_MAX);
        self.listed.extend(others.map(|guid| Guid::from(guid.as_str())));
    }

    /// Whether what it sends can be read by existing peers.
    fn look_at_documents(&mut self, source: &Guid, message: &Message) {
        let Some(sighting) =
            self.sightings.get_mut(source).filter(|sighting| !sighting.sends_newer_schemas())
        else {
            return;
        };
        let objects: Vec<&lossless_json::Value> = match message {
            Message::AddTimeline(body) => vec![&body.timeline],
            Message::ReplaceTimeline(body) => vec![&body.timeline],
            Message::InsertChild(body) => vec![&body.child_data],
            Message::StateSnapshot(body) => body.timelines.iter().map(|(_, timeline)| timeline).collect(),
            _ => return,
        };
        let newer = objects.into_iter().find_map(|object| {
            unreadable_elsewhere(&Document::from_value(object.clone(), Reading::Exact).ok()?)
        });
        if let Some(newer) = newer {
            sighting.note_newer_schema(&newer);
        }
    }
}

/// Who an announcement says its sender is.
fn participant(body: &PeerAnnounce) -> Participant {
    Participant::from_wire(&PeerEntry {
        app: body.app.clone(),
        capabilities: body.capabilities.clone(),
        role: body.role.clone(),
        identity: body.identity.clone(),
        ..PeerEntry::default()
    })
}

#[cfg(test)]
mod tests;
