//! View state, strokes in progress and leases: never in the log, the latest stamp wins.

use std::collections::BTreeMap;
use std::sync::Arc;

use lossless_json::{Object, Value};
use session_log::Guid;
use session_wire::{
    DisplaySettings, Envelope, LeaseEntry, Message, PeerEntry, PlaybackSettings, Selection, StateSnapshot,
    View as WireView, ViewStamps,
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
            Message::PlaybackSettings(body) => self.receive_playback(source, envelope, body, now),
            Message::Selection(body) => self.receive_selection(source, body, now),
            Message::DisplaySettings(body) => self.receive_display(source, envelope, body, now),
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

    fn receive_playback(&mut self, source: &Guid, envelope: &Envelope, body: &PlaybackSettings, now: Now) {
        let stamp = stamp_of(envelope, body.sync_timestamp, source, now);
        let changed = self.view.assert_playback(&asserted(envelope, body_of(body.clone())), &stamp);
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

    fn receive_display(&mut self, source: &Guid, envelope: &Envelope, body: &DisplaySettings, now: Now) {
        let stamp = stamp_of(envelope, body.sync_timestamp, source, now);
        if self.view.assert_display(&asserted(envelope, body_of(body.clone())), &stamp) {
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
        let playback = shared.playback_state.as_deref().cloned().map(body_of).unwrap_or_default();
        let display = shared.display_state.as_deref().cloned().map(body_of).unwrap_or_default();
        match &shared.stamps {
            Some(stamps) => self.merge_view(source, &playback, &display, stamps, now),
            None => self.adopt_kept(source, &playback, &display, now),
        }
        let active = shared.active_timeline_guid.as_deref().filter(|_| joining && shared.stamps.is_none());
        if let Some(active) = active {
            self.view.take_active(active, source, now);
        }
        self.after_change(now);
    }

    /// What a peer of ours kept, field by field.
    fn merge_view(
        &mut self,
        source: &Guid,
        playback: &Object,
        display: &Object,
        stamps: &ViewStamps,
        now: Now,
    ) {
        if self.view.merge_playback(playback, stamps, now) {
            self.effect(Effect::Playback { source: Guid::clone(source), state: self.view.playback() });
        }
        if self.view.merge_display(display, stamps, now) {
            self.tell_display(source);
        }
    }

    /// What an existing master kept: the whole is as old as it says.
    fn adopt_kept(&mut self, source: &Guid, playback: &Object, display: &Object, now: Now) {
        let stamp = |body: &Object| {
            let said = body.get("sync_timestamp").and_then(Value::as_f64);
            ViewStamp::of_kept(said, source, now)
        };
        if self.view.assert_playback(playback, &stamp(playback)) {
            self.effect(Effect::Playback { source: Guid::clone(source), state: self.view.playback() });
        }
        if self.view.assert_display(display, &stamp(display)) {
            self.tell_display(source);
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

    /// View and presence as this peer has them, for snapshots and, with their stamps, for peers of ours.
    pub(crate) fn wire_view(&self, now: Now) -> SharedView {
        SharedView {
            playback_state: playback_message(self.view.playback()).map(Box::new),
            display_state: display_message(self.view.display()).map(Box::new),
            active_timeline_guid: self.view.active_timeline().map(ToString::to_string),
            host_guid: self.host.as_deref().map(str::to_owned),
            peers: Some(self.roster.section()),
            session_roles: self.log.state().roles().to_wire(),
            broadcast_ownership: self.leases.section(now),
            stamps: Some(self.view.stamps()),
            ..SharedView::default()
        }
    }
}

/// When a view message was meant: peers of ours say it exactly.
fn stamp_of(envelope: &Envelope, sync_timestamp: Option<f64>, source: &Guid, now: Now) -> ViewStamp {
    if envelope.operation.is_some() {
        return ViewStamp::of_ours(sync_timestamp, source, now);
    }
    ViewStamp::of(sync_timestamp, source, now)
}

/// What a view message asserts: all of its fields, or those that a peer of ours meant.
fn asserted(envelope: &Envelope, body: Object) -> Object {
    let asserts = envelope.operation.as_ref().map_or(&[][..], |operation| &operation.asserts);
    let means = |key: &str| asserts.is_empty() || asserts.iter().any(|asserted| asserted == key);
    body.into_iter().filter(|(key, _)| means(key)).collect()
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
        Message::PlaybackSettings(message) => Some(*message),
        _ => None,
    }
}

/// A display message with these fields.
pub(crate) fn display_message(body: Object) -> Option<DisplaySettings> {
    match message_with(session_wire::families::DISPLAY_SETTINGS, body)? {
        Message::DisplaySettings(message) => Some(*message),
        _ => None,
    }
}
