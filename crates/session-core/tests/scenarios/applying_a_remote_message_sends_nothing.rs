use std::collections::BTreeMap;

use lossless_json::{Object, Value};
use session_core::{Command, Output};
use session_wire::{
    Ack, AddTimeline, ClaimOwnership, DisplaySettings, Envelope, ExistingSummary, Heartbeat, Hello,
    IAmMaster, InsertChild, MESSAGES, Message, MoveChild, NewParticipant, NewPresenter, Operations,
    OperationsRequest, PartialAnnotation, PeerAnnounce, PeerDepart, PlaybackSettings, Refusal,
    ReleaseOwnership, RemoveChild, RemoveTimeline, RenameTimeline, ReplaceAnnotationCommands,
    ReplaceTimeline, Selection, SetPeerRole, SetProperty, SharedKeyRequest, SharedKeyResponse, StateRequest,
    StateSnapshot, WhoIsMaster,
};

use crate::common::{Network, clip, timeline};

/// One of every message, each of which has something to do.
fn one_of_each(now: f64) -> Vec<Message> {
    vec![
        SetProperty::new("c1", "name", "x".into(), now).into(),
        InsertChild::new("t-track", 0, clip("x"), now).into(),
        MoveChild::new("t-track", "c2", 0, now).into(),
        RemoveChild::new("t-track", "c2", now).into(),
        ReplaceAnnotationCommands::new("c1", vec![], now).into(),
        AddTimeline::new("u", timeline("u", &["d1"]), now).into(),
        RenameTimeline::new("u", "named".to_owned(), now).into(),
        ReplaceTimeline::new("u", timeline("u", &["d2"]), now).into(),
        RemoveTimeline::new("u", now).into(),
        PlaybackSettings::new(now).into(),
        DisplaySettings::new(now).into(),
        Selection { clip_guid: Some("c1".into()), sync_timestamp: Some(now), ..Selection::default() }.into(),
        PartialAnnotation::new("c1", 1.0, 24.0, vec![]).into(),
        ClaimOwnership::new("position", "e", now).into(),
        ReleaseOwnership {
            category: "position".into(),
            peer_guid: "e".into(),
            ..ReleaseOwnership::default()
        }
        .into(),
        PeerAnnounce::new("e", "openrv", vec!["visibility".into()]).into(),
        SetPeerRole::new("somebody", "viewer").into(),
        NewPresenter::default().into(),
        NewParticipant::default().into(),
        SharedKeyRequest::default().into(),
        SharedKeyResponse::default().into(),
        Ack { target_guid: "b".into(), ..Ack::default() }.into(),
        Refusal { target_guid: "b".into(), reason: "role".into(), ..Refusal::default() }.into(),
        StateSnapshot::new("b", Object::new(), None, now).into(),
        Operations::new("b", 99, 0, true, vec![Value::Null]).into(),
        PeerDepart::new("e").into(),
    ]
}

/// Those that ask; their answers are the protocol's.
fn questions() -> Vec<(Message, &'static [&'static str])> {
    let frontier = BTreeMap::from([("e/r".to_owned(), 3)]);
    vec![
        (WhoIsMaster::new("e").into(), &["I_AM_MASTER"]),
        (IAmMaster::new("e").into(), &["I_AM_MASTER"]),
        (StateRequest::new("a", "e").into(), &["STATE_SNAPSHOT"]),
        (Hello::new("e", "r", frontier.clone()).into(), &["HEARTBEAT", "OPERATIONS_REQUEST"]),
        (
            Heartbeat {
                serves: true,
                ..Heartbeat::new("r", frontier.clone(), ExistingSummary::default(), "", 1)
            }
            .into(),
            &["OPERATIONS_REQUEST"],
        ),
        (OperationsRequest::new("a", 1, BTreeMap::new()).into(), &["OPERATIONS"]),
    ]
}

fn sent_by(network: &mut Network, name: &str, message: Message) -> Vec<String> {
    let now = network.now(name);
    let peer = &mut network.nodes.get_mut(name).unwrap().peer;
    while peer.poll_output().is_some() {}
    peer.receive(now, Envelope::new("dailies", "e", message));
    let mut sent = Vec::new();
    while let Some(output) = peer.poll_output() {
        if let Output::Send { envelope, .. } = output {
            sent.push(envelope.message.event().to_owned());
        }
    }
    sent
}

fn session() -> Network {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2"]) });
    network.join_now("b");
    network
}

#[test]
fn over_every_type_of_message() {
    let mut network = session();
    let now = network.seconds();
    let mut covered: Vec<(String, String)> = Vec::new();
    let mut note =
        |message: &Message| covered.push((message.family().to_owned(), message.event().to_owned()));
    for message in one_of_each(now) {
        note(&message);
        for name in ["a", "b"] {
            let sent = sent_by(&mut network, name, message.clone());
            assert_eq!(sent, Vec::<String>::new(), "{name}: {} was echoed", message.event());
        }
    }
    for (message, allowed) in questions() {
        note(&message);
        for name in ["a", "b"] {
            for event in sent_by(&mut network, name, message.clone()) {
                assert!(allowed.contains(&event.as_str()), "{name} answered {} by {event}", message.event());
            }
        }
    }
    for info in MESSAGES {
        let pair = (info.family.to_owned(), info.event.to_owned());
        assert!(covered.contains(&pair), "{pair:?} is not tried");
    }
}
