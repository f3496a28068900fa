//! What must hold of any document.

use std::rc::Rc;

use lossless_json::{Style, Value};
use otio_document::{Document, MediaFrame, NodeId, Presence, RationalTime, Reading};

use super::cases::{Contents, case};
use super::{is_near, node};
use crate::asking;
use crate::compositions::answers::{part, time};
use crate::compositions::cases::{Case, object, range};
use crate::random::RandomDocuments;

/// Documents of one run; `OTIO_SYNC_DOCUMENTS` asks for more.
const DOCUMENTS: usize = 500;

const ANYTHING: Contents = Contents { retimes: true, anything: true };
const LAYERS: Contents = Contents { retimes: false, anything: false };

/// A document, with what is asked about and when.
fn questions(contents: Contents) -> impl Iterator<Item = (Rc<Document>, NodeId, RationalTime)> {
    let cases = (0..asking::wanted(DOCUMENTS) as u64).map(move |seed| case(seed, contents));
    cases.flat_map(|Case { document, questions }| {
        let document = Rc::new(Document::read(document.as_bytes(), Reading::Exact).unwrap());
        questions.into_iter().map(move |question| {
            let of = node(&document, part(&question, 0));
            (Rc::clone(&document), of, time(part(&question, 1)))
        })
    })
}

/// All that is seen, with where and when.
fn seen(contents: Contents) -> impl Iterator<Item = (Rc<Document>, NodeId, RationalTime, MediaFrame)> {
    questions(contents).filter_map(|(document, of, time)| {
        let seen = document.media_at_time(of, time).ok()??;
        Some((document, of, time, seen))
    })
}

/// Whether something holds the media of a clip still under an item.
fn is_frozen(document: &Document, clip: NodeId, item: NodeId) -> bool {
    let above = document.ancestors(item).collect::<Vec<_>>();
    let enclosing = document.ancestors(clip).filter(|node| !above.contains(node));
    std::iter::once(clip).chain(enclosing).any(|node| document.time_scalar(node) == 0.0)
}

#[test]
fn a_time_leads_to_media_and_back() {
    let (mut count, mut frozen) = (0, 0);
    for (document, of, time, seen) in seen(ANYTHING) {
        let back = document.time_of_media(seen.time, seen.clip, of).unwrap();
        if is_frozen(&document, seen.clip, of) {
            assert_eq!(back, None);
            frozen += 1;
            continue;
        }
        assert!(is_near(back.unwrap().to_seconds(), time.to_seconds()), "{back:?} for {time:?}");
        count += 1;
    }
    assert!(count > frozen && frozen > 0, "{count} lead back, {frozen} stand still");
}

#[test]
fn a_frame_of_media_leads_to_a_time_and_back() {
    let mut count = 0;
    for (document, of, _, seen) in seen(ANYTHING) {
        for frame in [0, 1, 17, -3, 90_000] {
            let Some(time) = document.time_of_media_frame(seen.clip, frame, of).unwrap() else { continue };
            let there = document.media_frame(seen.clip, time, of).unwrap();
            assert_eq!(there.frame, Some(frame), "{time:?}");
            count += 1;
        }
    }
    assert!(count > 1_000, "{count}");
}

#[test]
fn a_freeze_frame_shows_the_first_frame_of_its_clip_all_the_time() {
    let mut count = 0;
    for (document, of, time, seen) in
        seen(ANYTHING).filter(|(document, .., seen)| document.time_scalar(seen.clip) == 0.0)
    {
        let start = document.trimmed_range(seen.clip).unwrap().start_time;
        for later in [0.0, 0.3, 7.0, -50.0] {
            let later = time + RationalTime::new(later, 24.0);
            let frozen = document.media_frame(seen.clip, later, of).unwrap();
            assert!(is_near(frozen.time.to_seconds(), start.to_seconds()));
            assert_eq!((frozen.frame, frozen.frame_of_clip), (seen.frame, 0));
        }
        count += 1;
    }
    assert!(count > 100, "{count}");
}

#[test]
fn what_is_nested_behind_a_gap_is_seen_as_by_itself() {
    let mut count = 0;
    let is_alone = |document: &Document, of| document.root() == Some(of) && !document.is_timeline(of);
    for (document, root, time, alone) in seen(ANYTHING).filter(|(document, of, ..)| is_alone(document, *of)) {
        if document.kind(root) == Some("Audio") {
            continue;
        }
        let before = range((0.0, 24.0), (240.0, 24.0));
        let gap = object("Gap.1", vec![("source_range", before)]);
        let nested = document.to_value();
        let track =
            object("Track.1", vec![("children", Value::from(vec![gap, nested])), ("kind", "Video".into())]);
        let outer = Document::from_value(track, Reading::Exact).unwrap();
        // What stands behind a gap must say how long it is.
        let Ok(shown) = document.trimmed_range(root) else { continue };
        let later = time - shown.start_time + RationalTime::new(240.0, 24.0);
        let nested = outer.media_at_time(outer.root().unwrap(), later).unwrap().unwrap();
        assert_eq!(outer.name(nested.clip), document.name(alone.clip));
        assert_eq!((nested.frame, nested.frame_of_clip), (alone.frame, alone.frame_of_clip));
        assert!(is_near(nested.time.to_seconds(), alone.time.to_seconds()));
        count += 1;
    }
    assert!(count > 200, "{count}");
}

#[test]
fn flattened_layers_show_what_they_showed() {
    let mut count = 0;
    for (document, of, time) in questions(LAYERS).filter(|(document, of, _)| document.root() == Some(*of)) {
        let Ok(flat) = document.flattened(of) else { continue };
        let layered = document.media_at_time(of, time).unwrap();
        let flattened = flat.media_at_time(flat.root().unwrap(), time).unwrap();
        assert_eq!(
            layered.is_some(),
            flattened.is_some(),
            "{time:?} of {}",
            document.to_text(Style::OtioCompact)
        );
        let (Some(layered), Some(flattened)) = (layered, flattened) else { continue };
        assert_eq!(flat.name(flattened.clip), document.name(layered.clip));
        assert_eq!((flattened.frame, flattened.presence), (layered.frame, layered.presence));
        assert!(is_near(flattened.time.to_seconds(), layered.time.to_seconds()));
        count += 1;
    }
    assert!(count > 500, "{count}");
}

#[test]
fn the_nearest_frame_is_one_that_is_there() {
    let (mut held, mut there) = (0, 0);
    for (document, of, _, seen) in seen(ANYTHING) {
        let Some(nearest) = seen.nearest_frame() else {
            assert!(seen.presence == Presence::Unknown || seen.frames == Some(0));
            continue;
        };
        assert_eq!(Some(nearest) == seen.frame, seen.presence == Presence::There);
        *(if seen.presence == Presence::There { &mut there } else { &mut held }) += 1;
        if let Some(time) = document.time_of_media_frame(seen.clip, nearest, of).unwrap() {
            assert_eq!(document.media_frame(seen.clip, time, of).unwrap().presence, Presence::There);
        }
    }
    assert!(there > held && held > 100, "{there} there, {held} held");
}

#[test]
fn no_document_is_too_odd_to_be_asked() {
    let odd = [0.0, -1e300, f64::NAN, f64::INFINITY, 1e22];
    let times = || {
        odd.iter().flat_map(|value| [24.0, 0.0, -1.0, f64::NAN].map(|rate| RationalTime::new(*value, rate)))
    };
    let mut count = 0;
    for seed in 0..asking::wanted(DOCUMENTS) as u64 {
        let Ok(document) = Document::read(RandomDocuments::new(seed).document().as_bytes(), Reading::Exact)
        else {
            continue;
        };
        let Some(root) = document.root() else { continue };
        for (item, time) in document.descend(root).flat_map(|item| times().map(move |time| (item, time))) {
            let _ = document.media_at_time(item, time);
            let _ = document.media_frame(item, time, root);
            let _ = document.time_of_media_frame(item, i64::MAX, root);
            let _ = document.media_url(item, i64::MIN);
            count += 1;
        }
    }
    assert!(count > 1_000, "{count}");
}

#[test]
fn a_clip_may_lie_under_more_layers_than_a_call_stack_holds() {
    let shown = || range((0.0, 24.0), (9.0, 24.0));
    let track =
        |child| object("Track.1", vec![("children", Value::from(vec![child])), ("kind", "Video".into())]);
    let mut layers = vec![track(object("Clip.2", vec![("source_range", shown())]))];
    layers.resize_with(50_000, || track(object("Gap.1", vec![("source_range", shown())])));
    let stack = object("Stack.1", vec![("children", layers.into())]);
    let document = Document::from_value(stack, Reading::Exact).unwrap();
    let seen =
        document.media_at_time(document.root().unwrap(), RationalTime::new(4.0, 24.0)).unwrap().unwrap();
    assert_eq!((seen.frame, seen.frame_of_clip, seen.presence), (None, 4, Presence::Unknown));
}
