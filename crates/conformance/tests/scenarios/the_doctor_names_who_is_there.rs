//! `otio-sync doctor` beside a peer written in Python that does what a latest reference peer does: it names it, says what it
//! does not understand, and nobody notices.

use std::path::Path;
use std::process::Output;

use lossless_json::{Object, Value};
use session_transport::{Address, LinkOptions, connect};

use crate::common::compare::json;
use crate::common::edits::fields;
use crate::common::host::Host;
use crate::common::lines::eventually;
use crate::common::material::{broker, checkout, python};
use crate::common::participant::Participant;
use crate::common::program::run;
use crate::common::reference_peer::ReferencePeer;

#[test]
fn over_rabbitmq_with_an_existing_master_and_one_of_the_seeds_generation() {
    let (Some(broker), Some(python)) = (broker(), python()) else { return };
    let session = "doctor-it-hosts";
    let mut theirs = ReferencePeer::start(&python, &broker, session, "reference");
    theirs.must("host", fields! { "file": checkout("examples/dailies.otio").display().to_string() });
    theirs.synced();
    let before = theirs.state();
    let address = format!("{broker}#{session}");
    let seed = seed_peer(&address);
    let report = looked_at(&address, 0);
    seed.join().unwrap();
    let (reference, selecting) = (peer(&report, "reference"), peer(&report, "seed-peer"));
    assert_eq!(text(&reference, "generation"), "latest", "{report:?}");
    assert_eq!(
        reference.get("is_master"),
        Some(&Value::Bool(true)),
        "it answered the question for its state"
    );
    assert_eq!(text(&selecting, "generation"), "seed");
    assert!(gaps(&selecting).contains(&"timelines_that_go".to_owned()));
    assert!(gaps(&reference).contains(&"newer_schemas".to_owned()));
    assert_eq!(unchanging(&theirs.state()), unchanging(&before), "nothing was changed");
}

#[test]
fn over_rabbitmq_a_session_that_nobody_opened_is_told_and_not_opened() {
    let Some(broker) = broker() else { return };
    for _ in 0..2 {
        let output = run(["doctor", &format!("{broker}#doctor-nobody"), "--json"]);
        assert_eq!(output.status.code(), Some(2));
        let report = json(&output.stdout);
        assert!(
            text(&report, "error").contains("has no exchange `sync_session_doctor-nobody`"),
            "{report:?}"
        );
    }
    let stranger = broker.replace("guest:guest", "guest:wrong");
    let output = run(["doctor", &format!("{stranger}#doctor-nobody"), "--json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&json(&output.stdout), "error").contains("the broker refused user `guest`"));
}

#[test]
fn over_datagrams_beside_one_of_ours() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
    let place = format!("127.255.255.255:{port}");
    let files: &[&Path] = &[&checkout("examples/dailies.otio")];
    let more = ["--udp", &format!("udp://{place}")];
    let host = Host::start("doctor-datagrams", files, &folder.path().join("data"), &more);
    let mut theirs = ReferencePeer::start_on_udp(&python, &place, "doctor-datagrams", "reference");
    theirs.must("join", fields! {});
    theirs.synced();
    let ours = Participant::join("Anna", &host.address);
    let before = state_that_lists(&mut theirs, &ours.guid());
    let report = looked_at(&format!("udp://{place}/doctor-datagrams"), 0);
    assert_eq!(text(&peer(&report, "reference"), "generation"), "latest", "{report:?}");
    assert_eq!(report.get("attended"), Some(&Value::Bool(true)));
    assert_eq!(text(&peer(&report, &ours.guid()), "kind"), "ours");
    assert_eq!(unchanging(&theirs.state()), unchanging(&before), "nothing was changed");
    ours.quit();
    host.close();
}

/// What an existing peer holds once it has heard that somebody is there.
fn state_that_lists(theirs: &mut ReferencePeer, guid: &str) -> Value {
    eventually("the existing peer has heard who joined", || {
        let state = theirs.state();
        if state.at(&["peers", guid]).is_some() { Ok(state) } else { Err(guid.to_owned()) }
    })
}

/// Looks on for as long as is usual; the exit code is as expected.
fn looked_at(address: &str, code: i32) -> Value {
    let output: Output = run(["doctor", address, "--json"]);
    let complaint = String::from_utf8_lossy(&output.stderr);
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(code), "{complaint}{told}");
    json(&output.stdout)
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn peer(report: &Value, guid: &str) -> Value {
    let peers = report.get("peers").and_then(Value::as_array).unwrap();
    peers
        .iter()
        .find(|peer| text(peer, "guid") == guid)
        .unwrap_or_else(|| panic!("{guid} in {report:?}"))
        .clone()
}

fn gaps(peer: &Value) -> Vec<String> {
    let gaps = peer.get("does_not_understand").and_then(Value::as_array).unwrap();
    gaps.iter().map(|gap| text(gap, "code").to_owned()).collect()
}

/// What a peer holds, but for what passes by itself.
fn unchanging(state: &Value) -> Object {
    let kept = ["timelines", "is_master", "master_guid", "status", "join_generation", "host_guid", "peers"];
    let object = state.as_object().unwrap();
    let held = object.iter().filter(|(key, _)| kept.contains(key));
    held.map(|(key, value)| (key.to_owned(), value.clone())).collect()
}

/// Says what only peers of the seed's generation say, again and again for some seconds.
fn seed_peer(address: &str) -> std::thread::JoinHandle<()> {
    let address: Address = address.parse().unwrap();
    let session = address.session().to_owned();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let link = connect(&address, LinkOptions::default()).await.unwrap();
            let said = format!(
                r#"{{"session":"{session}","source_guid":"seed-peer","payload":{{"command_schema":"SELECTION_1.0","command":{{"event":"SET","payload":{{"clip_guid":"c","view_mode":"source"}}}}}}}}"#
            );
            for _ in 0..16 {
                link.outgoing.send(said.clone().into()).await.unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(400)).await;
            }
            link.close().await;
        });
    })
}
