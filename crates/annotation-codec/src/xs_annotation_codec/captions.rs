//! Captions of xStudio.

use lossless_json::{Object, Value};
use otio_document::review::{SyncEvent, TextAnnotation};

use super::{XS_FONT_SCALE, from_xs, to_xs};
use crate::Mint;
use crate::coords::{DEFAULT_FONT_SIZE, DEFAULT_SPACING, usable_aspect};
use crate::events::unless_zero;
use crate::mint::given_or_fresh;
use crate::native::{Fields, NativeError};

/// The font of a text that names none.
const FONT: &str = "Overpass Regular";

/// Where lines are broken, in half image widths.
const WRAP_WIDTH: f64 = 1.5;

/// The opacity of what is behind the letters.
const BACKGROUND_OPACITY: f64 = 0.5;

/// A caption as xStudio has it.
#[derive(Clone, Debug, PartialEq)]
pub struct XsCaption {
    /// The identity of the caption.
    pub uuid: Option<String>,
    /// The words.
    pub text: String,
    /// To the right of and **below** the centre, in half image widths.
    pub position: [f64; 2],
    /// Red, green and blue, from 0 to 1.
    pub colour: [f64; 3],
    /// Opacity, from 0 to 1.
    pub opacity: f64,
    /// The name of the font.
    pub font_name: String,
    /// The size of the letters, in xStudio's own unit: [`XS_FONT_SCALE`] times that of the protocol.
    pub font_size: f64,
    /// Where lines are broken, in half image widths.
    pub wrap_width: f64,
    /// xStudio's number for left, right or centred.
    pub justification: i64,
    /// Red, green and blue behind the letters, from 0 to 1.
    pub background_colour: [f64; 3],
    /// The opacity of that, from 0 to 1.
    pub background_opacity: f64,
}

/// Nothing in white, as xStudio begins a caption.
impl Default for XsCaption {
    fn default() -> Self {
        Self {
            uuid: None,
            text: String::new(),
            position: [0.0; 2],
            colour: [1.0; 3],
            opacity: 1.0,
            font_name: FONT.to_owned(),
            font_size: DEFAULT_FONT_SIZE,
            wrap_width: WRAP_WIDTH,
            justification: 0,
            background_colour: [0.0; 3],
            background_opacity: BACKGROUND_OPACITY,
        }
    }
}

impl XsCaption {
    /// Reads a caption of `Bookmark.annotation_data["Data"]["captions"]`; what it lacks has its default.
    ///
    /// # Errors
    /// No object, or a field of a wrong type.
    pub fn from_value(value: &Value) -> Result<Self, NativeError> {
        let fields = Fields::of(value)?;
        let colour = |key: &str| fields.numbers(key, "[\"colour\", 1, red, green, blue]");
        let default = Self::default();
        Ok(Self {
            uuid: fields.text("uuid")?.filter(|uuid| !uuid.is_empty()).map(str::to_owned),
            text: fields.text("text")?.unwrap_or_default().to_owned(),
            position: fields.numbers("position", "[\"vec2\", 1, x, y]")?.unwrap_or(default.position),
            colour: colour("colour")?.unwrap_or(default.colour),
            opacity: fields.number("opacity", default.opacity)?,
            font_name: fields.text("font_name")?.unwrap_or_default().to_owned(),
            font_size: fields.number("font_size", default.font_size)?,
            wrap_width: fields.number("wrap_width", default.wrap_width)?,
            justification: fields.whole("justification", default.justification)?,
            background_colour: colour("background_colour")?.unwrap_or(default.background_colour),
            background_opacity: fields.number("background_opacity", default.background_opacity)?,
        })
    }

    /// The caption as xStudio takes it, `Bookmark.set_annotation(captions=…)`.
    pub fn to_value(&self) -> Value {
        let mut object: Object = [
            ("text", self.text.as_str().into()),
            ("position", typed("vec2", &self.position)),
            ("colour", typed("colour", &self.colour)),
            ("opacity", self.opacity.into()),
            ("font_name", self.font_name.as_str().into()),
            ("font_size", self.font_size.into()),
            ("wrap_width", self.wrap_width.into()),
            ("justification", self.justification.into()),
            ("background_colour", typed("colour", &self.background_colour)),
            ("background_opacity", self.background_opacity.into()),
        ]
        .into_iter()
        .collect();
        if let Some(uuid) = &self.uuid {
            object.insert("uuid", uuid.as_str());
        }
        object.into()
    }
}

/// A typed array: its name, its version, its numbers.
fn typed(name: &str, numbers: &[f64]) -> Value {
    let head = [Value::from(name), Value::from(1_i64)];
    Value::Array(head.into_iter().chain(numbers.iter().map(|number| Value::from(*number))).collect())
}

/// An event for every caption of xStudio. Its identity is that of `existing_uuids` at its index, else a fresh one: the
/// caption's own is not used, as in the reference.
pub fn xs_captions_to_sync_events(
    captions: &[XsCaption],
    aspect_half: f64,
    existing_uuids: &[String],
    mint: &mut dyn Mint,
) -> Vec<SyncEvent> {
    let half = usable_aspect(aspect_half);
    let event = |(index, caption): (usize, &XsCaption)| {
        let [r, g, b] = caption.colour;
        SyncEvent::TextAnnotation(TextAnnotation {
            uuid: Some(given_or_fresh(existing_uuids.get(index).map(String::as_str), mint)),
            friendly_name: Some(caption.font_name.clone()),
            position: Some(from_xs(caption.position, half)),
            rgba: Some([r, g, b, caption.opacity]),
            text: Some(caption.text.clone()),
            spacing: Some(DEFAULT_SPACING),
            font_size: Some(caption.font_size / XS_FONT_SCALE),
            scale: Some(1.0),
            rotation: Some(0.0),
            font: Some(caption.font_name.clone()),
            ..TextAnnotation::default()
        })
    };
    captions.iter().enumerate().map(event).collect()
}

/// The captions of xStudio for the texts in a list of events.
pub fn sync_events_to_xs_captions(commands: &[SyncEvent], aspect_half: f64) -> Vec<XsCaption> {
    let half = usable_aspect(aspect_half);
    let texts = commands.iter().filter_map(|command| match command {
        SyncEvent::TextAnnotation(text) => Some(text),
        _ => None,
    });
    texts.map(|text| caption(text, half)).collect()
}

fn caption(text: &TextAnnotation, half: f64) -> XsCaption {
    let [r, g, b, opacity] = text.rgba.unwrap_or([1.0; 4]);
    let font_size = unless_zero(text.font_size, DEFAULT_FONT_SIZE) * unless_zero(text.scale, 1.0);
    let font = text.font.as_deref().filter(|font| !font.is_empty());
    XsCaption {
        uuid: text.uuid.clone().filter(|uuid| !uuid.is_empty()),
        text: text.text.clone().unwrap_or_default(),
        position: to_xs(text.position.unwrap_or_default(), half),
        colour: [r, g, b],
        opacity,
        font_name: font.unwrap_or(FONT).to_owned(),
        font_size: font_size * XS_FONT_SCALE,
        ..XsCaption::default()
    }
}
