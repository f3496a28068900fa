//! The tests, with what they need beside them.

use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::broker::{self, Broker};
use crate::failure::Failure;
use crate::process::{cargo, run as run_command, works};
use crate::python;
use crate::workspace::Workspace;

/// How many tests ran, and how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

/// How far the tests that draw their inputs go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The same inputs every time, so that a failure is the change's own; others with `PROPTEST_RNG_SEED`.
    Usual,
    /// New inputs, and many.
    Nightly,
}

const USUAL_SEED: &str = "14857";
const NIGHTLY_CASES: &str = "20000";
/// Plans that do not fit what a property is about, of the cases above.
const NIGHTLY_REJECTS: &str = "1000000";

/// Runs the tests; `arguments` go to the runner and leave the documentation's examples out.
pub(crate) fn run(workspace: &Workspace, arguments: &[String], reach: Reach) -> Result<Counts, Failure> {
    broker::sweep(workspace);
    let interpreter = python::environment(workspace)?;
    let program = build_program(workspace)?;
    let broker = Broker::start(workspace)?;
    println!("RabbitMQ for this run: {}", broker.address());
    if workspace.shared().is_none() {
        println!("no material in ../shared: the tests on recordings, goldens and samples are skipped");
    }
    let prepared = |command: &mut Command| {
        prepare(command, workspace, &interpreter, &program, &broker);
        reach.set(command);
    };
    let mut counts = Counts::default();
    if arguments.is_empty() {
        let mut examples = cargo(workspace);
        examples.args(["test", "--workspace", "--doc", "--locked", "--quiet"]);
        prepared(&mut examples);
        counts.add(counted(&mut examples, Stream::Output)?);
    }
    let has_nextest = works(cargo(workspace).args(["nextest", "--version"]));
    let mut tests = cargo(workspace);
    if has_nextest {
        tests.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]);
        if std::io::stderr().is_terminal() {
            tests.args(["--color", "always"]);
        }
    } else {
        tests.args(["test", "--workspace", "--lib", "--bins", "--tests", "--locked", "--no-fail-fast"]);
    }
    if has_nextest && reach == Reach::Nightly {
        tests.args(["--profile", "nightly"]);
    }
    tests.args(arguments);
    prepared(&mut tests);
    counts.add(counted(&mut tests, if has_nextest { Stream::Error } else { Stream::Output })?);
    Ok(counts)
}

/// The program under test, built as the tests build it.
fn build_program(workspace: &Workspace) -> Result<PathBuf, Failure> {
    run_command(cargo(workspace).args(["build", "--package", "otio-sync", "--locked"]))?;
    Ok(workspace.target().join("debug/otio-sync"))
}

fn prepare(
    command: &mut Command,
    workspace: &Workspace,
    interpreter: &Path,
    program: &Path,
    broker: &Broker,
) {
    command
        .env("OTIO_SYNC_TEST_AMQP", broker.address())
        .env("OTIO_SYNC_PYTHON", interpreter)
        .env("OTIO_SYNC_BIN", program)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    if let Some(shared) = workspace.shared() {
        command.env("OTIO_SYNC_SHARED", shared);
    }
}

impl Reach {
    fn set(self, command: &mut Command) {
        match self {
            Self::Usual if std::env::var_os("PROPTEST_RNG_SEED").is_none() => {
                command.env("PROPTEST_RNG_SEED", USUAL_SEED)
            }
            Self::Usual => command,
            Self::Nightly => command
                .env("PROPTEST_CASES", NIGHTLY_CASES)
                .env("PROPTEST_MAX_GLOBAL_REJECTS", NIGHTLY_REJECTS)
                .env("OTIO_SYNC_DOCUMENTS", NIGHTLY_CASES),
        };
    }
}

#[derive(Clone, Copy)]
enum Stream {
    Output,
    Error,
}

/// Runs a test runner, shows what it prints on `stream` and adds up its closing lines.
fn counted(command: &mut Command, stream: Stream) -> Result<Counts, Failure> {
    let described = format!("{command:?}");
    let what = || Failure::new("the test runner could not be started");
    command.stdin(Stdio::null());
    match stream {
        Stream::Output => command.stdout(Stdio::piped()),
        Stream::Error => command.stderr(Stdio::piped()),
    };
    let mut child = command.spawn().map_err(|error| Failure::io(&described, &error))?;
    let mut counts = Counts::default();
    match stream {
        Stream::Output => {
            let lines = BufReader::new(child.stdout.take().ok_or_else(what)?).lines();
            lines.map_while(Result::ok).for_each(|line| {
                counts.add_line(&line);
                println!("{line}");
            });
        }
        Stream::Error => {
            let lines = BufReader::new(child.stderr.take().ok_or_else(what)?).lines();
            lines.map_while(Result::ok).for_each(|line| {
                counts.add_line(&line);
                eprintln!("{line}");
            });
        }
    }
    let status = child.wait().map_err(|error| Failure::io(&described, &error))?;
    if !status.success() {
        return Err(Failure::new(format!("{} passed, {} failed ({status})", counts.passed, counts.failed)));
    }
    Ok(counts)
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Adds a closing line of `cargo test` (`test result: ok. 3 passed; 0 failed; …`) or of nextest
    /// (`Summary [ 0.1s] 3 tests run: 3 passed, 0 skipped`).
    fn add_line(&mut self, line: &str) {
        let plain = without_colour(line);
        let closing = plain.trim_start();
        // Nextest repeats the closing line of a test that fails, indented.
        if !(plain.starts_with("test result:") || closing.starts_with("Summary [")) {
            return;
        }
        let words: Vec<&str> =
            closing.split([' ', ',', ';', ':', '(', ')']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            match (pair[0].parse::<u64>(), pair[1]) {
                (Ok(count), "passed") => self.passed += count,
                (Ok(count), "failed" | "timed") => self.failed += count,
                _ => {}
            }
        }
    }
}

/// `line` without the sequences that colour a terminal.
fn without_colour(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(line: &str) -> (u64, u64) {
        let mut counts = Counts::default();
        counts.add_line(line);
        (counts.passed, counts.failed)
    }

    #[test]
    fn closing_lines_of_both_runners_are_understood() {
        assert_eq!(counts("test result: ok. 3 passed; 1 failed; 0 ignored; finished in 0.1s"), (3, 1));
        assert_eq!(
            counts("     Summary [   1.234s] 12 tests run: 11 passed (1 slow), 1 failed, 2 skipped"),
            (11, 1)
        );
        assert_eq!(
            counts(
                "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m skipped"
            ),
            (2, 0)
        );
        assert_eq!(counts("test joins ... ok, 3 passed"), (0, 0));
        assert_eq!(counts("    test result: FAILED. 0 passed; 1 failed; 0 ignored"), (0, 0));
    }
}
