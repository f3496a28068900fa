//! The memory that operations and objects take, measured in a process of its own.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use lossless_json::Value;
use session_log::SessionLog;
use session_wire::Envelope;

use super::ours::{Ours, first_message, read};
use super::site::{Edit, Site};
use super::{Options, beside_target};
use crate::Failure;
use crate::figures::{object, real, rounded};
use crate::memory::{Pages, numbers_of, resident};
use crate::places::Places;

/// The command by which this program runs itself.
pub(crate) const COMMAND: &str = "hold-session";

/// How many operations of each kind are held.
const OPERATIONS: u32 = 50_000;
/// The timeline, its stack and its track.
const OUTER_OBJECTS: usize = 3;

/// A session in a file: the message that brings the timeline, one SET of every clip, then the operations asked about.
struct Script {
    first: usize,
    /// What a log keeps of the first for good.
    packed: usize,
    text: usize,
}

/// What operations of each kind and objects of the timeline take.
pub(crate) fn report(options: &Options, folder: &Path) -> Result<Value, Failure> {
    let clips = options.clips;
    let sets = kept(options, folder, |places, number| Edit::Set { clip: places.below(clips), take: number })?;
    let moves = kept(options, folder, |places, _| Edit::Move {
        from: places.below(clips),
        to: places.below(clips - 1),
    })?;
    Ok(object([
        ("unit", Value::from("bytes of resident memory, of a process of its own")),
        ("operations_each", Value::from(i64::from(OPERATIONS))),
        ("set", sets.1),
        ("move", moves.1),
        ("live_clip", sets.0),
    ]))
}

/// What a clip takes, and an operation.
fn kept(
    options: &Options,
    folder: &Path,
    draw: impl Fn(&mut Places, u32) -> Edit,
) -> Result<(Value, Value), Failure> {
    let file = folder.join("session.jsonl");
    let script = write(options.clips, &file, draw)?;
    let numbers = numbers_of(COMMAND, &file, Pages::Small)?;
    let [timeline, operations] = numbers[..] else { return Ok((Value::Null, Value::Null)) };
    let clip = real(timeline) / f64::from(options.clips);
    let clip_text = real(script.first) / f64::from(options.clips);
    let clip_packed = real(script.packed) / f64::from(options.clips);
    let clip_beyond = beside_target("live_clip_bytes_beyond_json", clip - clip_packed - clip_text);
    let each = real(operations) / f64::from(OPERATIONS);
    let text = real(script.text) / f64::from(OPERATIONS);
    let beyond = beside_target("retained_operation_bytes_beyond_text", each - text);
    Ok((
        object([
            ("held", rounded(clip)),
            ("of_that_operation", rounded(clip_packed)),
            ("json", rounded(clip_text)),
            ("beyond_json", clip_beyond),
        ]),
        object([("held", rounded(each)), ("json", rounded(text)), ("beyond_text", beyond)]),
    ))
}

fn write(clips: u32, file: &Path, draw: impl Fn(&mut Places, u32) -> Edit) -> Result<Script, Failure> {
    let mut out = BufWriter::new(File::create(file)?);
    let first = first_message(clips)?;
    let packed = Envelope::decode(&first)?.pack().map_or(0, |packed| packed.bytes());
    let mut put = |line: &[u8]| out.write_all(line).and_then(|()| out.write_all(b"\n"));
    put(&first)?;
    let mut author = Ours::with_clips(clips)?.fork(1)?;
    for clip in 0..clips {
        put(&author.edit(u64::from(clip) + 2, Edit::Set { clip, take: 0 })?)?;
    }
    let mut places = Places(1);
    let mut text = 0;
    for number in 0..OPERATIONS {
        let line = author.edit(u64::from(clips + number) + 2, draw(&mut places, number))?;
        text += line.len();
        put(&line)?;
    }
    out.flush()?;
    Ok(Script { first: first.len(), packed, text })
}

/// What [`report`] runs: prints what the timeline took, and what the operations took that came after one for each clip.
pub(crate) fn hold(file: &Path) -> Result<(), Failure> {
    warm_up()?;
    let mut lines = BufReader::new(File::open(file)?).lines();
    let mut log = SessionLog::new();
    let at_start = resident("VmRSS:");
    take_in(&mut log, lines.next())?;
    // The operation that brought it is packed once the next one is there.
    take_in(&mut log, lines.next())?;
    let with_timeline = resident("VmRSS:");
    let root = log.state().timelines().next().and_then(|(_, document)| Some((document, document.root()?)));
    let clips = root.map_or(0, |(document, root)| document.descend(root).count() - OUTER_OBJECTS);
    lines.by_ref().take(clips - 1).try_for_each(|line| take_in(&mut log, Some(line)))?;
    let touched = resident("VmRSS:");
    lines.try_for_each(|line| take_in(&mut log, Some(line)))?;
    let at_end = resident("VmRSS:");
    black_box(&log);
    if let (Some(a), Some(b), Some(c), Some(d)) = (at_start, with_timeline, touched, at_end) {
        println!("{} {}", b.saturating_sub(a), d.saturating_sub(c));
    }
    Ok(())
}

/// Has the program's own pages come in, which are not the session's.
fn warm_up() -> Result<(), Failure> {
    let mut author = Ours::with_clips(2)?.fork(1)?;
    let bytes = author.edit(2, Edit::Set { clip: 1, take: 0 })?;
    Ours::with_clips(2)?.fork(2)?.receive(&bytes)
}

fn take_in(log: &mut SessionLog, line: Option<std::io::Result<String>>) -> Result<(), Failure> {
    let operation = read(line.ok_or("too few lines")??.as_bytes())?;
    log.insert(operation);
    Ok(())
}
