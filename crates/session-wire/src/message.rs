//! The registry: family and event → type.

use lossless_json::{Cursor, Object, TextWriter, Value};

use crate::body::{Body, FieldInfo};
use crate::error::{FieldError, FieldProblem};
use crate::messages::{
    Ack, AddTimeline, Checkpoint, ClaimOwnership, DisplaySettings, Heartbeat, Hello, IAmMaster, InsertChild,
    MoveChild, NewParticipant, NewPresenter, OperationStamp, Operations, OperationsRequest,
    PartialAnnotation, PeerAnnounce, PeerDepart, PlaybackSettings, Refusal, ReleaseOwnership, RemoveChild,
    RemoveTimeline, RenameTimeline, ReplaceAnnotationCommands, ReplaceTimeline, Selection, SetPeerRole,
    SetProperty, SettledState, SharedKeyRequest, SharedKeyResponse, StateRequest, StateSnapshot,
    UnknownMessage, WhoIsMaster,
};

/// The families, spelled as they were born. Literal strings: never normalise them.
pub mod families {
    /// Discovery, join, presence and roles.
    pub const LIVE_SESSION: &str = "LiveSession.1";
    /// Whole timelines.
    pub const TIMELINE: &str = "TIMELINE_1.0";
    /// Edits inside a timeline.
    pub const OTIO_SESSION: &str = "OTIO_SESSION_1.0";
    /// Transport, playhead and what is being looked at.
    pub const PLAYBACK_SETTINGS: &str = "PLAYBACK_SETTINGS_1.0";
    /// Pan, zoom, exposure and channel.
    pub const DISPLAY_SETTINGS: &str = "DISPLAY_SETTINGS_1.0";
    /// Strokes while they are being drawn.
    pub const ANNOTATION: &str = "Annotation.1";
    /// Who is emitting a channel now.
    pub const BROADCAST_OWNERSHIP: &str = "BROADCAST_OWNERSHIP_1.0";
    /// The selected clip; retired by the reference, still sent by old peers.
    pub const SELECTION: &str = "SELECTION_1.0";
    /// Anti-entropy between peers of ours; existing peers ignore it.
    pub const SESSION_LOG: &str = "SESSION_LOG_1.0";
}

/// How a message is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// An operation: it goes through the log and survives.
    Durable,
    /// View state: the latest one wins, nothing is kept.
    Ephemeral,
    /// Between peers about the session itself: answered or noted, never kept.
    Control,
}

/// What every typed message has.
pub trait MessageType {
    /// `command_schema` on the wire.
    const FAMILY: &'static str;
    /// `event` on the wire.
    const EVENT: &'static str;
    /// How it is kept.
    const TRAFFIC: Traffic;
}

/// A row of the registry, for documents and tests.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MessageInfo {
    /// The name of its type.
    pub name: &'static str,
    /// `command_schema` on the wire.
    pub family: &'static str,
    /// `event` on the wire.
    pub event: &'static str,
    /// How it is kept.
    pub traffic: Traffic,
    /// What it says, in lines.
    pub doc: &'static [&'static str],
    /// Who sends it, and when.
    pub sent: &'static str,
    /// What a receiver does.
    pub received: &'static str,
    /// One message of ours on the wire, as the golden tests hold it.
    pub example: &'static str,
    /// Its fields in the order they are written.
    pub fields: fn() -> Vec<FieldInfo>,
}

/// Builds [`Message`] from the list of typed messages.
macro_rules! registry {
    ($($name:ident)*) => {
        /// A message of the protocol.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Message {
            $(
                #[doc = concat!("See [`", stringify!($name), "`].")]
                $name(Box<$name>),
            )*
            /// A message that this version does not know; receivers ignore it and relays pass it on.
            Unknown(Box<UnknownMessage>),
        }

        /// Every message that is typed, in the order of `docs/protocol.md`.
        pub static MESSAGES: &[MessageInfo] = &[$($name::INFO),*];

        impl Message {
            /// Reads the body of a message; the error names the field.
            pub(crate) fn read(family: String, event: String, body: Value) -> Result<Self, FieldError> {
                match (family.as_str(), event.as_str()) {
                    $(($name::FAMILY, $name::EVENT) => Ok(Body::read(message_body(body)?).map($name::into)?),)*
                    _ => Ok(UnknownMessage { family, event, body }.into()),
                }
            }

            /// Reads the body that comes next of a message that is typed; none of another one, or in error.
            pub(crate) fn read_text(family: &str, event: &str, body: &mut Cursor<'_>) -> Option<Self> {
                match event {
                    $($name::EVENT if family == $name::FAMILY => $name::read_text(body).map(Self::$name),)*
                    _ => None,
                }
            }

            /// `command_schema` on the wire.
            pub fn family(&self) -> &str {
                match self {
                    $(Self::$name(_) => $name::FAMILY,)*
                    Self::Unknown(message) => &message.family,
                }
            }

            /// `event` on the wire.
            pub fn event(&self) -> &str {
                match self {
                    $(Self::$name(_) => $name::EVENT,)*
                    Self::Unknown(message) => &message.event,
                }
            }

            /// How it is kept; a message that is not known is not kept.
            pub fn traffic(&self) -> Traffic {
                match self {
                    $(Self::$name(_) => $name::TRAFFIC,)*
                    Self::Unknown(_) => Traffic::Control,
                }
            }

            /// The body as a latest reference peer writes it, unknown fields last.
            pub fn body(&self) -> Value {
                match self {
                    $(Self::$name(message) => Value::Object(message.write()),)*
                    Self::Unknown(message) => message.body.clone(),
                }
            }

            /// The same as text.
            pub(crate) fn push_body(&self, out: &mut TextWriter) {
                match self {
                    $(Self::$name(message) => Body::push(&**message, out),)*
                    Self::Unknown(message) => out.value(&message.body),
                }
            }
        }

        $(impl From<$name> for Message {
            fn from(message: $name) -> Self {
                Self::$name(Box::new(message))
            }
        })*

        impl From<UnknownMessage> for Message {
            fn from(message: UnknownMessage) -> Self {
                Self::Unknown(Box::new(message))
            }
        }
    };
}

registry! {
    WhoIsMaster IAmMaster StateRequest StateSnapshot PeerAnnounce PeerDepart SetPeerRole
    NewPresenter NewParticipant SharedKeyRequest SharedKeyResponse
    AddTimeline RenameTimeline RemoveTimeline ReplaceTimeline
    SetProperty InsertChild MoveChild RemoveChild ReplaceAnnotationCommands
    PlaybackSettings DisplaySettings PartialAnnotation
    ClaimOwnership ReleaseOwnership Selection
    Hello Ack Heartbeat OperationsRequest SettledState Operations Checkpoint OperationStamp Refusal
}

impl Message {
    /// Whether it is an operation, which goes through the log.
    pub fn is_durable(&self) -> bool {
        self.traffic() == Traffic::Durable
    }

    /// Whether only peers of ours send it: its family is `SESSION_LOG_1.0`.
    pub fn is_of_ours(&self) -> bool {
        self.family() == families::SESSION_LOG
    }

    /// The sender's wall clock in seconds since 1970, where the body has one.
    pub fn sync_timestamp(&self) -> Option<f64> {
        match self {
            Self::AddTimeline(message) => message.sync_timestamp,
            Self::RenameTimeline(message) => message.sync_timestamp,
            Self::RemoveTimeline(message) => message.sync_timestamp,
            Self::ReplaceTimeline(message) => message.sync_timestamp,
            Self::SetProperty(message) => message.sync_timestamp,
            Self::InsertChild(message) => message.sync_timestamp,
            Self::MoveChild(message) => message.sync_timestamp,
            Self::RemoveChild(message) => message.sync_timestamp,
            Self::ReplaceAnnotationCommands(message) => message.sync_timestamp,
            Self::Checkpoint(message) => message.sync_timestamp,
            Self::PlaybackSettings(message) => message.sync_timestamp,
            Self::DisplaySettings(message) => message.sync_timestamp,
            Self::Selection(message) => message.sync_timestamp,
            _ => None,
        }
    }
}

/// The body of a typed message; one that is left out is empty.
fn message_body(body: Value) -> Result<Object, FieldProblem> {
    match body {
        Value::Object(body) => Ok(body),
        other => Err(FieldProblem::WrongType { expected: "an object", found: other.kind() }),
    }
}
