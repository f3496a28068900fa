//! Reading, writing and holding timelines, and opentimelineio beside it.

use std::fs;
use std::path::{Path, PathBuf};

use lossless_json::{Style, Value};
use otio_document::{Document, PropertyPath, Reading};

use crate::clock::{Times, timed};
use crate::figures::{against, object, real, rounded, times};
use crate::folder::Folder;
use crate::memory::Pages;
use crate::opentimelineio::Measured;
use crate::{Failure, children, memory, opentimelineio, timeline};

/// The most that each step may take of what opentimelineio's C++ takes.
const DECODE_TARGET: f64 = 1.0 / 20.0;
const ENCODE_TARGET: f64 = 1.0 / 5.0;
const UNCHANGED_TARGET: f64 = 1.0 / 500.0;
/// The most memory that a document may take of the length of its text.
const MEMORY_TARGET: f64 = 1.5;
/// The most that a clip of the largest timeline may take of what one of the smallest takes.
const GROWTH_TARGET: f64 = 1.5;

const SIZES: [u32; 3] = [1_000, 10_000, 100_000];
/// No more clips than these are read for one size, but three times all of it.
const CLIPS_READ: u32 = 300_000;

/// What to measure.
pub(crate) struct Options {
    /// The interpreter that has opentimelineio.
    pub(crate) python: PathBuf,
    pub(crate) clips: u32,
    pub(crate) rounds: u32,
}

/// All figures of one timeline.
struct Figures {
    bytes: usize,
    decode: Times,
    compact: Written,
    pretty: Written,
}

/// The times of writing in one style.
struct Written {
    /// What was just read.
    first: Times,
    /// The same again.
    unchanged: Times,
    /// After a name was set.
    after_edit: Times,
}

/// The whole report as JSON.
pub(crate) fn report(options: &Options) -> Result<String, Failure> {
    let folder = Folder::make()?;
    let file = folder.0.join("timeline.otio");
    let text = timeline::of_clips(options.clips);
    fs::write(&file, &text)?;
    let ours = measure(&text, options.rounds)?;
    let held = memory_of(&file, text.len())?;
    let theirs = opentimelineio::measure(&options.python, &file, options.rounds)?;
    let is_same =
        Document::read(text.as_bytes(), Reading::Exact)?.to_text(Style::OtioCompact) == theirs.compact;
    let report = object([
        ("clips", Value::from(i64::from(options.clips))),
        ("json_bytes", Value::from(i64::try_from(text.len())?)),
        ("rounds", Value::from(i64::from(options.rounds))),
        ("allocator", Value::from(if cfg!(feature = "mimalloc") { "mimalloc" } else { "system" })),
        ("ours", ours.to_value()),
        ("opentimelineio", theirs_to_value(&theirs)),
        ("same_text", Value::Bool(is_same)),
        ("ratios", ratios(&ours, &theirs)),
        ("memory", held),
        ("linear", linear(&folder.0, options.rounds)?),
        ("children", children::report()?),
    ]);
    Ok(report.to_text(Style::StrictPretty))
}

fn measure(text: &str, rounds: u32) -> Result<Figures, Failure> {
    let mut decode = Vec::new();
    for _ in 0..rounds {
        let (seconds, document) = timed(|| Document::read(text.as_bytes(), Reading::Exact));
        document?;
        decode.push(seconds);
    }
    Ok(Figures {
        bytes: text.len(),
        decode: Times::of(decode),
        compact: write(text, Style::OtioCompact, rounds)?,
        pretty: write(text, Style::OtioPretty, rounds)?,
    })
}

/// Each round writes a document that was read anew, so that nothing is left from the round before.
fn write(text: &str, style: Style, rounds: u32) -> Result<Written, Failure> {
    let name = PropertyPath::parse("name")?;
    let (mut first, mut unchanged, mut after_edit) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let mut document = Document::read(text.as_bytes(), Reading::Exact)?;
        first.push(timed(|| document.encoded(style)).0);
        unchanged.push(timed(|| document.encoded(style)).0);
        let clip = document.descend(document.root().ok_or("a timeline is a tree")?).last();
        document.set_property(clip.ok_or("a timeline has clips")?, &name, format!("take {round}").into())?;
        after_edit.push(timed(|| document.encoded(style)).0);
    }
    Ok(Written {
        first: Times::of(first),
        unchanged: Times::of(unchanged),
        after_edit: Times::of(after_edit),
    })
}

impl Figures {
    fn to_value(&self) -> Value {
        let megabytes_each_second = real(self.bytes) / 1e6 / self.decode.shortest;
        object([
            ("decode", times(self.decode)),
            ("decode_mb_per_s", rounded(megabytes_each_second)),
            ("encode_compact", self.compact.to_value()),
            ("encode_pretty", self.pretty.to_value()),
        ])
    }
}

impl Written {
    fn to_value(&self) -> Value {
        object([
            ("first", times(self.first)),
            ("unchanged", times(self.unchanged)),
            ("after_one_edit", times(self.after_edit)),
        ])
    }
}

fn theirs_to_value(theirs: &Measured) -> Value {
    let step = |name| times(theirs.times(name));
    object([
        ("version", Value::from(theirs.version())),
        ("deserialize", step("deserialize")),
        ("read_from_string", step("read_from_string")),
        ("serialize_compact", step("serialize_compact")),
        ("serialize_pretty", step("serialize_pretty")),
        ("write_to_string", step("write_to_string")),
    ])
}

/// Our times by those of opentimelineio's C++: the shortest of each, which other work on the machine disturbs least.
fn ratios(ours: &Figures, theirs: &Measured) -> Value {
    let ratio = |our: Times, step, target| against(our.shortest / theirs.times(step).shortest, target);
    object([
        ("decode", ratio(ours.decode, "deserialize", DECODE_TARGET)),
        ("encode_compact", ratio(ours.compact.first, "serialize_compact", ENCODE_TARGET)),
        ("encode_compact_after_one_edit", ratio(ours.compact.after_edit, "serialize_compact", ENCODE_TARGET)),
        ("encode_pretty", ratio(ours.pretty.first, "serialize_pretty", ENCODE_TARGET)),
        ("encode_pretty_after_one_edit", ratio(ours.pretty.after_edit, "serialize_pretty", ENCODE_TARGET)),
        ("unchanged_compact", ratio(ours.compact.unchanged, "serialize_compact", UNCHANGED_TARGET)),
        ("unchanged_pretty", ratio(ours.pretty.unchanged, "serialize_pretty", UNCHANGED_TARGET)),
    ])
}

/// The memory by the length of the text; `null` where the system does not tell.
fn memory_of(file: &Path, bytes: usize) -> Result<Value, Failure> {
    let Some(memory) = memory::of_reading(file, Pages::Small)? else { return Ok(Value::Null) };
    let as_the_program = memory::of_reading(file, Pages::AsTheProgram)?.unwrap_or_default();
    let by_json = |memory: usize| real(memory) / real(bytes);
    Ok(object([
        ("held_by_json", against(by_json(memory.held), MEMORY_TARGET)),
        ("peak_by_json", rounded(by_json(memory.peak))),
        ("held_by_json_in_huge_pages", rounded(by_json(as_the_program.held))),
    ]))
}

/// What one clip takes in timelines of several lengths.
fn linear(folder: &Path, rounds: u32) -> Result<Value, Failure> {
    let mut sizes = Vec::new();
    let mut each = Vec::new();
    for clips in SIZES {
        let text = timeline::of_clips(clips);
        let file = folder.join("size.otio");
        fs::write(&file, &text)?;
        let figures = measure(&text, rounds.min(CLIPS_READ / clips).max(3))?;
        let microseconds = |times: Times| times.shortest * 1e6 / f64::from(clips);
        let (decode, encode) = (microseconds(figures.decode), microseconds(figures.pretty.first));
        sizes.push(object([
            ("clips", Value::from(i64::from(clips))),
            ("decode_us_per_clip", rounded(decode)),
            ("encode_us_per_clip", rounded(encode)),
            ("memory", memory_of(&file, text.len())?),
        ]));
        each.push((decode, encode));
    }
    let growth = |of: fn(&(f64, f64)) -> f64| each.last().map_or(0.0, of) / each.first().map_or(1.0, of);
    Ok(object([
        ("sizes", Value::Array(sizes)),
        ("decode_growth", against(growth(|(decode, _)| *decode), GROWTH_TARGET)),
        ("encode_growth", against(growth(|(_, encode)| *encode), GROWTH_TARGET)),
    ]))
}
