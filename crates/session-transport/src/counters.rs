//! What a link has done, counted.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts of one link, shared between it and its owner; read them at any time.
#[derive(Debug, Default)]
pub struct LinkCounters {
    sent: AtomicU64,
    received: AtomicU64,
    dropped: AtomicU64,
    other_session: AtomicU64,
    reconnects: AtomicU64,
}

/// The counts at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CounterSnapshot {
    /// Messages handed to the network (AMQP: confirmed by the broker).
    pub sent: u64,
    /// Messages received and handed to the driver.
    pub received: u64,
    /// Messages lost here in either direction: too large, unreadable, refused by the socket, or no room.
    pub dropped: u64,
    /// Datagrams of other sessions, left out by the session filter.
    pub other_session: u64,
    /// Times the link came up again.
    pub reconnects: u64,
}

impl LinkCounters {
    /// The counts now.
    pub fn snapshot(&self) -> CounterSnapshot {
        CounterSnapshot {
            sent: self.sent.load(Relaxed),
            received: self.received.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            other_session: self.other_session.load(Relaxed),
            reconnects: self.reconnects.load(Relaxed),
        }
    }

    pub(crate) fn add_sent(&self, count: usize) {
        self.sent.fetch_add(count as u64, Relaxed);
    }

    pub(crate) fn add_received(&self) {
        self.received.fetch_add(1, Relaxed);
    }

    pub(crate) fn add_dropped(&self, count: usize) {
        self.dropped.fetch_add(count as u64, Relaxed);
    }

    pub(crate) fn add_other_session(&self) {
        self.other_session.fetch_add(1, Relaxed);
    }

    pub(crate) fn add_reconnect(&self) {
        self.reconnects.fetch_add(1, Relaxed);
    }
}
