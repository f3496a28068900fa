//! One sample of every message, as ours emit it.

use std::collections::BTreeMap;

use lossless_json::{Limits, Value, parse};
use session_wire::*;

/// Wall clock of the samples, in seconds since 1970.
const WALL: f64 = 1_795_251_807.662_459;
const ALICE: &str = "6f1d7c02-58b4-4a39-9d0e-2f5f0c9b7a11";
const BOB: &str = "b3a9e4d8-0c61-47f2-8e35-91d2a6c4f022";
const RUN: &str = "9f3c61d07a";
const SEQUENCE: &str = "0a41d0c6-7d55-4f0e-b1a4-d3a5f8c60e33";
const TRACK: &str = "c2b7e9f1-3a68-4d07-95fc-6e1d80b2a944";
const CLIP: &str = "5e90c3ab-d214-4b86-a7e1-08f6c7d92b55";
const NOTES: &str = "e47a1b5d-96c0-4f3e-8d72-b5c0a9e13f66";

fn json(text: &str) -> Value {
    parse(text.as_bytes(), &Limits::default()).unwrap().value
}

fn timeline() -> Value {
    json(&format!(
        r#"{{"OTIO_SCHEMA": "Timeline.1", "metadata": {{"sync": {{"guid": "{SEQUENCE}"}}}}, "name": "Reel 1 – été", "global_start_time": null, "tracks": {{"OTIO_SCHEMA": "Stack.1", "metadata": {{"sync": {{"guid": "{NOTES}"}}}}, "name": "tracks", "source_range": null, "effects": [], "markers": [], "enabled": true, "color": null, "children": []}}}}"#
    ))
}

fn clip() -> Value {
    json(&format!(
        r#"{{"OTIO_SCHEMA": "Clip.2", "metadata": {{"sync": {{"guid": "{CLIP}"}}}}, "name": "sh010_v003.mov", "source_range": null, "effects": [], "markers": [], "enabled": true, "color": null, "media_references": {{"DEFAULT_MEDIA": {{"OTIO_SCHEMA": "ExternalReference.1", "metadata": {{}}, "name": "", "available_range": {{"OTIO_SCHEMA": "TimeRange.1", "duration": {{"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 48.0}}, "start_time": {{"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 0.0}}}}, "available_image_bounds": null, "target_url": "/show/sh010/sh010_v003.mov"}}}}, "active_media_reference_key": "DEFAULT_MEDIA"}}"#
    ))
}

fn stroke() -> Vec<Value> {
    let stroke = json(
        r#"[{"OTIO_SCHEMA": "PaintStart.1", "brush": "circle", "friendly_name": "alice", "ghost": null, "ghost_after": null, "ghost_before": null, "hold": null, "layer_range": null, "participant_hash": null, "rgba": [1.0, 0.5, 0.0, 1.0], "source_index": 0, "timestamp": "2026-11-21T12:03:27.662459", "type": "color", "uuid": "7c1f", "visible": true}, {"OTIO_SCHEMA": "PaintPoint.1", "layer_range": null, "points": {"OTIO_SCHEMA": "PaintVertices.1", "alpha": [], "size": [0.0125], "x": [-0.476], "y": [-0.0118]}, "source_index": 0, "timestamp": "2026-11-21T12:03:27.662459", "uuid": "7c1f"}]"#,
    );
    stroke.as_array().unwrap().to_vec()
}

fn alice() -> Identity {
    let name = |text: &str| text.to_owned();
    Identity {
        user: name("alice"),
        first_name: name("Alice"),
        last_name: name("Doe"),
        host: name("ws1"),
        source: name("local"),
        ..Identity::default()
    }
}

fn roster() -> BTreeMap<String, PeerEntry> {
    let entry = PeerEntry {
        app: "openrv".to_owned(),
        capabilities: vec!["visibility".to_owned()],
        role: Some("driver".to_owned()),
        identity: Some(alice()),
        ..PeerEntry::default()
    };
    [(ALICE.to_owned(), entry)].into()
}

fn roles() -> SessionRoles {
    SessionRoles::new("driver", [("bob".to_owned(), "viewer".to_owned())].into())
}

fn leases() -> BTreeMap<String, LeaseEntry> {
    [("display".to_owned(), LeaseEntry::new(ALICE, 499.700_213_000_096_5))].into()
}

fn playback() -> PlaybackSettings {
    let mut playback = PlaybackSettings::new(WALL);
    playback.playing = Some(false);
    playback.current_time = Some(RationalTime::new(12.0, 24.0));
    playback.set_mode(PlaybackMode::Loop);
    playback.timeline_guid = Some(SEQUENCE.to_owned());
    playback.view_mode = Some("source".to_owned());
    playback.clip_guid = Some(CLIP.to_owned());
    playback
}

fn display() -> DisplaySettings {
    let mut display = DisplaySettings::new(WALL);
    display.pan = Some([0.25, -0.5]);
    display.zoom = Some(1.0);
    display.exposure = Some(0.0);
    display.channel = Some("RGBA".to_owned());
    display.annotations_visible = Some(true);
    display
}

fn frontier() -> WireFrontier {
    [(frontier_key(ALICE, RUN), 41), (frontier_key(BOB, "07be2255c1"), 7)].into()
}

fn snapshot() -> StateSnapshot {
    let timelines = [(SEQUENCE, timeline())].into_iter().collect();
    let mut snapshot = StateSnapshot::new(BOB, timelines, Some(SEQUENCE.to_owned()), WALL);
    snapshot.playback_state = Some(Box::new(playback()));
    snapshot.display_state = Some(Box::new(display()));
    snapshot.host_guid = Some(ALICE.to_owned());
    snapshot.peers = Some(roster());
    snapshot.session_roles = Some(roles());
    snapshot.broadcast_ownership = Some(leases());
    snapshot
}

fn announce() -> PeerAnnounce {
    let mut announce = PeerAnnounce::new(ALICE, "openrv", vec!["visibility".to_owned()]);
    announce.role = Some("driver".to_owned());
    announce.identity = Some(alice());
    announce
}

fn hello() -> Hello {
    let text = |text: &str| Some(text.to_owned());
    let (name, role, app) = (text("Alice Doe"), text("driver"), text("otio-sync"));
    Hello { secret: Some(Secret::from("hunter2")), name, role, app, ..Hello::new(ALICE, RUN, frontier()) }
}

fn heartbeat() -> Heartbeat {
    let existing = ExistingSummary::new(3, "1f2e3d4c");
    Heartbeat {
        base: Some("base-1".to_owned()),
        settled: Some(place()),
        hears: BTreeMap::from([("existing-1".to_owned(), 2_500_000)]),
        serves: true,
        ..Heartbeat::new(RUN, frontier(), existing, "a1b2c3d4", 1_795_251_807_662_459)
    }
}

fn request() -> OperationsRequest {
    let base = Some("base-1".to_owned());
    OperationsRequest {
        existing: vec![18_446_744_073_709_551_615, 12],
        base,
        settled: Some(place()),
        ..OperationsRequest::new(ALICE, 2, frontier())
    }
}

fn operations() -> Operations {
    let envelope = Envelope::new("dailies", ALICE, RenameTimeline::new(SEQUENCE, "Reel 2", WALL));
    let envelope = envelope.with_operation(OperationFields::new(RUN, 16));
    let base = Base {
        id: "base-1".to_owned(),
        snapshot_timestamp: WALL,
        timelines: [(SEQUENCE, timeline())].into_iter().collect(),
        timeline_order: vec![SEQUENCE.to_owned()],
        active_timeline_guid: Some(SEQUENCE.to_owned()),
        ..Base::default()
    };
    let view = View {
        playback_state: Some(Box::new(playback())),
        display_state: Some(Box::new(display())),
        active_timeline_guid: Some(SEQUENCE.to_owned()),
        host_guid: Some(ALICE.to_owned()),
        peers: Some(roster()),
        session_roles: Some(roles()),
        broadcast_ownership: Some(leases()),
        ..View::default()
    };
    Operations {
        base: Some(base),
        view: Some(view),
        ..Operations::new(BOB, 2, 0, true, vec![envelope.to_value()])
    }
}

fn place() -> Place {
    Place::new(1_795_251_807_662_459, ALICE, RUN, 41)
}

fn checkpoint() -> Checkpoint {
    let body = Checkpoint::new(place(), frontier(), vec![18_446_744_073_709_551_615, 12], "5f3c1d", WALL);
    Checkpoint { after: Some("07be22".to_owned()), ..body }
}

fn settled_state() -> SettledState {
    let piece = SettledState::new("5f3c1d", 1_000_000, 262_144, "eNqrVkrOSSwuVrJSqgUAIeQEvA==");
    SettledState { target_guid: BOB.to_owned(), request: 2, ..piece }
}

fn refusal() -> Refusal {
    let (run, seq, event) = (Some(RUN.to_owned()), Some(17), Some("SET_PROPERTY".to_owned()));
    Refusal { run, seq, event, ..Refusal::new(ALICE, "role", "a viewer may not change the cut") }
}

/// The `op` object of a sample.
fn operation(message: &Message) -> Option<OperationFields> {
    let fields = OperationFields { seen: Some(frontier()), ..OperationFields::new(RUN, 17) };
    match message {
        Message::StateSnapshot(_) => Some(OperationFields { seq: 0, ..fields }),
        Message::SetPeerRole(_) | Message::OperationStamp(_) => {
            Some(OperationFields { hlc: Some(1_795_251_807_662_459), ..fields })
        }
        Message::InsertChild(_) => Some(OperationFields {
            after: Some(Anchor::beside(CLIP)),
            before: Some(Anchor::EDGE),
            txn: Some("9f3c61d07a-4".to_owned()),
            ..fields
        }),
        Message::MoveChild(_) => Some(OperationFields { after: Some(Anchor::EDGE), ..fields }),
        Message::RemoveChild(_) => {
            Some(OperationFields { undo_of: vec![format!("{ALICE}/{RUN}/16")], ..fields })
        }
        Message::ReplaceTimeline(_) => {
            Some(OperationFields { settled: Some(place()), repair: true, ..fields })
        }
        message if message.is_durable() => Some(fields),
        _ => None,
    }
}

/// Every message in the order of the registry.
pub(crate) fn all() -> Vec<Envelope> {
    let color = json(r#"{"config": "studio", "working_space": "ACEScg", "output_space": "Rec.709"}"#);
    let (clip_guid, text) = (Some(CLIP.to_owned()), |text: &str| Some(text.to_owned()));
    let messages: Vec<Message> = vec![
        WhoIsMaster::new(ALICE).into(),
        IAmMaster::new(ALICE).into(),
        StateRequest::new(ALICE, BOB).into(),
        snapshot().into(),
        announce().into(),
        PeerDepart::new(ALICE).into(),
        SetPeerRole { issuer_guid: text(ALICE), ..SetPeerRole::new("bob", "viewer") }.into(),
        NewPresenter::new("d3447b5c").into(),
        NewParticipant::new().into(),
        SharedKeyRequest::new("cHVibGlj").into(),
        SharedKeyResponse::new("c2VjcmV0").into(),
        AddTimeline::new(SEQUENCE, timeline(), WALL).into(),
        RenameTimeline::new(SEQUENCE, "Reel 1 – ☃😀", WALL).into(),
        RemoveTimeline::new(SEQUENCE, WALL).into(),
        ReplaceTimeline::new(SEQUENCE, timeline(), WALL).into(),
        SetProperty::new(SEQUENCE, "metadata/color", color, WALL).into(),
        InsertChild::new(TRACK, InsertChild::APPEND, clip(), WALL).into(),
        MoveChild::new(TRACK, CLIP, 0, WALL).into(),
        RemoveChild::new(TRACK, CLIP, WALL).into(),
        ReplaceAnnotationCommands::new(NOTES, stroke(), WALL).into(),
        playback().into(),
        display().into(),
        PartialAnnotation::new(CLIP, 52.0, 24.0, stroke()).into(),
        ClaimOwnership::new("position", ALICE, WALL).into(),
        ReleaseOwnership::new("position", ALICE).into(),
        Selection::new(clip_guid, "source", WALL).into(),
        hello().into(),
        Ack::new(ALICE, frontier()).into(),
        heartbeat().into(),
        request().into(),
        settled_state().into(),
        operations().into(),
        checkpoint().into(),
        OperationStamp::new(&Envelope::new("dailies", BOB, SetPeerRole::new("alice", "driver"))).into(),
        refusal().into(),
    ];
    messages.into_iter().map(envelope).collect()
}

fn envelope(message: Message) -> Envelope {
    let operation = operation(&message);
    let envelope = Envelope::new("dailies", ALICE, message);
    operation.into_iter().fold(envelope, Envelope::with_operation)
}
