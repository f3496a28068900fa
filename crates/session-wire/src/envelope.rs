//! The envelope around every message.

mod plain;

use lossless_json::{Limits, Object, Style, TextWriter, Value, parse};

use crate::body::{Body, check_text, push_extra, with_extra};
use crate::dialect::{self, Dialect};
use crate::error::{DecodeError, FieldProblem};
use crate::limits;
use crate::message::Message;
use crate::operation_fields::OperationFields;

/// What stands for a sender that does not name itself, as in the reference.
const UNKNOWN_SOURCE: &str = "unknown";

/// What is read of one message at most.
const LIMITS: Limits = Limits { depth_max: limits::MESSAGE_DEPTH_MAX, bytes_max: limits::MESSAGE_BYTES_MAX };

/// One message with who sent it and where.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Envelope {
    /// Name of the session. No reference peer checks it.
    pub session: String,
    /// GUID of the sending peer; `unknown` where the sender does not say.
    pub source_guid: String,
    /// The message.
    pub message: Message,
    /// The `op` object, where the sender is one of ours.
    pub operation: Option<Box<OperationFields>>,
    /// How it was spelled.
    pub dialect: Dialect,
    /// Keys of the envelope that this version does not know, and `schema`.
    pub extra: Object,
    /// Unknown keys beside `command_schema` and `command`.
    pub payload_extra: Object,
    /// Unknown keys beside `event` and `payload`.
    pub command_extra: Object,
}

impl Envelope {
    /// A message of ours, without `op`.
    pub fn new(
        session: impl Into<String>,
        source_guid: impl Into<String>,
        message: impl Into<Message>,
    ) -> Self {
        let message = message.into();
        let mut extra = Object::new();
        if matches!(message, Message::IAmMaster(_)) {
            extra.insert("schema", "SYNC_REVIEW_1.0");
        }
        Self {
            session: session.into(),
            source_guid: source_guid.into(),
            message,
            operation: None,
            dialect: Dialect::Nested,
            extra,
            payload_extra: Object::new(),
            command_extra: Object::new(),
        }
    }

    /// The same with an `op` object.
    #[must_use]
    pub fn with_operation(mut self, operation: OperationFields) -> Self {
        self.operation = Some(Box::new(operation));
        self
    }

    /// Reads one message of any dialect. Total: every input gives an envelope or an error.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > limits::MESSAGE_BYTES_MAX {
            return Err(DecodeError::TooLarge { bytes: bytes.len(), max: limits::MESSAGE_BYTES_MAX });
        }
        if let Some(envelope) = plain::read(bytes) {
            return Ok(envelope);
        }
        Self::from_bytes(bytes)
    }

    /// Reads one message by way of a tree of values, whatever its spelling.
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_value(parse(bytes, &LIMITS)?.value)
    }

    /// Reads one message of any dialect that is parsed already.
    pub fn from_value(value: Value) -> Result<Self, DecodeError> {
        let depth = depth_of(&value);
        let Value::Object(mut outer) = value else {
            return Err(DecodeError::NotAnObject { found: value.kind() });
        };
        let nested = dialect::unify(&mut outer)?;
        let session = take_identifier(&mut outer, "session")?.unwrap_or_default();
        let source_guid =
            take_identifier(&mut outer, "source_guid")?.unwrap_or_else(|| UNKNOWN_SOURCE.to_owned());
        let operation = outer.remove("op");
        let operation = operation.map(|value| read_operation(value, &nested)).transpose()?.map(Box::new);
        let message = read_message(nested.family, nested.event, nested.body)?;
        check_depth(&message, depth)?;
        Ok(Self {
            session,
            source_guid,
            message,
            operation,
            dialect: nested.dialect,
            extra: outer,
            payload_extra: nested.payload_extra,
            command_extra: nested.command_extra,
        })
    }

    /// The envelope in the nested dialect with the reference's key order: `session`, `source_guid`, `payload`,
    /// `schema` and other keys, `op`.
    pub fn to_value(&self) -> Value {
        let known = vec![
            entry("session", self.session.as_str()),
            entry("source_guid", self.source_guid.as_str()),
            entry("payload", self.payload()),
        ];
        let mut outer = with_extra(known, &self.extra);
        outer.remove("op");
        if let Some(operation) = &self.operation {
            outer.insert("op", operation.write());
        }
        Value::Object(outer)
    }

    /// The bytes that go on the wire, as Python's `json.dumps` writes them: ASCII, `", "` and `": "`.
    pub fn encode(&self) -> String {
        let mut out = TextWriter::new(Style::Python);
        out.begin_object();
        push_text(&mut out, "session", &self.session);
        push_text(&mut out, "source_guid", &self.source_guid);
        out.key("payload");
        self.push_payload(&mut out);
        push_extra(&mut out, &["session", "source_guid", "payload", "op"], &self.extra);
        if let Some(operation) = &self.operation {
            out.key("op");
            operation.push(&mut out);
        }
        out.end_object();
        out.into_text()
    }

    /// Whether a `PLAYBACK_SETTINGS_1.0` message sets only what it names and leaves the rest as it is, as the ASWF
    /// page has it. The mark (`live_schema`) survives relaying.
    pub fn merges_playback(&self) -> bool {
        self.dialect == Dialect::Wiki && matches!(self.message, Message::PlaybackSettings(_))
    }

    /// `command_schema` and `command` as text.
    fn push_payload(&self, out: &mut TextWriter) {
        out.begin_object();
        push_text(out, "command_schema", self.message.family());
        out.key("command");
        out.begin_object();
        push_text(out, "event", self.message.event());
        out.key("payload");
        self.message.push_body(out);
        push_extra(out, &["event", "payload"], &self.command_extra);
        out.end_object();
        push_extra(out, &["command_schema", "command"], &self.payload_extra);
        out.end_object();
    }

    /// `command_schema` and `command`.
    fn payload(&self) -> Object {
        let command = vec![entry("event", self.message.event()), entry("payload", self.message.body())];
        let command = with_extra(command, &self.command_extra);
        let payload = vec![entry("command_schema", self.message.family()), entry("command", command)];
        with_extra(payload, &self.payload_extra)
    }
}

/// Writes a key and its text.
fn push_text(out: &mut TextWriter, key: &str, text: &str) {
    out.key(key);
    out.string(text);
}

/// An entry of an object.
fn entry(key: &str, value: impl Into<Value>) -> (String, Value) {
    (key.to_owned(), value.into())
}

/// Takes `session` or `source_guid` out; `null` is refused for the latter, as it is what breaks existing peers.
fn take_identifier(outer: &mut Object, key: &'static str) -> Result<Option<String>, DecodeError> {
    let refuse = |problem| Err(DecodeError::EnvelopeKey { key, problem });
    match outer.remove(key) {
        None => Ok(None),
        Some(Value::Null) if key == "session" => Ok(None),
        Some(Value::String(text)) => match check_text(key, &text) {
            Ok(()) => Ok(Some(text)),
            Err(problem) => refuse(problem),
        },
        Some(other) => refuse(FieldProblem::WrongType { expected: "a string", found: other.kind() }),
    }
}

/// Reads the body.
/// Levels of lists and objects; it was parsed, so they are bounded.
fn depth_of(value: &Value) -> usize {
    let deepest = match value {
        Value::Array(items) => items.iter().map(depth_of).max(),
        Value::Object(object) => object.iter().map(|(_, value)| depth_of(value)).max(),
        _ => return 0,
    };
    1 + deepest.unwrap_or(0)
}

/// What a log holds is handed on inside other messages, which must not be too deep for that.
fn check_depth(message: &Message, depth: usize) -> Result<(), DecodeError> {
    let max = match message {
        Message::OperationStamp(_) => limits::CARRYING_DEPTH_MAX,
        _ if message.is_durable() => limits::OPERATION_DEPTH_MAX,
        _ => return Ok(()),
    };
    if depth <= max {
        return Ok(());
    }
    Err(DecodeError::TooDeep { event: message.event().to_owned(), depth, max })
}

fn read_message(family: String, event: String, body: Value) -> Result<Message, DecodeError> {
    let names = (family.clone(), event.clone());
    Message::read(family, event, body).map_err(|error| DecodeError::Body {
        family: names.0,
        event: names.1,
        error,
    })
}

/// Reads the `op` object.
fn read_operation(value: Value, nested: &dialect::Nested) -> Result<OperationFields, DecodeError> {
    crate::body::object(value).and_then(OperationFields::read).map_err(|error| DecodeError::Operation {
        family: nested.family.clone(),
        event: nested.event.clone(),
        error,
    })
}
