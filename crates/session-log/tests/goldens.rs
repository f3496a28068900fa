//! Recordings of real sessions lead to the state that the reference engine reaches.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is a failed test")]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lossless_json::{Number, Value};
use session_log::recording::{Recording, fold_recording};

fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("OTIO_SYNC_SHARED").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let recordings = folder.join("recordings");
    recordings.join("golden").is_dir().then_some(recordings)
}

/// The goldens' floats went through opentimelineio's reader, which is a few ulp off.
fn is_near(a: f64, b: f64) -> bool {
    let ordered = |x: f64| {
        let bits = x.to_bits().cast_signed();
        if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
    };
    a.to_bits() == b.to_bits() || ordered(a).abs_diff(ordered(b)) <= 8
}

fn differences(path: &str, ours: &Value, golden: &Value, found: &mut Vec<String>) {
    match (ours, golden) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&str> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let path = format!("{path}/{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => differences(&path, a, b, found),
                    (a, b) => found.push(format!("{path}: {a:?} ≠ {b:?}")),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}/{index}"), a, b, found);
            }
        }
        (Value::Number(Number::Float(a)), Value::Number(Number::Float(b))) if is_near(*a, *b) => {}
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{path}: {a:?} ≠ {b:?}")),
    }
}

#[test]
fn every_recording_folds_to_its_golden() {
    let Some(recordings) = shared() else {
        println!("skipped: no shared material");
        return;
    };
    let mut checked = 0;
    let mut failed = Vec::new();
    let mut goldens: Vec<PathBuf> =
        std::fs::read_dir(recordings.join("golden")).unwrap().map(|entry| entry.unwrap().path()).collect();
    goldens.sort();
    for golden in goldens {
        let name = golden.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read(recordings.join(format!("{name}.jsonl"))).unwrap();
        let folded = fold_recording(&Recording::read(&text), None);
        let golden = support::json(&std::fs::read_to_string(&golden).unwrap());
        let mut found = Vec::new();
        differences("", &folded.to_value(name), &golden, &mut found);
        if !found.is_empty() {
            failed.push(format!(
                "{name}: {} differences\n  {}",
                found.len(),
                found[..found.len().min(10)].join("\n  ")
            ));
        }
        assert!(folded.refused().is_empty(), "{name}: {:?}", folded.refused());
        checked += 1;
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    println!("{checked} recordings equal their goldens");
}
