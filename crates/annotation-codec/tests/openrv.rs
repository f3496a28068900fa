//! OpenRV: the properties that the specification lists, and every loss that it names.
#![allow(clippy::unwrap_used, clippy::panic, clippy::float_cmp, reason = "tests")]

mod support;

use annotation_codec::rv_annotation_codec::{
    HOST_ID, Kind, PaintSpec, RV_FONT_SCALE, SUPPORTED_KINDS, from_sync_events, to_sync_events,
};
use lossless_json::Style;
use otio_document::review::{PaintStart, SyncEvent};
use support::{Counting, assert_near, events, points, start, value};

fn specs(list: &str) -> Vec<PaintSpec> {
    from_sync_events(&events(list), 12, &mut Counting::default())
}

fn props(spec: &PaintSpec) -> String {
    spec.to_value().get("props").unwrap().to_text(Style::OtioCompact)
}

fn back(specs: &[PaintSpec]) -> Vec<SyncEvent> {
    to_sync_events(specs, &mut Counting::default())
}

const STROKE: &str = r#"[{"OTIO_SCHEMA":"PaintStart.1","uuid":"a","friendly_name":"pen:3:sam","rgba":[1,0.5,0,1],"brush":"oval"},
    {"OTIO_SCHEMA":"PaintPoint.1","uuid":"a","points":{"OTIO_SCHEMA":"PaintVertices.1","x":[0.1,0.2],"y":[0.3,-0.4],"size":[0.01,0.5]}}]"#;

#[test]
fn a_stroke_has_the_properties_of_a_pen_in_their_order() {
    let spec = &specs(STROKE)[0];
    assert_eq!((spec.kind, spec.uuid.as_deref(), spec.user.as_str()), (Kind::Pen, Some("a"), "sam"));
    assert_eq!(
        props(spec),
        r#"[["brush","string",["circle"],1],["color","float",[1.0,0.5,0.0,1.0],4],["debug","int",[0],1],["join","int",[3],1],["cap","int",[1],1],["splat","int",[0],1],["mode","int",[0],1],["width","float",[0.006,0.3],1],["points","float",[0.1,0.3,0.2,-0.4],2],["startFrame","int",[12],1],["duration","int",[1],1],["softDeleted","int",[0],1]]"#
    );
    let events = back(std::slice::from_ref(spec));
    assert_near(&points(&events[1]).size, &[0.01, 0.5], 1e-15);
    assert_near(&points(&events[1]).y, &[0.3, -0.4], 0.0);
    let begun = start(&events[0]);
    assert_eq!((begun.uuid.as_deref(), begun.friendly_name.as_deref()), (Some("a"), Some("sam")));
    assert_eq!((begun.brush.as_str(), begun.rgba), ("circle", Some([1.0, 0.5, 0.0, 1.0])));
    assert_eq!(begun.timestamp.as_deref(), Some("2026-11-22T11:00:00.000000"));
    assert_eq!(events.len(), 2, "no PaintEnd");
}

#[test]
fn soft_brushes_splat_and_erasing_ones_have_a_mode() {
    let spec = &specs(
        &STROKE
            .replace("oval", "Gaussian")
            .replace(r#""uuid":"a","friendly"#, r#""uuid":"a","type":"erase","friendly"#),
    )[0];
    assert_eq!((spec.kind, spec.kind.prefix()), (Kind::Erase, "pen"));
    assert_eq!(
        (spec.string("brush"), spec.float("splat"), spec.float("mode")),
        (Some("gauss"), Some(1.0), Some(1.0))
    );
    let events = back(&[PaintSpec { kind: Kind::Pen, ..spec.clone() }]);
    assert_eq!(
        (start(&events[0]).kind.as_str(), start(&events[0]).brush.as_str()),
        (PaintStart::ERASE, "gauss")
    );
}

/// Section 5.8 of the specification: of a start, points A and B, and an end with C, OpenRV has B and C.
#[test]
fn points_go_to_the_stroke_of_their_uuid_and_those_of_an_end_go_on_from_them() {
    let point = |schema: &str, uuid: &str, x: u8| {
        format!(
            r#"{{"OTIO_SCHEMA":"{schema}.1","uuid":"{uuid}","points":{{"OTIO_SCHEMA":"PaintVertices.1","x":[{x}],"y":[0],"size":[{x}],"alpha":[0.5]}}}}"#
        )
    };
    let list = [
        r#"{"OTIO_SCHEMA":"PaintStart.1","uuid":"s","ghost":true,"hold":true,"visible":false}"#.to_owned(),
        r#"{"OTIO_SCHEMA":"PaintStart.1","uuid":"without points"}"#.to_owned(),
        point("PaintPoint", "s", 1),
        point("PaintPoint", "nobody", 9),
        point("PaintPoint", "s", 2),
        point("PaintEnd", "s", 3),
        point("PaintEnd", "nobody", 9),
    ];
    let specs = specs(&format!("[{}]", list.join(",")));
    assert_eq!(specs.len(), 1);
    assert_eq!(specs[0].floats("points"), Some(vec![2.0, 0.0, 3.0, 0.0]));
    let begun = back(&specs);
    assert_eq!((start(&begun[0]).ghost, start(&begun[0]).hold, start(&begun[0]).visible), (None, None, true));
    assert!(points(&begun[1]).alpha.is_empty());
}

#[test]
fn strokes_have_no_identity_among_their_properties() {
    let mut told = specs(STROKE).remove(0);
    assert!(told.string("uuid").is_none());
    told.uuid = None;
    assert_eq!(back(&[told])[0].uuid(), Some("fresh-1"));
}

#[test]
fn a_single_width_is_that_of_all_points() {
    let mut spec = specs(STROKE).remove(0);
    for property in &mut spec.props {
        if property.name == "width" {
            property.values = annotation_codec::rv_annotation_codec::PropertyValues::Floats(vec![0.06]);
        }
    }
    assert_near(&points(&back(&[spec])[1]).size, &[0.1, 0.1], 1e-15);
}

const TEXT: &str = r#"[{"OTIO_SCHEMA":"TextAnnotation.1","uuid":"t","friendly_name":"sam","position":[0.25,-0.125],"rgba":[0,0,0,1],"text":"H","spacing":0,"font_size":54,"scale":2,"rotation":3,"font":"Vera"}]"#;

#[test]
fn a_text_has_its_size_in_two_units_and_loses_its_font() {
    let spec = &specs(TEXT)[0];
    assert_eq!(RV_FONT_SCALE, 432.0);
    assert_eq!(
        props(spec),
        r#"[["position","float",[0.25,-0.125],2],["color","float",[0.0,0.0,0.0,1.0],4],["spacing","float",[0.8],1],["size","float",[0.0054],1],["fontSize","float",[0.25],1],["font","string",[""],1],["text","string",["H"],1],["scale","float",[2.0],1],["rotation","float",[3.0],1],["origin","string",[""],1],["debug","int",[0],1],["startFrame","int",[12],1],["duration","int",[1],1],["mode","int",[0],1],["uuid","string",["t"],1],["softDeleted","int",[0],1]]"#
    );
    let events = back(std::slice::from_ref(spec));
    assert_eq!(
        events[0].to_value().to_text(Style::OtioCompact),
        r#"{"OTIO_SCHEMA":"TextAnnotation.1","font":"","font_size":54.0,"friendly_name":"sam","position":[0.25,-0.125],"rgba":[0.0,0.0,0.0,1.0],"rotation":3.0,"scale":2.0,"spacing":0.8,"text":"H","timestamp":null,"uuid":"t"}"#
    );
}

#[test]
fn texts_of_old_files_have_their_size_in_the_old_unit() {
    let mut spec = specs(TEXT).remove(0);
    spec.props.retain(|property| property.name != "fontSize" && property.name != "uuid");
    spec.uuid = None;
    let SyncEvent::TextAnnotation(text) = back(&[spec]).remove(0) else { panic!() };
    assert_near(&[text.font_size.unwrap()], &[54.0 / 1080.0 * 432.0], 1e-12);
    assert_eq!(text.uuid.as_deref(), Some("fresh-1"));
}

#[test]
fn texts_without_identity_get_a_fresh_one_and_a_scale_of_zero_is_one() {
    let spec = &specs(r#"[{"OTIO_SCHEMA":"TextAnnotation.1","scale":0,"font_size":0}]"#)[0];
    assert_eq!((spec.uuid.as_deref(), spec.string("uuid")), (Some("fresh-1"), Some("fresh-1")));
    assert_eq!((spec.float("scale"), spec.user.as_str()), (Some(1.0), "user"));
    assert_near(&[spec.float("fontSize").unwrap()], &[50.0 / 432.0], 0.0);
}

#[test]
fn boxes_grow_by_half_their_border_and_shrink_again() {
    let list = r#"[{"OTIO_SCHEMA":"RectangleAnnotation.1","uuid":"r","min":[-0.5,-0.25],"max":[0.5,0.25],"rgba":[1,0,0,1],"inner_rgba":[0,1,0,0.5],"size":0.25},
        {"OTIO_SCHEMA":"EllipseAnnotation.1","uuid":"e","min":[-0.5,-0.25],"max":[0.5,0.25],"size":0.25}]"#;
    let specs = specs(list);
    assert_eq!(
        props(&specs[0]),
        r#"[["min","float",[-0.625,-0.375],2],["max","float",[0.625,0.375],2],["borderColor","float",[1.0,0.0,0.0,1.0],4],["innerColor","float",[0.0,1.0,0.0,0.5],4],["borderWidth","float",[0.25],1],["startFrame","int",[12],1],["duration","int",[1],1],["eye","int",[2],1],["uuid","string",["r"],1],["softDeleted","int",[0],1]]"#
    );
    assert_eq!((specs[0].kind, specs[1].kind), (Kind::Rect, Kind::Ellipse));
    let events = back(&specs);
    let SyncEvent::RectangleAnnotation(shape) = &events[0] else { panic!() };
    assert_eq!((shape.min, shape.max, shape.size), ([-0.5, -0.25], [0.5, 0.25], 0.25));
    assert_eq!((shape.rgba, shape.inner_rgba), ([1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 0.5]));
    assert!(shape.timestamp.is_some());
}

#[test]
fn arrows_have_a_thickness_of_half_their_size() {
    let list = r#"[{"OTIO_SCHEMA":"ArrowAnnotation.1","uuid":"a","start":[0,0],"end":[0.5,0.25],"rgba":[0,0,1,1],"size":0.25}]"#;
    let specs = specs(list);
    assert_eq!(
        props(&specs[0]),
        r#"[["startPos","float",[0.0,0.0],2],["endPos","float",[0.5,0.25],2],["borderColor","float",[0.0,0.0,1.0,1.0],4],["innerColor","float",[0.0,0.0,1.0,1.0],4],["borderWidth","float",[0.0],1],["thickness","float",[0.125],1],["startFrame","int",[12],1],["duration","int",[1],1],["eye","int",[2],1],["uuid","string",["a"],1],["softDeleted","int",[0],1]]"#
    );
    let SyncEvent::ArrowAnnotation(arrow) = &back(&specs)[0] else { panic!() };
    assert_eq!((arrow.start, arrow.end, arrow.size), ([0.0, 0.0], [0.5, 0.25], 0.25));
}

#[test]
fn a_shape_that_says_no_size_is_two_heights_thick_on_its_way_in_and_one_on_its_way_out() {
    let mut specs =
        specs(r#"[{"OTIO_SCHEMA":"ArrowAnnotation.1"},{"OTIO_SCHEMA":"RectangleAnnotation.1","size":null}]"#);
    assert_eq!((specs[0].float("thickness"), specs[1].float("borderWidth")), (Some(1.0), Some(2.0)));
    for spec in &mut specs {
        spec.props.retain(|property| property.name != "thickness");
    }
    let SyncEvent::ArrowAnnotation(arrow) = &back(&specs)[0] else { panic!() };
    assert_eq!((arrow.size, arrow.rgba), (1.0, [1.0; 4]));
}

#[test]
fn specs_are_written_and_read() {
    for spec in specs(STROKE).into_iter().chain(specs(TEXT)) {
        assert_eq!(PaintSpec::from_value(&spec.to_value()).unwrap(), spec);
    }
    let wrong = |text: &str| PaintSpec::from_value(&value(text)).unwrap_err().path;
    assert_eq!(wrong(r#"{"kind":"fog"}"#), "$.kind");
    assert_eq!(wrong(r#"{"kind":"pen","props":[["a","float",["b"],1]]}"#), "$.props[0]");
    let kinds = [Kind::Pen, Kind::Erase, Kind::Text, Kind::Ellipse, Kind::Rect, Kind::Arrow].map(Kind::name);
    assert_eq!((HOST_ID, SUPPORTED_KINDS), ("openrv", kinds));
}
