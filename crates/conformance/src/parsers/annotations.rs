use annotation_codec::rendering::{Canvas, Fonts, draw};
use annotation_codec::rv_annotation_codec::{self, PaintSpec};
use annotation_codec::xs_annotation_codec::{self, XsAnnotation, XsContext};
use annotation_codec::{Mint, NativeError, XsCaption, XsStroke, read_events};
use lossless_json::{Limits, Style, Value, parse};
use otio_document::review::SyncEvent;

const CANVAS: Canvas = Canvas { width: 48, height: 27 };

/// A list of what was drawn, by anybody: it goes to every program and back, it is drawn, and what programs say is written as it was
/// read.
#[expect(clippy::expect_used, reason = "an annotation of 16 KB is below all limits")]
pub fn annotations(input: &[u8]) {
    let Ok(parsed) = parse(input, &Limits::default()) else { return };
    let items = parsed.value.as_array().unwrap_or(std::slice::from_ref(&parsed.value));
    let events = read_events(items).events;
    let mut native = xs_annotation_codec::from_sync_events(&events, f64::NAN);
    let mut specs = rv_annotation_codec::from_sync_events(&events, 1, &mut Counting(0));
    for item in items {
        native.strokes.extend(written_as_read(item, XsStroke::from_value, XsStroke::to_value));
        native.captions.extend(written_as_read(item, XsCaption::from_value, XsCaption::to_value));
        specs.extend(written_as_read(item, PaintSpec::from_value, PaintSpec::to_value));
    }
    let from_programs = back(&native, &specs);
    for list in [events, from_programs] {
        let Ok(drawing) = draw(&list, CANVAS, &Fonts::default()) else { continue };
        drawing.to_pixels().expect("a small canvas");
        assert!(drawing.to_svg().is_ok_and(|svg| svg.ends_with("</svg>\n")));
    }
}

fn back(native: &XsAnnotation, specs: &[PaintSpec]) -> Vec<SyncEvent> {
    let context = XsContext { aspect_half: 0.5, uuid_list: &[], existing_uuids: &[] };
    let mut events = xs_annotation_codec::to_sync_events(native, &context, &mut Counting(0));
    events.extend(rv_annotation_codec::to_sync_events(specs, &mut Counting(0)));
    for event in &events {
        let written = event.to_value();
        assert!(SyncEvent::from_value(&written).is_ok_and(|again| again.to_value() == written));
    }
    events
}

fn written_as_read<T>(
    value: &Value,
    read: fn(&Value) -> Result<T, NativeError>,
    write: fn(&T) -> Value,
) -> Option<T> {
    let first = read(value).ok()?;
    let written = write(&first);
    let text = |read: T| write(&read).to_text(Style::Digest);
    assert_eq!(read(&written).map(text), Ok(written.to_text(Style::Digest)));
    Some(first)
}

struct Counting(u64);

impl Mint for Counting {
    fn uuid(&mut self) -> String {
        self.0 += 1;
        format!("fresh-{}", self.0)
    }

    fn timestamp(&mut self) -> String {
        "2026-11-22T12:00:00".to_owned()
    }
}
