//! The times of opentimelineio, taken by a Python process.

use std::path::Path;
use std::process::Command;

use lossless_json::{Limits, Value, parse};

use crate::Failure;
use crate::clock::Times;

const SCRIPT: &str = include_str!("opentimelineio_times.py");

/// What opentimelineio took for each step, and the text that it wrote.
pub(crate) struct Measured {
    answer: Value,
    /// The timeline without white space.
    pub(crate) compact: String,
}

/// Has the file read and written that many times.
pub(crate) fn measure(python: &Path, file: &Path, rounds: u32) -> Result<Measured, Failure> {
    let written = file.with_extension("opentimelineio");
    let mut command = Command::new(python);
    command.arg("-c").arg(SCRIPT).arg(file).arg(&written).arg(rounds.to_string());
    let output = command.output().map_err(|error| format!("{}: {error}", python.display()))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().into());
    }
    let answer = parse(&output.stdout, &Limits::default())?.value;
    Ok(Measured { answer, compact: std::fs::read_to_string(written)? })
}

impl Measured {
    /// The times of one step.
    pub(crate) fn times(&self, step: &str) -> Times {
        let rounds = self.answer.at(&["seconds", step]).and_then(Value::as_array).unwrap_or_default();
        Times::of(rounds.iter().filter_map(Value::as_f64).collect())
    }

    /// The version that was measured.
    pub(crate) fn version(&self) -> &str {
        self.answer.get("version").and_then(Value::as_str).unwrap_or_default()
    }
}
