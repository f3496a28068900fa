//! One message as text, encoded once and shared by everybody it goes to.

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;
use session_wire::Envelope;

/// The text of one message. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    text: Utf8Bytes,
    bytes: Bytes,
}

impl Frame {
    /// A message as it came; `None` where it is not UTF-8, which no JSON is.
    pub(crate) fn received(bytes: Bytes) -> Option<Self> {
        let text = Utf8Bytes::try_from(bytes.clone()).ok()?;
        Some(Self { text, bytes })
    }

    /// A message of this hub.
    #[expect(clippy::expect_used, reason = "a String is UTF-8")]
    pub(crate) fn encoded(envelope: &Envelope) -> Self {
        Self::received(Bytes::from(envelope.encode())).expect("a String is UTF-8")
    }

    /// As a WebSocket takes it.
    pub(crate) fn text(&self) -> Utf8Bytes {
        self.text.clone()
    }

    /// As a transport link takes it.
    pub(crate) fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}
