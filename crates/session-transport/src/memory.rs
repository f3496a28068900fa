//! A bus within one process, for tests and embedding.

use std::collections::BTreeMap;
use std::future::{Future, pending, ready};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::pump::{Connection, Dial, Loss, Reader, Received, Sent, Writer};
use crate::{ConnectError, Link, LinkOptions, limits, link};

/// A fanout: what one link sends, every other link receives, all in the same order. Clones are the same bus.
#[derive(Clone, Debug, Default)]
pub struct MemoryBus(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    next: u64,
    members: BTreeMap<u64, mpsc::Sender<Bytes>>,
    closed: bool,
}

impl MemoryBus {
    /// An empty bus.
    pub fn new() -> Self {
        Self::default()
    }

    /// Joins it. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// Only while the bus is [made unavailable](MemoryBus::set_available).
    pub async fn connect(&self, options: LinkOptions) -> Result<Link, ConnectError> {
        link::open(self.clone(), &options).await
    }

    /// How many links are up.
    pub fn members(&self) -> usize {
        self.lock().members.len()
    }

    /// Cuts every connection, as a broker that restarts does: every link sees `Down` and comes back.
    pub fn interrupt(&self) {
        self.lock().members.clear();
    }

    /// Whether connections can be made; existing ones are not touched.
    pub fn set_available(&self, available: bool) {
        self.lock().closed = !available;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, from: u64, message: &Bytes) -> bool {
        let mut bus = self.lock();
        if !bus.members.contains_key(&from) {
            return false;
        }
        // A member whose queue is full is cut, which it sees as a gap.
        bus.members.retain(|&id, member| id == from || member.try_send(message.clone()).is_ok());
        true
    }
}

impl Dial for MemoryBus {
    type Connection = MemoryConnection;

    fn dial(&self) -> impl Future<Output = Result<MemoryConnection, ConnectError>> + Send {
        let mut bus = self.lock();
        if bus.closed {
            return ready(Err(ConnectError::BusUnavailable));
        }
        let (sender, messages) = mpsc::channel(limits::CHANNEL_MESSAGES);
        let id = bus.next;
        bus.next += 1;
        bus.members.insert(id, sender);
        ready(Ok(MemoryConnection { messages, writer: MemoryWriter { bus: self.clone(), id } }))
    }

    fn timed_out(&self, _after: Duration) -> ConnectError {
        ConnectError::BusUnavailable
    }
}

pub(crate) struct MemoryConnection {
    messages: mpsc::Receiver<Bytes>,
    writer: MemoryWriter,
}

impl Connection for MemoryConnection {
    type Reader = MemoryReader;
    type Writer = MemoryWriter;

    fn split(self) -> (MemoryReader, MemoryWriter) {
        (MemoryReader(self.messages), self.writer)
    }
}

pub(crate) struct MemoryReader(mpsc::Receiver<Bytes>);

impl Reader for MemoryReader {
    const CAN_WAIT: bool = false;

    async fn next(&mut self) -> Result<Received, Loss> {
        let message = self.0.recv().await;
        message
            .map(Received::Message)
            .ok_or_else(|| Loss::Passing("the in-process bus cut the connection".to_owned()))
    }
}

pub(crate) struct MemoryWriter {
    bus: MemoryBus,
    id: u64,
}

impl Writer for MemoryWriter {
    async fn send(&mut self, message: Bytes) -> Result<Sent, Loss> {
        if self.bus.send(self.id, &message) {
            Ok(Sent::Settled(1))
        } else {
            Err(Loss::Passing("the in-process bus cut the connection".to_owned()))
        }
    }

    async fn idle(&mut self) -> Result<usize, Loss> {
        pending().await
    }

    async fn leave(&mut self) {}
}

impl Drop for MemoryWriter {
    fn drop(&mut self) {
        self.bus.lock().members.remove(&self.id);
    }
}
