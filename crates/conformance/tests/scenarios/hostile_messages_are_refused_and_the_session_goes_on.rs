//! Whatever a stranger publishes, on the exchange or through the hub: it is refused and told, the document stays as
//! it was, and the others go on.

use std::time::Duration;

use lossless_json::{Style, Value};
use session_transport::{Address, Link, LinkEvent, LinkOptions, connect};
use tokio::time::timeout;

use crate::common::edits::{Scene, clip, fields};
use crate::common::host::Host;
use crate::common::lines::{LIMIT, eventually};
use crate::common::material::{broker, checkout};
use crate::common::participant::Participant;

/// Deeper than any message may be.
const BOMB_DEPTH: usize = 100_000;

#[tokio::test]
async fn on_the_exchange() {
    let Some(broker) = broker() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = checkout("examples/dailies.otio");
    let host = Host::start("hostile-amqp", &[&file], &folder.path().join("data"), &["--amqp", &broker]);
    let mut anna = Participant::join("Anna", &host.address);
    let mut ben = Participant::join("Ben", &format!("{broker}#hostile-amqp"));
    let before = anna.state().to_text(Style::Python);

    let stranger = open(&format!("{broker}#hostile-amqp")).await;
    let messages = hostile(&mut anna, &mut ben, "hostile-amqp");
    let count = messages.len();
    for message in messages {
        stranger.outgoing.send(message.into()).await.unwrap();
    }
    stranger.close().await;
    // Refusals are counted and told by whoever receives the messages; one of the last in line stands for all.
    for _ in 0..count / 2 {
        ben.effect("refused");
    }
    goes_on(&mut anna, &mut ben, &before);
    [anna, ben].into_iter().for_each(Participant::quit);
    host.close();
}

#[tokio::test]
async fn through_the_hub() {
    let folder = tempfile::tempdir().unwrap();
    let file = checkout("examples/dailies.otio");
    let host = Host::start("hostile-hub", &[&file], &folder.path().join("data"), &[]);
    let mut anna = Participant::join("Anna", &host.address);
    let mut ben = Participant::join("Ben", &host.address);
    let before = anna.state().to_text(Style::Python);

    let mut refusals = 0;
    for message in hostile(&mut anna, &mut ben, "hostile-hub") {
        let Ok(text) = String::from_utf8(message) else { continue };
        refusals += usize::from(is_refused_by_the_hub(&host.address, &text).await);
    }
    assert!(refusals > 20, "the hub tells a stranger what it refuses, not only {refusals} times");
    let greeted_wrongly = open(&host.address).await;
    greeted_wrongly.outgoing.send("\"hello\"".into()).await.unwrap();
    goes_on(&mut anna, &mut ben, &before);
    drop(greeted_wrongly);
    [anna, ben].into_iter().for_each(Participant::quit);
    host.close();
}

async fn open(address: &str) -> Link {
    let address: Address = address.parse().unwrap();
    let mut link = connect(&address, LinkOptions::default()).await.unwrap();
    assert_eq!(timeout(LIMIT, link.incoming.recv()).await.unwrap(), Some(LinkEvent::Up));
    link
}

/// Says hello, says the message, and looks whether a refusal comes or the door is shut.
async fn is_refused_by_the_hub(address: &str, message: &str) -> bool {
    let mut link = open(address).await;
    let hello = r#"{"session":"hostile-hub","source_guid":"stranger","payload":{"command_schema":"SESSION_LOG_1.0","command":{"event":"HELLO","payload":{"source_guid":"stranger","run":"1","frontier":{}}}}}"#;
    link.outgoing.send(hello.into()).await.unwrap();
    link.outgoing.send(message.to_owned().into()).await.unwrap();
    let mut is_refused = false;
    while let Ok(Some(event)) = timeout(Duration::from_millis(300), link.incoming.recv()).await {
        match event {
            LinkEvent::Message(bytes) => {
                is_refused |= String::from_utf8_lossy(&bytes).contains("\"REFUSAL\"");
            }
            LinkEvent::Down { .. } | LinkEvent::Failed(_) => return true,
            _ => {}
        }
    }
    is_refused
}

fn goes_on(anna: &mut Participant, ben: &mut Participant, before: &str) {
    for one in [&mut *anna, &mut *ben] {
        assert_eq!(one.state().to_text(Style::Python), before, "nothing hostile took effect");
    }
    let scene = Scene::of(&anna.state());
    let track = scene.parent_of(scene.clip(0)).to_owned();
    anna.must("insert_child", fields! { "parent_uuid": track, "index": 0_i64, "child_data": clip("after") });
    eventually("the session goes on", || {
        let (anna, ben) = (anna.state(), ben.state());
        let is_there = ben.to_text(Style::Python).contains("{\"guid\": \"after\"}");
        if is_there && anna == ben { Ok(()) } else { Err(format!("it is there: {is_there}")) }
    });
}

/// Messages that nobody may act on.
fn hostile(anna: &mut Participant, ben: &mut Participant, session: &str) -> Vec<Vec<u8>> {
    let state = anna.state();
    let scene = Scene::of(&state);
    let clip = scene.clip(0).to_owned();
    let timeline =
        state.get("timeline_order").and_then(Value::as_array).unwrap()[0].as_str().unwrap().to_owned();
    let mut messages: Vec<Vec<u8>> = vec![
        b"not json".to_vec(),
        b"".to_vec(),
        b"{".to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        b"\xff\xfe{}".to_vec(),
        b"[".repeat(BOMB_DEPTH),
        br#"{"a":"#.repeat(BOMB_DEPTH),
    ];
    messages.extend(malformed_envelopes(session));
    messages.extend(malformed_bodies(&clip, &timeline).iter().map(|(family, event, body)| {
        format!(r#"{{"session":"{session}","source_guid":"stranger","payload":{{"command_schema":"{family}","command":{{"event":"{event}","payload":{body}}}}}}}"#).into_bytes()
    }));
    for target in [anna.guid(), ben.guid()] {
        messages.extend(forged(session, &target, &timeline));
    }
    messages
}

fn malformed_envelopes(session: &str) -> Vec<Vec<u8>> {
    let body = r#"{"command_schema":"LiveSession.1","command":{"event":"WHO_IS_MASTER","payload":{"requester_guid":"x"}}}"#;
    [
        format!(r#"{{"session":"{session}","source_guid":7,"payload":{body}}}"#),
        format!(r#"{{"session":"{session}","source_guid":[],"payload":{body}}}"#),
        format!(r#"{{"session":"{session}","source_guid":"stranger","payload":"text"}}"#),
        format!(r#"{{"session":"{session}","source_guid":"stranger","payload":null}}"#),
        format!(r#"{{"session":"{session}","source_guid":"stranger","payload":{{"command_schema":"LiveSession.1","command":[]}}}}"#),
        format!(r#"{{"session":"{session}","source_guid":"stranger","payload":{{"command_schema":7,"command":{{}}}}}}"#),
        format!(r#"{{"session":"{session}","source_guid":"{}","payload":{body}}}"#, "g".repeat(5_000)),
    ]
    .map(String::into_bytes)
    .to_vec()
}

/// Family, event and body of messages whose fields are of the wrong kind, or mean what cannot be done.
const MALFORMED_BODIES: &[(&str, &str, &str)] = &[
    ("OTIO_SESSION_1.0", "INSERT_CHILD", r#"{"parent_uuid":"TIMELINE","index":"0","child_data":CHILD,TIME}"#),
    ("OTIO_SESSION_1.0", "INSERT_CHILD", r#"{"parent_uuid":"CLIP","index":0,"child_data":null,TIME}"#),
    ("OTIO_SESSION_1.0", "INSERT_CHILD", r#"{"parent_uuid":"CLIP","index":0,"child_data":CHILD,TIME}"#),
    ("OTIO_SESSION_1.0", "INSERT_CHILD", r#"{"parent_uuid":7,"index":0,"child_data":CHILD,TIME}"#),
    ("OTIO_SESSION_1.0", "SET_PROPERTY", r#"{"target_uuid":"CLIP","path":["name"],"value":1,TIME}"#),
    ("OTIO_SESSION_1.0", "SET_PROPERTY", r#"{"target_uuid":"CLIP","path":"LONG","value":1,TIME}"#),
    (
        "OTIO_SESSION_1.0",
        "SET_PROPERTY",
        r#"{"target_uuid":"CLIP","path":"name","value":"x","sync_timestamp":"soon"}"#,
    ),
    (
        "OTIO_SESSION_1.0",
        "SET_PROPERTY",
        r#"{"target_uuid":"CLIP","path":"metadata/sync/guid","value":"stolen",TIME}"#,
    ),
    ("OTIO_SESSION_1.0", "SET_PROPERTY", r#"{"target_uuid":"CLIP","path":"source_range","value":{},TIME}"#),
    (
        "OTIO_SESSION_1.0",
        "MOVE_CHILD",
        r#"{"parent_uuid":"TIMELINE","child_uuid":"CLIP","to_index":{},TIME}"#,
    ),
    ("OTIO_SESSION_1.0", "REMOVE_CHILD", r#"{"parent_uuid":null,"child_uuid":[],TIME}"#),
    (
        "OTIO_SESSION_1.0",
        "REPLACE_ANNOTATION_COMMANDS",
        r#"{"annotation_clip_guid":"CLIP","commands":"none",TIME}"#,
    ),
    ("TIMELINE_1.0", "ADD_TIMELINE", r#"{"timeline_guid":"evil","timeline":"none",TIME}"#),
    ("TIMELINE_1.0", "REPLACE_TIMELINE", r#"{"timeline_guid":"TIMELINE","timeline":[],TIME}"#),
    ("TIMELINE_1.0", "RENAME_TIMELINE", r#"{"timeline_guid":"TIMELINE","name":{},TIME}"#),
    ("PLAYBACK_SETTINGS_1.0", "SET", "[1,2,3]"),
    ("DISPLAY_SETTINGS_1.0", "SET", r#""bright""#),
    (
        "BROADCAST_OWNERSHIP_1.0",
        "CLAIM_OWNERSHIP",
        r#"{"category":"position","peer_guid":"stranger","claim_ts":"now"}"#,
    ),
    ("LiveSession.1", "PEER_ANNOUNCE", r#"{"peer_guid":{},"app":7}"#),
    ("LiveSession.1", "STATE_REQUEST", r#"{"target_guid":7,"requester_guid":[]}"#),
    (
        "SESSION_LOG_1.0",
        "HEARTBEAT",
        r#"{"run":"r","frontier":{"a":"b"},"existing":7,"digest":[],"hlc":-1,"serves":"yes"}"#,
    ),
    (
        "SESSION_LOG_1.0",
        "OPERATIONS",
        r#"{"target_guid":"","request":"r","part":-1,"last":"no","envelopes":{}}"#,
    ),
    ("SESSION_LOG_1.0", "ACK", r#"{"target_guid":7,"frontier":[]}"#),
];

fn malformed_bodies(clip: &str, timeline: &str) -> Vec<(&'static str, &'static str, String)> {
    let filled = |body: &str| {
        body.replace("TIME}", r#""sync_timestamp":1795251807.5}"#)
            .replace("CHILD,", r#"{"OTIO_SCHEMA":"Gap.1","metadata":{}},"#)
            .replace("LONG", &"a/".repeat(20_000))
            .replace("\"CLIP\"", &format!("\"{clip}\""))
            .replace("TIMELINE", timeline)
    };
    MALFORMED_BODIES.iter().map(|(family, event, body)| (*family, *event, filled(body))).collect()
}

/// What looks like the state of the session and is not.
fn forged(session: &str, target: &str, timeline: &str) -> Vec<Vec<u8>> {
    let empty = format!(
        r#"{{"OTIO_SCHEMA":"Timeline.1","metadata":{{"sync":{{"guid":"{timeline}"}}}},"name":"forged","tracks":{{"OTIO_SCHEMA":"Stack.1","metadata":{{}},"name":"tracks","children":[]}}}}"#
    );
    let bodies = [
        (
            "LiveSession.1",
            "STATE_SNAPSHOT",
            format!(
                r#"{{"target_guid":"{target}","timelines":{{}},"active_timeline_guid":null,"snapshot_timestamp":1999999999.5}}"#
            ),
        ),
        (
            "LiveSession.1",
            "STATE_SNAPSHOT",
            format!(
                r#"{{"target_guid":"{target}","timelines":{{"{timeline}":{empty}}},"active_timeline_guid":"{timeline}","snapshot_timestamp":1999999999.5}}"#
            ),
        ),
        (
            "LiveSession.1",
            "STATE_SNAPSHOT",
            format!(
                r#"{{"target_guid":"{target}","timelines":[],"active_timeline_guid":7,"snapshot_timestamp":1999999999.5}}"#
            ),
        ),
        (
            "SESSION_LOG_1.0",
            "OPERATIONS",
            format!(
                r#"{{"target_guid":"{target}","request":"nobody-asked","part":0,"last":true,"envelopes":[],"base":{{"id":"b","snapshot_timestamp":1.0,"timelines":{{}},"timeline_order":[]}}}}"#
            ),
        ),
    ];
    bodies
        .iter()
        .map(|(family, event, body)| {
            format!(r#"{{"session":"{session}","source_guid":"stranger","payload":{{"command_schema":"{family}","command":{{"event":"{event}","payload":{body}}}}}}}"#).into_bytes()
        })
        .collect()
}
