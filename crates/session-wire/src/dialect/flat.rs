//! D0: `{"command": "SESSION", "event": …, "session_id": …, "source_guid": …, "payload": {…}}`.

use lossless_json::{Object, Value};

use super::{Dialect, Nested, take_text};
use crate::error::DecodeError;
use crate::message::families;

/// Whether an envelope is flat: its command is a word, and no nested payload says otherwise.
pub(super) fn speaks(outer: &Object) -> bool {
    let nested = outer.get("payload").is_some_and(|payload| payload.get("command_schema").is_some());
    !nested && outer.get("command").and_then(Value::as_str).is_some()
}

/// Takes the inside out of a flat envelope, and names the session as later dialects do.
pub(super) fn take(outer: &mut Object) -> Result<Nested, DecodeError> {
    let command = take_text(outer, "command", "command")?;
    let event = if outer.contains_key("event") {
        take_text(outer, "event", "event")?
    } else {
        implied_event(&command).ok_or(DecodeError::EnvelopeKeyMissing { key: "event" })?.to_owned()
    };
    if !outer.contains_key("session")
        && let Some(session) = outer.remove("session_id")
    {
        outer.insert("session", session);
    }
    if (command.as_str(), event.as_str()) == ("SESSION", "I_AM_MASTER") && !outer.contains_key("schema") {
        outer.insert("schema", "SYNC_REVIEW_1.0");
    }
    let body = outer.remove("payload").unwrap_or_else(|| Value::Object(Object::new()));
    let family = family_of(&command).map_or(command, str::to_owned);
    let (payload_extra, command_extra) = (Object::new(), Object::new());
    Ok(Nested { family, event, body, payload_extra, command_extra, dialect: Dialect::Flat })
}

/// The family that a command became.
fn family_of(command: &str) -> Option<&'static str> {
    Some(match command {
        "SESSION" => families::LIVE_SESSION,
        "PLAYBACK_SETTINGS" => families::PLAYBACK_SETTINGS,
        "DISPLAY_SETTINGS" => families::DISPLAY_SETTINGS,
        "SELECTION" => families::SELECTION,
        "ADD_TIMELINE" | "RENAME_TIMELINE" => families::TIMELINE,
        "PARTIAL_ANNOTATION" => families::ANNOTATION,
        "OTIO_SESSION" => families::OTIO_SESSION,
        _ => return None,
    })
}

/// The event of commands that had none.
fn implied_event(command: &str) -> Option<&str> {
    match command {
        "ADD_TIMELINE" | "RENAME_TIMELINE" => Some(command),
        "PARTIAL_ANNOTATION" => Some("PARTIAL"),
        _ => None,
    }
}
