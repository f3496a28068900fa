//! The built program.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use super::lines::{Program, eventually};
use super::material::checkout;

/// The program: at `OTIO_SYNC_BIN`, else built once by the first who asks.
pub(crate) fn otio_sync() -> Command {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| std::env::var_os("OTIO_SYNC_BIN").map_or_else(build, PathBuf::from));
    let mut command = Command::new(program);
    command.env_remove("RUST_LOG").env_remove("ORI_SESSION").env_remove("ORI_SYNC_NAME").stdin(Stdio::null());
    command
}

/// What the program prints and how it ends.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    otio_sync().args(arguments).output().unwrap()
}

/// Records a session from its state on.
pub(crate) fn record(address: &str, recording: &Path) -> Program {
    let mut command = otio_sync();
    command.args(["record", address, "--output"]).arg(recording);
    let recorder = Program::start("the recorder", &mut command);
    eventually("the recorder has the first state", || match std::fs::read_to_string(recording) {
        Ok(text) if text.contains("STATE_SNAPSHOT") => Ok(()),
        other => Err(format!("{other:?}")),
    });
    recorder
}

fn build() -> PathBuf {
    let status =
        Command::new("cargo").args(["build", "--package", "otio-sync"]).current_dir(checkout(".")).status();
    assert!(status.unwrap().success(), "the program builds");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| checkout("target"), PathBuf::from);
    target.join("debug/otio-sync")
}
