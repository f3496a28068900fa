//! Texts that are made to take long or to go deep: the time grows with their length and nothing else. Each takes seconds, and
//! would take hours otherwise, so that the test runner ends it; but only in the release build are they long enough for that.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test")]

use lossless_json::Style;
use otio_document::{Document, PropertyPath, RationalTime, Reading};

/// Those without lines, whose indentation multiplies what stands deep down.
const STYLES: [Style; 4] = [Style::OtioCompact, Style::Digest, Style::Python, Style::Strict];

/// Puts everything to a document that a stranger can make happen.
fn use_everything(document: &mut Document) {
    for style in STYLES {
        drop(document.encoded(style));
    }
    drop(document.to_value());
    let Some(root) = document.root() else { return };
    assert_eq!(document.descend(root).filter(|node| document.parent(*node).is_none()).count(), 1);
    drop((document.find("g"), document.duplicate_guids()));
    let time = RationalTime::new(1.0, 24.0);
    std::hint::black_box((document.child_at_time(root, time, false), document.media_at_time(root, time)))
        .0
        .ok();
    let mut minted = 0;
    document.ensure_guids(&mut || {
        minted += 1;
        format!("minted-{minted}")
    });
    let path = PropertyPath::parse("metadata/review/note").unwrap();
    if let Some(last) = document.descend(root).last() {
        drop(document.set_property(last, &path, "x".into()));
    }
    drop((document.clone(), document.to_text(Style::Digest)));
}

fn put_everything_to(text: &str) {
    for reading in [Reading::Exact, Reading::LikeOpentimelineio] {
        if let Ok(mut document) = Document::read(text.as_bytes(), reading) {
            use_everything(&mut document);
        }
    }
}

/// A number of things; fewer where nothing is optimised.
const fn count(things: usize) -> usize {
    if cfg!(debug_assertions) { things / 100 } else { things }
}

fn track(children: &[String]) -> String {
    format!(r#"{{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{}]}}"#, children.join(","))
}

fn with_metadata(metadata: &str) -> String {
    format!(r#"{{"OTIO_SCHEMA":"Stack.1","metadata":{metadata},"children":[]}}"#)
}

fn joined(count: usize, entry: impl Fn(usize) -> String) -> String {
    (0..count).map(entry).collect::<Vec<_>>().join(",")
}

#[test]
fn many_nodes_with_the_same_guid() {
    let gap = r#"{"OTIO_SCHEMA":"Gap.1","metadata":{"sync":{"guid":"g"}}}"#.to_owned();
    put_everything_to(&track(&vec![gap; count(200_000)]));
}

#[test]
fn many_children_of_all_kinds() {
    let gap = r#"{"OTIO_SCHEMA":"Gap.1"}"#;
    for child in [gap, "null", r#"{"OTIO_SCHEMA":"Foo"}"#, r#"{"OTIO_SCHEMA":"Clip.1","name":null}"#] {
        put_everything_to(&track(&vec![child.to_owned(); count(100_000)]));
    }
}

#[test]
fn many_keys() {
    let many = count(300_000);
    for entries in [
        // Backwards, with escapes, the same, twice, of an object.
        joined(many, |at| format!(r#""{:07}":1"#, many - at)),
        joined(many, |at| format!(r#""\n{:07}":1"#, many - at)),
        joined(many, |_| r#""k":1"#.to_owned()),
        joined(many, |at| format!(r#""{:07}":1"#, at / 2)),
        format!(r#""OTIO_SCHEMA":"X.1",{}"#, joined(many, |at| format!(r#""\t{at}":1"#))),
    ] {
        put_everything_to(&with_metadata(&format!(r#"{{"a":{{{entries}}}}}"#)));
        put_everything_to(&format!(r#"{{"OTIO_SCHEMA":"Stack.1","children":[],{entries}}}"#));
    }
}

#[test]
fn objects_in_another_order_in_one_another() {
    let long = format!("[\"{}\"]", "x".repeat(count(100_000_000)));
    let levels = 250;
    let backwards = r#"{"b":"#.repeat(levels) + &long + &r#","a":1}"#.repeat(levels);
    put_everything_to(&with_metadata(&backwards));
    let objects = r#"{"OTIO_SCHEMA":"X.1","B":"#.repeat(levels) + &long + &"}".repeat(levels);
    put_everything_to(&with_metadata(&format!(r#"{{"a":{objects}}}"#)));
    let gap = format!(r#"{{"OTIO_SCHEMA":"Gap.1","metadata":{{"b":{long},"a":1}}}}"#);
    let nodes = r#"{"OTIO_SCHEMA":"Stack.1","z":1,"children":["#.repeat(levels)
        + &gap
        + &r#"],"name":""}"#.repeat(levels);
    put_everything_to(&nodes);
}

#[test]
fn much_at_the_bottom_of_many_stacks() {
    let gap = r#"{"OTIO_SCHEMA":"Gap.1"}"#;
    let gaps = vec![gap; count(100_000)].join(",");
    for open in [
        r#"{"OTIO_SCHEMA":"Stack.1","children":["#,
        r#"{"OTIO_SCHEMA":"Track.1","kind":"Video","children":["#,
    ] {
        put_everything_to(&(open.repeat(250) + &gaps + &"]}".repeat(250)));
    }
}

#[test]
fn long_strings_and_numbers() {
    let long = count(100_000_000);
    for value in [
        format!("\"{}\"", "x".repeat(long)),
        format!("\"{}\"", "\\u00e9".repeat(long / 6)),
        "7".repeat(long),
        format!("0.{}", "7".repeat(long)),
        format!("1e{}", "9".repeat(long)),
    ] {
        put_everything_to(&with_metadata(&format!(r#"{{"a":{value}}}"#)));
        put_everything_to(&with_metadata("{}").replace("Stack.1", &value[1..value.len() - 1]));
    }
    put_everything_to(&(with_metadata("{}") + &" \n".repeat(long)));
}

#[test]
fn too_deep_by_far() {
    let levels = 1_000_000;
    for open in
        ["[", "{\"a\":", r#"{"OTIO_SCHEMA":"Stack.1","children":["#, r#"{"OTIO_SCHEMA":"X.1","metadata":"#]
    {
        let deep = open.repeat(levels);
        for text in [deep.clone(), with_metadata(&deep), track(&[deep])] {
            assert!(Document::read(text.as_bytes(), Reading::Exact).is_err());
            assert!(Document::read(text.as_bytes(), Reading::LikeOpentimelineio).is_err());
        }
    }
}

/// What a thread needs that reads what is as deep as may be: less than the two megabytes that threads have, where the
/// build is optimised.
const STACK_BYTES: usize = if cfg!(debug_assertions) { 8 << 20 } else { 3 << 19 };

#[test]
fn as_deep_as_is_read() {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(|| {
        for (open, close) in [
            (r#"{"OTIO_SCHEMA":"Stack.1","children":["#, "]}"),
            (r#"{"children":[{"OTIO_SCHEMA":"Gap.1"}],"OTIO_SCHEMA":"Stack.1","z":["#, "]}"),
            (r#"{"OTIO_SCHEMA":"Track.1","kind":"Video","children":["#, "]}"),
            (r#"{"OTIO_SCHEMA":"SerializableCollection.1","children":["#, "]}"),
            (r#"{"OTIO_SCHEMA":"Timeline.1","tracks":"#, "}"),
            (r#"{"OTIO_SCHEMA":"Gap.1","metadata":"#, "}"),
            (r#"{"OTIO_SCHEMA":"Gap.1","effects":["#, "]}"),
            (r#"{"OTIO_SCHEMA":"Clip.1","media_reference":"#, "}"),
            (r#"{"OTIO_SCHEMA":"TimeRange.1","duration":"#, "}"),
            (r#"{"metadata":{"z":"#, ",\"a\":1}}"),
        ] {
            as_deep_as_may_be(open, close);
        }
    });
    thread.unwrap().join().unwrap();
}

fn as_deep_as_may_be(open: &str, close: &str) {
    let levels = 511 / close.matches([']', '}']).count();
    let nested = |levels| open.repeat(levels) + "null" + &close.repeat(levels);
    assert!(Document::read(nested(levels).as_bytes(), Reading::Exact).is_ok(), "{open}");
    for text in [nested(levels), with_metadata(&nested(levels - 1)), track(&[nested(levels - 2)])] {
        put_everything_to(&text);
    }
}
