//! What a link has for its driver, kept while the driver is behind.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::link::LinkEvent;
use crate::pump::Received;
use crate::{LinkCounters, limits};

/// Events on their way to the driver. Bounded in number and bytes: when it is full, messages are dropped and counted, and
/// the driver learns of the gap as a `Down` and an `Up` once it has caught up.
pub(crate) struct Inbox {
    driver: mpsc::Sender<LinkEvent>,
    waiting: VecDeque<LinkEvent>,
    bytes: usize,
    missed: usize,
    abandoned: bool,
    counters: Arc<LinkCounters>,
}

impl Inbox {
    pub(crate) fn new(driver: mpsc::Sender<LinkEvent>, counters: Arc<LinkCounters>) -> Self {
        Self { driver, waiting: VecDeque::new(), bytes: 0, missed: 0, abandoned: false, counters }
    }

    /// Takes in what was received, counted.
    pub(crate) fn take(&mut self, received: Received) {
        match received {
            Received::Message(message) => self.message(message),
            Received::Unusable => self.counters.add_dropped(1),
            Received::OtherSession => self.counters.add_other_session(),
            Received::Nothing => {}
        }
    }

    /// Takes in a message, or drops and counts it.
    fn message(&mut self, message: Bytes) {
        let full = self.waiting.len() >= limits::INBOX_MESSAGES
            || (self.bytes > 0 && self.bytes + message.len() > limits::INBOX_BYTES);
        // Once something was missed, order is kept by missing everything until the driver has caught up.
        if full || self.missed > 0 {
            self.missed += 1;
            self.counters.add_dropped(1);
            return;
        }
        self.bytes += message.len();
        self.counters.add_received();
        self.waiting.push_back(LinkEvent::Message(message));
    }

    /// Takes in anything else; these are few and never dropped.
    pub(crate) fn event(&mut self, event: LinkEvent) {
        self.waiting.push_back(event);
    }

    /// Whether reading from the network should go on, where the network can wait.
    pub(crate) fn has_room(&self) -> bool {
        self.waiting.len() < limits::CHANNEL_MESSAGES && self.bytes < limits::INBOX_BYTES
    }

    /// Whether the driver has dropped its end.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned || self.driver.is_closed()
    }

    /// Hands the next event over; waits while there is none or the driver is behind. May be cancelled.
    pub(crate) async fn deliver(&mut self) {
        if self.waiting.is_empty() {
            // The driver leaving is the only thing that can happen here.
            self.driver.closed().await;
            self.abandoned = true;
            return;
        }
        match self.driver.reserve().await {
            Ok(place) => {
                if let Some(event) = self.waiting.pop_front() {
                    if let LinkEvent::Message(message) = &event {
                        self.bytes -= message.len();
                    }
                    place.send(event);
                }
            }
            Err(_) => self.abandoned = true,
        }
        self.report_gap();
    }

    /// Hands over all that waits, until the driver leaves.
    pub(crate) async fn deliver_all(&mut self) {
        while !self.waiting.is_empty() && !self.is_abandoned() {
            self.deliver().await;
        }
    }

    fn report_gap(&mut self) {
        if self.missed > 0 && self.waiting.is_empty() {
            let reason =
                format!("{} messages were dropped because this program reads too slowly", self.missed);
            tracing::warn!(missed = self.missed, "link: the reader is too slow, messages were dropped");
            self.missed = 0;
            self.waiting.push_back(LinkEvent::Down { reason });
            self.waiting.push_back(LinkEvent::Up);
        }
    }
}
