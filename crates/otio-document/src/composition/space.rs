//! Times of one item in the time of another.

use super::RangeError;
use crate::Document;
use crate::arena::NodeId;
use crate::time::{RationalTime, TimeRange};

impl Document {
    /// A time of one item, told in the time of another of the same tree (OTIO `Item.transformed_time`). Retimes do not
    /// count.
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
    /// let inside = document.transformed_time(RationalTime::new(50.0, 24.0), track, last)?;
    /// assert_eq!(inside, RationalTime::new(2.0, 24.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where an item on the way does not say where it stands or what is shown of it.
    pub fn transformed_time(
        &self,
        time: RationalTime,
        from: NodeId,
        to: NodeId,
    ) -> Result<RationalTime, RangeError> {
        let (from, to) = (self.composition(from), self.composition(to));
        let mut result = time;
        let mut ancestor = from;
        while ancestor != to {
            let Some(parent) = self.enclosing(ancestor) else { break };
            let shown = self.trimmed_range(ancestor)?;
            result -= shown.start_time;
            result += self.start_in_parent(ancestor, shown.duration)?;
            ancestor = parent;
        }
        let mut item = to;
        while item != ancestor {
            let Some(parent) = self.enclosing(item) else { break };
            let shown = self.trimmed_range(item)?;
            result += shown.start_time;
            result -= self.start_in_parent(item, shown.duration)?;
            item = parent;
        }
        Ok(result)
    }

    /// A range of one item, told in the time of another (OTIO `Item.transformed_time_range`): its start is, its duration
    /// stays.
    ///
    /// # Errors
    /// As [`Document::transformed_time`].
    pub fn transformed_time_range(
        &self,
        range: TimeRange,
        from: NodeId,
        to: NodeId,
    ) -> Result<TimeRange, RangeError> {
        Ok(TimeRange::new(self.transformed_time(range.start_time, from, to)?, range.duration))
    }

    /// The stack or track that an item stands in; a timeline is no space of its own.
    fn enclosing(&self, item: NodeId) -> Option<NodeId> {
        self.parent(item).filter(|parent| self.is_composition(*parent))
    }
}
