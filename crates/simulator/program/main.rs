//! Runs simulated sessions and tells what came of them: `cargo xtask sim`.

mod running;
mod summary;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use simulator::{Mutant, Plan, Quirk, Wanted};

use running::{Failed, Runner};

/// Runs many simulated sessions of peers of ours, each from a seed, and sees whether all agree at the end.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask sim", after_help = "Example: cargo xtask sim --seeds 200 --peers 5")]
struct Arguments {
    /// Run sessions of bare logs: no peers, clocks or network, and a hundred times as many.
    #[arg(long, conflicts_with_all = ["peers", "operations", "replay", "mutant", "keep_going"])]
    logs: bool,
    /// How many sessions.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The seed of the first one; the others follow it.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Peers in each, 2 to 16 [default: drawn].
    #[arg(long, value_parser = clap::value_parser!(u8).range(2..=16))]
    peers: Option<u8>,
    /// Commands in each [default: drawn, 100 to 2000].
    #[arg(long)]
    operations: Option<u64>,
    /// Run one plan that was saved, in place of seeds.
    #[arg(long, conflicts_with_all = ["seeds", "first", "peers", "operations"])]
    replay: Option<PathBuf>,
    /// Break a rule at one peer; the run fails where that is not noticed.
    #[arg(long, value_parser = mutant)]
    mutant: Option<Mutant>,
    #[command(flatten)]
    company: Company,
    /// Name every seed that fails, rather than stop at the first and make its plan shorter.
    #[arg(long, conflicts_with = "mutant")]
    keep_going: bool,
    /// Where a failing plan is saved.
    #[arg(long, default_value = "target/simulator")]
    plans: PathBuf,
}

/// Existing peers.
#[derive(Debug, clap::Args)]
struct Company {
    /// Have existing peers take part: one to three, seed and latest.
    #[arg(long, conflicts_with = "logs")]
    mixed: bool,
    /// Fail where an existing peer does not end equal to ours.
    #[arg(long, requires = "mixed")]
    must_agree: bool,
    /// Take one quirk from all existing peers.
    #[arg(long, requires = "mixed", value_parser = quirk)]
    without: Option<Quirk>,
}

fn mutant(word: &str) -> Result<Mutant, String> {
    let words: Vec<&str> = Mutant::WORDS.iter().map(|(_, word)| *word).collect();
    Mutant::of_word(word).ok_or_else(|| format!("there is none of that name, but {}", words.join(", ")))
}

fn quirk(word: &str) -> Result<Quirk, String> {
    let words: Vec<&str> = Quirk::WORDS.iter().map(|(_, word)| *word).collect();
    Quirk::of_word(word).ok_or_else(|| format!("there is none of that name, but {}", words.join(", ")))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    running::keep_panics_quiet();
    let result = match &arguments.replay {
        Some(path) => replay(path),
        None if arguments.logs => running::logs(arguments.first, arguments.seeds),
        None => seeds(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn seeds(arguments: &Arguments) -> Result<(), String> {
    let wanted = Wanted {
        peers: arguments.peers.map(usize::from),
        operations: arguments.operations,
        mutant: arguments.mutant,
        mixed: arguments.company.mixed,
        existing_must_agree: arguments.company.must_agree,
        without: arguments.company.without,
    };
    let runner = Runner::new(wanted, arguments.first, arguments.seeds, arguments.keep_going);
    let outcome = runner.run();
    match (outcome.failed, arguments.mutant) {
        (None, None) => summary::print(&outcome.figures, outcome.took, !arguments.company.mixed),
        (None, Some(mutant)) => {
            Err(format!("{} was not noticed within {} seeds", mutant.word(), arguments.seeds))
        }
        (Some(failed), Some(mutant)) => {
            println!("{} noticed: {}: {}", mutant.word(), failed.whence, failed.failure);
            Ok(())
        }
        (Some(failed), None) if arguments.keep_going => {
            let _ = summary::print(&outcome.figures, outcome.took, false);
            Err(format!("{} fails, and maybe others: see above", failed.whence))
        }
        (Some(failed), None) => Err(save(failed, &arguments.plans)?),
    }
}

fn replay(path: &PathBuf) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let plan = Plan::from_json(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let started = std::time::Instant::now();
    let ran = running::run_caught(&plan);
    summary::print(&ran.figures, started.elapsed(), false)?;
    ran.failure.map_or(Ok(()), |failure| Err(failure.to_string()))
}

/// Shortens and saves a plan that fails; says where it is.
fn save(failed: Failed, folder: &std::path::Path) -> Result<String, String> {
    let (whence, first) = (failed.whence.clone(), failed.failure.to_string());
    eprintln!("{whence} fails; looking for a shorter plan …");
    let steps = failed.plan.steps.len();
    let shrunk = running::shrink(failed);
    let path = folder.join(format!("{}.json", whence.replace(' ', "-")));
    let saved = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, shrunk.plan.to_json()));
    saved.map_err(|error| format!("{first}\nthe plan could not be saved: {}: {error}", path.display()))?;
    Ok(format!(
        "{whence}: {first}\n{} of {steps} steps do it ({} sessions tried): {}\nagain: cargo xtask sim --replay {}",
        shrunk.plan.steps.len(),
        shrunk.runs,
        shrunk.failure,
        path.display()
    ))
}
