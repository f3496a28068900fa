//! How long things take (`bench/`, a workspace of its own): run by hand, no part of `cargo xtask ci`.

use std::process::Command;

use crate::failure::Failure;
use crate::options::Options;
use crate::process::{cargo, run as run_command};
use crate::python;
use crate::workspace::Workspace;

const MANIFEST: &str = "bench/Cargo.toml";

/// Measures one subject as optimized as the program is; prints JSON.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let rest = arguments.get(1..).unwrap_or_default();
    match arguments.first().map(String::as_str) {
        Some("document") => document(workspace, rest),
        Some("engine") => engine(workspace, rest),
        Some("session") => session(workspace, rest),
        _ => Err(Failure::usage("`cargo xtask bench` needs a subject: document, engine, session")),
    }
}

fn document(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let options = Options::parse(arguments, &["clips", "rounds"], &["system-allocator"])?;
    let mut command = build(workspace, &options, None);
    command.args(["--", "document", "--python"]).arg(python::environment(workspace)?);
    hand_on(&mut command, &options, &["clips", "rounds"]);
    run_command(&mut command)
}

/// The engines of others are built only here.
fn engine(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let options = Options::parse(arguments, &["clips", "edits"], &["system-allocator", "alone"])?;
    let mut command = build(workspace, &options, (!options.flag("alone")).then_some("peers"));
    command.args(["--", "engine"]);
    hand_on(&mut command, &options, &["clips", "edits"]);
    run_command(&mut command)
}

/// What is live is counted only here: counting takes time.
fn session(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    const NAMES: [&str; 5] = ["operations", "joins", "clips", "after", "keeps"];
    let options = Options::parse(arguments, &NAMES, &["system-allocator"])?;
    let mut command = build(workspace, &options, Some("counting"));
    command.args(["--", "session"]);
    hand_on(&mut command, &options, &NAMES);
    run_command(&mut command)
}

fn build(workspace: &Workspace, options: &Options, feature: Option<&str>) -> Command {
    let mut command = cargo(workspace);
    command.args(["run", "--quiet", "--release", "--locked", "--manifest-path", MANIFEST]);
    if options.flag("system-allocator") {
        command.arg("--no-default-features");
    }
    if let Some(feature) = feature {
        command.args(["--features", feature]);
    }
    command
}

fn hand_on(command: &mut Command, options: &Options, names: &[&str]) {
    for name in names {
        if let Some(value) = options.value(name) {
            command.args([&format!("--{name}"), value]);
        }
    }
}
