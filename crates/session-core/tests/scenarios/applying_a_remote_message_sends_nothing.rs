//! The echo test: whatever a peer receives, it sends nothing but answers of the protocol. Changes of its own, view
//! messages and claims come from commands alone; a peer that emitted on apply would start an echo loop.

use std::collections::{BTreeMap, BTreeSet};

use lossless_json::{Object, Value};
use session_core::{Command, Opening, Status};
use session_wire::{
    Ack, AddTimeline, Checkpoint, ClaimOwnership, DisplaySettings, Envelope, ExistingSummary, Heartbeat,
    Hello, IAmMaster, InsertChild, MESSAGES, Message, MoveChild, NewParticipant, NewPresenter,
    OperationFields, OperationStamp, Operations, OperationsRequest, PartialAnnotation, PeerAnnounce,
    PeerDepart, Place, PlaybackSettings, Refusal, ReleaseOwnership, RemoveChild, RemoveTimeline,
    RenameTimeline, ReplaceAnnotationCommands, ReplaceTimeline, Selection, SetPeerRole, SetProperty,
    SettledState, SharedKeyRequest, SharedKeyResponse, StateRequest, StateSnapshot, Traffic, UnknownMessage,
    WhoIsMaster,
};

use crate::common::{Network, clip, timeline};

/// What may be answered to what, and why it is an answer and no echo.
const ANSWERS: &[(&str, &[&str], &str)] = &[
    ("WHO_IS_MASTER", &["I_AM_MASTER"], "the master says so"),
    (
        "I_AM_MASTER",
        &["I_AM_MASTER", "STATE_REQUEST"],
        "a master that keeps mastership says so; who joins, an observer at once, asks for the state",
    ),
    ("STATE_REQUEST", &["STATE_SNAPSHOT"], "the master gives the state"),
    (
        "STATE_SNAPSHOT",
        &["OPERATIONS_REQUEST", "PEER_ANNOUNCE", "HEARTBEAT"],
        "who asked for it takes part now and says so, or asks the peer of ours that sent it for its operations",
    ),
    ("HELLO", &["HEARTBEAT", "OPERATIONS_REQUEST"], "says what it holds, and asks for what the other holds"),
    ("HEARTBEAT", &["OPERATIONS_REQUEST"], "asks for what the other holds and it lacks"),
    ("OPERATIONS_REQUEST", &["OPERATIONS"], "gives what was asked for"),
    ("OPERATIONS", &["PEER_ANNOUNCE", "HEARTBEAT"], "who asked to join takes part now and says so"),
    (
        "SET_PEER_ROLE",
        &["PEER_ANNOUNCE", "OPERATION_STAMP"],
        "whose own role it is announces it (legacy-protocol §1.5.7); an existing peer does not say when, so the steward does",
    ),
    (
        "PEER_DEPART",
        &["I_AM_MASTER", "WHO_IS_MASTER", "HELLO"],
        "where the master left, the lowest of ours takes over and the others ask who did; who was joining by it looks around",
    ),
];

/// One of every message, each with something to do: from `source` to `target`.
fn one_of_each(source: &str, target: &str, now: f64) -> Vec<Envelope> {
    let messages = [control(source, target, now), durable(now), ephemeral(source, now)].concat();
    let envelopes = messages.into_iter().map(|message| Envelope::new("dailies", source, message));
    envelopes.chain([snapshot_of_ours(source, target, now), stamp_of_ours(source, now)]).collect()
}

/// A stamp of a peer of ours, for an operation of an existing peer.
fn stamp_of_ours(source: &str, now: f64) -> Envelope {
    let stamped = Envelope::new("dailies", "x", SetProperty::new("c1", "name", "y".into(), now));
    let fields = OperationFields { hlc: Some(1_800_000_000_000_000), ..OperationFields::new("r", 1) };
    Envelope::new("dailies", source, OperationStamp::new(&stamped)).with_operation(fields)
}

/// A snapshot that says what is folded into it, as those of peers of ours do.
fn snapshot_of_ours(source: &str, target: &str, now: f64) -> Envelope {
    let seen = Some(BTreeMap::from([(format!("{source}/r"), 3)]));
    Envelope::new("dailies", source, StateSnapshot::new(target, Object::new(), None, now))
        .with_operation(OperationFields { seen, ..OperationFields::new("r", 0) })
}

fn durable(now: f64) -> Vec<Message> {
    vec![
        SetProperty::new("c1", "name", "x".into(), now).into(),
        InsertChild::new("t-track", 0, clip("x"), now).into(),
        MoveChild::new("t-track", "c2", 0, now).into(),
        RemoveChild::new("t-track", "c2", now).into(),
        ReplaceAnnotationCommands::new("c1", vec![], now).into(),
        AddTimeline::new("u", timeline("u", &["d1"]), now).into(),
        RenameTimeline::new("t", "named".to_owned(), now).into(),
        ReplaceTimeline::new("t", timeline("t", &["d2"]), now).into(),
        RemoveTimeline::new("t", now).into(),
        SetPeerRole::new("somebody", "viewer").into(),
        SetPeerRole::new("b", "viewer").into(),
        Checkpoint::new(Place::new(1, "e", "r", 1), BTreeMap::new(), vec![], "5f3c", now).into(),
    ]
}

fn ephemeral(source: &str, now: f64) -> Vec<Message> {
    let playback = PlaybackSettings {
        playing: Some(true),
        view_mode: Some("source".into()),
        ..PlaybackSettings::new(now)
    };
    vec![
        playback.into(),
        DisplaySettings { zoom: Some(2.0), ..DisplaySettings::new(now) }.into(),
        Selection::new(Some("c1".into()), "source", now).into(),
        PartialAnnotation::new("c1", 1.0, 24.0, vec![]).into(),
        ClaimOwnership::new("position", source, now).into(),
        ReleaseOwnership::new("position", source).into(),
    ]
}

fn control(source: &str, target: &str, now: f64) -> Vec<Message> {
    let frontier = BTreeMap::from([(format!("{source}/r"), 3)]);
    let heartbeat = Heartbeat::new("r", frontier.clone(), ExistingSummary::default(), "", 1);
    let timelines: Object = [("v", timeline("v", &["v1"]))].into_iter().collect();
    vec![
        WhoIsMaster::new(source).into(),
        IAmMaster::new(source).into(),
        StateRequest::new(target, source).into(),
        StateSnapshot::new(target, timelines, None, now).into(),
        PeerAnnounce::new(source, "openrv", vec!["visibility".into()]).into(),
        PeerDepart::new(source).into(),
        NewPresenter::default().into(),
        NewParticipant::default().into(),
        SharedKeyRequest::default().into(),
        SharedKeyResponse::default().into(),
        Hello::new(source, "r", frontier).into(),
        Ack { target_guid: target.into(), ..Ack::default() }.into(),
        Heartbeat { serves: true, ..heartbeat }.into(),
        OperationsRequest::new(target, 1, BTreeMap::new()).into(),
        Operations::new(target, 1, 0, true, vec![Value::Null]).into(),
        Operations::new(target, 99, 0, true, vec![Value::Null]).into(),
        SettledState { target_guid: target.into(), request: 1, ..SettledState::new("5f3c", 3, 0, "eNoD") }
            .into(),
        Refusal::new(target, "role", "a viewer may not").into(),
        UnknownMessage { family: "X".into(), event: "Y".into(), body: Value::Null }.into(),
    ]
}

/// A session, and who in it receives.
type Receiver = fn() -> (Network, &'static str);

/// A session whose participants have done something of their own: `a` is its master.
fn session() -> Network {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2"]) });
    network.command("a", Command::Play { frame: Some(1.0) });
    network
}

fn master() -> (Network, &'static str) {
    let mut network = session();
    network.join_now("b");
    (network, "a")
}

fn member() -> (Network, &'static str) {
    let mut network = session();
    network.join_now("b");
    let path = "metadata/seen".to_owned();
    network.command("b", Command::SetProperty { target_uuid: "c1".into(), path, value: true.into() });
    network.command("b", Command::Seek { frame: 3.0, rate: None });
    (network, "b")
}

fn observer() -> (Network, &'static str) {
    let mut network = session();
    let config = network.config("b", Opening::Observe);
    network.start(config);
    network.run_until_synced("b");
    (network, "b")
}

/// One that has heard of nobody.
fn searcher() -> (Network, &'static str) {
    let mut network = Network::new(1);
    network.join("b");
    (network, "b")
}

/// An observer that has heard of nobody.
fn searching_observer() -> (Network, &'static str) {
    let mut network = Network::new(1);
    let config = network.config("b", Opening::Observe);
    network.start(config);
    (network, "b")
}

/// One that has asked `a`, a peer of ours, for its operations.
fn joiner() -> (Network, &'static str) {
    let mut network = session();
    network.join("b");
    while network.nodes["b"].peer.status() != Status::Joining {
        network.run_for_ms(1);
    }
    network.away.insert("a".to_owned());
    (network, "b")
}

/// One that has asked `e`, an existing master, for its state.
fn joiner_of_an_existing_master() -> (Network, &'static str) {
    let mut network = Network::new(1);
    network.join("b");
    network.receive("b", Envelope::new("dailies", "e", IAmMaster::new("e")));
    network.run_for_ms(310);
    assert_eq!(network.nodes["b"].peer.status(), Status::Joining);
    (network, "b")
}

fn allowed(event: &str) -> &'static [&'static str] {
    ANSWERS.iter().find(|(question, ..)| *question == event).map_or(&[], |(_, answers, _)| answers)
}

/// Hands one message over, and looks at what is said at once and in the ten seconds after it.
fn try_one(receiver: Receiver, envelope: &Envelope) -> BTreeSet<String> {
    let (mut network, name) = receiver();
    network.nodes.get_mut(name).unwrap().sent.clear();
    network.receive(name, envelope.clone());
    let at_once: BTreeSet<String> =
        network.nodes[name].sent.iter().map(|sent| sent.message.event().to_owned()).collect();
    let others: Vec<String> = network.nodes.keys().filter(|other| *other != name).cloned().collect();
    for other in &others {
        network.nodes.get_mut(other).unwrap().sent.clear();
    }
    network.run_for_ms(10_000);
    for (speaker, node) in &network.nodes {
        let stamps = |sent: &Envelope| {
            sent.message.event() == "OPERATION_STAMP"
                && allowed(envelope.message.event()).contains(&"OPERATION_STAMP")
        };
        // What a steward says again because it may be lost to existing peers is no echo: it sees that by a heartbeat.
        let repairs = |sent: &Envelope| sent.operation.as_ref().is_some_and(|operation| operation.repair);
        let said = node.sent.iter().find(|sent| {
            sent.message.traffic() != Traffic::Control && !stamps(sent) && !(repairs(sent) && speaker != name)
        });
        let said = said.map(|sent| sent.message.event());
        assert_eq!(said, None, "{speaker} says it after {name} received {}", envelope.message.event());
    }
    at_once
}

#[test]
fn over_every_type_of_message_and_whoever_receives_it() {
    let receivers: [(&str, Receiver); 7] = [
        ("master", master),
        ("member", member),
        ("observer", observer),
        ("searcher", searcher),
        ("searching observer", searching_observer),
        ("joiner", joiner),
        ("joiner of an existing master", joiner_of_an_existing_master),
    ];
    let mut answered = BTreeSet::new();
    for (who, receiver) in receivers {
        let (network, name) = receiver();
        // A stranger, and the peer that the receiver knows best.
        for source in ["e", if name == "a" { "b" } else { "a" }] {
            for envelope in one_of_each(source, name, network.seconds()) {
                let event = envelope.message.event();
                for answer in try_one(receiver, &envelope) {
                    assert!(allowed(event).contains(&answer.as_str()), "{who} answered {event} by {answer}");
                    answered.insert((event.to_owned(), answer));
                }
            }
        }
    }
    let table = ANSWERS
        .iter()
        .flat_map(|(question, answers, _)| answers.iter().map(move |answer| (*question, *answer)));
    let table: BTreeSet<(String, String)> =
        table.map(|(question, answer)| (question.into(), answer.into())).collect();
    assert_eq!(answered, table, "the table says more than anybody answers");
}

#[test]
fn no_message_of_the_protocol_is_left_out() {
    let tried: BTreeSet<(String, String)> = one_of_each("e", "b", 1.0)
        .iter()
        .map(|Envelope { message, .. }| (message.family().to_owned(), message.event().to_owned()))
        .collect();
    for info in MESSAGES {
        let pair = (info.family.to_owned(), info.event.to_owned());
        assert!(tried.contains(&pair), "{pair:?} is not tried: add one that has something to do");
    }
}
