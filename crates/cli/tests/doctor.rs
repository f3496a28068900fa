//! What the doctor finds in sessions of real processes, and on this machine.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::session::Host;
use common::{Process, example, json, otio_sync, run, stderr, stdout};
use lossless_json::Value;
use std::net::UdpSocket;
use std::process::Output;
use std::time::Duration;

fn list<'a>(report: &'a Value, key: &str) -> &'a [Value] {
    report.get(key).and_then(Value::as_array).unwrap()
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn codes(report: &Value, severity: &str) -> Vec<String> {
    let found = list(report, "findings").iter().filter(|found| text(found, "severity") == severity);
    found.map(|found| text(found, "code").to_owned()).collect()
}

/// Looks at a session with `--json`, in the background.
fn looks(address: &str, seconds: &str) -> Process {
    let home = tempfile::tempdir().unwrap();
    let mut command = otio_sync(home.path());
    command.args(["doctor", address, "--json", "--seconds", seconds]);
    Process::start(command)
}

fn end(mut doctor: Process) -> (Value, Option<i32>, String) {
    let report = json(&doctor.line());
    let (status, errors) = doctor.wait();
    (report, status.code(), errors)
}

#[test]
fn in_a_hub_it_names_peers_of_ours_and_finds_nothing_wrong() {
    let host = Host::start(&[&example("dailies.otio"), "--session", "looked-at"]);
    // Everybody announces themselves once in five seconds.
    let doctor = looks(&host.address, "7");
    let mut mika = host.join(&["--name", "Mika Lindqvist", "--role", "reviewer"]);
    let before = mika.state();
    let (report, code, errors) = end(doctor);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert_eq!(text(&report, "session"), "looked-at");
    let peers = list(&report, "peers");
    let mika_there = peers.iter().find(|peer| text(peer, "name") == "Mika Lindqvist").unwrap();
    assert_eq!((text(mika_there, "kind"), text(mika_there, "role")), ("ours", "reviewer"));
    assert_eq!(text(mika_there, "version"), env!("CARGO_PKG_VERSION"));
    let holds = |peer: &&Value| peer.get("serves").and_then(Value::as_bool) == Some(true);
    assert_eq!(peers.iter().filter(holds).count(), 1, "the hub holds the session");
    assert_eq!(mika.state(), before, "nothing was changed");
    assert!(mika.effects.iter().all(|effect| text(effect, "app") != "otio-sync doctor"), "and nobody came");
    assert_eq!(host.process.errors(), "");
}

/// Sends what an existing peer of the seed's generation says.
fn say(socket: &UdpSocket, port: u16, session: &str, source: &str, family: &str, event: &str, body: &str) {
    let message = format!(
        r#"{{"session":"{session}","source_guid":"{source}","payload":{{"command_schema":"{family}","command":{{"event":"{event}","payload":{body}}}}}}}"#
    );
    socket.send_to(message.as_bytes(), ("127.255.255.255", port)).unwrap();
}

#[test]
fn over_datagrams_it_tells_generations_apart_and_what_is_wrong() {
    let port = UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
    let mut doctor = looks(&format!("udp://127.255.255.255:{port}/mixed"), "5");
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    socket.set_broadcast(true).unwrap();
    // Again and again, since nobody tells when it begins to listen.
    for _ in 0..30 {
        let ahead =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64() + 4.0;
        let (selection, playback) = ("SELECTION_1.0", "PLAYBACK_SETTINGS_1.0");
        say(
            &socket,
            port,
            "mixed",
            "seed-peer",
            selection,
            "SET",
            r#"{"clip_guid":"c","view_mode":"source"}"#,
        );
        say(
            &socket,
            port,
            "mixed",
            "latest-peer",
            "LiveSession.1",
            "PEER_ANNOUNCE",
            r#"{"peer_guid":"latest-peer","app":"xstudio","capabilities":[],"identity":{"first_name":"Anna","last_name":"Berg"}}"#,
        );
        say(
            &socket,
            port,
            "mixed",
            "latest-peer",
            playback,
            "SET",
            &format!(r#"{{"playing":true,"playback_mode":"loop","sync_timestamp":{ahead}}}"#),
        );
        say(&socket, port, "elsewhere", "stranger", selection, "SET", "{}");
        socket
            .send_to(
                br#"{"source_guid":"seed-peer","session":"mixed","payload":7}"#,
                ("127.255.255.255", port),
            )
            .unwrap();
        std::thread::sleep(Duration::from_millis(150));
    }
    let report = json(&doctor.line());
    let (status, errors) = doctor.wait();
    assert_eq!((status.code(), errors.as_str()), (Some(1), ""));
    let peers = list(&report, "peers");
    let told: Vec<_> =
        peers.iter().map(|peer| (text(peer, "guid"), text(peer, "generation"), text(peer, "name"))).collect();
    assert_eq!(told, [("latest-peer", "latest", "Anna Berg"), ("seed-peer", "seed", "")]);
    let ignored =
        list(&peers[1], "does_not_understand").iter().map(|gap| text(gap, "text")).collect::<Vec<_>>();
    assert!(ignored[0].starts_with("ignores REMOVE_TIMELINE and REPLACE_TIMELINE"), "{ignored:?}");
    let mut problems = codes(&report, "problem");
    problems.sort();
    assert_eq!(problems, ["clock_ahead", "other_sessions", "unreadable"]);
    assert!(codes(&report, "note").contains(&"unattended".to_owned()));
}

fn failed(output: &Output, code: i32) -> (Value, String) {
    assert_eq!(output.status.code(), Some(code), "{}", stderr(output));
    (json(&stdout(output)), stderr(output))
}

#[test]
fn a_session_that_is_not_reached_is_told_with_what_to_do() {
    let host = Host::start(&[&example("dailies.otio"), "--session", "here"]);
    let elsewhere = host.address.replace("/here", "/elsewhere");
    for (address, wanted) in [
        ("ws://127.0.0.1:1/a", "nothing listens at 127.0.0.1:1"),
        ("amqp://guest:guest@127.0.0.1:1/#a", "nothing listens at 127.0.0.1:1"),
        ("amqp://guest:guest@no-such-host.invalid/#a", "the name `no-such-host.invalid` is not known here"),
        (&elsewhere, "no session \"elsewhere\""),
    ] {
        let (report, errors) = failed(&run(&["doctor", address, "--json"]), 2);
        assert!(text(&report, "error").contains(wanted) && errors.contains(wanted), "{address}: {errors}");
        assert!(!text(&report, "help").is_empty() && errors.contains("\nhelp: "), "{errors}");
        assert_eq!(report.get("reached").and_then(Value::as_bool), Some(false));
    }
}

#[test]
fn of_a_machine_it_tells_what_works_and_which_broker_does_not() {
    let home = tempfile::tempdir().unwrap();
    let look = |more: &[(&str, &str)]| {
        let mut command = otio_sync(home.path());
        command.args(["doctor", "--json"]).envs(more.iter().copied());
        command.output().unwrap()
    };
    let report = json(&stdout(&look(&[])));
    let checked: Vec<&str> = list(&report, "checks").iter().map(|check| text(check, "code")).collect();
    assert_eq!(
        checked,
        ["listen", "udp_port", "udp_machine", "udp_network", "udp_multicast", "disk", "disk_clock", "clock"]
    );
    let disk = list(&report, "checks").iter().find(|check| text(check, "code") == "disk").unwrap();
    assert!(text(disk, "text").contains(&home.path().display().to_string()), "{}", text(disk, "text"));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "and leaves nothing behind");
    let (report, errors) =
        failed(&look(&[("ORI_RMQ_HOST", "127.0.0.1:1"), ("ORI_SESSION", "ws://127.0.0.1:1/a")]), 1);
    let wrong = |code: &str| {
        let check = list(&report, "checks").iter().find(|check| text(check, "code") == code).unwrap();
        text(check, "text").contains("nothing listens at 127.0.0.1:1") && !text(check, "help").is_empty()
    };
    assert!(wrong("broker") && wrong("session"), "{report:?}");
    assert_eq!(errors, "", "what is wrong was told already");
}

#[test]
fn in_words_it_says_what_to_do_about_an_empty_session() {
    let port = UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
    let told = run(&["doctor", &format!("udp://127.255.255.255:{port}/empty"), "--seconds", "1"]);
    assert_eq!((told.status.code(), stderr(&told)), (Some(1), String::new()));
    let told = stdout(&told);
    assert!(told.contains("\nWrong\n  - nobody was heard in 1 s\n    -> check the session's name"), "{told}");
    assert!(told.ends_with("\n1 problem found.\n"), "{told}");
}
