//! `docs/protocol.md`, written from the types.

/// The text of `docs/protocol.md`.
pub fn protocol_reference() -> String {
    String::new()
}
