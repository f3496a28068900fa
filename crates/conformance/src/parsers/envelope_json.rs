use lossless_json::Style;
use session_wire::Envelope;

/// A message of any dialect: written once it has the form of the wire, and that form is read as the same message.
pub fn envelope_json(input: &[u8]) {
    let Ok(envelope) = Envelope::decode(input) else { return };
    let text = envelope.encode();
    assert!(text.is_ascii(), "peers write ASCII");
    let again = Envelope::decode(text.as_bytes());
    assert_eq!(
        again.map(|again| again.to_value().to_text(Style::Digest)).ok(),
        Some(envelope.to_value().to_text(Style::Digest)),
        "a written message is read as itself"
    );
}
