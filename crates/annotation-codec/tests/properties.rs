//! What holds of whatever is drawn.
#![allow(clippy::unwrap_used, clippy::panic, clippy::float_cmp, reason = "tests")]

mod support;

use annotation_codec::xs_annotation_codec::{
    sync_events_to_xs_captions, sync_events_to_xs_strokes, xs_captions_to_sync_events,
    xs_strokes_to_sync_events,
};
use annotation_codec::{XsCaption, XsPoint, XsStroke, coords, rv_annotation_codec};
use otio_document::review::{
    ArrowAnnotation, EllipseAnnotation, PaintPoint, PaintStart, PaintVertices, SyncEvent,
};
use proptest::prelude::*;
use support::{Counting, assert_near, points, start};

const TOLERANCE: f64 = 1e-9;

fn colour() -> impl Strategy<Value = [f64; 4]> {
    prop::array::uniform4(0.0..=1.0)
}

fn place() -> impl Strategy<Value = [f64; 2]> {
    prop::array::uniform2(-1.0..1.0)
}

fn stroke() -> impl Strategy<Value = [SyncEvent; 2]> {
    let points = prop::collection::vec((place(), 0.0001..0.2), 1..20);
    (points, colour(), any::<bool>()).prop_map(|(points, rgba, erases)| {
        let uuid = Some("u".to_owned());
        let vertices = PaintVertices {
            x: points.iter().map(|(place, _)| place[0]).collect(),
            y: points.iter().map(|(place, _)| place[1]).collect(),
            size: points.iter().map(|(_, size)| *size).collect(),
            ..PaintVertices::default()
        };
        let kind = if erases { PaintStart::ERASE } else { PaintStart::COLOR }.to_owned();
        [
            SyncEvent::PaintStart(PaintStart {
                uuid: uuid.clone(),
                rgba: Some(rgba),
                kind,
                ..PaintStart::default()
            }),
            SyncEvent::PaintPoint(PaintPoint { uuid, points: Some(vertices), ..PaintPoint::default() }),
        ]
    })
}

fn assert_same_stroke(sent: &[SyncEvent], back: &[SyncEvent]) {
    assert_eq!(back.len(), 2);
    let (sent_start, back_start) = (start(&sent[0]), start(&back[0]));
    assert_eq!((&sent_start.uuid, &sent_start.kind), (&back_start.uuid, &back_start.kind));
    assert_near(&back_start.rgba.unwrap(), &sent_start.rgba.unwrap(), TOLERANCE);
    let (sent, back) = (points(&sent[1]), points(&back[1]));
    for (sent, back) in [(&sent.x, &back.x), (&sent.y, &back.y), (&sent.size, &back.size)] {
        assert_near(back, sent, TOLERANCE);
    }
}

fn xs_stroke() -> impl Strategy<Value = XsStroke> {
    let point = prop::array::uniform4(-1.0..1.0f64).prop_map(|[x, y, size_pressure, opacity_pressure]| {
        XsPoint { x, y, size_pressure, opacity_pressure }
    });
    (prop::collection::vec(point, 0..9), 0.0..0.1f64, any::<bool>(), prop::option::of("[a-z]{1,4}")).prop_map(
        |(points, thickness, is_erase_stroke, uuid)| XsStroke {
            uuid,
            thickness,
            is_erase_stroke,
            points,
            ..XsStroke::default()
        },
    )
}

proptest! {
    #[test]
    fn strokes_go_to_xstudio_and_back(sent in stroke(), half in 0.1..4.0f64) {
        let native = sync_events_to_xs_strokes(&sent, half);
        let back = xs_strokes_to_sync_events(&native, half, &[], &mut Counting::default());
        assert_same_stroke(&sent, &back);
    }

    #[test]
    fn strokes_go_to_openrv_and_back(sent in stroke()) {
        let specs = rv_annotation_codec::from_sync_events(&sent, 1, &mut Counting::default());
        assert_same_stroke(&sent, &rv_annotation_codec::to_sync_events(&specs, &mut Counting::default()));
    }

    #[test]
    fn shapes_go_to_openrv_and_back(min in place(), max in place(), rgba in colour(), inner_rgba in colour(), size in 0.0..0.5f64) {
        let uuid = Some("u".to_owned());
        let sent = [
            SyncEvent::EllipseAnnotation(EllipseAnnotation { min, max, rgba, inner_rgba, size, uuid: uuid.clone(), ..EllipseAnnotation::default() }),
            SyncEvent::ArrowAnnotation(ArrowAnnotation { start: min, end: max, rgba, size, uuid, ..ArrowAnnotation::default() }),
        ];
        let specs = rv_annotation_codec::from_sync_events(&sent, 1, &mut Counting::default());
        let back = rv_annotation_codec::to_sync_events(&specs, &mut Counting::default());
        let [SyncEvent::EllipseAnnotation(ellipse), SyncEvent::ArrowAnnotation(arrow)] = &back[..] else { panic!() };
        assert_near(&ellipse.min, &min, TOLERANCE);
        assert_near(&ellipse.max, &max, TOLERANCE);
        prop_assert_eq!((ellipse.rgba, ellipse.inner_rgba, ellipse.size), (rgba, inner_rgba, size));
        prop_assert_eq!((arrow.start, arrow.end, arrow.rgba, arrow.size), (min, max, rgba, size));
    }

    #[test]
    fn captions_come_back(text in "\\PC{0,9}", position in place(), size in 1.0..200.0f64, half in 0.1..4.0f64) {
        let caption = XsCaption { text, position, font_size: size, uuid: Some("u".to_owned()), ..XsCaption::default() };
        let events = xs_captions_to_sync_events(std::slice::from_ref(&caption), half, &["u".to_owned()], &mut Counting::default());
        let back = sync_events_to_xs_captions(&events, half).remove(0);
        assert_near(&back.position, &position, TOLERANCE);
        assert_near(&[back.font_size], &[size], TOLERANCE);
        prop_assert_eq!(XsCaption { position, font_size: size, ..back }, caption);
    }

    #[test]
    fn strokes_of_xstudio_are_read_as_they_are_written(stroke in xs_stroke()) {
        prop_assert_eq!(XsStroke::from_value(&stroke.to_value()).unwrap(), stroke);
    }

    #[test]
    fn strokes_of_xstudio_keep_their_places(stroke in xs_stroke(), half in 0.1..4.0f64) {
        let events = xs_strokes_to_sync_events(std::slice::from_ref(&stroke), half, &[], &mut Counting::default());
        let back = sync_events_to_xs_strokes(&events, half).remove(0);
        for (back, sent) in back.points.iter().zip(&stroke.points) {
            assert_near(&[back.x, back.y], &[sent.x, sent.y], TOLERANCE);
        }
        prop_assert_eq!((back.points.len(), back.is_erase_stroke), (stroke.points.len(), stroke.is_erase_stroke));
    }

    #[test]
    fn pixels_come_back(x in -1e4..1e4f64, y in -1e4..1e4f64, width in 1.0..1e4f64, height in 1.0..1e4f64) {
        let [nx, ny] = coords::px_to_norm(x, y, width, height);
        assert_near(&coords::norm_to_px(nx, ny, width, height), &[x, y], 1e-7);
    }

    #[test]
    fn any_numbers_pass_without_a_panic(numbers in prop::collection::vec(any::<f64>(), 12), half in any::<f64>()) {
        let vertices = PaintVertices { x: numbers[..4].into(), y: numbers[4..8].into(), size: numbers[8..].into(), ..PaintVertices::default() };
        let events = [
            SyncEvent::PaintStart(PaintStart::default()),
            SyncEvent::PaintPoint(PaintPoint { points: Some(vertices), ..PaintPoint::default() }),
            SyncEvent::ArrowAnnotation(ArrowAnnotation { end: [numbers[0], numbers[1]], size: numbers[2], ..ArrowAnnotation::default() }),
            SyncEvent::EllipseAnnotation(EllipseAnnotation { max: [numbers[3], numbers[4]], ..EllipseAnnotation::default() }),
        ];
        let native = sync_events_to_xs_strokes(&events, half);
        xs_strokes_to_sync_events(&native, half, &[], &mut Counting::default());
        let specs = rv_annotation_codec::from_sync_events(&events, 1, &mut Counting::default());
        rv_annotation_codec::to_sync_events(&specs, &mut Counting::default());
    }
}
