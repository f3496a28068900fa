//! Times of work that is done over and over.

use std::hint::black_box;
use std::time::Instant;

/// The seconds of one piece of work, and what came of it. What comes of it is dropped outside of the time.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let begun = Instant::now();
    let result = black_box(work());
    (begun.elapsed().as_secs_f64(), result)
}

/// The middle one of some times, and the shortest.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) median: f64,
    pub(crate) shortest: f64,
}

impl Times {
    /// Of times in any order; none is an endless time, since it met no target.
    pub(crate) fn of(mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        let at = |index: usize| seconds.get(index).copied().unwrap_or(f64::INFINITY);
        Self { median: at(seconds.len() / 2), shortest: at(0) }
    }
}
