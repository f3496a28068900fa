//! What a peer tells its user or application.

use std::sync::Arc;

use lossless_json::{Object, Value};
use session_log::{Guid, OperationId};
use session_wire::Envelope;

use crate::confirmation::Confirmation;
use crate::roles::Role;
use crate::roster::Participant;
use crate::status::Status;

/// Something that happened, told once. Effects say what others did; one's own commands are answered by replies.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Effect {
    /// An operation of another participant took effect. The names of legacy-protocol §2.3.
    Change {
        /// `set_property`, `insert_child`, `annotation_commands_added`, ….
        action: &'static str,
        /// The operation.
        id: OperationId,
        /// The message, with its fields as they came.
        envelope: Arc<Envelope>,
    },
    /// A late operation was put in its place: these timelines may differ from what single changes told.
    Resequenced {
        /// Timelines to read again.
        timelines: Vec<Guid>,
    },
    /// The whole state was taken over or replaced: read it again.
    Replaced {
        /// The timelines, in order.
        timelines: Vec<Guid>,
    },
    /// Playback, as it now stands for everybody (merged fields).
    Playback {
        /// Who asserted it.
        source: Guid,
        /// All fields as they stand.
        state: Object,
    },
    /// Display settings, as they now stand for everybody.
    Display {
        /// Who asserted it.
        source: Guid,
        /// All fields as they stand.
        state: Object,
    },
    /// A stroke being drawn: the whole stroke so far.
    PartialAnnotation {
        /// The message.
        envelope: Arc<Envelope>,
    },
    /// The timeline that is shown.
    ActiveTimeline(Option<Guid>),
    /// Where this peer stands.
    Status(Status),
    /// Who serves the state to existing peers.
    Master {
        /// The master; none where it left.
        guid: Option<Guid>,
        /// Whether it is this peer.
        own: bool,
    },
    /// Who decides what is shown when nobody claims it.
    Host {
        /// The host; none where nobody can be.
        guid: Option<Guid>,
        /// Whether it is this peer.
        own: bool,
    },
    /// A participant came.
    Joined {
        /// Who.
        guid: Guid,
        /// What the roster says.
        participant: Participant,
    },
    /// A participant's entry changed.
    Changed {
        /// Who.
        guid: Guid,
        /// What the roster says now.
        participant: Participant,
    },
    /// A participant left or fell silent.
    Left {
        /// Who.
        guid: Guid,
    },
    /// Whether a joiner holds and shows what the session does (see [`Confirmation`]).
    JoinConfirmation {
        /// Who joined.
        guid: Guid,
        /// Whether it is this peer.
        own: bool,
        /// How it turned out; of others only that they hold everything is told.
        outcome: Confirmation,
    },
    /// This peer's own role changed.
    OwnRole(Role),
    /// Nobody answered within two seconds; the search goes on.
    NoSession,
    /// Something a user should know of.
    Warning {
        /// A short word for programs.
        code: Warning,
        /// What, and what to do.
        detail: String,
    },
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Warning {
    /// Another process uses this peer's GUID.
    ForeignIdentity,
    /// Two peers of ours with the same operations show different documents.
    Diverged,
    /// More came while joining than is held back; the snapshot is asked for again.
    JoinOverflow,
    /// A received document was repaired or changed to be taken in.
    Repaired,
    /// A peer answers nobody's requests.
    NoAnswer,
    /// Somebody claims mastership again and again.
    MastershipContested,
    /// A hub or another peer refused something of ours.
    Refused,
    /// Own changes have no effect, since a driver had given another role before.
    Overruled,
    /// Somebody sends more operations than are taken at once.
    Flood,
    /// Somebody made two operations under one identity.
    Equivocation,
    /// A timeline holds what existing peers cannot read; it is withheld from their snapshots.
    NewerSchema,
    /// The settled state is too large to be given to others.
    TooLarge,
    /// Changes of others came too late for the state that everybody starts from.
    LeftBehind,
    /// Somebody changes back each time what is put right for existing peers.
    RepairStorm,
    /// An existing peer cannot be put right.
    NotRepaired,
}

impl Warning {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForeignIdentity => "foreign_identity",
            Self::Diverged => "diverged",
            Self::JoinOverflow => "join_overflow",
            Self::Repaired => "repaired",
            Self::NoAnswer => "no_answer",
            Self::MastershipContested => "mastership_contested",
            Self::Refused => "refused",
            Self::Overruled => "overruled",
            Self::Flood => "flood",
            Self::Equivocation => "equivocation",
            Self::NewerSchema => "newer_schema",
            Self::TooLarge => "too_large",
            Self::LeftBehind => "left_behind",
            Self::RepairStorm => "repair_storm",
            Self::NotRepaired => "not_repaired",
        }
    }
}

impl Effect {
    /// The effect's name in `join --json`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Change { action, .. } => action,
            Self::Resequenced { .. } => "resequenced",
            Self::Replaced { .. } => "replaced",
            Self::Playback { .. } => "playback_settings",
            Self::Display { .. } => "display_settings",
            Self::PartialAnnotation { .. } => "partial_annotation",
            Self::ActiveTimeline(_) => "active_timeline",
            Self::Status(_) => "status",
            Self::Master { .. } => "master",
            Self::Host { .. } => "host",
            Self::Joined { .. } => "peer_joined",
            Self::Changed { .. } => "peer_changed",
            Self::Left { .. } => "peer_left",
            Self::JoinConfirmation { .. } => "join_confirmation",
            Self::OwnRole(_) => "role",
            Self::NoSession => "no_session",
            Self::Warning { .. } => "warning",
        }
    }

    /// The effect as one object: `effect`, its name, and its fields, those of messages by their wire names.
    pub fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("effect", self.name());
        for (key, value) in self.fields() {
            object.insert(key, value);
        }
        Value::Object(object)
    }

    fn fields(&self) -> Object {
        let mut fields = Object::new();
        match self {
            Self::Change { id, envelope, .. } => {
                fields = message_fields(envelope);
                fields.insert("operation", operation_object(id));
            }
            Self::PartialAnnotation { envelope } => fields = message_fields(envelope),
            Self::Resequenced { timelines } | Self::Replaced { timelines } => {
                fields.insert("timelines", timelines.iter().map(|guid| &**guid).collect::<Vec<_>>());
            }
            Self::Playback { source, state } | Self::Display { source, state } => {
                fields.insert("source_guid", &**source);
                fields.extend(state);
            }
            Self::ActiveTimeline(guid) => {
                fields.insert("active_timeline_guid", guid.as_deref());
            }
            Self::Status(status) => {
                fields.insert("status", status.as_str());
            }
            Self::Master { guid, own } => insert_holder(&mut fields, "master_guid", guid.as_deref(), *own),
            Self::Host { guid, own } => insert_holder(&mut fields, "host_guid", guid.as_deref(), *own),
            Self::Joined { guid, participant } | Self::Changed { guid, participant } => {
                fields.insert("peer_guid", &**guid);
                fields.insert("name", participant.display_name());
                fields.extend(&participant.to_object());
            }
            Self::Left { guid } => {
                fields.insert("peer_guid", &**guid);
            }
            Self::JoinConfirmation { guid, own, outcome } => {
                insert_holder(&mut fields, "peer_guid", Some(guid), *own);
                fields.insert("outcome", outcome.as_str());
            }
            Self::OwnRole(role) => {
                fields.insert("role", role.as_str());
            }
            Self::NoSession => {}
            Self::Warning { code, detail } => {
                fields.insert("code", code.as_str());
                fields.insert("detail", detail.as_str());
            }
        }
        fields
    }
}

fn insert_holder(fields: &mut Object, key: &str, guid: Option<&str>, own: bool) {
    fields.insert(key, guid);
    fields.insert("own", own);
}

/// `{source_guid, run, seq}` of an operation.
pub(crate) fn operation_object(id: &OperationId) -> Object {
    let mut object = Object::new();
    object.insert("source_guid", &*id.source);
    object.insert("run", &*id.run);
    object.insert("seq", id.seq);
    object
}

/// The source and the body of a message.
fn message_fields(envelope: &Envelope) -> Object {
    let mut fields = Object::new();
    fields.insert("source_guid", envelope.source_guid.as_str());
    if let Value::Object(body) = envelope.message.body() {
        fields.extend(&body);
    }
    fields
}

/// Adds all entries of another object.
trait Extend {
    fn extend(&mut self, other: &Object);
}

impl Extend for Object {
    fn extend(&mut self, other: &Object) {
        for (key, value) in other.iter() {
            self.insert(key, value.clone());
        }
    }
}
