//! Hosts and joiners of one test.

use super::{Process, otio_sync};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A running host with a state directory of its own.
pub struct Host {
    pub process: Process,
    /// The address to join.
    pub address: String,
    /// Where the session is kept.
    pub place: PathBuf,
    home: TempDir,
}

impl Host {
    /// Hosts with these arguments, on a free port.
    pub fn start(arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = otio_sync(home.path());
        command.args(["host", "--listen", "127.0.0.1:0"]).args(arguments);
        let mut process = Process::start(command);
        let join = process.line_with("otio-sync join ");
        let address = join.rsplit(' ').next().unwrap().to_owned();
        let kept = process.line_with("Kept in:");
        let place = Path::new(kept.trim_start_matches("Kept in:").trim()).to_owned();
        Self { process, address, place, home }
    }

    /// A joiner that has joined.
    pub fn join(&self, arguments: &[&str]) -> Process {
        let mut joiner = self.start_joining(arguments);
        joiner.effect("synced");
        joiner
    }

    /// A joiner that was just started.
    pub fn start_joining(&self, arguments: &[&str]) -> Process {
        Process::start(self.joining(arguments))
    }

    /// The command that joins.
    pub fn joining(&self, arguments: &[&str]) -> Command {
        let mut command = otio_sync(self.home.path());
        command.args(["join", "--json", &self.address]).args(arguments);
        command
    }

    /// Another command of the program that takes this session's address last.
    pub fn start_other(&self, before: &[&str], after: &[&str]) -> Process {
        let mut command = otio_sync(self.home.path());
        command.args(before).arg(&self.address).args(after);
        Process::start(command)
    }
}

/// Waits until all show the same state, and returns it.
pub fn agreed(joiners: &mut [&mut Process]) -> String {
    let mut last = String::new();
    super::eventually("the same state everywhere", || {
        let states: Vec<String> = joiners.iter_mut().map(|joiner| joiner.state()).collect();
        last.clone_from(&states[0]);
        states.iter().all(|state| *state == states[0])
    });
    last
}
