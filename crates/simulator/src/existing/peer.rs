//! One existing peer: what it is told, what it knows, what it says (legacy-protocol §2).

use std::collections::{BTreeMap, VecDeque};

use lossless_json::{Object, Style, Value};
use session_core::Now;

use super::joining::Join;
use super::leases::{Leases, seconds};
use super::mastership::Mastership;
use super::presence::Entry;
use super::quirks::{Quirk, Quirks};
use super::raised::Exception;
use super::replica::Replica;
use super::view::View;

/// The host application around a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum App {
    /// Polls every 33 ms and, while it looks for the session, asks as often.
    OpenRv,
    /// Polls every 100 ms.
    XStudio,
    /// Looks on: never the host, and it serves nobody.
    Viewer,
}

impl App {
    pub(crate) const WORDS: &[(Self, &'static str)] =
        &[(Self::OpenRv, "openrv"), (Self::XStudio, "xstudio"), (Self::Viewer, "sync_viewer")];

    pub(crate) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(app, _)| *app == self).map_or("", |(_, word)| word)
    }

    const fn poll_us(self) -> u64 {
        match self {
            Self::OpenRv => 33_000,
            Self::XStudio | Self::Viewer => 100_000,
        }
    }
}

/// What a peer is started with.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) guid: String,
    pub(crate) session: String,
    pub(crate) app: App,
    pub(crate) quirks: Quirks,
    /// What its application has open, and shares where it becomes master.
    pub(crate) opens: Option<Value>,
    /// Distinguishes the GUIDs that it mints from those of its earlier runs.
    pub(crate) run: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    None,
    Discovering,
    Joining,
    Synced,
}

/// What a message leads to when the batch that it came with was applied.
#[derive(Clone, Debug)]
pub(super) enum Action {
    MasterFound,
    StateRequested(String),
    Snapshot { body: Object, source: String },
}

/// One existing peer.
#[derive(Clone, Debug)]
pub(crate) struct ExistingPeer {
    pub(super) config: Config,
    pub(super) now: Now,
    pub(crate) replica: Replica,
    pub(crate) status: Status,
    pub(super) mastership: Mastership,
    pub(super) join: Join,
    pub(super) leases: Leases,
    pub(super) peers: BTreeMap<String, Entry>,
    pub(super) roles: BTreeMap<String, String>,
    pub(super) default_role: String,
    pub(super) role: String,
    pub(super) host: Option<String>,
    pub(super) announced_us: Option<u64>,
    pub(super) view: View,
    /// An edit of its own was withheld: when, on the monotonic clock.
    pub(super) diverged_us: Option<u64>,
    pub(super) recovery_us: Option<u64>,
    pub(super) announced_clip_timelines: Vec<String>,
    /// What named something that is not there, without [`Quirk::ForgetsUnresolved`].
    pub(super) unresolved: Vec<(String, Value)>,
    /// What messages of this poll lead to once all of them were applied.
    pub(super) actions: Vec<Action>,
    pub(super) election_wanted: bool,
    inbox: Vec<Value>,
    polled_us: u64,
    outbox: VecDeque<String>,
    pub(crate) exceptions: Vec<Exception>,
    /// Edits that were not sent, since a lease or role was missing.
    pub(crate) withheld: u64,
}

impl ExistingPeer {
    pub(crate) fn new(config: Config, now: Now) -> Self {
        let replica = Replica::new(&config.guid, config.run, config.quirks);
        let mut peer = Self {
            now,
            replica,
            status: Status::None,
            mastership: Mastership::default(),
            join: Join::default(),
            leases: Leases::default(),
            peers: BTreeMap::new(),
            roles: BTreeMap::new(),
            default_role: "driver".to_owned(),
            role: "driver".to_owned(),
            host: None,
            announced_us: None,
            view: View::default(),
            diverged_us: None,
            recovery_us: None,
            announced_clip_timelines: Vec::new(),
            unresolved: Vec::new(),
            actions: Vec::new(),
            election_wanted: false,
            inbox: Vec::new(),
            polled_us: now.monotonic_us,
            outbox: VecDeque::new(),
            exceptions: Vec::new(),
            withheld: 0,
            config,
        };
        peer.at(now);
        peer.enter_own();
        peer
    }

    pub(super) const fn has(&self, quirk: Quirk) -> bool {
        self.config.quirks.has(quirk)
    }

    pub(crate) fn guid(&self) -> &str {
        &self.config.guid
    }

    /// Whether it has the session's state, as far as it knows.
    pub(crate) fn takes_part(&self) -> bool {
        self.status == Status::Synced
    }

    pub(super) fn at(&mut self, now: Now) {
        self.now = now;
        self.replica.now_text = format!("at {:?}", seconds(now.wall_us));
    }

    /// Its wall clock as the reference writes times.
    pub(super) fn wall(&self) -> f64 {
        seconds(self.now.wall_us)
    }

    pub(super) const fn since(&self, before_us: u64) -> u64 {
        self.now.wall_us.saturating_sub(before_us)
    }

    /// What came; it is looked at when it polls.
    pub(crate) fn receive(&mut self, envelope: Value) {
        self.inbox.push(envelope);
    }

    pub(crate) fn poll_output(&mut self) -> Option<String> {
        self.outbox.pop_front()
    }

    /// When it has something to do at a poll, on the monotonic clock; polls that find nothing are left out.
    pub(crate) fn due_us(&self) -> u64 {
        let poll_us = self.config.app.poll_us();
        let grid = |at_us: u64| {
            let polls = at_us.saturating_sub(self.polled_us).div_ceil(poll_us).max(1);
            self.polled_us + polls * poll_us
        };
        if !self.inbox.is_empty() {
            return grid(self.polled_us);
        }
        let waits_us = self.next_timer_us().saturating_sub(self.now.wall_us);
        grid(self.now.monotonic_us + waits_us)
    }

    /// The reference's `tick`, and what its application does around it (§2.3).
    pub(crate) fn poll(&mut self, now: Now) {
        self.at(now);
        self.polled_us = now.monotonic_us;
        if std::mem::take(&mut self.election_wanted) {
            self.elect_host();
        }
        let batch = std::mem::take(&mut self.inbox);
        // What raises ends the whole of the reference's `tick`; its application comes back at the next poll.
        if let Some(requests) = self.apply_batch(batch) {
            self.drive_mastership();
            self.drive_presence();
            let unanswered = self.drive_join();
            self.drive_recovery();
            for requester in requests {
                self.answer(&requester);
            }
            if unanswered {
                self.go_on_unanswered();
            }
        }
        self.discover();
    }

    /// Comes to the session.
    pub(crate) fn start(&mut self, now: Now) {
        self.at(now);
        self.status = Status::Discovering;
        self.begin_discovery();
        self.announce();
        self.elect_host();
    }

    /// Leaves, telling the others where its generation does.
    pub(crate) fn leave(&mut self, now: Now) {
        self.at(now);
        if !self.has(Quirk::NeverAnnounces) {
            let body: Object = [("peer_guid", self.guid())].into_iter().collect();
            self.send("LiveSession.1", "PEER_DEPART", body);
        }
    }

    pub(super) fn send(&mut self, family: &str, event: &str, body: Object) {
        let envelope = self.envelope(family, event, body);
        self.say(envelope);
    }

    pub(super) fn say(&mut self, envelope: Object) {
        self.outbox.push_back(Value::from(envelope).to_text(Style::Python));
    }

    pub(super) fn envelope(&self, family: &str, event: &str, body: Object) -> Object {
        let mut command = Object::new();
        command.insert("event", event);
        command.insert("payload", body);
        let mut payload = Object::new();
        payload.insert("command_schema", family);
        payload.insert("command", command);
        let mut envelope = Object::new();
        envelope.insert("session", self.config.session.as_str());
        envelope.insert("source_guid", self.guid());
        envelope.insert("payload", payload);
        envelope
    }
}
