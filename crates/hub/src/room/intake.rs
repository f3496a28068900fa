//! What comes in: who is let in, which messages are taken, and who leaves.

use std::collections::BTreeSet;
use std::sync::Arc;

use lossless_json::Value;
use session_core::limits::OPERATION_BYTES_MAX;
use session_core::{Command, Receipt, RefusalReason, Role, Sender};
use session_log::{Guid, unpack_operations};
use session_transport::close_code;
use session_wire::{Envelope, Hello, Message, PeerDepart, Refusal, Secret};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::actor::Actor;
use super::connections::{Connection, ConnectionId, Heard, Kind};
use super::route::{Audience, Route};
use super::{Refused, RoomEvent, Whom};
use crate::frame::Frame;
use crate::outbox::{Close, Outbox};

/// A refused message: a word for programs and a sentence for people.
type Reason = (&'static str, String);

/// What a refusal says of the message it refuses.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    event: String,
    operation: Option<(String, u64)>,
}

impl About {
    fn of(envelope: &Envelope) -> Self {
        let operation = envelope.operation.as_ref().filter(|_| envelope.message.is_durable());
        Self {
            event: envelope.message.event().to_owned(),
            operation: operation.map(|operation| (operation.run.clone(), operation.seq)),
        }
    }
}

/// Why a durable message is too long to be kept, whatever part of it is: what the log holds has to be read again.
fn too_long(envelope: &Envelope, frame: &Frame) -> Option<Reason> {
    const GROWTH_MAX: usize = 6;
    if !envelope.message.is_durable() || frame.len() <= OPERATION_BYTES_MAX / GROWTH_MAX {
        return None;
    }
    let bytes = envelope.encode().len();
    let words = || {
        format!("the operation has {bytes} bytes as it is written, at most {OPERATION_BYTES_MAX} are taken")
    };
    (bytes > OPERATION_BYTES_MAX).then(|| ("limit", words()))
}

impl Actor {
    /// Lets a native peer in, or says why not.
    pub(super) fn join(
        &mut self,
        hello: &Envelope,
        outbox: Arc<Outbox>,
        reply: oneshot::Sender<Result<ConnectionId, Refused>>,
    ) {
        let now = Instant::now();
        let (guid, run, sender, granted) = match self.admit(hello, now) {
            Ok(admitted) => admitted,
            Err(refused) => {
                self.counts.refuse(refused.reason);
                tracing::warn!(
                    session = self.session,
                    reason = refused.reason,
                    detail = refused.close.reason,
                    "peer refused"
                );
                let from = hello.source_guid.clone();
                let (reason, detail) = (refused.reason.to_owned(), refused.close.reason.clone());
                self.tell(RoomEvent::Refused { from, reason, detail });
                let _ = reply.send(Err(refused));
                return;
            }
        };
        let kind = Kind::Native { guid: guid.clone(), run, sender };
        let id = self.connections.add(Connection::new(kind, outbox, &self.limits, now), now);
        if reply.send(Ok(id)).is_err() {
            self.connections.remove(id);
            return;
        }
        tracing::info!(session = self.session, peer = &*guid, "peer connected");
        self.count_admission(hello);
        self.give_role(&guid, granted);
        self.tell(RoomEvent::Connected { guid: guid.to_string() });
        self.peer.receive(self.clock.now(), hello.clone());
        self.flush();
        self.acknowledge(&guid);
    }

    fn admit(&mut self, envelope: &Envelope, now: Instant) -> Result<(Guid, String, Sender, Role), Refused> {
        let refused =
            |reason, code, detail: String| Refused { reason, close: Close { code, reason: detail } };
        let Message::Hello(hello) = &envelope.message else {
            let detail = format!("the first message is {}, where HELLO belongs", envelope.message.event());
            return Err(refused("hello", close_code::BAD_HELLO, detail));
        };
        if let Some((reason, detail)) = self.check_hello(envelope, hello) {
            return Err(refused(reason, close_code::BAD_HELLO, detail));
        }
        let granted = self.check_secret(hello)?;
        if self.connections.is_on_link(&hello.source_guid, self.limits.link_home, now) {
            let detail = "a peer of this GUID takes part over another transport".to_owned();
            return Err(refused("guid_taken", close_code::GUID_TAKEN, detail));
        }
        self.replace(hello, now)?;
        if self.connections.natives() >= self.limits.peers_max {
            let detail = format!("the session has {} peers already", self.limits.peers_max);
            return Err(refused("full", close_code::TRY_LATER, detail));
        }
        let sender = Sender::of(hello).granted(granted);
        Ok((hello.source_guid.as_str().into(), hello.run.clone(), sender, granted))
    }

    /// What the link gives by which a peer comes in. Whatever is wrong with the secret, who asks is told the same.
    fn check_secret(&mut self, hello: &Hello) -> Result<Role, Refused> {
        let Some(access) = &self.access else { return Ok(Role::Driver) };
        let secret = hello.secret.as_ref().map(Secret::expose);
        access.check(secret, &hello.source_guid, self.clock.now().wall_us).map_err(|denied| {
            let why = denied.as_str();
            tracing::warn!(session = self.session, peer = hello.source_guid, why, "join secret refused");
            self.counts.refuse(&format!("secret_{why}"));
            let reason = "this session is entered by a link that holds: ask whoever hosts for one".to_owned();
            Refused { reason: "secret", close: Close { code: close_code::WRONG_SECRET, reason } }
        })
    }

    fn count_admission(&mut self, hello: &Envelope) {
        let (Some(access), Message::Hello(hello)) = (&mut self.access, &hello.message) else { return };
        if let Some(secret) = &hello.secret {
            access.admit(secret.expose(), &hello.source_guid);
        }
    }

    /// Gives a peer the role of its link, unless the session has given it one.
    fn give_role(&mut self, guid: &Guid, role: Role) {
        if role == Role::Driver || self.peer.log().state().roles().given(guid, None).is_some() {
            return;
        }
        let command = Command::SetPeerRole { user: String::new(), peer_guid: Some(guid.to_string()), role };
        let (reply, _) = oneshot::channel();
        self.command(command, reply);
    }

    /// Closes the connections of peers that are to leave, and tells how many there were.
    pub(super) fn ask_to_leave(&mut self, whom: Whom) -> usize {
        let guids = match whom {
            Whom::Guid(guid) => BTreeSet::from([guid]),
            Whom::Link(name) => self.access.as_mut().map(|access| access.revoke(&name)).unwrap_or_default(),
        };
        let there = |guid: &String| self.connections.native(guid).map(|(id, _)| id);
        let there: Vec<ConnectionId> = guids.iter().filter_map(there).collect();
        for &id in &there {
            let reason = "whoever hosts has sent this peer away".to_owned();
            if let Some(connection) = self.connections.get(id) {
                connection.outbox.close(Close { code: close_code::SENT_AWAY, reason: reason.clone() }, true);
            }
            self.leave(id, &reason);
        }
        there.len()
    }

    fn check_hello(&self, envelope: &Envelope, hello: &Hello) -> Option<Reason> {
        if envelope.session != self.session {
            return Some(("session", format!("HELLO is for the session {:?}", envelope.session)));
        }
        if hello.source_guid.is_empty() || hello.run.is_empty() {
            return Some(("hello", "HELLO lacks source_guid or run".to_owned()));
        }
        if hello.source_guid != envelope.source_guid {
            return Some(("source_guid", "HELLO names another source_guid than its envelope".to_owned()));
        }
        (*hello.source_guid == *self.guid)
            .then(|| ("source_guid", "this GUID is the hub's own: draw another".to_owned()))
    }

    /// Makes room for a peer that comes back: the same run may take its own place at any time, another run that of a
    /// connection which has fallen silent.
    fn replace(&mut self, hello: &Hello, now: Instant) -> Result<(), Refused> {
        let Some((old, connection)) = self.connections.native(&hello.source_guid) else { return Ok(()) };
        let same_run = matches!(&connection.kind, Kind::Native { run, .. } if *run == hello.run);
        let alive = now.saturating_duration_since(connection.heard) < self.limits.alive;
        if !same_run && alive {
            let reason = "another connection takes part under this GUID".to_owned();
            return Err(Refused {
                reason: "guid_taken",
                close: Close { code: close_code::GUID_TAKEN, reason },
            });
        }
        let reason = "this peer has connected again".to_owned();
        connection.outbox.close(Close { code: close_code::GUID_TAKEN, reason }, true);
        self.connections.remove(old);
        Ok(())
    }

    /// Takes a message from a connection.
    pub(super) fn message(&mut self, from: ConnectionId, mut envelope: Envelope, frame: &Frame) {
        self.counts.received += 1;
        let now = Instant::now();
        let Some(connection) = self.connections.get_mut(from) else { return };
        connection.heard = now;
        let is_link = connection.is_link();
        let route = Route::of(&envelope);
        if is_link {
            if self.is_echo(from, &route, now) {
                self.counts.echoes += 1;
                return;
            }
        } else if let Some((reason, detail)) =
            self.objection(from, &envelope).or_else(|| too_long(&envelope, frame))
        {
            let about = About::of(&envelope);
            self.refuse(from, reason, detail, Some(about));
            return;
        }
        if !is_link && self.leave_out_foreign(from, &mut envelope) {
            self.accept(from, envelope.clone(), &route, &Frame::encoded(&envelope));
        } else {
            self.accept(from, envelope, &route, frame);
        }
    }

    /// Whether a message that came by a link has come, or will come, by another way.
    fn is_echo(&mut self, from: ConnectionId, route: &Route, now: Instant) -> bool {
        if route.source == self.guid {
            return false;
        }
        match self.connections.hear(&route.source, from, &self.limits, now) {
            Heard::AtHome => false,
            // Two hubs with two links between them may each hear the other first over another one: what is meant for
            // this hub counts by any link.
            Heard::OnAnotherLink => route.target.as_ref() != Some(&self.guid),
            Heard::OnSocket | Heard::TooMany => true,
        }
    }

    fn accept(&mut self, from: ConnectionId, envelope: Envelope, route: &Route, frame: &Frame) {
        let about = About::of(&envelope);
        let now = self.clock.now();
        let receipt = match self.connections.get_mut(from).and_then(Connection::sender) {
            Some(sender) => self.peer.receive_from(now, sender, envelope),
            None => self.peer.receive(now, envelope),
        };
        let for_hub = route.target.as_ref() == Some(&self.guid) || route.audience == Audience::Nobody;
        if receipt.relay() && !for_hub {
            self.deliver(Some(from), route, frame);
        }
        if let Receipt::Refused(refusal) = receipt {
            let is_liar = refusal.reason == RefusalReason::Equivocation && route.source != self.guid;
            self.refuse(from, refusal.reason.as_str(), refusal.detail, Some(about));
            if is_liar && self.connections.get(from).is_some_and(|connection| !connection.is_link()) {
                self.send_away(from, "it sent two operations under one number: start again with a new run");
            }
        } else if route.departs {
            self.connections.forget_home(&route.source, from);
            if let Some(connection) =
                self.connections.get_mut(from).filter(|connection| !connection.is_link())
            {
                connection.departed = true;
            }
        }
        self.flush();
    }

    /// Why a native peer's message is not taken, before anybody looks at what it says.
    fn objection(&self, from: ConnectionId, envelope: &Envelope) -> Option<Reason> {
        let guid = self.connections.get(from)?.guid()?;
        if *envelope.source_guid != **guid {
            let detail =
                format!("this connection is bound to {guid:?}; the message says {:?}", envelope.source_guid);
            return Some(("source_guid", detail));
        }
        if envelope.session != self.session {
            let detail =
                format!("this connection is in {:?}; the message says {:?}", self.session, envelope.session);
            return Some(("session", detail));
        }
        match &envelope.message {
            Message::PeerDepart(depart) if !depart.peer_guid.is_empty() && *depart.peer_guid != **guid => {
                Some(("source_guid", "a peer takes leave for itself only".to_owned()))
            }
            Message::Operations(_) => self.store_refusal(),
            message if message.is_durable() => self.store_refusal(),
            _ => None,
        }
    }

    /// Takes out of handed-on operations those that their sender may not hand on; whether there were any.
    fn leave_out_foreign(&mut self, from: ConnectionId, envelope: &mut Envelope) -> bool {
        let Message::Operations(operations) = &mut envelope.message else { return false };
        // What cannot be unpacked stays as it is, for the room's own peer to refuse.
        if let Some(lines) = operations.packed.as_deref().and_then(|packed| unpack_operations(packed).ok()) {
            let handed_on = lines.lines().filter_map(|line| Envelope::decode(line.as_bytes()).ok());
            operations.envelopes.extend(handed_on.map(|envelope| envelope.to_value()));
            operations.packed = None;
        }
        let before = operations.envelopes.len();
        let source = &envelope.source_guid;
        operations.envelopes.retain(|handed_on| self.may_hand_on(source, handed_on));
        self.leave_out_forbidden(from, &mut operations.envelopes);
        let left_out = before - operations.envelopes.len();
        (0..left_out).for_each(|_| self.counts.refuse("source_guid"));
        left_out > 0
    }

    /// Takes out operations of the sender itself that its role forbids, where its link does not make it a driver.
    fn leave_out_forbidden(&mut self, from: ConnectionId, envelopes: &mut Vec<Value>) {
        let sender = self.connections.get_mut(from).and_then(Connection::sender).cloned();
        let Some(sender) = sender else { return };
        envelopes.retain(|handed_on| {
            let envelope = Envelope::from_value(handed_on.clone()).map(Arc::new);
            !envelope.is_ok_and(|envelope| self.peer.may_not_hand_over(&sender, &envelope))
        });
    }

    /// A peer may hand on its own operations, and those of peers that are not here to do it themselves. Nobody hands on
    /// what this process of the hub is said to have made.
    fn may_hand_on(&self, by: &str, envelope: &Value) -> bool {
        let Some(source) = envelope.get("source_guid").and_then(Value::as_str) else { return false };
        if *source == *self.guid {
            let run = envelope.at(&["op", "run"]).and_then(Value::as_str);
            return run.is_some_and(|run| !self.peer.has_run(run));
        }
        source == by || self.connections.native(source).is_none()
    }

    /// Refuses what came by a connection: counts it, says so, and closes a connection that goes on like that.
    pub(super) fn refuse(&mut self, from: ConnectionId, reason: &str, detail: String, about: Option<About>) {
        self.counts.refuse(reason);
        let Some(connection) = self.connections.get_mut(from) else { return };
        let too_many = connection.refusals.take(1, Instant::now()).is_some();
        let name = match &connection.kind {
            Kind::Native { guid, .. } => guid.to_string(),
            Kind::Link { name, .. } => name.clone(),
        };
        tracing::debug!(session = self.session, from = name, reason, detail, "message refused");
        let is_link = connection.is_link();
        if !is_link {
            let mut refusal = Refusal::new(name.as_str(), reason, detail.as_str());
            let about = about.unwrap_or_default();
            refusal.event = Some(about.event).filter(|event| !event.is_empty());
            (refusal.run, refusal.seq) = about.operation.unzip();
            self.answer(from, refusal);
        }
        self.tell(RoomEvent::Refused { from: name, reason: reason.to_owned(), detail });
        if too_many && !is_link {
            self.send_away(from, "too many messages of this connection were refused");
        }
    }

    fn send_away(&mut self, id: ConnectionId, reason: &str) {
        let reason = reason.to_owned();
        if let Some(connection) = self.connections.get(id) {
            connection.outbox.close(Close { code: close_code::POLICY, reason: reason.clone() }, false);
        }
        self.leave(id, &reason);
    }

    /// A connection has ended. Where its peer did not take its leave, the others are told.
    pub(super) fn leave(&mut self, id: ConnectionId, reason: &str) {
        let Some(connection) = self.connections.remove(id) else { return };
        let Kind::Native { guid, .. } = connection.kind else { return };
        tracing::info!(session = self.session, peer = &*guid, reason, "peer disconnected");
        if !connection.departed {
            let depart = Envelope::new(self.session.as_str(), &*guid, PeerDepart::new(&*guid));
            let (route, frame) = (Route::of(&depart), Frame::encoded(&depart));
            self.peer.receive(self.clock.now(), depart);
            self.deliver(None, &route, &frame);
            self.flush();
        }
        self.tell(RoomEvent::Disconnected { guid: guid.to_string(), reason: reason.to_owned() });
    }
}
