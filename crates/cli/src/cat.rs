//! `otio-sync cat`: an OTIO document in opentimelineio's order and layout.

mod output;

use crate::args::CatArguments;
use crate::failure::{Failure, split_advice};
use crate::recording::{self, Recording};
use crate::source::Source;
use crate::terminal::{print_document, warn};
use lossless_json::{Style, Value};
use otio_document::{DowngradeError, Reading};

/// Runs the command.
pub(crate) fn run(arguments: &CatArguments) -> Result<(), Failure> {
    let text = text_of(arguments)?;
    let reading = if arguments.like_opentimelineio { Reading::LikeOpentimelineio } else { Reading::Exact };
    let document = text.document(reading)?;
    text.warn_of_duplicate_guids(&document);
    if document.root().is_none() && document.to_value().get("OTIO_SCHEMA").is_none() {
        warn(&format!("{}: this is JSON without an OTIO object at its root", text.name));
    }
    if let Some(path) = arguments.output.as_deref().filter(|path| otio_bundle::Form::of(path).is_some()) {
        return output::write_bundle(&document, path, arguments);
    }
    let style = if arguments.compact { Style::OtioCompact } else { Style::OtioPretty };
    let text = match &arguments.downgrade {
        None => document.to_text(style),
        Some(targets) => {
            document.to_text_for(targets, style).map_err(|error| not_downgraded(&text.name, &error))?
        }
    };
    match &arguments.output {
        Some(path) => output::write_file(&text, path, arguments),
        None => print_document(&text),
    }
}

fn not_downgraded(path: &str, error: &DowngradeError) -> Failure {
    let (reason, help) = split_advice(&error.to_string());
    Failure::NotDowngraded { path: path.to_owned(), reason, help: help.unwrap_or_default() }
}

/// The document's text: the file itself, or a timeline of a recording.
fn text_of(arguments: &CatArguments) -> Result<Source, Failure> {
    let (path, timeline) = (&arguments.file, arguments.timeline.as_deref());
    if path.is_dir() && otio_bundle::Form::of(path).is_none() {
        return timeline_of(&recording::open(path)?, timeline);
    }
    let source = Source::of_document(path)?;
    if source.is_recording() {
        timeline_of(&recording::of_source(&source)?, timeline)
    } else {
        only_document(source, timeline)
    }
}

fn only_document(source: Source, timeline: Option<&str>) -> Result<Source, Failure> {
    match timeline {
        None => Ok(source),
        Some(_) => Err(Failure::Usage {
            what: format!("--timeline is for recordings, and {} is a document", source.name),
            help: "leave --timeline out".to_owned(),
        }),
    }
}

/// The text of a timeline as Python's `json.dumps` would hand it to opentimelineio: floats in their shortest form.
fn timeline_of(recording: &Recording, wanted: Option<&str>) -> Result<Source, Failure> {
    let folded = recording.fold(None);
    let guids = folded.log().state().timelines().map(|(guid, _)| guid.to_string());
    let timelines: Vec<(String, Value)> =
        guids.filter_map(|guid| folded.timeline(&guid).map(|value| (guid, value))).collect();
    let (guid, timeline) = choose(&recording.name, &timelines, wanted)?;
    let name = format!("{}, timeline {guid}", recording.name);
    Ok(Source { name, bytes: timeline.to_text(Style::Python).into_bytes(), has_lines: false })
}

fn choose<'a>(
    path: &str,
    timelines: &'a [(String, Value)],
    wanted: Option<&str>,
) -> Result<&'a (String, Value), Failure> {
    let found = match (wanted, timelines) {
        (None, [only]) => return Ok(only),
        (None, []) => "no timeline".to_owned(),
        (None, several) => format!("{} timelines", several.len()),
        (Some(guid), _) => match timelines.iter().find(|(known, _)| known == guid) {
            Some(timeline) => return Ok(timeline),
            None => format!("no timeline {guid}"),
        },
    };
    Err(Failure::WhichTimeline { path: path.to_owned(), found, help: list(timelines) })
}

fn list(timelines: &[(String, Value)]) -> String {
    if timelines.is_empty() {
        return "give a recording that begins with a snapshot or adds a timeline".to_owned();
    }
    let line = |(guid, timeline): &(String, Value)| {
        let name = timeline.get("name").and_then(Value::as_str).unwrap_or_default();
        format!("\n  --timeline {guid}   {name}")
    };
    format!("name one of them:{}", timelines.iter().map(line).collect::<String>())
}
