//! Golden wire: one file a message, both directions.
//!
//! `golden/ours/` holds the very bytes that we emit, `golden/reference/` the shapes that reference peers emit.
//! `GOLDEN=write cargo test -p session-wire --test golden` writes the former anew; a new message first needs an
//! empty file there, because `docs/protocol.md` shows them as examples.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod samples;

use std::fs;
use std::path::PathBuf;

use lossless_json::Style;
use session_wire::{Envelope, MESSAGES, Message, families};

fn golden(direction: &str, message: &Message) -> PathBuf {
    let info = MESSAGES.iter().find(|info| (info.family, info.event) == (message.family(), message.event()));
    let name = format!("{}.json", info.expect("samples are typed").name);
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(direction).join(name)
}

/// The same from a latest reference peer: no `op`, no `looping`.
fn as_the_reference_says_it(mut sample: Envelope) -> Envelope {
    sample.operation = None;
    match &mut sample.message {
        Message::PlaybackSettings(playback) => playback.looping = None,
        Message::StateSnapshot(snapshot) => {
            if let Some(playback) = &mut snapshot.playback_state {
                playback.looping = None;
            }
        }
        _ => {}
    }
    sample
}

#[test]
fn there_is_a_sample_of_every_message() {
    let sampled: Vec<_> = samples::all()
        .iter()
        .map(|e| (e.message.family().to_owned(), e.message.event().to_owned()))
        .collect();
    let typed: Vec<_> = MESSAGES.iter().map(|info| (info.family.to_owned(), info.event.to_owned())).collect();
    assert_eq!(sampled, typed);
}

#[test]
fn what_we_emit_is_byte_stable() {
    for sample in samples::all() {
        let path = golden("ours", &sample.message);
        let emitted = sample.encode() + "\n";
        if std::env::var_os("GOLDEN").is_some_and(|mode| mode == "write") {
            fs::write(&path, &emitted).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), emitted, "{}", path.display());
    }
}

#[test]
fn what_we_emit_decodes_to_what_was_encoded() {
    for sample in samples::all() {
        assert_eq!(Envelope::decode(sample.encode().as_bytes()), Ok(sample));
    }
}

#[test]
fn what_logs_hold_in_numbers_is_packed_and_comes_back() {
    let durable = |sample: &Envelope| sample.message.is_durable();
    for sample in samples::all().into_iter().filter(durable) {
        let rare = matches!(sample.message, Message::SetPeerRole(_) | Message::Checkpoint(_));
        let again = sample.pack().map(|packed| packed.unpack(&sample.source_guid));
        assert_eq!(again, (!rare).then_some(Some(sample)));
    }
}

#[test]
fn what_the_reference_emits_decodes_to_the_typed_value() {
    for sample in samples::all().into_iter().filter(|sample| sample.message.family() != families::SESSION_LOG)
    {
        let path = golden("reference", &sample.message);
        let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let decoded = Envelope::decode(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(decoded, as_the_reference_says_it(sample), "{}", path.display());
    }
}

#[test]
fn what_the_reference_emits_is_encoded_again_field_for_field() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/reference");
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read(entry.unwrap().path()).unwrap();
        let parsed = lossless_json::parse(&text, &lossless_json::Limits::default()).unwrap().value;
        let decoded = Envelope::from_value(parsed.clone()).unwrap();
        assert_eq!(decoded.to_value().to_text(Style::Digest), parsed.to_text(Style::Digest));
    }
}

#[test]
fn keys_stand_in_the_reference_order() {
    for sample in samples::all().into_iter().filter(|sample| sample.message.family() != families::SESSION_LOG)
    {
        let text = fs::read(golden("reference", &sample.message)).unwrap();
        let parsed = lossless_json::parse(&text, &lossless_json::Limits::default()).unwrap().value;
        let decoded = Envelope::from_value(parsed.clone()).unwrap();
        assert_eq!(decoded.encode(), parsed.to_text(Style::Python));
    }
}
