//! The outcome of a survey: each peer, and what was found.

use lossless_json::{Object, Value};
use session_log::Guid;

use super::sighting::{Sighting, Sign};
use super::{Finding, Gap, Severity, Survey, finding};
use crate::clock::{Now, seconds};
use crate::identity::Identity;
use crate::limits::ANNOUNCE_GAP_US;
use crate::roles::Role;
use crate::steward::{ExistingPeer, Generation};

/// What was learnt.
#[derive(Clone, Debug)]
pub struct SurveyReport {
    /// For how long it was listened, in microseconds.
    pub listened_us: u64,
    /// How many messages came.
    pub messages: u64,
    /// Everybody who was heard or told of: ours first, then by GUID.
    pub peers: Vec<PeerReport>,
    /// What is to be said, what is wrong first.
    pub findings: Vec<Finding>,
}

/// One peer.
#[derive(Clone, Debug)]
pub struct PeerReport {
    /// Its GUID.
    pub guid: Guid,
    /// Who sits there, where it said so.
    pub name: Option<String>,
    /// Its application; empty where it said none.
    pub app: String,
    /// The role that it announced.
    pub role: Option<Role>,
    /// Whose protocol it speaks.
    pub kind: Kind,
    /// Whether it said to be master, or gave somebody the state.
    pub is_master: bool,
    /// How it is known.
    pub known_by: KnownBy,
    /// For how long it had said nothing when the survey ended, in microseconds; none where nobody can tell.
    pub silent_us: Option<u64>,
    /// How far its clock is ahead of this machine's, in microseconds, as far as its messages tell.
    pub clock_us: Option<i64>,
    /// What it said or left out that tells its generation, in words after "it".
    pub told_by: Vec<String>,
}

/// Whose protocol a peer speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// One of ours.
    Ours {
        /// Of the program; none where it did not say.
        version: Option<String>,
        /// Whether it answers requests of others of ours; none where its heartbeats do not come here.
        serves: Option<bool>,
    },
    /// A peer that speaks only the reference protocol.
    Existing {
        /// How it is treated.
        generation: Generation,
        /// Whether it was listened for long enough, or said enough, to be sure.
        certain: bool,
    },
}

/// How a peer is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KnownBy {
    /// It was heard.
    Heard,
    /// A peer of ours heard it; it announces nothing.
    Told,
    /// A master lists it.
    Listed,
}

impl PeerReport {
    /// What it does not understand; nothing for one of ours.
    pub fn gaps(&self) -> &'static [Gap] {
        match self.kind {
            Kind::Ours { .. } => &[],
            Kind::Existing { generation, .. } => Gap::of(generation),
        }
    }

    /// Whether it is one of ours.
    pub const fn is_ours(&self) -> bool {
        matches!(self.kind, Kind::Ours { .. })
    }

    /// What to call it: the name, else the application, with the beginning of the GUID.
    pub fn called(&self) -> String {
        let short = &self.guid[..self.guid.floor_char_boundary(8)];
        let name = self.name.as_deref().filter(|name| !name.is_empty());
        match name.or(Some(self.app.as_str()).filter(|app| !app.is_empty())) {
            Some(name) => format!("{name} ({short})"),
            None => short.to_owned(),
        }
    }
}

impl SurveyReport {
    /// Whether something is wrong that somebody should see to.
    pub fn has_problems(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Problem)
    }

    /// Whether a peer of ours takes part and looks after existing ones.
    pub fn is_attended(&self) -> bool {
        self.peers.iter().any(|peer| matches!(peer.kind, Kind::Ours { serves: Some(true), .. }))
    }

    /// For programs.
    pub fn to_value(&self) -> Value {
        let attended = self.is_attended();
        let mut object = Object::new();
        object.insert("listened_seconds", seconds(self.listened_us));
        object.insert("messages", self.messages);
        object.insert("attended", attended);
        object.insert("peers", self.peers.iter().map(|peer| peer.to_value(attended)).collect::<Vec<_>>());
        object.insert("findings", self.findings.iter().map(Finding::to_value).collect::<Vec<_>>());
        Value::Object(object)
    }
}

impl PeerReport {
    fn to_value(&self, attended: bool) -> Value {
        let mut object = Object::new();
        object.insert("guid", &*self.guid);
        object.insert("name", self.name.as_deref());
        object.insert("app", self.app.as_str());
        object.insert("role", self.role.map(Role::as_str));
        match &self.kind {
            Kind::Ours { version, serves } => {
                object.insert("kind", "ours");
                object.insert("version", version.as_deref());
                object.insert("serves", *serves);
            }
            Kind::Existing { generation, certain } => {
                object.insert("kind", "existing");
                object.insert("generation", generation.as_str());
                object.insert("certain", *certain);
            }
        }
        object.insert("is_master", self.is_master);
        object.insert("known_by", self.known_by.as_str());
        object.insert("silent_seconds", self.silent_us.map(seconds));
        object.insert("clock_ahead_seconds", self.clock_us.map(finding::signed_seconds));
        object.insert("told_by", self.told_by.clone());
        let gaps = self.gaps().iter().map(|gap| {
            Value::Object([("code", gap.code()), ("text", gap.words(attended))].into_iter().collect())
        });
        object.insert("does_not_understand", gaps.collect::<Vec<_>>());
        Value::Object(object)
    }
}

impl KnownBy {
    /// A word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Heard => "heard",
            Self::Told => "told",
            Self::Listed => "listed",
        }
    }
}

impl Survey {
    /// What was learnt until now.
    pub fn report(&self, now: Now) -> SurveyReport {
        let heard = self.sightings.iter().map(|(guid, sighting)| self.heard_peer(guid, sighting, now));
        let unheard = |guid: &&Guid| !self.sightings.contains_key(&**guid);
        let told = self.existing.iter().map(|(guid, _)| guid).filter(unheard);
        let told = told.map(|guid| self.told_peer(guid, now));
        let listed = self.listed.iter().filter(unheard).filter(|guid| !self.existing.is_known(guid));
        let listed = listed.map(|guid| self.listed_peer(guid));
        let mut peers: Vec<PeerReport> = heard.chain(told).chain(listed).collect();
        peers.sort_by_key(|peer| (!peer.is_ours(), Guid::clone(&peer.guid)));
        let mut report = SurveyReport {
            listened_us: now.since(self.started.monotonic_us),
            messages: self.messages,
            peers,
            findings: Vec::new(),
        };
        report.findings = finding::findings(self, &report, now);
        report
    }

    fn heard_peer(&self, guid: &Guid, sighting: &Sighting, now: Now) -> PeerReport {
        let kind = match (sighting.is_ours(), self.existing.get(guid)) {
            (true, _) => Kind::Ours {
                version: sighting.version.clone(),
                serves: sighting.heartbeat.as_ref().map(|heartbeat| heartbeat.serves),
            },
            (false, peer) => {
                let generation = peer.map_or(Generation::Seed, ExistingPeer::generation);
                Kind::Existing { generation, certain: self.is_certain(generation, sighting, now) }
            }
        };
        let gives_state = self.states.contains_key(guid);
        let told_by = if sighting.is_ours() { Vec::new() } else { self.told_by(sighting, now) };
        PeerReport {
            is_master: sighting.is_master || gives_state,
            known_by: KnownBy::Heard,
            silent_us: Some(now.since(sighting.heard_us)),
            clock_us: sighting.clock_us,
            told_by,
            ..self.named(guid, kind)
        }
    }

    /// Peers of the seed's generation are told by what they do not say, too: whoever announces itself does so every five
    /// seconds.
    fn is_certain(&self, generation: Generation, sighting: &Sighting, now: Now) -> bool {
        let says = |sign| sighting.signs.contains(&sign);
        generation == Generation::Latest
            || self.has_listened_long(now)
            || says(Sign::SaysSelection)
            || (says(Sign::SaysLooping) && !says(Sign::SaysPlaybackMode))
    }

    pub(super) fn has_listened_long(&self, now: Now) -> bool {
        now.since(self.started.monotonic_us) > ANNOUNCE_GAP_US
    }

    fn told_by(&self, sighting: &Sighting, now: Now) -> Vec<String> {
        let mut words: Vec<String> = sighting.signs.iter().map(|sign| sign.words().to_owned()).collect();
        if !sighting.signs.contains(&Sign::Announces) {
            let listened = seconds(now.since(self.started.monotonic_us));
            words.push(format!("announced nothing in {listened:.0} s"));
        }
        words
    }

    fn told_peer(&self, guid: &Guid, now: Now) -> PeerReport {
        let known = self.existing.get(guid);
        PeerReport {
            known_by: KnownBy::Told,
            is_master: known.is_some_and(ExistingPeer::claims),
            silent_us: known.map(|peer| peer.silent_us(now)),
            told_by: vec!["announced nothing to a peer of ours that heard it".to_owned()],
            ..self.named(guid, Kind::Existing { generation: Generation::Seed, certain: true })
        }
    }

    /// Only peers that announce themselves get onto a list; of ours, it shows no more than the application.
    fn listed_peer(&self, guid: &Guid) -> PeerReport {
        let existing = Kind::Existing { generation: Generation::Latest, certain: false };
        let listed = PeerReport { known_by: KnownBy::Listed, ..self.named(guid, existing) };
        if listed.app.starts_with("otio-sync") {
            return PeerReport { kind: Kind::Ours { version: None, serves: None }, ..listed };
        }
        let told_by = vec!["is on the list of a master, so that it announced itself".to_owned()];
        PeerReport { told_by, ..listed }
    }

    /// With what the roster says.
    fn named(&self, guid: &Guid, kind: Kind) -> PeerReport {
        let participant = self.roster.get(guid).cloned().unwrap_or_default();
        PeerReport {
            guid: Guid::clone(guid),
            name: participant.identity.as_ref().and_then(Identity::display_name),
            kind,
            role: participant.role,
            is_master: false,
            known_by: KnownBy::Heard,
            silent_us: None,
            clock_us: None,
            told_by: Vec::new(),
            app: participant.app,
        }
    }
}
