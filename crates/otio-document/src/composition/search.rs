//! What stands at a time.

use super::ranges::in_a_row;
use super::{Class, RangeError};
use crate::Document;
use crate::arena::NodeId;
use crate::time::{EPSILON_SECONDS, RationalTime, TimeRange};

impl Document {
    /// The first child at a time of a composition or a timeline (OTIO `Composition.child_at_time`, whose argument
    /// `shallow_search` is `shallow`); what stands in it instead, and so on, unless the search is `shallow`. None where nothing
    /// stands then. For what is on top, see [`Document::clip_at_time`].
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
    /// assert_eq!(document.child_at_time(track, RationalTime::new(50.0, 24.0), false)?, Some(last));
    /// assert_eq!(document.find_children(track, None, true, &|cut, node| cut.name(node) == "b")?, [last]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where this is no composition, or a child does not say how long it is.
    pub fn child_at_time(
        &self,
        composition: NodeId,
        time: RationalTime,
        shallow: bool,
    ) -> Result<Option<NodeId>, RangeError> {
        let composition = self.composition(composition);
        let ranges = self.ranges_of_children(composition)?;
        let first = bisect(&ranges, 0, |range| range.end_time_exclusive().is_before(time));
        let last = bisect(&ranges, first, |range| !time.is_before(range.start_time));
        let Some(index) = (first..last).find(|index| ranges[*index].contains_time(time)) else {
            return Ok(None);
        };
        let Some(child) = self.children(composition).get(index) else { return Ok(None) };
        if shallow || !self.is_composition(child) {
            return Ok(Some(child));
        }
        let inside = self.transformed_time(time, composition, child)?;
        self.child_at_time(child, inside, shallow)
    }

    /// The children of a composition or a timeline that a range of its time meets, in order (OTIO
    /// `Composition.children_in_range`).
    ///
    /// # Errors
    /// Where this is no composition, or a child does not say how long it is.
    pub fn children_in_range(
        &self,
        composition: NodeId,
        range: TimeRange,
    ) -> Result<Vec<NodeId>, RangeError> {
        let composition = self.composition(composition);
        if self.class(composition) == Class::Stack {
            return self.layers_in_range(composition, range);
        }
        let ranges = self.ranges_of_children(composition)?;
        let first = bisect(&ranges, 0, |child| child.end_time_inclusive().is_before(range.start_time));
        let end = range.end_time_inclusive();
        let last = bisect(&ranges, first, |child| !end.is_before(child.start_time));
        Ok(self.children(composition).iter().skip(first).take(last.saturating_sub(first)).collect())
    }

    fn layers_in_range(&self, stack: NodeId, range: TimeRange) -> Result<Vec<NodeId>, RangeError> {
        let mut layers = Vec::new();
        for child in self.children(stack).iter().filter(|child| self.takes_time(*child)) {
            let shown = self.trimmed_range_in_parent(child)?;
            if shown.is_some_and(|shown| shown.intersects(range, EPSILON_SECONDS)) {
                layers.push(child);
            }
        }
        Ok(layers)
    }

    /// What stands in a composition or a timeline and fits, in order, within a range of its time where one is given;
    /// only children where the search is `shallow` (OTIO `find_children` of `Composition` and `Timeline`, with `fits` for
    /// `descended_from_type`). OTIO's `find_clips` is this with the test `schema_name(node) == "Clip"`.
    ///
    /// # Errors
    /// Where, with a range, this is no composition or a child does not say how long it is; never without a range.
    pub fn find_children(
        &self,
        composition: NodeId,
        range: Option<TimeRange>,
        shallow: bool,
        fits: &dyn Fn(&Self, NodeId) -> bool,
    ) -> Result<Vec<NodeId>, RangeError> {
        let mut found = Vec::new();
        self.collect(self.composition(composition), range, shallow, fits, &mut found)?;
        Ok(found)
    }

    /// The clips in a composition or a timeline, in order, within a range of its time where one is given; only children
    /// where the search is `shallow` (OTIO `Composition.find_clips`, `Timeline.find_clips`).
    ///
    /// # Errors
    /// As [`Document::find_children`].
    pub fn find_clips(
        &self,
        composition: NodeId,
        range: Option<TimeRange>,
        shallow: bool,
    ) -> Result<Vec<NodeId>, RangeError> {
        self.find_children(composition, range, shallow, &|document, node| document.class(node) == Class::Clip)
    }

    /// Where each child of a composition or a timeline stands in it, in order (OTIO `Composition.range_of_all_children`).
    ///
    /// # Errors
    /// Where the node is no stack or track, or a child does not say how long it is.
    pub fn range_of_all_children(&self, composition: NodeId) -> Result<Vec<(NodeId, TimeRange)>, RangeError> {
        let composition = self.composition(composition);
        let ranges = self.ranges_of_children(composition)?;
        Ok(self.children(composition).iter().zip(ranges).collect())
    }

    /// What stands before and after a child of a track, transitions included (OTIO `Track.neighbors_of`, which can also
    /// make gaps up).
    ///
    /// # Errors
    /// Where it does not stand in a track.
    pub fn neighbors_of(&self, child: NodeId) -> Result<(Option<NodeId>, Option<NodeId>), RangeError> {
        let track = self.parent(child).filter(|parent| self.class(*parent) == Class::Track);
        let siblings = self.children(track.ok_or(RangeError::NotInside)?);
        let index = self.index_in_parent(child).ok_or(RangeError::NotInside)?;
        Ok((index.checked_sub(1).and_then(|before| siblings.get(before)), siblings.get(index + 1)))
    }

    fn collect(
        &self,
        composition: NodeId,
        range: Option<TimeRange>,
        shallow: bool,
        fits: &dyn Fn(&Self, NodeId) -> bool,
        found: &mut Vec<NodeId>,
    ) -> Result<(), RangeError> {
        let children = match range {
            Some(range) => self.children_in_range(composition, range)?,
            None => self.children(composition).to_vec(),
        };
        // OTIO carries the range on from one child to the next; so do we, to find the same.
        let mut range = range;
        for child in children {
            if fits(self, child) {
                found.push(child);
            }
            if !shallow && self.is_composition(child) {
                if let Some(inside) = &mut range {
                    *inside = self.transformed_time_range(*inside, composition, child)?;
                }
                self.collect(child, range, shallow, fits, found)?;
            }
        }
        Ok(())
    }

    /// Where each child stands, in order.
    fn ranges_of_children(&self, composition: NodeId) -> Result<Vec<TimeRange>, RangeError> {
        match self.class(composition) {
            Class::Track => in_a_row(self.extents(composition).iter().copied()),
            Class::Stack => {
                self.children(composition).iter().map(|child| self.range_in_parent(child)).collect()
            }
            _ => Err(RangeError::NotAComposition),
        }
    }
}

/// The first of the ranges from `lower` on that `is_early` does not hold for, halving as OTIO does: in stacks, and beside
/// transitions, ranges are in no order, and what is found depends on where one looks.
fn bisect(ranges: &[TimeRange], lower: usize, is_early: impl Fn(&TimeRange) -> bool) -> usize {
    let (mut lower, mut upper) = (lower, ranges.len());
    while lower < upper {
        let middle = usize::midpoint(lower, upper);
        if is_early(&ranges[middle]) {
            lower = middle + 1;
        } else {
            upper = middle;
        }
    }
    lower
}
