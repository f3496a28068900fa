//! Strokes and captions of xStudio as events, and back.
//!
//! xStudio's origin is the centre of the image too, but its y points **down**, and both axes are counted in half image
//! **widths**: x runs from −1 to 1. With `aspect_half`, half the image's width in heights
//! ([`coords::aspect_half`](crate::coords::aspect_half)), `x = x_xs · aspect_half` and `y = −y_xs · aspect_half`.
//!
//! **What is lost.** Going out, a stroke loses its softness (the brush is always `oval`), whether it is a pen, the pressure on its opacity and both
//! sensitivities; a caption its own uuid, its wrapping, justification and background. Coming in, a stroke loses
//! the opacities of its points, its brush but for hard or soft, who drew it and when, and points of a size of 0 come with the
//! full one; soft strokes come a quarter thinner, so that one that goes to xStudio and back stays thinner and is hard; of
//! shapes only the outline is left, as a stroke, even where they are hidden; texts lose rotation and spacing. A
//! list that is strokes and captions in turn becomes all strokes and then all captions.
//!
//! **Where the reference raises**, on a shape that lacks a field, the field's default is taken.

mod captions;
mod strokes;

use otio_document::review::SyncEvent;

use crate::Mint;

pub use captions::{XsCaption, sync_events_to_xs_captions, xs_captions_to_sync_events};
pub use strokes::{XsPoint, XsStroke, sync_events_to_xs_strokes, xs_strokes_to_sync_events};

/// The program that this codec is for.
pub const HOST_ID: &str = "xstudio";

/// What the program has of its own.
pub const SUPPORTED_KINDS: [&str; 3] = ["pen", "erase", "text"];

/// How many times larger the same letters are counted in xStudio.
pub const XS_FONT_SCALE: f64 = 2.5;

/// What was drawn on a frame in xStudio.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct XsAnnotation {
    /// Strokes, in the order in which they were drawn.
    pub strokes: Vec<XsStroke>,
    /// Captions, in the order in which they were written.
    pub captions: Vec<XsCaption>,
}

/// What the direction out may be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct XsContext<'a> {
    /// Half the image's width in heights; what is none counts as that of 16:9.
    pub aspect_half: f64,
    /// Identities for strokes that have none of their own, by their index.
    pub uuid_list: &'a [String],
    /// Identities for captions, by their index.
    pub existing_uuids: &'a [String],
}

/// What xStudio shows for a list of events.
pub fn from_sync_events(events: &[SyncEvent], aspect_half: f64) -> XsAnnotation {
    XsAnnotation {
        strokes: sync_events_to_xs_strokes(events, aspect_half),
        captions: sync_events_to_xs_captions(events, aspect_half),
    }
}

/// The events for what xStudio shows: those of all strokes, then those of all captions.
pub fn to_sync_events(native: &XsAnnotation, context: &XsContext<'_>, mint: &mut dyn Mint) -> Vec<SyncEvent> {
    let half = context.aspect_half;
    let mut events = xs_strokes_to_sync_events(&native.strokes, half, context.uuid_list, mint);
    events.extend(xs_captions_to_sync_events(&native.captions, half, context.existing_uuids, mint));
    events
}

/// A place of xStudio in the protocol's coordinates.
fn from_xs([x, y]: [f64; 2], aspect_half: f64) -> [f64; 2] {
    [x * aspect_half, -y * aspect_half]
}

/// A place of the protocol in xStudio's coordinates.
fn to_xs([x, y]: [f64; 2], aspect_half: f64) -> [f64; 2] {
    [x / aspect_half, -y / aspect_half]
}
