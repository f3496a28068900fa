//! `cat` and `fold` on files of every kind, good and bad.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{example, json, run, run_with_input, stderr, stdout};
use lossless_json::Value;
use otio_bundle::{MediaReferencePolicy, write};
use otio_document::{Document, Reading};
use std::fs;

const CLIP: &str = r#"{"OTIO_SCHEMA":"Clip.2","name":"a","metadata":{"sync":{"guid":"c1"}}}"#;

fn timeline(guid: &str, name: &str) -> String {
    format!(
        r#"{{"OTIO_SCHEMA":"Timeline.1","metadata":{{"sync":{{"guid":"{guid}"}}}},"name":"{name}","global_start_time":null,"tracks":{{"OTIO_SCHEMA":"Stack.1","metadata":{{"sync":{{"guid":"{guid}-s"}}}},"name":"tracks","source_range":null,"effects":[],"markers":[],"enabled":true,"color":null,"children":[]}}}}"#
    )
}

fn recorded(offset: f64, event: &str, body: &str) -> String {
    format!(
        r#"{{"time_offset": {offset}, "absolute_time": {}, "payload": {{"session": "s", "source_guid": "a", "payload": {{"command_schema": "TIMELINE_1.0", "command": {{"event": "{event}", "payload": {body}}}}}}}}}"#,
        1000.0 + offset
    )
}

fn add(offset: f64, guid: &str, name: &str) -> String {
    let body = format!(
        r#"{{"timeline_guid": "{guid}", "timeline": {}, "sync_timestamp": {}}}"#,
        timeline(guid, name),
        1000.0 + offset
    );
    recorded(offset, "ADD_TIMELINE", &body)
}

#[test]
fn the_example_is_written_as_opentimelineio_wrote_it() {
    let shown = run(&["cat", &example("dailies.otio")]);
    assert!(shown.status.success(), "{}", stderr(&shown));
    assert_eq!(stdout(&shown), fs::read_to_string(example("dailies.otio")).unwrap());
    assert_eq!(stderr(&shown), "");
    let alike = run(&["cat", "--like-opentimelineio", &example("dailies.otio")]);
    assert_eq!(alike.stdout, shown.stdout);
}

#[test]
fn standard_input_is_read_and_compact_has_no_white_space() {
    let shown = run_with_input(&["cat", "--compact", "-"], CLIP.as_bytes());
    assert!(
        stdout(&shown)
            .starts_with(r#"{"OTIO_SCHEMA":"Clip.2","metadata":{"sync":{"guid":"c1"}},"name":"a","#)
    );
    assert!(!stdout(&shown).ends_with('\n'), "no final newline in a pipe");
}

#[test]
fn what_was_repaired_or_kept_is_told_on_standard_error() {
    let text = r#"{"OTIO_SCHEMA":"Marker.3","name":"m","name":"n"}"#;
    let shown = run_with_input(&["cat", "-"], text.as_bytes());
    assert!(shown.status.success());
    assert!(
        stderr(&shown).starts_with(
            "warning: standard input:1:38: $.name: the key stands twice in its object; the first one was kept\nwarning: standard input:1:1: $: Marker.3 is newer than 2;"
        ),
        "{}",
        stderr(&shown)
    );
    assert!(stderr(&shown).contains("stands twice"), "{}", stderr(&shown));
    assert_eq!(stderr(&run_with_input(&["cat", "--quiet", "-"], text.as_bytes())), "");
    let refused = run_with_input(&["cat", "--like-opentimelineio", "-"], text.as_bytes());
    assert_eq!(refused.status.code(), Some(1));
    let wanted = "error: standard input:1:1: $: this is not an OTIO document: opentimelineio refuses it: unsupported schema version: Marker.3";
    assert!(stderr(&refused).starts_with(wanted), "{}", stderr(&refused));
}

#[test]
fn guids_that_stand_twice_in_a_timeline_are_kept_and_told() {
    let text = format!("{{\"OTIO_SCHEMA\":\"Track.1\",\"kind\":\"Video\",\"children\":[\n{CLIP},\n{CLIP}]}}");
    let shown = run_with_input(&["cat", "--compact", "-"], text.as_bytes());
    assert!(shown.status.success());
    assert_eq!(stdout(&shown).matches(r#""guid":"c1""#).count(), 2);
    let told = stderr(&shown);
    assert!(told.contains("standard input:3:63: $.children[1].metadata.sync.guid: the GUID c1"), "{told}");
    assert!(told.contains("that of $.children[0]"), "{told}");

    let cuts =
        format!(r#"{{"OTIO_SCHEMA":"SerializableCollection.1","children":[{0},{0}]}}"#, timeline("t", "cut"));
    let shown = run_with_input(&["cat", "-"], cuts.as_bytes());
    assert_eq!(stderr(&shown), "", "a GUID may stand in several timelines");
}

#[test]
fn schemas_are_brought_to_older_versions_on_request() {
    let text = CLIP.replacen('{', r#"{"media_references":{"DEFAULT_MEDIA":{"OTIO_SCHEMA":"MissingReference.1"}},"active_media_reference_key":"DEFAULT_MEDIA","#, 1);
    for versions in ["0.14.0", "OTIO_CORE:0.14.0", "Clip=1"] {
        let shown = run_with_input(&["cat", "--compact", "--downgrade", versions, "-"], text.as_bytes());
        assert_eq!(
            stdout(&shown),
            r#"{"OTIO_SCHEMA":"Clip.1","color":null,"effects":[],"enabled":true,"markers":[],"media_reference":{"OTIO_SCHEMA":"MissingReference.1","available_image_bounds":null,"available_range":null,"metadata":{},"name":""},"metadata":{"sync":{"guid":"c1"}},"name":"a","source_range":null}"#,
            "{}",
            stderr(&shown)
        );
    }
    let refused = run_with_input(&["cat", "--downgrade", "MissingReference=0", "-"], text.as_bytes());
    assert_eq!(refused.status.code(), Some(1));
    let wanted = "error: standard input cannot be downgraded: $.media_references.DEFAULT_MEDIA is MissingReference.1 and";
    assert!(stderr(&refused).starts_with(wanted), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("\nhelp: leave MissingReference out"), "{}", stderr(&refused));
    let unknown = run_with_input(&["cat", "--downgrade", "0.13.0", "-"], text.as_bytes());
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("give one of 0.14.0, 0.15.0"), "{}", stderr(&unknown));
}

#[test]
fn bundles_are_read_as_the_document_in_them() {
    let directory = tempfile::tempdir().unwrap();
    let text = fs::read(example("dailies.otio")).unwrap();
    let cut = Document::read(&text, Reading::Exact).unwrap();
    for name in ["cut.otioz", "cut.OTIOD"] {
        let path = directory.path().join(name);
        write(&cut, &path, MediaReferencePolicy::AllMissing).unwrap();
        let shown = run(&["cat", &path.display().to_string()]);
        assert!(shown.status.success(), "{}", stderr(&shown));
        let content = otio_bundle::read(&path).unwrap().content;
        assert_eq!(stdout(&shown).into_bytes(), content, "{name}");
        assert!(stdout(&shown).contains("MissingReference.1"), "{name}");
    }
    let damaged = directory.path().join("damaged.otioz");
    fs::write(&damaged, &fs::read(directory.path().join("cut.otioz")).unwrap()[40..]).unwrap();
    let empty = directory.path().join("empty.otiod");
    fs::create_dir(&empty).unwrap();
    let missing = directory.path().join("missing.otioz");
    let cases = [
        (damaged, "it is not a sound zip archive"),
        (empty, "it holds no content.otio"),
        (missing, "does not exist"),
    ];
    for (path, reason) in cases {
        let refused = run(&["cat", &path.display().to_string()]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains(reason), "{}", stderr(&refused));
        assert!(stderr(&refused).contains("\nhelp: "), "{}", stderr(&refused));
    }
}

#[test]
fn a_document_is_written_to_a_file_or_a_bundle() {
    let directory = tempfile::tempdir().unwrap();
    let media = directory.path().join("sh010.mov");
    fs::write(&media, "frames").unwrap();
    let clip = format!(
        r#"{{"OTIO_SCHEMA":"Clip.2","name":"sh010","media_references":{{"DEFAULT_MEDIA":{{"OTIO_SCHEMA":"ExternalReference.1","target_url":"{}"}}}},"active_media_reference_key":"DEFAULT_MEDIA"}}"#,
        media.display()
    );
    let cut = directory.path().join("cut.otio");
    let path = |name: &str| directory.path().join(name).display().to_string();
    fs::write(&cut, clip).unwrap();

    let written = run(&["cat", &path("cut.otio"), "-o", &path("cut.otioz")]);
    assert!(written.status.success() && written.stdout.is_empty(), "{}", stderr(&written));
    let bundle = otio_bundle::read(&directory.path().join("cut.otioz")).unwrap();
    assert_eq!(bundle.media.len(), 1);
    let shown = stdout(&run(&["cat", &path("cut.otioz")]));
    assert!(shown.contains(r#""target_url": "media/sh010.mov""#), "{shown}");

    let copied = run(&["cat", "--compact", &path("cut.otio"), "-o", &path("copy.otio")]);
    assert!(copied.status.success(), "{}", stderr(&copied));
    assert_eq!(
        fs::read_to_string(path("copy.otio")).unwrap(),
        stdout(&run(&["cat", "--compact", &path("cut.otio")]))
    );

    fs::remove_file(&media).unwrap();
    let cases: [(&[&str], i32, &str, &str); 6] = [
        (&["-o", "copy.otio"], 1, "exists already", "pass --force"),
        (&["-o", "cut.otioz"], 1, "cut.otioz exists", "name another file"),
        (&["-o", "new.otioz"], 1, "sh010.mov does not exist", "--media missing-if-not-file"),
        (&["--compact", "-o", "new.otioz"], 2, "--compact is not for bundles", "leave --compact out"),
        (&["--media", "all-missing", "-o", "new.otio"], 2, "--media is for bundles", ".otioz or .otiod"),
        (&["-o", "nowhere/new.otio"], 1, "cannot be written", "check that the directory exists"),
    ];
    for (options, code, what, help) in cases {
        let options = options
            .iter()
            .map(|option| if option.contains(".otio") { path(option) } else { (*option).to_owned() });
        let arguments: Vec<String> =
            ["cat".to_owned(), path("cut.otio")].into_iter().chain(options).collect();
        let refused = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(refused.status.code(), Some(code), "{}", stderr(&refused));
        let told = stderr(&refused);
        assert!(
            told.contains(what) && told.lines().any(|line| line.starts_with("help: ") && line.contains(help)),
            "{told}"
        );
    }
    assert!(!directory.path().join("new.otioz").exists(), "nothing is left behind");
    let missing =
        run(&["cat", &path("cut.otio"), "-o", &path("new.otiod"), "--media", "missing-if-not-file"]);
    assert!(missing.status.success(), "{}", stderr(&missing));
    let forced = run(&["cat", &path("cut.otio"), "-o", &path("copy.otio"), "--force"]);
    assert!(forced.status.success(), "{}", stderr(&forced));
}

#[test]
fn files_that_are_no_documents_are_told_with_place_and_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let cases = [
        (directory.path().join("no.otio").display().to_string(), "does not exist"),
        (
            at("broken.otio", b"{\n  \"OTIO_SCHEMA\": \"Clip.2\",\n  oops\n}"),
            "broken.otio:3:3: $: this is not an OTIO document: found 'o', expected a key in quotation marks",
        ),
        (at("empty.otio", b""), "the text is empty"),
        (at("binary.otio", b"\xff\xfe\x00"), "binary.otio:1:1: $: this is not an OTIO document"),
        (at("deep.otio", "[".repeat(1_000_000).as_bytes()), "deep.otio:1:513: $[0][0][0]"),
        (
            at("torn.otio", b"{\"tracks\": {\"children\": [{\n\"name\": \"V"),
            "torn.otio:2:11: $.tracks.children[0].name: ",
        ),
    ];
    for (path, wanted) in cases {
        let failed = run(&["cat", &path]);
        assert_eq!(failed.status.code(), Some(1), "{path}");
        assert!(
            stderr(&failed).starts_with("error: ") && stderr(&failed).contains("\nhelp: "),
            "{}",
            stderr(&failed)
        );
        assert!(stderr(&failed).contains(wanted), "{path}: {}", stderr(&failed));
        assert_eq!(stdout(&failed), "");
    }
}

#[test]
fn json_without_an_otio_object_is_shown_as_opentimelineio_does_but_told() {
    for text in ["[1,2]", r#"{"a":1}"#] {
        let shown = run_with_input(&["cat", "--compact", "-"], text.as_bytes());
        assert_eq!(stdout(&shown), text);
        assert_eq!(
            stderr(&shown),
            "warning: standard input: this is JSON without an OTIO object at its root\n"
        );
    }
}

#[test]
fn a_timeline_of_a_recording_is_chosen_by_its_guid() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("two.jsonl");
    fs::write(&path, format!("{}\n\n{}\n", add(0.0, "t1", "one"), add(2.0, "t2", "two"))).unwrap();
    let path = path.display().to_string();
    let which = run(&["cat", &path]);
    assert_eq!(which.status.code(), Some(1));
    assert!(
        stderr(&which).contains("has 2 timelines\nhelp: name one of them:\n  --timeline t1   one\n"),
        "{}",
        stderr(&which)
    );
    let shown = run(&["cat", "--compact", "--timeline", "t2", &path]);
    assert_eq!(stdout(&shown), timeline("t2", "two"));
    let missing = run(&["cat", "--timeline", "t3", &path]);
    assert!(stderr(&missing).contains("has no timeline t3"), "{}", stderr(&missing));
    let document = run(&["cat", "--timeline", "t3", &example("dailies.otio")]);
    assert_eq!(document.status.code(), Some(2));
}

#[test]
fn corrupt_lines_of_a_recording_are_told_by_number_and_skipped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("torn.jsonl");
    fs::write(
        &path,
        format!("{}\nnot json\n{{\"a\":1}}\n{}\n", add(0.0, "t1", "one"), add(2.0, "t2", "two")),
    )
    .unwrap();
    let path = path.display().to_string();
    let folded = run(&["fold", &path]);
    assert!(folded.status.success(), "{}", stderr(&folded));
    for line in ["torn.jsonl:2:1: $: it is not JSON: found 'n'", "torn.jsonl:3:1: $: it holds no"] {
        assert!(stderr(&folded).contains(line), "{}", stderr(&folded));
    }
    let state = json(&stdout(&folded));
    assert_eq!(state.get("recording"), Some(&Value::from("torn")));
    assert_eq!(state.get("bad_lines"), Some(&vec![2_i64, 3].into()));
    assert_eq!(state.get("timeline_order"), Some(&vec!["t1", "t2"].into()));
}

#[test]
fn a_fold_stops_at_a_time() {
    let text = format!("{}\n{}\n", add(0.0, "t1", "one"), add(2.0, "t2", "two"));
    let at = |seconds: &str| {
        let folded = run_with_input(&["fold", "-", "--compact", "--at", seconds], text.as_bytes());
        json(&stdout(&folded)).get("timeline_order").cloned().unwrap()
    };
    assert_eq!(at("1.9"), vec!["t1"].into());
    assert_eq!(at("2"), vec!["t1", "t2"].into());
}

#[test]
fn what_is_no_recording_is_refused_by_fold() {
    let refused = run(&["fold", &example("dailies.otio")]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused)
            .contains("dailies.otio:1:2: $: this is not a recording: it is not JSON: the text ends"),
        "{}",
        stderr(&refused)
    );
    let directory = tempfile::tempdir().unwrap();
    let empty = run(&["fold", &directory.path().display().to_string()]);
    assert!(stderr(&empty).contains("holds no log-000001.jsonl"), "{}", stderr(&empty));
}

#[test]
fn the_recordings_fold_to_their_goldens_counts_and_view() {
    let Some(shared) = common::shared() else { return };
    let mut found = 0;
    for entry in fs::read_dir(shared.join("recordings/golden")).unwrap() {
        let golden = entry.unwrap().path();
        let recording = shared.join("recordings").join(golden.with_extension("jsonl").file_name().unwrap());
        let folded = run(&["fold", &recording.display().to_string()]);
        let (ours, theirs) = (json(&stdout(&folded)), json(&fs::read_to_string(&golden).unwrap()));
        for (key, value) in theirs.as_object().unwrap().iter().filter(|(key, _)| *key != "timelines") {
            assert_eq!(ours.get(key), Some(value), "{key} of {}", recording.display());
        }
        found += 1;
    }
    assert!(found > 0);
}
