//! `otio-sync fold`: the state that a recording leads to.

use crate::args::FoldArguments;
use crate::failure::Failure;
use crate::recording;
use crate::terminal::print;
use lossless_json::Style;

/// Runs the command.
pub(crate) fn run(arguments: &FoldArguments) -> Result<(), Failure> {
    let recording = recording::open(&arguments.file)?;
    let folded = recording.fold(arguments.at).to_value(&recording.stem);
    let style = if arguments.compact { Style::Strict } else { Style::StrictPretty };
    print(&(folded.to_text(style) + "\n"))
}
