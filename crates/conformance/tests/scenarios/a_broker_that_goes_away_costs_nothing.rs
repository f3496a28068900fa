//! A broker that cannot be reached is told at once; one that goes away in the midst of a session costs nothing: what
//! was edited on either side of the gap is there for all when it comes back.

use std::net::TcpListener;

use crate::common::edits::{Scene, clip, fields};
use crate::common::host::Host;
use crate::common::lines::eventually;
use crate::common::material::{broker, checkout};
use crate::common::participant::Participant;
use crate::common::program::run;
use crate::common::relay::{Relay, port_of, through};

#[test]
fn when_it_comes_back() {
    let Some(broker) = broker() else { return };
    let (hosts, bens) = (Relay::to(port_of(&broker)), Relay::to(port_of(&broker)));
    let folder = tempfile::tempdir().unwrap();
    let host_link = through(&broker, hosts.port);
    let data = folder.path().join("data");
    let host = Host::start("gap", &[&checkout("examples/dailies.otio")], &data, &["--amqp", &host_link]);
    let mut anna = Participant::join("Anna", &host.address);
    let mut ben = Participant::join("Ben", &format!("{}#gap", through(&broker, bens.port)));
    let mut cleo = Participant::join("Cleo", &format!("{broker}#gap"));

    let scene = Scene::of(&anna.state());
    let track = scene.parent_of(scene.clip(0)).to_owned();
    let insert = |who: &mut Participant, guid: &str| {
        who.must(
            "insert_child",
            fields! { "parent_uuid": track.as_str(), "index": 1_i64, "child_data": clip(guid) },
        );
    };
    insert(&mut ben, "before");
    bens.cut();
    ben.effect("link_down");
    insert(&mut anna, "while-ben-is-away");
    insert(&mut ben, "by-ben-alone");
    bens.mend();
    assert_all_have(&mut [&mut anna, &mut ben, &mut cleo], &["before", "while-ben-is-away", "by-ben-alone"]);

    hosts.cut();
    insert(&mut anna, "inside");
    insert(&mut cleo, "outside");
    hosts.mend();
    assert_all_have(&mut [&mut anna, &mut ben, &mut cleo], &["inside", "outside"]);
    [anna, ben, cleo].into_iter().for_each(Participant::quit);
    host.close();
}

fn assert_all_have(all: &mut [&mut Participant], guids: &[&str]) {
    eventually(&format!("all are equal and have {guids:?}"), || {
        let states: Vec<String> =
            all.iter_mut().map(|one| one.state().to_text(lossless_json::Style::Python)).collect();
        let has = guids.iter().all(|guid| states[0].contains(&format!("{{\"guid\": \"{guid}\"}}")));
        if has && states.iter().all(|state| *state == states[0]) {
            return Ok(());
        }
        Err(format!(
            "has them: {has}, digests {:?}",
            all.iter_mut().map(|one| one.digest()).collect::<Vec<_>>()
        ))
    });
}

#[test]
fn when_it_is_not_there_or_turns_us_away() {
    let Some(broker) = broker() else { return };
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let gone = through(&broker, nobody);
    let stranger = broker.replace("guest:guest", "guest:wrong");
    let (server, _) = broker.rsplit_once('/').unwrap();
    let elsewhere = format!("{server}/no-such-vhost");
    let file = checkout("examples/dailies.otio").display().to_string();
    for (what, url) in
        [("nobody listens", gone), ("a wrong password", stranger), ("a wrong vhost", elsewhere)]
    {
        let address = format!("{url}#s");
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("data").display().to_string();
        let recording = folder.path().join("r.jsonl").display().to_string();
        let host = ["host", &file, "--listen", "127.0.0.1:0", "--data", &kept, "--amqp", &url];
        for arguments in [
            &["join", &address][..],
            &["join", &address, "--json"],
            &["record", &address, "-o", &recording],
            &host,
        ] {
            let output = run(arguments);
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{what}: {arguments:?}: {complaint}");
            assert!(
                complaint.starts_with("error: ") && complaint.contains("\nhelp: "),
                "{what}: {complaint}"
            );
            assert!(
                !complaint.contains(":guest@") && !complaint.contains(":wrong@"),
                "no password is shown: {complaint}"
            );
        }
    }
}
