//! The dialects ever on the wire, brought into one shape.
//!
//! D0 is flat; D1–D8 are nested and differ only in the fields of their bodies; W is what the ASWF page writes.

mod flat;
mod timestamp;
mod wiki;

use lossless_json::{Object, Value};

use crate::body::check_text;
use crate::error::{DecodeError, FieldProblem};

/// How a message was spelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// D0, before 2026-06-02: `command`, `event` and `payload` side by side. In old recordings only.
    Flat,
    /// D1–D8: what every peer speaks today.
    #[default]
    Nested,
    /// W: the spellings of the ASWF page, in its own envelope or in the nested one.
    Wiki,
}

/// The inside of any envelope.
pub(crate) struct Nested {
    pub(crate) family: String,
    pub(crate) event: String,
    pub(crate) body: Value,
    pub(crate) payload_extra: Object,
    pub(crate) command_extra: Object,
    pub(crate) dialect: Dialect,
}

/// Takes the inside out of an envelope of any dialect, and spells its family and event as the reference does.
pub(crate) fn unify(outer: &mut Object) -> Result<Nested, DecodeError> {
    if flat::speaks(outer) {
        return flat::take(outer);
    }
    wiki::rename_payload(outer);
    let mut nested = take_nested(outer)?;
    wiki::translate(outer, &mut nested);
    Ok(nested)
}

/// Takes `payload` apart.
fn take_nested(outer: &mut Object) -> Result<Nested, DecodeError> {
    let mut payload = take_object(outer, "payload", "payload")?;
    let family = take_text(&mut payload, "command_schema", "payload.command_schema")?;
    let mut command = take_object(&mut payload, "command", "payload.command")?;
    wiki::mend_event_key(&mut command);
    let event = take_text(&mut command, "event", "payload.command.event")?;
    let body = command.remove("payload").unwrap_or_else(|| Value::Object(Object::new()));
    Ok(Nested {
        family,
        event,
        body,
        payload_extra: payload,
        command_extra: command,
        dialect: Dialect::Nested,
    })
}

/// Takes an object out of the envelope.
fn take_object(from: &mut Object, key: &str, path: &'static str) -> Result<Object, DecodeError> {
    match from.remove(key) {
        None => Err(DecodeError::EnvelopeKeyMissing { key: path }),
        Some(Value::Object(object)) => Ok(object),
        Some(other) => {
            let problem = FieldProblem::WrongType { expected: "an object", found: other.kind() };
            Err(DecodeError::EnvelopeKey { key: path, problem })
        }
    }
}

/// Takes a text out of the envelope.
pub(crate) fn take_text(from: &mut Object, key: &str, path: &'static str) -> Result<String, DecodeError> {
    let problem = match from.remove(key) {
        None => return Err(DecodeError::EnvelopeKeyMissing { key: path }),
        Some(Value::String(text)) => match check_text(key, &text) {
            Ok(()) => return Ok(text),
            Err(problem) => problem,
        },
        Some(other) => FieldProblem::WrongType { expected: "a string", found: other.kind() },
    };
    Err(DecodeError::EnvelopeKey { key: path, problem })
}
