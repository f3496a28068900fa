//! From events to what is painted.

use otio_document::review::SyncEvent;
use tiny_skia::Path;

use super::extent::Extent;
use super::marks::Marks;
use super::{Canvas, Fonts, RenderError};
use crate::limits::{PAINTED_MAX, SOFT_COST};

/// An annotation as it is painted on a canvas.
#[derive(Clone, Debug)]
pub struct Drawing {
    pub(super) canvas: Canvas,
    /// In the order in which they are painted.
    pub(super) marks: Vec<Mark>,
    left_out: Vec<LeftOut>,
}

/// Something in a list of events that is not drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftOut {
    /// An event of a schema that the protocol does not know.
    Unknown {
        /// Where it stands in the list, from 0.
        index: usize,
        /// Its schema; empty where it has none.
        schema: String,
    },
    /// A letter that no font has; a box stands for it.
    NoGlyph {
        /// Where its text stands in the list, from 0.
        index: usize,
        /// The letter.
        letter: char,
    },
}

/// Makes a drawing of the events of an annotation, as the head of this module says.
///
/// # Errors
/// A canvas without pixels or with too many, or more than [`limits`](crate::limits) allow.
pub fn draw(events: &[SyncEvent], canvas: Canvas, fonts: &Fonts) -> Result<Drawing, RenderError> {
    let canvas = canvas.checked()?;
    let mut marks = Marks::new(canvas, fonts);
    for (index, event) in events.iter().enumerate() {
        marks.take(index, event)?;
    }
    let (marks, left_out) = marks.finish();
    let painted = marks.iter().map(|mark| mark.cost(canvas)).fold(0, u64::saturating_add);
    RenderError::check("pixels to paint", painted, PAINTED_MAX)?;
    Ok(Drawing { canvas, marks, left_out })
}

impl Drawing {
    /// Its size in pixels.
    pub fn canvas(&self) -> Canvas {
        self.canvas
    }

    /// What was in the list and is not drawn, in its order.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Whether there is nothing to see.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }
}

/// A stroke, a text or a shape.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// Whether it takes away what is below it.
    pub(super) erases: bool,
    pub(super) ink: Ink,
    /// The words, of a text.
    pub(super) words: Option<String>,
}

/// What a mark is made of. Colours are red, green and blue, from 0 to 1, and so are opacities.
#[derive(Clone, Debug)]
pub(super) enum Ink {
    /// Outlines that are filled, one over the other.
    Plain(Vec<Fill>),
    /// One colour through outlines with opacities of their own, of which the highest counts, and blurred.
    Stencil(Stencil),
}

/// An outline in a colour.
#[derive(Clone, Debug)]
pub(super) struct Fill {
    pub(super) path: Path,
    pub(super) rgb: [f32; 3],
    pub(super) alpha: f32,
}

#[derive(Clone, Debug)]
pub(super) struct Stencil {
    pub(super) rgb: [f32; 3],
    /// Outlines and their opacities; never none.
    pub(super) parts: Vec<(Path, f32)>,
    /// The standard deviation of the blur in pixels; 0 for none.
    pub(super) sigma: f32,
}

impl Mark {
    fn cost(&self, canvas: Canvas) -> u64 {
        let touched = |path: &Path| Extent::of_path(path).clipped(Extent::of_canvas(canvas)).area();
        match &self.ink {
            Ink::Plain(fills) => fills.iter().map(|fill| touched(&fill.path)).sum(),
            Ink::Stencil(stencil) => {
                let parts: u64 = stencil.parts.iter().map(|(path, _)| touched(path)).sum();
                parts + SOFT_COST * stencil.extent(canvas).map_or(0, Extent::area)
            }
        }
    }
}

impl Stencil {
    /// How far the blur reaches, in pixels.
    pub(super) fn reach(&self) -> f32 {
        if self.sigma > 0.0 { (3.0 * self.sigma).ceil() + 1.0 } else { 1.0 }
    }

    /// What has to be painted so that what can be seen is right: the parts and the blur around them, as far as it reaches
    /// into the canvas.
    pub(super) fn extent(&self, canvas: Canvas) -> Option<Extent> {
        let parts = self.parts.iter().map(|(path, _)| Extent::of_path(path)).reduce(Extent::joined)?;
        let reach = self.reach();
        let seen = parts.grown(reach).clipped(Extent::of_canvas(canvas));
        seen.pixels().map(|_| seen.grown(reach))
    }
}
