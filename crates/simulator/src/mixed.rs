//! Existing peers in a session, and what must hold of them.
//!
//! Of what we send nothing may raise in them by itself. What raises because of what they hold otherwise than we do, and
//! how far they are from us, is counted; whether they must end equal to ours the plan says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lossless_json::{Limits, parse};
use session_core::Now;
use session_core::limits::ANNOUNCE_GAP_US;
use session_wire::Envelope;

use crate::doing::Doing;
use crate::existing::{Config, Exception, ExistingPeer, Quirk};
use crate::failure::Failure;
use crate::network::Packet;
use crate::node::wall_us;
use crate::oracle::difference;
use crate::plan::{ExistingPlan, Step};
use crate::played::as_existing_read;
use crate::session::Session;

/// How often it is looked how far existing peers are from ours.
const LOOK_US: u64 = 500_000;
/// How long existing peers may take to become equal once ours agree.
const SETTLE_US: u64 = 25_000_000;
/// Two settle windows of the steward (convergence §4.7: 750 ms each).
const CEASED_SOON_US: u64 = 2 * 750_000;
/// Repairs have ceased when none was sent for two windows of quiet (convergence §4.7: 250 ms each) and what a batch takes
/// to be polled.
const REPAIRS_CEASE_US: u64 = 2 * 250_000 + 200_000;

/// What did not get through to an existing peer or from it, but for single messages that a network loses.
#[derive(Clone, Copy, Debug, Default)]
struct Missed {
    /// Something that may make it differ.
    anything: bool,
    /// It was silent for so long that one of ours may notice.
    noticed: bool,
    /// When one of ours could last hear it.
    heard_us: u64,
}

impl Missed {
    fn hears(&mut self, now_us: u64, announces: bool) {
        self.noticed |= announces && now_us > self.heard_us + ANNOUNCE_GAP_US;
        self.heard_us = now_us;
    }

    /// It has the state.
    const fn forget(&mut self) {
        (self.anything, self.noticed) = (false, false);
    }

    /// Whether it may differ, and nobody can know.
    const fn is_unknown(self) -> bool {
        self.anything && !self.noticed
    }
}

/// An existing peer's process.
#[derive(Debug)]
struct Node {
    plan: ExistingPlan,
    peer: Option<ExistingPeer>,
    starts: u64,
    cut: bool,
    missed: Missed,
    /// Timelines that it showed otherwise than ours at the last look.
    differs: BTreeSet<String>,
    /// Those that it did at the look before, too.
    diverged: BTreeSet<String>,
}

/// All existing peers, and what repairs cost.
#[derive(Debug)]
pub(crate) struct Mixed {
    nodes: Vec<Node>,
    looked_us: u64,
    /// When the last repair was sent.
    repaired_us: u64,
    /// When one of ours last took an operation in.
    pub(crate) edited_us: u64,
}

impl Mixed {
    pub(crate) fn new(plans: &[ExistingPlan]) -> Self {
        let node = |plan: &ExistingPlan| Node {
            plan: plan.clone(),
            peer: None,
            starts: 0,
            cut: false,
            missed: Missed::default(),
            differs: BTreeSet::new(),
            diverged: BTreeSet::new(),
        };
        Self { nodes: plans.iter().map(node).collect(), looked_us: 0, repaired_us: 0, edited_us: 0 }
    }
}

impl Node {
    fn now(&self, now_us: u64) -> Now {
        Now { monotonic_us: now_us, wall_us: wall_us(now_us, self.plan.skew_us) }
    }

    fn config(&self) -> Config {
        let name = self.plan.name.as_str();
        Config {
            guid: name.to_owned(),
            session: "dailies".to_owned(),
            app: self.plan.app,
            quirks: self.plan.quirks(),
            opens: self.plan.own_timeline(),
            run: self.starts,
        }
    }
}

impl Session<'_> {
    pub(crate) fn existing_step(&mut self, number: usize, step: &Step) {
        let now_us = self.now_us;
        let node = &mut self.mixed.nodes[number];
        let now = node.now(now_us);
        match step.doing {
            Doing::Start => self.start_existing(number),
            Doing::Crash | Doing::CrashWhileSending => node.peer = None,
            Doing::Leave => {
                if let Some(peer) = &mut node.peer {
                    peer.leave(now);
                }
                self.drain_existing(number);
                self.mixed.nodes[number].peer = None;
            }
            Doing::Cut => node.cut = true,
            Doing::Mend => node.cut = false,
            doing if doing.is_command() => {
                let edits = node.peer.as_ref().map(|peer| peer.edits(step)).unwrap_or_default();
                for edit in edits {
                    let said = node.peer.as_mut().is_some_and(|peer| peer.edit(now, edit));
                    let mark = if said { "existing" } else { "existing_withheld" };
                    self.figures.mark(&format!("{mark}.{}", doing.word()));
                }
                self.drain_existing(number);
            }
            _ => {}
        }
    }

    fn start_existing(&mut self, number: usize) {
        let now_us = self.now_us;
        let node = &mut self.mixed.nodes[number];
        if node.peer.is_some() {
            return;
        }
        let now = node.now(now_us);
        let mut peer = ExistingPeer::new(node.config(), now);
        peer.start(now);
        node.peer = Some(peer);
        node.missed = Missed { heard_us: now_us, ..Missed::default() };
        node.starts += 1;
        self.figures.existing.peers += u64::from(node.starts == 1);
        self.drain_existing(number);
    }

    pub(crate) fn mend_existing(&mut self) {
        self.mixed.nodes.iter_mut().for_each(|node| node.cut = false);
    }

    /// When existing peers are due, numbered after ours.
    pub(crate) fn existing_timers(&self) -> impl Iterator<Item = (u64, usize)> {
        let first = self.nodes.len();
        let nodes = self.mixed.nodes.iter().enumerate();
        nodes.filter_map(move |(number, node)| Some((node.peer.as_ref()?.due_us(), first + number)))
    }

    pub(crate) fn poll_existing(&mut self, number: usize) {
        let now = self.mixed.nodes[number].now(self.now_us);
        if let Some(peer) = &mut self.mixed.nodes[number].peer {
            peer.poll(now);
        }
        self.record(&[number as u64], "poll");
        self.drain_existing(number);
        if self.now_us >= self.mixed.looked_us + LOOK_US {
            self.look_at_existing();
        }
    }

    pub(crate) fn deliver_to_existing(&mut self, packet: &Packet) {
        let node = &mut self.mixed.nodes[packet.to - self.nodes.len()];
        let Some(peer) = node.peer.as_mut().filter(|_| !node.cut && node.starts == packet.start) else {
            return;
        };
        self.figures.messages += 1;
        if is_state_for(&packet.text, &node.plan.name) {
            node.missed.forget();
        }
        if let Ok(read) = parse(packet.text.as_bytes(), &Limits::default()) {
            peer.receive(read.value);
        }
    }

    /// Sends what one of ours, or an existing peer, says to all existing peers.
    pub(crate) fn send_to_existing(&mut self, from: usize, text: &Arc<str>) {
        for number in 0..self.mixed.nodes.len() {
            let to = self.nodes.len() + number;
            let node = &self.mixed.nodes[number];
            if to == from || node.peer.is_none() {
                continue;
            }
            let parted = node.cut || !self.network.reach_each_other(from, to);
            let (start, brokered) = (node.starts, self.plan.network.broker);
            if parted {
                self.mixed.nodes[number].missed.anything = true;
                continue;
            }
            self.post(Packet { from, to, start, text: Arc::clone(text), envelope: None, brokered });
        }
    }

    /// Takes what an existing peer has to say, and what raised in it.
    fn drain_existing(&mut self, number: usize) {
        let from = self.nodes.len() + number;
        let is_cut = self.mixed.nodes[number].cut;
        while let Some(text) = self.mixed.nodes[number].peer.as_mut().and_then(ExistingPeer::poll_output) {
            self.record(&[from as u64], &text);
            if is_cut {
                self.mixed.nodes[number].missed.anything = true;
            } else {
                self.send_of_existing(from, &text.into());
            }
        }
        let exceptions =
            self.mixed.nodes[number].peer.as_mut().map(|peer| std::mem::take(&mut peer.exceptions));
        for exception in exceptions.into_iter().flatten() {
            self.note_exception(number, &exception);
        }
    }

    fn send_of_existing(&mut self, from: usize, text: &Arc<str>) {
        self.figures.existing.messages += 1;
        let envelope = Envelope::decode(text.as_bytes()).ok().map(Arc::new);
        if envelope.is_none() {
            self.figures.mark("existing.unreadable");
        }
        let mut parted = Vec::new();
        for to in 0..self.nodes.len() {
            let node = &self.nodes[to];
            if node.peer.is_none() || node.cut {
                continue;
            }
            let (start, brokered) = (node.starts, self.plan.network.broker);
            parted.push(!self.network.reach_each_other(from, to));
            self.post(Packet {
                from,
                to,
                start,
                text: Arc::clone(text),
                envelope: envelope.clone(),
                brokered,
            });
        }
        let now_us = self.now_us;
        let node = &mut self.mixed.nodes[from - self.nodes.len()];
        node.missed.anything |= parted.contains(&true) || parted.is_empty();
        if parted.contains(&false) {
            node.missed.hears(now_us, !node.plan.quirks().has(Quirk::NeverAnnounces));
        }
        self.send_to_existing(from, text);
    }

    /// What raises by itself in what we sent is our fault; what raises because of what the peer holds may be anybody's.
    fn note_exception(&mut self, number: usize, exception: &Exception) {
        let ours = self.plan.peers.iter().any(|peer| peer.name == exception.source);
        let whose = if ours { "ours" } else { "existing" };
        let reason = exception.raised.reason;
        self.figures.mark(&format!("raised.{whose}.{}", reason.word()));
        self.figures.existing.raised_by_ours += u64::from(ours);
        self.figures.existing.lost_with_exceptions += exception.lost as u64;
        if ours && reason.is_of_the_message() {
            let name = &self.mixed.nodes[number].plan.name;
            let Exception { raised, source, event, .. } = exception;
            let detail = format!("{event} of {source} raised in {name}: {}", raised.detail);
            self.fail(Failure::new("nothing that we send raises in an existing peer", detail));
        }
    }

    pub(crate) fn note_repair(&mut self, envelope: &Envelope, bytes: usize) {
        if envelope.operation.as_ref().is_some_and(|fields| fields.repair) {
            self.mixed.repaired_us = self.now_us;
            self.figures.existing.repairs += 1;
            self.figures.existing.repair_bytes += bytes as u64;
        }
    }

    /// Our timelines as an existing peer holds what it reads: by GUID, in digest form.
    fn as_existing_read(&self) -> Option<BTreeMap<String, String>> {
        let (_, peer) = self.running().next()?;
        Some(as_existing_read(peer.log().state()))
    }

    /// A timeline that an existing peer shows otherwise than ours at two looks is one divergence.
    fn look_at_existing(&mut self) {
        self.mixed.looked_us = self.now_us;
        let Some(ours) = self.as_existing_read() else { return };
        for node in &mut self.mixed.nodes {
            let Some(peer) = node.peer.as_ref().filter(|peer| peer.takes_part()) else { continue };
            let differs = differing(&ours, &peer.replica.said_texts());
            let diverged: BTreeSet<String> = differs.intersection(&node.differs).cloned().collect();
            self.figures.existing.divergences += diverged.difference(&node.diverged).count() as u64;
            (node.differs, node.diverged) = (differs, diverged);
        }
    }

    /// Waits for existing peers to become equal and for repairs to cease, and tells how many did.
    pub(crate) fn conclude_mixed(&mut self) {
        let end_us = self.now_us + SETTLE_US;
        while !self.has_failed() && self.now_us < end_us && (self.is_repairing() || self.unequal().is_some())
        {
            self.run_until(self.now_us + LOOK_US);
        }
        if self.has_failed() {
            return;
        }
        if self.is_repairing() {
            self.figures.mark("repairs.go_on");
        }
        self.figures.existing.ceased_us = self.mixed.repaired_us.saturating_sub(self.mixed.edited_us);
        self.figures.existing.ceased_soon = u64::from(self.figures.existing.ceased_us <= CEASED_SOON_US);
        self.count_equal();
        if let Some(failure) = self.unequal().filter(|_| self.plan.existing_must_agree) {
            self.fail(failure);
        }
    }

    fn is_repairing(&self) -> bool {
        self.now_us < self.mixed.repaired_us + REPAIRS_CEASE_US
    }

    /// Whether nobody can know that an existing peer differs, or that it is here at all: some never say a word.
    fn is_unknown(&self, node: &Node) -> bool {
        let is_it = |guid: &str| guid == node.plan.name;
        let heard = self.running().any(|(_, peer)| peer.existing_peers().any(|(guid, _)| is_it(guid)));
        node.missed.is_unknown() || !heard
    }

    fn count_equal(&mut self) {
        let Some(ours) = self.as_existing_read() else { return };
        let running: Vec<&ExistingPeer> =
            self.mixed.nodes.iter().filter_map(|node| node.peer.as_ref()).collect();
        let equal = running
            .iter()
            .filter(|peer| peer.takes_part() && differing(&ours, &peer.replica.said_texts()).is_empty());
        let unknown = self.mixed.nodes.iter().filter(|node| node.peer.is_some() && self.is_unknown(node));
        let unknown = unknown.count() as u64;
        let sound = equal.clone().filter(|peer| peer.replica.leads_everywhere());
        let masters = running.iter().filter(|peer| peer.is_master()).count() as u64;
        let withheld: u64 = running.iter().map(|peer| peer.withheld).sum();
        let unresolved: u64 = running.iter().map(|peer| peer.replica.unresolved).sum();
        let (equal, sound) = (equal.count() as u64, sound.count() as u64);
        let figures = &mut self.figures.existing;
        (figures.at_end, figures.equal, figures.sound) = (running.len() as u64, equal, sound);
        figures.unknown = unknown;
        (figures.masters, figures.withheld, figures.unresolved) = (masters, withheld, unresolved);
    }

    /// An existing peer that shows something else than ours, although that can be known, and what.
    fn unequal(&self) -> Option<Failure> {
        let ours = self.as_existing_read()?;
        self.mixed.nodes.iter().find_map(|node| {
            let peer = node.peer.as_ref().filter(|_| !self.is_unknown(node))?;
            let by = if self.plan.network.broker { "a broker" } else { "UDP" };
            let name = format!("{} over {by}", node.plan.name);
            if !peer.takes_part() {
                return Some(Failure::new(
                    "existing peers take part",
                    format!("{name} is {:?}", peer.status),
                ));
            }
            let theirs = peer.replica.said_texts();
            let guid = differing(&ours, &theirs).pop_first()?;
            Some(match (theirs.get(&guid), ours.get(&guid)) {
                (Some(shown), Some(expected)) => Failure::new(
                    "existing peers show what ours do",
                    format!("{name} shows {}", difference(shown, expected)),
                ),
                (Some(_), None) => {
                    Failure::new("existing peers have no other timeline", format!("{name} has {guid}"))
                }
                _ => Failure::new("existing peers have every timeline", format!("{name} lacks {guid}")),
            })
        })
    }
}

fn is_state_for(text: &str, name: &str) -> bool {
    text.contains("\"STATE_SNAPSHOT\"") && text.contains(&format!("\"target_guid\": \"{name}\""))
}

/// The timelines that are not the same on both sides.
fn differing(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> BTreeSet<String> {
    let all: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    all.into_iter().filter(|guid| one.get(*guid) != other.get(*guid)).cloned().collect()
}
