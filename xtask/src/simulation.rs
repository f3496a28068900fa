//! Simulated sessions (`crates/simulator`): a few of them are tests, many are run by this.

use crate::failure::Failure;
use crate::options::Options;
use crate::process::{cargo, run as run_command};
use crate::workspace::Workspace;

const OPTIONS: &[&str] = &["seeds", "first", "peers", "operations", "replay", "mutant"];
const FLAGS: &[&str] = &["keep-going"];

/// Hands the options to the simulator's program, built for speed and with the engine's assertions.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let options = Options::parse(arguments, OPTIONS, FLAGS)?;
    let mut command = cargo(workspace);
    command.args(["run", "--quiet", "--profile", "simulation", "--locked", "--package", "simulator", "--"]);
    for name in OPTIONS {
        if let Some(value) = options.value(name) {
            command.args([&format!("--{name}"), value]);
        }
    }
    let flags = FLAGS.iter().filter(|name| options.flag(name));
    run_command(command.args(flags.map(|name| format!("--{name}"))))
}

/// So many seeds.
pub(crate) fn run_seeds(workspace: &Workspace, seeds: &str) -> Result<(), Failure> {
    run(workspace, &["--seeds".to_owned(), seeds.to_owned()])
}
