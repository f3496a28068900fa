//! Which frame of which media is seen at a frame of the view.
//!
//! The protocol counts frames of the view, from 0; what is drawn belongs to a frame of the media. Frames here carry the media's timecode,
//! as the reference's do; [`Document::media_frame`] counts from the first frame of the media.

use otio_document::{Document, NodeId, RangeError, RationalTime, TimeRange};

/// Why no frame of media is seen. A caller must not take the frame of the view instead: it would draw on the wrong one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameResolutionError {
    /// Neither a source range nor media that say what there is.
    #[error("the clip has neither a source_range nor media with an available_range; set one of them")]
    NoRange,
    /// Nothing stands at that frame.
    #[error("nothing stands at that frame of the track; choose a frame of a clip")]
    OutOfRange,
    /// A gap, or another thing that shows no media.
    #[error("there is no clip at that frame of the track; choose a frame of a clip")]
    NotAClip,
    /// The track does not say how long what stands in it is.
    #[error("the track's times cannot be told: {0}")]
    Range(RangeError),
    /// The frame has no number: a rate of 0, or a time that is not finite.
    #[error("the frame has no number: a rate is 0, or a time is not finite")]
    NoValue,
}

/// What is seen at a frame of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResolvedFrame {
    /// The clip.
    pub clip: NodeId,
    /// The frame of its media, timecode included.
    pub media_frame: i64,
}

/// The range of the media that a clip shows: its source range, else what its active media have. None where neither says.
pub fn effective_range(document: &Document, clip: NodeId) -> Option<TimeRange> {
    document.trimmed_range(clip).ok()
}

/// The frame of the media that is seen where a clip is looked at by itself: `view_frame` behind its first.
///
/// # Errors
/// [`FrameResolutionError::NoRange`], [`FrameResolutionError::NoValue`].
pub fn source_media_frame(
    document: &Document,
    clip: NodeId,
    view_frame: RationalTime,
) -> Result<i64, FrameResolutionError> {
    let start = effective_range(document, clip).ok_or(FrameResolutionError::NoRange)?.start_time;
    frame_number(start.value + view_frame.value_rescaled_to(start.rate))
}

/// The clip and the frame of its media that are seen at a frame of a track.
///
/// # Errors
/// A gap, nothing, a clip that says no range, or times that cannot be told.
pub fn sequence_media_frame(
    document: &Document,
    track: NodeId,
    view_frame: RationalTime,
) -> Result<ResolvedFrame, FrameResolutionError> {
    let found = document.child_at_time(track, view_frame, true).map_err(FrameResolutionError::Range)?;
    let clip = found.ok_or(FrameResolutionError::OutOfRange)?;
    if document.schema_name(clip) != "Clip" {
        return Err(FrameResolutionError::NotAClip);
    }
    effective_range(document, clip).ok_or(FrameResolutionError::NoRange)?;
    let time = document.transformed_time(view_frame, track, clip).map_err(FrameResolutionError::Range)?;
    Ok(ResolvedFrame { clip, media_frame: frame_number(time.value)? })
}

/// The nearest whole number, the even one of two that are as near, as Python's `round`.
fn frame_number(value: f64) -> Result<i64, FrameResolutionError> {
    const LAST: f64 = 9_007_199_254_740_992.0;
    let rounded = value.round_ties_even();
    #[expect(clippy::cast_possible_truncation, reason = "whole, and up to 2^53")]
    let number = (rounded.abs() <= LAST).then_some(rounded as i64);
    number.ok_or(FrameResolutionError::NoValue)
}

#[cfg(test)]
mod tests {
    use otio_document::{Document, NodeId, RationalTime, Reading};

    use super::{FrameResolutionError, ResolvedFrame, sequence_media_frame, source_media_frame};

    const fn range(start: u32, duration: u32) -> (u32, u32) {
        (start, duration)
    }

    fn range_text(range: Option<(u32, u32)>) -> String {
        let time = |value: u32| format!(r#"{{"OTIO_SCHEMA":"RationalTime.1","value":{value},"rate":24}}"#);
        range.map_or_else(
            || "null".to_owned(),
            |(start, duration)| {
                let (start, duration) = (time(start), time(duration));
                format!(r#"{{"OTIO_SCHEMA":"TimeRange.1","start_time":{start},"duration":{duration}}}"#)
            },
        )
    }

    fn clip(source: Option<(u32, u32)>, available: Option<(u32, u32)>) -> String {
        format!(
            r#"{{"OTIO_SCHEMA":"Clip.2","source_range":{},"active_media_reference_key":"DEFAULT_MEDIA","media_references":
            {{"DEFAULT_MEDIA":{{"OTIO_SCHEMA":"ExternalReference.1","target_url":"a.mov","available_range":{}}}}}}}"#,
            range_text(source),
            range_text(available)
        )
    }

    /// A trimmed clip, a gap, and a clip that shows all of its media.
    fn track() -> (Document, NodeId) {
        let children = [
            clip(Some(range(1010, 20)), Some(range(1001, 100))),
            format!(r#"{{"OTIO_SCHEMA":"Gap.1","source_range":{}}}"#, range_text(Some(range(0, 10)))),
            clip(None, Some(range(86_400, 48))),
        ]
        .join(",");
        let text = format!(r#"{{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{children}]}}"#);
        let document = Document::read(text.as_bytes(), Reading::Exact).unwrap();
        let root = document.root().unwrap();
        (document, root)
    }

    fn at(frame: f64) -> RationalTime {
        RationalTime::new(frame, 24.0)
    }

    #[test]
    fn in_a_sequence_a_frame_is_that_of_the_clip_that_stands_there() {
        let (document, track) = track();
        let clips: Vec<NodeId> = document.children(track).iter().collect();
        let seen = |frame| sequence_media_frame(&document, track, at(frame));
        assert_eq!(seen(5.0), Ok(ResolvedFrame { clip: clips[0], media_frame: 1015 }));
        assert_eq!(seen(32.0), Ok(ResolvedFrame { clip: clips[2], media_frame: 86_402 }));
        assert_eq!(seen(25.0), Err(FrameResolutionError::NotAClip));
        assert_eq!(seen(500.0), Err(FrameResolutionError::OutOfRange));
        assert_eq!(seen(-1.0), Err(FrameResolutionError::OutOfRange));
    }

    #[test]
    fn by_itself_a_clip_counts_from_its_first_frame() {
        let (document, track) = track();
        let clips: Vec<NodeId> = document.children(track).iter().collect();
        assert_eq!(source_media_frame(&document, clips[0], at(0.0)), Ok(1010));
        assert_eq!(source_media_frame(&document, clips[2], RationalTime::new(50.0, 48.0)), Ok(86_425));
        assert_eq!(
            source_media_frame(&document, clips[2], RationalTime::new(1.0, 0.0)),
            Err(FrameResolutionError::NoValue)
        );
    }

    #[test]
    fn a_clip_that_says_no_range_has_no_frames() {
        let document = Document::read(clip(None, None).as_bytes(), Reading::Exact).unwrap();
        let root = document.root().unwrap();
        assert_eq!(source_media_frame(&document, root, at(3.0)), Err(FrameResolutionError::NoRange));
    }
}
