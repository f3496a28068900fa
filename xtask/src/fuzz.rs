//! Every parser against generated input, by libFuzzer (`fuzz/`, a workspace of its own).

use std::fs;
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::options::Options;
use crate::process::{run as run_command, works};
use crate::setup::CARGO_FUZZ;
use crate::workspace::Workspace;

const SECONDS: u32 = 20;
/// One input longer than this finds nothing that a shorter one would not, and takes the time of thousands.
const INPUT_BYTES_MAX: u32 = 16 * 1024;
/// What one input may take, in seconds and in MiB.
const INPUT_SECONDS_MAX: u32 = 10;
const MEMORY_MIB_MAX: u32 = 2048;

/// Every target for the usual time; says how many and for how long.
pub(crate) fn all(workspace: &Workspace) -> Result<String, Failure> {
    let targets = targets(workspace)?;
    build(workspace)?;
    for target in &targets {
        feed(workspace, target, SECONDS)?;
    }
    Ok(format!("fuzzed {} parsers for {SECONDS} s each", targets.len()))
}

/// The targets and the time that `options` ask for.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let seconds = options.value("seconds").map_or(Ok(SECONDS), |text| {
        text.parse().map_err(|_| Failure::usage(format!("--seconds needs a whole number, not `{text}`")))
    })?;
    let known = targets(workspace)?;
    let chosen = match options.value("target") {
        None => known,
        Some(name) if known.iter().any(|target| target == name) => vec![name.to_owned()],
        Some(name) => {
            return Err(Failure::usage(format!("there is no target `{name}`, but {}", known.join(", "))));
        }
    };
    build(workspace)?;
    chosen.iter().try_for_each(|target| feed(workspace, target, seconds))
}

/// The targets' names, in order.
fn targets(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let folder = workspace.path("fuzz/fuzz_targets");
    let entries = fs::read_dir(&folder).map_err(|error| Failure::io(folder.display(), &error))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

/// All targets at once, so that a failed build is not taken for a bad input.
fn build(workspace: &Workspace) -> Result<(), Failure> {
    let mut command = on_a_toolchain(CARGO_FUZZ.install(workspace)?);
    run_command(command.args(["build", "--fuzz-dir", "fuzz"]).current_dir(workspace.root()))
}

fn feed(workspace: &Workspace, target: &str, seconds: u32) -> Result<(), Failure> {
    let corpus = workspace.path("fuzz/corpus").join(target);
    fs::create_dir_all(&corpus).map_err(|error| Failure::io(corpus.display(), &error))?;
    let mut command = on_a_toolchain(CARGO_FUZZ.install(workspace)?);
    command
        .current_dir(workspace.root())
        .args(["run", "--fuzz-dir", "fuzz", target])
        .arg(&corpus)
        .arg(workspace.path("fuzz/seeds").join(target))
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={INPUT_BYTES_MAX}"))
        .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"))
        .args(["-print_final_stats=1", "-verbosity=0"])
        .stdin(Stdio::null());
    let output = command.output().map_err(|error| Failure::io("cargo-fuzz could not be started", &error))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        eprintln!("{said}");
        let place = format!("the input that did it lies in fuzz/artifacts/{target}");
        return Err(Failure::new(format!("the parser {target} broke a law; {place}")));
    }
    let runs = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    println!("fuzzed {target} for {seconds} s: {} inputs", runs.map_or("no count of", str::trim));
    Ok(())
}

/// Sanitizers want an unstable compiler: a nightly where there is one, else this one told to be so.
fn on_a_toolchain(mut command: Command) -> Command {
    if works(Command::new("cargo").env("RUSTUP_TOOLCHAIN", "nightly").arg("--version")) {
        command.env("RUSTUP_TOOLCHAIN", "nightly");
    } else {
        command.env("RUSTC_BOOTSTRAP", "1");
    }
    command
}
