//! The steward: the one peer of ours that looks after existing peers (convergence §4.7).

use crate::clock::Now;
use crate::peer::Peer;

impl Peer {
    /// Whether this peer is the steward: the master where that is one of ours, else the one with the lowest GUID among
    /// those that serve. Where two hold themselves for it for a while, both push towards the same state.
    pub fn is_steward(&self, now: Now) -> bool {
        let serves = |master| self.exchange.is_serving(master, now);
        self.serves()
            && match self.mastership.guid() {
                Some(master) if *master == self.own => true,
                Some(master) if serves(master) => false,
                _ => self.exchange.lowest_server(now).is_none_or(|other| self.own < *other),
            }
    }
}
