use session_wire::Envelope;

use super::hosted::Hosted;

/// Messages from anybody, one a line, to a peer that hosts: whatever they say, it goes on, what it sends can be read,
/// and the state stays the fold of the operations.
pub fn peer_messages(input: &[u8]) {
    let mut hosted = Hosted::new();
    for line in input.split(|byte| *byte == b'\n').take(64) {
        if let Ok(envelope) = Envelope::decode(line) {
            let now = hosted.step();
            hosted.peer.receive(now, envelope);
            hosted.drain();
        }
    }
    hosted.assert_is_fold();
}
