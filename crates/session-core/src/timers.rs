//! What is due when.

use crate::clock::Now;
use crate::peer::Peer;

impl Peer {
    /// When [`Peer::handle_timeout`] is to be called next, on the monotonic clock in microseconds. Calling it
    /// earlier does no harm.
    pub fn next_timeout_us(&self) -> Option<u64> {
        let due = [
            self.discovery_due_us(),
            self.exchange_due_us(),
            self.mastership_due_us(),
            self.presence_due_us(),
            self.steward_due_us(),
        ];
        due.into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Now) {
        self.now = now;
        self.drive_discovery(now);
        self.drive_exchange(now);
        self.drive_mastership(now);
        self.drive_presence(now);
        self.stamp_when_due(now);
        self.make_checkpoint_when_due(now);
        self.drive_steward(now);
    }
}
