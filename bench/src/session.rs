//! What a long session keeps in memory: many operations through three peers that let go of old ones together, and
//! many who come, edit and leave.
//!
//! The log of each peer grows between two checkpoints and shrinks at each, so a figure at one moment says little. Live
//! heap is therefore noted once a virtual second and fitted as `a + b·(operations in the logs) + c·(operations so far)`:
//! `c` is what stays for good.

mod fit;
mod guest;
mod room;
mod script;

use std::time::Instant;

use lossless_json::{Style, Value};

use crate::Failure;
use crate::clock::Times;
use crate::figures::{against, object, real, rounded, times};
use crate::heap;
use fit::{Sample, growth};
use room::Room;
use script::Script;

/// Growth per this many operations is judged.
const WINDOW: u64 = 100_000;
/// The most that it may be, in percent of what is live.
const GROWTH_PERCENT_MAX: f64 = 1.0;
/// Operations before growth is judged, at least: tables come to their size, and first undo stacks fill.
const WARM_UP: u64 = 2 * WINDOW;

/// What to measure.
pub(crate) struct Options {
    /// How many operations all peers make together.
    pub(crate) operations: u32,
    /// How many come, edit and leave meanwhile.
    pub(crate) joins: u32,
    /// How many clips the timeline has.
    pub(crate) clips: u32,
    /// How many operations a log holds before it is shortened, and how many stay; none is as the program does.
    pub(crate) checkpoints: Option<(u32, u32)>,
}

/// Runs the session; the whole report as JSON.
pub(crate) fn report(options: &Options) -> Result<String, Failure> {
    let begun = Instant::now();
    let mut room = Room::open(options)?;
    let mut script = Script::new(options.clips);
    let mut run = Run::default();
    let (wanted, joins) = (u64::from(options.operations), u64::from(options.joins));
    while room.operations < wanted {
        script.edit_at_all(&mut room)?;
        while room.joins < joins * room.operations.min(wanted) / wanted {
            room.visit()?;
        }
        if room.pass_time()? {
            run.note(&room, begun)?;
        }
    }
    room.rest()?;
    run.close_window(&room, begun)?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(summary(options, room, &run, seconds).to_text(Style::StrictPretty))
}

/// What was noted so far.
#[derive(Default)]
struct Run {
    samples: Vec<Sample>,
    windows: Vec<Value>,
    least: usize,
    most: usize,
}

impl Run {
    /// Once a virtual second.
    fn note(&mut self, room: &Room, begun: Instant) -> Result<(), Failure> {
        let live = heap::live() - room.apart();
        self.samples.push(Sample {
            operations: real(usize::try_from(room.operations)?),
            held: real(room.held()),
            live: real(live),
        });
        self.least = if self.least == 0 { live } else { self.least.min(live) };
        self.most = self.most.max(live);
        if room.operations >= (self.windows.len() as u64 + 1) * WINDOW {
            self.close_window(room, begun)?;
        }
        Ok(())
    }

    fn close_window(&mut self, room: &Room, begun: Instant) -> Result<(), Failure> {
        room.check_equal()?;
        let live = heap::live() - room.apart();
        let (logs, runs): (Vec<_>, Vec<_>) =
            room.logs().map(|(operations, runs)| (rounded(real(operations)), rounded(real(runs)))).unzip();
        let number = |count: u64| Value::from(i64::try_from(count).unwrap_or(i64::MAX));
        let window = object([
            ("operations", number(room.operations)),
            ("joins", number(room.joins)),
            ("checkpoints", number(room.checkpoints())),
            ("live_heap_bytes", rounded(real(live))),
            ("least_in_window", rounded(real(self.least))),
            ("most_in_window", rounded(real(self.most))),
            ("log_of_each", logs.into()),
            ("runs_of_each", runs.into()),
            ("seconds", rounded(begun.elapsed().as_secs_f64())),
        ]);
        eprintln!("{}", window.to_text(Style::Strict));
        self.windows.push(window);
        (self.least, self.most) = (0, 0);
        Ok(())
    }
}

fn summary(options: &Options, room: Room, run: &Run, seconds: f64) -> Value {
    let warm = WARM_UP.min(u64::from(options.operations) / 3);
    let judged: Vec<Sample> = run
        .samples
        .iter()
        .copied()
        .filter(|sample| sample.operations >= real(usize::try_from(warm).unwrap_or(0)))
        .collect();
    let fitted = growth(&judged);
    let per_window = real(usize::try_from(WINDOW).unwrap_or(0));
    let mean = judged.iter().map(|sample| sample.live).sum::<f64>() / real(judged.len().max(1));
    let percent = fitted.map(|fitted| fitted.for_good * per_window / mean * 100.0);
    let operations = real(usize::try_from(room.operations).unwrap_or(0));
    let joins = real(usize::try_from(room.joins).unwrap_or(0));
    let per_joins = percent.filter(|_| joins > 0.0);
    let per_joins = per_joins.map(|percent| percent * operations / joins * 1_000.0 / per_window);
    let milliseconds = |seconds: Vec<f64>| {
        if seconds.is_empty() { Value::Null } else { times(Times::of(seconds)) }
    };
    object([
        ("operations", rounded(operations)),
        ("joins", rounded(real(usize::try_from(room.joins).unwrap_or(0)))),
        ("clips", Value::from(i64::from(options.clips))),
        ("peers", Value::from(3_i64)),
        ("windows", Value::from(run.windows.clone())),
        ("seconds", rounded(seconds)),
        ("operations_a_second", rounded(operations / seconds)),
        ("commands_refused", rounded(real(usize::try_from(room.commands_refused).unwrap_or(0)))),
        ("envelopes_refused", rounded(real(usize::try_from(room.envelopes_refused()).unwrap_or(0)))),
        ("checkpoints", rounded(real(usize::try_from(room.checkpoints()).unwrap_or(0)))),
        (
            "growth_percent_per_100000",
            percent.map_or(Value::Null, |percent| against(percent, GROWTH_PERCENT_MAX)),
        ),
        (
            "growth_percent_per_1000_joins",
            per_joins.map_or(Value::Null, |percent| against(percent, GROWTH_PERCENT_MAX)),
        ),
        ("join_of_the_joiner", milliseconds(room.joiner_seconds.clone())),
        ("join_of_all_others", milliseconds(room.giver_seconds.clone())),
        ("checkpoint_stops_a_peer", milliseconds(room.stops())),
        ("bytes_for_good_per_operation", fitted.map_or(Value::Null, |fitted| rounded(fitted.for_good))),
        ("bytes_per_operation_in_a_log", fitted.map_or(Value::Null, |fitted| rounded(fitted.while_held))),
        (
            "given_back_by_each",
            room.close().into_iter().map(|bytes| rounded(real(bytes))).collect::<Vec<_>>().into(),
        ),
        ("what_it_is", explanation()),
    ])
}

fn explanation() -> Value {
    object([
        ("live heap", "bytes asked of the allocator and not given back, of all peers that are there together".into()),
        (
            "growth",
            "least squares of live heap once a virtual second over operations held in the logs and operations so far; the latter in percent of the mean, after the first 200 000 (of short sessions: the first third)".into(),
        ),
        ("the session", "a host and two members, three edits at once each millisecond or so; every envelope is encoded, and decoded by each receiver".into()),
        (
            "times",
            "of one thread, by the wall; a checkpoint stops a peer while it writes the state and undoes and does again what lies above".into(),
        ),
        ("a join", "a peer of a new GUID and run takes the state and the operations above it, makes one edit and leaves".into()),
    ])
}
