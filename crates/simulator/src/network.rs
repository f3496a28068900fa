//! What is under way between peers.

use std::collections::BTreeMap;
use std::sync::Arc;

use session_wire::Envelope;

use crate::plan::NetworkPlan;
use crate::random::Random;

/// One message on its way to one receiver.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// The start of the receiver's process that it is for: another one has another link.
    pub(crate) start: u64,
    /// What goes over the wire.
    pub(crate) text: Arc<str>,
    /// The same, read; none where it cannot be read.
    pub(crate) envelope: Option<Arc<Envelope>>,
    /// Whether a broker carries it: what one sends to another in order, once.
    pub(crate) brokered: bool,
}

/// Everything under way, by time of arrival.
#[derive(Debug)]
pub(crate) struct Network {
    seed: u64,
    plan: NetworkPlan,
    /// Whether what one machine sends arrives in its order, or not at all: where existing peers are, which are lost
    /// otherwise, one network connects everybody.
    keeps_order: bool,
    in_flight: BTreeMap<(u64, u64), Packet>,
    order: u64,
    /// The instant of the last packet, and how many it had: a packet's luck depends on those, and on who and to whom.
    instant: (u64, u64),
    /// Peers on the other side while the network is parted.
    parted: Option<u64>,
    /// The order of the latest packet that arrived, by who and to whom.
    arrived: BTreeMap<(usize, usize), u64>,
    /// When the last packet of each pair that a broker carries arrives.
    queued_us: BTreeMap<(usize, usize), u64>,
    /// Packets that came before one that was sent earlier.
    pub(crate) overtaken: u64,
}

/// What became of a message to one receiver.
pub(crate) enum Fate {
    Lost,
    Once,
    Twice,
}

impl Network {
    pub(crate) fn new(seed: u64, plan: NetworkPlan, keeps_order: bool) -> Self {
        Self {
            seed,
            plan,
            keeps_order,
            in_flight: BTreeMap::new(),
            order: 0,
            instant: (0, 0),
            parted: None,
            arrived: BTreeMap::new(),
            queued_us: BTreeMap::new(),
            overtaken: 0,
        }
    }

    /// From now on nothing is lost, doubled or parted.
    pub(crate) fn heal(&mut self) {
        self.plan.loss = 0;
        self.plan.doubled = 0;
        self.parted = None;
    }

    /// Parts the peers by the bits of a number.
    pub(crate) fn part(&mut self, sides: Option<u64>) {
        self.parted = sides;
    }

    pub(crate) fn reach_each_other(&self, one: usize, other: usize) -> bool {
        self.parted.is_none_or(|sides| (sides >> (one % 64)) & 1 == (sides >> (other % 64)) & 1)
    }

    /// Sends a message to one receiver.
    pub(crate) fn send(&mut self, now_us: u64, packet: Packet) -> Fate {
        if !self.reach_each_other(packet.from, packet.to) {
            return Fate::Lost;
        }
        let count = if self.instant.0 == now_us { self.instant.1 + 1 } else { 0 };
        self.instant = (now_us, count);
        let words = [self.seed, now_us, packet.from as u64, packet.to as u64, count];
        let mut luck = Random::of(&words);
        if packet.brokered {
            self.queue(now_us + luck.between(self.plan.latency_least_us, self.plan.latency_most_us), packet);
            return Fate::Once;
        }
        if luck.chance(self.plan.loss) {
            return Fate::Lost;
        }
        let (least, most) = (self.plan.latency_least_us, self.plan.latency_most_us);
        let doubled = luck.chance(self.plan.doubled);
        if self.keeps_order {
            let at_us = now_us + luck.between(least, most);
            self.queue(at_us, packet.clone());
            if doubled {
                self.queue(at_us, packet);
            }
            return if doubled { Fate::Twice } else { Fate::Once };
        }
        if doubled {
            let most = if luck.chance(50) { 3 * most } else { most };
            self.post(now_us + luck.between(least, most), packet.clone());
        }
        self.post(now_us + luck.between(least, most), packet);
        if doubled { Fate::Twice } else { Fate::Once }
    }

    /// Behind what the same sender had sent to the same receiver.
    fn queue(&mut self, at_us: u64, packet: Packet) {
        let last_us = self.queued_us.entry((packet.from, packet.to)).or_default();
        *last_us = at_us.max(*last_us);
        let at_us = *last_us;
        self.post(at_us, packet);
    }

    fn post(&mut self, at_us: u64, packet: Packet) {
        self.order += 1;
        self.in_flight.insert((at_us, self.order), packet);
    }

    /// When the next message arrives.
    pub(crate) fn next_us(&self) -> Option<u64> {
        self.in_flight.keys().next().map(|(at_us, _)| *at_us)
    }

    /// The next message; none where it is lost on its way.
    pub(crate) fn next(&mut self) -> Option<Packet> {
        let ((_, order), packet) = self.in_flight.pop_first()?;
        let latest = self.arrived.entry((packet.from, packet.to)).or_default();
        self.overtaken += u64::from(order < *latest);
        *latest = order.max(*latest);
        self.reach_each_other(packet.from, packet.to).then_some(packet)
    }

    /// What a process had sent and the network did not have yet goes with it.
    pub(crate) fn forget_sent_by(&mut self, from: usize) {
        self.in_flight.retain(|_, packet| packet.from != from);
    }
}
