//! What one peer was heard to say.

use std::collections::BTreeSet;

use session_wire::{Envelope, Heartbeat, Message};

use crate::clock::{Now, microseconds};
use crate::identity::bounded;

/// What a peer said or left out that tells what it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sign {
    Announces,
    Claims,
    SetsRoles,
    Replaces,
    SaysPlaybackMode,
    SaysLooping,
    SaysSelection,
    Flat,
    Wiki,
}

impl Sign {
    /// In words, after "it".
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Announces => "announces itself",
            Self::Claims => "claims leases",
            Self::SetsRoles => "gives roles",
            Self::Replaces => "removes or replaces timelines",
            Self::SaysPlaybackMode => "says playback_mode",
            Self::SaysLooping => "says looping instead of playback_mode",
            Self::SaysSelection => "says SELECTION_1.0",
            Self::Flat => "speaks the flat dialect of before June 2026",
            Self::Wiki => "speaks the spellings of the ASWF page",
        }
    }

    fn of(envelope: &Envelope) -> Option<Self> {
        match &envelope.message {
            Message::PeerAnnounce(_) => Some(Self::Announces),
            Message::ClaimOwnership(_) | Message::ReleaseOwnership(_) => Some(Self::Claims),
            Message::SetPeerRole(_) => Some(Self::SetsRoles),
            Message::RemoveTimeline(_) | Message::ReplaceTimeline(_) => Some(Self::Replaces),
            Message::PlaybackSettings(body) if body.playback_mode.is_some() => Some(Self::SaysPlaybackMode),
            Message::PlaybackSettings(body) if body.looping.is_some() => Some(Self::SaysLooping),
            Message::Selection(_) => Some(Self::SaysSelection),
            _ => None,
        }
    }

    fn of_dialect(envelope: &Envelope) -> Option<Self> {
        match envelope.dialect {
            session_wire::Dialect::Flat => Some(Self::Flat),
            session_wire::Dialect::Wiki => Some(Self::Wiki),
            _ => None,
        }
    }
}

/// The same question, asked again and again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking {
    pub(super) first_us: u64,
    pub(super) last_us: u64,
    pub(super) times: u64,
}

/// One peer, as far as it was heard.
#[derive(Clone, Debug)]
pub(super) struct Sighting {
    ours: bool,
    pub(super) heard_us: u64,
    pub(super) signs: BTreeSet<Sign>,
    /// How far its clock is ahead, in microseconds: of all messages the one that was on its way for the shortest time tells.
    pub(super) clock_us: Option<i64>,
    pub(super) version: Option<String>,
    /// What the last heartbeat of one of ours said.
    pub(super) heartbeat: Option<Box<Heartbeat>>,
    /// It said to be master.
    pub(super) is_master: bool,
    pub(super) seeks_master: Option<Asking>,
    pub(super) newer_schema: Option<String>,
    /// Its edits without a usable time.
    pub(super) untimed: u64,
    pub(super) unreadable: Option<(u64, String)>,
}

impl Sighting {
    pub(super) const fn new(now: Now) -> Self {
        Self {
            ours: false,
            heard_us: now.monotonic_us,
            signs: BTreeSet::new(),
            clock_us: None,
            version: None,
            heartbeat: None,
            is_master: false,
            seeks_master: None,
            newer_schema: None,
            untimed: 0,
            unreadable: None,
        }
    }

    /// Whether it says what only peers of ours say.
    pub(super) const fn is_ours(&self) -> bool {
        self.ours
    }

    pub(super) const fn sends_newer_schemas(&self) -> bool {
        self.newer_schema.is_some()
    }

    pub(super) fn note_newer_schema(&mut self, schema: &str) {
        self.newer_schema = Some(bounded(schema));
    }

    pub(super) fn note_unreadable(&mut self, why: &str) {
        let count = self.unreadable.as_ref().map_or(0, |(count, _)| *count);
        self.unreadable = Some((count + 1, bounded(why)));
    }

    pub(super) fn hear(&mut self, envelope: &Envelope, now: Now) {
        self.heard_us = now.monotonic_us;
        self.ours |= envelope.operation.is_some() || envelope.message.is_of_ours();
        self.signs.extend(Sign::of(envelope).into_iter().chain(Sign::of_dialect(envelope)));
        self.read_clock(envelope, now);
        match &envelope.message {
            Message::PeerAnnounce(body) => self.version = body.version.as_deref().map(bounded),
            Message::Heartbeat(body) => self.heartbeat = Some(body.clone()),
            Message::IAmMaster(body) => self.is_master |= body.master_guid == envelope.source_guid,
            Message::WhoIsMaster(_) => self.note_seeking(now),
            Message::StateRequest(_) | Message::StateSnapshot(_) => self.seeks_master = None,
            message if message.is_durable() && self.clock_of(message).is_none() => {
                self.untimed += u64::from(!self.ours);
            }
            _ => {}
        }
    }

    fn note_seeking(&mut self, now: Now) {
        let asked_us = now.monotonic_us;
        let asking = self.seeks_master.get_or_insert(Asking { first_us: asked_us, last_us: 0, times: 0 });
        asking.last_us = asked_us;
        asking.times += 1;
    }

    fn read_clock(&mut self, envelope: &Envelope, now: Now) {
        let Some(said_us) = self.clock_of(&envelope.message) else { return };
        let ahead_us =
            i64::try_from(said_us).unwrap_or(i64::MAX) - i64::try_from(now.wall_us).unwrap_or(i64::MAX);
        // A state is long on its way, so that it tells only of clocks that are ahead all the same.
        if ahead_us > 0 || !matches!(envelope.message, Message::StateSnapshot(_)) {
            self.clock_us = self.clock_us.max(Some(ahead_us));
        }
    }

    /// When it says that it sent a message. What a master of ours says of a state is when that last changed.
    fn clock_of(&self, message: &Message) -> Option<u64> {
        let seconds = match message {
            Message::ClaimOwnership(body) => body.claim_ts,
            Message::StateSnapshot(body) if !self.ours => Some(body.snapshot_timestamp),
            message => message.sync_timestamp(),
        };
        seconds.and_then(microseconds).filter(|us| *us > 0)
    }
}
