//! The fonts that texts are drawn with.

use std::sync::{Arc, OnceLock};

use harfrust::Font;

/// The font that is always there.
static OVERPASS: &[u8] = include_bytes!("../../fonts/Overpass-Regular.ttf");

/// Fonts in the order in which a letter is looked for in them. Overpass Regular, xStudio's own, is the first or stands behind those that
/// are preferred: it has Latin, Cyrillic and Vietnamese letters.
#[derive(Clone)]
pub struct Fonts {
    fonts: Vec<Arc<Font>>,
}

/// Why a font cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FontError {
    /// No font of a format that is known.
    #[error(
        "this is no font; give a TrueType or OpenType file (.ttf, .otf, or .ttc, whose first font is taken)"
    )]
    Unreadable,
}

impl Fonts {
    /// Letters that all others lack come from this font.
    ///
    /// # Errors
    /// The bytes are no font.
    pub fn with_fallback(mut self, font: Vec<u8>) -> Result<Self, FontError> {
        self.fonts.push(read(font)?);
        Ok(self)
    }

    /// Letters come from this font wherever it has them.
    ///
    /// # Errors
    /// The bytes are no font.
    pub fn with_preferred(mut self, font: Vec<u8>) -> Result<Self, FontError> {
        self.fonts.insert(0, read(font)?);
        Ok(self)
    }

    /// In the order in which a letter is looked for; never none.
    pub(super) fn all(&self) -> &[Arc<Font>] {
        &self.fonts
    }
}

impl Default for Fonts {
    #[expect(clippy::expect_used, reason = "the bytes are part of this crate, and a test draws with them")]
    fn default() -> Self {
        static OWN: OnceLock<Arc<Font>> = OnceLock::new();
        let read = || Arc::new(Font::new(OVERPASS, 0).expect("the font of this crate is one"));
        Self { fonts: vec![Arc::clone(OWN.get_or_init(read))] }
    }
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Fonts").field("fonts", &self.fonts.len()).finish()
    }
}

fn read(font: Vec<u8>) -> Result<Arc<Font>, FontError> {
    Font::new(font, 0).map(Arc::new).ok_or(FontError::Unreadable)
}
