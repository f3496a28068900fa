//! Every limit of the wire, in one place.
//!
//! A message beyond a limit is refused whole with a [`crate::DecodeError`] that names the field, what was found and
//! the limit; nothing is cut.

/// The longest message in bytes.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The deepest nesting of lists and objects in a message.
pub const MESSAGE_DEPTH_MAX: usize = 512;
/// The deepest nesting in a durable message, the envelope included: other messages carry it.
pub const OPERATION_DEPTH_MAX: usize = 480;
/// The same of a durable message that carries another one.
pub const CARRYING_DEPTH_MAX: usize = 496;
/// The longest GUID, session name, run, role, user, category or other identifier, in bytes.
pub const IDENTIFIER_BYTES_MAX: usize = 512;
/// The longest key of a frontier or roster, in bytes: a GUID, `/` and a run.
pub const KEY_BYTES_MAX: usize = 2 * IDENTIFIER_BYTES_MAX + 1;
/// The longest id of an operation, in bytes: a GUID, `/`, a run, `/` and a number.
pub const OPERATION_ID_BYTES_MAX: usize = KEY_BYTES_MAX + 21;
/// The longest path of a property, in bytes.
pub const PATH_BYTES_MAX: usize = 4096;
/// The longest text for people, name, key or secret, in bytes.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// The most entries of a frontier.
pub const FRONTIER_ENTRIES_MAX: usize = 65_536;
/// The most operations of existing peers that one request may name.
pub const EXISTING_ENTRIES_MAX: usize = 1_000_000;
/// The most envelopes in one part of an answer.
pub const ENVELOPES_MAX: usize = 65_536;
/// The most timelines in a snapshot.
pub const TIMELINES_MAX: usize = 65_536;
/// The most events of a partial annotation, and the most annotation commands of one clip.
pub const ANNOTATION_COMMANDS_MAX: usize = 1_000_000;
/// The most peers of a roster, roles of a policy, or operations that one undo names.
pub const ROSTER_ENTRIES_MAX: usize = 65_536;
/// The most entries of any other list or object that the protocol itself defines.
pub const ENTRIES_MAX: usize = 1024;

/// A row of the table of limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is limited, in words.
    pub what: &'static str,
    /// The largest value that is read.
    pub max: usize,
    /// The unit of `max`.
    pub unit: &'static str,
}

/// The table that `docs/protocol.md` prints.
pub const LIMITS: &[Limit] = &[
    Limit { what: "a message", max: MESSAGE_BYTES_MAX, unit: "bytes" },
    Limit { what: "nesting of lists and objects", max: MESSAGE_DEPTH_MAX, unit: "levels" },
    Limit { what: "the same in a durable message", max: OPERATION_DEPTH_MAX, unit: "levels" },
    Limit { what: "the same in `OPERATION_STAMP`", max: CARRYING_DEPTH_MAX, unit: "levels" },
    Limit {
        what: "GUIDs, session names, runs, roles, users and other identifiers",
        max: IDENTIFIER_BYTES_MAX,
        unit: "bytes",
    },
    Limit { what: "keys of frontiers and rosters", max: KEY_BYTES_MAX, unit: "bytes" },
    Limit { what: "ids of operations in `undo_of`", max: OPERATION_ID_BYTES_MAX, unit: "bytes" },
    Limit { what: "`path` of `SET_PROPERTY`", max: PATH_BYTES_MAX, unit: "bytes" },
    Limit { what: "texts for people, keys and secrets", max: TEXT_BYTES_MAX, unit: "bytes" },
    Limit { what: "a frontier (`frontier`, `seen`)", max: FRONTIER_ENTRIES_MAX, unit: "entries" },
    Limit {
        what: "`existing` of `OPERATIONS_REQUEST` and `CHECKPOINT`",
        max: EXISTING_ENTRIES_MAX,
        unit: "entries",
    },
    Limit { what: "`envelopes` of one `OPERATIONS` part", max: ENVELOPES_MAX, unit: "entries" },
    Limit { what: "`timelines` and `timeline_order` of a snapshot", max: TIMELINES_MAX, unit: "entries" },
    Limit { what: "`commands` and `events` of annotations", max: ANNOTATION_COMMANDS_MAX, unit: "entries" },
    Limit { what: "`peers`, `peer_roles` and `undo_of`", max: ROSTER_ENTRIES_MAX, unit: "entries" },
    Limit { what: "other lists and objects of the protocol", max: ENTRIES_MAX, unit: "entries" },
];

/// What every field may hold, in bytes: no [`text_bytes_max`] is smaller.
pub(crate) const SMALLEST_TEXT_BYTES_MAX: usize = IDENTIFIER_BYTES_MAX;

/// The longest text that a field of this name may hold, in bytes; `None` where only the message limits it.
pub(crate) fn text_bytes_max(field: &str) -> Option<usize> {
    match field {
        "value" | "commands" | "events" | "envelopes" | "piece" | "packed" => None,
        "undo_of" => Some(OPERATION_ID_BYTES_MAX),
        "path" => Some(PATH_BYTES_MAX),
        "name" | "detail" | "key" | "secret" | "presenter_hash" | "first_name" | "last_name" => {
            Some(TEXT_BYTES_MAX)
        }
        _ => Some(IDENTIFIER_BYTES_MAX),
    }
}

/// The most entries that a list or object in a field of this name may hold; `None` for free-form JSON.
pub(crate) fn entries_max(field: &str) -> Option<usize> {
    match field {
        "value" | "timeline" | "child_data" | "envelope" | "playback_state" | "display_state"
        | "identity" => None,
        "frontier" | "seen" => Some(FRONTIER_ENTRIES_MAX),
        "existing" => Some(EXISTING_ENTRIES_MAX),
        "envelopes" => Some(ENVELOPES_MAX),
        "timelines" | "timeline_order" => Some(TIMELINES_MAX),
        "commands" | "events" => Some(ANNOTATION_COMMANDS_MAX),
        "peers" | "peer_roles" | "guid_roles" | "bound_roles" | "undo_of" => Some(ROSTER_ENTRIES_MAX),
        _ => Some(ENTRIES_MAX),
    }
}
