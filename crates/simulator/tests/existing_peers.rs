//! The models of existing peers against the project's Python peer (`tests/python`), which runs on opentimelineio itself.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use simulator::ExistingScript;

/// Scripts in every run of the tests; `OTIO_SYNC_SCRIPTS` asks for more.
const SCRIPTS: u64 = 40;

/// A Python that has opentimelineio; none where there is none.
fn python() -> Option<String> {
    let named = std::env::var("OTIO_SYNC_PYTHON").ok();
    if named.is_none() {
        println!("skipped: OTIO_SYNC_PYTHON names no Python with opentimelineio 0.18.1");
    }
    named
}

#[test]
fn the_model_and_the_python_peer_come_to_the_same_whatever_they_are_told() {
    let Some(python) = python() else { return };
    let mut peer = Command::new(python)
        .args(["-m", "reference_peer.script"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = peer.stdin.take().unwrap();
    let mut answers = BufReader::new(peer.stdout.take().unwrap()).lines();
    let count = std::env::var("OTIO_SYNC_SCRIPTS").ok().and_then(|count| count.parse().ok());
    let mut raised = 0;
    for seed in 0..count.unwrap_or(SCRIPTS) {
        let script = ExistingScript::draw(seed);
        raised += script.raised.iter().filter(|raised| !raised.is_empty()).count();
        for (number, (line, expected)) in script.lines.iter().zip(&script.answers).enumerate() {
            writeln!(input, "{line}").unwrap();
            let answer = ExistingScript::comparable(&answers.next().unwrap().unwrap());
            let raised = &script.raised[number];
            assert!(
                answer == *expected,
                "seed {seed}, line {number}: {line}\nraised in the model: {raised}\n{}",
                difference(expected, &answer)
            );
        }
    }
    assert!(raised > 20, "{raised} lines raised");
    drop(input);
    peer.wait().unwrap();
}

/// Where two texts part.
fn difference(model: &str, other: &str) -> String {
    let same = model.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| {
        let bytes = text.as_bytes();
        String::from_utf8_lossy(&bytes[same.saturating_sub(200)..(same + 200).min(bytes.len())]).into_owned()
    };
    format!("model:  {}\nPython: {}", around(model), around(other))
}
