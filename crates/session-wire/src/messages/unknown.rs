//! Messages that this version does not know.

use lossless_json::Value;

/// A message of a family or an event that this version does not know, kept whole.
///
/// *Received:* ignored, and passed on by relays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnknownMessage {
    /// `command_schema` on the wire.
    pub family: String,
    /// `event` on the wire.
    pub event: String,
    /// `payload` on the wire, of any kind.
    pub body: Value,
}
