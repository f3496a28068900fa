//! What the disk has, and the thread that waits for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, mpsc as blocking};
use std::thread;

use session_log::Guid;
use session_store::{Store, StoreError};
use session_wire::{Envelope, WireFrontier, frontier_key};
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
    failure: Option<StoreError>,
}

#[derive(Debug)]
enum Item {
    Append { envelope: Arc<Envelope>, absolute_time: f64 },
    Finish(oneshot::Sender<()>),
}

/// So many more records are on the disk, or none will be any more.
#[derive(Debug)]
pub(super) struct Written(Result<usize, StoreError>);

/// What a record says about who made what.
#[derive(Debug)]
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
        Ok(Self { queue, written, unsynced: VecDeque::new(), frontier, failure: None })
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

    /// Waits for the disk. May be cancelled.
    pub(super) async fn written(&mut self) -> Written {
        match self.written.recv().await {
            Some(written) => written,
            None => std::future::pending().await,
        }
    }

    /// Takes in what the disk did: whose operations it has now, or that it failed.
    pub(super) fn note(&mut self, written: Written) -> Result<BTreeSet<Guid>, StoreError> {
        match written.0 {
            Ok(count) => {
                let count = count.min(self.unsynced.len());
                let frontier = &mut self.frontier;
                Ok(self.unsynced.drain(..count).filter_map(|meaning| frontier.add(meaning)).collect())
            }
            Err(error) => {
                self.unsynced.clear();
                self.failure = Some(error.clone());
                Err(error)
            }
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
        let mut count = 0;
        let mut failure = None;
        for item in std::iter::once(first).chain(items.try_iter().take(BATCH_MAX)) {
            match item {
                Item::Append { envelope, absolute_time } => {
                    count += 1;
                    let appended = store.append(&envelope.encode(), absolute_time);
                    failure = failure.or(appended.err());
                }
                Item::Finish(done) => finish = Some(done),
            }
        }
        let result = failure.map_or_else(|| store.sync(), Err).map(|_| count);
        if results.send(Written(result)).is_err() {
            break;
        }
    }
    drop(store);
    if let Some(done) = finish {
        let _ = done.send(());
    }
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
#[derive(Debug, Default)]
struct DiskFrontier {
    runs: BTreeMap<Guid, BTreeMap<String, Run>>,
}

#[derive(Debug, Default)]
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
