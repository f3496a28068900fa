//! Installing what the checks need, or saying in one line what to install.

use std::process::Command;

use crate::broker;
use crate::failure::Failure;
use crate::process::{found, run, works};
use crate::python;
use crate::workspace::Workspace;

/// A program from crates.io that is built once into the cache.
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

/// Licences, bans, sources and advisories of dependencies.
pub(crate) const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };
/// Coverage-guided fuzzing.
pub(crate) const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", version: "0.13.2" };

/// Everything that any check needs.
pub(crate) fn everything(workspace: &Workspace) -> Result<(), Failure> {
    debian_packages()?;
    python::environment(workspace)?;
    CARGO_DENY.install(workspace)?;
    CARGO_FUZZ.install(workspace)?;
    broker::sweep(workspace);
    Ok(())
}

impl Tool {
    /// The program in the cache, built first where it is missing or of another version.
    pub(crate) fn install(&self, workspace: &Workspace) -> Result<Command, Failure> {
        let program = workspace.cache().join("bin").join(self.name);
        let stamp = workspace.cache().join(format!("{}.version", self.name));
        if program.is_file() && std::fs::read_to_string(&stamp).is_ok_and(|version| version == self.version) {
            return Ok(Command::new(program));
        }
        let install = &mut Command::new("cargo");
        install
            .args(["install", "--locked", "--quiet", "--force", "--version", self.version])
            .arg("--root")
            .arg(workspace.cache())
            .arg("--target-dir")
            .arg(workspace.cache().join("build"))
            .arg(self.name)
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .current_dir(workspace.root());
        eprintln!("building {} {} into {}", self.name, self.version, workspace.cache().display());
        run(install).map_err(|failure| {
            Failure::new(format!(
                "{failure}; install {} {} by hand into .ci-cache/bin",
                self.name, self.version
            ))
        })?;
        std::fs::write(&stamp, self.version).map_err(|error| Failure::io(stamp.display(), &error))?;
        Ok(Command::new(program))
    }
}

fn debian_packages() -> Result<(), Failure> {
    let mut missing = Vec::new();
    if broker::server_program().is_none() || broker::mapper_program().is_none() {
        missing.push("rabbitmq-server");
    }
    if !works(Command::new("python3").args(["-c", "import ensurepip, venv"])) {
        missing.push("python3-venv");
    }
    if found("c++").is_none() {
        missing.push("g++");
    }
    if found("git").is_none() {
        missing.push("git");
    }
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !is_root() || found("apt-get").is_none() {
        return Err(Failure::new(format!(
            "install these first: {names}   (Debian: sudo apt-get install {names})"
        )));
    }
    eprintln!("installing Debian packages: {names}");
    run(apt().arg("update"))?;
    run(apt().args(["install", "--yes", "--no-install-recommends"]).args(&missing))
        .map_err(|failure| Failure::new(format!("{failure}; install these by hand: {names}")))
}

/// `RUNLEVEL=1` keeps a package from starting its service: the tests run a node of their own.
fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.arg("--quiet").env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    command
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.status.success() && output.stdout.trim_ascii() == b"0")
}
