//! The laws of the parsers hold for seeded mutations of the fuzz targets' seeds. The fuzzers look deeper; this runs
//! everywhere, in seconds, and the same way each time.

#![allow(clippy::unwrap_used, reason = "the seeds are there")]

use std::fs;
use std::path::{Path, PathBuf};

use conformance::parsers;
use conformance::seeded::Random;

/// For what takes microseconds.
const MANY: u64 = 5_000;
/// For what plays a session.
const SOME: u64 = 800;

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

fn survives(target: &str, mutants: u64, law: fn(&[u8])) {
    let seeds = seeds(target);
    assert!(!seeds.is_empty(), "{target} has seeds");
    for seed in &seeds {
        law(seed);
    }
    for mutant in 0..mutants {
        let mut random = Random::new(mutant);
        let mut bytes = seeds[random.below(seeds.len())].clone();
        for _ in 0..=random.below(4) {
            mutate(&mut bytes, &seeds, &mut random);
        }
        law(&bytes);
    }
}

fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    match random.below(7) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 => bytes.truncate(at),
        2 => bytes.insert(at, random.byte()),
        3 if at < bytes.len() => drop(bytes.remove(at)),
        4 => drop(bytes.splice(at..at, interesting(random).iter().copied())),
        5 => {
            let end = at + random.below(bytes.len() - at + 1);
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        _ => {
            let other = &seeds[random.below(seeds.len())];
            let from = random.below(other.len() + 1);
            bytes.splice(at.., other[from..].iter().copied());
        }
    }
}

fn interesting(random: &mut Random) -> &'static [u8] {
    const TOKENS: &[&[u8]] = &[
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"-0.0",
        b"18446744073709551616",
        b"\\ud800",
        b"\\u0000",
        b"\xff",
        b"[[[[[[[[",
        b"{\"OTIO_SCHEMA\":",
        b"null",
        b"\"\"",
        b"%00",
        b"::",
        b"#k=",
        b"\n",
        b"\"op\":{\"seq\":0}",
    ];
    TOKENS[random.below(TOKENS.len())]
}

#[test]
fn of_json_text() {
    survives("json_text", MANY, parsers::json_text);
}

#[test]
fn of_messages() {
    survives("envelope_json", MANY, parsers::envelope_json);
}

#[test]
fn of_addresses() {
    survives("address", MANY, parsers::address);
}

#[test]
fn of_annotations() {
    survives("annotations", MANY, parsers::annotations);
}

#[test]
fn of_logs_on_disk() {
    survives("store_record", MANY, parsers::store_record);
}

#[test]
fn of_otio_files() {
    survives("otio_json", MANY, parsers::otio_json);
}

#[test]
fn of_bundles() {
    survives("otio_bundle", MANY, parsers::otio_bundle);
}

#[test]
fn of_recordings() {
    survives("recording_line", MANY, parsers::recording_line);
}

#[test]
fn of_commands_to_a_peer() {
    survives("join_command", SOME, parsers::join_command);
}

#[test]
fn of_messages_to_a_peer() {
    survives("peer_messages", SOME, parsers::peer_messages);
}
