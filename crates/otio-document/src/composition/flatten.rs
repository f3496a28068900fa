//! Many tracks as one (OTIO's `flatten_stack` and `track_trimmed_to_range`).

use lossless_json::{Object, Value};

use super::ranges::{Extent, in_a_row};
use super::{Class, RangeError, from_zero};
use crate::arena::NodeId;
use crate::time::{EPSILON_SECONDS, RationalTime, TimeRange};
use crate::{Document, ReadError, Reading};

/// Why tracks cannot be made one, or a track cannot be cut. In brackets, what Python raises.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlattenError {
    /// Something says nothing of its length (as [`RangeError`]).
    #[error(transparent)]
    Range(#[from] RangeError),
    /// A cut within a transition, which has no parts (`CannotTrimTransitionsError`).
    #[error("cannot cut in the middle of a transition; cut before or after it")]
    InTransition,
    /// Something else than tracks in the stack, or than items and transitions in a track (`ValueError`).
    #[error("only stacks of tracks can be flattened, and only tracks of items be cut")]
    NotTracks,
    /// The result is no document: it would be nested too deeply.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A child of a track, or the gap that fills a short track up, as it stands in the result.
#[derive(Clone, Copy)]
enum Piece {
    Whole(NodeId),
    /// With another source range.
    Cut(NodeId, TimeRange),
    Filler(TimeRange),
}

type Placed = std::iter::Zip<std::vec::IntoIter<Piece>, std::vec::IntoIter<TimeRange>>;

/// A layer that is being looked through: which, from when on, and what of it is still to come.
struct Layer {
    at: usize,
    from: Option<RationalTime>,
    pieces: Placed,
}

impl Document {
    /// The tracks of a stack (or timeline) as one: where the upper one has a gap, the one below it shows (OTIO
    /// `algorithms.flatten_stack`). The result is a document of its own whose root is the track `Flattened`; disabled tracks
    /// are left out. This one is not changed.
    ///
    /// ```
    /// use otio_document::{Document, Reading};
    ///
    /// let range = r#"{"OTIO_SCHEMA":"TimeRange.1","start_time":{"OTIO_SCHEMA":"RationalTime.1","value":0,"rate":24},
    ///     "duration":{"OTIO_SCHEMA":"RationalTime.1","value":48,"rate":24}}"#;
    /// let track = |schema: &str, name: &str| format!(r#"{{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[
    ///     {{"OTIO_SCHEMA":"{schema}","name":"{name}","source_range":{range}}}]}}"#);
    /// let text = format!(r#"{{"OTIO_SCHEMA":"Stack.1","children":[{},{}]}}"#, track("Clip.2", "below"), track("Gap.1", "above"));
    /// let stack = Document::read(text.as_bytes(), Reading::Exact)?;
    /// let flat = stack.flattened(stack.root().ok_or("a stack")?)?;
    /// let shown = flat.children(flat.root().ok_or("a track")?).first().ok_or("a clip")?;
    /// assert_eq!(flat.name(shown), "below", "a gap is looked through");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where the stack holds anything but tracks, a length cannot be told, or a cut would go through a transition.
    pub fn flattened(&self, stack: NodeId) -> Result<Self, FlattenError> {
        let stack = self.composition(stack);
        if self.class(stack) != Class::Stack {
            return Err(FlattenError::NotTracks);
        }
        let mut tracks = Vec::new();
        for track in self.children(stack) {
            if self.class(track) != Class::Track {
                return Err(FlattenError::NotTracks);
            }
            if self.is_enabled(track) {
                tracks.push(track);
            }
        }
        let flat = self.flattened_layers(&self.filled_up(&tracks)?)?;
        self.track_of("Flattened", &flat)
    }

    /// A copy of a track with what a range of its time holds (OTIO `algorithms.track_trimmed_to_range`), as the root of a
    /// document of its own.
    ///
    /// ```
    /// use otio_document::{Document, RationalTime, Reading, TimeRange};
    ///
    /// let frames = |start, duration| TimeRange::new(RationalTime::new(start, 24.0), RationalTime::new(duration, 24.0));
    /// let text = r#"{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{"OTIO_SCHEMA":"Gap.1","source_range":
    ///     {"OTIO_SCHEMA":"TimeRange.1","start_time":{"OTIO_SCHEMA":"RationalTime.1","value":0,"rate":24},
    ///         "duration":{"OTIO_SCHEMA":"RationalTime.1","value":48,"rate":24}}}]}"#;
    /// let document = Document::read(text.as_bytes(), Reading::Exact)?;
    /// let cut = document.track_trimmed_to_range(document.root().ok_or("a track")?, frames(10.0, 20.0))?;
    /// let gap = cut.children(cut.root().ok_or("a track")?).first().ok_or("a gap")?;
    /// assert_eq!(cut.source_range(gap), Some(frames(10.0, 20.0)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where this is no track, a length cannot be told, or a cut would go through a transition.
    pub fn track_trimmed_to_range(&self, track: NodeId, range: TimeRange) -> Result<Self, FlattenError> {
        if self.class(track) != Class::Track {
            return Err(FlattenError::NotTracks);
        }
        let pieces: Vec<Piece> = self.children(track).iter().map(Piece::Whole).collect();
        let pieces = self.trimmed_pieces(&pieces, range)?;
        let children = pieces.iter().map(|piece| self.piece_value(*piece)).collect::<Vec<_>>();
        let Value::Object(mut object) = self.subtree_value(track) else {
            return Err(FlattenError::NotTracks);
        };
        object.insert("children", children);
        Ok(Self::from_value(Value::Object(object), Reading::Exact)?)
    }

    /// The tracks' children, short tracks filled up with a gap to the length of the longest.
    fn filled_up(&self, tracks: &[NodeId]) -> Result<Vec<Vec<Piece>>, FlattenError> {
        let mut longest = RationalTime::new(0.0, 1.0);
        for &track in tracks {
            longest = longest.later(self.duration(track)?);
        }
        let mut layers = Vec::with_capacity(tracks.len());
        for &track in tracks {
            let mut pieces: Vec<Piece> = self.children(track).iter().map(Piece::Whole).collect();
            let duration = self.duration(track)?;
            if duration.is_before(longest) {
                pieces.push(Piece::Filler(from_zero(longest - duration)));
            }
            layers.push(pieces);
        }
        Ok(layers)
    }

    /// What layers show, the last on top, and where one has a gap, the one below it. Not by recursion, since a stack may
    /// hold more layers than a call stack.
    fn flattened_layers(&self, layers: &[Vec<Piece>]) -> Result<Vec<Piece>, FlattenError> {
        let mut flat = Vec::new();
        let mut open: Vec<Layer> = Vec::new();
        if let Some(top) = layers.len().checked_sub(1) {
            open.push(Layer { at: top, from: None, pieces: self.placed(layers[top].clone())? });
        }
        while let Some(layer) = open.last_mut() {
            let Some((piece, place)) = layer.pieces.next() else {
                open.pop();
                continue;
            };
            if layer.at == 0 || !self.is_see_through(piece) {
                flat.push(piece);
                continue;
            }
            let below = layer.at - 1;
            let start = layer.from.map_or(place.start_time, |from| place.start_time + from);
            let pieces = self.trimmed_pieces(&layers[below], TimeRange::new(start, place.duration))?;
            open.push(Layer { at: below, from: Some(start), pieces: self.placed(pieces)? });
        }
        Ok(flat)
    }

    fn placed(&self, pieces: Vec<Piece>) -> Result<Placed, RangeError> {
        let ranges = self.ranges_of_pieces(&pieces)?;
        Ok(pieces.into_iter().zip(ranges))
    }

    /// What is left of pieces, one after the other, in a range.
    fn trimmed_pieces(&self, pieces: &[Piece], range: TimeRange) -> Result<Vec<Piece>, FlattenError> {
        let mut left = Vec::new();
        for (piece, place) in pieces.iter().zip(self.ranges_of_pieces(pieces)?) {
            if !range.intersects(place, EPSILON_SECONDS) {
                continue;
            }
            left.push(if range.contains(place, EPSILON_SECONDS) {
                *piece
            } else {
                self.cut(*piece, place, range)?
            });
        }
        Ok(left)
    }

    fn cut(&self, piece: Piece, place: TimeRange, range: TimeRange) -> Result<Piece, FlattenError> {
        if self.is_transition(piece) {
            return Err(FlattenError::InTransition);
        }
        let mut source = self.shown(piece)?;
        if range.start_time.is_after(place.start_time) {
            let amount = range.start_time - place.start_time;
            source = TimeRange::new(source.start_time + amount, source.duration - amount);
        }
        let (end, child_end) = (range.end_time_exclusive(), place.end_time_exclusive());
        if end.is_before(child_end) {
            source.duration -= child_end - end;
        }
        Ok(match piece {
            Piece::Whole(node) | Piece::Cut(node, _) => Piece::Cut(node, source),
            Piece::Filler(_) => Piece::Filler(source),
        })
    }

    fn is_transition(&self, piece: Piece) -> bool {
        matches!(piece, Piece::Whole(node) | Piece::Cut(node, _) if !self.takes_time(node))
    }

    fn is_see_through(&self, piece: Piece) -> bool {
        match piece {
            Piece::Whole(node) | Piece::Cut(node, _) => self.schema_name(node) == "Gap",
            Piece::Filler(_) => true,
        }
    }

    fn shown(&self, piece: Piece) -> Result<TimeRange, RangeError> {
        match piece {
            Piece::Whole(node) => self.trimmed_range(node),
            Piece::Cut(_, source) | Piece::Filler(source) => Ok(source),
        }
    }

    fn ranges_of_pieces(&self, pieces: &[Piece]) -> Result<Vec<TimeRange>, RangeError> {
        let extents = pieces.iter().map(|piece| match piece {
            Piece::Whole(node) => self.extent(*node),
            Piece::Cut(_, source) | Piece::Filler(source) => Ok(Extent::Lasting(source.duration)),
        });
        in_a_row(extents)
    }

    fn piece_value(&self, piece: Piece) -> Value {
        match piece {
            Piece::Whole(node) => self.subtree_value(node),
            Piece::Cut(node, source) => {
                let mut value = self.subtree_value(node);
                if let Value::Object(object) = &mut value {
                    object.insert("source_range", source.to_value());
                }
                value
            }
            Piece::Filler(range) => {
                let gap = [("OTIO_SCHEMA", Value::from("Gap.1")), ("source_range", range.to_value())];
                Value::Object(gap.into_iter().collect())
            }
        }
    }

    fn track_of(&self, name: &str, pieces: &[Piece]) -> Result<Self, FlattenError> {
        let children: Vec<Value> = pieces.iter().map(|piece| self.piece_value(*piece)).collect();
        let track: Object = [
            ("OTIO_SCHEMA", Value::from("Track.1")),
            ("name", Value::from(name)),
            ("kind", Value::from("Video")),
            ("children", Value::from(children)),
        ]
        .into_iter()
        .collect();
        Ok(Self::from_value(Value::Object(track), Reading::Exact)?)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Document, RationalTime, Reading};

    #[test]
    fn a_stack_may_hold_more_layers_than_a_call_stack() {
        let range = r#"{"OTIO_SCHEMA":"TimeRange.1","start_time":{"OTIO_SCHEMA":"RationalTime.1","value":0,"rate":24},
            "duration":{"OTIO_SCHEMA":"RationalTime.1","value":9,"rate":24}}"#;
        let track = format!(
            r#"{{"OTIO_SCHEMA":"Track.1","children":[{{"OTIO_SCHEMA":"Gap.1","source_range":{range}}}]}}"#
        );
        let text = format!(r#"{{"OTIO_SCHEMA":"Stack.1","children":[{}]}}"#, vec![track; 50_000].join(","));
        let stack = Document::read(text.as_bytes(), Reading::Exact).unwrap();
        let flat = stack.flattened(stack.root().unwrap()).unwrap();
        assert_eq!(flat.duration(flat.root().unwrap()), Ok(RationalTime::new(9.0, 24.0)));
    }
}
