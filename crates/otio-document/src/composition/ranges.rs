//! How long things are, and where they stand.

use super::{Class, RangeError, from_zero};
use crate::Document;
use crate::arena::NodeId;
use crate::time::{RationalTime, TimeRange};

impl Document {
    /// How long a composable takes (OTIO `Composable.duration`, `Timeline.duration`); of a transition, both its offsets. At
    /// the rate of the range that says so; of a track, at the highest rate among its children.
    ///
    /// # Errors
    /// As [`Document::trimmed_range`], but for transitions.
    pub fn duration(&self, node: NodeId) -> Result<RationalTime, RangeError> {
        match self.class(node) {
            Class::Transition => Ok(self.offset(node, "in_offset") + self.offset(node, "out_offset")),
            _ => Ok(self.trimmed_range(node)?.duration),
        }
    }

    /// All that there is of an item, in its own time (OTIO `Item.available_range`): of a clip what its active media
    /// says, of a track its children one after the other, of a stack the longest of its children; of a timeline, that of
    /// its tracks, where OTIO's has no such method. Compositions begin at 0.
    ///
    /// # Errors
    /// Where media or an item inside does not say how long it is, and for transitions and what is no item.
    pub fn available_range(&self, node: NodeId) -> Result<TimeRange, RangeError> {
        match self.class(node) {
            Class::Timeline => self
                .children(node)
                .first()
                .map_or(Err(RangeError::NotAnItem), |tracks| self.available_range(tracks)),
            Class::Track => self.track_range(node),
            Class::Stack => self.stack_range(node),
            Class::Clip => self.media_range(node).ok_or(RangeError::NoAvailableRange),
            Class::OtherItem => Err(RangeError::NoSourceRange),
            Class::Transition | Class::Other => Err(RangeError::NotAnItem),
        }
    }

    /// What is shown of an item, in its own time (OTIO `Item.trimmed_range`): its source range, else all there is. For a clip
    /// that is the time of its media, timecode included.
    ///
    /// # Errors
    /// As [`Document::available_range`].
    pub fn trimmed_range(&self, node: NodeId) -> Result<TimeRange, RangeError> {
        match self.class(node) {
            Class::Transition | Class::Other => Err(RangeError::NotAnItem),
            _ => self.source_range(node).map_or_else(|| self.available_range(node), Ok),
        }
    }

    /// What is seen of an item, in its own time, with what transitions beside it show of it (OTIO `Item.visible_range`).
    ///
    /// # Errors
    /// As [`Document::trimmed_range`].
    pub fn visible_range(&self, node: NodeId) -> Result<TimeRange, RangeError> {
        let mut range = self.trimmed_range(node)?;
        let (head, tail) = self.handles(node);
        if let Some(head) = head {
            range = TimeRange::new(range.start_time - head, range.duration + head);
        }
        if let Some(tail) = tail {
            range.duration += tail;
        }
        Ok(range)
    }

    /// What transitions show of an item before its start and after its end, as lengths (OTIO `Composition.handles_of_child`,
    /// which is asked of the parent). None where there is no transition on that side, or no track around.
    pub fn handles(&self, node: NodeId) -> (Option<RationalTime>, Option<RationalTime>) {
        let Some(parent) = self.parent(node).filter(|parent| self.class(*parent) == Class::Track) else {
            return (None, None);
        };
        let siblings = self.children(parent);
        let Some(index) = self.index_in_parent(node) else { return (None, None) };
        let transition = |index: Option<usize>, key| {
            let sibling = siblings.get(index?)?;
            (self.class(sibling) == Class::Transition).then(|| self.offset(sibling, key))
        };
        (transition(index.checked_sub(1), "in_offset"), transition(index.checked_add(1), "out_offset"))
    }

    /// Where a child stands in its parent, in the time of the parent (OTIO `Item.range_in_parent`,
    /// `Transition.range_in_parent`). The parent's source range does not count.
    ///
    /// ```
    /// use otio_document::{Document, RationalTime, Reading};
    ///
    /// let range = |duration: u32| format!(r#"{{"OTIO_SCHEMA":"TimeRange.1",
    ///     "start_time":{{"OTIO_SCHEMA":"RationalTime.1","value":0,"rate":24}},
    ///     "duration":{{"OTIO_SCHEMA":"RationalTime.1","value":{duration},"rate":24}}}}"#);
    /// let gap = |name: &str| format!(r#"{{"OTIO_SCHEMA":"Gap.1","name":"{name}","source_range":{}}}"#, range(48));
    /// let text = format!(r#"{{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{},{}]}}"#, gap("a"), gap("b"));
    /// let document = Document::read(text.as_bytes(), Reading::Exact)?;
    /// let track = document.root().ok_or("a track")?;
    /// let last = document.children(track).last().ok_or("two gaps")?;
    /// assert_eq!(document.range_in_parent(last)?.start_time, RationalTime::new(48.0, 24.0));
    /// assert_eq!(document.available_range(track)?.duration, RationalTime::new(96.0, 24.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where it does not stand in a stack or a track, or it or something before it does not say how long it is.
    pub fn range_in_parent(&self, node: NodeId) -> Result<TimeRange, RangeError> {
        let parent = self.parent(node).ok_or(RangeError::NotInside)?;
        if !matches!(self.class(parent), Class::Track | Class::Stack) {
            return Err(RangeError::NotAComposition);
        }
        let duration = self.duration(node)?;
        Ok(TimeRange::new(self.start_in_parent(node, duration)?, duration))
    }

    /// Where a child whose duration is known begins in its parent.
    pub(super) fn start_in_parent(
        &self,
        node: NodeId,
        duration: RationalTime,
    ) -> Result<RationalTime, RangeError> {
        let parent = self.parent(node).ok_or(RangeError::NotInside)?;
        match self.class(parent) {
            Class::Track => self.start_in_track(parent, node, duration),
            Class::Stack => Ok(from_zero(duration).start_time),
            _ => Err(RangeError::NotAComposition),
        }
    }

    /// Where a descendant stands in a composition or a timeline, in the time of that (OTIO `Composition.range_of_child`,
    /// `Timeline.range_of_child`). Starts are added up alone: no source range and no retime counts.
    ///
    /// # Errors
    /// Where it does not stand inside, or it or something before it does not say how long it is.
    pub fn range_of_child(&self, composition: NodeId, child: NodeId) -> Result<TimeRange, RangeError> {
        self.range_through(composition, child, Self::range_in_parent)
    }

    /// Where a child stands in its parent, cut to the parent's source range; none where nothing is left of it (OTIO
    /// `Item.trimmed_range_in_parent`, `Transition.trimmed_range_in_parent`).
    ///
    /// # Errors
    /// As [`Document::trimmed_range_of_child`]; so, as in OTIO, an error and not none where a track leaves nothing of it.
    pub fn trimmed_range_in_parent(&self, node: NodeId) -> Result<Option<TimeRange>, RangeError> {
        self.trimmed_range_of_child(self.parent(node).ok_or(RangeError::NotInside)?, node)
    }

    /// Where a descendant stands in a composition or a timeline, cut to the source ranges on the way; none where nothing
    /// is left of it (OTIO `Composition.trimmed_range_of_child`).
    ///
    /// # Errors
    /// As [`Document::range_of_child`], and [`RangeError::TrimmedAway`] where a track on the way leaves nothing of it.
    pub fn trimmed_range_of_child(
        &self,
        composition: NodeId,
        child: NodeId,
    ) -> Result<Option<TimeRange>, RangeError> {
        let range = self.range_through(composition, child, Self::trimmed_range_at_index)?;
        let Some(source) = self.source_range(self.composition(composition)) else { return Ok(Some(range)) };
        let start = source.start_time.later(range.start_time);
        if start.is_after(range.end_time_exclusive()) {
            return Ok(None);
        }
        let duration = range.end_time_exclusive().earlier(source.end_time_exclusive()) - start;
        Ok((duration.value >= 0.0).then(|| TimeRange::new(start, duration)))
    }

    /// Adds up ranges in parents on the way from a descendant to a composition.
    fn range_through(
        &self,
        composition: NodeId,
        child: NodeId,
        range_in_parent: impl Fn(&Self, NodeId) -> Result<TimeRange, RangeError>,
    ) -> Result<TimeRange, RangeError> {
        let composition = self.composition(composition);
        if !self.ancestors(child).any(|ancestor| ancestor == composition) {
            return Err(RangeError::NotInside);
        }
        let mut range = range_in_parent(self, child)?;
        for parent in self.ancestors(child).take_while(|ancestor| *ancestor != composition) {
            range.start_time += range_in_parent(self, parent)?.start_time;
        }
        Ok(range)
    }

    /// OTIO `Composition.trimmed_range_of_child_at_index`.
    fn trimmed_range_at_index(&self, node: NodeId) -> Result<TimeRange, RangeError> {
        let range = self.range_in_parent(node)?;
        let parent = self.parent(node).ok_or(RangeError::NotInside)?;
        let Some(source) = self.source_range(parent) else { return Ok(range) };
        match self.class(parent) {
            Class::Stack => Ok(TimeRange::new(source.start_time, range.duration.earlier(source.duration))),
            _ => trimmed(range, source).ok_or(RangeError::TrimmedAway),
        }
    }

    /// How long each child of a composition is, and whether the next one of a track begins where it ends. Kept until
    /// something in the composition changes.
    pub(super) fn extents(&self, composition: NodeId) -> &[Result<Extent, RangeError>] {
        self.children(composition).extents(|child| self.extent(child))
    }

    /// How a child of a track counts for what comes after it.
    pub(super) fn extent(&self, child: NodeId) -> Result<Extent, RangeError> {
        if self.takes_time(child) {
            return self.duration(child).map(Extent::Lasting);
        }
        Ok(Extent::Across(self.offset(child, "in_offset"), self.offset(child, "out_offset")))
    }

    fn start_in_track(
        &self,
        track: NodeId,
        node: NodeId,
        duration: RationalTime,
    ) -> Result<RationalTime, RangeError> {
        let mut start = RationalTime::new(0.0, duration.rate);
        let before = self.index_in_parent(node).unwrap_or(0);
        for extent in &self.extents(track)[..before] {
            if let Extent::Lasting(duration) = (*extent)? {
                start += duration;
            }
        }
        if !self.takes_time(node) {
            start -= self.offset(node, "in_offset");
        }
        Ok(start)
    }

    fn track_range(&self, track: NodeId) -> Result<TimeRange, RangeError> {
        let mut duration = RationalTime::new(0.0, 1.0);
        let extents = self.extents(track);
        for extent in extents {
            if let Extent::Lasting(child) = (*extent)? {
                duration += child;
            }
        }
        if let Some(Ok(Extent::Across(into, _))) = extents.first() {
            duration += *into;
        }
        if let Some(Ok(Extent::Across(_, out))) = extents.last() {
            duration += *out;
        }
        Ok(from_zero(duration))
    }

    fn stack_range(&self, stack: NodeId) -> Result<TimeRange, RangeError> {
        let mut longest: Option<RationalTime> = None;
        for extent in self.extents(stack) {
            let duration = match (*extent)? {
                Extent::Lasting(duration) => duration,
                Extent::Across(into, out) => into + out,
            };
            longest = Some(longest.map_or(duration, |longest| longest.later(duration)));
        }
        Ok(from_zero(longest.unwrap_or(RationalTime::new(0.0, 1.0))))
    }

    /// What the active media of a clip says that there is.
    pub(super) fn media_range(&self, clip: NodeId) -> Option<TimeRange> {
        TimeRange::from_value(self.active_media_reference(clip)?.1.get("available_range")?)
    }
}

/// The part of a range that is in another; none where they only touch or do not.
fn trimmed(range: TimeRange, source: TimeRange) -> Option<TimeRange> {
    let is_over = !source.start_time.is_before(range.end_time_exclusive());
    let is_to_come = !source.end_time_exclusive().is_after(range.start_time);
    if is_over || is_to_come {
        return None;
    }
    let mut range = range;
    if range.start_time.is_before(source.start_time) {
        range = TimeRange::from_start_end_time(source.start_time, range.end_time_exclusive());
    }
    if range.end_time_exclusive().is_after(source.end_time_exclusive()) {
        range = TimeRange::from_start_end_time(range.start_time, source.end_time_exclusive());
    }
    Some(range)
}

/// How a child of a track counts for what comes after it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extent {
    /// The next begins where it ends.
    Lasting(RationalTime),
    /// A transition, which reaches into both its neighbours.
    Across(RationalTime, RationalTime),
}

/// Where the children of a track stand, one after the other (OTIO `Track.range_of_all_children`).
pub(super) fn in_a_row(
    extents: impl Iterator<Item = Result<Extent, RangeError>>,
) -> Result<Vec<TimeRange>, RangeError> {
    let mut end: Option<RationalTime> = None;
    let mut ranges = Vec::with_capacity(extents.size_hint().0);
    for extent in extents {
        let extent = extent?;
        let (Extent::Lasting(first) | Extent::Across(first, _)) = extent;
        let start = end.unwrap_or(RationalTime::new(0.0, first.rate));
        let (range, next) = match extent {
            Extent::Lasting(duration) => {
                let range = TimeRange::new(start, duration);
                (range, range.end_time_exclusive())
            }
            Extent::Across(into, out) => (TimeRange::new(start - into, out + into), start),
        };
        ranges.push(range);
        end = Some(next);
    }
    Ok(ranges)
}
