//! What the tests of the codecs share.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests; not every one uses all of it"
)]

use annotation_codec::{Mint, read_events};
use lossless_json::{Limits, Value, parse};
use otio_document::review::{PaintStart, PaintVertices, SyncEvent};

/// Identities and times that count up.
#[derive(Default)]
pub struct Counting(pub u32);

impl Mint for Counting {
    fn uuid(&mut self) -> String {
        self.0 += 1;
        format!("fresh-{}", self.0)
    }

    fn timestamp(&mut self) -> String {
        "2026-11-22T11:00:00.000000".to_owned()
    }
}

pub fn value(text: &str) -> Value {
    parse(text.as_bytes(), &Limits::default()).unwrap().value
}

/// The events of a list, all of which can be read.
pub fn events(text: &str) -> Vec<SyncEvent> {
    let list = value(text);
    let read = read_events(list.as_array().unwrap());
    assert!(read.unread.is_empty(), "{:?}", read.unread);
    read.events
}

pub fn start(event: &SyncEvent) -> &PaintStart {
    let SyncEvent::PaintStart(start) = event else { panic!("{event:?}") };
    start
}

pub fn points(event: &SyncEvent) -> &PaintVertices {
    let SyncEvent::PaintPoint(point) = event else { panic!("{event:?}") };
    point.points.as_ref().unwrap()
}

/// That numbers are the same but for the last digits.
pub fn assert_near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{found:?}, not {expected:?}");
    for (found_one, expected_one) in found.iter().zip(expected) {
        assert!((found_one - expected_one).abs() <= tolerance, "{found:?}, not {expected:?}");
    }
}
