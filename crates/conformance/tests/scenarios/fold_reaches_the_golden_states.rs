//! `fold` of every recording = the state that the reference engine reached, but for what is listed here.

use std::path::Path;

use lossless_json::Value;

use crate::common::compare::{differences, json};
use crate::common::material::{files, shared, stem};
use crate::common::program::run;

/// Floats of the goldens went through opentimelineio's inexact reader.
const ULPS: u64 = 8;

/// Differences in a document where several sources wrote at once (docs/differences.md says why).
const DOCUMENTED: &[(&str, &str)] = &[];

#[test]
fn of_every_recording() {
    let Some(shared) = shared() else { return };
    let mut undocumented = Vec::new();
    for recording in files(&shared, "recordings", "jsonl") {
        let name = stem(&recording);
        let golden = json(std::fs::read(shared.join(format!("recordings/golden/{name}.json"))).unwrap());
        let found = differences(&fold(&recording), &golden, ULPS);
        undocumented.extend(
            found.into_iter().filter(|text| !is_documented(&name, text)).map(|text| format!("{name}{text}")),
        );
    }
    assert!(undocumented.is_empty(), "{} differences\n  {}", undocumented.len(), undocumented.join("\n  "));
}

fn is_documented(recording: &str, difference: &str) -> bool {
    DOCUMENTED.iter().any(|(name, path)| *name == recording && difference.starts_with(path))
}

fn fold(recording: &Path) -> Value {
    let folded = run(["fold".as_ref(), recording.as_os_str()]);
    assert!(folded.status.success(), "{}", String::from_utf8_lossy(&folded.stderr));
    json(folded.stdout)
}
