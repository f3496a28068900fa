//! `cargo xtask ci`: every check in turn, each timed, and a table at the end.

use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::options::Options;
use crate::process::{cargo, run as run_command};
use crate::suite::Reach;
use crate::workspace::Workspace;
use crate::{conformance, deny, fuzz, protocol, python, sans_io, setup, simulation, suite, tidy};

/// What a step that went well has to say, if anything.
type Note = Option<String>;

/// One check.
struct Step {
    name: &'static str,
    about: &'static str,
    /// Long steps are left out once another step has failed.
    long: bool,
    check: fn(&Workspace) -> Result<Note, Failure>,
}

enum Outcome {
    Passed(Note),
    Failed(String),
    LeftOut,
}

const STEPS: &[Step] = &[
    Step {
        name: "setup",
        about: "what the checks need is there",
        long: false,
        check: |w| quiet(setup::everything(w)),
    },
    Step {
        name: "tidy",
        about: "leftovers, over-long files, shared material",
        long: false,
        check: |w| quiet(tidy::run(w)),
    },
    Step {
        name: "fmt",
        about: "rustfmt",
        long: false,
        check: |w| cargo_step(w, &["fmt", "--all", "--check"]),
    },
    Step { name: "lock", about: "Cargo.lock is current", long: false, check: lock_file },
    Step {
        name: "sans-io",
        about: "the inner crates touch no clock or socket",
        long: false,
        check: |w| quiet(sans_io::run(w)),
    },
    Step { name: "clippy", about: "lints, warnings are errors", long: false, check: clippy },
    Step { name: "doc", about: "rustdoc with private items, warnings are errors", long: false, check: doc },
    Step {
        name: "protocol",
        about: "docs/protocol.md is current",
        long: false,
        check: |w| quiet(protocol::run(w, true)),
    },
    Step {
        name: "deny",
        about: "licences, bans, sources, advisories",
        long: false,
        check: |w| quiet(deny::run(w)),
    },
    Step {
        name: "python",
        about: "the Python peer's own tests, and random scripts with it over RabbitMQ and UDP",
        long: false,
        check: |w| quiet(python::run_tests(w).and_then(|()| conformance::ci(w))),
    },
    Step {
        name: "fuzz",
        about: "every parser against generated input",
        long: true,
        check: |w| fuzz::all(w).map(Some),
    },
    Step {
        name: "sim",
        about: "simulated sessions, and whether they reach every mark",
        long: true,
        check: |w| quiet(simulation::ci(w)),
    },
    Step { name: "tests", about: "every test, with RabbitMQ and Python beside", long: true, check: tests },
];

/// Runs the steps that `options` ask for.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    if options.flag("list") {
        for step in STEPS {
            println!("{:<10} {}", step.name, step.about);
        }
        return Ok(());
    }
    let chosen = chosen(options.value("only"))?;
    let mut report: Vec<(&Step, Outcome, Duration)> = Vec::new();
    for step in chosen {
        let failed_before = report.iter().any(|(_, outcome, _)| matches!(outcome, Outcome::Failed(_)));
        let started = Instant::now();
        let outcome = if step.long && failed_before && !options.flag("keep-going") {
            Outcome::LeftOut
        } else {
            println!("== {}: {}", step.name, step.about);
            match (step.check)(workspace) {
                Ok(note) => Outcome::Passed(note),
                Err(failure) => Outcome::Failed(failure.to_string()),
            }
        };
        println!("== {}: {}, {:.1} s", step.name, outcome.word(), started.elapsed().as_secs_f64());
        report.push((step, outcome, started.elapsed()));
    }
    conclude(&report)
}

fn chosen(only: Option<&str>) -> Result<Vec<&'static Step>, Failure> {
    let Some(only) = only else { return Ok(STEPS.iter().collect()) };
    only.split(',')
        .map(|name| {
            STEPS.iter().find(|step| step.name == name).ok_or_else(|| {
                Failure::usage(format!("there is no step `{name}`; `cargo xtask ci --list` names them"))
            })
        })
        .collect()
}

/// Prints the table, and the count of tests as its last line.
fn conclude(report: &[(&Step, Outcome, Duration)]) -> Result<(), Failure> {
    let total: Duration = report.iter().map(|(_, _, took)| *took).sum();
    println!("\n{:<10} {:<9} {:>8}", "step", "result", "seconds");
    for (step, outcome, took) in report {
        println!("{:<10} {:<9} {:>8.1}  {}", step.name, outcome.word(), took.as_secs_f64(), outcome.remark());
    }
    println!("{:<10} {:<9} {:>8.1}", "all", "", total.as_secs_f64());
    let failed: Vec<&str> = report
        .iter()
        .filter(|(_, outcome, _)| matches!(outcome, Outcome::Failed(_)))
        .map(|(step, _, _)| step.name)
        .collect();
    for (_, outcome, _) in report {
        if let Outcome::Passed(Some(note)) = outcome {
            println!("{note}");
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::new(format!("failed: {}", failed.join(", ")))) }
}

impl Outcome {
    fn word(&self) -> &'static str {
        match self {
            Self::Passed(_) => "ok",
            Self::Failed(_) => "FAILED",
            Self::LeftOut => "left out",
        }
    }

    fn remark(&self) -> &str {
        match self {
            Self::Passed(note) => note.as_deref().unwrap_or_default(),
            Self::Failed(why) => why,
            Self::LeftOut => "an earlier step failed",
        }
    }
}

fn quiet(result: Result<(), Failure>) -> Result<Note, Failure> {
    result.map(|()| None)
}

fn cargo_step(workspace: &Workspace, arguments: &[&str]) -> Result<Note, Failure> {
    quiet(run_command(cargo(workspace).args(arguments)))
}

fn lock_file(workspace: &Workspace) -> Result<Note, Failure> {
    let manifests = ["Cargo.toml", "fuzz/Cargo.toml", "bench/Cargo.toml"];
    for manifest in manifests.iter().filter(|manifest| workspace.path(manifest).is_file()) {
        let arguments = ["metadata", "--locked", "--format-version", "1", "--manifest-path", manifest];
        crate::process::output(cargo(workspace).args(arguments))?;
    }
    Ok(None)
}

fn clippy(workspace: &Workspace) -> Result<Note, Failure> {
    cargo_step(workspace, &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
}

fn doc(workspace: &Workspace) -> Result<Note, Failure> {
    let arguments = ["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"];
    quiet(run_command(cargo(workspace).args(arguments).env("RUSTDOCFLAGS", "-D warnings")))
}

fn tests(workspace: &Workspace) -> Result<Note, Failure> {
    let counts = suite::run(workspace, &[], Reach::Usual)?;
    Ok(Some(format!("{} passed, {} failed", counts.passed, counts.failed)))
}
