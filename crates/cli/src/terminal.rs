//! Standard output, warnings, and progress on a terminal.

use crate::failure::Failure;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Progress is shown once something has taken this long.
const PROGRESS_AFTER: Duration = Duration::from_secs(1);

/// Writes text to standard output and flushes it.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::stdout)
}

/// Text for a terminal, in which others may have written: what would move the cursor, ring or recolour is shown instead.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let acts = |character: char| character.is_control() && character != '\n' && character != '\t';
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let show = |character: char| {
        if acts(character) { character.escape_default().to_string() } else { character.to_string() }
    };
    Cow::Owned(text.chars().map(show).collect())
}

/// Writes a document: with a final newline for people, without one for programs.
pub(crate) fn print_document(text: &str) -> Result<(), Failure> {
    print(text)?;
    if io::stdout().is_terminal() { print("\n") } else { Ok(()) }
}

/// Whether warnings are left out.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Leaves warnings out from now on.
pub(crate) fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Whether warnings and progress are left out.
pub(crate) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Says something on standard error that does not end the command.
pub(crate) fn warn(text: &str) {
    if is_quiet() {
        return;
    }
    // Nobody is left to be told where standard error is closed.
    let _ = writeln!(io::stderr().lock(), "warning: {}", plain(text));
}

/// Progress on standard error: only on a terminal, and only for what takes over a second.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    settled: bool,
}

impl Progress {
    /// Progress of `what`, out of `total` steps; 0 where their number is not known.
    pub(crate) fn new(what: &'static str, total: u64, quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target((total > 0).then_some(total), ProgressDrawTarget::hidden());
        let layout =
            if total > 0 { "{msg} {wide_bar} {pos}/{len} {eta}" } else { "{spinner} {msg} {elapsed}" };
        // The template is one of the two above; a wrong one would only look plain.
        if let Ok(style) = ProgressStyle::with_template(layout) {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self { bar, started: Instant::now(), settled: quiet || !io::stderr().is_terminal() }
    }

    /// Moves to `done` steps.
    pub(crate) fn at(&mut self, done: u64) {
        if !self.settled && self.started.elapsed() >= PROGRESS_AFTER {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.settled = true;
        }
        self.bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_others_wrote_acts_on_the_terminal() {
        assert_eq!(plain("\u{1b}]0;owned\u{7}\r\u{9b}31m é\t\n"), "\\u{1b}]0;owned\\u{7}\\r\\u{9b}31m é\t\n");
        assert!(matches!(plain("Mika is here\n"), Cow::Borrowed(_)));
    }
}
