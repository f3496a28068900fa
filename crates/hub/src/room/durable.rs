//! What the disk has, and the thread that waits for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, mpsc as blocking};
use std::thread;
use std::time::{Duration, Instant};

use session_core::Compacted;
use session_log::{Frontier, Guid, Operation};
use session_store::{Compaction, Store, StoreError};
use session_wire::{Envelope, OperationFields, WireFrontier, frontier_key};
use tokio::sync::{mpsc, oneshot};

use crate::RoomError;

/// The session's log, on a thread of its own: relaying never waits for the disk.
#[derive(Debug)]
pub(super) struct Log {
    queue: blocking::Sender<Item>,
    written: mpsc::UnboundedReceiver<Written>,
    /// What each record means that the disk does not have yet, oldest first.
    unsynced: VecDeque<Meaning>,
    frontier: DiskFrontier,
    /// Bytes on the disk behind the newest checkpoint.
    bytes: u64,
    failure: Option<StoreError>,
}

#[derive(Debug)]
enum Item {
    Append { envelope: Arc<Envelope>, absolute_time: f64 },
    Compact { stands: Compacted, absolute_time: f64 },
    Finish(oneshot::Sender<()>),
}

/// What the disk did.
#[derive(Debug)]
pub(super) enum Written {
    /// It has more records, or will have none any more.
    Records(Result<Synced, StoreError>),
    /// A checkpoint was made, or not; the log goes on in any case.
    Checkpoint(Result<Compaction, StoreError>),
}

/// A group of records that the disk has.
#[derive(Debug)]
pub(super) struct Synced {
    records: usize,
    /// Bytes behind the newest checkpoint, these included.
    log_bytes: u64,
    took: Duration,
}

/// What [`Log::note`] makes of it.
#[derive(Debug)]
pub(super) enum Noted {
    /// The disk has more of these peers, after so long.
    Stored(BTreeSet<Guid>, Duration),
    /// The disk takes no more.
    Failed(StoreError),
    /// A restart reads less from now on.
    Compacted(Compaction),
    /// It will be tried again.
    NotCompacted(StoreError),
}

/// What a record says about who made what.
#[derive(Clone, Debug)]
enum Meaning {
    Operation {
        source: Guid,
        run: String,
        seq: u64,
    },
    /// A state that operations are folded into.
    State(WireFrontier),
    Other,
}

/// Records that are appended before the disk is waited for, at most.
const BATCH_MAX: usize = 4_096;

impl Log {
    /// Over an open store that holds `envelopes`.
    pub(super) fn new<'a>(
        store: Store,
        envelopes: impl Iterator<Item = &'a Envelope>,
    ) -> Result<Self, RoomError> {
        let bytes = store.log_bytes();
        let mut frontier = DiskFrontier::default();
        for envelope in envelopes {
            frontier.add(Meaning::of(envelope));
        }
        let (queue, items) = blocking::channel();
        let (results, written) = mpsc::unbounded_channel();
        thread::Builder::new()
            .name("session-store".to_owned())
            .spawn(move || write(store, &items, &results))
            .map_err(RoomError::Thread)?;
        Ok(Self { queue, written, unsynced: VecDeque::new(), frontier, bytes, failure: None })
    }

    /// Hands an envelope to the disk. After a failure it is left out: what is not acknowledged is not promised.
    pub(super) fn append(&mut self, envelope: Arc<Envelope>, absolute_time: f64) {
        if self.failure.is_some() {
            return;
        }
        let meaning = Meaning::of(&envelope);
        if self.queue.send(Item::Append { envelope, absolute_time }).is_ok() {
            self.unsynced.push_back(meaning);
        }
    }

    /// Lets what it is given stand for all that was appended so far. Of the runs that the disk knows it keeps those that
    /// `settled`, what the session remembers, names, and those with operations above.
    pub(super) fn compact(&mut self, mut stands: Compacted, settled: &Frontier, absolute_time: f64) {
        if self.failure.is_some() {
            return;
        }
        // What still waits is on the disk before the checkpoint is.
        let mut known = self.frontier.clone();
        for meaning in &self.unsynced {
            known.add(meaning.clone());
        }
        known.keep_only(settled, &stands.operations);
        let fields = OperationFields { seen: Some(known.to_wire()), ..OperationFields::default() };
        stands.state.operation = Some(Box::new(fields));
        // Where the thread is gone, its last word tells why.
        let _ = self.queue.send(Item::Compact { stands, absolute_time });
    }

    /// Waits for the disk. May be cancelled.
    pub(super) async fn written(&mut self) -> Written {
        match self.written.recv().await {
            Some(written) => written,
            None => std::future::pending().await,
        }
    }

    /// Takes in what the disk did.
    pub(super) fn note(&mut self, written: Written) -> Noted {
        match written {
            Written::Records(Ok(Synced { records, log_bytes, took })) => {
                self.bytes = log_bytes;
                let count = records.min(self.unsynced.len());
                let frontier = &mut self.frontier;
                let sources =
                    self.unsynced.drain(..count).filter_map(|meaning| frontier.add(meaning)).collect();
                Noted::Stored(sources, took)
            }
            Written::Records(Err(error)) => {
                self.unsynced.clear();
                self.failure = Some(error.clone());
                Noted::Failed(error)
            }
            Written::Checkpoint(Ok(made)) => {
                self.bytes = 0;
                Noted::Compacted(made)
            }
            Written::Checkpoint(Err(error)) => Noted::NotCompacted(error),
        }
    }

    /// What the disk has of one peer.
    pub(super) fn frontier_of(&self, source: &str) -> WireFrontier {
        self.frontier.of(source)
    }

    /// Records that wait for the disk.
    pub(super) fn unsynced(&self) -> usize {
        self.unsynced.len()
    }

    /// Bytes on the disk behind the newest checkpoint: what a restart reads beside it.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Why the disk takes no more, where it does not.
    pub(super) fn failure(&self) -> Option<&StoreError> {
        self.failure.as_ref()
    }

    /// Waits until the disk has all, and closes the store.
    pub(super) async fn finish(self) {
        let (done, finished) = oneshot::channel();
        if self.queue.send(Item::Finish(done)).is_ok() {
            let _ = finished.await;
        }
    }
}

/// Group commit: takes all that waits, appends it, syncs once. While the disk is busy the next batch gathers.
fn write(mut store: Store, items: &blocking::Receiver<Item>, results: &mpsc::UnboundedSender<Written>) {
    let mut finish = None;
    while finish.is_none() {
        let Ok(first) = items.recv() else { return };
        let begun = Instant::now();
        let mut records = 0;
        let mut failure = None;
        let mut compact = None;
        for item in std::iter::once(first).chain(items.try_iter().take(BATCH_MAX)) {
            match item {
                Item::Append { envelope, absolute_time } => {
                    records += 1;
                    let appended = store.append(&envelope.encode(), absolute_time);
                    failure = failure.or(appended.err());
                }
                Item::Compact { stands, absolute_time } => compact = Some((stands, absolute_time)),
                Item::Finish(done) => finish = Some(done),
            }
            // It stands for what came before it, not for what comes now.
            if compact.is_some() {
                break;
            }
        }
        let synced = failure.map_or_else(|| store.sync(), Err);
        let synced = synced.map(|_| Synced { records, log_bytes: store.log_bytes(), took: begun.elapsed() });
        let is_stored = synced.is_ok();
        if results.send(Written::Records(synced)).is_err() {
            break;
        }
        if let Some((stands, absolute_time)) = compact.filter(|_| is_stored) {
            let made = store.checkpoint(&payloads(&stands), absolute_time);
            let _ = results.send(Written::Checkpoint(made));
        }
    }
    drop(store);
    if let Some(done) = finish {
        let _ = done.send(());
    }
}

fn payloads(stands: &Compacted) -> Vec<String> {
    let operations = stands.operations.iter().map(Operation::encode);
    std::iter::once(stands.state.encode()).chain(operations).collect()
}

impl Meaning {
    fn of(envelope: &Envelope) -> Self {
        match &envelope.operation {
            Some(operation) if envelope.message.is_durable() => Self::Operation {
                source: envelope.source_guid.as_str().into(),
                run: operation.run.clone(),
                seq: operation.seq,
            },
            Some(operation) => operation.seen.clone().map_or(Self::Other, Self::State),
            None => Self::Other,
        }
    }
}

/// For every run: the number up to which the disk has everything.
#[derive(Clone, Debug, Default)]
struct DiskFrontier {
    runs: BTreeMap<Guid, BTreeMap<String, Run>>,
}

#[derive(Clone, Debug, Default)]
struct Run {
    upto: u64,
    beyond: BTreeSet<u64>,
}

impl DiskFrontier {
    /// Returns whose operation it was.
    fn add(&mut self, meaning: Meaning) -> Option<Guid> {
        match meaning {
            Meaning::Operation { source, run, seq } => {
                self.runs.entry(source.clone()).or_default().entry(run).or_default().add(seq);
                Some(source)
            }
            Meaning::State(frontier) => {
                for (key, upto) in frontier {
                    let Some((source, run)) = session_wire::split_frontier_key(&key) else { continue };
                    let runs = self.runs.entry(source.into()).or_default();
                    runs.entry(run.to_owned()).or_default().cover(upto);
                }
                None
            }
            Meaning::Other => None,
        }
    }

    /// Forgets runs that nobody asks for any more.
    fn keep_only(&mut self, settled: &Frontier, operations: &[Operation]) {
        let above: BTreeSet<(&str, &str)> =
            operations.iter().map(|operation| (&*operation.id().source, &*operation.id().run)).collect();
        self.runs.retain(|source, runs| {
            runs.retain(|run, _| settled.get(source, run) > 0 || above.contains(&(&**source, run.as_str())));
            !runs.is_empty()
        });
    }

    fn to_wire(&self) -> WireFrontier {
        self.runs.keys().flat_map(|source| self.of(source)).collect()
    }

    fn of(&self, source: &str) -> WireFrontier {
        let runs = self.runs.get(source).into_iter().flatten().filter(|(_, held)| held.upto > 0);
        runs.map(|(run, held)| (frontier_key(source, run), held.upto)).collect()
    }
}

impl Run {
    fn add(&mut self, seq: u64) {
        self.beyond.insert(seq);
        self.cover(self.upto);
    }

    fn cover(&mut self, upto: u64) {
        self.upto = self.upto.max(upto);
        while let Some(&next) = self.beyond.first().filter(|&&next| next <= self.upto.saturating_add(1)) {
            self.beyond.pop_first();
            self.upto = self.upto.max(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(run: &str, seq: u64) -> Meaning {
        Meaning::Operation { source: "a".into(), run: run.to_owned(), seq }
    }

    #[test]
    fn the_disk_has_a_run_up_to_its_first_gap() {
        let mut frontier = DiskFrontier::default();
        for seq in [1, 2, 4, 5, 7] {
            assert_eq!(frontier.add(operation("r", seq)).as_deref(), Some("a"));
        }
        frontier.add(operation("other", 2));
        assert_eq!(frontier.of("a"), [("a/r".to_owned(), 2)].into());
        frontier.add(operation("r", 3));
        assert_eq!(frontier.of("a"), [("a/r".to_owned(), 5)].into());
        frontier.add(Meaning::State([("a/r".to_owned(), 6), ("a/other".to_owned(), 1)].into()));
        assert_eq!(frontier.of("a"), [("a/r".to_owned(), 7), ("a/other".to_owned(), 2)].into());
        assert_eq!(frontier.of("b"), WireFrontier::new());
    }
}
