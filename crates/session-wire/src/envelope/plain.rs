//! The short way from bytes to an envelope, for what is nearly always sent: typed messages in the nested dialect,
//! without keys around the body that this version does not know.
//!
//! Everything else, errors included, is left to the way by a tree of values. A property test compares both.

use lossless_json::{Cursor, Limits, Object};

use super::{Envelope, limits};
use crate::body::{Body, check_text, fill};
use crate::dialect::Dialect;
use crate::message::Message;
use crate::operation_fields::OperationFields;

/// Deeper messages go the other way, where it depends on what they are.
const LIMITS: Limits =
    Limits { depth_max: limits::OPERATION_DEPTH_MAX, bytes_max: limits::MESSAGE_BYTES_MAX };

/// The envelope, where it is as simple as that.
pub(super) fn read(bytes: &[u8]) -> Option<Envelope> {
    let mut cursor = Cursor::new(bytes, &LIMITS)?;
    cursor.begin_object()?;
    let (mut session, mut source, mut message, mut operation) = (None, None, None, None);
    // In the order in which everybody writes them.
    if cursor.take_key("session\": ") {
        session = Some(identifier(&mut cursor, "session")?);
    }
    if cursor.take_key("source_guid\": ") {
        source = Some(identifier(&mut cursor, "source_guid")?);
    }
    if cursor.take_key("payload\": ") {
        message = Some(read_payload(&mut cursor)?);
    }
    if cursor.take_key("op\": ") {
        operation = Some(OperationFields::read_text(&mut cursor)?);
    }
    while !cursor.take_end() {
        let Some(key) = cursor.key()? else { break };
        match key {
            "session" => fill(&mut session, identifier(&mut cursor, "session")?)?,
            "source_guid" => fill(&mut source, identifier(&mut cursor, "source_guid")?)?,
            "payload" => fill(&mut message, read_payload(&mut cursor)?)?,
            "op" => fill(&mut operation, OperationFields::read_text(&mut cursor)?)?,
            _ => return None,
        }
    }
    cursor.end()?;
    Some(Envelope {
        session: session?,
        source_guid: source?,
        message: message?,
        operation,
        dialect: Dialect::Nested,
        extra: Object::new(),
        payload_extra: Object::new(),
        command_extra: Object::new(),
    })
}

fn identifier(cursor: &mut Cursor<'_>, key: &str) -> Option<String> {
    let text = cursor.plain_string()?;
    check_text(key, text).is_ok().then(|| text.to_owned())
}

/// `command_schema` and `command`, in this order as everybody writes them.
fn read_payload(cursor: &mut Cursor<'_>) -> Option<Message> {
    cursor.begin_object()?;
    expect_key(cursor, "command_schema\": ")?;
    let family = cursor.plain_string()?;
    expect_key(cursor, "command\": ")?;
    cursor.begin_object()?;
    expect_key(cursor, "event\": ")?;
    let event = cursor.plain_string()?;
    expect_key(cursor, "payload\": ")?;
    let message = Message::read_text(family, event, cursor)?;
    expect_end(cursor)?;
    expect_end(cursor)?;
    Some(message)
}

/// Past a key, given with what follows it.
fn expect_key(cursor: &mut Cursor<'_>, key: &str) -> Option<()> {
    (cursor.take_key(key) || cursor.key()? == key.strip_suffix("\": ")).then_some(())
}

fn expect_end(cursor: &mut Cursor<'_>) -> Option<()> {
    (cursor.take_end() || cursor.key()?.is_none()).then_some(())
}
