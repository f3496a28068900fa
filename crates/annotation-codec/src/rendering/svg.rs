//! Drawings as SVG.

use std::fmt::{Arguments, Write};

use super::drawing::{Drawing, Fill, Ink, Mark, Stencil};
use super::extent::{Extent, PixelBox};
use super::path::svg_data;
use super::{Canvas, RenderError};
use crate::limits::ERASURES_MAX;

const BLACK: [f32; 3] = [0.0; 3];
const WHITE: [f32; 3] = [1.0; 3];

impl Drawing {
    /// The drawing as SVG of its canvas's size, transparent where nothing is. Letters are outlines, their words stand beside
    /// them as titles. What erases is a mask over all that stands before it.
    ///
    /// # Errors
    /// Something is wiped away more than [`ERASURES_MAX`] times.
    pub fn to_svg(&self) -> Result<String, RenderError> {
        let runs = runs(&self.marks);
        let erasures = runs.iter().filter(|run| run.erases).count();
        RenderError::check("erasures one after the other", erasures, ERASURES_MAX as u64)?;
        let mut writer = Writer { canvas: self.canvas, text: String::new(), erasures: 0, names: 0 };
        writer.begin(erasures);
        for run in runs {
            writer.run(&run);
        }
        writer.text.push_str("</svg>\n");
        Ok(writer.text)
    }
}

/// Marks that follow each other and do the same.
struct Run<'drawing> {
    erases: bool,
    marks: &'drawing [Mark],
}

/// What erases before anything is painted is left out.
fn runs(marks: &[Mark]) -> Vec<Run<'_>> {
    let first = marks.iter().position(|mark| !mark.erases).unwrap_or(marks.len());
    let runs = marks[first..].chunk_by(|a, b| a.erases == b.erases);
    runs.map(|marks| Run { erases: marks.first().is_some_and(|mark| mark.erases), marks }).collect()
}

struct Writer {
    canvas: Canvas,
    text: String,
    /// How many erasures are written.
    erasures: usize,
    /// How many other masks, and filters, have a name.
    names: usize,
}

impl Writer {
    /// The outermost group is that of the last erasure. The mask of each stands behind its group.
    fn begin(&mut self, erasures: usize) {
        let Canvas { width, height } = self.canvas;
        self.push(format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">"#
        ));
        for erasure in (1..=erasures).rev() {
            self.push(format_args!(r#"<g mask="url(#erasure{erasure})">"#));
        }
    }

    fn run(&mut self, run: &Run<'_>) {
        if !run.erases {
            run.marks.iter().for_each(|mark| self.mark(mark, None));
            return;
        }
        self.erasures += 1;
        self.text.push_str("</g>");
        let everything = Extent::of_canvas(self.canvas).pixels();
        self.mask(&format!("erasure{}", self.erasures), everything, WHITE, |this| {
            run.marks.iter().for_each(|mark| this.mark(mark, Some(BLACK)));
        });
    }

    /// A mark in its own colour, or in another one.
    fn mark(&mut self, mark: &Mark, other: Option<[f32; 3]>) {
        match &mark.ink {
            Ink::Plain(fills) => {
                for Fill { path, rgb, alpha } in fills {
                    let data = svg_data(path);
                    self.path(other.unwrap_or(*rgb), *alpha, &data, mark.words.as_deref());
                }
            }
            Ink::Stencil(stencil) => self.stencil(stencil, other.unwrap_or(stencil.rgb)),
        }
    }

    fn path(&mut self, rgb: [f32; 3], alpha: f32, data: &str, words: Option<&str>) {
        let fill = hexadecimal(rgb);
        self.push(format_args!(r#"<path fill="{fill}""#));
        if alpha < 1.0 {
            self.push(format_args!(r#" fill-opacity="{alpha:.4}""#));
        }
        match words {
            Some(words) => self.push(format_args!(r#" d="{data}"><title>{}</title></path>"#, escaped(words))),
            None => self.push(format_args!(r#" d="{data}"/>"#)),
        }
    }

    fn stencil(&mut self, stencil: &Stencil, rgb: [f32; 3]) {
        let Some(region) = stencil.extent(self.canvas).and_then(Extent::pixels) else { return };
        let blurred = stencil.sigma > 0.0;
        if blurred {
            self.filter(region, stencil.sigma);
        }
        if let [(path, alpha)] = &stencil.parts[..] {
            self.path(rgb, *alpha, &svg_data(path), None);
        } else {
            self.highest(stencil, region, rgb);
        }
        if blurred {
            self.text.push_str("</g>");
        }
    }

    /// A colour through a mask of greys, of which the lighter one wins.
    fn highest(&mut self, stencil: &Stencil, region: PixelBox, rgb: [f32; 3]) {
        let name = self.name("opacity");
        self.mask(&name, Some(region), BLACK, |this| {
            for (path, alpha) in &stencil.parts {
                let (grey, data) = (hexadecimal([*alpha; 3]), svg_data(path));
                this.push(format_args!(r#"<path fill="{grey}" style="mix-blend-mode:lighten" d="{data}"/>"#));
            }
        });
        self.push(format_args!(r#"<g mask="url(#{name})">"#));
        self.rect(region, rgb);
        self.text.push_str("</g>");
    }

    /// Begins a group that is blurred.
    fn filter(&mut self, region: PixelBox, sigma: f32) {
        let name = self.name("soft");
        self.push(format_args!(
            r#"<filter id="{name}" filterUnits="userSpaceOnUse" {} color-interpolation-filters="sRGB"><feGaussianBlur stdDeviation="{sigma:.2}"/></filter><g filter="url(#{name})">"#,
            placed(region)
        ));
    }

    /// A mask: what is white in it stays, what is black goes.
    fn mask(&mut self, name: &str, region: Option<PixelBox>, ground: [f32; 3], fill: impl FnOnce(&mut Self)) {
        let Some(region) = region else { return };
        self.push(format_args!(r#"<mask id="{name}" maskUnits="userSpaceOnUse" {}>"#, placed(region)));
        self.rect(region, ground);
        fill(self);
        self.text.push_str("</mask>");
    }

    fn rect(&mut self, region: PixelBox, rgb: [f32; 3]) {
        self.push(format_args!(r#"<rect {} fill="{}"/>"#, placed(region), hexadecimal(rgb)));
    }

    fn name(&mut self, what: &str) -> String {
        self.names += 1;
        format!("{what}{}", self.names)
    }

    fn push(&mut self, text: Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(text);
    }
}

fn placed(region: PixelBox) -> String {
    let PixelBox { x, y, width, height } = region;
    format!(r#"x="{x}" y="{y}" width="{width}" height="{height}""#)
}

fn hexadecimal(rgb: [f32; 3]) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
    let [r, g, b] = rgb.map(|part| (part * 255.0).round() as u8);
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// A text as XML takes it; characters that it does not take at all are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\u{FFFE}' | '\u{FFFF}' => {}
            '\n' | '\t' => escaped.push(letter),
            letter if letter.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn words_cannot_end_their_title() {
        assert_eq!(escaped("a</title>&\u{0}\u{1b}\u{FFFF}\n\"ü\""), "a&lt;/title&gt;&amp;\n\"ü\"");
    }
}
