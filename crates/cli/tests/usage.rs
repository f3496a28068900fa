//! The command line itself: help, versions, wrong use, closed pipes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{example, otio_sync, run, stderr, stdout};
use std::process::Stdio;

const COMMANDS: [&str; 7] = ["host", "join", "record", "replay", "fold", "cat", "doctor"];

#[test]
fn every_command_has_help_with_an_example_and_a_version() {
    for command in COMMANDS {
        let help = run(&[command, "--help"]);
        assert!(help.status.success());
        assert!(stdout(&help).contains("Examples:\n  "), "{command}");
        assert!(stdout(&help).matches(&format!("otio-sync {command} ")).count() >= 2, "{command}");
        let version = run(&[command, "--version"]);
        assert!(
            version.status.success() && stdout(&version).contains(env!("CARGO_PKG_VERSION")),
            "{command}"
        );
    }
    assert!(stdout(&run(&["--help"])).contains("otio-sync host examples/dailies.otio"));
}

#[test]
fn wrong_use_ends_with_2_and_says_where_to_read_more() {
    let cases: [(&[&str], &str); 10] = [
        (&["cat"], "otio-sync cat --help"),
        (&["cat", "--fast", "x"], "otio-sync cat --help"),
        (&["fly"], "otio-sync --help"),
        (&["fold", "x", "--at", "soon"], "a number of seconds such as 12.5"),
        (&["replay", "x", "ws://h/a", "--speed", "-1"], "a factor such as 2, 0.5 or max"),
        (&["join", "ws://h/a", "--role", "boss"], "driver, reviewer, viewer"),
        (&["host", "--listen", "localhost:1"], "an IP address and a port such as 127.0.0.1:8480"),
        (&["host", "--udp", "127.255.255.255:9/other"], "leave the name out of that address"),
        (&["record", "ws://h/a"], "--output <FILE>"),
        (&["doctor", "ws://h/a", "--seconds", "0"], "a number of seconds above 0"),
    ];
    for (arguments, wanted) in cases {
        let failed = run(arguments);
        assert_eq!(failed.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&failed).contains(wanted), "{arguments:?}: {}", stderr(&failed));
        assert_eq!(stdout(&failed), "");
    }
}

#[test]
fn a_wrong_address_is_told_with_a_right_one() {
    for address in ["gopher://h/a", "ws://h", "ws:///a", "amqp://h:99999/v#a", "udp://nowhere/a", ""] {
        for command in ["join", "record", "replay", "doctor"] {
            let mut arguments = vec![command];
            if command == "replay" {
                arguments.push("x.jsonl");
            }
            arguments.push(address);
            if command == "record" {
                arguments.extend(["-o", "x.jsonl"]);
            }
            let failed = run(&arguments);
            assert_eq!(failed.status.code(), Some(2), "{arguments:?}: {}", stderr(&failed));
            assert!(stderr(&failed).contains("is not the address of a session"), "{}", stderr(&failed));
            assert!(stderr(&failed).contains("://"), "{}", stderr(&failed));
        }
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let home = tempfile::tempdir().unwrap();
    let mut child = otio_sync(home.path())
        .args(["cat", &example("dailies.otio")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), stderr(&ended)), (Some(0), String::new()));
}

#[test]
fn no_output_shows_a_password_that_was_typed_in_the_wrong_place() {
    for arguments in [
        ["join", "me:hunter2@host:1:x/y"].as_slice(),
        &["join", "ws://127.0.0.1:1/a?k=hunter2"],
        &["fold", "amqp://me:hunter2@host/"],
        &["cat", "amqp://me:hunter2@host/"],
        &["replay", "amqp://me:hunter2@host/", "ws://127.0.0.1:1/a"],
        &["doctor", "amqp://me:hunter2@127.0.0.1:1/#a", "--json"],
        &["host", "amqp://me:hunter2@host/"],
    ] {
        let failed = run(arguments);
        assert!(!failed.status.success() && !stderr(&failed).contains("hunter2"), "{}", stderr(&failed));
    }
}
