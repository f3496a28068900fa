//! One hosts, three join, 200 edits of every kind come from all of them at once, one joins late, one is killed and
//! joins again: all replicas and all folds are equal, over the hub and over RabbitMQ.

use std::collections::BTreeMap;
use std::path::Path;

use conformance::seeded::Random;
use lossless_json::{Object, Style, Value};

use crate::common::compare::{assert_same, differences, json, without_display};
use crate::common::edits::Scene;
use crate::common::host::Host;
use crate::common::lines::eventually;
use crate::common::material::{broker, checkout};
use crate::common::participant::Participant;
use crate::common::program::{record, run};

const EDITS: usize = 200;
/// Every command of `docs/protocol/join-json.md` that changes something; each is carried out in every session.
const EVERY_EDIT: [&str; 21] = [
    "set_property",
    "insert_child",
    "move_child",
    "remove_child",
    "add_timeline",
    "rename_timeline",
    "remove_timeline",
    "replace_timeline",
    "annotate",
    "replace_annotation",
    "note",
    "partial_annotation",
    "play",
    "pause",
    "seek",
    "playback",
    "select",
    "display",
    "set_peer_role",
    "undo",
    "redo",
];
const LATE_AT: usize = 60;
const KILLED_AT: usize = 120;
/// Participants learn what the others did only every so often, so that they edit what has changed meanwhile.
const LOOK_EVERY: usize = 12;

#[test]
fn over_the_hub() {
    scenario("hub-run", 1, &[], |host| host.address.clone());
}

#[test]
fn over_rabbitmq() {
    let Some(broker) = broker() else { return };
    let address = format!("{broker}#rabbit-run");
    scenario("rabbit-run", 2, &["--amqp", &broker], |_| address.clone());
}

fn scenario(session: &str, seed: u64, more: &[&str], address: impl Fn(&Host) -> String) {
    let folder = tempfile::tempdir().unwrap();
    let (data, recording) = (folder.path().join("data"), folder.path().join("session.jsonl"));
    let host = Host::start(session, &[&checkout("examples/dailies.otio")], &data, more);
    let address = address(&host);
    let recorder = record(&address, &recording);
    let mut present: Vec<Participant> =
        ["Anna", "Ben", "Cleo"].iter().map(|name| Participant::join(name, &address)).collect();
    // Another seed makes another session: OTIO_SYNC_SEED=7 cargo xtask test -- many_peers
    let seed = std::env::var("OTIO_SYNC_SEED").map_or(seed, |seed| seed.parse().unwrap());
    let done = edit_at_once(&mut present, &address, seed);
    println!("seed {seed}: {EDITS} edits were carried out, of these {done:?}");
    for command in EVERY_EDIT {
        assert!(done.contains_key(command), "{command} was carried out: {done:?}");
    }

    let state = agreed(&mut present);
    present.drain(..).for_each(Participant::quit);
    recorder.interrupt();
    let (status, complaint) = recorder.end();
    assert!(status.success(), "the recorder ends in order: {complaint}");
    host.close();
    assert_folds_to("the host's log", &data, &state);
    assert_folds_to("the recording", &recording, &state);
}

/// The edits; how many of each command were carried out.
fn edit_at_once(present: &mut Vec<Participant>, address: &str, seed: u64) -> BTreeMap<&'static str, usize> {
    let mut random = Random::new(seed);
    let (mut done, mut sent) = (BTreeMap::new(), 0);
    let mut latest: BTreeMap<String, &str> = BTreeMap::new();
    let mut scene = Scene::of(&present[0].state());
    while done.values().sum::<usize>() < EDITS || EVERY_EDIT.iter().any(|command| !done.contains_key(command))
    {
        assert!(sent < 5 * EDITS, "most edits are carried out, not {done:?} of {sent}");
        if sent / LOOK_EVERY != (sent + present.len()) / LOOK_EVERY {
            let looks = random.below(present.len());
            scene = Scene::of(&present[looks].state());
        }
        let asked: Vec<(&str, u64)> = present
            .iter_mut()
            .map(|participant| {
                sent += 1;
                let undid = latest.get(&participant.guid()) == Some(&"undo");
                let (command, fields) = if undid && random.below(2) == 0 {
                    ("redo", Object::new())
                } else {
                    scene.edit(&mut random, &format!("e{seed}-{sent}"))
                };
                latest.insert(participant.guid(), command);
                (command, participant.send(command, fields))
            })
            .collect();
        if (KILLED_AT..KILLED_AT + present.len()).contains(&sent) {
            // In the midst of its edits: nobody waits for its replies.
            present.remove(1).kill();
            present.push(Participant::join("Ben again", address));
            continue;
        }
        for (participant, (command, id)) in present.iter_mut().zip(asked) {
            if participant.reply(id).get("ok") == Some(&Value::Bool(true)) {
                *done.entry(command).or_default() += 1;
            }
        }
        if (LATE_AT..LATE_AT + present.len()).contains(&sent) {
            present.push(Participant::join("Dora", address));
        }
    }
    done
}

/// The state that all have in the end, byte for byte.
fn agreed(present: &mut [Participant]) -> Value {
    eventually("all replicas are equal", || {
        let texts: Vec<String> = present.iter_mut().map(|one| one.state().to_text(Style::Python)).collect();
        if texts.iter().all(|text| *text == texts[0]) {
            return Ok(json(&texts[0]));
        }
        let others = texts[1..].iter().map(|text| differences(&json(&texts[0]), &json(text), 0));
        Err(format!("against the first: {:#?}", others.collect::<Vec<_>>()))
    })
}

fn assert_folds_to(what: &str, log: &Path, state: &Value) {
    let folded = run(["fold".as_ref(), log.as_os_str()]);
    assert!(folded.status.success(), "{what}: {}", String::from_utf8_lossy(&folded.stderr));
    let folded = json(folded.stdout);
    for part in ["timelines", "timeline_order"] {
        let shown = without_display(state.get(part).unwrap());
        let folded = without_display(folded.get(part).unwrap());
        assert_same(what, &folded, &shown, 0);
        assert_eq!(
            folded.to_text(Style::Digest),
            shown.to_text(Style::Digest),
            "{what}: {part}, to the byte"
        );
    }
}
