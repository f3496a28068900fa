//! Simulated sessions (`crates/simulator`): a few of them are tests, many are run by this.

use crate::failure::Failure;
use crate::options::Options;
use crate::process::{cargo, run as run_command};
use crate::workspace::Workspace;

const OPTIONS: &[&str] = &["seeds", "first", "peers", "operations", "replay", "mutant", "without"];
const FLAGS: &[&str] = &["keep-going", "logs", "mixed", "must-agree"];
/// What every run of the checks simulates: enough to reach every mark, which is asked for; about two minutes.
const SEEDS_OF_CI: &str = "200";
const LOGS_OF_CI: &str = "2000";
/// Sessions with existing peers, some two seconds of one core each.
const MIXED_OF_CI: &str = "20";
const MIXED_OF_NIGHTLY: &str = "500";
/// The light sessions of a nightly run; 9 ms of one core each.
const LOGS_OF_NIGHTLY: &str = "200000";

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

/// So many seeds, and the light sessions of a night.
pub(crate) fn nightly(workspace: &Workspace, seeds: &str) -> Result<(), Failure> {
    run_seeds(workspace, &[], seeds)?;
    run_seeds(workspace, &["--mixed"], MIXED_OF_NIGHTLY)?;
    run_seeds(workspace, &["--logs"], LOGS_OF_NIGHTLY)
}

/// The sessions of every run of the checks.
pub(crate) fn ci(workspace: &Workspace) -> Result<(), Failure> {
    run_seeds(workspace, &[], SEEDS_OF_CI)?;
    run_seeds(workspace, &["--mixed"], MIXED_OF_CI)?;
    run_seeds(workspace, &["--logs"], LOGS_OF_CI)
}

fn run_seeds(workspace: &Workspace, flags: &[&str], seeds: &str) -> Result<(), Failure> {
    let arguments = flags.iter().copied().chain(["--seeds", seeds]).map(str::to_owned);
    run(workspace, &arguments.collect::<Vec<_>>())
}
