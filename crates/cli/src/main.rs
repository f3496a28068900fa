//! The `otio-sync` program: host, join, record, replay, fold, cat and doctor.

mod args;
mod cat;
mod destination;
mod doctor;
mod entrance;
mod failure;
mod fold;
mod host;
mod identity;
mod join;
mod membership;
mod narrator;
mod record;
mod recording;
mod replay;
mod runtime;
mod source;
mod terminal;

use crate::args::{Arguments, Command};
use crate::failure::Failure;
use clap::Parser;
use clap::error::ErrorKind;
use session_transport::LOG_HIDDEN;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::thread;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Documents are hundreds of thousands of small values, which the allocator of the system is slower to make and drop.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Room for the deepest document that is read; the main threads of some systems have less.
pub(crate) const STACK_BYTES: usize = 16 << 20;

fn main() -> ExitCode {
    match thread::Builder::new().name("otio-sync".to_owned()).stack_size(STACK_BYTES).spawn(start) {
        Ok(work) => work.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        // Where there is no room for a thread, there is for most documents.
        Err(_) => start(),
    }
}

fn start() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return explain_usage(&error),
    };
    log_to_stderr();
    if arguments.quiet {
        terminal::be_quiet();
    }
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to be told where standard error is closed.
            let _ = io::stderr().lock().write_all(terminal::plain(&failure.report()).as_bytes());
            failure.exit_code()
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Host(host) => host::run(host, arguments.quiet),
        Command::Join(join) => join::run(join),
        Command::Record(record) => record::run(record, arguments.quiet),
        Command::Replay(replay) => replay::run(replay, arguments.quiet),
        Command::Fold(fold) => fold::run(fold),
        Command::Cat(cat) => cat::run(cat),
        Command::Doctor(doctor) => doctor::run(doctor, arguments.quiet),
    }
}

/// Errors only, since what a user should know is told in words; more where `RUST_LOG` asks for it, but for libraries that
/// would show passwords, secrets and what people write.
fn log_to_stderr() {
    let wanted = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error"));
    let lines =
        tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // Directives of `RUST_LOG` may be more specific than any that is added to them, so this is a filter of its own.
    let shown = filter_fn(|event| !LOG_HIDDEN.iter().any(|hidden| event.target().starts_with(hidden)));
    tracing_subscriber::registry().with(wanted).with(lines.with_filter(shown)).init();
}

/// Help and version go to standard output; what was wrong goes to standard error with where to read more.
fn explain_usage(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A reader that left early (`--help | head -1`) has what it wanted.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.render().to_string();
    let more = format!("help: `{}` shows examples", help_command());
    let told = text.replace("For more information, try '--help'.", &more);
    // Nobody is left to be told where standard error is closed.
    let _ = io::stderr().lock().write_all(told.as_bytes());
    ExitCode::from(2)
}

/// The command whose help fits what was typed.
fn help_command() -> String {
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let known = ["host", "join", "record", "replay", "fold", "cat", "doctor"];
    match typed.iter().find(|word| known.contains(&word.as_str())) {
        Some(command) => format!("otio-sync {command} --help"),
        None => "otio-sync --help".to_owned(),
    }
}
