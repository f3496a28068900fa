//! xStudio: the reference's own results, and every loss that its specification names.
#![allow(clippy::unwrap_used, clippy::panic, clippy::float_cmp, reason = "tests")]

mod support;

use annotation_codec::xs_annotation_codec::{
    HOST_ID, SUPPORTED_KINDS, XsAnnotation, XsContext, from_sync_events, sync_events_to_xs_captions,
    sync_events_to_xs_strokes, to_sync_events, xs_captions_to_sync_events, xs_strokes_to_sync_events,
};
use annotation_codec::{XsCaption, XsPoint, XsStroke};
use lossless_json::Style;
use otio_document::review::{PaintStart, SyncEvent, TextAnnotation};
use support::{Counting, assert_near, events, points, start, value};

const HALF: f64 = 8.0 / 9.0;

fn text(event: &SyncEvent) -> &TextAnnotation {
    let SyncEvent::TextAnnotation(text) = event else { panic!("{event:?}") };
    text
}

fn stroke(text: &str) -> XsStroke {
    XsStroke::from_value(&value(text)).unwrap()
}

#[test]
fn a_stroke_becomes_a_beginning_and_its_points() {
    let native = stroke(
        r#"{"uuid":"u","colour":[1,0.5,0],"opacity":0.25,"thickness":0.01,"type":"Pen","points":[0.1,0.2,0.5,1,0.3,-0.4,1,0.5]}"#,
    );
    let events = xs_strokes_to_sync_events(&[native], HALF, &[], &mut Counting::default());
    assert_eq!(
        events[0].to_value().to_text(Style::OtioCompact),
        r#"{"OTIO_SCHEMA":"PaintStart.1","brush":"oval","friendly_name":"","ghost":null,"ghost_after":null,"ghost_before":null,"hold":null,"layer_range":null,"participant_hash":null,"rgba":[1.0,0.5,0.0,0.25],"source_index":0,"timestamp":"2026-11-22T11:00:00.000000","type":"color","uuid":"u","visible":true}"#
    );
    assert_eq!((events.len(), events[1].uuid()), (2, Some("u")));
    let drawn = points(&events[1]);
    assert_near(&drawn.x, &[0.088_888_888_888_888_89, 0.266_666_666_666_666_66], 0.0);
    assert_near(&drawn.y, &[-0.177_777_777_777_777_78, 0.355_555_555_555_555_55], 0.0);
    assert_near(&drawn.size, &[0.008_888_888_888_888_889, 0.017_777_777_777_777_778], 0.0);
    assert!(drawn.alpha.is_empty(), "the pressure on the opacity is lost");
}

#[test]
fn strokes_of_version_3_are_read_and_both_versions_written() {
    let old = stroke(r#"{"r":0.25,"g":0,"is_erase_stroke":true,"points":[0,0,0,0, 1,1,0,0, 9]}"#);
    assert_eq!((old.colour, old.thickness, old.points.len()), ([0.25, 0.0, 1.0], 0.003, 2));
    let events = xs_strokes_to_sync_events(&[old], HALF, &["listed".to_owned()], &mut Counting::default());
    assert_eq!((start(&events[0]).kind.as_str(), events[0].uuid()), (PaintStart::ERASE, Some("listed")));
    let full = 2.0 * 0.003 * HALF;
    assert_near(&points(&events[1]).size, &[full, full], 0.0);

    let back = sync_events_to_xs_strokes(&events, HALF)[0].to_value();
    assert_eq!(
        back.to_text(Style::OtioCompact),
        r#"{"colour":[0.25,0.0,1.0],"r":0.25,"g":0.0,"b":1.0,"opacity":1.0,"thickness":0.003,"softness":0.0,"size_sensitivity":1.0,"opacity_sensitivity":1.0,"type":"Erase","is_erase_stroke":true,"points":[0.0,0.0,1.0,1.0,1.0,1.0,1.0,1.0],"uuid":"listed"}"#
    );
}

#[test]
fn strokes_without_identity_get_a_fresh_one() {
    let strokes = [XsStroke::default(), XsStroke { uuid: Some(String::new()), ..XsStroke::default() }];
    let events = xs_strokes_to_sync_events(&strokes, HALF, &[String::new()], &mut Counting::default());
    let uuids: Vec<_> = events.iter().filter_map(SyncEvent::uuid).collect();
    assert_eq!(uuids, ["fresh-1", "fresh-1", "fresh-2", "fresh-2"]);
}

#[test]
fn a_stroke_is_as_thick_as_its_widest_point_and_soft_ones_a_quarter_thinner() {
    let of_brush = |brush: &str, sizes: &str| {
        let text = format!(
            r#"[{{"OTIO_SCHEMA":"PaintStart.1","brush":"{brush}","rgba":[0.1,0.2,0.3,0.4]}},
            {{"OTIO_SCHEMA":"PaintPoint.1","points":{{"OTIO_SCHEMA":"PaintVertices.1","x":[0,1],"y":[0,1],"size":{sizes}}}}}]"#
        );
        sync_events_to_xs_strokes(&events(&text), HALF).remove(0)
    };
    let soft = of_brush("Gaussian", "[0.01, 0.02]");
    assert_near(&[soft.thickness], &[0.008_437_5], 1e-18);
    assert_eq!(
        (soft.softness, of_brush("gauss", "[1]").softness, of_brush("oval", "[1]").softness),
        (1.0, 1.0, 0.0)
    );
    assert_eq!(soft.points.iter().map(|point| point.size_pressure).collect::<Vec<_>>(), [0.5, 1.0]);
    assert_eq!((soft.colour, soft.opacity), ([0.1, 0.2, 0.3], 0.4));

    let unsized_one = of_brush("circle", "[]");
    assert_eq!((unsized_one.thickness, unsized_one.points[1].size_pressure), (0.0015, 1.0));
    let partly = of_brush("circle", "[0.0, 0.02]");
    assert_eq!(partly.points[0].size_pressure, 1.0, "a point of no size comes with the full one");
}

/// Section 5.8 of the specification: of a start, points A and B, and an end with C, xStudio has B.
#[test]
fn the_last_points_of_the_stroke_that_began_last_are_its_points() {
    let list = r#"[{"OTIO_SCHEMA":"PaintPoint.1","uuid":"a","points":{"OTIO_SCHEMA":"PaintVertices.1","x":[9],"y":[9]}},
        {"OTIO_SCHEMA":"PaintStart.1","uuid":"a"},
        {"OTIO_SCHEMA":"PaintPoint.1","uuid":"a","points":{"OTIO_SCHEMA":"PaintVertices.1","x":[1],"y":[1],"alpha":[0.5]}},
        {"OTIO_SCHEMA":"ArrowAnnotation.1","uuid":"shape","start":[0,0],"end":[1,0],"size":0.01},
        {"OTIO_SCHEMA":"PaintPoint.1","uuid":"another","points":{"OTIO_SCHEMA":"PaintVertices.1","x":[2],"y":[2],"alpha":[0.5]}},
        {"OTIO_SCHEMA":"PaintEnd.1","uuid":"a","points":{"OTIO_SCHEMA":"PaintVertices.1","x":[3],"y":[3]}}]"#;
    let strokes = sync_events_to_xs_strokes(&events(list), 1.0);
    assert_eq!(strokes.len(), 2);
    assert_eq!(
        strokes[0].points,
        [XsPoint::at([2.0, -2.0])],
        "alpha is lost, and so are the points of the end"
    );
}

#[test]
fn a_soft_stroke_that_went_to_xstudio_and_back_is_thinner_and_hard() {
    let list = r#"[{"OTIO_SCHEMA":"PaintStart.1","uuid":"a","brush":"gauss","friendly_name":"pen:1:sam","ghost":true},
        {"OTIO_SCHEMA":"PaintPoint.1","uuid":"a","points":{"OTIO_SCHEMA":"PaintVertices.1","x":[0],"y":[0],"size":[0.04]}}]"#;
    let strokes = sync_events_to_xs_strokes(&events(list), HALF);
    let back = xs_strokes_to_sync_events(&strokes, HALF, &[], &mut Counting::default());
    assert_near(&points(&back[1]).size, &[0.03], 1e-15);
    let begun = start(&back[0]);
    assert_eq!((begun.brush.as_str(), begun.friendly_name.as_deref(), begun.ghost), ("oval", Some(""), None));
    assert_eq!((back.len(), begun.uuid.as_deref()), (2, Some("a")), "no PaintEnd");
}

#[test]
fn shapes_become_outlines_and_lose_what_fills_them() {
    let list = r#"[{"OTIO_SCHEMA":"RectangleAnnotation.1","uuid":"r","min":[-0.2,-0.1],"max":[0.2,0.1],"rgba":[1,0,0,0.5],"inner_rgba":[0,1,0,1],"size":0.02,"visible":false},
        {"OTIO_SCHEMA":"EllipseAnnotation.1","min":[-0.2,-0.1],"max":[0.2,0.1],"size":0.02},
        {"OTIO_SCHEMA":"ArrowAnnotation.1","start":[-0.4,0],"end":[0.4,0],"size":0.02}]"#;
    let strokes = sync_events_to_xs_strokes(&events(list), HALF);
    let counts: Vec<usize> = strokes.iter().map(|stroke| stroke.points.len()).collect();
    assert_eq!(counts, [5, 37, 5]);
    assert_near(&[strokes[0].thickness], &[0.01125], 1e-17);
    assert_eq!(strokes[0].points[2], XsPoint::at([0.2 / HALF, -0.1 / HALF]));
    assert_eq!((strokes[0].colour, strokes[0].opacity), ([1.0, 0.0, 0.0], 0.5));
    assert_eq!((strokes[0].kind.as_str(), strokes[0].uuid.as_deref()), (XsStroke::BRUSH, Some("r")));
    assert!(strokes[1].uuid.is_none());
}

/// The reference raises on a dictionary that lacks them.
#[test]
fn a_shape_that_lacks_fields_has_their_defaults() {
    let strokes = sync_events_to_xs_strokes(&events(r#"[{"OTIO_SCHEMA":"RectangleAnnotation.1"}]"#), 0.5);
    assert_eq!((strokes[0].thickness, strokes[0].points.len()), (1.0, 5));
}

#[test]
fn a_caption_becomes_a_text_and_comes_back() {
    let native = r#"{"text":"too bright","position":["vec2",1,0.25,0.5],"colour":["colour",1,1,0.5,0.25],"opacity":0.75,"font_name":"Vera","font_size":50,"wrap_width":3,"justification":2,"background_colour":["colour",1,1,1,1],"background_opacity":1,"uuid":"its own"}"#;
    let caption = XsCaption::from_value(&value(native)).unwrap();
    let events = xs_captions_to_sync_events(&[caption], HALF, &[], &mut Counting::default());
    assert_eq!(
        events[0].to_value().to_text(Style::OtioCompact),
        r#"{"OTIO_SCHEMA":"TextAnnotation.1","font":"Vera","font_size":20.0,"friendly_name":"Vera","position":[0.2222222222222222,-0.4444444444444444],"rgba":[1.0,0.5,0.25,0.75],"rotation":0.0,"scale":1.0,"spacing":0.8,"text":"too bright","timestamp":null,"uuid":"fresh-1"}"#
    );
    let back = sync_events_to_xs_captions(&events, HALF);
    assert_eq!(
        back[0].to_value().to_text(Style::OtioCompact),
        r#"{"text":"too bright","position":["vec2",1,0.25,0.5],"colour":["colour",1,1.0,0.5,0.25],"opacity":0.75,"font_name":"Vera","font_size":50.0,"wrap_width":1.5,"justification":0,"background_colour":["colour",1,0.0,0.0,0.0],"background_opacity":0.5,"uuid":"fresh-1"}"#
    );
    let known = xs_captions_to_sync_events(&back, HALF, &["known".to_owned()], &mut Counting::default());
    assert_eq!(known[0].uuid(), Some("known"), "the caption's own is not used");
}

#[test]
fn texts_without_size_or_font_get_xstudios_and_lose_rotation_and_spacing() {
    let list = r#"[{"OTIO_SCHEMA":"TextAnnotation.1","font_size":0,"scale":2,"rotation":45,"spacing":7,"font":"","uuid":""},
        {"OTIO_SCHEMA":"TextAnnotation.1","font_size":10,"scale":0}]"#;
    let captions = sync_events_to_xs_captions(&events(list), HALF);
    assert_eq!(
        (captions[0].font_size, captions[0].font_name.as_str()),
        (50.0 * 2.0 * 2.5, "Overpass Regular")
    );
    assert_eq!((captions[0].uuid.as_deref(), captions[1].font_size), (None, 25.0));
    let back = xs_captions_to_sync_events(&captions, HALF, &[], &mut Counting::default());
    assert_eq!((text(&back[0]).rotation, text(&back[0]).spacing), (Some(0.0), Some(0.8)));
    assert_eq!((text(&back[0]).scale, text(&back[0]).font_size), (Some(1.0), Some(100.0)));
}

#[test]
fn strokes_and_texts_in_turn_become_strokes_and_then_texts() {
    let list = r#"[{"OTIO_SCHEMA":"TextAnnotation.1","text":"first"},{"OTIO_SCHEMA":"PaintStart.1","uuid":"a"},
        {"OTIO_SCHEMA":"PaintPoint.1","uuid":"a","points":{"OTIO_SCHEMA":"PaintVertices.1","x":[1],"y":[1]}}]"#;
    let native = from_sync_events(&events(list), HALF);
    let context = XsContext { aspect_half: HALF, uuid_list: &[], existing_uuids: &["t".to_owned()] };
    let back = to_sync_events(&native, &context, &mut Counting::default());
    let uuids: Vec<_> = back.iter().filter_map(SyncEvent::uuid).collect();
    assert_eq!(uuids, ["a", "a", "t"]);
    assert_eq!((HOST_ID, SUPPORTED_KINDS), ("xstudio", ["pen", "erase", "text"]));
    assert_eq!(to_sync_events(&XsAnnotation::default(), &context, &mut Counting::default()), []);
}

#[test]
fn what_xstudio_cannot_have_said_is_refused_with_its_place() {
    let of_stroke = |text| XsStroke::from_value(&value(text)).unwrap_err().to_string();
    assert!(of_stroke("5").starts_with("$ holds a number, expected an object"), "{}", of_stroke("5"));
    let wrong = of_stroke(r#"{"points":[0,0,"1"]}"#);
    assert!(wrong.starts_with("$.points[2] holds a string, expected a number"), "{wrong}");
    let wrong = XsCaption::from_value(&value(r#"{"position":["vec2",1,5]}"#)).unwrap_err();
    assert_eq!((wrong.path.as_str(), wrong.expected), ("$.position", r#"["vec2", 1, x, y]"#));
}

#[test]
fn an_image_without_size_counts_as_16_to_9() {
    let stroke = XsStroke { points: vec![XsPoint::at([0.5, 0.5])], ..XsStroke::default() };
    for half in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let events =
            xs_strokes_to_sync_events(std::slice::from_ref(&stroke), half, &[], &mut Counting::default());
        assert_near(&points(&events[1]).x, &[0.5 * HALF], 0.0);
    }
}
