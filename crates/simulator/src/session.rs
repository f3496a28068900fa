//! One session, from its plan to its end.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use session_core::{Effect, Output, Status, Warning};
use session_log::{Base, Operation, OperationId};
use session_wire::{Envelope, Message, families};

use crate::doing::Doing;
use crate::failure::Failure;
use crate::figures::{Figures, variant};
use crate::mixed::Mixed;
use crate::network::{Fate, Network, Packet};
use crate::node::{Disk, Node};
use crate::plan::{Plan, Step};

/// Things at one instant beyond which somebody goes around in circles.
const AT_ONE_INSTANT_MAX: u64 = 100_000;

/// What came of a session.
#[derive(Clone, Debug)]
pub struct Ran {
    /// A hash of everything that happened, in order.
    pub trace: String,
    /// What was exercised.
    pub figures: Figures,
    /// What went wrong, where something did.
    pub failure: Option<Failure>,
}

/// A session under way.
pub(crate) struct Session<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) now_us: u64,
    pub(crate) nodes: Vec<Node>,
    /// Every operation that anybody took in.
    pub(crate) history: BTreeMap<OperationId, Operation>,
    /// What logs started from; a log that was settled says it no longer.
    pub(crate) bases: BTreeMap<String, Arc<Base>>,
    pub(crate) network: Network,
    /// Existing peers, and what is known of them.
    pub(crate) mixed: Mixed,
    trace: blake3::Hasher,
    pub(crate) figures: Figures,
    /// What a command came to, until it is taken.
    pub(crate) reply: Option<Result<session_core::Reply, session_core::CommandError>>,
    next_command: u64,
    /// Who claimed a channel last.
    claimed_by: Option<usize>,
    at_this_instant: u64,
    failure: Option<Failure>,
}

impl Plan {
    /// Runs the session and looks at what it came to.
    pub fn run(&self) -> Ran {
        let mut session = Session::new(self);
        session.steps();
        if session.failure.is_none() {
            session.conclude();
        }
        let overtaken = session.network.overtaken;
        session.figures.mark_times("network.overtaken", overtaken);
        let Session { trace, figures, failure, .. } = session;
        Ran { trace: trace.finalize().to_hex().to_string(), figures, failure }
    }
}

impl<'a> Session<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            now_us: 0,
            nodes: plan.peers.iter().cloned().map(Node::new).collect(),
            history: BTreeMap::new(),
            bases: BTreeMap::new(),
            network: Network::new(plan.seed, plan.network.clone(), !plan.existing.is_empty()),
            mixed: Mixed::new(&plan.existing),
            trace: blake3::Hasher::new(),
            figures: Figures { seeds: 1, ..Figures::default() },
            reply: None,
            next_command: 0,
            claimed_by: None,
            at_this_instant: 0,
            failure: None,
        }
    }

    /// The first thing that goes wrong counts.
    pub(crate) fn fail(&mut self, failure: Failure) {
        self.failure.get_or_insert(failure);
    }

    pub(crate) const fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    fn steps(&mut self) {
        let plan = self.plan;
        let participants = plan.peers.len() + plan.existing.len();
        for step in plan.steps.iter().filter(|step| step.peer < participants) {
            self.run_until(step.at_us);
            if self.has_failed() {
                return;
            }
            self.record(&[step.number, step.peer as u64], step.doing.word());
            if step.peer < plan.peers.len() {
                self.step(step);
            } else {
                self.existing_step(step.peer - plan.peers.len(), step);
            }
        }
    }

    fn step(&mut self, step: &Step) {
        let peer = step.peer;
        match step.doing {
            Doing::Start => self.start(peer, Disk::of_pick(step.picks[0])),
            Doing::Crash => self.crash(peer),
            Doing::CrashWhileSending => {
                self.network.forget_sent_by(peer);
                self.crash(peer);
            }
            Doing::Leave => self.leave(peer),
            Doing::Cut => self.cut(peer),
            Doing::Mend => self.mend(peer),
            Doing::Partition => {
                self.figures.mark("network.partition");
                self.network.part(Some(step.picks[0]));
            }
            Doing::Heal => self.network.part(None),
            Doing::TurnAround => self.turn_around(step),
            doing => drop(self.do_command(step, doing)),
        }
    }

    /// Notes something in the trace.
    pub(crate) fn record(&mut self, numbers: &[u64], text: &str) {
        self.trace.update(&self.now_us.to_le_bytes());
        for number in numbers {
            self.trace.update(&number.to_le_bytes());
        }
        self.trace.update(&(text.len() as u64).to_le_bytes());
        self.trace.update(text.as_bytes());
    }

    /// Starts a process, again or for the first time.
    pub(crate) fn start(&mut self, number: usize, kept: Disk) {
        let seed = self.plan.seed;
        let mutant = self.plan.mutant_of(number);
        let node = &mut self.nodes[number];
        if node.peer.is_some() {
            return;
        }
        let again = node.starts > 0;
        let kept = if again { kept } else { Disk::Whole };
        let mut config = node.next_start(seed, number, kept, self.plan.checkpoints);
        config.delivery = if self.plan.network.broker {
            session_core::Delivery::Reliable
        } else {
            session_core::Delivery::Lossy
        };
        let now = node.now(self.now_us);
        let mut peer = session_core::Peer::new(config, now);
        let disk =
            mutant.map_or_else(|| node.disk.clone(), |mutant| mutant.restored(&node.disk, &node.plan.name));
        let restored = peer.restore(disk.iter().map(|envelope| Envelope::clone(envelope)));
        let digest = node.digest_at_end.take().filter(|_| matches!(kept, Disk::Whole | Disk::WholeNewRun));
        let differs = digest.is_some_and(|digest| digest != peer.log().digest());
        peer.start(now);
        node.peer = Some(peer);
        (node.left, node.cut, node.synced) = (false, false, false);
        self.figures.peers += u64::from(!again);
        self.figures.restarts += u64::from(again);
        if again {
            self.figures.mark(kept.word());
        }
        if differs || !restored.refused.is_empty() {
            self.fail(Failure::restored(self.name(number), &restored));
        }
        self.drain(number);
    }

    fn crash(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        if let Some(peer) = node.peer.take() {
            node.look_at_timers();
            node.digest_at_end = Some(peer.log().digest().to_owned());
            self.figures.mark("crash");
        }
    }

    fn leave(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        let now = node.now(self.now_us);
        // Somebody stays: the first peer, which everybody can come back to.
        if number == 0 || node.peer.is_none() {
            return;
        }
        if let Some(peer) = &mut node.peer {
            peer.depart(now);
        }
        self.drain(number);
        self.crash(number);
        self.nodes[number].left = true;
        self.figures.mark("leave");
    }

    fn cut(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        let now = node.now(self.now_us);
        if let Some(peer) = node.peer.as_mut().filter(|_| !node.cut) {
            peer.link_lost(now);
            node.cut = true;
            node.look_at_timers();
            self.figures.mark("network.cut");
        }
    }

    fn mend(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        let now = node.now(self.now_us);
        if let Some(peer) = node.peer.as_mut().filter(|_| node.cut) {
            peer.link_restored(now);
            node.cut = false;
            self.drain(number);
        }
    }

    /// From now on nothing goes wrong, and who is awaited is there.
    pub(crate) fn end_mishaps(&mut self) {
        self.network.heal();
        for number in 0..self.nodes.len() {
            let node = &self.nodes[number];
            if node.starts > 0 && node.peer.is_none() && !node.left {
                self.start(number, Disk::Whole);
            }
            self.mend(number);
        }
        self.mend_existing();
    }

    /// Hands a command to a peer; none where it does not run.
    pub(crate) fn hand_command(
        &mut self,
        number: usize,
        command: session_core::Command,
    ) -> Option<Result<session_core::Reply, session_core::CommandError>> {
        let now = self.nodes[number].now(self.now_us);
        self.next_command += 1;
        self.nodes[number].peer.as_mut()?.command(now, self.next_command, command);
        self.drain(number);
        let reply = self.reply.take()?;
        let shown = match &reply {
            Ok(reply) => format!("{:?} {:?}", reply.operations, reply.guid),
            Err(error) => error.to_string(),
        };
        self.record(&[number as u64], &shown);
        Some(reply)
    }

    /// Lets time pass.
    pub(crate) fn run_until(&mut self, end_us: u64) {
        while !self.has_failed() && self.next_thing(end_us) {}
        self.now_us = self.now_us.max(end_us);
    }

    /// The next thing that happens before `end_us`.
    fn next_thing(&mut self, end_us: u64) -> bool {
        let packet_us = self.network.next_us();
        let timers = self.nodes.iter().enumerate().filter_map(|(number, node)| Some((node.due_us?, number)));
        let timer = timers.chain(self.existing_timers()).min();
        let next_us = packet_us.into_iter().chain(timer.map(|(at_us, _)| at_us)).min();
        let Some(next_us) = next_us.filter(|next_us| *next_us <= end_us) else { return false };
        if next_us > self.now_us {
            (self.now_us, self.at_this_instant) = (next_us, 0);
        }
        self.at_this_instant += 1;
        if self.at_this_instant > AT_ONE_INSTANT_MAX {
            self.fail(Failure::circles(self.now_us));
        }
        if packet_us.is_some_and(|packet_us| packet_us <= next_us) {
            self.deliver();
        } else if let Some((_, number)) = timer.filter(|(_, number)| *number >= self.nodes.len()) {
            self.poll_existing(number - self.nodes.len());
        } else if let Some((_, number)) = timer {
            let now = self.nodes[number].now(self.now_us);
            if let Some(peer) = &mut self.nodes[number].peer {
                peer.handle_timeout(now);
            }
            self.drain(number);
        }
        true
    }

    fn deliver(&mut self) {
        let Some(packet) = self.network.next() else { return };
        if packet.to >= self.nodes.len() {
            return self.deliver_to_existing(&packet);
        }
        let Some(envelope) = packet.envelope else { return };
        let mutant = self.plan.mutant_of(packet.to);
        let node = &mut self.nodes[packet.to];
        let now = node.now(self.now_us);
        let Some(peer) = node.peer.as_mut().filter(|_| !node.cut && node.starts == packet.start) else {
            return;
        };
        let envelope = match mutant {
            Some(mutant) => Arc::new(mutant.changed(Envelope::clone(&envelope), now.wall_us, peer.log())),
            None => envelope,
        };
        let receipt = peer.receive(now, envelope);
        self.figures.messages += 1;
        self.record(&[packet.from as u64, packet.to as u64], &variant(&receipt));
        self.drain(packet.to);
    }

    /// Takes what a peer has to say.
    fn note_base(&mut self, number: usize) {
        let base = self.nodes[number].peer.as_ref().and_then(|peer| peer.log().base());
        if let Some(base) = base.filter(|base| !self.bases.contains_key(base.id())) {
            self.bases.insert(base.id().to_owned(), Arc::clone(base));
        }
    }

    pub(crate) fn drain(&mut self, number: usize) {
        let mut taken_in: Vec<Operation> = Vec::new();
        loop {
            let node = &mut self.nodes[number];
            let Some(output) = node.peer.as_mut().and_then(session_core::Peer::poll_output) else { break };
            match output {
                Output::Send { envelope, to } => self.send(number, &envelope, to.as_deref()),
                Output::Persist(envelope) => {
                    taken_in.extend(Operation::from_envelope(&envelope, 0).ok().flatten());
                    match &envelope.message {
                        Message::Checkpoint(_) if envelope.source_guid == node.plan.name => {
                            self.figures.mark("checkpoint.made");
                        }
                        Message::SettledState(_) => self.figures.mark("join.by_settled_state"),
                        _ => {}
                    }
                    node.disk.push(envelope);
                }
                Output::Reply { result, .. } => self.reply = Some(result),
                Output::Effect(effect) => self.effect(number, &effect),
                _ => {}
            }
        }
        if !taken_in.is_empty() {
            self.mixed.edited_us = self.now_us;
        }
        self.note_base(number);
        self.nodes[number].look_at_timers();
        // Every other disk is shortened with its log, so that a restart reads less.
        if number % 2 == 1 && self.nodes[number].compact_disk() {
            self.figures.mark("disk.compacted");
        }
        self.count_late(number, &taken_in);
        for operation in taken_in {
            self.history.entry(operation.id().clone()).or_insert(operation);
        }
    }

    fn effect(&mut self, number: usize, effect: &Effect) {
        match effect {
            Effect::Status(status) => {
                self.nodes[number].synced = *status == Status::Synced;
                if *status == Status::Synced {
                    self.count_join(number);
                }
            }
            Effect::Warning { code: Warning::Diverged, detail } => {
                self.fail(Failure::alarm(self.name(number), detail));
            }
            Effect::Master { .. } => self.figures.mark("master.changed"),
            Effect::Warning { code, .. } => self.figures.mark(&format!("warning.{}", code.as_str())),
            _ => {}
        }
    }

    fn count_join(&mut self, number: usize) {
        let node = &self.nodes[number];
        let of_snapshot = |envelope: &Arc<Envelope>| matches!(envelope.message, Message::StateSnapshot(_));
        let hosts = node.peer.as_ref().is_some_and(session_core::Peer::is_master);
        let how = match () {
            () if node.disk.iter().any(of_snapshot) => "join.by_snapshot",
            () if hosts => "join.as_host",
            () => "join.by_operations",
        };
        self.figures.joins += 1;
        self.figures.mark(how);
    }

    /// Counts what came below something that the peer held, and what had to be done again for it.
    fn count_late(&mut self, number: usize, taken_in: &[Operation]) {
        let Some(peer) = &self.nodes[number].peer else { return };
        let Some(lowest) = taken_in.iter().map(Operation::stamp).min() else { return };
        let new: HashSet<&OperationId> = taken_in.iter().map(Operation::id).collect();
        let from_above = peer.log().operations().rev();
        let (mut held, mut redone) = (0, 0);
        for operation in from_above.take_while(|operation| operation.stamp() >= lowest) {
            if new.contains(operation.id()) {
                self.figures.late += u64::from(held > 0);
                redone = held;
            } else {
                held += 1;
            }
        }
        self.figures.redos += redone;
    }

    fn send(&mut self, from: usize, envelope: &Envelope, to: Option<&str>) {
        let text: Arc<str> = envelope.encode().into();
        self.record(&[from as u64], &text);
        self.note_repair(envelope, text.len());
        let envelope = match Envelope::decode(text.as_bytes()) {
            Ok(envelope) => Arc::new(envelope),
            Err(error) => return self.fail(Failure::unreadable(self.name(from), &text, &error.to_string())),
        };
        if let Message::ClaimOwnership(_) = &envelope.message
            && self.claimed_by.replace(from).is_some_and(|before| before != from)
        {
            self.figures.mark("lease.handed_over");
        }
        let everybody = self.plan.network.fanout || to.is_none();
        for receiver in 0..self.nodes.len() {
            let node = &self.nodes[receiver];
            let meant = everybody || to == Some(node.plan.name.as_str());
            if receiver == from || !meant || node.peer.is_none() || node.cut {
                continue;
            }
            let packet = Packet {
                from,
                to: receiver,
                start: node.starts,
                text: Arc::clone(&text),
                envelope: Some(Arc::clone(&envelope)),
                brokered: self.plan.network.broker,
            };
            self.post(packet);
        }
        // Of the others existing peers know nothing.
        if envelope.message.family() != families::SESSION_LOG {
            self.send_to_existing(from, &text);
        }
    }

    pub(crate) fn post(&mut self, packet: Packet) -> bool {
        let fate = self.network.send(self.now_us, packet);
        match fate {
            Fate::Lost => self.figures.mark("network.lost"),
            Fate::Once => {}
            Fate::Twice => self.figures.mark("network.doubled"),
        }
        matches!(fate, Fate::Once)
    }

    pub(crate) fn name(&self, number: usize) -> &str {
        &self.plan.peers[number].name
    }
}
