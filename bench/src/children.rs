//! Work on one child among very many.

use lossless_json::{Limits, Value, parse};
use otio_document::{Document, NodeId, Reading};

use crate::Failure;
use crate::clock::timed;
use crate::figures::{against, object};
use crate::places::Places;
use crate::timeline;

const CHILDREN: u32 = 100_000;
const TIMES: u32 = 2_000;
const TARGET_MICROSECONDS: f64 = 4.0;

/// The mean time of each kind of work, in microseconds.
pub(crate) fn report() -> Result<Value, Failure> {
    let mut document = Document::read(timeline::of_gaps(CHILDREN).as_bytes(), Reading::Exact)?;
    let track = document.root().ok_or("a track is a tree")?;
    let gap = parse(timeline::gap().as_bytes(), &Limits::default())?.value;
    let mut places = Places(1);
    let index = index_of_child(&document, track, &mut places)?;
    let inserted = insert(&mut document, track, &gap, &mut places)?;
    let moved = mean(|_| {
        let node = document.detach_child(track, place(&mut places))?;
        document.insert_child(track, place(&mut places), node)
    })?;
    let removed = mean(|_| {
        let node = document.detach_child(track, place(&mut places))?;
        document.discard(node);
        Ok::<(), Failure>(())
    })?;
    let figure = |microseconds| against(microseconds, TARGET_MICROSECONDS);
    Ok(object([
        ("children", Value::from(i64::from(CHILDREN))),
        ("unit", Value::from("µs each")),
        ("index_of_child", figure(index)),
        ("insert", figure(inserted)),
        ("move", figure(moved)),
        ("remove", figure(removed)),
    ]))
}

fn index_of_child(document: &Document, track: NodeId, places: &mut Places) -> Result<f64, Failure> {
    let nodes: Vec<NodeId> = document.descend(track).skip(1).collect();
    let asked: Vec<usize> = (0..TIMES).map(|_| place(places)).collect();
    mean(|time| {
        let index = asked[time];
        if document.index_in_parent(nodes[index]) == Some(index) { Ok(()) } else { Err("another index") }
    })
}

/// The nodes are read before; what is timed is giving each its place.
fn insert(document: &mut Document, track: NodeId, gap: &Value, places: &mut Places) -> Result<f64, Failure> {
    let adopted: Result<Vec<NodeId>, _> = (0..TIMES).map(|_| document.adopt(gap.clone())).collect();
    let adopted = adopted?;
    mean(|time| document.insert_child(track, place(places), adopted[time]))
}

fn mean<E: Into<Failure>>(mut work: impl FnMut(usize) -> Result<(), E>) -> Result<f64, Failure> {
    let (seconds, done) = timed(|| (0..TIMES as usize).try_for_each(&mut work));
    done.map_err(Into::into)?;
    Ok(seconds * 1e6 / f64::from(TIMES))
}

fn place(places: &mut Places) -> usize {
    places.below(CHILDREN) as usize
}
