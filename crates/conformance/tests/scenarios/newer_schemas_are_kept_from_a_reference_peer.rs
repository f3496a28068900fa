//! Objects in schema versions that opentimelineio has not yet, through every message that carries objects: a peer written in
//! Python with the real opentimelineio never raises, and goes on with the rest; peers of ours have them.

use lossless_json::{Object, Value};
use session_transport::{Address, LinkEvent, LinkOptions, connect};
use std::path::Path;

use crate::common::compare::json;
use crate::common::edits::{Scene, clip, fields, timeline};
use crate::common::host::Host;
use crate::common::lines::eventually;
use crate::common::material::{broker, checkout, python};
use crate::common::participant::Participant;
use crate::common::reference_peer::ReferencePeer;

#[test]
fn over_datagrams() {
    let Some(python) = python() else { return };
    let port = std::net::UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
    let place = format!("127.255.255.255:{port}");
    let join = |guid: &str| ReferencePeer::start_on_udp(&python, &place, "newer-datagrams", guid);
    scenario("newer-datagrams", &["--udp", &format!("udp://{place}")], join);
}

#[test]
fn over_rabbitmq() {
    let (Some(broker), Some(python)) = (broker(), python()) else { return };
    let join = |guid: &str| ReferencePeer::start(&python, &broker, "newer-broker", guid);
    scenario("newer-broker", &["--amqp", &broker], join);
}

fn scenario(session: &str, link: &[&str], start: impl Fn(&str) -> ReferencePeer) {
    let folder = tempfile::tempdir().unwrap();
    let files: &[&Path] = &[&checkout("examples/dailies.otio")];
    let host = Host::start(session, files, &folder.path().join("data"), link);
    let joins = |guid: &str| {
        let mut peer = start(guid);
        peer.must("join", fields! {});
        peer.synced();
        peer
    };
    let mut theirs = joins("reference");
    let (mut anna, mut ben) =
        (Participant::join("Anna", &host.address), Participant::join("Ben", &host.address));
    let first = Scene::of(&anna.state()).clip(0).to_owned();
    let track = Scene::of(&anna.state()).parent_of(&first).to_owned();

    // ADD_TIMELINE and REPLACE_TIMELINE are withheld.
    anna.must("add_timeline", fields! { "timeline": timeline("readable", &["r1"]) });
    anna.must("add_timeline", fields! { "timeline": of_the_future("future", "f1") });
    ben_has(&mut ben, "future");
    anna.must(
        "replace_timeline",
        fields! { "timeline_guid": "readable", "timeline": of_the_future("readable", "r1") },
    );
    ben.must("set_property", fields! { "target_uuid": "f1", "path": "name", "value": "inside" });
    // INSERT_CHILD and SET_PROPERTY are refused.
    for (command, wrong) in [
        (
            "insert_child",
            fields! { "parent_uuid": track.as_str(), "index": 0_i64, "child_data": clip_3("x") },
        ),
        (
            "set_property",
            fields! { "target_uuid": first.as_str(), "path": "metadata/kept", "value": marker_3() },
        ),
        (
            "set_property",
            fields! { "target_uuid": first.as_str(), "path": "markers", "value": Value::Array(vec![marker_3()]) },
        ),
    ] {
        assert_eq!(anna.ask(command, wrong).get("ok"), Some(&Value::Bool(false)), "{command}");
    }
    // A stranger that withholds nothing gets it past the hub to ours alone.
    a_native_inserts(&host.address, session, &track);
    ben_has(&mut ben, "stranger");
    ben.must("remove_child", fields! { "parent_uuid": track.as_str(), "child_uuid": "stranger" });
    ben.must(
        "set_property",
        fields! { "target_uuid": first.as_str(), "path": "name", "value": "afterwards" },
    );
    ben.must(
        "insert_child",
        fields! { "parent_uuid": track.as_str(), "index": 0_i64, "child_data": clip("y") },
    );

    goes_on(&mut theirs, &first);
    let mut late = joins("late");
    goes_on(&mut late, &first);
    assert!(timelines(&mut late).get("readable").is_none(), "what cannot be read is not in its state");
    for reference in [&mut theirs, &mut late] {
        assert!(timelines(reference).get("future").is_none(), "{:?}", timelines(reference));
    }
    assert_eq!(anna.state().at(&["timelines", "future", "name"]).and_then(Value::as_str), Some("future"));
    [anna, ben].into_iter().for_each(Participant::quit);
    host.close();
}

/// It lost no batch (which whoever drives it notices), and has what came after.
fn goes_on(reference: &mut ReferencePeer, clip: &str) {
    eventually("it goes on with the rest", || {
        let held = Value::Object(timelines(reference)).to_text(lossless_json::Style::Python);
        let has = held.contains("\"afterwards\"") && held.contains("{\"guid\": \"y\"}");
        if has { Ok(()) } else { Err(format!("{clip}: {held}")) }
    });
}

fn timelines(reference: &mut ReferencePeer) -> Object {
    reference.state().get("timelines").and_then(Value::as_object).unwrap().clone()
}

fn ben_has(ben: &mut Participant, guid: &str) {
    eventually(&format!("ours has {guid}"), || {
        let text = ben.state().to_text(lossless_json::Style::Python);
        if text.contains(&format!("{{\"guid\": \"{guid}\"}}")) { Ok(()) } else { Err(text) }
    });
}

fn of_the_future(guid: &str, clip: &str) -> Value {
    let mut made = timeline(guid, &[clip]);
    let object = made.as_object_mut().unwrap();
    object.insert("name", guid);
    object.get_mut("metadata").unwrap().as_object_mut().unwrap().insert("kept", marker_3());
    made
}

fn marker_3() -> Value {
    json(r#"{"OTIO_SCHEMA":"Marker.3","name":"m","metadata":{}}"#)
}

fn clip_3(guid: &str) -> Value {
    json(format!(
        r#"{{"OTIO_SCHEMA":"Clip.3","name":"{guid}","metadata":{{"sync":{{"guid":"{guid}"}}}},"media_references":{{}},"active_media_reference_key":""}}"#
    ))
}

/// One that speaks to the hub as peers of ours do.
fn a_native_inserts(address: &str, session: &str, track: &str) {
    let envelope = |family: &str, event: &str, body: &str, more: &str| {
        format!(
            r#"{{"session":"{session}","source_guid":"native","payload":{{"command_schema":"{family}","command":{{"event":"{event}","payload":{body}}}}}{more}}}"#
        )
    };
    let hello =
        envelope("SESSION_LOG_1.0", "HELLO", r#"{"source_guid":"native","run":"1","frontier":{}}"#, "");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    let child = clip_3("stranger").to_text(lossless_json::Style::Python);
    let body =
        format!(r#"{{"parent_uuid":"{track}","index":0,"child_data":{child},"sync_timestamp":{now}}}"#);
    let insert = envelope("OTIO_SESSION_1.0", "INSERT_CHILD", &body, r#","op":{"run":"1","seq":1}"#);
    let address: Address = address.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut link = connect(&address, LinkOptions::default()).await.unwrap();
        assert_eq!(link.incoming.recv().await, Some(LinkEvent::Up));
        link.outgoing.send(hello.into()).await.unwrap();
        link.outgoing.send(insert.into()).await.unwrap();
        assert_eq!(link.close().await, 0, "everything was sent");
    });
}
