//! The memory that a document takes, measured in a process of its own.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use otio_document::{Document, Reading};

use crate::{Failure, timeline};

/// The command by which this program runs itself.
pub(crate) const COMMAND: &str = "hold";

/// Bytes of resident memory.
#[derive(Default)]
pub(crate) struct Memory {
    /// By how much holding the document raises it, besides the text.
    pub(crate) held: usize,
    /// By how much it rose at most, text included.
    pub(crate) peak: usize,
}

/// Whether the allocator may ask for pages of 2 MiB, which are resident as a whole once a byte of them is used, and may
/// keep for a second what was given back to it.
#[derive(Clone, Copy)]
pub(crate) enum Pages {
    Small,
    AsTheProgram,
}

/// What a fresh process takes to read the file; nothing where the system does not tell (only Linux is asked).
pub(crate) fn of_reading(file: &Path, pages: Pages) -> Result<Option<Memory>, Failure> {
    let numbers = numbers_of(COMMAND, file, pages)?;
    let [held, peak] = numbers[..] else { return Ok(None) };
    Ok(Some(Memory { held, peak }))
}

/// The numbers that a fresh process of this program prints for a command and a file.
pub(crate) fn numbers_of(command: &str, file: &Path, pages: Pages) -> Result<Vec<usize>, Failure> {
    let mut process = Command::new(std::env::current_exe()?);
    if matches!(pages, Pages::Small) {
        process.env("MIMALLOC_ALLOW_THP", "0").env("MIMALLOC_PURGE_DELAY", "0");
    }
    let output = process.arg(command).arg(file).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().into());
    }
    let text = String::from_utf8(output.stdout)?;
    Ok(text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?)
}

/// What [`of_reading`] runs: prints both numbers.
pub(crate) fn hold(file: &Path) -> Result<(), Failure> {
    // The program's own pages come in when it first runs, and are not the document's.
    black_box(Document::read(timeline::of_clips(1).as_bytes(), Reading::Exact)?);
    let at_start = resident("VmRSS:");
    let text = fs::read(file)?;
    let before = resident("VmRSS:");
    let document = black_box(Document::read(&text, Reading::Exact)?);
    let after = resident("VmRSS:");
    let peak = resident("VmHWM:");
    black_box((&document, &text));
    if let (Some(at_start), Some(before), Some(after), Some(peak)) = (at_start, before, after, peak) {
        println!("{} {}", after.saturating_sub(before), peak.saturating_sub(at_start));
    }
    Ok(())
}

/// The bytes that the system tells of this process under a name; only Linux is asked.
pub(crate) fn resident(line: &str) -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let rest = status.lines().find_map(|found| found.strip_prefix(line))?;
    rest.trim().strip_suffix(" kB")?.parse::<usize>().ok().map(|kilobytes| kilobytes * 1024)
}
