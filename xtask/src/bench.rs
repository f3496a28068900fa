//! How long things take (`bench/`, a workspace of its own): run by hand, no part of `cargo xtask ci`.

use crate::failure::Failure;
use crate::options::Options;
use crate::process::{cargo, run as run_command};
use crate::python;
use crate::workspace::Workspace;

const MANIFEST: &str = "bench/Cargo.toml";

/// What can be measured.
const SUBJECTS: &[&str] = &["document"];

/// Measures one subject as optimized as the program is; prints JSON.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let subject = arguments.first().map(String::as_str);
    let Some(subject) = subject.filter(|subject| SUBJECTS.contains(subject)) else {
        return Err(Failure::usage(format!("`cargo xtask bench` needs a subject: {}", SUBJECTS.join(", "))));
    };
    let options = Options::parse(&arguments[1..], &["clips", "rounds"], &["system-allocator"])?;
    let mut command = cargo(workspace);
    command.args(["run", "--quiet", "--release", "--locked", "--manifest-path", MANIFEST]);
    if options.flag("system-allocator") {
        command.arg("--no-default-features");
    }
    command.args(["--", subject, "--python"]).arg(python::environment(workspace)?);
    for name in ["clips", "rounds"] {
        if let Some(value) = options.value(name) {
            command.args([&format!("--{name}"), value]);
        }
    }
    run_command(&mut command)
}
