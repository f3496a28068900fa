//! What a room has on its disk: what goes there, what came of it, and what is read from it at the start.

use std::sync::Arc;
use std::time::Duration;

use session_core::Peer;
use session_log::Guid;
use session_store::{Record, Store};
use session_wire::{Ack, Envelope, Message};
use tokio::time::Instant;

use super::RoomEvent;
use super::actor::Actor;
use super::durable::{Log, Noted, Written};
use crate::error::RoomError;

/// A checkpoint that the disk did not take is tried again after this.
const COMPACT_AGAIN_AFTER: Duration = Duration::from_mins(1);

impl Actor {
    pub(super) fn persist(&mut self, envelope: Arc<Envelope>) {
        if let Some(log) = &mut self.log {
            log.append(envelope, seconds(self.clock.now().wall_us));
        }
    }

    pub(super) fn note_written(&mut self, written: Written) {
        let Some(log) = &mut self.log else { return };
        match log.note(written) {
            Noted::Stored(sources, took) => {
                self.measures.sync_seconds.observe(took.as_secs_f64());
                for source in &sources {
                    self.acknowledge(source);
                }
            }
            Noted::Failed(error) => {
                tracing::error!(session = self.session, %error, "the session takes no more operations");
                self.tell(RoomEvent::StoreFailed { reason: error.to_string() });
            }
            Noted::Compacted(made) => {
                self.counts.checkpoints += 1;
                let (file, removed) = (made.checkpoint.file, made.removed.len());
                tracing::info!(session = self.session, file, removed, "checkpoint made on the disk");
                if let Some(reason) = made.not_removed {
                    tracing::warn!(session = self.session, reason, "old files could not be removed");
                }
            }
            Noted::NotCompacted(error) => {
                self.counts.checkpoints_failed += 1;
                self.stands_on = None;
                self.compact_from = Instant::now() + COMPACT_AGAIN_AFTER;
                tracing::warn!(session = self.session, %error, "the log on the disk is not shortened");
            }
        }
    }

    /// Shortens the log on the disk where the one in memory has been shortened.
    pub(super) fn compact(&mut self) {
        let Some(log) = &mut self.log else { return };
        let settled = self.peer.log().settled();
        let Some(settled) = settled.filter(|settled| self.stands_on.as_deref() != Some(settled.id())) else {
            return;
        };
        let (id, runs) = (settled.id().to_owned(), settled.frontier().clone());
        if let Some(stands) = self.peer.compacted() {
            log.compact(stands, &runs, seconds(self.clock.now().wall_us));
        }
        self.stands_on = Some(id);
    }

    /// Tells a native peer what the disk has of it.
    pub(super) fn acknowledge(&self, source: &Guid) {
        let Some(log) = &self.log else { return };
        if let Some((id, _)) = self.connections.native(source) {
            let frontier = log.frontier_of(source);
            if !frontier.is_empty() {
                self.answer(id, Ack::new(&**source, frontier));
            }
        }
    }

    /// Why no operation is taken now, where none is.
    pub(super) fn store_refusal(&self) -> Option<(&'static str, String)> {
        let log = self.log.as_ref()?;
        if let Some(failure) = log.failure() {
            return Some(("store_failed", failure.to_string()));
        }
        if log.bytes() >= self.limits.log_bytes_max {
            let words = format!(
                "the session's log has {} bytes that no checkpoint stands for, at most {} are kept: let who is away leave, \
                 or begin another session",
                log.bytes(),
                self.limits.log_bytes_max
            );
            return Some(("log_full", words));
        }
        let waiting = log.unsynced();
        (waiting >= self.limits.unsynced_max).then(|| {
            ("busy", format!("{waiting} operations wait for the disk already: send it again in a moment"))
        })
    }
}

/// Puts a stored session back as it was; tells on which settled state its newest checkpoint stands.
pub(super) fn restore(
    peer: &mut Peer,
    session: &str,
    store: Store,
    records: Vec<Record>,
) -> Result<(Log, Option<String>), RoomError> {
    let mut envelopes = Vec::with_capacity(records.len());
    // A checkpoint's records have numbers of their own, and the log goes on behind those that it stands for.
    let seqs: Vec<u64> = records.iter().map(|record| record.seq).collect();
    for record in records {
        let envelope = Envelope::decode(record.payload.as_bytes()).map_err(|error| RoomError::Record {
            session: session.to_owned(),
            seq: record.seq,
            reason: error.to_string(),
        })?;
        envelopes.push(envelope);
    }
    let log = Log::new(store, envelopes.iter())?;
    let stands_on = envelopes.first().and_then(|first| match &first.message {
        Message::SettledState(whole) => Some(whole.state.clone()),
        _ => None,
    });
    let restored = peer.restore(envelopes);
    if let Some((at, reason)) = restored.refused.into_iter().next() {
        let seq = seqs.get(at).copied().unwrap_or_default();
        return Err(RoomError::Restore { session: session.to_owned(), seq, reason });
    }
    tracing::info!(session, operations = restored.operations, "session restored from its log");
    Ok((log, stands_on))
}

#[expect(clippy::cast_precision_loss, reason = "exact until the year 2255")]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use session_core::{Now, Opening, PeerConfig};
    use session_store::SessionInfo;
    use session_store::simulated::SimulatedDisk;
    use session_wire::{OperationFields, SetProperty};

    use super::*;

    #[test]
    fn a_record_that_cannot_be_restored_is_named_by_its_own_number() {
        let info = SessionInfo {
            session: "dailies".to_owned(),
            created: 0.0,
            source_guid: "hub".to_owned(),
            hosted_files: Vec::new(),
        };
        let store = Store::create_on(SimulatedDisk::new().boxed(), info).unwrap();
        let broken = OperationFields { undo_of: vec!["nonsense".to_owned()], ..OperationFields::new("r", 1) };
        let set = SetProperty::new("clip", "name", "x".into(), 1.0);
        let payload = Envelope::new("dailies", "a", set).with_operation(broken).encode().clone();
        let record = Record { seq: 31, time_offset: 0.0, absolute_time: 0.0, payload };
        let mut peer = Peer::new(
            PeerConfig::new("dailies", "hub", "run", [0; 32], Opening::Host),
            Now { monotonic_us: 0, wall_us: 0 },
        );
        let error = restore(&mut peer, "dailies", store, vec![record]).err();
        assert!(matches!(error, Some(RoomError::Restore { seq: 31, .. })), "{error:?}");
    }
}
