//! Random scripts of peers of ours and the Python peer over real networks (`crates/conformance`).

use crate::broker::{self, Broker};
use crate::failure::Failure;
use crate::options::Options;
use crate::process::{cargo, run as run_command};
use crate::python;
use crate::workspace::Workspace;

const OPTIONS: &[&str] = &["scripts", "first", "seed", "over", "at-once"];
const FLAGS: &[&str] = &["must-agree", "show"];
/// What every run of the checks plays: half over RabbitMQ, half over datagrams; a minute and a half.
const SCRIPTS_OF_CI: &str = "20";
const SCRIPTS_OF_NIGHTLY: &str = "500";

/// Hands the options to the program, with a broker of its own and the Python environment.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let options = Options::parse(arguments, OPTIONS, FLAGS)?;
    broker::sweep(workspace);
    let interpreter = python::environment(workspace)?;
    let broker = match options.value("over") {
        Some("udp") => None,
        _ => Some(Broker::start(workspace)?),
    };
    let mut command = cargo(workspace);
    command.args([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "conformance",
        "--bin",
        "otio-sync-conformance",
        "--",
    ]);
    for name in OPTIONS {
        if let Some(value) = options.value(name) {
            command.args([&format!("--{name}"), value]);
        }
    }
    let flags = FLAGS.iter().filter(|name| options.flag(name));
    command.args(flags.map(|name| format!("--{name}")));
    command.arg("--kept").arg(workspace.target().join("conformance"));
    command.env("OTIO_SYNC_PYTHON", interpreter);
    if let Some(broker) = &broker {
        command.env("OTIO_SYNC_TEST_AMQP", broker.address());
    }
    run_command(&mut command)
}

/// The scripts of every run of the checks.
pub(crate) fn ci(workspace: &Workspace) -> Result<(), Failure> {
    run(workspace, &["--scripts".to_owned(), SCRIPTS_OF_CI.to_owned()])
}

/// The scripts of a night.
pub(crate) fn nightly(workspace: &Workspace) -> Result<(), Failure> {
    run(workspace, &["--scripts".to_owned(), SCRIPTS_OF_NIGHTLY.to_owned()])
}
