//! Why bytes are not a message.

use lossless_json::ParseError;

/// Why bytes are not a message. It costs the sender this one message and nobody anything else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// More bytes than [`crate::limits::MESSAGE_BYTES_MAX`].
    #[error("the message has {bytes} bytes; at most {max} are read")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// Not one JSON value.
    #[error("the message is not JSON: {0}")]
    Json(#[from] ParseError),
    /// A durable message that is nested so deep that no other message could carry it.
    #[error("{event} is nested {depth} levels deep; at most {max} are read")]
    TooDeep {
        /// The event as received.
        event: String,
        /// Its levels of lists and objects, the envelope included.
        depth: usize,
        /// The limit.
        max: usize,
    },
    /// JSON, but no object.
    #[error(
        "the message is {found}, where an object with \"session\", \"source_guid\" and \"payload\" belongs"
    )]
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// A key of the envelope is missing.
    #[error("the envelope has no \"{key}\"")]
    EnvelopeKeyMissing {
        /// Its path, as in `payload.command.event`.
        key: &'static str,
    },
    /// A key of the envelope holds something else than it must.
    #[error("\"{key}\" of the envelope {problem}")]
    EnvelopeKey {
        /// Its path, as in `payload.command`.
        key: &'static str,
        /// What is wrong.
        problem: FieldProblem,
    },
    /// A field of the body is wrong.
    #[error("{family} {event}: {error}")]
    Body {
        /// The family as received.
        family: String,
        /// The event as received.
        event: String,
        /// Which field, and what is wrong with it.
        error: FieldError,
    },
    /// The `op` object is wrong.
    #[error("{family} {event}: in \"op\", {error}")]
    Operation {
        /// The family as received.
        family: String,
        /// The event as received.
        event: String,
        /// Which field, and what is wrong with it.
        error: FieldError,
    },
}

/// A field and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The way to the field from the object that was read, as in `playback_state.playing`; empty for the object itself.
    pub path: String,
    /// What is wrong.
    pub problem: FieldProblem,
}

impl FieldError {
    /// The same fault seen from the object around it.
    pub(crate) fn inside(mut self, key: &str) -> Self {
        self.path = if self.path.is_empty() { key.to_owned() } else { format!("{key}.{}", self.path) };
        self
    }
}

impl std::error::Error for FieldError {}

impl std::fmt::Display for FieldError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.path.as_str() {
            "" => write!(formatter, "the body {}", self.problem),
            path => write!(formatter, "\"{path}\" {}", self.problem),
        }
    }
}

impl From<FieldProblem> for FieldError {
    fn from(problem: FieldProblem) -> Self {
        Self { path: String::new(), problem }
    }
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldProblem {
    /// It must be there.
    #[error("is missing")]
    Missing,
    /// It is of another kind.
    #[error("is {found}, where {expected} belongs")]
    WrongType {
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A text of more bytes than [`crate::limits`] allows.
    #[error("has {bytes} bytes; at most {max} are read")]
    TooLong {
        /// Its length in UTF-8.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A list or an object with more entries than [`crate::limits`] allows.
    #[error("has {count} entries; at most {max} are read")]
    TooMany {
        /// How many.
        count: usize,
        /// The limit.
        max: usize,
    },
}
