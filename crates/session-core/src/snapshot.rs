//! Snapshots for existing peers, in the reference's shape (legacy-protocol §1.5.4).

use std::sync::Arc;

use lossless_json::{Object, Value};
use otio_document::newer_schema;
use session_log::Guid;
use session_wire::{Envelope, OperationFields, StateRequest, StateSnapshot};

use crate::clock::{Now, seconds};
use crate::commands::unreadable_elsewhere;
use crate::limits::STAMP_AHEAD_MAX_US;
use crate::output::{Ignored, Receipt};
use crate::peer::Peer;

impl Peer {
    /// `STATE_REQUEST`: the master that it names answers.
    pub(crate) fn receive_state_request(
        &mut self,
        source: &Guid,
        request: &StateRequest,
        now: Now,
    ) -> Receipt {
        if !self.mastership.is_own() {
            return Receipt::Ignored(Ignored::ForAnother);
        }
        if !request.target_guid.is_empty() && *request.target_guid != *self.own {
            self.steward_sees_request(source, &Guid::from(request.target_guid.as_str()), now);
            return Receipt::Ignored(Ignored::ForAnother);
        }
        if !self.snapshots.admit(source, now) {
            self.steward_answers_late(source, now);
            return Receipt::Ignored(Ignored::TooOften);
        }
        let requester = match request.requester_guid.as_str() {
            "" => Guid::clone(source),
            named => Guid::from(named),
        };
        self.send_snapshot(&requester, now);
        Receipt::Accepted { durable: None, relay: false }
    }

    /// Gives a peer the state, not more often than each is given it; whether it was given.
    pub(crate) fn serve_snapshot(&mut self, target: &Guid, now: Now) -> bool {
        let admitted = self.snapshots.admit(target, now);
        if admitted {
            self.send_snapshot(target, now);
        }
        admitted
    }

    fn send_snapshot(&mut self, target: &Guid, now: Now) {
        let snapshot = self.snapshot_for(target, now);
        self.send_envelope(snapshot, Some(target));
        if !self.exchange.is_known(target) {
            self.steward_served(target, now);
        }
    }

    /// The state as a snapshot for one peer. A session without timelines is told as such: an existing peer that gets
    /// no answer would make itself master of a session of its own.
    fn snapshot_for(&self, requester: &Guid, now: Now) -> Arc<Envelope> {
        let shared = self.wire_view(now);
        let ours = self.exchange.is_known(requester);
        let mut snapshot = StateSnapshot::new(
            &**requester,
            self.timelines_with_display(ours),
            shared.active_timeline_guid,
            self.newest_timestamp(ours, now),
        );
        snapshot.playback_state = shared.playback_state;
        snapshot.display_state = shared.display_state;
        snapshot.host_guid = shared.host_guid;
        snapshot.peers = shared.peers;
        snapshot.session_roles = shared.session_roles;
        snapshot.broadcast_ownership = shared.broadcast_ownership;
        let operation = OperationFields {
            hlc: Some(self.clock.last_us()),
            // Whoever follows by numbers alone goes on from them.
            seen: Some(self.log.frontier().to_wire()),
            settled: self.log.seen().settled_to_wire(),
            ..OperationFields::new(&*self.run, 0)
        };
        let envelope = Envelope::new(self.config.session.as_str(), &*self.own, snapshot);
        Arc::new(envelope.with_operation(operation))
    }

    /// The largest timestamp that is folded in, so that a joiner's replay neither doubles nor loses: everything
    /// later is later than what the snapshot holds. What puts existing peers right is in it as well.
    fn newest_timestamp(&self, ours: bool, now: Now) -> f64 {
        let latest = seconds(now.wall_us.saturating_add(STAMP_AHEAD_MAX_US));
        let folded = self.log.operations().filter_map(|operation| {
            let said = operation.envelope().message.sync_timestamp()?;
            Some(if operation.is_stamped() { said.min(seconds(operation.stamp().hlc_us)) } else { said })
        });
        let folded = folded.chain(self.steward.repaired_upto().filter(|_| !ours));
        // Of a clock far ahead: a joiner would leave out all that comes until then.
        let folded = folded.filter(|timestamp| timestamp.is_finite() && *timestamp <= latest);
        let settled = self.log.settled().map(|settled| seconds(settled.upto().hlc_us));
        let base = settled.or_else(|| self.log.base().map(|base| base.snapshot_timestamp()));
        folded
            .chain(base)
            .reduce(f64::max)
            .unwrap_or_else(|| seconds(self.clock.last_us()).min(now.wall_seconds()))
    }

    /// All timelines; display settings stand in the active one, else the first, as the reference leaves them. What an
    /// existing peer would fail on as a whole is kept from it.
    fn timelines_with_display(&self, ours: bool) -> Object {
        let held = self.log.state().timelines();
        let readable = held.filter(|(_, document)| ours || unreadable_elsewhere(document).is_none());
        let timelines = readable.map(|(guid, document)| (&**guid, document.to_value()));
        // Edits of peers that withhold nothing may have brought newer schemas in.
        let mut timelines: Object =
            timelines.filter(|(_, timeline)| ours || newer_schema(timeline).is_none()).collect();
        let mut display = self.view.display();
        display.remove("sync_timestamp");
        if display.is_empty() {
            return timelines;
        }
        let active = self.view.active_timeline().map(|guid| &**guid);
        let shown = active.filter(|guid| timelines.contains_key(guid)).map(str::to_owned);
        let Some(shown) = shown.or_else(|| timelines.keys().next().map(str::to_owned)) else {
            return timelines;
        };
        let metadata = timelines
            .get_mut(&shown)
            .and_then(Value::as_object_mut)
            .and_then(|timeline| timeline.get_mut("metadata").and_then(Value::as_object_mut));
        if let Some(metadata) = metadata {
            metadata.insert_sorted("display_settings", display);
        }
        timelines
    }
}
