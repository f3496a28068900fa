//! The network: everybody hears everybody, late, twice or never, as it is told.

use std::collections::{BTreeMap, BTreeSet};

use lossless_json::Value;
use session_core::{
    Command, CommandError, Effect, Identity, Now, Opening, Output, Peer, PeerConfig, Receipt, Reply, Role,
    Sender, Status,
};
use session_wire::{Envelope, Hello, Message};

use super::{Existing, Random};

const EPOCH_US: u64 = 1_790_000_000_000_000;

/// A peer of ours on the network.
pub struct Node {
    pub peer: Peer,
    config: PeerConfig,
    skew_us: i64,
    pub effects: Vec<Effect>,
    pub persisted: Vec<Envelope>,
    pub sent: Vec<Envelope>,
    replies: BTreeMap<u64, Result<Reply, CommandError>>,
}

/// What is under way to one receiver.
struct Packet {
    to: String,
    bytes: String,
}

pub struct Network {
    pub now_us: u64,
    pub nodes: BTreeMap<String, Node>,
    pub existing: BTreeMap<String, Existing>,
    in_flight: BTreeMap<(u64, u64), Packet>,
    order: u64,
    /// When the last message of a sender comes to an existing peer: their transports keep the order of each sender.
    last_to_existing: BTreeMap<(String, String), u64>,
    next_command: u64,
    pub random: Random,
    /// Packets lost, and doubled, in percent.
    pub loss: u64,
    pub doubled: u64,
    pub latency_us: (u64, u64),
    /// Peers that hear and are heard by nobody.
    pub away: BTreeSet<String>,
    /// The peer that knows by whose connection a message comes, as a hub does, and whose connections there are.
    pub guard: Option<String>,
    senders: BTreeMap<String, Sender>,
    runs: u64,
}

impl Network {
    pub fn new(seed: u64) -> Self {
        Self {
            now_us: 1_000_000,
            nodes: BTreeMap::new(),
            existing: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            order: 0,
            last_to_existing: BTreeMap::new(),
            next_command: 0,
            random: Random::new(seed),
            loss: 0,
            doubled: 0,
            latency_us: (1_000, 1_000),
            away: BTreeSet::new(),
            guard: None,
            senders: BTreeMap::new(),
            runs: 0,
        }
    }

    pub fn config(&mut self, name: &str, opening: Opening) -> PeerConfig {
        self.runs += 1;
        let mut entropy = [0; 32];
        entropy[..8].copy_from_slice(&self.runs.to_le_bytes());
        entropy[8] = 1;
        let mut config = PeerConfig::new("dailies", name, format!("run{}", self.runs), entropy, opening);
        config.identity = Some(Identity { user: name.to_owned(), ..Identity::default() });
        config
    }

    /// Starts a peer of ours.
    pub fn start(&mut self, config: PeerConfig) {
        self.start_restored(config, Vec::new(), 0);
    }

    pub fn start_restored(&mut self, config: PeerConfig, envelopes: Vec<Envelope>, skew_us: i64) {
        let name = config.source_guid.clone();
        let now = self.now_of(skew_us);
        let mut peer = Peer::new(config.clone(), now);
        let count = envelopes.iter().filter(|envelope| envelope.message.is_durable()).count();
        let restored = peer.restore(envelopes.clone());
        assert_eq!((restored.operations, restored.refused.as_slice()), (count, &[][..]));
        peer.start(now);
        let node = Node {
            peer,
            config,
            skew_us,
            effects: Vec::new(),
            persisted: envelopes,
            sent: Vec::new(),
            replies: BTreeMap::new(),
        };
        self.nodes.insert(name.clone(), node);
        self.drain(&name);
    }

    pub fn host(&mut self, name: &str) {
        let config = self.config(name, Opening::Host);
        self.start(config);
    }

    pub fn join(&mut self, name: &str) {
        let config = self.config(name, Opening::Join { or_host: false });
        self.start(config);
    }

    /// Joins and waits until it takes part.
    pub fn join_now(&mut self, name: &str) {
        self.join(name);
        self.run_until_synced(name);
    }

    pub fn run_until_synced(&mut self, name: &str) {
        for _ in 0..200 {
            if self.nodes[name].peer.status() == Status::Synced {
                return;
            }
            self.run_for_ms(50);
        }
        panic!("{name} did not join: {:?}", self.nodes[name].peer.status());
    }

    /// Takes a process away without a word; returns what its disk has.
    pub fn kill(&mut self, name: &str) -> Vec<Envelope> {
        self.nodes.remove(name).unwrap().persisted
    }

    /// Leaves with a word; returns what its disk has.
    pub fn depart(&mut self, name: &str) -> Vec<Envelope> {
        let now = self.now(name);
        self.nodes.get_mut(name).unwrap().peer.depart(now);
        self.drain(name);
        self.kill(name)
    }

    pub fn config_of(&self, name: &str) -> PeerConfig {
        self.nodes[name].config.clone()
    }

    /// The link breaks and the peer is told.
    pub fn cut(&mut self, name: &str) {
        let now = self.now(name);
        self.away.insert(name.to_owned());
        self.nodes.get_mut(name).unwrap().peer.link_lost(now);
    }

    pub fn heal(&mut self, name: &str) {
        let now = self.now(name);
        self.away.remove(name);
        self.nodes.get_mut(name).unwrap().peer.link_restored(now);
        self.drain(name);
    }

    fn now_of(&self, skew_us: i64) -> Now {
        Now { monotonic_us: self.now_us, wall_us: (EPOCH_US + self.now_us).saturating_add_signed(skew_us) }
    }

    pub fn now(&self, name: &str) -> Now {
        self.now_of(self.nodes.get(name).map_or(0, |node| node.skew_us))
    }

    pub fn seconds(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "exact until 2255")]
        let seconds = (EPOCH_US + self.now_us) as f64 / 1e6;
        seconds
    }

    pub fn try_command(&mut self, name: &str, command: Command) -> Result<Reply, CommandError> {
        self.next_command += 1;
        let (id, now) = (self.next_command, self.now(name));
        self.nodes.get_mut(name).unwrap().peer.command(now, id, command);
        self.drain(name);
        self.nodes.get_mut(name).unwrap().replies.remove(&id).unwrap()
    }

    pub fn command(&mut self, name: &str, command: Command) -> Reply {
        self.try_command(name, command).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Hands an envelope to one peer, as if it had come over the network.
    pub fn receive(&mut self, name: &str, envelope: Envelope) -> Receipt {
        let now = self.now(name);
        let source = envelope.source_guid.clone();
        if let Message::Hello(hello) = &envelope.message {
            self.senders.entry(source.clone()).or_insert_with(|| Sender::of(hello));
        }
        let sender = self.senders.get_mut(&source).filter(|_| self.guard.as_deref() == Some(name));
        let peer = &mut self.nodes.get_mut(name).unwrap().peer;
        let receipt = match sender {
            Some(sender) => peer.receive_from(now, sender, envelope),
            None => peer.receive(now, envelope),
        };
        self.drain(name);
        receipt
    }

    /// A participant connects to the guard, which binds the connection to it.
    pub fn connect(&mut self, name: &str, user: Option<&str>, role: Option<Role>) {
        let mut hello = Hello::new(name, format!("run-of-{name}"), BTreeMap::new());
        hello.user = user.map(str::to_owned);
        hello.role = role.map(|role| role.as_str().to_owned());
        let guard = self.guard.clone().unwrap();
        self.receive(&guard, Envelope::new("dailies", name, hello));
    }

    /// Sends an envelope to everybody but its author.
    pub fn broadcast(&mut self, from: &str, envelope: &Envelope) {
        if self.away.contains(from) {
            return;
        }
        let bytes = envelope.encode();
        let receivers: Vec<String> = self.nodes.keys().chain(self.existing.keys()).cloned().collect();
        for to in receivers.into_iter().filter(|to| to != from && !self.away.contains(to)) {
            if self.random.chance(self.loss) {
                continue;
            }
            for _ in 0..=u64::from(self.random.chance(self.doubled)) {
                let (least, most) = self.latency_us;
                let mut at = self.now_us + least + self.random.below(most - least + 1);
                if self.existing.contains_key(&to) {
                    let link = (from.to_owned(), to.clone());
                    let previous = self.last_to_existing.entry(link).or_default();
                    at = at.max(*previous);
                    *previous = at;
                }
                self.order += 1;
                self.in_flight.insert((at, self.order), Packet { to: to.clone(), bytes: bytes.clone() });
            }
        }
    }

    fn drain(&mut self, name: &str) {
        while let Some(output) = self.nodes.get_mut(name).unwrap().peer.poll_output() {
            let node = self.nodes.get_mut(name).unwrap();
            match output {
                Output::Send { envelope, .. } => {
                    node.sent.push(Envelope::clone(&envelope));
                    self.broadcast(name, &envelope);
                }
                Output::Effect(effect) => node.effects.push(effect),
                Output::Reply { id, result } => drop(node.replies.insert(id, result)),
                Output::Persist(envelope) => node.persisted.push(Envelope::clone(&envelope)),
                _ => {}
            }
        }
    }

    /// Sends what existing peers have said.
    pub fn drain_existing(&mut self, name: &str) {
        for envelope in self.existing.get_mut(name).unwrap().take_sent() {
            self.broadcast(name, &envelope);
        }
    }

    pub fn run_for_ms(&mut self, ms: u64) {
        let end = self.now_us + ms * 1000;
        while self.step(end) {}
        self.now_us = end;
    }

    /// The next thing that happens before `end`.
    fn step(&mut self, end: u64) -> bool {
        let packet = self.in_flight.keys().next().map(|(at, _)| *at);
        let timers =
            self.nodes.iter().filter_map(|(name, node)| Some((node.peer.next_timeout_us()?, name.clone())));
        let timer = timers.min();
        let next = packet.into_iter().chain(timer.as_ref().map(|(at, _)| *at)).min();
        let Some(next) = next.filter(|next| *next <= end) else { return false };
        self.now_us = self.now_us.max(next);
        if packet.is_some_and(|packet| packet <= next) {
            self.deliver();
        } else if let Some((_, name)) = timer {
            let now = self.now(&name);
            self.nodes.get_mut(&name).unwrap().peer.handle_timeout(now);
            self.drain(&name);
        }
        true
    }

    fn deliver(&mut self) {
        let Some((_, packet)) = self.in_flight.pop_first() else { return };
        if self.away.contains(&packet.to) {
            return;
        }
        let envelope = Envelope::decode(packet.bytes.as_bytes()).unwrap();
        let seconds = self.seconds();
        if let Some(existing) = self.existing.get_mut(&packet.to) {
            existing.receive(&envelope, seconds);
            self.drain_existing(&packet.to);
        } else if self.nodes.contains_key(&packet.to) {
            self.receive(&packet.to, envelope);
        }
    }

    pub fn effects(&self, name: &str) -> Vec<&'static str> {
        self.nodes[name].effects.iter().map(Effect::name).collect()
    }

    pub fn digest(&self, name: &str) -> String {
        self.nodes[name].peer.log().digest().to_owned()
    }

    pub fn state(&self, name: &str) -> Value {
        self.nodes[name].peer.log().state().to_value()
    }

    /// What is looked at, as a peer has it.
    pub fn looks_at(&self, name: &str) -> String {
        let view = self.nodes[name].peer.view();
        let active = view.active_timeline().map(|guid| &**guid);
        format!("{} {} {active:?}", text(&view.playback().into()), text(&view.display().into()))
    }

    /// All peers of ours show the same bytes and look at the same.
    pub fn assert_equal(&self) {
        let mut views = self.nodes.keys().map(|name| (name, self.looks_at(name)));
        let (first, view) = views.next().unwrap();
        for (name, other) in views {
            assert_eq!(other, view, "{name} looks at something else than {first}");
        }
        let mut digests = self.nodes.iter().map(|(name, node)| (name, node.peer.log().digest()));
        let (first, digest) = digests.next().unwrap();
        for (name, other) in digests {
            assert_eq!(
                other,
                digest,
                "{name} differs from {first}:\n{}\n{}",
                text(&self.state(name)),
                text(&self.state(first))
            );
        }
    }

    /// Every peer of ours and every existing peer show the same timelines.
    pub fn assert_equal_with_existing(&self) {
        self.assert_equal();
        let first = self.nodes.keys().next().unwrap();
        let ours = self.state(first).get("timelines").cloned().unwrap();
        for (name, existing) in &self.existing {
            assert_eq!(existing.raised, Vec::<String>::new(), "{name} would have failed");
            assert_eq!(text(&existing.document()), text(&ours), "{name} differs");
        }
    }

    /// The GUIDs of the children of an object, as a peer sees them.
    pub fn children(&self, name: &str, parent: &str) -> Vec<String> {
        let state = self.nodes[name].peer.log().state();
        let (timeline, node) = state.locate(parent).unwrap();
        let document = state.timeline(&timeline).unwrap();
        document.children(node).iter().map(|child| document.guid(child).unwrap_or("").to_owned()).collect()
    }
}

/// The command that gives a user a role.
pub fn give(user: &str, role: Role) -> Command {
    Command::SetPeerRole { user: user.to_owned(), peer_guid: None, role }
}

pub fn text(value: &Value) -> String {
    value.to_text(lossless_json::Style::Digest)
}
