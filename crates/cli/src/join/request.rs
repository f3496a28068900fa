//! One line of input as something to do.

use crate::join::wish::Wish;
use lossless_json::{Limits, Object, Value, parse};
use session_core::{Command, CommandError};

/// What a line asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    /// A command for the peer.
    Do(Command),
    /// A command about things that have to be found first.
    Find(Wish),
    /// Show what there is, to a person.
    Show,
    /// Leave the session.
    Quit,
}

/// A line that asks for nothing that can be done.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum BadLine {
    /// Not JSON.
    #[error("the line is not JSON: {0}; write {{\"command\":\"state\",\"id\":1}}")]
    NotJson(String),
    /// JSON without a command.
    #[error("the line has no \"command\"; write {{\"command\":\"state\",\"id\":1}}")]
    NoCommand,
    /// An id that cannot be answered to.
    #[error("\"id\" is {0}; give a number from 0 to 18446744073709551615, or leave it out")]
    WrongId(&'static str),
    /// Longer than a message may be.
    #[error("the line is longer than {0} bytes and was skipped")]
    TooLong(usize),
    /// The input itself cannot be read; nothing comes after this.
    #[error("standard input cannot be read: {0}; no more commands are taken")]
    Unreadable(String),
    /// Not text.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// A command that is unknown or lacks something.
    #[error("{0}")]
    Command(#[from] CommandError),
    /// Words that are no command.
    #[error("{0}")]
    Words(String),
}

impl BadLine {
    /// A short word for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NotJson(_) | Self::NotUtf8 => "not_json",
            Self::NoCommand => "no_command",
            Self::WrongId(_) => "wrong_id",
            Self::TooLong(_) => "too_long",
            Self::Unreadable(_) => "input",
            Self::Command(error) => error_code(error),
            Self::Words(_) => "unknown_command",
        }
    }
}

/// A short word for each reason why a command was not carried out.
pub(crate) fn error_code(error: &CommandError) -> &'static str {
    match error {
        CommandError::UnknownCommand(_) => "unknown_command",
        CommandError::MissingField { .. } => "missing_field",
        CommandError::WrongField { .. } => "wrong_field",
        CommandError::NotSynced(_) => "not_synced",
        CommandError::ObserverOnly => "observer_only",
        CommandError::Role { .. } => "role",
        CommandError::OwnRole => "own_role",
        CommandError::UnknownGuid { .. } => "unknown_guid",
        CommandError::WrongKind { .. } => "wrong_kind",
        CommandError::GuidTaken { .. } => "guid_taken",
        CommandError::NotAChild { .. } => "not_a_child",
        CommandError::Property { .. } => "property",
        CommandError::Document { .. } => "document",
        CommandError::WouldFailElsewhere { .. } => "would_fail_elsewhere",
        CommandError::NothingTo(_) => "nothing_to_do",
        CommandError::Overtaken(_) => "overtaken",
        CommandError::Limit { .. } => "limit",
        _ => "not_taken",
    }
}

/// Reads a JSON line: its id, as far as it can be told, and what it asks for.
pub(crate) fn read(line: &str) -> (Option<u64>, Result<Request, BadLine>) {
    let value = match parse(line.as_bytes(), &Limits::default()) {
        Ok(parsed) => parsed.value,
        Err(error) => return (None, Err(BadLine::NotJson(error.to_string()))),
    };
    let Value::Object(fields) = value else {
        return (None, Err(BadLine::NoCommand));
    };
    let id = match fields.get("id") {
        None | Some(Value::Null) => None,
        Some(id) => match id.as_u64() {
            Some(id) => Some(id),
            None => return (None, Err(BadLine::WrongId(id.kind()))),
        },
    };
    (id, request(&fields))
}

fn request(fields: &Object) -> Result<Request, BadLine> {
    let name = fields.get("command").and_then(Value::as_str).ok_or(BadLine::NoCommand)?;
    if name == "quit" {
        return Ok(Request::Quit);
    }
    Ok(Request::Do(Command::from_object(name, fields)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_comes_with_its_id() {
        assert_eq!(
            read(r#"{"command":"play","id":7}"#),
            (Some(7), Ok(Request::Do(Command::Play { frame: None })))
        );
        assert_eq!(read(r#"{"command":"quit"}"#), (None, Ok(Request::Quit)));
    }

    #[test]
    fn a_bad_line_says_what_is_bad_and_keeps_its_id() {
        let code = |line: &str| {
            let (id, result) = read(line);
            (id, result.unwrap_err().code())
        };
        assert_eq!(code("hello"), (None, "not_json"));
        assert_eq!(code("[1]"), (None, "no_command"));
        assert_eq!(code(r#"{"id":3}"#), (Some(3), "no_command"));
        assert_eq!(code(r#"{"id":3,"command":"fly"}"#), (Some(3), "unknown_command"));
        assert_eq!(code(r#"{"id":3,"command":"seek"}"#), (Some(3), "missing_field"));
        assert_eq!(code(r#"{"id":"a","command":"play"}"#), (None, "wrong_id"));
    }

    proptest::proptest! {
        #[test]
        fn no_line_does_harm(line in ".{0,80}") {
            let _ = read(&line);
        }
    }
}
