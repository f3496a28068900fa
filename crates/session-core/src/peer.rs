//! The participant itself: what it is made of, and what drives it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use session_log::{Frontier, Guid, HybridClock, Roles, SessionLog};
use session_wire::{Envelope, Hello, Message, PeerDepart, WhoIsMaster};

use crate::budget::Budgets;
use crate::clock::Now;
use crate::config::{Opening, PeerConfig};
use crate::confirmation::OwnJoin;
use crate::discovery::Phase;
use crate::effect::{Effect, Warning};
use crate::exchange::Exchange;
use crate::join::JoinBuffer;
use crate::leases::{Channel, Leases};
use crate::limits::{
    FETCHED_OPERATIONS_BURST, FETCHED_OPERATIONS_PER_SECOND, LIVE_OPERATIONS_BURST,
    LIVE_OPERATIONS_PER_SECOND, OUTPUT_MAX, RECOVERY_GRACE_US, SNAPSHOTS_PER_SECOND, WARNING_INTERVAL_US,
};
use crate::mastership::Mastership;
use crate::mint::Mint;
use crate::output::{Output, RefusalReason};
use crate::rate::{Every, PerPeer};
use crate::roles::Role;
use crate::roster::{Participant, Roster};
use crate::settlement::Settlement;
use crate::stamping::Stamping;
use crate::status::Status;
use crate::steward::Steward;
use crate::undo_stack::UndoStack;
use crate::view::View;

/// One participant of a session.
#[derive(Debug)]
pub struct Peer {
    pub(crate) config: PeerConfig,
    pub(crate) own: Guid,
    pub(crate) run: Arc<str>,
    /// The runs before this one, the first one first; their messages may still come back.
    pub(crate) runs_before: Vec<Arc<str>>,
    pub(crate) mint: Mint,
    pub(crate) clock: HybridClock,
    pub(crate) log: SessionLog,
    /// The number of the last own operation of this run.
    pub(crate) seq: u64,
    /// The number of the last own operation that was sent, rather than kept while the link was down.
    pub(crate) sent_seq: u64,
    /// When the state is to be asked for again after a gap, where no peer of ours can close it.
    pub(crate) recover_us: Option<u64>,
    pub(crate) phase: Phase,
    pub(crate) link_up: bool,
    pub(crate) buffer: JoinBuffer,
    pub(crate) mastership: Mastership,
    pub(crate) exchange: Exchange,
    pub(crate) settlement: Settlement,
    pub(crate) steward: Steward,
    pub(crate) stamping: Stamping,
    pub(crate) roster: Roster,
    pub(crate) announced: Every,
    pub(crate) leases: Leases,
    pub(crate) own_join: OwnJoin,
    pub(crate) own_role: Role,
    /// The roles that the roster was last brought in line with.
    pub(crate) followed: Roles,
    pub(crate) host: Option<Guid>,
    pub(crate) view: View,
    pub(crate) undo: UndoStack,
    pub(crate) snapshots: PerPeer,
    /// What each source may send, and hand over when it is asked.
    pub(crate) live: Budgets,
    pub(crate) fetched: Budgets,
    /// How often a source is told what is wrong with what it sends.
    pub(crate) told: PerPeer,
    /// What the disk of a hub has of our operations.
    pub(crate) acknowledged: Frontier,
    outputs: VecDeque<Output>,
    refused: BTreeMap<RefusalReason, u64>,
    warned: BTreeMap<Warning, Every>,
    pub(crate) now: Now,
}

impl Peer {
    /// A participant that has not started yet.
    pub fn new(config: PeerConfig, now: Now) -> Self {
        let own = Guid::from(config.source_guid.as_str());
        let run = Arc::from(config.run.as_str());
        let mut peer = Self {
            mint: Mint::new(config.entropy),
            own_role: config.role,
            config,
            log: SessionLog::of_author(Guid::clone(&own)),
            own,
            run,
            runs_before: Vec::new(),
            clock: HybridClock::default(),
            seq: 0,
            sent_seq: 0,
            recover_us: None,
            phase: Phase::Idle,
            link_up: false,
            buffer: JoinBuffer::default(),
            mastership: Mastership::default(),
            exchange: Exchange::default(),
            settlement: Settlement::default(),
            steward: Steward::default(),
            stamping: Stamping::default(),
            roster: Roster::default(),
            announced: Every::default(),
            leases: Leases::default(),
            own_join: OwnJoin::default(),
            followed: Roles::default(),
            host: None,
            view: View::default(),
            undo: UndoStack::default(),
            snapshots: PerPeer::new(SNAPSHOTS_PER_SECOND),
            live: Budgets::new(LIVE_OPERATIONS_PER_SECOND, LIVE_OPERATIONS_BURST),
            fetched: Budgets::new(FETCHED_OPERATIONS_PER_SECOND, FETCHED_OPERATIONS_BURST),
            told: PerPeer::new(1),
            acknowledged: Frontier::new(),
            outputs: VecDeque::new(),
            refused: BTreeMap::new(),
            warned: BTreeMap::new(),
            now,
        };
        if !peer.observes() {
            peer.enter_own_roster(now);
        }
        peer
    }

    /// The link is up: looks for the session, or hosts it at once.
    pub fn start(&mut self, now: Now) {
        self.now = now;
        self.link_up = true;
        if self.config.opening == Opening::Host {
            self.say_hello();
            self.elect_self();
            self.become_synced(now);
        } else {
            self.discover(now);
        }
    }

    /// The link broke: what is sent until it is back is lost, and closed by anti-entropy afterwards.
    pub fn link_lost(&mut self, now: Now) {
        self.now = now;
        if self.link_up && self.exchange.lowest_server(now).is_none() {
            self.steward.unheard_us = Some(now.monotonic_us);
        }
        self.link_up = false;
        self.exchange.forget_request();
    }

    /// The link is back, after a gap. Own operations that were kept meanwhile are sent; what was missed is asked of
    /// peers of ours, or, where there are none, of an existing master as its whole state.
    pub fn link_restored(&mut self, now: Now) {
        self.now = now;
        self.link_up = true;
        if self.phase != Phase::Synced {
            self.discover(now);
            return;
        }
        self.say_hello();
        self.reassert_mastership();
        self.announce(now);
        self.send_kept();
        self.recover_us = self.master_to_recover_from().map(|_| now.after(RECOVERY_GRACE_US));
        self.exchange.mark_gap(now);
        self.steward.wait_until(now.after(2 * RECOVERY_GRACE_US));
        self.steward.lacks_until(now.after(2 * RECOVERY_GRACE_US));
        self.give_what_nobody_heard(now);
        self.heartbeat(now);
        if !self.mastership.is_own() {
            self.send(WhoIsMaster::new(&*self.own), None);
        }
    }

    /// Leaves the session, telling the others.
    pub fn depart(&mut self, now: Now) {
        self.now = now;
        if self.phase != Phase::Idle && !self.observes() {
            self.send(PeerDepart::new(&*self.own), None);
        }
        self.enter(Phase::Idle);
        self.link_up = false;
    }

    /// The next thing to do for this peer.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Where it stands.
    pub fn status(&self) -> Status {
        self.phase.status()
    }

    /// Whether it serves snapshots to existing peers.
    pub fn is_master(&self) -> bool {
        self.mastership.is_own()
    }

    /// Who serves snapshots to existing peers.
    pub fn master(&self) -> Option<&Guid> {
        self.mastership.guid()
    }

    /// Who decides what is shown when nobody claims it.
    pub fn host(&self) -> Option<&Guid> {
        self.host.as_ref()
    }

    /// The session's operations and the state they fold to.
    pub fn log(&self) -> &SessionLog {
        &self.log
    }

    /// What everybody looks at.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Who takes part, by GUID.
    pub fn participants(&self) -> impl Iterator<Item = (&Guid, &Participant)> {
        self.roster.iter()
    }

    /// Who is emitting a channel.
    pub fn lease(&self, channel: Channel, now: Now) -> Option<Guid> {
        self.leases.owner(channel, now)
    }

    /// This peer's GUID.
    pub fn guid(&self) -> &Guid {
        &self.own
    }

    /// This peer's role.
    pub fn role(&self) -> Role {
        self.own_role
    }

    /// How many received envelopes were refused, by reason.
    pub fn refused(&self) -> &BTreeMap<RefusalReason, u64> {
        &self.refused
    }

    /// What a hub said its disk has.
    pub fn acknowledged(&self) -> &Frontier {
        &self.acknowledged
    }

    /// Whether it only looks on.
    pub(crate) fn observes(&self) -> bool {
        self.config.opening == Opening::Observe
    }

    /// Whether it answers requests of other peers of ours.
    pub(crate) fn serves(&self) -> bool {
        self.phase == Phase::Synced && !self.observes()
    }

    /// Sends a message that is no operation; while the link is down it is not kept.
    pub(crate) fn send(&mut self, message: impl Into<Message>, to: Option<&Guid>) {
        let envelope = Envelope::new(self.config.session.as_str(), &*self.own, message);
        self.send_envelope(Arc::new(envelope), to);
    }

    pub(crate) fn send_envelope(&mut self, envelope: Arc<Envelope>, to: Option<&Guid>) {
        if self.link_up {
            self.outputs.push_back(Output::Send { envelope, to: to.cloned() });
        }
    }

    pub(crate) fn say_hello(&mut self) {
        let mut hello = Hello::new(&*self.own, &**self.first_run(), self.log.seen().frontier().to_wire());
        hello.user = self.own_user().map(str::to_owned);
        hello.name.clone_from(&self.config.name);
        hello.secret.clone_from(&self.config.secret);
        hello.app = Some(self.config.app.clone());
        hello.role = Some(self.own_role.as_str().to_owned());
        self.send(hello, None);
    }

    /// The account name of this participant, where its identity says one.
    pub(crate) fn own_user(&self) -> Option<&str> {
        let identity = self.config.identity.as_ref()?;
        Some(identity.user.trim()).filter(|user| !user.is_empty())
    }

    pub(crate) fn output(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    /// Tells an effect; where nobody polls, effects beyond a bound are dropped.
    pub(crate) fn effect(&mut self, effect: Effect) {
        if self.outputs.len() < OUTPUT_MAX {
            self.outputs.push_back(Output::Effect(effect));
        }
    }

    /// Warns, each kind at most once in a while.
    pub(crate) fn warn(&mut self, code: Warning, detail: String) {
        let now = self.now;
        if self.warned.entry(code).or_default().admit(WARNING_INTERVAL_US, now) {
            self.effect(Effect::Warning { code, detail });
        }
    }

    pub(crate) fn count_refusal(&mut self, reason: RefusalReason) {
        *self.refused.entry(reason).or_default() += 1;
    }

    /// Enters a phase, telling the status where it changed.
    pub(crate) fn enter(&mut self, phase: Phase) {
        let before = self.phase.status();
        self.phase = phase;
        let status = self.phase.status();
        if status != before {
            self.effect(Effect::Status(status));
        }
    }
}
