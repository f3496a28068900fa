//! Drawings as pixels.

use tiny_skia::{
    BlendMode, Color, FillRule, FilterQuality, Paint, Path, Pixmap, PixmapPaint, PremultipliedColorU8,
    Shader, Transform,
};

use super::blur::Channel;
use super::drawing::{Drawing, Ink, Mark, Stencil};
use super::extent::{Extent, PixelBox};
use super::{Canvas, RenderError};

/// The pixels of a drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
    /// Red, green, blue and opacity of each pixel, row by row from the top left; colours are not multiplied with the opacity.
    pub rgba: Vec<u8>,
}

impl Drawing {
    /// The drawing as PNG, transparent where nothing is.
    ///
    /// # Errors
    /// The PNG cannot be written, for want of memory.
    pub fn to_png(&self) -> Result<Vec<u8>, RenderError> {
        self.pixmap()?.encode_png().map_err(|error| RenderError::Encoding(error.to_string()))
    }

    /// The drawing as pixels, to be laid over a picture.
    ///
    /// # Errors
    /// None that a canvas of the allowed size has.
    pub fn to_pixels(&self) -> Result<Pixels, RenderError> {
        let Canvas { width, height } = self.canvas;
        Ok(Pixels { width, height, rgba: self.pixmap()?.take_demultiplied() })
    }

    fn pixmap(&self) -> Result<Pixmap, RenderError> {
        let Canvas { width, height } = self.canvas;
        let mut pixmap = Pixmap::new(width, height).ok_or(RenderError::Size { width, height })?;
        for mark in &self.marks {
            paint(&mut pixmap, mark, self.canvas);
        }
        Ok(pixmap)
    }
}

fn paint(pixmap: &mut Pixmap, mark: &Mark, canvas: Canvas) {
    let blend_mode = if mark.erases { BlendMode::DestinationOut } else { BlendMode::SourceOver };
    match &mark.ink {
        Ink::Plain(fills) => {
            for fill in fills {
                fill_path(pixmap, &fill.path, color(fill.rgb, fill.alpha), blend_mode, Transform::identity());
            }
        }
        Ink::Stencil(stencil) => {
            let Some(pixels) = stencil.extent(canvas).and_then(Extent::pixels) else { return };
            let Some(inked) = inked(stencil, pixels) else { return };
            let paint = PixmapPaint { opacity: 1.0, blend_mode, quality: FilterQuality::Nearest };
            pixmap.draw_pixmap(pixels.x, pixels.y, inked.as_ref(), &paint, Transform::identity(), None);
        }
    }
}

/// Fills an outline where it winds round a place.
fn fill_path(pixmap: &mut Pixmap, path: &Path, color: Color, blend_mode: BlendMode, transform: Transform) {
    let paint = Paint { shader: Shader::SolidColor(color), blend_mode, anti_alias: true, ..Paint::default() };
    pixmap.fill_path(path, &paint, FillRule::Winding, transform, None);
}

fn color([r, g, b]: [f32; 3], alpha: f32) -> Color {
    Color::from_rgba(r, g, b, alpha).unwrap_or(Color::TRANSPARENT)
}

/// A stencil in its colour.
fn inked(stencil: &Stencil, pixels: PixelBox) -> Option<Pixmap> {
    let mut channel = opacities(stencil, pixels)?;
    if stencil.sigma > 0.0 {
        channel.blur(stencil.sigma);
    }
    let mut inked = Pixmap::new(pixels.width, pixels.height)?;
    for (pixel, alpha) in inked.pixels_mut().iter_mut().zip(&channel.values) {
        *pixel = premultiplied(stencil.rgb, f32::from(*alpha) / f32::from(u16::MAX))?;
    }
    Some(inked)
}

/// The highest opacity at each place: greys on black, the lighter one winning.
#[expect(clippy::cast_precision_loss, reason = "places are far below 2^24")]
fn opacities(stencil: &Stencil, pixels: PixelBox) -> Option<Channel> {
    let mut greys = Pixmap::new(pixels.width, pixels.height)?;
    greys.fill(Color::BLACK);
    let moved = Transform::from_translate(-(pixels.x as f32), -(pixels.y as f32));
    for (path, alpha) in &stencil.parts {
        fill_path(&mut greys, path, color([*alpha; 3], 1.0), BlendMode::Lighten, moved);
    }
    let values = greys.pixels().iter().map(|pixel| u16::from(pixel.red()) * 257).collect();
    Some(Channel { width: pixels.width as usize, height: pixels.height as usize, values })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
fn premultiplied(rgb: [f32; 3], alpha: f32) -> Option<PremultipliedColorU8> {
    let byte = |part: f32| (part * alpha * 255.0).round() as u8;
    let [r, g, b] = rgb.map(byte);
    PremultipliedColorU8::from_rgba(r, g, b, byte(1.0))
}
