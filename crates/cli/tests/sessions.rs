//! Hosts and joiners as processes: edits, kills, restarts, refusals.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::session::{Host, agreed};
use common::{Process, eventually, example, json, otio_sync};
use lossless_json::{Style, Value};
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// The timeline, its first track, and the track's clips, by GUID.
struct Cut {
    timeline: String,
    track: String,
    clips: Vec<String>,
}

fn guid(object: &Value) -> String {
    object.at(&["metadata", "sync", "guid"]).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn cut(state: &str) -> Cut {
    let state = json(state);
    let timeline =
        state.get("timeline_order").and_then(Value::as_array).unwrap()[0].as_str().unwrap().to_owned();
    let tracks = state.at(&["timelines", &timeline, "tracks", "children"]).and_then(Value::as_array).unwrap();
    let children = tracks[0].get("children").and_then(Value::as_array).unwrap();
    let clips = children.iter().filter(|child| child.get("OTIO_SCHEMA") == Some(&"Clip.2".into())).map(guid);
    Cut { timeline, track: guid(&tracks[0]), clips: clips.collect() }
}

/// An edit of every kind, numbered.
fn edit(joiner: &mut Process, cut: &Cut, number: usize) {
    let Cut { timeline, track, clips } = cut;
    let clip = &clips[number % clips.len()];
    match number % 10 {
        0 => joiner.done("set_property", &format!(r#""target_uuid":"{clip}","path":"name","value":"shot {number}""#)),
        1 => joiner.done(
            "set_property",
            &format!(r#""target_uuid":"{clip}","path":"metadata/dailies/take","value":{number}"#),
        ),
        2 => joiner.done(
            "insert_child",
            &format!(r#""parent_uuid":"{track}","index":{number},"child_data":{{"OTIO_SCHEMA":"Clip.2","name":"new {number}"}}"#),
        ),
        3 => joiner.done("move_child", &format!(r#""parent_uuid":"{track}","child_uuid":"{clip}","to_index":0"#)),
        4 => joiner.done(
            "annotate",
            &format!(
                r#""clip_guid":"{clip}","frame":{number},"events":[{{"OTIO_SCHEMA":"TextAnnotation.1","text":"dark {number}","uuid":"u{number}"}}]"#
            ),
        ),
        5 => joiner.done("note", &format!(r#""clip_guid":"{clip}","frame":{number},"text":"note {number}""#)),
        6 => joiner.done("seek", &format!(r#""frame":{number}"#)),
        7 => joiner.done("display", &format!(r#""exposure":0.{number}"#)),
        8 => joiner.done("rename_timeline", &format!(r#""timeline_guid":"{timeline}","name":"cut {number}""#)),
        _ => joiner.done("undo", ""),
    };
}

#[test]
fn two_joiners_make_edits_of_every_kind_and_see_the_same() {
    let host = Host::start(&[&example("dailies.otio")]);
    let mut mika = host.join(&["--name", "Mika Lindqvist"]);
    let mut aiko = host.join(&["--name", "Aiko Tanabe"]);
    let found = cut(&agreed(&mut [&mut mika, &mut aiko]));
    assert_eq!(found.clips.len(), 5);
    for number in 0..40 {
        let editor = if number % 2 == 0 { &mut mika } else { &mut aiko };
        edit(editor, &found, number / 2 + (number % 2) * 3);
    }
    let state = agreed(&mut [&mut mika, &mut aiko]);
    assert!(state.contains("\"note 5\"") && state.contains("dark 4") && state.contains("new 2"), "{state}");
    assert!(aiko.effects.iter().any(|effect| effect.get("effect") == Some(&"set_property".into())));
    let mut late = host.join(&[]);
    assert_eq!(agreed(&mut [&mut late]), state);
    for joiner in [mika, aiko, late] {
        let (status, errors) = joiner.finish();
        assert_eq!((status.code(), errors.as_str()), (Some(0), ""));
    }
}

#[test]
fn a_joiner_that_is_killed_loses_nothing_that_was_acknowledged_and_comes_back_equal() {
    let host = Host::start(&[&example("dailies.otio")]);
    let mut stays = host.join(&[]);
    let mut killed = host.join(&[]);
    let found = cut(&agreed(&mut [&mut stays, &mut killed]));
    for number in 0..10 {
        edit(&mut killed, &found, number);
    }
    agreed(&mut [&mut stays, &mut killed]);
    killed.kill();
    stays.effect("peer_left");
    for number in 10..15 {
        edit(&mut stays, &found, number);
    }
    let mut back = host.join(&[]);
    agreed(&mut [&mut stays, &mut back]);
}

#[test]
fn a_host_that_is_killed_and_started_again_has_the_same_state() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("kept").display().to_string();
    let file = directory.path().join("cut.otio");
    std::fs::copy(example("dailies.otio"), &file).unwrap();
    let file = file.display().to_string();
    let host = Host::start(&[&file, "--data", &data]);
    let mut joiner = host.join(&[]);
    let found = cut(&joiner.state());
    for number in 0..20 {
        edit(&mut joiner, &found, number);
    }
    let before = joiner.state();
    let (status, errors) = joiner.finish();
    assert_eq!(status.code(), Some(0), "{errors}");
    host.process.kill();
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + "\n").unwrap();
    let again = Host::start(&[&file, "--data", &data]);
    assert!(
        again.process.errors().contains("has changed since this session was opened"),
        "{}",
        again.process.errors()
    );
    let mut joiner = again.join(&[]);
    assert_eq!(documents(&joiner.state()), documents(&before));
}

#[test]
fn a_bundle_is_hosted_as_the_document_in_it() {
    let directory = tempfile::tempdir().unwrap();
    let text = std::fs::read(example("dailies.otio")).unwrap();
    let cut = otio_document::Document::read(&text, otio_document::Reading::Exact).unwrap();
    let path = directory.path().join("monday.otioz");
    otio_bundle::write(&cut, &path, otio_bundle::MediaReferencePolicy::AllMissing).unwrap();
    let bundled = Host::start(&[&path.display().to_string()]);
    assert!(bundled.address.ends_with("/monday"), "{}", bundled.address);
    let state = json(&bundled.join(&[]).state());
    let [(_, timeline)] = state.get("timelines").unwrap().as_object().unwrap().iter().collect::<Vec<_>>()[..]
    else {
        panic!("one timeline, not {}", state.to_text(Style::Strict));
    };
    assert_eq!(timeline.get("name"), cut.to_value().get("name"));
}

/// What of a state a session's log keeps.
fn documents(state: &str) -> String {
    let state = json(state);
    let part = |key: &str| state.get(key).unwrap().to_text(Style::Strict);
    [part("timelines"), part("timeline_order"), part("digest")].join("\n")
}

#[test]
fn an_interrupted_host_takes_leave_and_its_folder_folds_to_the_state() {
    let host = Host::start(&[&example("dailies.otio")]);
    let mut joiner = host.join(&[]);
    let found = cut(&joiner.state());
    edit(&mut joiner, &found, 0);
    let state = json(&joiner.state());
    joiner.finish();
    host.process.signal("-INT");
    let place = host.place.clone();
    let (status, errors) = host.process.wait();
    assert_eq!((status.code(), errors.as_str()), (Some(0), ""));
    let folded = common::run(&["fold", &place.display().to_string()]);
    assert!(folded.status.success(), "{}", common::stderr(&folded));
    assert_eq!(json(&common::stdout(&folded)).get("timelines"), state.get("timelines"));
}

#[test]
fn bad_lines_are_answered_and_the_session_goes_on() {
    let host = Host::start(&[]);
    let mut joiner = host.start_joining(&["--role", "reviewer"]);
    let hello = json(&joiner.line());
    assert_eq!(hello.get("effect"), Some(&"hello".into()));
    assert_eq!(hello.get("version"), Some(&1_i64.into()));
    assert_eq!(hello.get("session"), Some(&"session".into()));
    joiner.effect("synced");
    let cases = [
        ("nonsense", "null", "not_json"),
        ("{\"id\": 7}", "7", "no_command"),
        ("{\"id\": 8, \"command\": \"fly\"}", "8", "unknown_command"),
        ("{\"id\": 9, \"command\": \"set_property\"}", "9", "missing_field"),
        ("{\"id\": 10, \"command\": \"seek\", \"frame\": \"soon\"}", "10", "wrong_field"),
        (
            "{\"id\": 11, \"command\": \"rename_timeline\", \"timeline_guid\": \"t\", \"name\": \"n\"}",
            "11",
            "role",
        ),
        ("{\"id\": -1, \"command\": \"play\"}", "null", "wrong_id"),
        ("[[[[", "null", "not_json"),
    ];
    for (line, id, code) in cases {
        joiner.send(line);
        let reply = loop {
            let value = json(&joiner.line());
            if value.get("reply").is_some() {
                break value;
            }
        };
        assert_eq!(reply.get("reply").unwrap().to_text(Style::Strict), id, "{line}");
        assert_eq!(reply.get("ok"), Some(&false.into()), "{line}");
        assert_eq!(reply.at(&["error", "code"]), Some(&code.into()), "{line}");
    }
    joiner.done("seek", r#""frame":3"#);
    joiner.done("quit", "");
    assert_eq!(joiner.wait().0.code(), Some(0));
}

#[test]
fn a_command_that_comes_before_the_session_is_joined_waits_for_it() {
    let host = Host::start(&[&example("dailies.otio")]);
    let mut joiner = host.start_joining(&[]);
    assert_eq!(cut(&joiner.state()).clips.len(), 5);
}

#[test]
fn a_port_that_is_taken_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let failed = common::run(&["host", &example("dailies.otio"), "--listen", &format!("127.0.0.1:{port}")]);
    assert_eq!(failed.status.code(), Some(1));
    let errors = common::stderr(&failed);
    assert!(
        errors.contains(&format!("error: port {port} is taken")) && errors.contains("--listen"),
        "{errors}"
    );
}

#[test]
fn a_session_that_is_not_there_is_told_at_once() {
    let host = Host::start(&[]);
    let address = host.address.replace("/session", "/nowhere");
    let failed = common::run(&["join", "--json", &address]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(common::stderr(&failed).contains("no session \"nowhere\""), "{}", common::stderr(&failed));
    let nobody = common::run(&["join", "ws://127.0.0.1:9/a"]);
    assert!(
        common::stderr(&nobody).contains("nothing listens at 127.0.0.1:9"),
        "{}",
        common::stderr(&nobody)
    );
    let broker =
        common::run(&["record", "amqp://guest:guest@127.0.0.1:9/%2F#a", "-o", "/tmp/never-written.jsonl"]);
    assert_eq!(broker.status.code(), Some(1));
    assert!(common::stderr(&broker).contains("\nhelp: "), "{}", common::stderr(&broker));
    assert!(!std::path::Path::new("/tmp/never-written.jsonl").exists());
}

#[test]
fn two_peers_meet_on_a_local_network_without_a_server_and_nobody_is_told_as_nobody() {
    let home = tempfile::tempdir().unwrap();
    let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("udp://127.255.255.255:{port}/lan");
    let nobody = common::run(&["join", "--json", "--timeout", "2.5", &address]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(
        common::stderr(&nobody).contains("error: nobody holds the session at udp://"),
        "{}",
        common::stderr(&nobody)
    );
    let start = |arguments: &[&str]| {
        let mut command = otio_sync(home.path());
        command.args(["join", "--json", &address]).args(arguments);
        Process::start(command)
    };
    let mut holds = start(&["--or-host"]);
    holds.effect("synced");
    let timeline = std::fs::read_to_string(example("dailies.otio")).unwrap().replace('\n', " ");
    holds.done("add_timeline", &format!(r#""timeline":{timeline}"#));
    let mut joins = start(&[]);
    joins.effect("synced");
    let found = cut(&agreed(&mut [&mut holds, &mut joins]));
    for number in 0..10 {
        edit(&mut joins, &found, number);
    }
    agreed(&mut [&mut holds, &mut joins]);
    assert_eq!(joins.finish().0.code(), Some(0));
}

#[test]
fn a_broker_that_refuses_says_why() {
    let Ok(broker) = std::env::var("OTIO_SYNC_TEST_AMQP") else {
        println!("skipped: no RabbitMQ (OTIO_SYNC_TEST_AMQP)");
        return;
    };
    let (_, place) = broker.rsplit_once('@').unwrap();
    let (place, _) = place.split_once('/').unwrap();
    let cases = [
        (format!("amqp://guest:guest@{place}/nowhere#a"), "virtual host `nowhere`"),
        (format!("amqp://nobody:guest@{place}/#a"), "refused user `nobody`"),
    ];
    for (address, wanted) in cases {
        let failed = common::run(&["join", "--json", &address]);
        assert_eq!(failed.status.code(), Some(1));
        let errors = common::stderr(&failed);
        assert!(errors.starts_with("error: cannot join ") && errors.contains(wanted), "{errors}");
        assert!(errors.lines().count() == 2 && !errors.contains(":guest@"), "{errors}");
    }
}

#[test]
fn a_joiner_outlives_its_host_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().display().to_string();
    let host = Host::start(&["--data", &data]);
    let mut joiner = host.join(&[]);
    let address = host.address.clone();
    host.process.kill();
    joiner.effect("link_down");
    let port = address.split('/').nth(2).unwrap();
    let mut command = otio_sync(directory.path());
    command.args(["host", "--listen", port, "--data", &data]);
    let mut again = Process::start(command);
    again.line_with("Ctrl-C");
    joiner.effect("link_up");
    eventually("the joiner is back", || joiner.ask("seek", r#""frame":1"#).get("ok") == Some(&true.into()));
}

#[test]
fn a_reader_that_stops_reading_does_not_hold_up_the_session() {
    let host = Host::start(&[&example("dailies.otio")]);
    let mut reads = host.join(&[]);
    let stopped = host.join(&[]);
    stopped.signal("-STOP");
    let found = cut(&reads.state());
    let started = Instant::now();
    for number in 0..300 {
        reads.done("seek", &format!(r#""frame":{number}"#));
    }
    edit(&mut reads, &found, 0);
    assert!(started.elapsed() < Duration::from_secs(20));
    stopped.signal("-CONT");
    let mut stopped = stopped;
    agreed(&mut [&mut reads, &mut stopped]);
}

#[test]
fn a_program_that_does_not_read_its_effects_holds_up_nobody_and_misses_none() {
    let host = Host::start(&[&example("dailies.otio")]);
    let mut reads = host.join(&[]);
    let mut unread = Process::start_unread(host.joining(&["--name", "Unread"]));
    reads.effect_where("peer_joined", |peer| peer.get("name") == Some(&"Unread".into()));
    let found = cut(&reads.state());
    for number in 0..1500 {
        reads.done(
            "set_property",
            &format!(r#""target_uuid":"{}","path":"metadata/n","value":{number}"#, found.track),
        );
    }
    unread.read();
    unread.effect_where("set_property", |effect| effect.get("value") == Some(&1499_i64.into()));
    let values = unread.effects.iter().filter_map(|effect| effect.get("value").and_then(Value::as_i64));
    let values: Vec<i64> = values.collect();
    assert!(values.windows(2).all(|pair| pair[1] == pair[0] + 1), "{values:?}");
    assert!(values.len() > 1000, "{}", values.len());
    agreed(&mut [&mut reads, &mut unread]);
    assert!(!reads.effects.iter().any(|effect| effect.get("effect") == Some(&"peer_left".into())));
}

#[test]
fn files_become_timelines_and_what_cannot_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let track = r#"{"OTIO_SCHEMA":"Track.1","name":"reel","kind":"Video","children":[{"OTIO_SCHEMA":"Clip.2","name":"a"}]}"#;
    let timeline = r#"{"OTIO_SCHEMA":"Timeline.1","name":"cut","metadata":{"sync":{"guid":"same"}},"tracks":{"OTIO_SCHEMA":"Stack.1","name":"tracks","children":[]}}"#;
    let collection = format!(
        r#"{{"OTIO_SCHEMA":"SerializableCollection.1","name":"all","children":[{timeline},{timeline},{{"OTIO_SCHEMA":"Marker.2","name":"m"}}]}}"#
    );
    let (track, collection) = (at("track.otio", track), at("collection.otio", &collection));
    let host = Host::start(&[&track, &collection, "--session", "week 12"]);
    assert!(host.address.ends_with("/week%2012"), "{}", host.address);
    let errors = host.process.errors();
    assert!(errors.contains("the Track \"reel\" is hosted inside a new timeline"), "{errors}");
    assert!(errors.contains("the GUID same stands twice"), "{errors}");
    assert!(errors.contains("left out a Marker \"m\""), "{errors}");
    let mut joiner = host.join(&[]);
    let state = json(&joiner.state());
    assert_eq!(state.get("timeline_order").and_then(Value::as_array).unwrap().len(), 3);
    let marker = at("marker.otio", r#"{"OTIO_SCHEMA":"Marker.2","name":"m"}"#);
    let refused = common::run(&["host", &marker, "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        common::stderr(&refused).contains("holds a Marker, and a session needs a timeline"),
        "{}",
        common::stderr(&refused)
    );
}

#[test]
fn no_log_shows_the_password_of_a_broker() {
    let Ok(broker) = std::env::var("OTIO_SYNC_TEST_AMQP") else {
        println!("skipped: no RabbitMQ (OTIO_SYNC_TEST_AMQP)");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let mut command = common::otio_sync(home.path());
    let file = common::example("dailies.otio");
    command.args(["host", &file, "--listen", "127.0.0.1:0", "--amqp", &broker]);
    command.env("RUST_LOG", "debug,lapin=trace,lapin::connection=trace");
    let mut host = common::Process::start(command);
    host.line_with("Kept in:");
    let log = host.errors();
    assert!(log.contains("hub is listening"), "{log}");
    assert!(!log.contains("lapin") && !log.contains("guest\0") && !log.contains(":guest"), "{log}");
}

#[test]
fn no_log_shows_a_note_a_join_secret_or_what_is_drawn() {
    let home = tempfile::tempdir().unwrap();
    let mut command = otio_sync(home.path());
    command.args(["host", &example("dailies.otio"), "--listen", "127.0.0.1:0"]).env("RUST_LOG", "trace");
    let mut host = Process::start(command);
    let address = host.line_with("Join it:").split_whitespace().last().unwrap().to_owned();
    let mut command = otio_sync(home.path());
    command.args(["join", &format!("{address}#k=Zu5sesamstrasse"), "--json"]).env("RUST_LOG", "trace");
    let mut joiner = Process::start(command);
    let clip = cut(&joiner.state()).clips[0].clone();
    joiner.done("note", &format!(r#""clip_guid":"{clip}","frame":1,"text":"Kundin hasst den Bart""#));
    let text = r#"{"OTIO_SCHEMA":"TextAnnotation.1","text":"Bart weg","uuid":"u1"}"#;
    joiner.done("annotate", &format!(r#""clip_guid":"{clip}","frame":2,"events":[{text}]"#));
    joiner.state();
    for (who, log) in [("host", host.errors()), ("joiner", joiner.errors())] {
        assert!(log.contains("TRACE"), "{who} logs nothing:\n{log}");
        for said in ["Kundin", "Bart", "sesamstrasse"] {
            let line = log.lines().find(|line| line.contains(said));
            assert_eq!(line, None, "in the log of the {who}");
        }
    }
}

#[test]
fn a_person_sees_the_cut_and_calls_things_by_name() {
    let host = Host::start(&[&common::example("dailies.otio")]);
    let mut person = host.start_other(&["join"], &[]);
    let mut program = host.join(&[]);
    person.line_with("joined: 1 timeline");
    person.send("show");
    let clip = person.line_with("lh020_0020_comp_v009");
    assert!(clip.contains("Clip 62–109"), "{clip}");
    let guid = clip.rsplit(' ').next().unwrap().to_owned();
    person.send("name lh020_0020_comp_v009 the gull");
    let renamed = program.effect("set_property");
    assert_eq!(renamed.get("target_uuid").and_then(lossless_json::Value::as_str), Some(&*guid));
    person.send(&format!("move {} 0", &guid[..8]));
    program.effect("move_child");
    person.send(&format!("note {} 3 too bright", &guid[..8]));
    program.effect("insert_child");
    person.send("remove lh020");
    person.line_with("not done: nothing is called lh020; `show` lists what there is");
    person.send("select lh020_0010_comp_v014");
    program.effect_where("playback_settings", |effect| {
        effect.get("clip_guid").is_some_and(|clip| clip.as_str().is_some())
    });
}

/// A command under a shell that lets no file grow beyond `kibibytes` and says so to whoever writes, as a full disk does.
#[cfg(target_os = "linux")]
fn with_little_disk(kibibytes: u32, program: &std::process::Command) -> std::process::Command {
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {kibibytes}; exec \"$0\" \"$@\"")]);
    shell.arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_without_room_for_the_session_ends_the_host_and_one_with_room_goes_on_from_there() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data").display().to_string();
    let mut command = otio_sync(home.path());
    command.args(["host", &example("dailies.otio"), "--listen", "127.0.0.1:0", "--data", &data]);
    let output = with_little_disk(2, &command).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = common::stderr(&output);
    assert!(
        told.contains("error: the session cannot be kept") && told.contains("help: free or repair"),
        "{told}"
    );
    let host = Host::start(&[&example("dailies.otio"), "--data", &data]);
    let mut joiner = host.join(&[]);
    assert!(joiner.state().contains("Timeline.1"));
    joiner.finish();
    host.process.kill();
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_an_error_and_a_reader_that_left_is_none() {
    let host = Host::start(&[&example("dailies.otio")]);
    let mut joining = host.joining(&[]);
    joining.stdin(std::process::Stdio::null());
    joining.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap());
    let output = joining.stderr(std::process::Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        common::stderr(&output).contains("standard output cannot be written"),
        "{}",
        common::stderr(&output)
    );
    host.process.kill();
}

#[test]
fn a_damaged_log_is_refused_with_the_way_out_and_that_way_works() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let folder = data.display().to_string();
    let host = Host::start(&[&example("dailies.otio"), "--data", &folder]);
    let mut joiner = host.join(&[]);
    let before = joiner.state();
    let cut = cut(&before);
    edit(&mut joiner, &cut, 0);
    joiner.finish();
    host.process.kill();
    let log = data.join("log-000001.jsonl");
    let mut bytes = std::fs::read(&log).unwrap();
    let at = bytes.len() - 120;
    bytes[at] ^= 1;
    std::fs::write(&log, &bytes).unwrap();
    let refused = common::run(&["host", "--listen", "127.0.0.1:0", "--data", &folder]);
    assert_eq!(refused.status.code(), Some(1));
    let told = common::stderr(&refused);
    assert!(told.contains("log-000001.jsonl, line 2") && told.contains("add --salvage"), "{told}");
    assert_eq!(std::fs::read(&log).unwrap(), bytes, "nothing is changed unasked");
    let salvaged = Host::start(&["--data", &folder, "--salvage"]);
    let mut again = salvaged.join(&[]);
    assert_eq!(documents(&again.state()), documents(&before));
    assert!(salvaged.process.errors().contains("what is damaged is kept in damaged-log-000001.jsonl"));
    again.finish();
    salvaged.process.kill();
}

#[test]
fn a_session_that_goes_on_keeps_its_name_on_every_transport() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data").display().to_string();
    let arguments = ["--data", &data, "--udp", "127.0.0.1:19471"];
    Host::start(&[&[&example("dailies.otio"), "--session", "week-12"], arguments.as_slice()].concat())
        .process
        .kill();
    let again = Host::start(&arguments);
    assert!(again.address.ends_with("/week-12"));
    again.process.kill();
    let other =
        common::run(&["host", "--listen", "127.0.0.1:0", "--data", &data, "--udp", "127.0.0.1:19471/other"]);
    assert_eq!(other.status.code(), Some(2), "{}", common::stderr(&other));
}
