//! What an onlooker sees of a session's messages.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use session_wire::{Envelope, Message};

/// Every message of a session, with what they cost that put existing peers right.
#[derive(Debug)]
pub(crate) struct Wire {
    began: Instant,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    messages: Vec<(f64, f64, Bytes)>,
    tally: Tally,
}

/// The counts of a session's messages.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) messages: u64,
    pub(crate) repairs: u64,
    pub(crate) repair_bytes: u64,
    /// Whole states given by peers of ours.
    pub(crate) states: u64,
    pub(crate) checkpoints: u64,
    /// When the last repair was seen.
    pub(crate) repaired: Option<Instant>,
}

impl Wire {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), seen: Mutex::default() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a message.
    pub(crate) fn note(&self, bytes: &Bytes) {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let mut seen = self.seen();
        seen.messages.push((self.began.elapsed().as_secs_f64(), epoch, bytes.clone()));
        seen.tally.messages += 1;
        let Ok(envelope) = Envelope::decode(bytes) else { return };
        if envelope.operation.as_ref().is_some_and(|fields| fields.repair) {
            seen.tally.repairs += 1;
            seen.tally.repair_bytes += bytes.len() as u64;
            seen.tally.repaired = Some(Instant::now());
        }
        match envelope.message {
            Message::StateSnapshot(_) => seen.tally.states += 1,
            Message::Checkpoint(_) => seen.tally.checkpoints += 1,
            _ => {}
        }
    }

    /// The counts so far.
    pub(crate) fn tally(&self) -> Tally {
        self.seen().tally
    }

    /// Writes all messages as a recording.
    pub(crate) fn save(&self, path: &Path) -> std::io::Result<()> {
        let mut file = std::io::BufWriter::new(fs::File::create(path)?);
        for (offset, epoch, bytes) in &self.seen().messages {
            let payload = String::from_utf8_lossy(bytes);
            writeln!(file, r#"{{"time_offset": {offset}, "absolute_time": {epoch}, "payload": {payload}}}"#)?;
        }
        file.flush()
    }
}
