//! Times of media under the times of compositions, with what retimes make of them.
//!
//! OTIO defines a retime by its words alone: a `LinearTimeWarp` "does not affect the duration of the item this effect is
//! attached to. Instead it affects the speed of the media displayed within that item", and a `FreezeFrame` holds "the
//! first frame of the clip for the duration of the clip". So `source_range` is what an item shows to the outside: its
//! duration is the one in the parent, and of what is inside `duration × time_scalar` is used, from
//! `source_range.start_time` on. A time `t` of an item shows what is inside it at
//!
//! ```text
//! start + (t − start) × time_scalar        start: that of its source_range, else of its available_range
//! ```
//!
//! With a negative scalar that runs backwards *from the start*, for OTIO says of no other place to begin at. Several
//! retimes of one item multiply; disabled ones, and effects of other schemas, do not count. Stacks and tracks are
//! retimed as clips are. [`Document::transformed_time`] knows no retimes, as OTIO's does not; where there are none,
//! the answers here are its answers.

use lossless_json::Value;

use super::{Class, RangeError};
use crate::Document;
use crate::arena::NodeId;
use crate::time::RationalTime;

impl Document {
    /// Whether an item is shown at all (OTIO `Item.enabled`); everything is that does not say otherwise.
    pub fn is_enabled(&self, node: NodeId) -> bool {
        self.field(node, "enabled") != Some(&Value::Bool(false))
    }

    /// How fast what is inside an item passes: the product of the enabled retimes among its effects (OTIO
    /// `LinearTimeWarp.time_scalar`), 1 without any. 2 is double speed, −1 backwards, 0 a freeze frame.
    ///
    /// A `FreezeFrame` counts as 0 whatever its `time_scalar` says; a scalar that is no number counts as 1.
    pub fn time_scalar(&self, item: NodeId) -> f64 {
        let effects = self.field(item, "effects").and_then(Value::as_array).unwrap_or_default();
        effects.iter().filter_map(scalar_of_effect).product()
    }

    /// A time of a composition, a timeline or the clip itself, told in the time of the clip's media. The retimes of the
    /// composition, of all between it and the clip, and of the clip count; whether the clip is shown then does not: before
    /// and after it, its media runs on. OTIO has no such question: its `transformed_time` leaves retimes out.
    ///
    /// # Errors
    /// Where the clip does not stand inside, or an item on the way does not say where it stands or what is shown of it;
    /// the way may lead over the top of the tree, as OTIO's does.
    ///
    /// ```
    /// use otio_document::{Document, RationalTime, Reading};
    ///
    /// let text = r#"{"OTIO_SCHEMA":"Clip.2","media_references":{},"active_media_reference_key":"DEFAULT_MEDIA",
    ///     "effects":[{"OTIO_SCHEMA":"LinearTimeWarp.1","effect_name":"","time_scalar":2}],
    ///     "source_range":{"OTIO_SCHEMA":"TimeRange.1",
    ///         "start_time":{"OTIO_SCHEMA":"RationalTime.1","value":100,"rate":24},
    ///         "duration":{"OTIO_SCHEMA":"RationalTime.1","value":48,"rate":24}}}"#;
    /// let document = Document::read(text.as_bytes(), Reading::Exact)?;
    /// let clip = document.root().ok_or("a clip")?;
    /// let time = document.media_time(RationalTime::new(110.0, 24.0), clip, clip)?;
    /// assert_eq!(time, RationalTime::new(120.0, 24.0));
    /// assert_eq!(document.time_of_media(time, clip, clip)?, Some(RationalTime::new(110.0, 24.0)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn media_time(
        &self,
        time: RationalTime,
        composition: NodeId,
        clip: NodeId,
    ) -> Result<RationalTime, RangeError> {
        let mut at = self.composition(composition);
        let mut time = time;
        for (item, scalar) in self.retimed_items(clip, at)?.into_iter().rev() {
            time = self.transformed_time(time, at, item)?;
            time = self.stretched(item, time, |distance| distance * scalar)?;
            at = item;
        }
        self.transformed_time(time, at, clip)
    }

    /// A time of the media of a clip, told in the time of a composition, of a timeline or of the clip itself: the inverse
    /// of [`Document::media_time`]. None where a freeze frame on the way shows one moment all the time. OTIO has no such
    /// question.
    ///
    /// # Errors
    /// As [`Document::media_time`].
    pub fn time_of_media(
        &self,
        media_time: RationalTime,
        clip: NodeId,
        composition: NodeId,
    ) -> Result<Option<RationalTime>, RangeError> {
        let composition = self.composition(composition);
        let (mut at, mut time) = (clip, media_time);
        for (item, scalar) in self.retimed_items(clip, composition)? {
            if scalar == 0.0 {
                return Ok(None);
            }
            time = self.transformed_time(time, at, item)?;
            time = self.stretched(item, time, |distance| distance / scalar)?;
            at = item;
        }
        self.transformed_time(time, at, composition).map(Some)
    }

    /// A time of an item with another distance from the start of what is shown of it.
    fn stretched(
        &self,
        item: NodeId,
        time: RationalTime,
        stretch: impl Fn(f64) -> f64,
    ) -> Result<RationalTime, RangeError> {
        let start = self.trimmed_range(item)?.start_time;
        let distance = time - start;
        Ok(start + RationalTime::new(stretch(distance.value), distance.rate))
    }

    /// Those with a retime among an item, what it stands in, and so on up to a composition.
    #[expect(clippy::float_cmp, reason = "only exactly 1 changes nothing")]
    fn retimed_items(&self, item: NodeId, composition: NodeId) -> Result<Vec<(NodeId, f64)>, RangeError> {
        let mut retimed = Vec::new();
        for item in std::iter::once(item).chain(self.ancestors(item)) {
            if self.class(item) != Class::Timeline {
                let scalar = self.time_scalar(item);
                if scalar != 1.0 {
                    retimed.push((item, scalar));
                }
            }
            if item == composition {
                return Ok(retimed);
            }
        }
        Err(RangeError::NotInside)
    }
}

/// What an effect multiplies the speed with; none where it is disabled, or no retime.
fn scalar_of_effect(effect: &Value) -> Option<f64> {
    if effect.get("enabled") == Some(&Value::Bool(false)) {
        return None;
    }
    match effect.get("OTIO_SCHEMA")?.as_str()? {
        "FreezeFrame.1" => Some(0.0),
        "LinearTimeWarp.1" => effect.get("time_scalar")?.as_f64(),
        _ => None,
    }
}
