//! Many sessions, on all processors.

use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use simulator::{Failure, Figures, LogPlan, Plan, Ran, Shrunk, Wanted};

/// Sessions that are run to find a shorter plan.
const SHRINKING_RUNS_MAX: u32 = 2_000;
/// How often progress is told.
const PROGRESS: Duration = Duration::from_secs(2);
/// The law that a panic breaks.
const NO_PANIC: &str = "nobody panics";

/// A plan that fails.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) plan: Plan,
    pub(crate) failure: Failure,
    /// What it was drawn from.
    pub(crate) whence: String,
}

/// What came of all sessions.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) figures: Figures,
    pub(crate) failed: Option<Failed>,
    pub(crate) took: Duration,
}

/// Seeds to run.
#[derive(Debug)]
pub(crate) struct Runner {
    wanted: Wanted,
    next: AtomicU64,
    end: u64,
    count: u64,
    keep_going: bool,
    started: Instant,
    so_far: Mutex<SoFar>,
}

#[derive(Debug)]
struct SoFar {
    figures: Figures,
    failed: Option<(u64, Failed)>,
    told: Instant,
}

impl Runner {
    pub(crate) fn new(wanted: Wanted, first: u64, count: u64, keep_going: bool) -> Self {
        let started = Instant::now();
        Self {
            wanted,
            next: AtomicU64::new(first),
            end: first.saturating_add(count),
            count,
            keep_going,
            started,
            so_far: Mutex::new(SoFar { figures: Figures::default(), failed: None, told: started }),
        }
    }

    /// Runs each seed twice, until all are done or one fails: of those that fail the lowest is told.
    pub(crate) fn run(self) -> Outcome {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| self.work());
            }
        });
        let took = self.started.elapsed();
        let so_far = self.so_far.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        Outcome { figures: so_far.figures, failed: so_far.failed.map(|(_, failed)| failed), took }
    }

    fn work(&self) {
        loop {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.end {
                return;
            }
            let plan = Plan::draw(seed, &self.wanted);
            let ran = run_twice(&plan);
            self.note(seed, plan, ran);
        }
    }

    fn note(&self, seed: u64, plan: Plan, ran: Ran) {
        let mut so_far = self.so_far.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        so_far.figures.add(&ran.figures);
        if let Some(failure) = ran.failure {
            if self.keep_going {
                println!("seed {seed}: {failure}");
            } else {
                self.next.store(self.end, Ordering::Relaxed);
            }
            if so_far.failed.as_ref().is_none_or(|(lowest, _)| seed < *lowest) {
                so_far.failed = Some((seed, Failed { plan, failure, whence: format!("seed {seed}") }));
            }
        }
        if so_far.told.elapsed() > PROGRESS && std::io::stderr().is_terminal() {
            so_far.told = Instant::now();
            eprintln!(
                "{} of {} seeds, {} operations",
                so_far.figures.seeds, self.count, so_far.figures.operations
            );
        }
    }
}

/// Runs a plan twice: both must go the same way.
fn run_twice(plan: &Plan) -> Ran {
    let mut ran = run_caught(plan);
    if ran.failure.is_none() && run_caught(plan).trace != ran.trace {
        let detail = "the second time something else happened".to_owned();
        ran.failure = Some(Failure { law: "the same plan gives the same session", detail });
    }
    ran
}

/// Runs a plan; a panic is a failure too.
pub(crate) fn run_caught(plan: &Plan) -> Ran {
    catch_unwind(AssertUnwindSafe(|| plan.run())).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let failure = Failure { law: NO_PANIC, detail: text.unwrap_or_default() };
        Ran { trace: String::new(), figures: Figures::default(), failure: Some(failure) }
    })
}

/// A shorter plan that fails in the same way.
pub(crate) fn shrink(failed: Failed) -> Shrunk {
    failed.plan.shrink(failed.failure, SHRINKING_RUNS_MAX, &mut |plan| run_twice(plan).failure)
}

/// Panics are told as failures, not as they happen.
pub(crate) fn keep_panics_quiet() {
    std::panic::set_hook(Box::new(|_| {}));
}

/// Runs sessions of bare logs on all processors, until all are done or one fails; that one is told by its acts.
pub(crate) fn logs(first: u64, count: u64) -> Result<(), String> {
    let (next, end) = (AtomicU64::new(first), first.saturating_add(count));
    let started = Instant::now();
    let so_far = Mutex::new((Figures::default(), None::<(u64, Failure)>));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut figures = Figures::default();
                let mut seed = next.fetch_add(1, Ordering::Relaxed);
                while seed < end {
                    let (one, failure) = logs_caught(&LogPlan::draw(seed));
                    figures.add(&one);
                    if let Some(failure) = failure {
                        next.store(end, Ordering::Relaxed);
                        let mut so_far = so_far.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                        so_far.1.get_or_insert((seed, failure));
                    }
                    seed = next.fetch_add(1, Ordering::Relaxed);
                }
                so_far.lock().unwrap_or_else(std::sync::PoisonError::into_inner).0.add(&figures);
            });
        }
    });
    let (figures, failed) = so_far.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    match failed {
        None => crate::summary::print_logs(&figures, started.elapsed()),
        Some((seed, failure)) => Err(shortened(seed, &failure)),
    }
}

/// The acts that a failure needs.
fn shortened(seed: u64, failure: &Failure) -> String {
    let law = failure.law;
    let fails = &mut |plan: &LogPlan| logs_caught(plan).1.is_some_and(|other| other.law == law);
    let short = LogPlan::draw(seed).shrink(SHRINKING_RUNS_MAX, fails);
    let acts: Vec<String> = short.acts.iter().map(|act| format!("  {act:?}")).collect();
    let failure = logs_caught(&short).1.map_or_else(|| failure.to_string(), |failure| failure.to_string());
    format!("seed {seed}: {failure}\nof {} logs and these acts:\n{}", short.logs, acts.join("\n"))
}

fn logs_caught(plan: &LogPlan) -> (Figures, Option<Failure>) {
    catch_unwind(AssertUnwindSafe(|| plan.run())).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        (Figures::default(), Some(Failure { law: NO_PANIC, detail: text.unwrap_or_default() }))
    })
}
