//! What a room says about itself.

use std::collections::BTreeMap;

use lossless_json::{Object, Value};

/// A room at one moment.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RoomReport {
    /// The session's name.
    pub session: String,
    /// The room's own GUID.
    pub guid: String,
    /// Where its peer stands: `NONE`, `DISCOVERING`, `JOINING`, `SYNCED`.
    pub status: &'static str,
    /// GUIDs of the connected native peers.
    pub peers: Vec<String>,
    /// The transport links and whether each is up.
    pub links: Vec<(String, bool)>,
    /// Operations in the log.
    pub operations: usize,
    /// Whether operations are kept.
    pub store: StoreReport,
    /// Bytes on disk that no checkpoint stands for.
    pub log_bytes: u64,
    /// What has happened so far.
    pub counts: Counts,
}

/// Whether a room's operations are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StoreReport {
    /// In memory only.
    #[default]
    None,
    /// On disk; so many wait for it.
    Working {
        /// Records that the disk does not have yet.
        unsynced: usize,
    },
    /// No longer: the disk failed. The room serves what it has and takes no operations.
    Failed {
        /// What failed, in words.
        reason: String,
    },
}

/// What has happened in a room so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Messages received.
    pub received: u64,
    /// Messages passed on, counted once for each receiver.
    pub delivered: u64,
    /// Messages that were echoes of what had come by another way.
    pub echoes: u64,
    /// Messages refused, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Connections closed because they read too slowly.
    pub slow_readers: u64,
    /// Checkpoints made on the disk.
    pub checkpoints: u64,
    /// Checkpoints that the disk did not take; the log goes on without.
    pub checkpoints_failed: u64,
    /// Times a connection was made to wait because it sent too much.
    pub throttled: u64,
}

impl Counts {
    /// Counts a refused message.
    pub(super) fn refuse(&mut self, reason: &str) {
        *self.refused.entry(reason.to_owned()).or_default() += 1;
    }

    fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("received", self.received);
        object.insert("delivered", self.delivered);
        object.insert("echoes", self.echoes);
        object.insert(
            "refused",
            self.refused.iter().map(|(key, count)| (key.as_str(), *count)).collect::<Object>(),
        );
        object.insert("slow_readers", self.slow_readers);
        object.insert("throttled", self.throttled);
        object.insert("checkpoints", self.checkpoints);
        object.insert("checkpoints_failed", self.checkpoints_failed);
        object.into()
    }
}

impl StoreReport {
    /// The word for programs: `none`, `working`, `failed`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Working { .. } => "working",
            Self::Failed { .. } => "failed",
        }
    }
}

impl RoomReport {
    /// As `/healthz` gives it.
    pub fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("session", self.session.as_str());
        object.insert("source_guid", self.guid.as_str());
        object.insert("status", self.status);
        object.insert("peers", self.peers.len() as u64);
        object.insert("links", self.links.iter().map(|(name, up)| (name.as_str(), *up)).collect::<Object>());
        object.insert("operations", self.operations as u64);
        object.insert("store", self.store.word());
        match &self.store {
            StoreReport::None => {}
            StoreReport::Working { unsynced } => {
                object.insert("unsynced", *unsynced as u64);
            }
            StoreReport::Failed { reason } => {
                object.insert("store_failure", reason.as_str());
            }
        }
        object.insert("log_bytes", self.log_bytes);
        object.insert("counts", self.counts.to_value());
        object.into()
    }
}
