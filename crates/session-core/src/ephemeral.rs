//! View state, strokes in progress and leases: never in the log, the latest stamp wins.

use std::collections::BTreeMap;
use std::sync::Arc;

use lossless_json::{Object, Value};
use session_log::Guid;
use session_wire::{
    DisplaySettings, Envelope, LeaseEntry, Message, PeerEntry, PlaybackSettings, Selection, SessionRoles,
    StateSnapshot, View as WireView,
};

use crate::clock::Now;
use crate::effect::Effect;
use crate::leases::Channel;
use crate::output::{Receipt, Refusal, RefusalReason};
use crate::peer::Peer;
use crate::view::ViewStamp;

/// The view and presence sections that snapshots to existing peers and answers to ours have in common.
pub(crate) type SharedView = WireView;

/// Reads the sections of a snapshot.
pub(crate) trait OfSnapshot {
    /// The sections of a snapshot.
    fn of_snapshot(snapshot: &StateSnapshot) -> Self;
}

impl OfSnapshot for SharedView {
    fn of_snapshot(snapshot: &StateSnapshot) -> Self {
        Self {
            playback_state: snapshot.playback_state.clone(),
            display_state: snapshot.display_state.clone(),
            active_timeline_guid: snapshot.active_timeline_guid.clone(),
            host_guid: snapshot.host_guid.clone(),
            peers: snapshot.peers.clone(),
            session_roles: snapshot.session_roles.clone(),
            broadcast_ownership: snapshot.broadcast_ownership.clone(),
            ..Self::default()
        }
    }
}

impl Peer {
    /// Playback, display, selection, strokes in progress, leases.
    pub(crate) fn receive_ephemeral(&mut self, source: &Guid, envelope: &Arc<Envelope>, now: Now) -> Receipt {
        match &envelope.message {
            Message::PlaybackSettings(body) => self.receive_playback(source, body, now),
            Message::Selection(body) => self.receive_selection(source, body, now),
            Message::DisplaySettings(body) => self.receive_display(source, body, now),
            Message::PartialAnnotation(_) => {
                self.effect(Effect::PartialAnnotation { envelope: Arc::clone(envelope) });
            }
            Message::ClaimOwnership(body) => {
                return self.receive_claim(source, &body.category, &body.peer_guid, body.claim_ts, now);
            }
            Message::ReleaseOwnership(body) => {
                if let Some(channel) = Channel::parse(&body.category).filter(|_| *body.peer_guid == **source)
                {
                    self.leases.release(channel, source, now);
                }
            }
            _ => {}
        }
        Receipt::Accepted { durable: None, relay: true }
    }

    fn receive_playback(&mut self, source: &Guid, body: &PlaybackSettings, now: Now) {
        let stamp = ViewStamp::of(body.sync_timestamp, source, now);
        let changed = self.view.assert_playback(&body_of(body.clone()), &stamp);
        self.tell_playback(source, changed, now);
    }

    fn receive_selection(&mut self, source: &Guid, body: &Selection, now: Now) {
        let stamp = ViewStamp::of(body.sync_timestamp, source, now);
        let mut fields = Object::new();
        fields.insert("view_mode", body.view_mode.as_deref().unwrap_or("source"));
        fields.insert("clip_guid", body.clip_guid.clone());
        let changed = self.view.assert_playback(&fields, &stamp);
        self.tell_playback(source, changed, now);
    }

    fn receive_display(&mut self, source: &Guid, body: &DisplaySettings, now: Now) {
        let stamp = ViewStamp::of(body.sync_timestamp, source, now);
        if self.view.assert_display(&body_of(body.clone()), &stamp) {
            self.tell_display(source);
        }
    }

    /// A claim of a lease; only a peer itself claims for itself.
    fn receive_claim(
        &mut self,
        source: &Guid,
        category: &str,
        claimant: &str,
        claim_ts: Option<f64>,
        now: Now,
    ) -> Receipt {
        if *claimant != **source {
            let detail = format!("{source} claims a lease for {claimant:?}: only a peer itself may");
            return Receipt::Refused(Refusal { reason: RefusalReason::ForeignIdentity, detail });
        }
        if let (Some(channel), Some(ts)) = (Channel::parse(category), claim_ts.filter(|ts| ts.is_finite())) {
            self.leases.claim(channel, source, ts, now);
        }
        Receipt::Accepted { durable: None, relay: true }
    }

    fn tell_playback(&mut self, source: &Guid, changed: bool, now: Now) {
        if changed {
            self.effect(Effect::Playback { source: Guid::clone(source), state: self.view.playback() });
            self.after_change(now);
        }
    }

    fn tell_display(&mut self, source: &Guid) {
        self.effect(Effect::Display { source: Guid::clone(source), state: self.view.display() });
    }

    /// Takes in what a snapshot or a peer of ours says of view and presence. A joiner takes the host as it is told.
    pub(crate) fn adopt_view(&mut self, source: &Guid, shared: &SharedView, joining: bool, now: Now) {
        self.adopt_roster(shared.peers.as_ref(), now);
        if let Some(host) = shared.host_guid.as_deref().filter(|_| joining) {
            self.set_host(Some(Guid::from(host)));
        }
        self.adopt_leases(shared.broadcast_ownership.as_ref(), now);
        self.adopt_playback(source, shared.playback_state.as_deref(), now);
        if let Some(display) = shared.display_state.as_deref() {
            let stamp = ViewStamp::of_kept(display.sync_timestamp, source, now);
            if self.view.assert_display(&body_of(display.clone()), &stamp) {
                self.tell_display(source);
            }
        }
        if joining {
            self.view.adopt_active(shared.active_timeline_guid.as_deref());
        }
    }

    fn adopt_playback(&mut self, source: &Guid, playback: Option<&PlaybackSettings>, now: Now) {
        let Some(playback) = playback else { return };
        let stamp = ViewStamp::of_kept(playback.sync_timestamp, source, now);
        let changed = self.view.assert_playback(&body_of(playback.clone()), &stamp);
        if changed {
            self.effect(Effect::Playback { source: Guid::clone(source), state: self.view.playback() });
        }
    }

    fn adopt_roster(&mut self, peers: Option<&BTreeMap<String, PeerEntry>>, now: Now) {
        let Some(peers) = peers else { return };
        let own = Guid::clone(&self.own);
        for guid in self.roster.adopt(peers, &own, now) {
            self.tell_participant(&guid, true);
        }
    }

    fn adopt_leases(&mut self, section: Option<&BTreeMap<String, LeaseEntry>>, now: Now) {
        if let Some(section) = section {
            let own = Guid::clone(&self.own);
            self.leases.adopt(section, &own, now);
        }
    }

    /// View and presence as this peer has them, for peers of ours and for snapshots.
    pub(crate) fn wire_view(&self, now: Now) -> SharedView {
        let roles: Option<SessionRoles> = crate::roles::section(self.log.state().roles());
        SharedView {
            playback_state: playback_message(self.view.playback()).map(Box::new),
            display_state: display_message(self.view.display()).map(Box::new),
            active_timeline_guid: self.view.active_timeline().map(ToString::to_string),
            host_guid: self.host.as_deref().map(str::to_owned),
            peers: Some(self.roster.section()),
            session_roles: roles,
            broadcast_ownership: self.leases.section(now),
            ..SharedView::default()
        }
    }
}

/// The body of a message as an object.
pub(crate) fn body_of(message: impl Into<Message>) -> Object {
    match message.into().body() {
        Value::Object(body) => body,
        _ => Object::new(),
    }
}

/// A message with that body; none where the body is empty or its fields have the wrong kinds.
fn message_with(family: &str, body: Object) -> Option<Message> {
    if body.is_empty() {
        return None;
    }
    let mut command = Object::new();
    command.insert("event", "SET");
    command.insert("payload", body);
    let mut payload = Object::new();
    payload.insert("command_schema", family);
    payload.insert("command", command);
    let mut outer = Object::new();
    outer.insert("payload", payload);
    Envelope::from_value(Value::Object(outer)).ok().map(|envelope| envelope.message)
}

/// A playback message with these fields.
pub(crate) fn playback_message(body: Object) -> Option<PlaybackSettings> {
    match message_with(session_wire::families::PLAYBACK_SETTINGS, body)? {
        Message::PlaybackSettings(message) => Some(message),
        _ => None,
    }
}

/// A display message with these fields.
pub(crate) fn display_message(body: Object) -> Option<DisplaySettings> {
    match message_with(session_wire::families::DISPLAY_SETTINGS, body)? {
        Message::DisplaySettings(message) => Some(message),
        _ => None,
    }
}
