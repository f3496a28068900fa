//! The project's own checks and chores: `cargo xtask --help`.

mod bench;
mod broker;
mod ci;
mod conformance;
mod deny;
mod failure;
mod fuzz;
mod options;
mod process;
mod protocol;
mod python;
mod sans_io;
mod setup;
mod simulation;
mod suite;
mod tidy;
mod workspace;

use std::process::ExitCode;

use failure::Failure;
use options::Options;
use suite::Reach;
use workspace::Workspace;

const NIGHTLY_FUZZ_SECONDS: &str = "300";
const NIGHTLY_SEEDS: &str = "5000";

const HELP: &str = "\
The project's own checks and chores.

Usage: cargo xtask COMMAND [OPTION…]

Commands:
  ci          every check, with a table at the end; installs what is missing where it may
                --only STEP[,STEP…]   these steps only        --list   name the steps
                --keep-going          run the long steps too after a failure
  setup       install what the checks need: RabbitMQ, a Python environment, cargo-deny, cargo-fuzz
  test        the tests with a private RabbitMQ and the Python environment
                -- ARGUMENT…          handed to the test runner
  nightly     the tests with new inputs, and many, then `sim`, `conformance` and `fuzz` for long; about two and a half hours
                --seconds N           for each fuzz target (300)    --seeds N   sessions to simulate (5000)
  broker      a private RabbitMQ until Ctrl-C or the end of standard input; prints its address
  protocol    write docs/protocol.md from the message types
                --check               only tell whether it is current
  fuzz        feed every parser with generated input
                --seconds N           for each target (20)    --target NAME   only this one
  sim         simulate sessions of many peers, each from a seed; a failing plan is made shorter and saved
                --seeds N             how many (200)    --first SEED   where they begin (0)
                --peers K             in each (drawn)   --operations N  commands in each (drawn)
                --replay PLAN         run a saved plan  --keep-going   name every seed that fails
                --mutant NAME         break a rule at one peer, to see that it is noticed
                --mixed               with one to three existing peers; --must-agree: fail where one does not end equal to ours
                --without QUIRK       of which none of them has this quirk (crates/simulator/src/existing/quirks.rs)
                --logs                bare logs in place of peers: light, so that 200 000 can be run
  conformance play random scripts of peers of ours and the Python peer over RabbitMQ and UDP, each from a seed
                --scripts N           how many (20)   --first SEED   where they begin (0)
                --seed N              this one alone  --over amqp|udp   over this network alone
                --at-once N           how many (5)    --show         print a seed's script
                --must-agree          fail where one does not end equal to ours, whatever went wrong on the way
  bench       measure, beside what others take; prints JSON
                document              reading, writing and editing, beside opentimelineio
                --rounds N            how often each step is done (9)    --clips N   how long the timeline is (10000)
                engine                operations of others, from bytes to state, beside yrs, loro and automerge
                --edits N             how many of each kind (1000)       --alone     without those, which take long to build
                session               what a long session keeps in memory; progress on standard error
                --operations N        of all peers together (1000000)    --joins N   who come, edit and leave (10000)
                --after N --keeps N   how long a log is before it is shortened, and what stays (as the program)
                --system-allocator    without the program's own allocator
  deny        licences, bans and sources of every dependency; advisories where their database can be had
  tidy        leftovers, over-long files, material that must stay outside
  sans-io     no sockets, clock, threads or randomness in the crates that promise it

Examples:
  cargo xtask ci
  cargo xtask ci --only fmt,clippy,tidy
  cargo xtask test -- -p session-core joins
  cargo xtask fuzz --target envelope_json --seconds 300
  cargo xtask sim --seeds 1000 --peers 5
  cargo xtask conformance --seed 7 --over amqp
  cargo xtask bench engine > figures.json
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Failure> {
    let Some((command, rest)) = arguments.split_first() else {
        print!("{HELP}");
        return Ok(());
    };
    if matches!(command.as_str(), "help" | "-h" | "--help")
        || rest.iter().take_while(|word| *word != "--").any(|word| word == "--help" || word == "-h")
    {
        print!("{HELP}");
        return Ok(());
    }
    let workspace = Workspace::find()?;
    match command.as_str() {
        "ci" => {
            let options = Options::parse(rest, &["only"], &["list", "keep-going"])?;
            ci::run(&workspace, &options)
        }
        "setup" => Options::parse(rest, &[], &[]).and_then(|_| setup::everything(&workspace)),
        "test" => suite::run(&workspace, &Options::parse(rest, &[], &[])?.rest, Reach::Usual).map(drop),
        "nightly" => {
            let options = Options::parse(rest, &["seconds", "seeds"], &[])?.or("seeds", NIGHTLY_SEEDS);
            suite::run(&workspace, &options.rest, Reach::Nightly)?;
            simulation::nightly(&workspace, options.value("seeds").unwrap_or(NIGHTLY_SEEDS))?;
            conformance::nightly(&workspace)?;
            fuzz::run(&workspace, &options.or("seconds", NIGHTLY_FUZZ_SECONDS))
        }
        "broker" => Options::parse(rest, &[], &[]).and_then(|_| broker::serve(&workspace)),
        "protocol" => {
            let options = Options::parse(rest, &[], &["check"])?;
            protocol::run(&workspace, options.flag("check"))
        }
        "fuzz" => fuzz::run(&workspace, &Options::parse(rest, &["seconds", "target"], &[])?),
        "sim" => simulation::run(&workspace, rest),
        "conformance" => conformance::run(&workspace, rest),
        "bench" => bench::run(&workspace, rest),
        "deny" => Options::parse(rest, &[], &[]).and_then(|_| deny::run(&workspace)),
        "tidy" => Options::parse(rest, &[], &[]).and_then(|_| tidy::run(&workspace)),
        "sans-io" => Options::parse(rest, &[], &[]).and_then(|_| sans_io::run(&workspace)),
        other => {
            Err(Failure::usage(format!("there is no command `{other}`; `cargo xtask --help` lists them")))
        }
    }
}
