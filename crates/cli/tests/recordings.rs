//! Recording a session, and playing it again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::session::{Host, agreed};
use common::{Process, eventually, example, json, run, stderr, stdout};
use lossless_json::{Style, Value};
use std::fs;

fn timelines(state: &str) -> String {
    let state = json(state);
    [state.get("timelines").unwrap(), state.get("timeline_order").unwrap()]
        .map(|value| value.to_text(Style::Strict))
        .join("\n")
}

fn lines(path: &str) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

fn guids(state: &str) -> (String, Vec<String>) {
    let state = json(state);
    let timeline =
        state.get("timeline_order").and_then(Value::as_array).unwrap()[0].as_str().unwrap().to_owned();
    let tracks =
        state.at(&["timelines", &timeline, "tracks", "children"]).and_then(Value::as_array).unwrap().to_vec();
    let guid =
        |object: &Value| object.at(&["metadata", "sync", "guid"]).unwrap().as_str().unwrap().to_owned();
    let children = tracks[0].get("children").and_then(Value::as_array).unwrap().iter();
    let clips = children.filter(|child| child.get("OTIO_SCHEMA") == Some(&"Clip.2".into())).map(guid);
    (guid(&tracks[0]), clips.collect())
}

fn edits(joiner: &mut Process, from: usize) {
    let (track, clips) = guids(&joiner.state());
    for number in from..from + 4 {
        let clip = &clips[number % clips.len()];
        joiner.done(
            "set_property",
            &format!(r#""target_uuid":"{clip}","path":"metadata/n","value":{number}.0"#),
        );
        joiner.done(
            "move_child",
            &format!(r#""parent_uuid":"{track}","child_uuid":"{clip}","to_index":{number}"#),
        );
        joiner.done("insert_child", &format!(
            r#""parent_uuid":"{track}","index":{number},"child_data":{{"OTIO_SCHEMA":"Gap.1","name":"gap {number}"}}"#
        ));
        joiner.done("seek", &format!(r#""frame":{number}"#));
    }
    let clip = clips.iter().max().unwrap();
    joiner.done("display", &format!(r#""exposure":{from}.5"#));
    joiner.done("note", &format!(r#""clip_guid":"{clip}","frame":3,"text":"from {from}""#));
}

fn record(host: &Host, path: &str) -> Process {
    let recorder = host.start_other(&["record"], &["-o", path]);
    eventually("the recorder has the state", || {
        fs::read_to_string(path).is_ok_and(|text| text.contains("STATE_SNAPSHOT"))
    });
    recorder
}

#[test]
fn a_recording_replayed_into_an_empty_session_gives_the_same_state() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("review.jsonl").display().to_string();
    let host = Host::start(&[&example("dailies.otio")]);
    let (mut mika, mut aiko) = (host.join(&[]), host.join(&[]));
    edits(&mut mika, 1);
    agreed(&mut [&mut mika, &mut aiko]);
    let recorder = record(&host, &path);
    edits(&mut aiko, 10);
    agreed(&mut [&mut mika, &mut aiko]);
    edits(&mut mika, 20);
    let state = agreed(&mut [&mut mika, &mut aiko]);
    let before = lines(&path);
    eventually("the last edit is recorded", || {
        fs::read_to_string(&path).unwrap().contains("from 20") && lines(&path) >= before
    });
    recorder.signal("-INT");
    let (status, errors) = recorder.wait();
    assert_eq!((status.code(), errors.as_str()), (Some(0), ""));

    let folded = run(&["fold", &path]);
    assert_eq!(stderr(&folded), "");
    assert_eq!(json(&stdout(&folded)).get("timeline_order"), json(&state).get("timeline_order"));

    for options in [&["--speed", "max"][..], &["--speed", "max", "--keep-guids"], &["--speed", "1000"]] {
        let empty = Host::start(&["--session", "again"]);
        let mut watches = empty.join(&[]);
        let replay = empty.start_other(&["replay", &path], options);
        let (status, errors) = replay.wait();
        assert_eq!((status.code(), errors.as_str()), (Some(0), ""), "{options:?}");
        eventually("the same state", || timelines(&watches.state()) == timelines(&state));
        let view = json(&watches.state());
        assert_eq!(view.at(&["display_state", "exposure"]), Some(&20.5.into()), "{options:?}");
        assert_eq!(view.at(&["playback_state", "current_time", "value"]), Some(&23.0.into()), "{options:?}");
    }
}

#[test]
fn the_log_of_a_hosted_session_is_a_recording_too() {
    let host = Host::start(&[&example("dailies.otio")]);
    let mut joiner = host.join(&[]);
    edits(&mut joiner, 1);
    let state = joiner.state();
    joiner.finish();
    let place = host.place.display().to_string();
    let empty = Host::start(&["--session", "again"]);
    let mut watches = empty.join(&[]);
    let (status, errors) = empty.start_other(&["replay", &place], &["--speed", "0", "--quiet"]).wait();
    assert_eq!((status.code(), errors.as_str()), (Some(0), ""));
    eventually("the same state", || timelines(&watches.state()) == timelines(&state));
}

#[test]
fn a_file_is_not_overwritten_unless_asked_to() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("review.jsonl").display().to_string();
    fs::write(&path, "precious").unwrap();
    let host = Host::start(&[]);
    let refused = run(&["record", &host.address, "-o", &path]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("exists already\nhelp: name another file, or pass --force"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    let forced = run(&["record", &host.address, "-o", &path, "--force", "--for", "0.5"]);
    assert!(forced.status.success(), "{}", stderr(&forced));
    assert!(
        stdout(&forced).starts_with("recorded ") && stdout(&forced).contains(" messages in "),
        "{}",
        stdout(&forced)
    );
    let nowhere = run(&["record", &host.address, "-o", "/nowhere/at/all.jsonl"]);
    assert!(stderr(&nowhere).contains("cannot be written"), "{}", stderr(&nowhere));
}

#[test]
fn what_cannot_be_replayed_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let empty = directory.path().join("empty.jsonl");
    fs::write(&empty, "\n").unwrap();
    let host = Host::start(&[]);
    for (file, wanted) in [
        (empty.display().to_string(), "holds nothing that could be played"),
        (example("dailies.otio"), "is not a recording"),
        ("missing.jsonl".to_owned(), "does not exist"),
    ] {
        let failed = run(&["replay", &file, &host.address]);
        assert_eq!(failed.status.code(), Some(1));
        assert!(stderr(&failed).contains(wanted), "{}", stderr(&failed));
    }
}

#[test]
fn a_replay_waits_for_somebody_and_repeats_from_the_first_state() {
    let Some(shared) = common::shared() else { return };
    let path = shared.join("recordings/demo-reorder-3.jsonl").display().to_string();
    let host = Host::start(&["--session", "demo"]);
    let mut replay = host.start_other(&["replay", &path], &["--speed", "max", "--wait-for-peer", "--loop"]);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let mut watches = host.join(&[]);
    replay.line_with("replayed 1 timeline, 4 operations");
    replay.line_with("replayed 1 timeline, 4 operations");
    replay.signal("-INT");
    assert_eq!(replay.wait().0.code(), Some(0));
    watches.done("state", "");
}

#[test]
fn every_recording_of_the_reference_replays_to_its_fold() {
    let Some(shared) = common::shared() else { return };
    for entry in fs::read_dir(shared.join("recordings")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let path = path.display().to_string();
        let folded = json(&stdout(&run(&["fold", &path])));
        let host = Host::start(&["--session", "again"]);
        let mut watches = host.join(&[]);
        let (status, errors) = host.start_other(&["replay", &path], &["--speed", "max"]).wait();
        println!("{path}: {status} {errors}");
        assert_eq!(status.code(), Some(0), "{path}: {errors}");
        let without_view = |state: &Value| {
            let mut timelines = state.get("timelines").unwrap().clone();
            for (_, timeline) in timelines.as_object_mut().unwrap().iter_mut() {
                let metadata = timeline.as_object_mut().unwrap().get_mut("metadata").unwrap();
                metadata.as_object_mut().unwrap().remove("display_settings");
            }
            timelines.to_text(Style::Digest)
        };
        eventually("the same state", || without_view(&json(&watches.state())) == without_view(&folded));
    }
}
