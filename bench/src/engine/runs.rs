//! Edits on one site, taken in by another, one timed after the other.

use super::Options;
use super::site::{Edit, Site};
use crate::Failure;
use crate::clock::{Times, timed};
use crate::places::Places;

/// What each step took, in microseconds.
pub(crate) type Measured = Vec<(&'static str, f64)>;

/// How many later ones are there when one comes late.
const LATE_BY: u32 = 10;
/// How many moves each of two sites makes before they meet.
const CONCURRENT: u32 = 2_000;
/// Among how many clips late edits of a field are spread.
const SET_CLIPS: u32 = 200;
/// How often they meet.
const MEETINGS: usize = 5;

/// All figures of one engine.
pub(crate) fn measure<S: Site>(options: &Options) -> Result<Measured, Failure> {
    let base = S::with_clips(options.clips)?;
    let mut figures = in_order(&base, options)?;
    figures.push(("set_ten_late", ten_late(&base, options, set)?));
    figures.push(("move_ten_late", ten_late(&base, options, moved)?));
    figures.push(("insert_ten_late", ten_late(&base, options, inserted)?));
    figures.push(("merge", merge(&base, options.clips)?));
    Ok(figures)
}

/// Makes the edit of a number in a track of so many clips.
type Draw = fn(places: &mut Places, clips: u32, number: u32) -> Edit;

/// Of few clips, so that most were edited before, and few twice within what comes late.
fn set(places: &mut Places, clips: u32, number: u32) -> Edit {
    Edit::Set { clip: places.below(clips.min(SET_CLIPS)), take: number }
}

fn moved(places: &mut Places, clips: u32, _: u32) -> Edit {
    Edit::Move { from: places.below(clips), to: places.below(clips - 1) }
}

fn inserted(places: &mut Places, clips: u32, number: u32) -> Edit {
    Edit::Insert { at: places.below(clips), clip: clips + number }
}

fn removed(places: &mut Places, clips: u32, number: u32) -> Edit {
    Edit::Remove { at: places.below(clips - number) }
}

/// Moves come once more after removals, among tombstones.
fn in_order<S: Site>(base: &S, options: &Options) -> Result<Measured, Failure> {
    let (mut author, mut other) = (base.fork(1)?, base.fork(2)?);
    let mut clock = 1;
    let mut figures = Measured::new();
    // An order of its own, so that both rounds of `set` reach the same clips.
    let steps: [(&'static str, Draw); 6] = [
        ("set_untouched", |_, clips, number| Edit::Set { clip: number * 7 % clips, take: number }),
        ("set", |_, clips, number| Edit::Set { clip: number * 7 % clips, take: number + 1 }),
        ("move", moved),
        ("insert", inserted),
        ("remove", removed),
        ("move_among_removed", |places, clips, number| moved(places, clips / 2, number)),
    ];
    for (name, draw) in steps {
        let mut places = Places(1);
        let mut times = Vec::new();
        for number in 0..options.edits.min(options.clips / 4) {
            clock += 1;
            let bytes = author.edit(clock, draw(&mut places, options.clips, number))?;
            let (seconds, received) = timed(|| other.receive(&bytes));
            received?;
            times.push(seconds * 1e6);
        }
        figures.push((name, Times::of(times).median));
    }
    agree(&author, &other)?;
    Ok(figures)
}

/// Somebody makes an edit, somebody else ten without having seen it, and a third gets the ten first.
fn ten_late<S: Site>(base: &S, options: &Options, draw: Draw) -> Result<f64, Failure> {
    let (mut early, mut busy, mut third) = (base.fork(1)?, base.fork(2)?, base.fork(3)?);
    let mut places = Places(2);
    let mut times = Vec::new();
    for round in 0..options.edits / LATE_BY {
        let time = u64::from(round * (LATE_BY + 1)) + 2;
        let number = round * (LATE_BY + 1);
        let late = early.edit(time, draw(&mut places, options.clips, number))?;
        let mut later = Vec::new();
        for next in 1..=LATE_BY {
            later.push(busy.edit(time + u64::from(next), draw(&mut places, options.clips, number + next))?);
        }
        later.iter().try_for_each(|bytes| third.receive(bytes))?;
        let (seconds, received) = timed(|| third.receive(&late));
        received?;
        times.push(seconds * 1e6);
        later.iter().try_for_each(|bytes| early.receive(bytes))?;
        busy.receive(&late)?;
    }
    agree(&early, &third)?;
    agree(&busy, &third)?;
    Ok(Times::of(times).median)
}

fn merge<S: Site>(base: &S, clips: u32) -> Result<f64, Failure> {
    let mut times = Vec::new();
    for meeting in 0..MEETINGS {
        let (mut left, mut right) = (base.fork(1)?, base.fork(2)?);
        let mut places = Places(meeting as u64 + 3);
        let mut moves =
            || (0..CONCURRENT).map(|number| moved(&mut places, clips, number)).collect::<Vec<_>>();
        let (own, theirs) = (moves(), moves());
        let from_left = left.edit_all(2, &own)?;
        let from_right = right.edit_all(3, &theirs)?;
        let (seconds, received) = timed(|| left.receive_all(&from_right));
        received?;
        times.push(seconds * 1e6);
        right.receive_all(&from_left)?;
        agree(&left, &right)?;
    }
    Ok(Times::of(times).median)
}

/// Figures of an engine that does not do the work are worth nothing.
fn agree<S: Site>(one: &S, other: &S) -> Result<(), Failure> {
    if one.shown(7)? == other.shown(7)? { Ok(()) } else { Err("two sites that have the same differ".into()) }
}
