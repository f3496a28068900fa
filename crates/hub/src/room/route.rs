//! Where a message goes, read off the message itself.

use lossless_json::Object;
use session_core::is_unreadable_elsewhere;
use session_log::Guid;
use session_wire::{Envelope, Message, Traffic};

use crate::outbox::Lane;

/// What the room has to know of a message after its peer has taken it.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) source: Guid,
    /// The only one it is for, where it names one.
    pub(super) target: Option<Guid>,
    pub(super) lane: Lane,
    pub(super) audience: Audience,
    /// Whether its sender takes its leave with it.
    pub(super) departs: bool,
}

/// Which connections a message may go to, beside the one it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// All of them.
    Everybody,
    /// Native peers only: existing peers, behind links, cannot read it.
    Natives,
    /// Links only: each native peer compares itself with this hub, not with a thousand others.
    Links,
    /// Nobody: it is for the hub.
    Nobody,
}

impl Route {
    pub(super) fn of(envelope: &Envelope) -> Self {
        let message = &envelope.message;
        Self {
            source: envelope.source_guid.as_str().into(),
            target: target(message).filter(|guid| !guid.is_empty()).map(Guid::from),
            lane: lane(envelope),
            audience: match message {
                Message::Hello(_) => Audience::Nobody,
                Message::Heartbeat(_) => Audience::Links,
                message if is_unreadable_elsewhere(message) => Audience::Natives,
                _ => Audience::Everybody,
            },
            departs: departs(envelope),
        }
    }
}

fn target(message: &Message) -> Option<&str> {
    match message {
        Message::StateRequest(message) => Some(&message.target_guid),
        Message::StateSnapshot(message) => Some(&message.target_guid),
        Message::Ack(message) => Some(&message.target_guid),
        Message::OperationsRequest(message) => Some(&message.target_guid),
        Message::Operations(message) => Some(&message.target_guid),
        Message::SettledState(message) => Some(&message.target_guid),
        Message::Refusal(message) => Some(&message.target_guid),
        _ => None,
    }
}

/// A peer may leave on its own behalf only; the body need not name it.
fn departs(envelope: &Envelope) -> bool {
    match &envelope.message {
        Message::PeerDepart(message) => {
            message.peer_guid.is_empty() || message.peer_guid == envelope.source_guid
        }
        _ => false,
    }
}

fn lane(envelope: &Envelope) -> Lane {
    match &envelope.message {
        Message::StateSnapshot(_) | Message::SettledState(_) | Message::Operations(_) => Lane::Durable,
        message => match message.traffic() {
            Traffic::Durable => Lane::Durable,
            Traffic::Ephemeral => Lane::Latest(latest_key(envelope)),
            Traffic::Control => Lane::Control,
        },
    }
}

/// Two view messages under one key say the same things, so that the later one makes the earlier one pointless. Messages
/// may name only what changes: those that name different things are different keys.
fn latest_key(envelope: &Envelope) -> String {
    let mut key = format!("{}\n{}\n", envelope.source_guid, envelope.message.family());
    if let Message::PartialAnnotation(partial) = &envelope.message {
        let clip = partial.clip_guid.as_deref().unwrap_or_default();
        return format!("{key}{clip}\n{:?}", partial.frame);
    }
    for asserted in envelope.operation.iter().flat_map(|operation| &operation.asserts) {
        key.push_str(asserted);
        key.push(',');
    }
    key.push('\n');
    let body = envelope.message.body();
    for (name, value) in body.as_object().into_iter().flat_map(Object::iter) {
        key.push_str(name);
        if name == "timeline_guid" {
            key.push_str(value.as_str().unwrap_or_default());
        }
        key.push('\n');
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(family: &str, event: &str, body: &str) -> Route {
        let text = format!(
            r#"{{"session": "s", "source_guid": "a", "payload": {{"command_schema": "{family}",
                 "command": {{"event": "{event}", "payload": {body}}}}}}}"#
        );
        Route::of(&Envelope::decode(text.as_bytes()).unwrap())
    }

    fn playback(body: &str) -> Lane {
        route("PLAYBACK_SETTINGS_1.0", "SET", body).lane
    }

    #[test]
    fn view_messages_that_say_the_same_things_share_a_key() {
        let at = playback(r#"{"playing": true, "timeline_guid": "t"}"#);
        assert_eq!(at, playback(r#"{"playing": false, "timeline_guid": "t"}"#));
        assert_ne!(at, playback(r#"{"playing": true, "timeline_guid": "other"}"#));
        assert_ne!(at, playback(r#"{"view_mode": "source", "timeline_guid": "t"}"#));
        let meant = |what: &str| {
            let text = format!(
                r#"{{"session": "s", "source_guid": "a", "payload": {{"command_schema": "DISPLAY_SETTINGS_1.0", "command":
                     {{"event": "SET", "payload": {{"zoom": 1}}}}}}, "op": {{"run": "r", "seq": 0, "asserts": ["{what}"]}}}}"#
            );
            Route::of(&Envelope::decode(text.as_bytes()).unwrap()).lane
        };
        assert_eq!(meant("zoom"), meant("zoom"));
        assert_ne!(meant("zoom"), meant("exposure"));
        let stroke = |frame| {
            route("Annotation.1", "PARTIAL", &format!(r#"{{"clip_guid": "c", "frame": {frame}}}"#)).lane
        };
        assert_eq!(stroke(1), stroke(1));
        assert_ne!(stroke(1), stroke(2));
    }

    #[test]
    fn messages_to_one_peer_have_a_target_and_states_go_with_the_operations() {
        let request =
            route("LiveSession.1", "STATE_REQUEST", r#"{"target_guid": "m", "requester_guid": "a"}"#);
        assert_eq!((request.target.as_deref(), request.lane), (Some("m"), Lane::Control));
        let snapshot = route("LiveSession.1", "STATE_SNAPSHOT", r#"{"target_guid": "a", "timelines": {}}"#);
        assert_eq!((snapshot.target.as_deref(), snapshot.lane), (Some("a"), Lane::Durable));
        assert_eq!(route("LiveSession.1", "WHO_IS_MASTER", r#"{"requester_guid": "a"}"#).target, None);
    }

    #[test]
    fn only_its_own_departure_takes_a_peer_away() {
        assert!(route("LiveSession.1", "PEER_DEPART", r#"{"peer_guid": "a"}"#).departs);
        assert!(route("LiveSession.1", "PEER_DEPART", "{}").departs);
        assert!(!route("LiveSession.1", "PEER_DEPART", r#"{"peer_guid": "b"}"#).departs);
    }
}
