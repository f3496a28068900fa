//! Plays random scripts with the Python peer and tells what came of them: `cargo xtask conformance`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use conformance::live::{Figures, Outcome, Over, Script, Surroundings};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// Plays sessions of peers of ours and the Python peer over real networks, each from a seed.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo xtask conformance", after_help = "Example: cargo xtask conformance --scripts 500")]
struct Arguments {
    /// How many scripts, half of them over each network.
    #[arg(long, default_value_t = 20)]
    scripts: u64,
    /// The seed of the first one; the others follow it.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Play this seed alone.
    #[arg(long, conflicts_with_all = ["scripts", "first"])]
    seed: Option<u64>,
    /// Over this network alone: amqp or udp.
    #[arg(long, value_parser = over)]
    over: Option<Over>,
    /// How many at once.
    #[arg(long, default_value_t = 5)]
    at_once: u64,
    /// Fail where an existing peer does not end equal to ours, whatever went wrong on the way.
    #[arg(long)]
    must_agree: bool,
    /// Print the script in place of playing it; needs --seed.
    #[arg(long, requires = "seed")]
    show: bool,
    /// Where what failing scripts leave behind is kept.
    #[arg(long, default_value = "target/conformance")]
    kept: PathBuf,
    /// A broker for scripts over RabbitMQ.
    #[arg(long, env = "OTIO_SYNC_TEST_AMQP")]
    broker: Option<String>,
    /// An interpreter with opentimelineio and pika.
    #[arg(long, env = "OTIO_SYNC_PYTHON")]
    python: PathBuf,
}

fn over(word: &str) -> Result<Over, String> {
    Over::of_word(word).ok_or_else(|| "it is `amqp` or `udp`".to_owned())
}

/// Scripts that are left, and what came of the others.
struct Run {
    arguments: Arguments,
    surroundings: Surroundings,
    next: AtomicU64,
    so_far: Mutex<(Vec<(Over, Figures)>, u64)>,
}

impl Run {
    /// The script of that number, where there is one.
    fn script(&self, number: u64) -> Option<Script> {
        let networks = self.networks();
        let count = self.arguments.seed.map_or(self.arguments.scripts, |_| networks.len() as u64);
        if number >= count {
            return None;
        }
        let each = networks.len() as u64;
        let seed = self.arguments.seed.unwrap_or(self.arguments.first + number / each);
        let over = networks[usize::try_from(number % each).unwrap_or(0)];
        Some(Script { must_agree: self.arguments.must_agree, ..Script::draw(seed, over) })
    }

    fn networks(&self) -> Vec<Over> {
        let all = Over::WORDS.iter().map(|(over, _)| *over);
        all.filter(|over| self.arguments.over.is_none_or(|wanted| wanted == *over)).collect()
    }

    async fn work(&self) {
        while let Some(script) = self.script(self.next.fetch_add(1, Ordering::Relaxed)) {
            let began = Instant::now();
            let outcome = script.play(&self.surroundings).await;
            self.note(&script, &outcome, began.elapsed().as_secs_f64()).await;
        }
    }

    async fn note(&self, script: &Script, outcome: &Outcome, took: f64) {
        let (seed, word) = (script.seed, script.over.word());
        let mut so_far = self.so_far.lock().await;
        match so_far.0.iter_mut().find(|(over, _)| *over == script.over) {
            Some((_, figures)) => figures.add(&outcome.figures),
            None => so_far.0.push((script.over, outcome.figures.clone())),
        }
        match &outcome.failure {
            None => println!("seed {seed} over {word}: ok, {took:.1} s"),
            Some(failure) => {
                so_far.1 += 1;
                println!(
                    "seed {seed} over {word}: FAILED after {took:.1} s: {failure}\nagain: cargo xtask conformance --seed {seed} --over {word}"
                );
            }
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let (Some(seed), true) = (arguments.seed, arguments.show) {
        let script = Script::draw(seed, arguments.over.unwrap_or(Over::Amqp));
        println!("{}", script.plan.to_json());
        println!("an existing peer is first: {}; loss: {} %", script.existing_first, script.loss);
        return ExitCode::SUCCESS;
    }
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(play(arguments)),
        Err(error) => {
            eprintln!("error: the network runtime does not start: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn play(arguments: Arguments) -> ExitCode {
    let surroundings = Surroundings {
        python: arguments.python.clone(),
        peers: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/python")),
        broker: arguments.broker.clone(),
        kept: arguments.kept.clone(),
    };
    let (at_once, began) = (arguments.at_once, Instant::now());
    let so_far = Mutex::default();
    let run = Arc::new(Run { arguments, surroundings, next: AtomicU64::new(0), so_far });
    let mut workers = JoinSet::new();
    for _ in 0..at_once {
        let run = Arc::clone(&run);
        workers.spawn(async move { run.work().await });
    }
    while workers.join_next().await.is_some() {}
    let so_far = run.so_far.lock().await;
    print_table(&so_far.0);
    println!("{:<26} {:>22}", "wall time", format!("{:.0} s", began.elapsed().as_secs_f64()));
    if so_far.1 == 0 {
        return ExitCode::SUCCESS;
    }
    eprintln!("error: {} scripts failed: see above", so_far.1);
    ExitCode::FAILURE
}

fn print_table(all: &[(Over, Figures)]) {
    for (over, figures) in all {
        println!("\nover {}", over.word());
        for (name, value) in figures.rows() {
            println!("{name:<26} {value:>22}");
        }
    }
}
