//! `record`, then `replay` into an empty session over RabbitMQ and over a hub: the same state.

use std::path::Path;

use lossless_json::Value;

use crate::common::compare::{assert_same, without_display};
use crate::common::edits::{Scene, clip, fields, stroke, timeline};
use crate::common::host::Host;
use crate::common::lines::eventually;
use crate::common::material::{broker, checkout};
use crate::common::participant::Participant;
use crate::common::program::{record, run};

#[test]
fn over_the_hub() {
    scenario("taped", "played", &[], |host, _| host.address.clone(), &[]);
}

#[test]
fn over_rabbitmq_with_the_recorded_sources() {
    let Some(broker) = broker() else { return };
    let by_broker = |_: &Host, session: &str| format!("{broker}#{session}");
    scenario("taped-amqp", "played-amqp", &["--amqp", &broker], by_broker, &["--keep-guids"]);
}

fn scenario(from: &str, to: &str, link: &[&str], address: impl Fn(&Host, &str) -> String, more: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let tape = folder.path().join("tape.jsonl");
    let recorded = {
        let file = checkout("examples/dailies.otio");
        let host = Host::start(from, &[&file], &folder.path().join("first"), link);
        let recorded = record_edits(&address(&host, from), &tape);
        host.close();
        recorded
    };
    let host = Host::start(to, &[], &folder.path().join("second"), link);
    let address = address(&host, to);
    let mut arguments = vec!["replay".to_owned(), tape.display().to_string(), address.clone()];
    arguments.extend(["--speed", "max"].iter().chain(more).map(|word| (*word).to_owned()));
    let replayed = run(&arguments);
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    let mut watcher = Participant::join("Watcher", &address);
    for part in ["timelines", "timeline_order"] {
        let played = watcher.state().get(part).unwrap().clone();
        assert_same(part, &without_display(&played), &without_display(recorded.get(part).unwrap()), 0);
    }
    watcher.quit();
    host.close();
}

/// Records a session in which two edit; the state that they leave.
fn record_edits(address: &str, tape: &Path) -> Value {
    let recorder = record(address, tape);
    let (mut anna, mut ben) = (Participant::join("Anna", address), Participant::join("Ben", address));
    let scene = Scene::of(&anna.state());
    let (first, track) = (scene.clip(0).to_owned(), scene.parent_of(scene.clip(0)).to_owned());
    let track = track.as_str();
    anna.must(
        "insert_child",
        fields! { "parent_uuid": track, "index": 0_i64, "child_data": clip("taped-1") },
    );
    ben.must("insert_child", fields! { "parent_uuid": track, "index": 0_i64, "child_data": clip("taped-2") });
    anna.must("annotate", fields! { "clip_guid": first.as_str(), "frame": 3_i64, "events": stroke("taped") });
    ben.must("add_timeline", fields! { "timeline": timeline("taped-tl", &["taped-3"]) });
    anna.must("move_child", fields! { "parent_uuid": track, "child_uuid": "taped-1", "to_index": 2_i64 });
    anna.must("undo", fields! {});
    ben.must(
        "set_property",
        fields! { "target_uuid": first.as_str(), "path": "metadata/x/y", "value": 1e-7 },
    );
    ben.must("display", fields! { "exposure": 2.0 });
    anna.must("rename_timeline", fields! { "timeline_guid": "taped-tl", "name": "é☃😀" });
    let state = eventually("both are equal", || {
        let (anna, ben) = (anna.state(), ben.state());
        let has_all = anna.get("timelines").is_some_and(|timelines| timelines.get("taped-tl").is_some());
        if has_all && anna == ben { Ok(anna) } else { Err("they differ".to_owned()) }
    });
    [anna, ben].into_iter().for_each(Participant::quit);
    recorder.interrupt();
    let (status, complaint) = recorder.end();
    assert!(status.success(), "the recorder ends in order: {complaint}");
    state
}
