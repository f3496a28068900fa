//! Words as outlines: which letters stand where, from right to left too, and what they look like.

use std::ops::Range;

use harfrust::font::glyph::outline::{DrawMemory, DrawOptions, PathSink};
use harfrust::{Buffer, Direction, Font, GlyphId, Script, ShapeOptions, ShaperFont, shape, unicode};
use tiny_skia::{Path, PathBuilder};
use unicode_bidi::{BidiInfo, Level};

use super::fonts::Fonts;
use super::path::push_polygon;

/// The height of a line where a font does not say, in sizes of the letters.
const LINE: f32 = 1.25;

/// The line of a box that stands for a letter, in sizes of the letters.
const BOX_LINE: f32 = 0.05;

/// How far the next letter stands from that box's beginning, in sizes of the letters.
const BOX_ADVANCE: f32 = 0.66;

/// A text as it looks.
pub(super) struct Words {
    /// None where there is nothing to see.
    pub(super) outline: Option<Path>,
    /// Letters that no font has; a box stands for each.
    pub(super) missing: Vec<char>,
}

/// The outline of a text whose first base line begins at a place, in pixels.
pub(super) fn outline(text: &str, origin: [f32; 2], size: f32, fonts: &Fonts) -> Words {
    let mut pen = Pen { builder: PathBuilder::new(), missing: Vec::new(), size, origin };
    for line in text.lines() {
        let bidi = BidiInfo::new(line, None);
        for paragraph in &bidi.paragraphs {
            let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for run in runs {
                let is_rtl = levels.get(run.start).is_some_and(Level::is_rtl);
                pen.run(line, run, is_rtl, fonts);
            }
        }
        pen.origin = [origin[0], pen.origin[1] + size * line_height(fonts)];
    }
    Words { outline: pen.builder.finish(), missing: pen.missing }
}

fn line_height(fonts: &Fonts) -> f32 {
    let Some(font) = fonts.all().first() else { return LINE };
    let of_font = |font: &Font| {
        let line = font.metrics().h_line()?;
        let height = line.ascender.to_f32() - line.descender.to_f32() + line.line_gap.to_f32();
        (height > 0.0).then(|| height / f32::from(font.units_per_em().max(1)))
    };
    of_font(font).unwrap_or(LINE)
}

/// Where the next letter goes, and what there is already.
struct Pen {
    builder: PathBuilder,
    missing: Vec<char>,
    size: f32,
    origin: [f32; 2],
}

impl Pen {
    /// Letters that all go the same way.
    fn run(&mut self, line: &str, run: Range<usize>, is_rtl: bool, fonts: &Fonts) {
        let text = line.get(run).unwrap_or_default();
        let mut parts = parts(text, fonts);
        if is_rtl {
            parts.reverse();
        }
        for part in parts {
            let letters = text.get(part.range).unwrap_or_default();
            let Some(font) = fonts.all().get(part.font) else { continue };
            if part.found {
                self.letters(letters, font, part.script, is_rtl);
            } else {
                self.boxes(letters);
            }
        }
    }

    /// A box for every letter that no font has.
    fn boxes(&mut self, letters: &str) {
        for letter in letters.chars() {
            self.missing.push(letter);
            let [x, y] = self.origin;
            let corner = |right: f32, up: f32| [x + right * self.size, y - up * self.size];
            let ring = |inset: f32| {
                let (left, right, low, high) = (0.08 + inset, 0.58 - inset, inset, 0.7 - inset);
                [corner(left, low), corner(left, high), corner(right, high), corner(right, low)]
            };
            let mut hole = ring(BOX_LINE);
            hole.reverse();
            push_polygon(&mut self.builder, &ring(0.0));
            push_polygon(&mut self.builder, &hole);
            self.origin[0] += BOX_ADVANCE * self.size;
        }
    }

    /// Letters of one font and script.
    fn letters(&mut self, letters: &str, font: &Font, script: Option<Script>, is_rtl: bool) {
        let mut buffer = Buffer::new();
        buffer.push_str(letters);
        buffer.set_direction(if is_rtl { Direction::RightToLeft } else { Direction::LeftToRight });
        buffer.set_script(script);
        if shape(&ShaperFont::new(font), &mut buffer, ShapeOptions::new()).is_err() {
            return;
        }
        let scale = self.size / f32::from(font.units_per_em().max(1));
        for (glyph, position) in buffer.glyph_infos().iter().zip(buffer.glyph_positions()) {
            let offset = [units(position.x_offset) * scale, units(position.y_offset) * scale];
            let origin = [self.origin[0] + offset[0], self.origin[1] - offset[1]];
            self.glyph(font, GlyphId::new(glyph.glyph_id), scale, origin);
            self.origin[0] += units(position.x_advance) * scale;
        }
    }

    /// A glyph without an outline, such as a space, leaves nothing; one that is broken too.
    fn glyph(&mut self, font: &Font, glyph: GlyphId, scale: f32, origin: [f32; 2]) {
        let Some(outline) = font.outline_glyphs().get(glyph) else { return };
        let mut sink = Sink { builder: &mut self.builder, scale, origin };
        let _ = outline.draw(&DrawOptions::new(), DrawMemory::Scratch, &mut sink);
    }
}

#[expect(clippy::cast_precision_loss, reason = "units of a font, far fewer than 2^24")]
fn units(value: i32) -> f32 {
    value as f32
}

/// Letters that come from one font and are of one script.
struct Part {
    range: Range<usize>,
    font: usize,
    script: Option<Script>,
    /// Whether the font has them.
    found: bool,
}

/// Splits letters where font or script change. Spaces and marks go with what stands before them, where its font has them.
fn parts(text: &str, fonts: &Fonts) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (start, letter) in text.char_indices() {
        let range = start..start + letter.len_utf8();
        let script = Some(unicode::script(letter.into())).filter(|script| !is_shared(*script));
        let last = parts.last().map(|part| part.font);
        let preferred = last.filter(|_| script.is_none());
        let font = preferred.into_iter().chain(0..fonts.all().len()).find(|font| has(fonts, *font, letter));
        let found = font.is_some() || is_unseen(letter);
        let font = font.or(last).unwrap_or_default();
        match parts.last_mut() {
            Some(part)
                if part.font == font
                    && part.found == found
                    && (script.is_none() || part.script.is_none() || part.script == script) =>
            {
                part.range.end = range.end;
                part.script = part.script.or(script);
            }
            _ => parts.push(Part { range, font, script, found }),
        }
    }
    parts
}

fn is_shared(script: Script) -> bool {
    [Script::COMMON, Script::INHERITED, Script::UNKNOWN].contains(&script)
}

/// Whether a letter is one to look at, or only says how another one looks.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E0FFF}')
}

fn has(fonts: &Fonts, font: usize, letter: char) -> bool {
    fonts.all().get(font).is_some_and(|font| font.charmap().map_unicode(letter).is_some())
}

/// Glyphs have y up, in units of their font.
struct Sink<'pen> {
    builder: &'pen mut PathBuilder,
    scale: f32,
    origin: [f32; 2],
}

impl Sink<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.origin[0] + x * self.scale, self.origin[1] - y * self.scale)
    }
}

impl PathSink for Sink<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.builder.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.builder.line_to(x, y);
    }

    fn quad_to(&mut self, over_x: f32, over_y: f32, x: f32, y: f32) {
        let ((over_x, over_y), (x, y)) = (self.at(over_x, over_y), self.at(x, y));
        self.builder.quad_to(over_x, over_y, x, y);
    }

    fn curve_to(&mut self, from_x: f32, from_y: f32, over_x: f32, over_y: f32, x: f32, y: f32) {
        let ((from_x, from_y), (over_x, over_y)) = (self.at(from_x, from_y), self.at(over_x, over_y));
        let (x, y) = self.at(x, y);
        self.builder.cubic_to(from_x, from_y, over_x, over_y, x, y);
    }

    fn close(&mut self) {
        self.builder.close();
    }
}
