//! What a driver has for the network, kept until the network has it.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::{LinkCounters, limits};

/// Messages on their way out, in order: first those that were sent and may still be lost, then those not yet sent.
pub(crate) struct Outbox {
    driver: mpsc::Receiver<Bytes>,
    close: Option<oneshot::Receiver<()>>,
    closing: bool,
    drained: bool,
    queue: VecDeque<Bytes>,
    in_flight: usize,
    bytes: usize,
    counters: Arc<LinkCounters>,
}

impl Outbox {
    pub(crate) fn new(
        driver: mpsc::Receiver<Bytes>,
        close: oneshot::Receiver<()>,
        counters: Arc<LinkCounters>,
    ) -> Self {
        let queue = VecDeque::new();
        Self {
            driver,
            close: Some(close),
            closing: false,
            drained: false,
            queue,
            in_flight: 0,
            bytes: 0,
            counters,
        }
    }

    /// Waits for the driver: takes one message if there is room, or learns that the link is to end. May be cancelled.
    pub(crate) async fn fill(&mut self) -> Filled {
        let asked = async {
            match &mut self.close {
                Some(close) => close.await.is_ok(),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            explicit = asked => {
                self.close = None;
                if explicit {
                    self.stop();
                }
                Filled::Nothing
            }
            message = self.driver.recv(), if !self.drained => {
                if let Some(message) = message {
                    return self.put(message);
                }
                self.drained = true;
                self.closing = true;
                Filled::Nothing
            }
            else => std::future::pending().await,
        }
    }

    fn put(&mut self, message: Bytes) -> Filled {
        let full = self.queue.len() >= limits::OUTBOX_MESSAGES
            || (self.bytes > 0 && self.bytes + message.len() > limits::OUTBOX_BYTES);
        if full {
            self.counters.add_dropped(1);
            return Filled::Refused { bytes: message.len() };
        }
        self.bytes += message.len();
        self.queue.push_back(message);
        Filled::Taken
    }

    /// The next message to send.
    pub(crate) fn next(&self) -> Option<Bytes> {
        self.queue.get(self.in_flight).cloned()
    }

    /// The message of [`Outbox::next`] was sent; it stays until [`Outbox::settle`].
    pub(crate) fn sent(&mut self) {
        self.in_flight += 1;
    }

    /// The message of [`Outbox::next`] will not be sent.
    pub(crate) fn refuse(&mut self) {
        if let Some(message) = self.queue.remove(self.in_flight) {
            self.bytes -= message.len();
            self.counters.add_dropped(1);
        }
    }

    /// The oldest `count` messages in flight have arrived.
    pub(crate) fn settle(&mut self, count: usize) {
        let count = count.min(self.in_flight);
        self.in_flight -= count;
        self.bytes -= self.queue.drain(..count).map(|message| message.len()).sum::<usize>();
        self.counters.add_sent(count);
    }

    /// The connection broke: what was in flight is sent again, in order.
    pub(crate) fn resend(&mut self) {
        self.in_flight = 0;
    }

    /// Whether the driver's next message would be taken; while the link is up, the driver waits otherwise.
    pub(crate) fn has_room(&self) -> bool {
        self.queue.len() < limits::OUTBOX_MESSAGES && self.bytes < limits::OUTBOX_BYTES
    }

    /// The link is to end: what the driver has put in is still taken, nothing after it.
    pub(crate) fn stop(&mut self) {
        self.driver.close();
        self.closing = true;
    }

    /// Whether the link is to end.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing
    }

    /// Whether the driver has given all it will ever give.
    pub(crate) fn is_drained(&self) -> bool {
        self.drained
    }

    /// Whether every message has arrived.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Messages not known to have arrived.
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }
}

/// What [`Outbox::fill`] saw.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// A message was taken.
    Taken,
    /// A message was dropped: there is no room.
    Refused { bytes: usize },
    /// The driver has closed, or nothing happened.
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_in_flight_is_sent_again_in_order_after_a_loss() {
        let (driver, receiver) = mpsc::channel(8);
        let (_close, asked) = oneshot::channel();
        let mut outbox = Outbox::new(receiver, asked, Arc::default());
        for text in ["a", "b", "c"] {
            driver.send(Bytes::from_static(text.as_bytes())).await.unwrap();
            assert_eq!(outbox.fill().await, Filled::Taken);
        }
        outbox.sent();
        outbox.sent();
        outbox.settle(1);
        assert_eq!(outbox.next().unwrap(), "c");
        outbox.resend();
        assert_eq!(outbox.next().unwrap(), "b");
        outbox.refuse();
        assert_eq!(outbox.next().unwrap(), "c");
        assert_eq!((outbox.len(), outbox.bytes), (1, 1));
    }

    #[tokio::test]
    async fn an_owner_that_keeps_only_the_sender_does_not_close_the_link() {
        let (driver, receiver) = mpsc::channel(8);
        let (close, asked) = oneshot::channel::<()>();
        let mut outbox = Outbox::new(receiver, asked, Arc::default());
        drop(close);
        assert_eq!(outbox.fill().await, Filled::Nothing);
        assert!(!outbox.is_closing());
        driver.send(Bytes::from_static(b"a")).await.unwrap();
        assert_eq!(outbox.fill().await, Filled::Taken);
        drop(driver);
        assert_eq!(outbox.fill().await, Filled::Nothing);
        assert!(outbox.is_closing() && outbox.is_drained());
    }
}
