//! Sessions for the tests.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "every test program uses a part, and a panic is a failed test"
)]

pub(crate) mod plan;

use std::sync::Arc;

use lossless_json::{Limits, Style, Value};
use session_log::{Operation, SessionLog};
use session_wire::{Envelope, Message, OperationFields, OperationStamp, SetProperty};

use plan::Plan;

/// A value from JSON text.
pub(crate) fn json(text: &str) -> Value {
    lossless_json::parse(text.as_bytes(), &Limits::default()).unwrap().value
}

/// The digest form of what a log folds to.
pub(crate) fn text(log: &SessionLog) -> String {
    log.state().to_value().to_text(Style::Digest)
}

/// The fold from scratch in stamp order. Stamps come first, so that nothing ever stands elsewhere than in the end.
pub(crate) fn fold(plan: &Plan) -> SessionLog {
    let mut operations = plan.operations.clone();
    operations.sort_by(|a, b| (a.stamps().is_none(), a.stamp()).cmp(&(b.stamps().is_none(), b.stamp())));
    let mut log = plan.empty_log();
    for operation in operations {
        log.insert(operation);
    }
    log
}

/// An operation of ours, stamped with its number in seconds.
pub(crate) fn own(source: &str, seq: u64, message: impl Into<Message>) -> Operation {
    own_with(
        source,
        message,
        OperationFields { hlc: Some(seq * 1_000_000), ..OperationFields::new("run", seq) },
    )
}

/// An operation of ours with an `op` object of its own.
pub(crate) fn own_with(source: &str, message: impl Into<Message>, fields: OperationFields) -> Operation {
    operation(Envelope::new("dailies", source, message).with_operation(fields))
}

/// An operation of an existing peer; its stamp is the message's.
pub(crate) fn existing(source: &str, message: impl Into<Message>) -> Operation {
    operation(Envelope::new("dailies", source, message))
}

/// A stamp of a peer of ours for an operation of an existing peer, at so many seconds.
pub(crate) fn stamp(source: &str, seq: u64, seconds: u64, of: &Operation) -> Operation {
    let fields = OperationFields { hlc: Some(seconds * 1_000_000), ..OperationFields::new("run", seq) };
    own_with(source, OperationStamp::new(of.envelope()), fields)
}

pub(crate) fn operation(envelope: Envelope) -> Operation {
    Operation::from_envelope(&Arc::new(envelope), 1).unwrap().unwrap()
}

/// A property set by a peer of ours.
pub(crate) fn set(source: &str, seq: u64, target: &str, path: &str, value: &str) -> Operation {
    own(source, seq, SetProperty::new(target, path, value.into(), 0.0))
}
