//! What an existing peer does not understand, by generation (legacy-protocol §8.1, §8.2), and what becomes of it.

use crate::steward::Generation;

/// Something that an existing peer does not understand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Gap {
    /// `REMOVE_TIMELINE` and `REPLACE_TIMELINE`.
    TimelinesThatGo,
    /// `PEER_ANNOUNCE` and `PEER_DEPART`.
    Presence,
    /// Roles, `SET_PEER_ROLE`.
    Roles,
    /// Leases, `CLAIM_OWNERSHIP`.
    Leases,
    /// `playback_mode`.
    PlaybackMode,
    /// `view_mode` and `clip_guid`.
    View,
    /// What is said while it joins.
    JoinReplay,
    /// That a role binds what others send.
    RolesOfOthers,
    /// `SELECTION_1.0` and `looping`.
    SeedSpellings,
    /// Schema versions that are newer than its `OpenTimelineIO`.
    NewerSchemas,
    /// `SESSION_LOG_1.0` and `op`.
    OurMessages,
}

const OF_SEED: [Gap; 9] = [
    Gap::TimelinesThatGo,
    Gap::Presence,
    Gap::Roles,
    Gap::Leases,
    Gap::PlaybackMode,
    Gap::View,
    Gap::JoinReplay,
    Gap::NewerSchemas,
    Gap::OurMessages,
];
const OF_LATEST: [Gap; 4] = [Gap::RolesOfOthers, Gap::SeedSpellings, Gap::NewerSchemas, Gap::OurMessages];

impl Gap {
    /// What peers of a generation do not understand.
    pub(super) const fn of(generation: Generation) -> &'static [Self] {
        match generation {
            Generation::Seed => &OF_SEED,
            Generation::Latest => &OF_LATEST,
        }
    }

    /// A word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TimelinesThatGo => "timelines_that_go",
            Self::Presence => "presence",
            Self::Roles => "roles",
            Self::Leases => "leases",
            Self::PlaybackMode => "playback_mode",
            Self::View => "view",
            Self::JoinReplay => "join_replay",
            Self::RolesOfOthers => "roles_of_others",
            Self::SeedSpellings => "seed_spellings",
            Self::NewerSchemas => "newer_schemas",
            Self::OurMessages => "our_messages",
        }
    }

    /// A sentence about the peer, which begins with a verb. `attended`: a peer of ours takes part and looks after it.
    pub const fn words(self, attended: bool) -> &'static str {
        match (self, attended) {
            (Self::TimelinesThatGo, true) => {
                "ignores REMOVE_TIMELINE and REPLACE_TIMELINE: is given the whole state instead"
            }
            (Self::TimelinesThatGo, false) => {
                "ignores REMOVE_TIMELINE and REPLACE_TIMELINE: keeps what others removed or replaced until it joins anew"
            }
            (Self::Presence, _) => {
                "sends no heartbeat (PEER_ANNOUNCE) and no good-bye: no list of participants shows it, and nobody sees it go"
            }
            (Self::Roles, _) => {
                "knows no roles: SET_PEER_ROLE for its user binds nothing that it does, one for its GUID does at peers of ours"
            }
            (Self::Leases, _) => {
                "knows no leases (CLAIM_OWNERSHIP): it moves playhead and view whoever holds them"
            }
            (Self::PlaybackMode, _) => {
                "reads looping, not playback_mode: peers of ours say both; it plays ping-pong as a loop"
            }
            (Self::View, _) => {
                "knows SELECTION_1.0, not view_mode and clip_guid: it does not follow which clip is looked at alone"
            }
            (Self::JoinReplay, true) => "drops what is said while it joins: is put right afterwards",
            (Self::JoinReplay, false) => "drops what is said while it joins: lacks it until it joins anew",
            (Self::RolesOfOthers, _) => {
                "heeds roles only in what it sends itself: what a viewer sends all the same, it applies"
            }
            (Self::SeedSpellings, _) => {
                "ignores SELECTION_1.0 and looping: it does not follow what peers of the seed's generation select or loop"
            }
            (Self::NewerSchemas, _) => {
                "raises on newer schema versions than its OpenTimelineIO has, and loses what came with them: peers of ours withhold such objects from it"
            }
            (Self::OurMessages, _) => {
                "does not know our SESSION_LOG_1.0 and op: it ignores both, and peers of ours do not rely on it for what they say"
            }
        }
    }
}
