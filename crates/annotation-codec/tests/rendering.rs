//! Drawings: pictures that were looked at and kept, and an SVG that another program draws as the PNG is.
//!
//! `OTIO_SYNC_NEW_GOLDENS=1` writes the pictures anew: look at them before they are committed.
//! `OTIO_SYNC_LOOK=FOLDER` writes the SVG there, and what another program makes of them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::float_cmp, reason = "tests")]

mod support;

use std::fs;
use std::path::PathBuf;

use annotation_codec::annotation_builder::{Image, Stroke, bezier_curve, line_pts, make_stroke, make_text};
use annotation_codec::limits::{ERASURES_MAX, POINTS_MAX, TEXT_MAX};
use annotation_codec::rendering::{Canvas, Drawing, Fonts, LeftOut, RenderError, draw};
use otio_document::review::{
    ArrowAnnotation, EllipseAnnotation, PaintPoint, PaintStart, PaintVertices, RectangleAnnotation,
    SyncEvent, TextAnnotation,
};
use proptest::prelude::*;
use resvg::{tiny_skia, usvg};
use support::{Counting, events};

const CANVAS: Canvas = Canvas { width: 320, height: 180 };
const IMAGE: Image = Image { width: 320.0, height: 180.0 };
const RED: [f64; 4] = [0.9, 0.1, 0.1, 1.0];
const GREEN: [f64; 4] = [0.1, 0.7, 0.2, 1.0];
const BLUE: [f64; 4] = [0.1, 0.3, 0.9, 1.0];

/// Strokes with identities that count up.
struct Scene {
    mint: Counting,
    events: Vec<SyncEvent>,
}

impl Scene {
    fn new() -> Self {
        Self { mint: Counting::default(), events: Vec::new() }
    }

    fn stroke(&mut self, stroke: &Stroke<'_>) -> &mut PaintStart {
        let first = self.events.len();
        self.events.extend(make_stroke(stroke, IMAGE, &mut self.mint));
        let SyncEvent::PaintStart(start) = &mut self.events[first] else { panic!() };
        start
    }

    fn line(
        &mut self,
        from: [f64; 2],
        to: [f64; 2],
        rgba: [f64; 4],
        size: f64,
        brush: &str,
    ) -> &mut PaintStart {
        let points_px = &line_pts(from, to, 9);
        self.stroke(&Stroke { points_px, rgba, size, brush, varying_pressure: false })
    }

    fn erase(&mut self, from: [f64; 2], to: [f64; 2], opacity: f64, brush: &str) {
        let rgba = [1.0, 1.0, 1.0, opacity];
        PaintStart::ERASE.clone_into(&mut self.line(from, to, rgba, 0.12, brush).kind);
    }

    fn text(&mut self, at: [f64; 2], text: &str, rgba: [f64; 4], font_size: f64) {
        self.events.push(make_text(at, IMAGE, text, rgba, font_size, &mut self.mint));
    }

    fn draw(&self) -> Drawing {
        draw(&self.events, CANVAS, &Fonts::default()).unwrap()
    }
}

/// Round, pressed, crossing itself half transparent, soft, fading.
fn strokes() -> Drawing {
    let mut scene = Scene::new();
    let curve = bezier_curve([[15.0, 60.0], [80.0, -50.0], [120.0, 130.0], [200.0, 25.0]], 50);
    scene.stroke(&Stroke {
        points_px: &curve,
        rgba: RED,
        size: 0.08,
        varying_pressure: true,
        ..Stroke::default()
    });
    let knot = bezier_curve([[20.0, 160.0], [190.0, 60.0], [-60.0, 60.0], [110.0, 165.0]], 50);
    scene.stroke(&Stroke { points_px: &knot, rgba: [0.1, 0.3, 0.9, 0.5], size: 0.1, ..Stroke::default() });
    scene.line([230.0, 30.0], [300.0, 30.0], GREEN, 0.16, "gauss");
    scene.line([150.0, 100.0], [180.0, 165.0], [0.0, 0.0, 0.0, 1.0], 0.04, "oval");
    scene.line([180.0, 165.0], [180.0, 165.0], [1.0, 0.6, 0.0, 1.0], 0.12, "circle");
    scene.line([205.0, 80.0], [320.0, 80.0], RED, 0.05, "circle").visible = false;
    scene.line([210.0, 150.0], [305.0, 90.0], BLUE, 0.15, "circle");
    let SyncEvent::PaintPoint(PaintPoint { points: Some(points), .. }) = &mut scene.events[19] else {
        panic!()
    };
    points.alpha = (0..9_u8).map(|at| 1.0 - f64::from(at) / 9.0).collect();
    scene.draw()
}

/// Wiped hard, half and softly, and painted over again.
fn erasures() -> Drawing {
    let mut scene = Scene::new();
    scene.erase([0.0, 20.0], [320.0, 20.0], 1.0, "circle");
    for (at, rgba) in [RED, GREEN, BLUE].into_iter().enumerate() {
        let y = 40.0 + 50.0 * f64::from(u8::try_from(at).unwrap());
        scene.line([20.0, y], [300.0, y], rgba, 0.2, "circle");
    }
    scene.erase([60.0, 10.0], [60.0, 170.0], 1.0, "circle");
    scene.erase([120.0, 10.0], [120.0, 170.0], 0.5, "circle");
    scene.erase([190.0, 10.0], [190.0, 170.0], 1.0, "gauss");
    scene.line([30.0, 150.0], [290.0, 30.0], [0.0, 0.0, 0.0, 1.0], 0.03, "circle");
    scene.erase([250.0, 10.0], [250.0, 170.0], 1.0, "circle");
    scene.draw()
}

/// Filled, empty, thicker than wide, half transparent, from any corner to any other.
fn all_shapes() -> Drawing {
    let list = r#"[
        {"OTIO_SCHEMA":"RectangleAnnotation.1","min":[-0.8,0.05],"max":[-0.35,0.4],"rgba":[0.9,0.1,0.1,1],"inner_rgba":[1,0.9,0.2,0.5],"size":0.03},
        {"OTIO_SCHEMA":"RectangleAnnotation.1","min":[0.1,0.4],"max":[-0.2,0.1],"rgba":[0,0,0,0.5],"inner_rgba":[0,0.6,0,1],"size":0.06},
        {"OTIO_SCHEMA":"EllipseAnnotation.1","min":[0.25,0.1],"max":[0.8,0.4],"rgba":[0.1,0.3,0.9,1],"inner_rgba":[0.1,0.3,0.9,0.25],"size":0.02},
        {"OTIO_SCHEMA":"EllipseAnnotation.1","min":[-0.8,-0.35],"max":[-0.5,-0.15],"rgba":[0.1,0.6,0.3,1],"size":0.15},
        {"OTIO_SCHEMA":"EllipseAnnotation.1","min":[-0.2,-0.1],"max":[-0.2,-0.4],"rgba":[0.6,0.1,0.6,1],"size":0.05},
        {"OTIO_SCHEMA":"RectangleAnnotation.1","min":[-0.05,-0.25],"max":[-0.05,-0.25],"rgba":[0,0,0,1],"size":0.04},
        {"OTIO_SCHEMA":"ArrowAnnotation.1","start":[0.1,-0.4],"end":[0.75,-0.05],"rgba":[0.9,0.5,0,1],"size":0.012},
        {"OTIO_SCHEMA":"ArrowAnnotation.1","start":[0.3,-0.4],"end":[0.75,-0.4],"rgba":[0.2,0.2,0.2,0.6],"size":0.03},
        {"OTIO_SCHEMA":"ArrowAnnotation.1","start":[0,0],"end":[0.75,0.4],"visible":false}]"#;
    draw(&events(list), CANVAS, &Fonts::default()).unwrap()
}

/// Marks on letters, Cyrillic, lines, sizes, a letter that is nowhere.
fn words() -> Drawing {
    let mut scene = Scene::new();
    scene.text([10.0, 35.0], "too bright — AVATAR", [0.0, 0.0, 0.0, 1.0], 60.0);
    scene.text([10.0, 65.0], "Größe, façade, Tiếng Việt", RED, 50.0);
    scene.text([10.0, 95.0], "сделать темнее", BLUE, 50.0);
    scene.text([10.0, 125.0], "two\nlines", [0.1, 0.7, 0.2, 0.6], 50.0);
    scene.text([120.0, 165.0], "?? \u{6F22} ->", RED, 80.0);
    let SyncEvent::TextAnnotation(TextAnnotation { scale, .. }) = &mut scene.events[4] else { panic!() };
    *scale = Some(1.5);
    let drawing = scene.draw();
    assert_eq!(drawing.left_out(), [LeftOut::NoGlyph { index: 4, letter: '\u{6F22}' }]);
    drawing
}

fn scenes() -> [(&'static str, Drawing); 4] {
    [("strokes", strokes()), ("erasures", erasures()), ("shapes", all_shapes()), ("words", words())]
}

/// How far two pictures are apart: the mean, and the largest, difference of a byte.
fn difference(a: &tiny_skia::Pixmap, b: &tiny_skia::Pixmap) -> (f64, u8) {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    let apart = || a.data().iter().zip(b.data()).map(|(a, b)| a.abs_diff(*b));
    let sum: u64 = apart().map(u64::from).sum();
    #[allow(clippy::cast_precision_loss, reason = "small")]
    let mean = sum as f64 / a.data().len() as f64;
    (mean, apart().max().unwrap_or_default())
}

fn picture(png: &[u8]) -> tiny_skia::Pixmap {
    tiny_skia::Pixmap::decode_png(png).unwrap()
}

#[test]
fn drawings_look_as_those_that_were_looked_at() {
    for (name, drawing) in scenes() {
        let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.png"));
        let png = drawing.to_png().unwrap();
        if std::env::var_os("OTIO_SYNC_NEW_GOLDENS").is_some() {
            fs::write(&golden, &png).unwrap();
        }
        let (mean, most) = difference(&picture(&png), &picture(&fs::read(&golden).unwrap()));
        assert!(mean < 0.01 && most <= 4, "{name} differs by {mean} in the mean, {most} at most");
    }
}

fn rasterised(svg: &str) -> tiny_skia::Pixmap {
    let tree = usvg::Tree::from_str(svg, &usvg::Options::default()).unwrap();
    let mut pixmap = tiny_skia::Pixmap::new(CANVAS.width, CANVAS.height).unwrap();
    resvg::render(&tree, tiny_skia::Transform::identity(), &mut pixmap.as_mut());
    pixmap
}

#[test]
fn another_program_draws_the_svg_as_the_png_is() {
    for (name, drawing) in scenes() {
        let svg = drawing.to_svg().unwrap();
        let drawn = rasterised(&svg);
        if let Some(folder) = std::env::var_os("OTIO_SYNC_LOOK") {
            let folder = PathBuf::from(folder);
            fs::write(folder.join(format!("{name}.svg")), &svg).unwrap();
            drawn.save_png(folder.join(format!("{name}.resvg.png"))).unwrap();
        }
        let (mean, most) = difference(&drawn, &picture(&drawing.to_png().unwrap()));
        println!("{name}: {} bytes, {mean:.3} in the mean, {most} at most", svg.len());
        assert!(mean < 0.5 && most <= 40, "{name} differs by {mean} in the mean, {most} at most");
    }
}

fn pixel(drawing: &Drawing, x: usize, y: usize) -> [u8; 4] {
    let pixels = drawing.to_pixels().unwrap();
    let at = (y * CANVAS.width as usize + x) * 4;
    pixels.rgba[at..at + 4].try_into().unwrap()
}

#[test]
fn a_stroke_that_crosses_itself_is_no_denser_there() {
    let mut scene = Scene::new();
    let points_px =
        &[[40.0, 90.0], [280.0, 90.0], [160.0, 20.0], [160.0, 160.0], [40.0, 90.0], [280.0, 90.0]];
    scene.stroke(&Stroke { points_px, rgba: [1.0, 0.0, 0.0, 0.5], size: 0.1, ..Stroke::default() });
    let drawing = scene.draw();
    assert_eq!(pixel(&drawing, 160, 90), [255, 0, 0, 128]);
    assert_eq!(pixel(&drawing, 80, 90), [255, 0, 0, 128]);
    assert_eq!(pixel(&drawing, 5, 5), [0, 0, 0, 0]);
}

#[test]
fn a_stroke_that_grows_and_shrinks_has_no_seams() {
    let mut scene = Scene::new();
    let points_px = &line_pts([20.0, 30.0], [300.0, 150.0], 120);
    scene.stroke(&Stroke { points_px, rgba: RED, size: 0.2, varying_pressure: true, ..Stroke::default() });
    let pixels = scene.draw().to_pixels().unwrap();
    for x in 24..296_u32 {
        let y = 30 + (x - 20) * 120 / 280;
        assert_eq!(pixels.rgba[(y * CANVAS.width + x) as usize * 4 + 3], 255, "{x}, {y}");
    }
}

/// Section 5.8 of the specification: of a start, points A and B, and an end with C, the renderer has A and B.
#[test]
fn points_go_on_from_those_before_and_those_of_an_end_are_not_drawn() {
    let point = |schema: &str, uuid: &str, x: f64| {
        format!(
            r#"{{"OTIO_SCHEMA":"{schema}.1","uuid":"{uuid}","points":{{"OTIO_SCHEMA":"PaintVertices.1","x":[{x}],"y":[0],"size":[0.1]}}}}"#
        )
    };
    let list = [
        r#"{"OTIO_SCHEMA":"PaintStart.1","uuid":"s","rgba":[0,0,1,1]}"#.to_owned(),
        r#"{"OTIO_SCHEMA":"PaintStart.1","uuid":"t","rgba":[0,0,1,1]}"#.to_owned(),
        point("PaintPoint", "s", -0.5),
        point("PaintPoint", "nobody", 0.8),
        point("PaintPoint", "s", 0.0),
        point("PaintEnd", "s", 0.5),
    ];
    let drawing = draw(&events(&format!("[{}]", list.join(","))), CANVAS, &Fonts::default()).unwrap();
    let opacity = |x: usize| pixel(&drawing, x, 90)[3];
    assert_eq!([70, 115, 160, 205, 250, 304].map(opacity), [255, 255, 255, 0, 0, 0]);
}

#[test]
fn erasing_takes_what_is_below_and_nothing_that_comes_later() {
    let drawing = erasures();
    let opacity = |x, y| pixel(&drawing, x, y)[3];
    assert_eq!((opacity(60, 40), opacity(90, 40), opacity(250, 140)), (0, 255, 0));
    assert!(opacity(120, 90).abs_diff(128) <= 1, "half");
    assert_eq!(opacity(60, 136), 255, "painted later");
    assert!((60..=120).contains(&opacity(196, 140)), "softly: {}", opacity(196, 140));
}

#[test]
fn what_no_schema_describes_is_named() {
    let drawing = draw(
        &events(r#"[5,{"OTIO_SCHEMA":"Sparkle.1"},{"OTIO_SCHEMA":"Play.1"}]"#),
        CANVAS,
        &Fonts::default(),
    )
    .unwrap();
    let unknown = |index, schema: &str| LeftOut::Unknown { index, schema: schema.to_owned() };
    assert_eq!(drawing.left_out(), [unknown(0, ""), unknown(1, "Sparkle.1")]);
    assert!(drawing.is_empty() && drawing.to_png().is_ok());
}

#[test]
fn too_much_is_refused_with_what_there_is_too_much_of() {
    let fonts = Fonts::default();
    let size =
        |width, height| draw(&[], Canvas { width, height }, &fonts).map(|_| ()).unwrap_err().to_string();
    assert!(size(0, 10).starts_with("a canvas of 0 x 10 pixels; give one"), "{}", size(0, 10));
    assert!(size(16_384, 16_384).contains("16384 x 16384"));

    let zeros = || vec![0.0; POINTS_MAX + 1];
    let points = PaintVertices { x: zeros(), y: zeros(), ..PaintVertices::default() };
    let list = [
        SyncEvent::PaintStart(PaintStart::default()),
        SyncEvent::PaintPoint(PaintPoint { points: Some(points), ..PaintPoint::default() }),
    ];
    let error = draw(&list, CANVAS, &fonts).unwrap_err();
    assert_eq!(error, RenderError::TooMuch { what: "points", found: 500_001, most: 500_000 });

    let text = TextAnnotation { text: Some("a".repeat(TEXT_MAX + 1)), ..TextAnnotation::default() };
    let error = draw(&[SyncEvent::TextAnnotation(text)], CANVAS, &fonts).unwrap_err().to_string();
    assert!(error.starts_with("the annotation has 65537 bytes of text, more than 65536"), "{error}");

    let mut scene = Scene::new();
    for _ in 0..=ERASURES_MAX {
        scene.line([1.0, 1.0], [2.0, 2.0], RED, 0.01, "circle");
        scene.erase([1.0, 1.0], [2.0, 2.0], 1.0, "circle");
    }
    assert!(matches!(scene.draw().to_svg(), Err(RenderError::TooMuch { found: 257, .. })));
    assert!(scene.draw().to_png().is_ok());

    let fill = r#"{"OTIO_SCHEMA":"RectangleAnnotation.1","min":[-9,-9],"max":[9,9],"inner_rgba":[1,1,1,1]}"#;
    let list = events(&format!("[{}]", vec![fill; 500].join(",")));
    let error = draw(&list, Canvas { width: 8192, height: 4320 }, &fonts).unwrap_err().to_string();
    assert!(error.contains("pixels to paint"), "{error}");
}

#[test]
fn a_font_that_is_none_is_refused_and_one_that_is_may_stand_before_or_behind() {
    let refused = Fonts::default().with_fallback(b"no font".to_vec()).unwrap_err().to_string();
    assert!(refused.starts_with("this is no font; give"), "{refused}");
    let font = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fonts/Overpass-Regular.ttf")).unwrap();
    let fonts = Fonts::default().with_preferred(font.clone()).unwrap().with_fallback(font).unwrap();
    let mut scene = Scene::new();
    scene.text([10.0, 90.0], "the same", RED, 50.0);
    let again = draw(&scene.events, CANVAS, &fonts).unwrap();
    assert_eq!(again.to_pixels().unwrap(), scene.draw().to_pixels().unwrap());
}

/// An event of the kind of that number, with any numbers in it.
fn event(kind: usize, n: &[f64], text: &str, flag: bool) -> SyncEvent {
    let (first, second) = ([n[0], n[1]], [n[2], n[3]]);
    let (rgba, size) = ([n[4], n[5], n[6], n[7]], n[8]);
    let uuid = Some("a".to_owned());
    match kind {
        0 => SyncEvent::PaintStart(PaintStart {
            uuid,
            brush: if flag { "gauss" } else { "circle" }.to_owned(),
            kind: if flag { PaintStart::ERASE } else { PaintStart::COLOR }.to_owned(),
            rgba: Some(rgba),
            ..PaintStart::default()
        }),
        1 | 2 => {
            let alpha = if flag { n[5..].into() } else { Vec::new() };
            let (x, y, size) = (n[..4].into(), n[3..7].into(), n[4..].into());
            let points = Some(PaintVertices { x, y, size, alpha, ..PaintVertices::default() });
            SyncEvent::PaintPoint(PaintPoint { uuid, points, ..PaintPoint::default() })
        }
        3 => SyncEvent::TextAnnotation(TextAnnotation {
            text: Some(text.to_owned()),
            position: Some(first),
            font_size: Some(n[2] * 100.0),
            scale: Some(n[3]),
            ..TextAnnotation::default()
        }),
        4 => SyncEvent::RectangleAnnotation(RectangleAnnotation {
            min: first,
            max: second,
            inner_rgba: rgba,
            size,
            ..RectangleAnnotation::default()
        }),
        5 => SyncEvent::EllipseAnnotation(EllipseAnnotation {
            min: first,
            max: second,
            inner_rgba: rgba,
            size,
            ..EllipseAnnotation::default()
        }),
        _ => SyncEvent::ArrowAnnotation(ArrowAnnotation {
            start: first,
            end: second,
            size,
            ..ArrowAnnotation::default()
        }),
    }
}

fn any_event() -> impl Strategy<Value = SyncEvent> {
    let number = prop_oneof![4 => -1.0..1.0f64, 1 => any::<f64>(), 1 => -1e9..1e9f64];
    (0..7_usize, prop::collection::vec(number, 9), "\\PC{0,6}", any::<bool>())
        .prop_map(|(kind, numbers, text, flag)| event(kind, &numbers, &text, flag))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_the_numbers_are_a_drawing_comes_out_and_its_svg_can_be_read(list in prop::collection::vec(any_event(), 0..12)) {
        let drawing = draw(&list, Canvas { width: 64, height: 36 }, &Fonts::default()).unwrap();
        prop_assert_eq!(drawing.to_pixels().unwrap().rgba.len(), 64 * 36 * 4);
        let svg = drawing.to_svg().unwrap();
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", svg);
        usvg::Tree::from_str(&svg, &usvg::Options::default()).unwrap();
    }
}
