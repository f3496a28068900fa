//! The `op` object: what our peers add to an envelope and reference peers ignore.

use lossless_json::{Cursor, Value};

use crate::body::{Body, FieldInfo, Original, WireType, wire_object};
use crate::error::FieldError;
use crate::frontier::WireFrontier;
use crate::messages::Place;

wire_object! {
    /// The `op` object beside `payload`. The identity of a durable operation is (`source_guid`, `run`, `seq`).
    pub struct OperationFields {
        /// Drawn when the process of the sender started; a restarted process that restored its log may go on with it.
        run: String = Required,
        /// Counts the durable operations of this run from 1. 0 on messages that are no durable operation.
        seq: u64 = Required,
        /// Hybrid logical clock in µs since 1970. Required where the body has no `sync_timestamp`.
        hlc: Option<u64> = Optional,
        /// What the sender held when it made the operation, as far as the operation depends on it. On `STATE_SNAPSHOT`: what
        /// is folded into it.
        seen: Option<WireFrontier> = Optional,
        /// Beside `seen`: the last place of the settled state that the sender's log started from, where it did. It had seen
        /// everything up to there.
        settled: Option<Place> = Optional,
        /// GUID of the object right before the place meant; `null` is the very beginning.
        after: Option<Anchor> = Nullable,
        /// GUID of the object right after the place meant; `null` is the very end.
        before: Option<Anchor> = Nullable,
        /// Groups the operations of one user action, which one undo takes back together.
        txn: Option<String> = Optional,
        /// The operations that this one takes back, as `<source_guid>/<run>/<seq>`.
        undo_of: Vec<String> = UnlessDefault,
        /// On a playback or display message, which says all fields for peers that replace what they have by it: those
        /// that the sender means now. The others are what it knew before. Absent: all.
        asserts: Vec<String> = UnlessDefault,
        /// The account name of its author, as in `identity.user`: the role that this account has at the operation's place
        /// in the order decides whether it takes effect.
        user: Option<String> = Optional,
        /// The steward sent it, without a number, to put existing peers right; peers of ours skip it.
        repair: bool = UnlessDefault,
    }
}

impl OperationFields {
    /// The identity of a durable operation, nothing else set.
    pub fn new(run: impl Into<String>, seq: u64) -> Self {
        Self { run: run.into(), seq, ..Self::default() }
    }
}

/// The fields of `op` in the order they are written, for documents and tests.
pub fn operation_field_table() -> Vec<FieldInfo> {
    OperationFields::fields()
}

/// A neighbour of the place meant by an insert or a move.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anchor(
    /// The GUID of the neighbour; `None` is the edge of the list: the very beginning for `after`, the very end for
    /// `before`.
    pub Option<String>,
);

impl Anchor {
    /// The very beginning or the very end.
    pub const EDGE: Self = Self(None);

    /// Beside an object.
    pub fn beside(guid: impl Into<String>) -> Self {
        Self(Some(guid.into()))
    }

    /// The GUID of the neighbour, if it is not the edge.
    pub fn guid(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl WireType for Anchor {
    fn type_name() -> String {
        "string or null".to_owned()
    }

    fn read(value: Value) -> Result<(Self, Original), FieldError> {
        if value.is_null() {
            return Ok((Self::EDGE, Original::Canonical));
        }
        let (guid, original) = String::read(value)?;
        Ok((Self(Some(guid)), original))
    }

    fn read_text(name: &str, cursor: &mut Cursor<'_>) -> Option<(Self, Original)> {
        if cursor.null() {
            return Some((Self::EDGE, Original::Canonical));
        }
        let (guid, original) = String::read_text(name, cursor)?;
        Some((Self(Some(guid)), original))
    }

    fn write(&self) -> Value {
        Value::from(self.0.clone())
    }
}
