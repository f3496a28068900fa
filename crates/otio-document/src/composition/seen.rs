//! Which clip is on top.

use super::{Class, Extent, RangeError, from_zero};
use crate::Document;
use crate::arena::NodeId;
use crate::time::{EPSILON_SECONDS, RationalTime, TimeRange};

impl Document {
    /// The clip on top at a time, through nested stacks and tracks and their retimes: what stands later in a stack covers
    /// what stands earlier. Gaps, disabled items, times outside an item's source range and tracks that do not count are
    /// seen through; none where nothing is seen. OTIO's `algorithms.top_clip_at_time` answers for stacks of tracks of clips
    /// alone: it looks into nothing nested, takes disabled tracks and tracks of any kind, and knows no retimes.
    ///
    /// `counts` tells which tracks count; it is not asked about `composition` itself. In a transition two clips are on
    /// screen: the answer is the one whose range in its track has the time, so the first up to the cut and then the
    /// second; what the other one shows, [`Document::media_frame`] tells all the same. A time less than
    /// [`EPSILON_SECONDS`] before a cut is beyond it, as with frames.
    ///
    /// # Errors
    /// Where an item that comes before what is shown, or may cover it, does not say how long it is.
    ///
    /// ```
    /// use otio_document::{Document, NodeId, RationalTime, Reading};
    ///
    /// let clip = r#"{"OTIO_SCHEMA":"Clip.2","media_references":{},"active_media_reference_key":"","source_range":
    ///     {"OTIO_SCHEMA":"TimeRange.1","start_time":{"OTIO_SCHEMA":"RationalTime.1","value":0,"rate":24},
    ///         "duration":{"OTIO_SCHEMA":"RationalTime.1","value":48,"rate":24}}}"#;
    /// let text = format!(r#"{{"OTIO_SCHEMA":"Stack.1","children":[
    ///     {{"OTIO_SCHEMA":"Track.1","kind":"Video","name":"V1","children":[{clip}]}},
    ///     {{"OTIO_SCHEMA":"Track.1","kind":"Video","name":"Annotations","children":[{clip}]}}]}}"#);
    /// let document = Document::read(text.as_bytes(), Reading::Exact)?;
    /// let stack = document.root().ok_or("a stack")?;
    ///
    /// // What the annotations lie on.
    /// let is_picture = |document: &Document, track: NodeId| {
    ///     document.kind(track) == Some("Video") && document.name(track) != "Annotations"
    /// };
    /// let clip = document.clip_at_time(stack, RationalTime::new(9.0, 24.0), &is_picture)?.ok_or("a clip")?;
    /// let track = document.parent(clip).ok_or("a track")?;
    /// assert_eq!(document.name(track), "V1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clip_at_time(
        &self,
        composition: NodeId,
        time: RationalTime,
        counts: &dyn Fn(&Self, NodeId) -> bool,
    ) -> Result<Option<NodeId>, RangeError> {
        let composition = self.composition(composition);
        // What may be seen, the topmost last, each with the time since it began.
        let mut waiting = Vec::new();
        if self.is_enabled(composition) {
            waiting.push((composition, time - self.shown_from(composition)?));
        }
        while let Some((item, elapsed)) = waiting.pop() {
            if !self.is_going_on(item, elapsed)? {
                continue;
            }
            match self.class(item) {
                Class::Clip => return Ok(Some(item)),
                Class::Stack | Class::Track => self.look_into(item, elapsed, counts, &mut waiting)?,
                _ => {}
            }
        }
        Ok(None)
    }

    /// Adds the children of a composition that may be seen, the topmost last.
    fn look_into(
        &self,
        composition: NodeId,
        elapsed: RationalTime,
        counts: &dyn Fn(&Self, NodeId) -> bool,
        waiting: &mut Vec<(NodeId, RationalTime)>,
    ) -> Result<(), RangeError> {
        let scalar = self.time_scalar(composition);
        let inside = self.shown_from(composition)? + RationalTime::new(elapsed.value * scalar, elapsed.rate);
        let may_be_seen = |child: NodeId| {
            self.takes_time(child)
                && self.is_enabled(child)
                && (self.class(child) != Class::Track || counts(self, child))
        };
        if self.class(composition) == Class::Track {
            waiting
                .extend(self.child_of_track(composition, inside)?.filter(|(child, _)| may_be_seen(*child)));
            return Ok(());
        }
        let children = self.children(composition).iter();
        waiting.extend(children.filter(|child| may_be_seen(*child)).map(|child| (child, inside)));
        Ok(())
    }

    /// The item at a time of a track, with the time since it began.
    fn child_of_track(
        &self,
        track: NodeId,
        time: RationalTime,
    ) -> Result<Option<(NodeId, RationalTime)>, RangeError> {
        let mut begin = RationalTime::new(0.0, 1.0);
        for (child, extent) in self.children(track).iter().zip(self.extents(track)) {
            let Extent::Lasting(duration) = (*extent)? else { continue };
            let range = TimeRange::new(begin, duration);
            if is_within(time, range) {
                return Ok(Some((child, time - begin)));
            }
            begin = range.end_time_exclusive();
        }
        Ok(None)
    }

    /// Whether an item that began so long ago has not ended.
    #[expect(clippy::float_cmp, reason = "only exactly 1 changes nothing")]
    fn is_going_on(&self, item: NodeId, elapsed: RationalTime) -> Result<bool, RangeError> {
        // Before its start and after its end there is no child of it: no need to add up how long it is.
        if self.is_all_shown(item) && self.time_scalar(item) == 1.0 {
            return Ok(true);
        }
        Ok(is_within(elapsed, from_zero(self.duration(item)?)))
    }

    /// Whether an item is a stack or a track without a source range.
    fn is_all_shown(&self, item: NodeId) -> bool {
        matches!(self.class(item), Class::Stack | Class::Track) && self.source_range(item).is_none()
    }

    /// Where in its own time an item begins to be shown, without adding up how long it is.
    fn shown_from(&self, item: NodeId) -> Result<RationalTime, RangeError> {
        if self.is_all_shown(item) {
            return Ok(RationalTime::new(0.0, 1.0));
        }
        Ok(self.trimmed_range(item)?.start_time)
    }
}

/// Whether a range has a time, both its ends moved to earlier by [`EPSILON_SECONDS`].
fn is_within(time: RationalTime, range: TimeRange) -> bool {
    let time = time.to_seconds() + EPSILON_SECONDS;
    range.start_time.to_seconds() <= time && time < range.end_time_exclusive().to_seconds()
}
