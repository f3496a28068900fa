//! Coming to a session, by a snapshot (legacy-protocol §2.2, §2.4, §2.5).

use lossless_json::{Object, Value};

use super::peer::{Action, App, ExistingPeer, Status};
use super::quirks::Quirk;
use super::raised::Raised;
use super::replica::is_falsy;

const STATE_REQUEST_US: u64 = 5_000_000;
const DISCOVERY_US: u64 = 2_000_000;
const VIEWER_ASKS_US: u64 = 5_000_000;
const POLL_US: u64 = 33_000;
const DIVERGENCE_SETTLE_US: u64 = 500_000;
const RECOVERY_COOL_DOWN_US: u64 = 5_000_000;

/// Where a peer stands on its way in. Times are of its wall clock.
#[derive(Clone, Debug, Default)]
pub(super) struct Join {
    /// What came from others while it joins.
    pub(super) buffer: Vec<Value>,
    discovering_us: u64,
    asked_us: u64,
    requested_us: Option<u64>,
    recovers: bool,
    /// What came meanwhile is being applied.
    pub(super) replaying: bool,
}

impl ExistingPeer {
    pub(super) fn begin_discovery(&mut self) {
        (self.join.discovering_us, self.join.asked_us) = (self.now.wall_us, self.now.wall_us);
        self.ask_for_master();
    }

    /// What the application does while nobody has answered.
    pub(super) fn discover(&mut self) {
        if self.status != Status::Discovering {
            return;
        }
        let viewer = self.config.app == App::Viewer;
        if !viewer && self.since(self.join.discovering_us) > DISCOVERY_US {
            return self.elect_self();
        }
        if self.asks_again_us().is_some_and(|due_us| self.now.wall_us >= due_us) {
            self.join.asked_us = self.now.wall_us;
            self.ask_for_master();
        }
    }

    fn asks_again_us(&self) -> Option<u64> {
        match self.config.app {
            App::OpenRv => self.has(Quirk::AsksEveryPoll).then_some(self.join.asked_us + POLL_US),
            App::XStudio => None,
            App::Viewer => Some(self.join.asked_us + VIEWER_ASKS_US),
        }
    }

    pub(super) fn become_synced(&mut self) {
        self.status = Status::Synced;
    }

    pub(super) fn request_state(&mut self, recovers: bool) {
        let Some(master) = self.mastership.master.clone() else { return };
        self.status = Status::Joining;
        self.join.requested_us = Some(self.now.wall_us);
        self.join.recovers = recovers;
        let mut body = Object::new();
        body.insert("target_guid", master);
        body.insert("requester_guid", self.guid());
        self.send("LiveSession.1", "STATE_REQUEST", body);
    }

    pub(super) fn on_state_request(&mut self, body: &Object, source: &str) {
        let named = |key| body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let for_another = named("target_guid").is_some_and(|target| target != self.guid());
        let serves = self.mastership.own && self.config.app != App::Viewer;
        if serves && (!for_another || self.has(Quirk::AnswersForOthers)) {
            let requester = named("requester_guid").unwrap_or(source).to_owned();
            self.actions.push(Action::StateRequested(requester));
        }
    }

    /// What the application does about a request, once it is told.
    pub(super) fn answer(&mut self, requester: &str) {
        if self.replica.timelines.is_empty() && self.has(Quirk::SilentWhenEmpty) {
            return;
        }
        let snapshot = self.snapshot(requester);
        self.send("LiveSession.1", "STATE_SNAPSHOT", snapshot);
    }

    fn snapshot(&mut self, target: &str) -> Object {
        let mut body = Object::new();
        body.insert("target_guid", target);
        body.insert("timelines", self.replica.wire_timelines());
        body.insert("active_timeline_guid", self.replica.active.clone());
        body.insert("snapshot_timestamp", self.wall());
        let mut optional = vec![
            ("playback_state", self.view.playback.clone()),
            ("display_state", self.view.display.clone()),
        ];
        if !self.has(Quirk::NeverAnnounces) {
            if let Some(host) = self.host.clone() {
                body.insert("host_guid", host);
            }
            optional.push(("peers", self.roster()));
            optional.push(("session_roles", self.roles_section()));
        }
        if !self.has(Quirk::KnowsNoLeases) {
            optional.push(("broadcast_ownership", self.leases.wire(self.now.monotonic_us)));
        }
        for (key, section) in optional.into_iter().filter(|(_, section)| !section.is_empty()) {
            body.insert(key, section);
        }
        body
    }

    pub(super) fn on_state_snapshot(&mut self, body: &Object, source: &str) {
        if body.get("target_guid").and_then(Value::as_str) != Some(self.guid()) {
            return;
        }
        let asked = self.status == Status::Joining && self.mastership.master.as_deref() == Some(source);
        if asked || self.has(Quirk::TakesAnySnapshot) {
            self.actions.push(Action::Snapshot { body: body.clone(), source: source.to_owned() });
        }
    }

    pub(super) fn apply_snapshot(&mut self, body: &Object) -> Result<(), Raised> {
        let timelines = body.get("timelines").and_then(Value::as_object);
        if timelines.is_none() && !self.has(Quirk::ClearsBeforeReading) {
            return Ok(());
        }
        self.replica.clear();
        let Some(timelines) = timelines else {
            return Err(Raised::shape(&"timelines is no object"));
        };
        // Sequences before clip timelines, so that a GUID leads to the clip in the sequence.
        let is_clips = |timeline: &Value| timeline.at(&["metadata", "clip_timeline_for"]).is_some();
        for of_clips in [false, true] {
            for (guid, timeline) in timelines.iter().filter(|(_, timeline)| is_clips(timeline) == of_clips) {
                let id = self.replica.read(timeline)?;
                self.replica.store(guid, id);
            }
        }
        let active = body.get("active_timeline_guid").and_then(Value::as_str);
        self.replica.active = active.map(str::to_owned);
        self.adopt_sections(body);
        self.adopt_view(body);
        self.finish_join(body.get("snapshot_timestamp").and_then(Value::as_f64).unwrap_or_default())?;
        // The reference's `tick` stores it once more, over what was replayed.
        self.adopt_told_view(body);
        Ok(())
    }

    fn finish_join(&mut self, snapshot_at: f64) -> Result<(), Raised> {
        let newer_mark = self.diverged_us > self.recovery_us;
        if self.join.recovers && !newer_mark {
            self.diverged_us = None;
        }
        let replayed = self.replay(snapshot_at);
        self.join.replaying = false;
        replayed?;
        self.join.requested_us = None;
        self.join.recovers = false;
        self.become_synced();
        Ok(())
    }

    /// What came meanwhile, where its sender's clock says that it is later than what the master's clock says.
    fn replay(&mut self, snapshot_at: f64) -> Result<(), Raised> {
        let buffer = std::mem::take(&mut self.join.buffer);
        self.join.replaying = true;
        let looked_for: &[&str] = if self.has(Quirk::DropsWhatCameMeanwhile) {
            &["payload", "payload", "sync_timestamp"]
        } else {
            &["payload", "command", "payload", "sync_timestamp"]
        };
        for envelope in buffer {
            let at = envelope.at(looked_for).and_then(Value::as_f64).unwrap_or_default();
            if at > snapshot_at {
                self.apply(&envelope)?;
            }
        }
        Ok(())
    }

    /// What a snapshot says of the view; whether it says what the display is.
    fn adopt_told_view(&mut self, body: &Object) -> bool {
        let section = |key: &str| body.get(key).filter(|value| !is_falsy(value)).and_then(Value::as_object);
        if let Some(playback) = section("playback_state") {
            self.view.playback = playback.clone();
        }
        let display = section("display_state");
        if let Some(display) = display {
            self.view.display = display.clone();
        }
        display.is_some()
    }

    fn adopt_view(&mut self, body: &Object) {
        if self.adopt_told_view(body) {
            return;
        }
        let of_timelines = self.replica.timelines.iter();
        let mut kept = of_timelines.filter_map(|(_, id)| {
            self.replica.tree.metadata(*id)?.get("display_settings")?.as_object().cloned()
        });
        if let Some(display) = kept.next() {
            self.view.display = display;
        }
    }

    /// Whether a request for the state has not been answered in time.
    pub(super) fn drive_join(&mut self) -> bool {
        let waits = self.status == Status::Joining;
        let Some(requested_us) = self.join.requested_us.filter(|_| waits) else { return false };
        if self.since(requested_us) <= STATE_REQUEST_US {
            return false;
        }
        self.join.requested_us = None;
        if std::mem::take(&mut self.join.recovers) {
            self.become_synced();
            return false;
        }
        self.mastership.master = None;
        self.status = Status::Discovering;
        true
    }

    /// What the application does when it is told that nobody answered.
    pub(super) fn go_on_unanswered(&mut self) {
        if self.config.app != App::Viewer && self.has(Quirk::ElectsItselfUnanswered) {
            return self.elect_self();
        }
        self.begin_discovery();
    }

    /// An edit of its own was withheld; the application shows it all the same.
    pub(super) fn mark_diverged(&mut self) {
        self.withheld += 1;
        if self.status == Status::Synced && self.has(Quirk::RejoinsWhenWithheld) {
            self.diverged_us = Some(self.now.monotonic_us);
        }
    }

    fn recovery_due_us(&self) -> Option<u64> {
        let diverged_us = self.diverged_us.filter(|_| self.status == Status::Synced)?;
        let cooled_us = self.recovery_us.map_or(0, |before_us| before_us + RECOVERY_COOL_DOWN_US);
        Some((diverged_us + DIVERGENCE_SETTLE_US).max(cooled_us))
    }

    pub(super) fn drive_recovery(&mut self) {
        if self.recovery_due_us().is_none_or(|due_us| self.now.monotonic_us < due_us) {
            return;
        }
        self.recovery_us = Some(self.now.monotonic_us);
        if !self.mastership.own && self.mastership.master.is_some() {
            self.request_state(true);
        }
    }

    /// When something is due without a message, on the wall clock.
    pub(super) fn next_timer_us(&self) -> u64 {
        let discovering = self.status == Status::Discovering;
        let viewer = self.config.app == App::Viewer;
        let elects = (discovering && !viewer).then_some(self.join.discovering_us + DISCOVERY_US + 1);
        let asks = self.asks_again_us().filter(|_| discovering);
        let joining = self.status == Status::Joining;
        let unanswered = self.join.requested_us.filter(|_| joining).map(|at_us| at_us + STATE_REQUEST_US + 1);
        let recovers = self
            .recovery_due_us()
            .map(|due_us| self.now.wall_us + due_us.saturating_sub(self.now.monotonic_us));
        let all = [elects, asks, unanswered, recovers, self.failover_us(), Some(self.presence_due_us())];
        all.into_iter().flatten().min().unwrap_or(u64::MAX)
    }
}
