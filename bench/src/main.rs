//! How long things take, as JSON on standard output: `cargo xtask bench` builds and runs this.
//!
//! `document` measures reading, writing and editing of timelines, and opentimelineio beside it. `engine` measures what
//! operations of others take to get into the state, and yrs, loro and automerge beside it. `session` measures what a long session keeps in memory. Nothing here fails because it
//! was slow: whether a target was met is told, and judged by whoever reads it.

mod children;
mod clock;
mod document;
mod engine;
mod figures;
mod folder;
#[cfg(feature = "counting")]
mod heap;
mod memory;
mod opentimelineio;
mod places;
#[cfg(feature = "counting")]
mod session;
mod timeline;

use std::path::PathBuf;
use std::process::ExitCode;

/// What the `otio-sync` program allocates with.
#[cfg(feature = "mimalloc")]
type Allocator = mimalloc::MiMalloc;
#[cfg(feature = "mimalloc")]
const OF_THE_PROGRAM: Allocator = mimalloc::MiMalloc;
#[cfg(not(feature = "mimalloc"))]
type Allocator = std::alloc::System;
#[cfg(not(feature = "mimalloc"))]
const OF_THE_PROGRAM: Allocator = std::alloc::System;

#[cfg(not(feature = "counting"))]
#[global_allocator]
static ALLOCATOR: Allocator = OF_THE_PROGRAM;
#[cfg(feature = "counting")]
#[global_allocator]
static ALLOCATOR: cap::Cap<Allocator> = cap::Cap::new(OF_THE_PROGRAM, usize::MAX);

/// Why there are no figures.
pub(crate) type Failure = Box<dyn std::error::Error>;

const USAGE: &str = "usage: otio-sync-bench document --python INTERPRETER [--clips N] [--rounds N]
       otio-sync-bench engine [--clips N] [--edits N]
       otio-sync-bench session [--operations N] [--joins N] [--clips N] [--after N --keeps N]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Failure> {
    match arguments.split_first() {
        Some((command, rest)) if command == "document" => {
            println!("{}", document::report(&document_options(rest)?)?);
            Ok(())
        }
        Some((command, rest)) if command == "engine" => {
            println!("{}", engine::report(&engine_options(rest)?, &folder::Folder::make()?.0)?);
            Ok(())
        }
        #[cfg(feature = "counting")]
        Some((command, rest)) if command == "session" => {
            println!("{}", session::report(&session_options(rest)?)?);
            Ok(())
        }
        Some((command, [file])) if command == memory::COMMAND => memory::hold(file.as_ref()),
        Some((command, [file])) if command == engine::COMMAND => engine::hold(file.as_ref()),
        _ => Err(USAGE.into()),
    }
}

fn document_options(words: &[String]) -> Result<document::Options, Failure> {
    let mut python = None;
    let mut options = document::Options { python: PathBuf::new(), clips: 10_000, rounds: 9 };
    for pair in words.chunks(2) {
        match pair {
            [name, value] if name == "--python" => python = Some(PathBuf::from(value)),
            [name, value] if name == "--clips" => options.clips = count(name, value)?,
            [name, value] if name == "--rounds" => options.rounds = count(name, value)?,
            _ => return Err(USAGE.into()),
        }
    }
    options.python = python.ok_or(USAGE)?;
    Ok(options)
}

fn engine_options(words: &[String]) -> Result<engine::Options, Failure> {
    let mut options = engine::Options { clips: 10_000, edits: 1_000 };
    for pair in words.chunks(2) {
        match pair {
            [name, value] if name == "--clips" => options.clips = count(name, value)?,
            [name, value] if name == "--edits" => options.edits = count(name, value)?,
            _ => return Err(USAGE.into()),
        }
    }
    Ok(options)
}

#[cfg(feature = "counting")]
fn session_options(words: &[String]) -> Result<session::Options, Failure> {
    let mut options =
        session::Options { operations: 1_000_000, joins: 10_000, clips: 1_000, checkpoints: None };
    let (mut after, mut keeps) = (None, None);
    for pair in words.chunks(2) {
        match pair {
            [name, value] if name == "--operations" => options.operations = count(name, value)?,
            [name, value] if name == "--joins" => options.joins = value.parse()?,
            [name, value] if name == "--clips" => options.clips = count(name, value)?,
            [name, value] if name == "--after" => after = Some(count(name, value)?),
            [name, value] if name == "--keeps" => keeps = Some(count(name, value)?),
            _ => return Err(USAGE.into()),
        }
    }
    options.checkpoints = match (after, keeps) {
        (None, None) => None,
        (Some(after), Some(keeps)) => Some((after, keeps)),
        _ => return Err(USAGE.into()),
    };
    Ok(options)
}

/// A whole number above zero.
fn count(name: &str, value: &str) -> Result<u32, Failure> {
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("{name} needs a whole number above 0, not `{value}`").into())
}
