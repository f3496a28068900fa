//! Annotations between programs: what was drawn in xStudio or OpenRV as events of the review protocol, and back.
//!
//! The protocol's own form are the events of [`otio_document::review`]. Every program has a form of its own, and a module
//! here each with the two directions, [`xs_annotation_codec`] and [`rv_annotation_codec`]. What is lost on the way is named there.
//!
//! Modules, functions and constants bear the names of the reference's Python package (`otio_sync_core`). No input or
//! output, no clock, no randomness: where an event needs an identity or a time, a [`Mint`] is handed in.
//!
//! | Python | here |
//! |---|---|
//! | `coords` | [`coords`]: pixels and the protocol's coordinates |
//! | `shapes` | [`shapes`]: rectangles, ellipses and arrows as lines |
//! | `xs_annotation_codec` | [`xs_annotation_codec`]: strokes and captions of xStudio |
//! | `rv_annotation_codec` | [`rv_annotation_codec`]: paint nodes of OpenRV |
//! | `annotation_builder` | [`annotation_builder`]: strokes and texts from pixels |
//! | `frame_resolution` | [`frame_resolution`]: which frame of which media is seen |
//! | `color` | [`color`]: colour spaces in metadata |
//!
//! The reference's renderer is a tool beside its package; here it is [`rendering`], to PNG and SVG.
//!
//! ```
//! use annotation_codec::coords::aspect_half;
//! use annotation_codec::xs_annotation_codec::{XsStroke, sync_events_to_xs_strokes, xs_strokes_to_sync_events};
//! use annotation_codec::{Mint, XsPoint};
//!
//! struct Numbers(u32);
//! impl Mint for Numbers {
//!     fn uuid(&mut self) -> String {
//!         self.0 += 1;
//!         format!("stroke-{}", self.0)
//!     }
//!     fn timestamp(&mut self) -> String {
//!         "2026-11-22T11:00:00".to_owned()
//!     }
//! }
//!
//! let half = aspect_half(1920.0, 1080.0);
//! let stroke = XsStroke { points: vec![XsPoint::at([0.5, -0.25])], ..XsStroke::default() };
//! let events = xs_strokes_to_sync_events(&[stroke.clone()], half, &[], &mut Numbers(0));
//! let back = sync_events_to_xs_strokes(&events, half);
//! assert_eq!(back[0].points, stroke.points);
//! assert_eq!(back[0].uuid.as_deref(), Some("stroke-1"));
//! ```

pub mod annotation_builder;
pub mod color;
pub mod coords;
pub mod frame_resolution;
pub mod limits;
pub mod rendering;
pub mod rv_annotation_codec;
pub mod shapes;
pub mod xs_annotation_codec;

mod events;
mod mint;
mod native;

pub use events::{ReadEvents, Unread, read_events, sync_event_schema};
pub use mint::Mint;
pub use native::NativeError;
pub use xs_annotation_codec::{XsCaption, XsPoint, XsStroke};
