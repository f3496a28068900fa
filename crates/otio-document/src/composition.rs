//! What stands where in a composition, in time (OTIO's `Item`, `Composition`, `Track` and `Stack`).
//!
//! ```
//! use otio_document::{Document, RationalTime, Reading};
//!
//! let text = r#"{"OTIO_SCHEMA":"Track.1","children":[
//!     {"OTIO_SCHEMA":"Gap.1","source_range":{"OTIO_SCHEMA":"TimeRange.1",
//!         "start_time":{"OTIO_SCHEMA":"RationalTime.1","value":0,"rate":24},
//!         "duration":{"OTIO_SCHEMA":"RationalTime.1","value":48,"rate":24}}}]}"#;
//! let document = Document::read(text.as_bytes(), Reading::Exact)?;
//! let track = document.root().ok_or("a track")?;
//! assert_eq!(document.duration(track)?, RationalTime::new(48.0, 24.0));
//! assert_eq!(document.child_at_time(track, RationalTime::new(9.0, 24.0), false)?, document.children(track).first());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod flatten;
mod media;
mod media_clock;
mod ranges;
mod retime;
mod search;
mod seen;
mod space;

use crate::Document;
use crate::arena::{Node, NodeId};
use crate::time::{RationalTime, TimeRange};

pub use flatten::FlattenError;
pub use media::{MediaFrame, Presence};
pub(crate) use ranges::Extent;

/// Why a range cannot be told. In brackets, what Python raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// A clip without a source range whose active media does not say what there is (`CannotComputeAvailableRangeError`).
    #[error("the clip has neither a source_range nor media with an available_range")]
    NoAvailableRange,
    /// A gap or an item of the base class without a source range (`NotImplementedError`).
    #[error("the item has no source_range, and nothing says how long it is")]
    NoSourceRange,
    /// Neither an item nor a transition, an item of an unknown schema, or a node that is not there; a transition where an item
    /// is asked for (`AttributeError`).
    #[error("this is not an item of a composition")]
    NotAnItem,
    /// Not a stack or a track (`AttributeError`).
    #[error("this is not a stack or a track")]
    NotAComposition,
    /// The item does not stand inside that composition, or in none at all (`NotAChildError`).
    #[error("the item does not stand inside the composition")]
    NotInside,
    /// The source range of the composition leaves nothing of the item (`ValueError`: computed time range would be invalid).
    #[error("the source_range of the composition leaves nothing of the item")]
    TrimmedAway,
    /// A rate of zero, a value of NaN or infinity on the way; only where frames are counted, which OTIO does not.
    #[error("the times on the way have no value: a rate is 0, or a number is NaN or infinite")]
    NoValue,
}

/// What a node is to the questions about time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Timeline,
    Stack,
    Track,
    Clip,
    /// A gap, or an item of the base class.
    OtherItem,
    Transition,
    Other,
}

impl Document {
    fn class(&self, node: NodeId) -> Class {
        match self.node(node).and_then(Node::schema).map_or("", |schema| schema.name) {
            "Timeline" => Class::Timeline,
            "Stack" => Class::Stack,
            "Track" => Class::Track,
            "Clip" => Class::Clip,
            "Gap" | "Item" | "Composition" => Class::OtherItem,
            "Transition" => Class::Transition,
            _ => Class::Other,
        }
    }

    /// Whether other children begin where it ends: everything but transitions.
    fn takes_time(&self, node: NodeId) -> bool {
        self.class(node) != Class::Transition
    }

    /// The composition that a timeline's questions go to: its tracks; else the node itself.
    fn composition(&self, node: NodeId) -> NodeId {
        match self.class(node) {
            Class::Timeline => self.children(node).first().unwrap_or(node),
            _ => node,
        }
    }

    /// The time that a transition takes from the item before it (`in_offset`) or after it (`out_offset`).
    fn offset(&self, transition: NodeId, key: &str) -> RationalTime {
        self.field(transition, key).and_then(RationalTime::from_value).unwrap_or(RationalTime::new(0.0, 1.0))
    }
}

/// From zero, at the rate of the duration.
fn from_zero(duration: RationalTime) -> TimeRange {
    TimeRange::new(RationalTime::new(0.0, duration.rate), duration)
}
