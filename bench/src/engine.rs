//! What it takes to have an operation of somebody else in the state, beside the engines of others in the same run.
//!
//! The same edits are made on one site and taken in by another: of ours from the bytes of a JSON envelope, of the
//! others from their own encoded updates.

#[cfg(feature = "peers")]
mod automerge;
mod kept;
#[cfg(feature = "peers")]
mod loro;
mod ours;
mod runs;
mod site;
#[cfg(feature = "peers")]
mod yrs;

use std::path::Path;

use lossless_json::{Object, Style, Value};

use crate::Failure;
use crate::figures::{against, object, rounded};
pub(crate) use kept::{COMMAND, hold};
use runs::{Measured, measure};

/// The most that a step may take, in microseconds, and the most memory, in bytes.
const TARGETS: [(&str, f64); 7] = [
    ("set", 1.5),
    ("set_ten_late", 1.5),
    ("move", 4.0),
    ("move_ten_late", 15.0),
    ("merge", 15_000.0),
    ("retained_operation_bytes_beyond_text", 150.0),
    ("live_clip_bytes_beyond_json", 400.0),
];

/// What to measure.
pub(crate) struct Options {
    /// How many clips the track has.
    pub(crate) clips: u32,
    /// How many edits of each kind are timed.
    pub(crate) edits: u32,
}

/// The whole report as JSON.
pub(crate) fn report(options: &Options, folder: &Path) -> Result<String, Failure> {
    let ours = measure::<ours::Ours>(options)?;
    let others = others(options)?;
    let report = object([
        ("clips", Value::from(i64::from(options.clips))),
        ("edits_each", Value::from(i64::from(options.edits))),
        ("allocator", Value::from(if cfg!(feature = "mimalloc") { "mimalloc" } else { "system" })),
        ("unit", Value::from("µs; the median of single edits, from bytes to state")),
        ("ours", beside_targets(&ours)),
        ("others", others.iter().map(|(name, theirs)| (*name, as_value(theirs))).collect::<Object>().into()),
        (
            "times_ours",
            others.iter().map(|(name, theirs)| (*name, ratios(&ours, theirs))).collect::<Object>().into(),
        ),
        ("memory", kept::report(options, folder)?),
        ("what_it_is", explanation()),
    ]);
    Ok(report.to_text(Style::StrictPretty))
}

#[cfg(feature = "peers")]
fn others(options: &Options) -> Result<Vec<(&'static str, Measured)>, Failure> {
    Ok(vec![
        ("yrs", measure::<yrs::Yrs>(options)?),
        ("loro", measure::<loro::Loro>(options)?),
        ("automerge", measure::<automerge::Automerge>(options)?),
    ])
}

#[cfg(not(feature = "peers"))]
#[expect(clippy::unnecessary_wraps, reason = "as the other one")]
fn others(_options: &Options) -> Result<Vec<(&'static str, Measured)>, Failure> {
    Ok(Vec::new())
}

/// A figure by its name beside its target, where it has one.
pub(crate) fn beside_target(name: &str, figure: f64) -> Value {
    let target = TARGETS.iter().find(|(target, _)| *target == name);
    target.map_or_else(|| rounded(figure), |(_, target)| against(figure, *target))
}

fn beside_targets(measured: &Measured) -> Value {
    measured.iter().map(|(name, figure)| (*name, beside_target(name, *figure))).collect::<Object>().into()
}

fn as_value(measured: &Measured) -> Value {
    measured.iter().map(|(name, figure)| (*name, rounded(*figure))).collect::<Object>().into()
}

/// How many times what ours took each of the others took.
fn ratios(ours: &Measured, theirs: &Measured) -> Value {
    let pairs = ours.iter().zip(theirs);
    pairs.map(|((name, ours), (_, theirs))| (*name, rounded(theirs / ours))).collect::<Object>().into()
}

fn explanation() -> Value {
    object([
        (
            "packing",
            "ours packs old operations 32 at once: an eighth of the work, which no median shows".into(),
        ),
        (
            "live_clip",
            "what a session holds that began with a message that brings a timeline, for each clip; beyond_json \
            leaves out the message, packed, which the log keeps until it is settled"
                .into(),
        ),
        ("set_untouched", "one field of a clip that nobody edited before".into()),
        ("set", "the same field once more".into()),
        ("move, insert, remove", "one place among all clips of a track".into()),
        ("…_ten_late", "an edit that comes after ten later ones of somebody else, of its kind".into()),
        ("merge", "2 000 moves of another site come to a site that made 2 000 itself meanwhile".into()),
        (
            "ours",
            "Envelope::decode of JSON, Operation::from_envelope, SessionLog::insert (merge: insert_batch)"
                .into(),
        ),
        (
            "yrs",
            "Update::decode_v1 and apply_update; map of maps and array of names, a move is remove and insert"
                .into(),
        ),
        ("loro", "import; map of maps and movable list of names, a move is mov".into()),
        ("automerge", "load_incremental; map of maps and list of names, a move is delete and insert".into()),
        (
            "their moves",
            "where two sites move one clip at once, yrs and automerge leave it there twice".into(),
        ),
        ("their items", "five fields a clip, no OTIO metadata".into()),
    ])
}
